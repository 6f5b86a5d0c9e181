"""An order that moves from one company to another: what each of them is told."""

import json

import pytest


@pytest.fixture
def companies(shop):
    """Two companies; returns their ids."""
    with shop.transaction() as env:
        companies = env["res.company"]
        other = companies.search([("name", "=", "Company B")]) or companies.create(
            {"name": "Company B"}
        )
        env.user.company_ids += other
        return env.company.id, other.id


def told(shop):
    """What each webhook was told: (type, company of the event, data) by its name."""
    with shop.transaction() as env:
        found = env["nshift.webhook.event"].search([], order="id")
        events = [
            (
                event.webhook_id.name,
                event.event,
                event.company_id.id,
                event.res_name,
                json.loads(event.payload)["data"],
            )
            for event in found
        ]
        found.unlink()
    return {name: tuple(rest) for name, *rest in events}


def move(shop, order_id, company, **values):
    with shop.transaction() as env:
        order = env["sale.order"].browse(order_id)
        order.order_line.unlink()
        order.company_id = company
        order.write(values)


def test_former_company_sees_how_it_was(shop, companies):
    """The last that it is told is what it could see, and that the order has gone."""
    mine, other = companies
    order_id = shop.order(client_order_ref="A's")
    for name, company in (("A", mine), ("B", other), ("all", False)):
        shop.webhook("order.updated", name=name, company_id=company)
    move(shop, order_id, other, client_order_ref="B's secret")
    events = told(shop)
    assert set(events) == {"A", "B", "all"}

    event, company, _name, data = events["A"]
    assert (event, company) == ("order.updated", mine)
    assert data["moved_away"] is True
    assert data["order"]["customer_reference"] == "A's"
    assert data["order"]["company"]["id"] == mine
    assert data["order"]["lines"], "as they were"
    assert data["previous"] == {}
    assert "B's secret" not in json.dumps(data)
    assert "Company B" not in json.dumps(data)

    event, company, _name, data = events["B"]
    assert (event, company) == ("order.updated", other)
    assert "moved_away" not in data
    assert data["order"]["customer_reference"] == "B's secret"
    assert data["previous"] is None, "what it was is A's"
    assert "A's" not in json.dumps(data)

    _event, company, _name, data = events["all"]
    assert company == other
    assert data["order"]["customer_reference"] == "B's secret"
    assert data["previous"]["customer_reference"] == "A's"
    assert len({data["sequence"] for *_rest, data in events.values()}) == 1


def test_afterwards_it_hears_no_more(shop, companies):
    mine, other = companies
    order_id = shop.order()
    shop.webhook("order.updated", name="A", company_id=mine)
    move(shop, order_id, other)
    assert set(told(shop)) == {"A"}
    with shop.transaction() as env:
        env["sale.order"].browse(order_id).client_order_ref = "B's"
    assert told(shop) == {}


def test_other_events_are_the_new_companys(shop, companies):
    """What happens to an order as it moves is told to whom it has come."""
    mine, other = companies
    order_id = shop.order()
    for name, company in (("A", mine), ("B", other)):
        shop.webhook("order.cancelled", name=name, company_id=company)
    move(shop, order_id, other, state="cancel")
    assert set(told(shop)) == {"B"}
