"""Server actions, automations and scripts that change orders are heard like people."""

import pytest

from .told import Told


@pytest.fixture
def told(shop):
    return Told(shop)


def server_action(env, **values):
    """Make a server action on orders."""
    return env["ir.actions.server"].create(
        {
            "name": "Action",
            "model_id": env["ir.model"]._get_id("sale.order"),
        }
        | values
    )


def run(action, order_ids):
    """Run a server action as the web client does from a list."""
    action.with_context(
        active_model="sale.order", active_ids=order_ids, active_id=order_ids[0]
    ).run()


def test_a_server_actions_code_is_one_update_of_each_order(told):
    one, two, other = told.quotation(), told.quotation(), told.quotation()
    code = """
for record in records:
    record.write({"client_order_ref": "first"})
    env.cr.flush()
    record.write({"client_order_ref": "by code"})
    record.order_line.write({"product_uom_qty": 6})
"""
    with told.transaction("admin") as env:
        run(server_action(env(su=True), state="code", code=code), [one, two])
    orders = told.exactly(("order.updated", one), ("order.updated", two))
    assert {order["customer_reference"] for order in orders.values()} == {"by code"}
    assert other not in {id_ for _event, id_ in orders}


def test_a_server_action_that_updates_a_record_is_one_update_of_each_order(told):
    one, two = told.quotation(), told.quotation()
    with told.transaction("admin") as env:
        action = server_action(
            env(su=True),
            state="object_write",
            update_path="client_order_ref",
            evaluation_type="value",
            value="by action",
        )
        run(action, [one, two])
    orders = told.exactly(("order.updated", one), ("order.updated", two))
    assert {order["customer_reference"] for order in orders.values()} == {"by action"}


def test_a_server_action_that_duplicates_a_record_is_one_creation(told):
    order_id = told.quotation()
    with told.transaction("admin") as env:
        action = server_action(env(su=True), state="object_copy")
        action.crud_model_id = action.model_id
        action.resource_ref = f"sale.order,{order_id}"
        run(action, [order_id])
        copy_id = env["sale.order"].search([], order="id desc", limit=1).id
    assert copy_id != order_id
    told.exactly(("order.created", copy_id))


def test_a_scheduled_action_tells_of_each_of_its_transactions(told):
    one, two = told.quotation(), told.quotation()
    code = f"""
model.browse({one}).write({{"client_order_ref": "by cron"}})
env["ir.cron"]._commit_progress(1, remaining=1)
model.browse({two}).write({{"client_order_ref": "by cron"}})
model.browse({one}).write({{"origin": "cron"}})
env["ir.cron"]._commit_progress(1, remaining=0)
"""
    with told.transaction() as env:
        cron_id = (
            env["ir.cron"]
            .create(
                {
                    "name": "Orders",
                    "model_id": env["ir.model"]._get_id("sale.order"),
                    "state": "code",
                    "code": code,
                    "interval_type": "days",
                }
            )
            .id
        )
    try:
        with told.transaction() as env:
            assert env["ir.cron"].browse(cron_id).method_direct_trigger()
    finally:
        with told.transaction() as env:
            env["ir.cron"].browse(cron_id).unlink()
    orders = told.exactly(
        ("order.updated", one), ("order.updated", one), ("order.updated", two)
    )
    assert orders["order.updated", one]["origin"] == "cron"
    assert orders["order.updated", two]["customer_reference"] == "by cron"


def test_a_job_that_changes_an_order_is_told_when_it_has_run(told):
    from odoo.addons.queue_job.job import Job

    order_id = told.quotation()
    with told.transaction("admin") as env:
        uuid = env["sale.order"].browse(order_id).with_delay().action_confirm().uuid
    told.nothing()
    with told.transaction() as env:
        job = Job.load(env, uuid)
        job.perform()
        job.set_done()
        job.store()
    told.order_confirmed(order_id)


def test_a_job_that_fails_is_nothing(told):
    from odoo.addons.queue_job.job import Job

    order_id = told.quotation()
    with told.transaction("admin") as env:
        order = env["sale.order"].browse(order_id)
        job = order.with_delay().write({"client_order_ref": "x", "partner_id": False})
        uuid = job.uuid
    with pytest.raises(Exception, match="partner_id"), told.transaction() as env:
        Job.load(env, uuid).perform()
        env.cr.flush()
    told.nothing()
