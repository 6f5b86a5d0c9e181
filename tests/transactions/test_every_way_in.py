"""However a change comes in, its events are exactly right: type, count, and the state
as it was committed.
"""

import pytest

from .told import Told, product, ship

SAVED = {"id": {}, "state": {}, "amount_total": {}}
"""What the web client asks to read back from `web_save`."""


@pytest.fixture
def told(shop):
    return Told(shop)


# The web client


def test_a_new_form_that_is_saved_is_one_creation(told):
    from odoo.tests import Form

    with told.transaction() as env:
        advice = product(env).id
    with told.transaction("demo") as env:
        form = Form(env["sale.order"])
        form.partner_id = env.ref("base.res_partner_2")
        form.client_order_ref = "from the form"
        with form.order_line.new() as line:
            line.product_id = env["product.product"].browse(advice)
            line.product_uom_qty = 2
        with form.order_line.new() as line:
            line.display_type = "line_note"
            line.name = "Fragile"
        order_id = form.save().id
    order = told.exactly(("order.created", order_id))["order.created", order_id]
    assert order["customer_reference"] == "from the form"
    assert [line["quantity"] for line in order["lines"]] == ["2.00", "0.00"]


def test_a_form_that_is_not_saved_is_nothing(told):
    from odoo.tests import Form

    order_id = told.quotation()
    with told.transaction() as env:
        new = Form(env["sale.order"])
        new.partner_id = env.ref("base.res_partner_2")
        form = Form(env["sale.order"].browse(order_id))
        form.partner_id = env.ref("base.res_partner_3")
        with form.order_line.edit(0) as line:
            line.product_uom_qty = 9
    told.nothing()


def test_a_form_that_changes_a_line_is_one_update(told):
    from odoo.tests import Form

    order_id = told.quotation()
    with told.transaction() as env:
        form = Form(env["sale.order"].browse(order_id))
        with form.order_line.edit(0) as line:
            line.product_uom_qty = 9
        form.save()
    order = told.updated(order_id)
    assert order["lines"][0]["quantity"] == "9.00"


def test_a_save_of_a_form_with_lines_added_changed_and_removed_is_one_update(told):
    order_id = told.quotation()
    with told.transaction() as env:
        env["sale.order.line"].create(
            {"order_id": order_id, "product_id": product(env).id}
        )
    told.events()
    with told.transaction() as env:
        order = env["sale.order"].browse(order_id)
        first, second = order.order_line
        values = {
            "client_order_ref": "all at once",
            "order_line": [
                (1, first.id, {"product_uom_qty": 4}),
                (2, second.id),
                (0, "virtual_7", {"display_type": "line_section", "name": "More"}),
                (0, "virtual_8", {"product_id": product(env, name="Set-up").id}),
            ],
        }
        [saved] = order.web_save(values, SAVED)
        assert saved["id"] == order_id
    order = told.updated(order_id)
    assert order["customer_reference"] == "all at once"
    assert [line["description"] for line in order["lines"]] == [
        "[LAMP-1] Lamp",
        "More",
        "Set-up",
    ]
    assert order["lines"][0]["quantity"] == "4.00"


def test_a_save_of_what_is_there_already_is_nothing(told):
    order_id = told.quotation(client_order_ref="as it is")
    with told.transaction() as env:
        order = env["sale.order"].browse(order_id)
        line = order.order_line
        order.web_save(
            {
                "client_order_ref": "as it is",
                "partner_id": order.partner_id.id,
                "order_line": [
                    (1, line.id, {"product_uom_qty": 1, "tax_ids": [(5,)]}),
                    (1, line.id, {"tax_ids": [(6, 0, line.tax_ids.ids)]}),
                ],
            },
            SAVED,
        )
    told.nothing()


def test_an_edit_in_the_list_of_orders_is_one_update(told):
    order_id = told.quotation()
    with told.transaction() as env:
        values = {"commitment_date": "2031-02-03 04:05:06"}
        env["sale.order"].browse(order_id).web_save(values, SAVED)
    assert told.updated(order_id)["promised_at"] == "2031-02-03T04:05:06Z"


def test_an_edit_in_a_list_of_lines_is_one_update_of_their_order(told):
    order_id = told.quotation()
    with told.transaction() as env:
        line = env["sale.order"].browse(order_id).order_line
        line.web_save({"product_uom_qty": 3, "discount": 10}, {"id": {}})
    [line] = told.updated(order_id)["lines"]
    assert (line["quantity"], line["discount_percent"]) == ("3.00", "10.00")


def test_values_of_their_own_for_several_orders_are_an_update_of_each(told):
    one, two, same = [told.quotation(client_order_ref="old") for _ in range(3)]
    with told.transaction() as env:
        env["sale.order"].browse([one, two, same]).web_save_multi(
            [{"client_order_ref": ref} for ref in ("a", "b", "old")], SAVED
        )
    orders = told.exactly(("order.updated", one), ("order.updated", two))
    assert [order["customer_reference"] for order in orders.values()] == ["a", "b"]


def test_lines_dragged_into_another_order_are_one_update(told):
    order_id = told.quotation()
    with told.transaction() as env:
        env["sale.order.line"].create(
            {"order_id": order_id, "product_id": product(env).id}
        )
    told.events()
    with told.transaction() as env:
        lines = env["sale.order"].browse(order_id).order_line
        first, second = lines.ids
        env["sale.order.line"].browse([second, first]).web_resequence({"id": {}})
    assert [line["id"] for line in told.updated(order_id)["lines"]] == [second, first]


def test_a_mass_edit_is_one_update_of_each_order_that_it_changes(told):
    orders = [told.quotation() for _ in range(12)]
    same = told.quotation(client_order_ref="mass edit")
    with told.transaction() as env:
        env["sale.order"].browse([*orders, same]).write(
            {"client_order_ref": "mass edit"}
        )
    found = told.exactly(*[("order.updated", order_id) for order_id in orders])
    assert {order["customer_reference"] for order in found.values()} == {"mass edit"}


def test_a_mass_deletion_is_one_deletion_of_each_order(told):
    orders = [told.quotation(client_order_ref=str(number)) for number in range(5)]
    with told.transaction() as env:
        env["sale.order"].browse(orders).unlink()
    found = told.exactly(*[("order.deleted", order_id) for order_id in orders])
    assert [order["customer_reference"] for order in found.values()] == list("01234")


def test_a_mass_cancellation_is_one_update_of_each_order_that_was_open(told):
    quotation, confirmed, cancelled = (
        told.quotation(),
        told.confirmed(),
        told.quotation(),
    )
    with told.transaction() as env:
        env["sale.order"].browse(cancelled).action_cancel()
    told.events()
    with told.transaction() as env:
        wizard = env["sale.mass.cancel.orders"].with_context(
            active_model="sale.order", active_ids=[quotation, confirmed, cancelled]
        )
        wizard.create({}).action_mass_cancel()
    orders = told.exactly(("order.updated", quotation), ("order.updated", confirmed))
    assert {order["state"] for order in orders.values()} == {"cancel"}


def test_a_copy_is_one_creation_and_nothing_for_the_original(told):
    order_id = told.confirmed(quantity=3)
    with told.transaction() as env:
        copy_id = env["sale.order"].browse(order_id).copy().id
    copy = told.exactly(("order.created", copy_id))["order.created", copy_id]
    assert copy["state"] == "draft"
    assert [line["quantity"] for line in copy["lines"]] == ["3.00"]


def test_what_is_said_in_the_chatter_is_nothing(told):
    order_id = told.quotation()
    with told.transaction() as env:
        order = env["sale.order"].browse(order_id)
        order.message_post(body="Called the customer")
        order.activity_schedule("mail.mail_activity_data_todo", summary="Call again")
        order.message_subscribe(env.ref("base.res_partner_3").ids)
    told.nothing()


def test_what_the_message_does_not_show_is_nothing(told):
    order_id = told.quotation()
    with told.transaction() as env:
        env["sale.order"].browse(order_id).write(
            {"require_payment": True, "prepayment_percent": 0.5, "access_token": "x"}
        )
    told.nothing()


def test_a_change_to_the_products_own_record_is_nothing(told):
    with told.transaction() as env:
        product_id = product(env, name="Old").id
    told.confirmed(order_line=[(0, 0, {"product_id": product_id})])
    with told.transaction() as env:
        advice = env["product.product"].browse(product_id)
        advice.write({"name": "New", "barcode": "1"})
        advice.list_price = 1
    told.nothing()


def test_another_unit_of_a_product_is_an_update_of_the_orders_for_it(told):
    """Odoo gives it to their lines as well."""
    with told.transaction() as env:
        advice = product(env).id
        hours = env.ref("uom.product_uom_hour").id
    one, two = (
        told.quotation(order_line=[(0, 0, {"product_id": advice})]),
        told.confirmed(order_line=[(0, 0, {"product_id": advice})]),
    )
    told.quotation()
    with told.transaction() as env:
        env["product.product"].browse(advice).product_tmpl_id.uom_id = hours
    orders = told.exactly(("order.updated", one), ("order.updated", two))
    assert {order["lines"][0]["unit"] for order in orders.values()} == {"Hours"}


def test_what_is_only_on_a_screen_is_nothing(told, caplog):
    """A form computes lines, taxes included, that nobody has saved."""
    order_id = told.quotation()
    with told.transaction() as env:
        order = env["sale.order"].browse(order_id)
        goods = order.order_line.product_id
        form = env["sale.order"].new(origin=order)
        form.order_line += env["sale.order.line"].new({"product_id": goods.id})
        assert form.order_line[-1].tax_ids
        form.order_line[0].product_id = product(env)
        assert form.order_line[0].price_unit == 50
        form.order_line[0].tax_ids = False
        line = env["sale.order.line"].new(origin=order.order_line)
        env.invalidate_all()
        line.write({"tax_ids": False})
    told.nothing()
    assert not [each for each in caplog.records if each.levelname == "ERROR"]


# Buttons and wizards of sales


def test_each_step_of_an_order_is_one_update(told):
    order_id = told.quotation()
    for button, state in (
        ("action_quotation_sent", "sent"),
        ("action_cancel", "cancel"),
        ("action_draft", "draft"),
    ):
        with told.transaction() as env:
            getattr(env["sale.order"].browse(order_id), button)()
        assert told.updated(order_id)["state"] == state
    with told.transaction() as env:
        env["sale.order"].browse(order_id).action_confirm()
    told.order_confirmed(order_id)
    with told.transaction() as env:
        env["sale.order"].browse(order_id).action_cancel()
    order = told.updated(order_id)
    assert (order["state"], order["invoice_status"]) == ("cancel", "no")
    with told.transaction() as env:
        env["sale.order"].browse(order_id).action_draft()
    told.updated(order_id)
    with told.transaction() as env:
        env["sale.order"].browse(order_id).unlink()
    told.exactly(("order.deleted", order_id))


def test_a_quotation_sent_by_e_mail_is_one_update(told):
    order_id = told.quotation()
    with told.transaction() as env:
        # what is sent with the e-mail is not the matter here
        templates = env["mail.template"].search([("model", "=", "sale.order")])
        templates.report_template_ids = False
        order = env["sale.order"].browse(order_id)
        action = order.action_quotation_send()
        composer = env[action["res_model"]].with_context(**action["context"])
        composer.create({})._action_send_mail()
    assert told.updated(order_id)["state"] == "sent"


def test_a_locked_order_tells_what_is_changed_all_the_same(told):
    order_id = told.confirmed()
    with told.transaction() as env:
        env["sale.order"].browse(order_id).action_lock()
    assert told.updated(order_id)["locked"]
    with told.transaction() as env:
        order = env["sale.order"].browse(order_id)
        assert order.locked
        ship(order.picking_ids, 1)
    assert told.updated(order_id)["delivery_status"] == "full"
    with told.transaction() as env:
        env["sale.order"].browse(order_id).action_unlock()
    assert not told.updated(order_id)["locked"]


def test_what_a_lock_refuses_is_nothing(told):
    from odoo.exceptions import UserError

    order_id = told.confirmed()
    with told.transaction() as env:
        env["sale.order"].browse(order_id).action_lock()
    told.updated(order_id)
    with pytest.raises(UserError), told.transaction() as env:
        env["sale.order"].browse(order_id).order_line.price_unit = 1
    with pytest.raises(UserError), told.transaction() as env:
        env["sale.order"].browse(order_id).action_cancel()
    told.nothing()


def test_a_confirmation_that_locks_is_told_once(told):
    with told.transaction() as env:
        employees = env.ref("base.group_user")
        employees.implied_ids += env.ref("sale.group_auto_done_setting")
    try:
        order_id = told.quotation()
        with told.transaction("admin") as env:
            order = env["sale.order"].browse(order_id)
            order.action_confirm()
            assert order.locked
        told.order_confirmed(order_id)
    finally:
        with told.transaction() as env:
            employees = env.ref("base.group_user")
            employees.implied_ids -= env.ref("sale.group_auto_done_setting")


@pytest.mark.parametrize(
    ("values", "lines", "total"),
    [
        ({"discount_type": "sol_discount", "discount_percentage": 0.25}, 1, "75.00"),
        ({"discount_type": "so_discount", "discount_percentage": 0.1}, 2, "90.00"),
        ({"discount_type": "amount", "discount_amount": 5}, 2, "95.00"),
    ],
)
def test_a_discount_is_one_update(told, values, lines, total):
    order_id = told.quotation(quantity=10)
    with told.transaction() as env:
        env["sale.order"].browse(order_id).order_line.tax_ids = False
    told.events()
    with told.transaction() as env:
        wizard = env["sale.order.discount"].with_context(active_id=order_id)
        wizard.create(values).action_apply_discount()
    order = told.updated(order_id)
    assert (len(order["lines"]), order["amount_total"]) == (lines, total)


def test_shipping_costs_are_one_update(told):
    order_id = told.quotation()
    with told.transaction() as env:
        carrier = env["delivery.carrier"].create(
            {
                "name": "Bicycle",
                "delivery_type": "fixed",
                "fixed_price": 7,
                "product_id": product(env, name="Delivery").id,
            }
        )
        action = env["sale.order"].browse(order_id).action_open_delivery_wizard()
        wizard = env[action["res_model"]].with_context(**action["context"])
        wizard = wizard.create({"carrier_id": carrier.id, "order_id": order_id})
        wizard.update_price()
        wizard.button_confirm()
    order = told.updated(order_id)
    assert order["carrier"]["name"] == "Bicycle"
    assert [line["unit_price"] for line in order["lines"]] == ["10.00", "7.00"]


def test_new_prices_of_a_pricelist_are_one_update(told):
    order_id = told.quotation()
    with told.transaction() as env:
        pricelist = env["product.pricelist"].create(
            {
                "name": "Half",
                "item_ids": [
                    (0, 0, {"compute_price": "percentage", "percent_price": 50})
                ],
            }
        )
        env["sale.order"].browse(order_id).pricelist_id = pricelist
    told.nothing()
    with told.transaction() as env:
        env["sale.order"].browse(order_id).action_update_prices()
    [line] = told.updated(order_id)["lines"]
    assert float(line["total"]) < 10


def test_a_quotation_from_a_template_is_one_creation_with_the_templates_lines(told):
    from odoo.tests import Form

    with told.transaction() as env:
        template = env["sale.order.template"].create(
            {
                "name": "Template",
                "number_of_days": 10,
                "sale_order_template_line_ids": [
                    (0, 0, {"product_id": product(env).id, "product_uom_qty": 3}),
                    (0, 0, {"display_type": "line_section", "name": "Optional"}),
                ],
            }
        )
        # who may choose templates sees the field
        env.user.group_ids += env.ref("sale_management.group_sale_order_template")
        form = Form(env["sale.order"])
        form.partner_id = env.ref("base.res_partner_2")
        form.sale_order_template_id = template
        order_id = form.save().id
    order = told.exactly(("order.created", order_id))["order.created", order_id]
    assert [line["description"] for line in order["lines"]] == ["Advice", "Optional"]
    with told.transaction() as env:
        form = Form(env["sale.order"].browse(order_id))
        form.sale_order_template_id = env["sale.order.template"].create(
            {
                "name": "Other",
                "sale_order_template_line_ids": [
                    (0, 0, {"product_id": product(env, name="Other").id})
                ],
            }
        )
        form.save()
    order = told.updated(order_id)
    assert [line["description"] for line in order["lines"]] == ["Other"]
