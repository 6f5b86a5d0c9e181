"""The overview: how each webhook works, at a glance, in a real browser."""

import pytest
from playwright.sync_api import expect

from dev import browser, product
from dev.receiver import answer

from .pages import employee, row
from .waiting import eventually

PAGE = "action-nshift_webhooks.nshift_webhook_overview_action"


@pytest.fixture
def hooks(shop):
    """Four webhooks that have been told of one order: by what became of them."""
    shop.retry_after(3600)
    made = {
        "Archived hook": shop.hook(name="Archived hook", active=False),
        "Busy hook": shop.hook(
            "order.created",
            "order.updated",
            name="Busy hook",
            order_domain="[('amount_total', '>=', 0)]",
        ),
        # it asks for a pause, too
        "Ill hook": shop.hook(
            name="Ill hook", answers=[answer(503, Retry_After="900")]
        ),
        "Lost hook": shop.hook(name="Lost hook", answers=[answer(410)]),
    }
    shop.order()

    def statuses():
        ids = [hook.id for hook in made.values()]
        found = shop.api.search(
            "nshift.webhook",
            [("id", "in", ids), ("active", "in", [True, False])],
            "status",
            "success_text",
            order="name",
        )
        known = [each["status"] for each in found]
        return (
            known == [False, "working", "failing", "stopped"]
            and (found[1]["success_text"])
        )

    eventually(statuses)
    return made


def card(page, name):
    return page.locator(".o_kanban_record:not(.o_kanban_ghost)", has_text=name)


def buttons(page, name):
    """The buttons on a card, by their texts."""
    return card(page, name).locator("footer").get_by_role("button").all_inner_texts()


def test_overview_in_settings(shop, hooks, log_in, shoot):
    backend = log_in(product.LOGIN, product.PASSWORD)
    page = backend.page
    backend.open_app("Settings")
    backend.open_menu("Webhooks", "Overview")
    cards = page.locator(".o_kanban_record:not(.o_kanban_ghost)")
    expect(cards).to_have_count(4)
    expect(card(page, "Busy hook").locator("canvas")).to_be_visible()
    shoot(page, "cards")
    # those in trouble first, and what is archived last
    for place, name in enumerate(("Lost hook", "Ill hook", "Busy hook", "Archived")):
        expect(cards.nth(place)).to_contain_text(name)
    for name, texts in {
        "Lost hook": ["Stopped", "gone for good", "since"],
        "Ill hook": [
            "Failing",
            "(503)",
            "Next try at",
            "1 since",
            "Received0 % of attempts",
        ],
        "Busy hook": [
            "Working",
            "localhost",
            "Order updated",
            "All order channels",
            "Total is at least 0",
            "1 received, 0 failed",
            "100 % of attempts",
            "half within",
        ],
        "Archived hook": ["Archived", "Nothing is recorded", "Nothing was sent"],
    }.items():
        for text in texts:
            expect(card(page, name)).to_contain_text(text)
    common = ["Events", "Not received", "Settings"]
    assert buttons(page, "Lost hook") == ["Enable", *common]
    assert buttons(page, "Ill hook") == ["Try now", *common]
    assert buttons(page, "Busy hook") == common
    assert buttons(page, "Archived hook") == common
    # whoever does not see the graph is told what it shows
    graph = card(page, "Busy hook").get_by_role("img", name="1 received, 0 failed")
    expect(graph).to_be_visible()

    card(page, "Ill hook").get_by_role("button", name="Not received").click()
    expect(row(page, "Order created")).to_have_count(1)
    for facet in ("Ill hook", "Not received"):
        expect(page.locator(".o_searchview")).to_contain_text(facet)
    page.go_back()

    card(page, "Busy hook").get_by_role("button", name="Settings").click()
    expect(page.get_by_label("Name")).to_have_value("Busy hook")
    page.go_back()

    shop.receiver.register(hooks["Ill hook"].path, hooks["Ill hook"].secret, [])
    card(page, "Ill hook").get_by_role("button", name="Try now").click()
    shop.settled(hooks["Ill hook"])
    page.reload()
    expect(card(page, "Ill hook")).to_contain_text("Working")
    expect(card(page, "Ill hook")).to_contain_text("1 received, 1 failed")
    shoot(page, "mended")

    card(page, "Lost hook").get_by_role("button", name="Enable").click()
    expect(page.get_by_role("dialog")).to_contain_text("Enable “Lost hook”")
    page.get_by_role("dialog").get_by_role("button", name="Close").last.click()


def test_overview_on_a_telephone(shop, hooks, log_in, shoot):
    login = employee(shop, "phonereader", "nshift_webhooks.group_webhook_user")
    page = log_in(*login).page
    page.set_viewport_size(browser.PHONE)
    try:
        page.goto(f"{shop.odoo.url}/odoo/{PAGE}")
        expect(card(page, "Busy hook").locator("canvas")).to_be_visible()
        shoot(page, "top")
        width = page.evaluate(
            "Math.max(...[...document.querySelectorAll('.o_kanban_record, "
            ".o_kanban_record *')].map((each) => each.getBoundingClientRect().right))"
        )
        assert width <= browser.PHONE["width"]
        card(page, "Archived hook").scroll_into_view_if_needed()
        shoot(page, "bottom")
        # a user of webhooks has no button that changes something
        common = ["Events", "Not received", "Settings"]
        for name in ("Lost hook", "Ill hook"):
            assert buttons(page, name) == common
        card(page, "Ill hook").get_by_text("1 since").click()
        expect(page.get_by_text("Order created").first).to_be_visible()
    finally:
        page.set_viewport_size(browser.SIZE)
