"""A shipment is updated: by what it shows of itself, its order and its carrier."""

import pytest

from .goods import new_product, new_sale, new_warehouse
from .shipments import picking_of
from .undo import Undo

#: The smallest picture.
SIGNATURE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU"
    "5ErkJggg=="
)


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
