"""A shipment takes an order's goods to the customer; what comes back is a return."""

import pytest

from .conftest import Shop
from .goods import (
    deliver,
    new_product,
    new_sale,
    new_warehouse,
    return_wizard,
    validate,
)

KINDS = ("created", "updated", "done", "cancelled")


class Warehouse(Shop):
    """A shop that tells of shipments and returns."""

    def told(self):
        """Take all events out of the log; returns (type, data of the record)."""
        return [
            (event, data[event.partition(".")[0]])
            for event, _name, data in self.events()
        ]

    def one(self, event):
        """Take all events out of the log; returns the one of a type."""
        [found] = [data for name, data in self.told() if name == event]
        return found

    def sold(self, *products, quantity=1, **values):
        """Make and confirm an order; returns its id and what is told of its shipment.

        :param products: dicts of values of the products
        """
        with self.transaction() as env:
            made = [
                new_product(env, **{"stock": 20} | product)
                for product in products or ({},)
            ]
            order = new_sale(env, *made, quantity=quantity, **values)
            order.action_confirm()
            order_id = order.id
        return order_id, self.one("shipment.created")


@pytest.fixture
def warehouse(shop):
    for subject in ("shipment", "return"):
        for kind in KINDS:
            if (subject, kind) != ("return", "updated"):
                shop.webhook(f"{subject}.{kind}")
    return Warehouse(shop.registry)


def pickings_of(env, order_id):
    return env["sale.order"].browse(order_id).picking_ids.sorted("id")


# Where the goods go


def test_a_resupply_from_another_warehouse_is_no_shipment(warehouse):
    with warehouse.transaction() as env:
        here, there = new_warehouse(env), new_warehouse(env)
        here.resupply_wh_ids = there
        route = here.resupply_route_ids
        assert len(route) == 1
        product = new_product(env, stock=10, warehouse=there)
        here.mto_pull_id.route_id.active = True
        product.route_ids = route | here.mto_pull_id.route_id
        order = new_sale(env, product, quantity=2, warehouse_id=here.id)
        order.action_confirm()
        order_id = order.id
        moves = env["stock.move"].search([("product_id", "=", product.id)])
        steps = moves.picking_id
        assert len(steps) == 3
        [last] = [p.id for p in steps if p.location_dest_id.usage == "customer"]
    created = warehouse.told()
    assert [(event, data["id"]) for event, data in created] == [
        ("shipment.created", last)
    ]
    assert created[0][1]["orders"][0]["id"] == order_id
    with warehouse.transaction() as env:
        transfers = env["stock.picking"].browse(steps.ids)
        for usage in ("transit", "internal", "customer"):
            step = transfers.filtered(lambda p, u=usage: p.location_dest_id.usage == u)
            step.action_assign()
            deliver(step)
            assert step.state == "done"
    done = [(event, data["id"]) for event, data in warehouse.told()]
    assert done == [("shipment.updated", last), ("shipment.done", last)]


def test_a_delivery_in_steps_is_one_shipment_the_last_step(warehouse):
    with warehouse.transaction() as env:
        here = new_warehouse(env, delivery_steps="pick_pack_ship")
        product = new_product(env, stock=10, warehouse=here)
        order = new_sale(env, product, quantity=2, warehouse_id=here.id)
        order.action_confirm()
        order_id = order.id
    with warehouse.transaction() as env:
        for _step in range(3):
            [step] = pickings_of(env, order_id).filtered(
                lambda picking: picking.state == "assigned"
            )
            deliver(step)
        assert step.location_dest_id.usage == "customer"
        last = step.id
    told = warehouse.told()
    assert {data["id"] for _event, data in told} == {last}
    assert [event for event, _data in told].count("shipment.created") == 1
    assert told[-1][0] == "shipment.done"


def test_a_negative_quantity_is_a_return(warehouse):
    """Whatever the type of operation says."""
    with warehouse.transaction() as env:
        here = new_warehouse(env)
        here.out_type_id.return_picking_type_id = False
        product = new_product(env, stock=10, warehouse=here)
        order = new_sale(env, product, quantity=-1, warehouse_id=here.id)
        order.action_confirm()
        order_id = order.id
    [(event, data)] = warehouse.told()
    assert event == "return.created"
    assert data["orders"][0]["id"] == order_id
    assert data["return_of"] is None
    assert [line["quantity"] for line in data["lines"]] == ["1.00"]


def test_a_return_is_told_with_what_it_returns(warehouse):
    order_id, shipment = warehouse.sold(quantity=3)
    with warehouse.transaction() as env:
        deliver(pickings_of(env, order_id))
    warehouse.told()
    with warehouse.transaction() as env:
        action = return_wizard(pickings_of(env, order_id), 2).action_create_returns()
        return_id = action["res_id"]
    created = warehouse.one("return.created")
    assert created["id"] == return_id
    assert created["return_of"] == {"id": shipment["id"], "name": shipment["name"]}
    assert created["orders"] == shipment["orders"]
    assert created["sender_address"] == shipment["delivery_address"]
    assert created["delivery_address"] == shipment["sender_address"]
    [line] = created["lines"]
    assert (line["quantity"], line["quantity_done"]) == ("2.00", "0.00")
    with warehouse.transaction() as env:
        deliver(env["stock.picking"].browse(return_id))
    done = warehouse.one("return.done")
    assert (done["id"], done["state"]) == (return_id, "done")
    assert done["lines"][0]["quantity_done"] == "2.00"


def test_a_return_that_is_cancelled(warehouse):
    order_id, _shipment = warehouse.sold(quantity=3)
    with warehouse.transaction() as env:
        deliver(pickings_of(env, order_id))
        action = return_wizard(pickings_of(env, order_id), 2).action_create_returns()
    warehouse.told()
    with warehouse.transaction() as env:
        env["stock.picking"].browse(action["res_id"]).action_cancel()
    assert [event for event, _data in warehouse.told()] == ["return.cancelled"]


def test_what_is_sent_again_after_a_return_is_a_shipment(warehouse):
    order_id, _shipment = warehouse.sold(quantity=1)
    with warehouse.transaction() as env:
        deliver(pickings_of(env, order_id))
        action = return_wizard(pickings_of(env, order_id), 1).action_create_returns()
        back = env["stock.picking"].browse(action["res_id"])
        deliver(back)
    warehouse.told()
    with warehouse.transaction() as env:
        back = env["stock.picking"].browse(action["res_id"])
        again = return_wizard(back, 1).action_create_returns()["res_id"]
    created = warehouse.one("shipment.created")
    assert created["id"] == again


# A delivery of several orders


def test_a_delivery_of_two_orders_is_told_to_the_webhooks_of_both(shop):
    warehouse = Warehouse(shop.registry)
    with shop.transaction() as env:
        channels = env["sale.channel"].create([{"name": "A"}, {"name": "B"}]).ids
    shop.webhook("shipment.created", name="all")
    ids, shipments = zip(
        *(warehouse.sold(quantity=2, sale_channel_id=channel) for channel in channels),
        strict=True,
    )
    shop.webhook("shipment.done", name="B", sale_channel_ids=channels[1:])
    with shop.transaction() as env:
        first, second = (pickings_of(env, id_) for id_ in ids)
        second.move_ids.picking_id = first
        second.move_line_ids.picking_id = first
    with shop.transaction() as env:
        deliver(env["stock.picking"].browse(shipments[0]["id"]))
    [(event, shipment)] = warehouse.told()
    assert event == "shipment.done"
    assert [order["id"] for order in shipment["orders"]] == sorted(ids)
    assert [order["channel"]["name"] for order in shipment["orders"]] == ["A", "B"]
    assert [line["order_id"] for line in shipment["lines"]] == sorted(ids)


# Goods


def test_demand_and_what_has_left_are_two_fields(warehouse):
    order_id, shipment = warehouse.sold({"name": "A"}, {"name": "B"}, quantity=5)
    assert [
        (line["quantity"], line["quantity_done"], line["state"])
        for line in shipment["lines"]
    ] == [("5.00", "0.00", "assigned")] * 2
    with warehouse.transaction() as env:
        picking = pickings_of(env, order_id)
        for move, quantity in zip(picking.move_ids.sorted("id"), (3, 0), strict=True):
            move.quantity = quantity
            move.picked = bool(quantity)
        picking.picking_type_id.create_backorder = "never"
        validate(picking, cancel_backorder=True)
        assert picking.state == "done"
    done = warehouse.one("shipment.done")
    by_name = {
        line["product"]["name"]: (
            line["quantity"],
            line["quantity_done"],
            line["state"],
        )
        for line in done["lines"]
    }
    assert by_name == {"A": ("5.00", "3.00", "done"), "B": ("5.00", "0.00", "cancel")}


def test_scrap_is_no_line(warehouse):
    order_id, _shipment = warehouse.sold(quantity=5)
    with warehouse.transaction() as env:
        picking = pickings_of(env, order_id)
        env["stock.scrap"].create(
            {
                "product_id": picking.move_ids.product_id.id,
                "scrap_qty": 1,
                "picking_id": picking.id,
                "location_id": picking.location_id.id,
            }
        ).action_validate()
        deliver(picking)
    done = warehouse.one("shipment.done")
    assert [(line["quantity"], line["quantity_done"]) for line in done["lines"]] == [
        ("5.00", "5.00")
    ]


def test_a_pallet_with_its_boxes_weighs_the_same_before_and_after(warehouse):
    order_id, _shipment = warehouse.sold({"weight": 2}, {"weight": 3}, quantity=2)
    with warehouse.transaction() as env:
        picking = pickings_of(env, order_id)
        euro = env["stock.package.type"].create(
            {
                "name": "Euro pallet",
                "packaging_length": 1200,
                "width": 800,
                "height": 144,
                "base_weight": 25,
                "shipper_package_code": "EUR",
            }
        )
        boxes = env["stock.package"]
        for line in picking.move_line_ids:
            line.result_package_id = boxes.create({"name": f"BOX {line.id}"})
            boxes |= line.result_package_id
        pallet = boxes.create({"name": "PALLET", "package_type_id": euro.id})
        boxes.package_dest_id = pallet
        pallet.shipping_weight = 55
        pallet_id = pallet.id
    before = warehouse.one("shipment.updated")
    with warehouse.transaction() as env:
        deliver(pickings_of(env, order_id))
        assert pickings_of(env, order_id).state == "done"
    after = warehouse.one("shipment.done")
    for shipment in (before, after):
        packages = {package["id"]: package for package in shipment["packages"]}
        pallet = packages.pop(pallet_id)
        assert [box["parent_id"] for box in packages.values()] == [pallet_id] * 2
        assert sorted(box["weight"] for box in packages.values()) == ["4.00", "6.00"]
        assert pallet["parent_id"] is None
        assert pallet["weight"] == shipment["weight"] == "55.00"
        assert pallet["type"] == {
            "id": euro.id,
            "name": "Euro pallet",
            "carrier_code": "EUR",
            "length": "1200.00",
            "width": "800.00",
            "height": "144.00",
        }
        assert shipment["parcel_count"] == 1
        assert shipment["loose_weight"] == "0.00"


def test_customs_know_what_each_unit_is_worth_and_weighs(warehouse):
    with warehouse.transaction() as env:
        china = env.ref("base.cn").id
    order_id, shipment = warehouse.sold(
        {
            "weight": 1.5,
            "volume": 0.02,
            "hs_code": "940511",
            "country_of_origin": china,
            "list_price": 80,
            "taxes_id": False,
        },
        quantity=2,
    )
    [line] = shipment["lines"]
    assert line["customs"] == {
        "hs_code": "940511",
        "country_of_origin": "CN",
        "unit_weight": "1.50",
        "unit_volume": "0.020000",
        "unit_value": "80.00",
        "currency": "USD",
    }
    with warehouse.transaction() as env:
        line = env["sale.order"].browse(order_id).order_line
        line.discount = 25
    updated = warehouse.one("shipment.updated")
    assert updated["lines"][0]["customs"]["unit_value"] == "60.00"


def test_a_dozen_is_worth_and_weighs_twelve_times_as_much(warehouse):
    with warehouse.transaction() as env:
        product = new_product(env, stock=50, weight=0.5, list_price=3, taxes_id=False)
        order = new_sale(env, product, quantity=1)
        order.order_line.product_uom_id = env.ref("uom.product_uom_dozen")
        order.order_line.price_unit = 30
        order.action_confirm()
        move = order.picking_ids.move_ids
        unit = move.product_uom.name
    [line] = warehouse.one("shipment.created")["lines"]
    customs = line["customs"]
    assert line["unit"] == unit
    total = float(line["quantity"]) * float(customs["unit_value"])
    assert total == 30
    assert float(line["quantity"]) * float(customs["unit_weight"]) == 6


def test_a_change_of_a_price_is_told_of_the_shipment_as_well(warehouse):
    """Customs are told what the goods cost."""
    order_id, _shipment = warehouse.sold({"list_price": 10, "taxes_id": False})
    with warehouse.transaction() as env:
        env["sale.order"].browse(order_id).order_line.price_unit = 12
    updated = warehouse.one("shipment.updated")
    assert updated["lines"][0]["customs"]["unit_value"] == "12.00"


# What has left


def crated(warehouse, crate_id):
    """Have an order delivered in a crate; returns the shipment's id."""
    order_id, shipment = warehouse.sold({"weight": 1})
    with warehouse.transaction() as env:
        picking = pickings_of(env, order_id)
        picking.move_line_ids.result_package_id = crate_id
    warehouse.told()
    return shipment["id"]


def test_what_has_left_does_not_change_with_a_crate_that_is_used_again(warehouse):
    with warehouse.transaction() as env:
        kind = env["stock.package.type"].create(
            {"name": "Crate", "package_use": "reusable"}
        )
        crate_id = (
            env["stock.package"].create({"name": "C-1", "package_type_id": kind.id}).id
        )
    gone = [crated(warehouse, crate_id) for _time in range(3)]
    with warehouse.transaction() as env:
        for picking in env["stock.picking"].browse(gone):
            deliver(picking)
            # the empty crate comes back
            picking.move_line_ids.result_package_id.quant_ids.sudo().unlink()
    warehouse.told()
    waiting = crated(warehouse, crate_id)
    with warehouse.transaction() as env:
        env["stock.package"].browse(crate_id).shipping_weight = 7.5
    told = warehouse.told()
    assert [(event, data["id"]) for event, data in told] == [
        ("shipment.updated", waiting)
    ]
    assert told[0][1]["packages"][0]["weight"] == "7.50"
    with warehouse.transaction() as env:
        env["stock.picking"].browse(gone[0]).carrier_tracking_ref = "T-1"
    [(event, late)] = warehouse.told()
    assert (event, late["id"]) == ("shipment.updated", gone[0])
    assert late["packages"][0]["weight"] == "1.00"


def test_what_has_left_does_not_change_with_what_it_was_made_of(warehouse):
    order_id, _shipment = warehouse.sold({"name": "Lamp", "weight": 2})
    with warehouse.transaction() as env:
        deliver(pickings_of(env, order_id))
    left = warehouse.one("shipment.done")
    with warehouse.transaction() as env:
        picking = pickings_of(env, order_id)
        picking.move_ids.product_id.write({"name": "Another lamp", "weight": 5})
        picking.picking_type_id.warehouse_id.partner_id.street = "Elsewhere 7"
        address = picking.partner_id
        street = address.street
        address.street = "Moved away 1"
    warehouse.told()
    with warehouse.transaction() as env:
        pickings_of(env, order_id).carrier_tracking_ref = "T-1"
        address = pickings_of(env, order_id).partner_id
    late = warehouse.one("shipment.updated")
    assert late["trackings"] == [{"number": "T-1", "url": None}]
    assert late == left | {"trackings": late["trackings"]}
    with warehouse.transaction() as env:
        pickings_of(env, order_id).partner_id.street = street


def test_what_is_packed_and_weighed_in_the_transaction_in_which_it_leaves(warehouse):
    order_id, _shipment = warehouse.sold({"weight": 2})
    with warehouse.transaction() as env:
        picking = pickings_of(env, order_id)
        deliver(picking)
        env.cr.flush()
        picking.move_line_ids.result_package_id = env["stock.package"].create(
            {"name": f"LATE {picking.id}", "shipping_weight": 3}
        )
    done = warehouse.one("shipment.done")
    assert [package["weight"] for package in done["packages"]] == ["3.00"]
