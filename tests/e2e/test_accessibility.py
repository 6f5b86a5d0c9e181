"""Our pages for who uses a screen reader, a keyboard or a telephone."""

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import expect

from dev import browser, product
from dev.receiver import answer

from .waiting import eventually

OVERVIEW = "webhooks-overview"
WEBHOOKS = "webhooks"
EVENTS = "action-nshift_webhooks.nshift_webhook_event_action"
AUDIT = "webhook-audit"
FIELDS = "action-nshift_webhooks.nshift_webhook_field_action"
#: The narrowest window of a desktop.
NARROW = {"width": 1024, "height": 768}
#: Odoo's own parts, in which axe finds the same on all of its pages.
ODOOS = ", ".join(
    (
        ".o_control_panel",
        ".o_searchview",
        ".o-mail-Form-chatter",
        ".o-mail-Avatar",
        ".o-autocomplete--input",
        ".o_select_menu_toggler",
        ".o-dropdown",
        ".o_tag",
        ".nav-tabs",
        ".settings_tab",
        ".o_form_label",
        ".o_list_record_selector",
        ".o_setting_right_pane > .text-muted",
    )
)
#: Serious findings elsewhere: the rule, and where. No file is fetched once more for it.
OURS = """async ([shown, odoos]) => (
    await axe.run(shown, {resultTypes: ["violations"], preload: false})
)
    .violations.filter((found) => ["serious", "critical"].includes(found.impact))
    // Odoo's dialogs have titles that they do not refer to
    .filter((found) => found.id !== "aria-dialog-name")
    .flatMap((found) => found.nodes.map((node) => [found.id, node]))
    .filter(([, node]) => !document.querySelector(node.target[0])?.closest(odoos))
    .map(([id, node]) => `${id}: ${node.html.slice(0, 200)}`)
"""
#: Waits until what moves or fades has ended.
SETTLED = """() => Promise.allSettled(
    document.getAnimations().map((animation) => animation.finished)
)"""
#: How often a page is looked at, each half a second: what is only there while it is
#: being drawn is nothing that a person meets.
LOOKS = 6
#: What reaches beyond the right edge, but for what is scrolled there.
BEYOND = """() => [...document.querySelectorAll(".o_content *, .modal *")]
    .filter((each) => !each.closest(".nav-tabs, .settings_tab, .ace_editor"))
    .filter((each) => !each.closest(".o_statusbar_status"))
    .filter((each) => each.getBoundingClientRect().right > window.innerWidth + 1)
    .map((each) => each.outerHTML.slice(0, 200))
"""


@pytest.fixture
def hooks(shop):
    """A webhook whose messages arrive, and one that refuses them, with long names."""
    shop.close_hooks()
    good = shop.hook(name="Orders of the web shop to the warehouse in Malmö")
    bad = shop.hook(
        name="Orders of all channels to the forwarding agent",
        answers=[answer(422, body="<h1>No such article</h1>" * 20)] * 9,
    )
    shop.order()
    shop.settled(good)
    shop.settled(bad)
    return good, bad


@pytest.fixture
def check(shoot):
    """Look at a page: with axe, and on a telephone whether anything is cut off."""

    def check(page, what):
        expect(page.locator(".o_loading_indicator")).to_have_count(0)
        # colours that are still changing are not those that are read
        page.evaluate(SETTLED)
        shoot(page, what)
        shown = ".modal" if page.locator(".modal").count() else ".o_action"
        if not page.evaluate("'axe' in window"):
            page.evaluate(AXE_SCRIPT)
        for _look in range(LOOKS):
            complaints = page.evaluate(OURS, [shown, ODOOS])
            if not complaints:
                break
            page.wait_for_timeout(500)
        assert complaints == [], what
        if page.viewport_size == browser.PHONE:
            assert page.evaluate(BEYOND) == [], what

    return check


@pytest.fixture
def further_field(shop):
    """Have messages tell one field more."""
    [field] = shop.api.search(
        "ir.model.fields",
        [("model", "=", "sale.order"), ("name", "=", "require_signature")],
        "id",
    )
    id_ = shop.api.create("nshift.webhook.field", field_id=field["id"])
    yield
    shop.api.unlink("nshift.webhook.field", id_)


@pytest.mark.parametrize("size", [browser.SIZE, browser.PHONE], ids=["desk", "phone"])
def test_pages(shop, hooks, further_field, log_in, check, size):
    good, bad = hooks
    backend = log_in(product.LOGIN, product.PASSWORD)
    page = backend.page
    page.set_viewport_size(size)

    def open_(path, shown):
        backend.visit(path)
        expect(page.locator(shown).first).to_be_visible()

    def open_event(hook):
        [event] = shop.events(hook)
        open_(f"{EVENTS}/{event['id']}", ".o_form_view")

    def all_tabs(what):
        for tab in page.get_by_role("tab").all():
            tab.click()
            check(page, f"{what}-{tab.inner_text()}")

    try:
        cards = ".o_kanban_record:not(.o_kanban_ghost)"
        rows = ".o_data_row" if size == browser.SIZE else cards
        open_(OVERVIEW, cards)
        check(page, "overview")
        open_(WEBHOOKS, rows)
        check(page, "webhooks")
        open_(EVENTS, rows)
        check(page, "events")
        open_(AUDIT, rows)
        check(page, "audit")
        open_(FIELDS, rows)
        check(page, "fields")
        open_(f"{WEBHOOKS}/new", ".o_form_view")
        check(page, "new")
        for hook, what in ((good, "good"), (bad, "bad")):
            open_(f"{WEBHOOKS}/{hook.id}", ".o_form_view")
            all_tabs(what)
            open_event(hook)
            all_tabs(f"event-{what}")
        open_("webhook-settings", ".o_setting_box")
        check(page, "settings")
    finally:
        page.set_viewport_size(browser.SIZE)


@pytest.mark.parametrize("size", [browser.SIZE, browser.PHONE], ids=["desk", "phone"])
def test_dialogs(shop, hooks, log_in, check, size):
    good, _bad = hooks
    waits = shop.hook(name="Paused, with a message that waits")
    shop.api.call("nshift.webhook", "action_pause", [waits.id])
    lost = shop.hook(name="Given up", answers=[answer(500)] * 9)
    shop.order()
    shop.settled(lost)
    page = log_in(product.LOGIN, product.PASSWORD).page
    page.set_viewport_size(size)

    def ask(hook, button, tab=None):
        page.goto(f"{shop.odoo.url}/odoo/{WEBHOOKS}/{hook.id}")
        expect(page.locator(".o_form_view")).to_be_visible()
        found = page.locator(f"button[name={button}]:visible")
        if tab:
            page.get_by_role("tab", name=tab).click()
        elif size == browser.PHONE and not found.count():
            # there, behind one for all but the first
            page.locator(".o_statusbar_buttons button").last.click()
        found.first.click()
        expect(page.locator(".modal .o_form_view")).to_be_visible()
        check(page, button)

    try:
        ask(good, "action_test")
        ask(good, "action_send_current_state")
        ask(good, "action_rotate_secret", "Security")
        ask(waits, "action_enable")
        ask(lost, "action_mend")
    finally:
        page.set_viewport_size(browser.SIZE)


def test_long_names_in_a_narrow_window(shop, hooks, log_in, shoot):
    """Names and reasons are all there, and no column is beyond the edge."""
    _good, bad = hooks
    backend = log_in(product.LOGIN, product.PASSWORD)
    page = backend.page
    page.set_viewport_size(NARROW)
    is_cut = "(cell) => cell.scrollWidth > cell.clientWidth"
    try:
        for path, names in (
            (WEBHOOKS, ["name", "health", "last_delivery"]),
            ("webhook-events", ["webhook_id", "standing", "failure"]),
            (AUDIT, ["webhook_name", "action", "subject"]),
        ):
            backend.visit(path)
            line = page.locator(".o_data_row", has_text="forwarding agent").first
            expect(line).to_be_visible()
            shoot(page, path)
            assert page.evaluate(BEYOND) == [], path
            for name in names:
                cell = line.locator(f"td[name={name}]")
                assert not cell.evaluate(is_cut), (path, name)
    finally:
        page.set_viewport_size(browser.SIZE)


def test_by_keyboard(shop, hooks, log_in, shoot):
    """From the overview to a message that did not arrive, which is sent again."""
    _good, bad = hooks
    shop.receiver.register(bad.path, bad.secret, [answer(200)])
    page = log_in(product.LOGIN, product.PASSWORD).page
    page.goto(f"{shop.odoo.url}/odoo/{OVERVIEW}")
    expect(page.locator("article", has_text="forwarding agent")).to_be_visible()

    def go_to(locator, key="Tab"):
        """Press a key until what is meant has the focus, or something in it."""
        for _press in range(80):
            if locator.evaluate("(each) => each.contains(document.activeElement)"):
                return
            page.keyboard.press(key)
        raise AssertionError(f"No way to {locator} by {key}")

    card = page.locator("article", has_text="forwarding agent")
    go_to(card, "ArrowDown")
    go_to(card.get_by_role("button", name="Not received"))
    page.keyboard.press("Enter")
    expect(page.locator(".o_data_row")).to_have_count(1)
    # from which arrows lead to the rows
    go_to(page.locator(".o_searchview_input"))
    go_to(page.locator(".o_data_row"), "ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".o_form_view")).to_be_visible()
    go_to(page.get_by_role("button", name="Send again", exact=True))
    shoot(page, "focus")
    page.keyboard.press("Enter")
    # the key leads to a request, which takes a while to be taken
    eventually(lambda: [each["state"] for each in shop.events(bad)] == ["delivered"])
