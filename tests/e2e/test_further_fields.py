"""A system administrator has a field of his own told, in a real browser."""

import pytest
from playwright.sync_api import expect

from dev import product

from .pages import cell, employee, row
from .waiting import eventually

PAGE = "action-nshift_webhooks.nshift_webhook_field_action"


def pick(page, line, name, typed, option):
    """Choose a record in a cell of a list's line that is edited."""
    entry = cell(line, name).locator("input")
    entry.fill(typed)
    page.locator(".o-autocomplete--dropdown-item", has_text=option).first.click()


@pytest.fixture(autouse=True)
def chosen_here(shop):
    """What is chosen here is nobody else's."""
    yield
    chosen = shop.api.search("nshift.webhook.field", [], "id")
    shop.api.call("nshift.webhook.field", "unlink", [each["id"] for each in chosen])


def test_a_field_of_ones_own_is_chosen_and_told(shop, log_in, shoot):
    shop.api.create(
        "ir.model.fields",
        model_id=shop.api.ref("base.model_res_partner"),
        name="x_gate_code",
        field_description="Gate code",
        ttype="char",
        state="manual",
    )
    hook = shop.hook("order.updated")
    backend = log_in(product.LOGIN, product.PASSWORD)
    page = backend.page
    page.goto(f"{shop.odoo.url}/odoo/{PAGE}")
    expect(page.locator(".o_view_nocontent")).to_contain_text("custom")
    shoot(page, "empty")
    page.get_by_role("button", name="New").click()
    line = page.locator(".o_selected_row")
    cell(line, "model").locator("input").click()
    shoot(page, "models")
    page.get_by_text("Customer or address", exact=True).click()
    # what must not be told is not offered
    entry = cell(line, "field_id").locator("input")
    entry.fill("Signup")
    expect(page.locator(".o-autocomplete--dropdown-menu")).to_contain_text("No records")
    pick(page, line, "field_id", "Gate", "Gate code")
    expect(cell(line, "key").locator("input")).to_have_value("x_gate_code")
    shoot(page, "chosen")
    page.get_by_role("button", name="Save").click()
    expect(row(page, "Gate code")).to_contain_text("Customer or address")
    shoot(page, "saved")
    partner_id = shop.api.ref("base.res_partner_2")
    order_id = shop.order()
    shop.api.write("res.partner", partner_id, x_gate_code="4711")

    def told():
        requests = shop.receiver.wait_for(1, hook.path)
        return [
            request.message["data"]
            for request in requests
            if request.message["data"]["order"]["id"] == order_id
        ]

    [data] = eventually(told)
    assert data["order"]["customer"]["custom"] == {"x_gate_code": "4711"}
    assert data["previous"]["customer"]["custom"] == {"x_gate_code": None}


def test_a_manager_of_webhooks_sees_what_is_chosen(shop, log_in, shoot):
    [field] = shop.api.search(
        "ir.model.fields",
        [("model", "=", "sale.order"), ("name", "=", "require_payment")],
        "id",
    )
    # the default is an order's
    shop.api.create("nshift.webhook.field", field_id=field["id"])
    login = employee(shop, "fieldreader", "nshift_webhooks.group_webhook_manager")
    page = log_in(*login).page
    page.goto(f"{shop.odoo.url}/odoo/{PAGE}")
    expect(row(page, "require_payment")).to_be_visible()
    expect(page.get_by_role("button", name="New")).to_have_count(0)
    shoot(page, "list")
