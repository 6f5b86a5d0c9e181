"""The backend in Swedish: nothing of the addon's is left in English."""

import polib
import pytest
from playwright.sync_api import expect

from dev import paths, product
from dev.receiver import answer

from .test_accessibility import AUDIT, EVENTS, OVERVIEW, WEBHOOKS

ENGLISH = {
    entry.msgid
    for entry in polib.pofile(str(paths.ADDON / "i18n" / "sv.po"))
    if entry.msgid != entry.msgstr
}


@pytest.fixture
def swedish(shop):
    """The administrator works in Swedish."""
    shop.api.speak("sv_SE")
    yield
    shop.api.write("res.users", shop.api.ref("base.user_admin"), lang="en_US")


def test_swedish(shop, swedish, log_in, shoot):
    shop.close_hooks()
    hook = shop.hook(name="Lager", answers=[answer(422, b"nej")] * 9)
    shop.order()
    [event] = shop.settled(hook)
    backend = log_in(product.LOGIN, product.PASSWORD)
    page = backend.page
    left = {}

    def lines(element):
        return {line.strip() for line in element.inner_text().splitlines()}

    def check(what):
        expect(page.locator(".o_loading_indicator")).to_have_count(0)
        shoot(page, what)
        shown = lines(page.locator("body"))
        # was written when nobody worked in Swedish
        for chatter in page.locator(".o-mail-Form-chatter").all():
            shown -= lines(chatter)
        left[what] = shown & ENGLISH

    for path, what in (
        (OVERVIEW, "overview"),
        (WEBHOOKS, "webhooks"),
        (EVENTS, "events"),
        (AUDIT, "audit"),
        (f"{WEBHOOKS}/{hook.id}", "webhook"),
        (f"{EVENTS}/{event['id']}", "event"),
        ("webhook-settings", "settings"),
    ):
        backend.visit(path)
        expect(page.locator(".o_view_controller")).to_be_visible()
        for tab in page.get_by_role("tab").all():
            if what != "settings":
                tab.click()
            check(f"{what}-{tab.inner_text()}")
        check(what)
    for button in ("action_test", "action_send_current_state", "action_rotate_secret"):
        page.goto(f"{shop.odoo.url}/odoo/{WEBHOOKS}/{hook.id}")
        page.get_by_role("tab").nth(1).click()
        page.locator(f"button[name={button}]").click()
        expect(page.locator(".modal .o_form_view")).to_be_visible()
        check(button)
    assert not any(left.values()), left
