"""How access tokens are set up in Odoo's backend, in a real browser."""

from playwright.sync_api import expect

from dev import product

from ..token_server import TokenServer
from .pages import field


def test_the_connection_is_tested(shop, log_in, shoot):
    """What was entered is saved and tried; what is wrong is said, and mended."""
    hook = shop.hook("order.created")
    page = log_in(product.LOGIN, product.PASSWORD).page
    page.goto(f"{shop.odoo.url}/odoo/webhooks/{hook.id}")
    page.get_by_role("tab", name="Security").click()
    expect(field(page, "oauth_token_url")).to_have_count(0)
    page.get_by_label("Authentication").click()
    page.locator(".o_select_menu_item", has_text="OAuth 2").click()
    told = page.locator(".o_notification")
    with TokenServer() as server:
        page.get_by_label("Token URL").fill(server.url)
        page.get_by_label("Client ID").fill(server.client_id)
        secret = field(page, "oauth_client_secret").locator("input")
        secret.fill("wrong-s3cret")
        page.get_by_label("Scope").fill("orders")
        page.get_by_role("button", name="Test connection").click()
        expect(told).to_contain_text("Access token refused")
        expect(told).to_contain_text("invalid_client: the client ID or the")
        shoot(page, "refused")
        told.locator(".o_notification_close").click()
        expect(secret).to_have_value("••••••••")
        secret.fill(server.client_secret)
        page.get_by_role("button", name="Test connection").click()
        expect(told).to_contain_text("valid for 3,600 seconds. Scope: orders")
        shoot(page, "received")
    page.reload()
    page.get_by_role("tab", name="Audit log").click()
    expect(field(page, "audit_ids")).to_contain_text("valid for 3,600 seconds")
    assert server.client_secret not in page.content()
    assert "wrong-s3cret" not in page.content()
