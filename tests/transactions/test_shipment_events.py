"""What becomes of a shipment: it is updated, done or cancelled."""

import pytest

from .conftest import Shop
from .goods import (
    deliver,
    first_warehouse,
    new_lots,
    new_product,
    new_sale,
    new_warehouse,
    picking_by_hand,
    return_wizard,
)
from .undo import Undo

EVENTS = (
    "shipment.created",
    "shipment.updated",
    "shipment.done",
    "shipment.cancelled",
)
#: The smallest picture.
SIGNATURE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU"
    "5ErkJggg=="
)


class Shipments(Shop):
    """A shop that tells of shipments."""

    def made(self, quantity=2, stock=10, count=1, product=(), **values):
        """Make a confirmed order with one open delivery; returns that as it was told.

        :param count: of lines, each for a product of its own
        :param product: values of the products
        """
        with self.transaction() as env:
            products = [
                new_product(env, stock=stock, **dict(product)) for _line in range(count)
            ]
            new_sale(env, *products, quantity=quantity, **values).action_confirm()
        [shipment] = [
            data["shipment"]
            for event, _name, data in self.events()
            if event == "shipment.created"
        ]
        return shipment

    def change(self, shipment, act):
        """Do something to a delivery and have its update told, and nothing else.

        :param dict shipment: the delivery as it was told last
        :param act: is called with the ``stock.picking``
        :return: the shipment as it is told now, and ``previous``
        """
        with self.transaction() as env:
            act(picking_of(env, shipment))
        [(event, name, data)] = self.events()
        assert (event, name) == ("shipment.updated", shipment["name"])
        now, previous = data["shipment"], data["previous"]
        assert undone(now, previous) == shipment
        assert all(now[key] != value for key, value in previous.items())
        return now, previous

    def sorted_events(self):
        """Take all events out of the log; returns sorted (type, shipment's id)."""
        return sorted(
            (event, data["shipment"]["id"]) for event, _name, data in self.events()
        )


def picking_of(env, shipment):
    return env["stock.picking"].browse(shipment["id"])


def undone(shipment, previous):
    """Return what a shipment was before, from what it is now and ``previous``."""
    was = shipment | previous
    for key in {"orders", "lines", "packages"} & previous.keys():
        items = {item["id"]: item for item in shipment[key]}
        for id_, values in previous[key].items():
            if values is None:
                del items[int(id_)]
            else:
                items[int(id_)] = items.get(int(id_), {}) | values
        was[key] = [items[id_] for id_ in sorted(items)]
    return was


@pytest.fixture
def shipments(shop):
    shop.webhook_for_each(EVENTS)
    return Shipments(shop.registry)


# What is an update


def test_a_change_to_the_delivery_is_an_update(shipments):
    shipment = shipments.made()
    for shown, values in {
        "trackings": {"carrier_tracking_ref": "T-1"},
        "origin": {"origin": "Fair"},
        "scheduled_at": {"scheduled_date": "2031-02-03 04:05:06"},
        "priority": {"priority": "1"},
        "instructions": {"note": "<p>Ring <b>twice</b></p>"},
        "all_at_once": {"move_type": "one"},
    }.items():
        now, previous = shipments.change(
            shipment, lambda picking, values=values: picking.write(values)
        )
        assert previous == {shown: shipment[shown]}
        assert now[shown] != shipment[shown]
        shipment = now


def test_a_signature_is_an_update(shipments, registry, monkeypatch):
    # a report, which needs a program that is not always there
    monkeypatch.setattr(registry["stock.picking"], "_attach_sign", lambda picking: True)
    shipment = shipments.made()
    now, previous = shipments.change(
        shipment, lambda picking: picking.write({"signature": SIGNATURE})
    )
    assert (now["signed"], previous) == (True, {"signed": False})


def test_a_label_is_an_update_with_its_name(shipments):
    shipment = shipments.made()
    for shown, name in {
        "labels": "LabelShipping-fixed-T-1.PDF",
        "return_labels": "LabelReturn-fixed-T-1.PDF",
    }.items():

        def post(picking, name=name):
            picking.message_post(attachments=[(name, b"%PDF")])

        shipment, previous = shipments.change(shipment, post)
        assert (shipment[shown], previous) == ([name], {shown: []})


def test_a_text_for_the_warehouse_is_an_update(shipments):
    shipment = shipments.made()
    [line] = shipment["lines"]
    now, previous = shipments.change(
        shipment,
        lambda picking: picking.move_ids.write({"description_picking": "Careful"}),
    )
    assert now["lines"][0]["description"] == "Careful"
    assert previous == {"lines": {str(line["id"]): {"description": None}}}


def test_the_carrier_and_its_page_for_a_tracking_number_are_updates(shipments):
    shipment = shipments.made()
    with shipments.transaction() as env:
        service = new_product(env, type="service", is_storable=False)
        carrier_id = (
            env["delivery.carrier"]
            .create(
                {
                    "name": "Bike",
                    "product_id": service.id,
                    "tracking_url": "https://bike.example/<shipmenttrackingnumber>",
                }
            )
            .id
        )
    shipment, previous = shipments.change(
        shipment, lambda picking: picking.write({"carrier_id": carrier_id})
    )
    assert previous == {"carrier": None}
    bike = {"id": carrier_id, "name": "Bike", "type": "fixed", "service_code": None}
    assert shipment["carrier"] == bike
    shipment, previous = shipments.change(
        shipment, lambda picking: picking.write({"carrier_tracking_ref": "T-1"})
    )
    assert previous == {"trackings": []}
    trackings = [{"number": "T-1", "url": "https://bike.example/T-1"}]
    assert shipment["trackings"] == trackings
    _now, previous = shipments.change(
        shipment, lambda picking: picking.write({"carrier_id": False})
    )
    assert previous == {"carrier": bike, "trackings": trackings}


def test_no_code_of_a_carrier_is_run(shipments, registry, monkeypatch):
    """It may ask the carrier, and whoever saves would wait for that."""
    shipment = shipments.made()

    def ask(*_args):
        raise AssertionError("asked the carrier")

    monkeypatch.setattr(registry["delivery.carrier"], "get_tracking_link", ask)
    with shipments.transaction() as env:
        service = new_product(env, type="service", is_storable=False)
        values = {"name": "Far", "product_id": service.id}
        carrier_id = env["delivery.carrier"].create(values).id
    shipment, _previous = shipments.change(
        shipment,
        lambda picking: picking.write(
            {"carrier_id": carrier_id, "carrier_tracking_ref": "T-1"}
        ),
    )
    # without a template there is no page, but who carries it, and its number
    assert shipment["trackings"] == [{"number": "T-1", "url": None}]


def test_another_address_is_an_update_with_the_whole_address_before(shipments):
    shipment = shipments.made()
    with shipments.transaction() as env:
        partner_id = env["res.partner"].create({"name": "Neighbour"}).id
    now, previous = shipments.change(
        shipment, lambda picking: picking.write({"partner_id": partner_id})
    )
    assert previous == {"delivery_address": shipment["delivery_address"]}
    assert now["delivery_address"]["id"] == partner_id


def test_reservation_is_an_update_of_state_and_contents(shipments):
    shipment = shipments.made(quantity=2, stock=0)

    def reserve(picking):
        picking.env["stock.quant"]._update_available_quantity(
            picking.move_ids.product_id, picking.location_id, 10
        )
        picking.action_assign()

    now, previous = shipments.change(shipment, reserve)
    [line] = shipment["lines"]
    assert previous == {
        "state": "confirmed",
        "lines": {str(line["id"]): {"state": "confirmed", "contents": []}},
    }
    assert now["state"] == "assigned"
    assert [item["quantity"] for item in now["lines"][0]["contents"]] == ["2.00"]
    _now, previous = shipments.change(now, lambda picking: picking.do_unreserve())
    assert previous == {
        "state": "assigned",
        "lines": {
            str(line["id"]): {
                "state": "assigned",
                "contents": now["lines"][0]["contents"],
            }
        },
    }


def test_a_quantity_that_is_ordered_later_is_an_update(shipments):
    shipment = shipments.made(quantity=2, stock=0, count=2)
    changed, untouched = shipment["lines"]

    def order_more(picking):
        line = picking.sale_id.order_line.filtered(
            lambda line: line.id == changed["order_line_id"]
        )
        line.product_uom_qty = 5

    now, previous = shipments.change(shipment, order_more)
    assert previous == {"lines": {str(changed["id"]): {"quantity": "2.00"}}}
    assert [line["quantity"] for line in now["lines"]] == ["5.00", "2.00"]
    assert now["lines"][1] == untouched


def test_a_line_that_is_ordered_later_is_an_update(shipments):
    shipment = shipments.made(stock=0)

    def order_more(picking):
        picking.sale_id.order_line = [
            (0, 0, {"product_id": new_product(picking.env).id})
        ]

    now, previous = shipments.change(shipment, order_more)
    [_old, new] = now["lines"]
    assert previous == {"lines": {str(new["id"]): None}}


def test_a_date_that_the_customer_is_promised_is_an_update(shipments):
    shipment = shipments.made()
    now, previous = shipments.change(
        shipment,
        lambda picking: picking.sale_id.write(
            {"commitment_date": "2031-02-03 04:05:06"}
        ),
    )
    assert previous == {"deadline_at": shipment["deadline_at"]}
    assert now["deadline_at"] == "2031-02-03T04:05:06Z"


def test_goods_that_arrive_for_a_delivery_are_an_update(shipments):
    """The receipt of somebody else reserves what has been waited for."""
    shipment = shipments.made(quantity=2, stock=0)

    def receive(picking):
        receipt = picking_by_hand(
            picking.env,
            picking.move_ids.product_id,
            quantity=2,
            kind=picking.picking_type_id.warehouse_id.in_type_id,
        )
        receipt.action_confirm()
        deliver(receipt)
        assert receipt.state == "done"

    now, previous = shipments.change(shipment, receive)
    [line] = shipment["lines"]
    assert previous == {
        "state": "confirmed",
        "lines": {str(line["id"]): {"state": "confirmed", "contents": []}},
    }
    assert now["state"] == "assigned"


def test_a_move_that_is_taken_out_is_an_update_that_tells_all_of_it(shipments):
    shipment = shipments.made(stock=0, count=2)
    gone, kept = shipment["lines"]

    def take_out(picking):
        move = picking.move_ids.filtered(lambda move: move.id == gone["id"])
        move._action_cancel()
        move.unlink()

    now, previous = shipments.change(shipment, take_out)
    assert previous == {"lines": {str(gone["id"]): gone}}
    assert now["lines"] == [kept]


def test_a_move_that_is_written_to_alone_is_an_update(shipments):
    """Nothing of the delivery's own record changes with it."""
    shipment = shipments.made(stock=0)
    [line] = shipment["lines"]
    _now, previous = shipments.change(
        shipment, lambda picking: picking.move_ids.write({"product_uom_qty": 7})
    )
    assert previous == {"lines": {str(line["id"]): {"quantity": "2.00"}}}


def add_to(picking):
    picking.env["stock.move.line"].create(
        {
            "move_id": picking.move_ids.id,
            "picking_id": picking.id,
            "product_id": picking.move_ids.product_id.id,
            "quantity": 3,
        }
    )


@pytest.mark.parametrize(
    ("act", "quantities"),
    [
        (lambda picking: picking.move_line_ids.write({"quantity": 1}), ["1.00"]),
        (lambda picking: picking.move_line_ids.unlink(), []),
        (add_to, ["5.00", "3.00"]),
    ],
    ids=["changed", "removed", "added"],
)
def test_a_change_to_what_is_sent_is_an_update(shipments, act, quantities):
    shipment = shipments.made(quantity=5)
    [line] = shipment["lines"]
    now, previous = shipments.change(shipment, act)
    assert previous["lines"][str(line["id"])]["contents"] == line["contents"]
    assert [item["quantity"] for item in now["lines"][0]["contents"]] == quantities


def test_another_lot_is_an_update(shipments):
    with shipments.transaction() as env:
        product = new_product(env, tracking="lot")
        one, two = new_lots(env, product, "ONE", "TWO")
        order = new_sale(env, product, quantity=3)
        order.action_confirm()
        order.picking_ids.move_line_ids.lot_id = one
        two_id = two.id
    [(_event, _name, data)] = shipments.events()
    shipment = data["shipment"]
    [line] = shipment["lines"]
    assert line["contents"][0]["lot"] == "ONE"
    now, previous = shipments.change(
        shipment, lambda picking: picking.move_line_ids.write({"lot_id": two_id})
    )
    assert previous == {"lines": {str(line["id"]): {"contents": line["contents"]}}}
    assert now["lines"][0]["contents"][0]["lot"] == "TWO"


def test_packages_and_what_becomes_of_them_are_updates(shipments):
    shipment = shipments.made(quantity=2, product={"weight": 2})
    with shipments.transaction() as env:
        kinds = env["stock.package.type"].create([{"name": "Box"}, {"name": "Tube"}])
        box, tube = kinds.ids
    [line] = shipment["lines"]

    now, previous = shipments.change(
        shipment, lambda picking: picking.action_put_in_pack(package_type_id=box)
    )
    [package] = now["packages"]
    assert previous == {
        "packages": {str(package["id"]): None},
        "loose_weight": "4.00",
        "lines": {str(line["id"]): {"contents": line["contents"]}},
    }
    assert (package["type"]["name"], package["weight"]) == ("Box", "4.00")

    now, previous = shipments.change(
        now,
        lambda picking: picking.move_line_ids.result_package_id.write(
            {"shipping_weight": 7.5}
        ),
    )
    assert previous == {
        "packages": {str(package["id"]): {"weight": "4.00"}},
        "weight": "4.00",
    }
    assert (now["packages"][0]["weight"], now["weight"]) == ("7.50", "7.50")

    now, previous = shipments.change(
        now,
        lambda picking: picking.move_line_ids.result_package_id.write(
            {"package_type_id": tube}
        ),
    )
    assert previous == {"packages": {str(package["id"]): {"type": package["type"]}}}

    now, previous = shipments.change(
        now,
        lambda picking: picking.move_line_ids.result_package_id.write(
            {"name": f"PARCEL {picking.id}"}
        ),
    )
    assert previous == {"packages": {str(package["id"]): {"name": package["name"]}}}

    [packed] = now["packages"]
    contents = now["lines"][0]["contents"]
    now, previous = shipments.change(
        now, lambda picking: picking.move_line_ids.write({"result_package_id": False})
    )
    assert previous == {
        "packages": {str(package["id"]): packed},
        "lines": {str(line["id"]): {"contents": contents}},
        "weight": "7.50",
        "loose_weight": "0.00",
    }
    assert now["packages"] == []


def test_a_package_of_two_deliveries_has_the_weight_of_each_ones_contents(shipments):
    light = shipments.made(quantity=1, product={"weight": 2})
    heavy = shipments.made(quantity=3, product={"weight": 2})
    with shipments.transaction() as env:
        package = env["stock.package"].create({"name": "Shared"})
        for shipment in (light, heavy):
            picking_of(env, shipment).move_line_ids.result_package_id = package
    weights = {
        name: data["shipment"]["packages"][0]["weight"]
        for _event, name, data in shipments.events()
    }
    assert weights == {light["name"]: "2.00", heavy["name"]: "6.00"}


def test_business_code_reads_the_weight_that_it_would_read_without_webhooks(shipments):
    shipment = shipments.made(quantity=2, product={"weight": 2})
    shipments.change(shipment, lambda picking: picking.action_put_in_pack())
    with shipments.transaction() as env:
        picking = picking_of(env, shipment)
        package = picking.move_line_ids.result_package_id
        assert package.weight == 0
        picking.carrier_tracking_ref = "T-1"
        assert package.weight == 0


def test_a_second_package_leaves_the_first_out_of_what_was_before(shipments):
    shipment = shipments.made(count=2)

    def pack_first(picking):
        picking.move_line_ids[0].action_put_in_pack()

    def pack_rest(picking):
        lines = picking.move_line_ids
        lines.filtered(lambda line: not line.result_package_id).action_put_in_pack()

    now, _previous = shipments.change(shipment, pack_first)
    [first] = now["packages"]
    now, previous = shipments.change(now, pack_rest)
    assert len(now["packages"]) == 2
    [second] = [item for item in now["packages"] if item != first]
    assert previous["packages"] == {str(second["id"]): None}
    assert len(previous["lines"]) == 1


def test_several_changes_are_one_update(shipments):
    shipment = shipments.made(stock=0)
    [line] = shipment["lines"]

    def act(picking):
        picking.carrier_tracking_ref = "T-1"
        with picking.env.cr.savepoint():
            picking.move_ids.product_uom_qty = 7
        picking.env.cr.flush()
        picking.carrier_tracking_ref = "T-2"
        with pytest.raises(Undo), picking.env.cr.savepoint():
            picking.origin = "taken back"
            picking.env.cr.flush()
            raise Undo

    now, previous = shipments.change(shipment, act)
    assert now["trackings"] == [{"number": "T-2", "url": None}]
    assert previous == {
        "trackings": [],
        "lines": {str(line["id"]): {"quantity": "2.00"}},
    }


def test_each_transaction_has_an_update_that_names_the_one_before(shipments):
    shipment = shipments.made()
    before = []
    for number in ("T-1", "T-2", "T-3"):
        shipment, previous = shipments.change(
            shipment,
            lambda picking, n=number: picking.write({"carrier_tracking_ref": n}),
        )
        assert previous == {"trackings": before}
        before = [{"number": number, "url": None}]


def test_each_delivery_of_an_order_has_an_update_of_its_own(shipments):
    with shipments.transaction() as env:
        there = new_warehouse(env)
        there.delivery_route_id.sale_selectable = True
        order = new_sale(env, new_product(env), new_product(env))
        order.order_line[1].route_ids = there.delivery_route_id
        order.action_confirm()
        ids = sorted(order.picking_ids.ids)
    shipments.events()
    with shipments.transaction() as env:
        env["stock.picking"].browse(ids[0]).carrier_tracking_ref = "T-1"
    assert shipments.sorted_events() == [("shipment.updated", ids[0])]
    with shipments.transaction() as env:
        env["stock.picking"].browse(ids).carrier_tracking_ref = "T-2"
    events = shipments.events()
    assert sorted(data["shipment"]["id"] for _, _, data in events) == ids
    assert sorted(
        (data["previous"]["trackings"] for _, _, data in events), key=len
    ) == [[], [{"number": "T-1", "url": None}]]


def test_a_delivery_that_goes_to_another_order_is_an_update(shipments):
    shipment = shipments.made()
    with shipments.transaction() as env:
        product = picking_of(env, shipment).move_ids.product_id
        other_id = new_sale(env, product).id
        line_id = env["sale.order"].browse(other_id).order_line.id
    now, previous = shipments.change(
        shipment, lambda picking: picking.move_ids.write({"sale_line_id": line_id})
    )
    [line] = shipment["lines"]
    assert previous == {
        "orders": {
            str(shipment["orders"][0]["id"]): shipment["orders"][0],
            str(other_id): None,
        },
        "lines": {
            str(line["id"]): {
                "order_id": line["order_id"],
                "order_line_id": line["order_line_id"],
            }
        },
    }
    assert now["orders"][0]["id"] == other_id


@pytest.mark.parametrize("early", [True, False], ids=["settled before", "at once"])
def test_what_a_shipment_shows_of_its_order_is_an_update_of_both(shipments, early):
    shipments.webhook("order.updated")
    shipment = shipments.made()
    with shipments.transaction() as env:
        picking = picking_of(env, shipment)
        if early:
            picking.carrier_tracking_ref = "for a moment"
            env.cr.flush()
            picking.carrier_tracking_ref = False
            env.cr.flush()
        picking.sale_id.client_order_ref = "PO-17"
    events = {event: data for event, _name, data in shipments.events()}
    assert sorted(events) == ["order.updated", "shipment.updated"]
    data = events["shipment.updated"]
    [order] = shipment["orders"]
    assert data["previous"] == {
        "orders": {str(order["id"]): {"customer_reference": None}}
    }
    assert data["shipment"]["orders"] == [order | {"customer_reference": "PO-17"}]


def test_each_reference_of_an_order_is_one_of_its_shipments(shipments):
    shipment = shipments.made()
    for field, shown in {
        "name": "name",
        "client_order_ref": "customer_reference",
        "reference": "payment_reference",
        "origin": "origin",
    }.items():
        now, previous = shipments.change(
            shipment,
            lambda picking, field=field: picking.sale_id.write({field: "REF-17"}),
        )
        [order] = shipment["orders"]
        assert previous == {"orders": {str(order["id"]): {shown: order[shown]}}}
        assert now["orders"] == [order | {shown: "REF-17"}]
        shipment = now


def test_a_change_of_channel_takes_a_shipment_from_one_webhook_to_another(shop):
    shipments = Shipments(shop.registry)
    with shop.transaction() as env:
        ids = env["sale.channel"].create([{"name": name} for name in "abc"]).ids
    shop.webhook("shipment.created")
    shipment = shipments.made(sale_channel_id=ids[0])
    for name, id_ in zip("abc", ids, strict=True):
        for what in ("created", "updated", "cancelled"):
            shop.webhook(
                f"shipment.{what}", name=f"{name} {what}", sale_channel_ids=[id_]
            )
    with shop.transaction() as env:
        picking_of(env, shipment).sale_id.sale_channel_id = ids[1]
    assert webhooks_told(shop) == ["a cancelled", "b created"]


# What is none


def test_what_no_shipment_shows_is_no_update(shipments, subtests):
    shipment = shipments.made(quantity=2)
    for what, act in {
        "printed": lambda picking: picking.do_print_picking(),
        "chatter": lambda picking: picking.message_post(body="A note"),
        "activity": lambda picking: picking.activity_schedule(
            "mail.mail_activity_data_todo"
        ),
        "follower": lambda picking: picking.message_subscribe(picking.partner_id.ids),
        "same value": lambda picking: picking.write(
            {"origin": picking.origin, "priority": "0"}
        ),
        "responsible": lambda picking: picking.write(
            {"user_id": picking.env.ref("base.user_demo").id}
        ),
        "picked": lambda picking: picking.move_ids.write({"picked": True}),
        "same quantity": lambda picking: picking.move_line_ids.write({"quantity": 2}),
        "nothing left to reserve": lambda picking: picking.action_assign(),
        "order's note": lambda picking: picking.sale_id.write({"note": "Thank you"}),
        "product": lambda picking: picking.move_ids.product_id.write({"name": "Best"}),
    }.items():
        with subtests.test(what):
            with shipments.transaction() as env:
                act(picking_of(env, shipment))
            assert shipments.told() == []


def test_a_change_that_is_taken_back_is_no_update(shipments):
    shipment = shipments.made(quantity=2)
    with shipments.transaction() as env:
        picking = picking_of(env, shipment)
        picking.carrier_tracking_ref = "for a moment"
        picking.move_ids.product_uom_qty = 5
        picking.move_line_ids.quantity = 1
        env.cr.flush()
        picking.carrier_tracking_ref = False
        picking.move_line_ids.quantity = 2
        picking.move_ids.product_uom_qty = 2
    assert shipments.told() == []


def test_a_change_that_a_savepoint_takes_back_is_no_update(shipments):
    shipment = shipments.made(quantity=2)
    with shipments.transaction() as env:
        picking = picking_of(env, shipment)
        with pytest.raises(Undo), env.cr.savepoint():
            picking.carrier_tracking_ref = "taken back"
            picking.move_line_ids.quantity = 1
            picking.move_line_ids.action_put_in_pack()
            env.cr.flush()
            raise Undo
    assert shipments.told() == []


def test_a_package_that_is_made_and_taken_away_at_once_is_no_update(shipments):
    shipment = shipments.made(quantity=2)
    with shipments.transaction() as env:
        picking = picking_of(env, shipment)
        picking.action_put_in_pack()
        env.cr.flush()
        assert picking.move_line_ids.result_package_id
        picking.move_line_ids.result_package_id = False
    assert shipments.told() == []


def test_what_a_transaction_makes_it_does_not_update(shipments):
    with shipments.transaction() as env:
        order = new_sale(env, new_product(env, stock=10))
        order.action_confirm()
        env.cr.flush()
        picking = order.picking_ids
        picking.carrier_tracking_ref = "T-1"
        picking.action_put_in_pack()
        env.cr.flush()
        order.order_line.product_uom_qty = 3
    [(event, _name, data)] = shipments.events()
    assert event == "shipment.created"
    assert "previous" not in data
    assert data["shipment"]["trackings"] == [{"number": "T-1", "url": None}]
    assert data["shipment"]["packages"]
    assert [line["quantity"] for line in data["shipment"]["lines"]] == ["3.00"]


def test_a_delivery_that_just_got_its_order_is_no_update(shipments):
    with shipments.transaction() as env:
        product = new_product(env)
        order_id = new_sale(env, product).id
        picking_id = picking_by_hand(env, product).id
    with shipments.transaction() as env:
        picking = env["stock.picking"].browse(picking_id)
        picking.carrier_tracking_ref = "T-1"
        picking.move_ids.sale_line_id = env["sale.order"].browse(order_id).order_line
    assert shipments.sorted_events() == [("shipment.created", picking_id)]


def test_transfers_that_are_no_shipments_have_no_updates(shipments):
    shipment = shipments.made()
    with shipments.transaction() as env:
        picking = picking_of(env, shipment)
        deliver(picking)
        product = picking.move_ids.product_id
        return_wizard(picking).action_create_returns()
        alone = picking_by_hand(env, product)
        receipt = picking_by_hand(env, product, kind=first_warehouse(env).in_type_id)
        ids = (picking.return_ids + alone + receipt).ids
    shipments.events()
    for act in (
        lambda picking: picking.write({"carrier_tracking_ref": "T-1"}),
        lambda picking: picking.move_ids.write({"product_uom_qty": 3}),
        lambda picking: picking.action_confirm(),
        lambda picking: picking.action_cancel(),
        lambda picking: picking.unlink(),
    ):
        with shipments.transaction() as env:
            act(env["stock.picking"].browse(ids))
        assert shipments.told() == []


# Done


def test_a_delivery_that_is_done_is_told_once(shipments):
    shipment = shipments.made(quantity=2)
    with shipments.transaction() as env:
        deliver(picking_of(env, shipment))
    events = {event: data for event, _name, data in shipments.events()}
    assert sorted(events) == ["shipment.done", "shipment.updated"]
    done = events["shipment.done"]["shipment"]
    assert (done["id"], done["state"]) == (shipment["id"], "done")
    assert done["done_at"]
    assert events["shipment.updated"]["shipment"] == done
    previous = events["shipment.updated"]["previous"]
    assert (previous["state"], previous["done_at"]) == ("assigned", None)
    assert undone(done, previous) == shipment


def test_a_done_delivery_that_changes_is_not_done_again(shipments):
    shipment = shipments.made()
    with shipments.transaction() as env:
        deliver(picking_of(env, shipment))
    shipments.events()
    for values in ({"carrier_tracking_ref": "T-1"}, {"printed": True}):
        with shipments.transaction() as env:
            picking_of(env, shipment).write(values)
    assert shipments.told() == ["shipment.updated"]


def test_a_backorder_is_new_and_only_what_was_sent_is_done(shipments):
    shipment = shipments.made(quantity=5)
    with shipments.transaction() as env:
        picking = picking_of(env, shipment)
        deliver(picking, quantity=3, skip_backorder=True)
        backorder_id = picking.backorder_ids.id
    events = shipments.events()
    assert sorted((event, data["shipment"]["id"]) for event, _, data in events) == [
        ("shipment.created", backorder_id),
        ("shipment.done", shipment["id"]),
        ("shipment.updated", shipment["id"]),
    ]
    for event, _name, data in events:
        expected = "2.00" if event == "shipment.created" else "3.00"
        assert [line["quantity"] for line in data["shipment"]["lines"]] == [expected]
    with shipments.transaction() as env:
        deliver(env["stock.picking"].browse(backorder_id))
    assert shipments.sorted_events() == [
        ("shipment.done", backorder_id),
        ("shipment.updated", backorder_id),
    ]


def test_a_partial_delivery_without_a_backorder_is_done_and_not_cancelled(shipments):
    shipment = shipments.made(quantity=5)
    with shipments.transaction() as env:
        deliver(
            picking_of(env, shipment),
            quantity=3,
            skip_backorder=True,
            picking_ids_not_to_backorder=[shipment["id"]],
        )
    assert shipments.sorted_events() == [
        ("shipment.done", shipment["id"]),
        ("shipment.updated", shipment["id"]),
    ]


def test_a_split_is_an_update_of_the_one_and_a_new_other(shipments):
    shipment = shipments.made(quantity=5)
    with shipments.transaction() as env:
        picking = picking_of(env, shipment)
        picking.move_ids.quantity = 2
        picking.action_split_transfer()
        other_id = picking.backorder_ids.id
    events = {event: data for event, _name, data in shipments.events()}
    assert sorted(events) == ["shipment.created", "shipment.updated"]
    assert events["shipment.created"]["shipment"]["id"] == other_id
    updated = events["shipment.updated"]
    [line] = shipment["lines"]
    assert updated["previous"]["lines"] == {
        str(line["id"]): {"quantity": "5.00", "contents": line["contents"]}
    }
    assert undone(updated["shipment"], updated["previous"]) == shipment


def test_an_order_that_is_delivered_at_once_is_created_and_done(shipments):
    with shipments.transaction() as env:
        order = new_sale(env, new_product(env, stock=10))
        order.action_confirm()
        env.cr.flush()
        deliver(order.picking_ids)
        picking_id = order.picking_ids.id
    events = shipments.events()
    assert sorted(event for event, _name, _data in events) == [
        "shipment.created",
        "shipment.done",
    ]
    for _event, _name, data in events:
        assert data["shipment"]["id"] == picking_id
        assert data["shipment"]["state"] == "done"


def test_deliveries_that_are_done_together_are_told_each(shipments):
    made = [shipments.made(), shipments.made()]
    ids = sorted(shipment["id"] for shipment in made)
    with shipments.transaction() as env:
        deliver(env["stock.picking"].browse(ids))
    assert shipments.sorted_events() == [
        *[("shipment.done", id_) for id_ in ids],
        *[("shipment.updated", id_) for id_ in ids],
    ]


def test_only_the_last_step_is_done_as_a_shipment(shipments):
    with shipments.transaction() as env:
        warehouse = new_warehouse(env, delivery_steps="pick_pack_ship")
        product = new_product(env, stock=10, warehouse=warehouse)
        order = new_sale(env, product, warehouse_id=warehouse.id)
        order.action_confirm()
        order_id = order.id
    told = []
    for _step in range(3):
        told.append(shipments.told())
        with shipments.transaction() as env:
            deliver(
                env["stock.picking"].search(
                    [
                        ("reference_ids.sale_ids", "=", order_id),
                        ("state", "=", "assigned"),
                    ]
                )
            )
    assert told == [[], [], ["shipment.created"]]
    assert sorted(shipments.told()) == ["shipment.done", "shipment.updated"]


def test_a_validation_that_a_savepoint_takes_back_is_not_told(shipments):
    shipment = shipments.made()
    with shipments.transaction() as env:
        with pytest.raises(Undo), env.cr.savepoint():
            deliver(picking_of(env, shipment))
            env.cr.flush()
            raise Undo
    assert shipments.told() == []


def test_a_return_that_is_done_is_not_told(shipments):
    shipment = shipments.made()
    with shipments.transaction() as env:
        deliver(picking_of(env, shipment))
    shipments.events()
    with shipments.transaction() as env:
        picking = picking_of(env, shipment)
        return_wizard(picking).action_create_returns()
        deliver(picking.return_ids)
        assert picking.return_ids.state == "done"
    assert shipments.told() == []


# Cancelled


@pytest.mark.parametrize(
    "act",
    [
        lambda picking: picking.action_cancel(),
        lambda picking: picking.move_ids._action_cancel(),
        lambda picking: picking.sale_id.action_cancel(),
    ],
    ids=["delivery", "its moves", "order"],
)
def test_a_delivery_that_is_cancelled_is_told_once(shipments, act):
    shipment = shipments.made()
    with shipments.transaction() as env:
        act(picking_of(env, shipment))
        assert picking_of(env, shipment).state == "cancel"
    events = {event: data for event, _name, data in shipments.events()}
    assert sorted(events) == ["shipment.cancelled", "shipment.updated"]
    cancelled = events["shipment.cancelled"]["shipment"]
    assert (cancelled["id"], cancelled["state"]) == (shipment["id"], "cancel")
    assert events["shipment.updated"]["shipment"] == cancelled
    previous = events["shipment.updated"]["previous"]
    assert previous["state"] == "assigned"
    assert undone(cancelled, previous) == shipment


def test_each_open_delivery_of_a_cancelled_order_is_cancelled(shipments):
    shipment = shipments.made(quantity=5)
    with shipments.transaction() as env:
        picking = picking_of(env, shipment)
        deliver(picking, quantity=3, skip_backorder=True)
        picking.sale_id.order_line = [(0, 0, {"product_id": new_product(env).id})]
        backorder = picking.backorder_ids
        backorder.do_print_picking()
        picking.sale_id.order_line = [(0, 0, {"product_id": new_product(env).id})]
        open_ids = sorted((picking.sale_id.picking_ids - picking).ids)
        assert len(open_ids) == 2
    shipments.events()
    with shipments.transaction() as env:
        picking_of(env, shipment).sale_id._action_cancel()
    assert shipments.sorted_events() == [
        *[("shipment.cancelled", id_) for id_ in open_ids],
        *[("shipment.updated", id_) for id_ in open_ids],
    ]


def test_a_delivery_that_is_deleted_is_cancelled_and_told_as_it_was(shipments):
    shipment = shipments.made()
    with shipments.transaction() as env:
        picking_of(env, shipment).unlink()
    [(event, name, data)] = shipments.events()
    assert (event, name) == ("shipment.cancelled", shipment["name"])
    assert data["shipment"] == shipment | {"state": "cancel"}


@pytest.mark.parametrize("early", [True, False], ids=["settled before", "at once"])
def test_a_delivery_that_is_cancelled_and_deleted_at_once_is_cancelled_once(
    shipments, early
):
    shipment = shipments.made()
    with shipments.transaction() as env:
        picking = picking_of(env, shipment)
        picking.action_cancel()
        if early:
            env.cr.flush()
        picking.unlink()
    [(event, _name, data)] = shipments.events()
    assert event == "shipment.cancelled"
    assert data["shipment"] == shipment | {"state": "cancel"}


def test_a_cancelled_delivery_that_is_deleted_is_not_cancelled_again(shipments):
    shipment = shipments.made()
    with shipments.transaction() as env:
        picking_of(env, shipment).action_cancel()
    shipments.events()
    with shipments.transaction() as env:
        picking_of(env, shipment).unlink()
    assert shipments.told() == []


def test_a_delivery_that_loses_its_order_is_cancelled(shipments):
    shipment = shipments.made()
    with shipments.transaction() as env:
        picking = picking_of(env, shipment)
        picking.move_ids.sale_line_id = False
        assert not picking.sale_id
    [(event, _name, data)] = shipments.events()
    assert event == "shipment.cancelled"
    assert data["shipment"] == shipment | {"state": "cancel"}
    with shipments.transaction() as env:
        picking_of(env, shipment).carrier_tracking_ref = "T-1"
    assert shipments.told() == []


def test_a_done_delivery_is_not_cancelled_with_its_order(shipments):
    shipment = shipments.made()
    with shipments.transaction() as env:
        deliver(picking_of(env, shipment))
    shipments.events()
    with shipments.transaction() as env:
        order = picking_of(env, shipment).sale_id
        order.action_cancel()
        assert order.state == "cancel"
    assert shipments.told() == []


def test_a_delivery_that_is_made_and_deleted_at_once_is_nothing(shipments):
    with shipments.transaction() as env:
        order = new_sale(env, new_product(env))
        order.action_confirm()
        env.cr.flush()
        order.picking_ids.unlink()
    assert shipments.told() == []


def test_a_cancellation_that_a_savepoint_takes_back_is_not_told(shipments):
    shipment = shipments.made()
    with shipments.transaction() as env:
        with pytest.raises(Undo), env.cr.savepoint():
            picking_of(env, shipment).action_cancel()
            env.cr.flush()
            raise Undo
    assert shipments.told() == []


def test_an_order_that_is_confirmed_again_has_the_one_cancelled_and_a_new_one(
    shipments,
):
    shipment = shipments.made()
    with shipments.transaction() as env:
        order = picking_of(env, shipment).sale_id
        order.action_cancel()
        order.action_draft()
        order.action_confirm()
        [new_id] = set(order.picking_ids.ids) - {shipment["id"]}
    assert shipments.sorted_events() == [
        ("shipment.cancelled", shipment["id"]),
        ("shipment.created", new_id),
        ("shipment.updated", shipment["id"]),
    ]


# Which webhooks


ACTS = {
    "shipment.updated": lambda picking: picking.write({"carrier_tracking_ref": "T-1"}),
    "shipment.done": deliver,
    "shipment.cancelled": lambda picking: picking.action_cancel(),
}


def webhooks_told(shop):
    with shop.transaction() as env:
        events = env["nshift.webhook.event"].search([])
        names = sorted(events.webhook_id.mapped("name"))
        assert len(events) == len(names)
        events.unlink()
        return names


def test_a_webhook_hears_of_its_type_only(shop):
    shipments = Shipments(shop.registry)
    shop.webhook("shipment.created")
    made = {event: shipments.made() for event in ACTS}
    shop.webhook_for_each(ACTS)
    for event, shipment in made.items():
        with shop.transaction() as env:
            ACTS[event](picking_of(env, shipment))
        assert set(shop.told()) == {event, "shipment.updated"}


@pytest.mark.parametrize("event", ACTS)
def test_a_webhook_for_some_channels_hears_of_their_shipments(shop, event):
    shipments = Shipments(shop.registry)
    with shop.transaction() as env:
        one, two = env["sale.channel"].create([{"name": "one"}, {"name": "two"}]).ids
    shop.webhook("shipment.created")
    made = [shipments.made(sale_channel_id=id_) for id_ in (one, two, False)]
    shop.webhook(event, name="one", sale_channel_ids=[one])
    shop.webhook(event, name="two", sale_channel_ids=[two])
    shop.webhook(event, name="both", sale_channel_ids=[one, two])
    shop.webhook(event, name="all")
    for shipment, names in zip(
        made, (["all", "both", "one"], ["all", "both", "two"], ["all"]), strict=True
    ):
        with shop.transaction() as env:
            ACTS[event](picking_of(env, shipment))
        assert webhooks_told(shop) == names


def test_a_webhook_of_a_company_hears_of_its_shipments(shop):
    shipments = Shipments(shop.registry)
    shop.webhook("shipment.created")
    made = {event: shipments.made() for event in ACTS}
    with shop.transaction() as env:
        name = f"Company {made['shipment.done']['id']}"
        other = env["res.company"].create({"name": name}).id
        mine = env.company.id
    for event in ACTS:
        shop.webhook(event, name=f"{event} other", company_id=other)
        shop.webhook(event, name=f"{event} mine", company_id=mine)
        shop.webhook(event, name=f"{event} all")
    for event, shipment in made.items():
        with shop.transaction() as env:
            ACTS[event](picking_of(env, shipment))
        with shop.transaction() as env:
            assert env["nshift.webhook.event"].search([]).company_id.id == mine
        told = webhooks_told(shop)
        assert [name for name in told if event in name] == [
            f"{event} all",
            f"{event} mine",
        ]
        assert not [name for name in told if "other" in name]


@pytest.mark.parametrize(
    "act",
    [
        lambda picking: picking.unlink(),
        lambda picking: picking.move_ids.write({"sale_line_id": False}),
    ],
    ids=["deleted", "without order"],
)
def test_a_shipment_that_is_gone_had_its_orders_channel(shop, act):
    shipments = Shipments(shop.registry)
    with shop.transaction() as env:
        one, two = env["sale.channel"].create([{"name": "one"}, {"name": "two"}]).ids
    shop.webhook("shipment.created")
    shipment = shipments.made(sale_channel_id=one)
    for name, id_ in (("one", one), ("two", two)):
        shop.webhook("shipment.cancelled", name=name, sale_channel_ids=[id_])
    with shop.transaction() as env:
        act(picking_of(env, shipment))
    assert webhooks_told(shop) == ["one"]
