"""A shipment is updated: by what is in it, and in which packages."""

import pytest

from .goods import deliver, new_lots, new_product, new_sale, picking_by_hand
from .shipments import picking_of


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
