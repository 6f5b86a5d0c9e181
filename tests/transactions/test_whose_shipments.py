"""Which webhooks are told of a shipment."""

import pytest

from .goods import deliver
from .shipments import Shipments, picking_of

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
