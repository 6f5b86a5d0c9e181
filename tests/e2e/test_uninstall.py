"""The addon leaves a running server as it found it."""

from dev import postgres, template

from ..complaints import complaints_in
from . import schema
from .waiting import eventually

WORD = "nshift"
#: Where Odoo itself keeps the name of a module that could be installed.
MODULES = {"ir_module_module", "ir_module_module_dependency"}
#: What nobody but the addon adds to or takes from meanwhile.
TABLES = (
    "ir_config_parameter",
    "ir_cron",
    "ir_model",
    "ir_model_access",
    "ir_model_constraint",
    "ir_model_data",
    "ir_model_fields",
    "ir_model_relation",
    "ir_rule",
    "ir_act_window",
    "ir_act_server",
    "ir_ui_menu",
    "ir_ui_view",
    "ir_filters",
    "ir_exports",
    "mail_activity",
    "queue_job",
    "queue_job_channel",
    "queue_job_function",
    "res_groups",
    "res_users",
    "res_users_apikeys",
    "res_partner",
)


def traces(shop):
    """Return what is in the database, as far as the addon has to do with it."""
    found = set(shop.execute(schema.CATALOGUE))
    tables = {name for kind, _, name, _ in found if (kind, _) == ("relation", "r")}
    for table in tables - MODULES:
        rows = shop.execute(
            f'SELECT row::text FROM "{table}" AS row WHERE row::text ILIKE %s',
            f"%{WORD}%",
        )
        found |= {("word", table, *row) for row in rows}
    for table in TABLES:
        found |= {
            ("row", table, *row) for row in shop.execute(f"SELECT id FROM {table}")
        }
    for table in ("ir_ui_menu_group_rel", "res_groups_users_rel"):
        found |= {
            ("link", table, *row) for row in shop.execute(f"SELECT * FROM {table}")
        }
    return found


def use(shop):
    """Do with webhooks what people do, and leave events waiting and jobs queued."""
    api = shop.api
    hook = shop.hook("order.created", answers=[503] * 9)
    delivered = shop.hook("order.updated")
    order_id = shop.order()
    api.write("sale.order", order_id, client_order_ref="changed")
    shop.settled(delivered)
    api.call("sale.order", "action_confirm", [order_id])
    eventually(lambda: shop.events(hook)[0]["attempt_count"])
    user_id = api.ref("base.user_demo")
    api.write(
        "res.users",
        user_id,
        group_ids=[(4, api.ref("nshift_webhooks.group_webhook_manager"))],
    )
    api.call("nshift.webhook", "make_catch_up_key", [hook.id])
    dialog = api.create("nshift.webhook.monitoring.token")
    api.call("nshift.webhook.monitoring.token", "action_make", [dialog])
    api.call("nshift.webhook", "message_post", [hook.id], body="nshift is slow")
    api.call("nshift.webhook", "message_subscribe", [hook.id], partner_ids=[3])
    api.call(
        "nshift.webhook",
        "activity_schedule",
        [hook.id],
        act_type_xmlid="mail.mail_activity_data_todo",
        user_id=user_id,
    )
    api.create(
        "ir.attachment",
        name="answer.txt",
        raw="text",
        res_model="nshift.webhook",
        res_id=hook.id,
    )
    api.create("ir.filters", name="Mine", model_id="nshift.webhook.event")
    api.create("ir.filters", name="Old", model_id="nshift.webhook", active=False)
    api.create("ir.exports", name="Log", resource="nshift.webhook.event")
    api.create("sale.channel", name="Web")
    statement = "SELECT id FROM queue_job WHERE channel = 'root.nshift_webhooks'"
    assert shop.execute(statement)


def update(shop):
    """Press *Upgrade* in Apps."""
    [module] = shop.api.search(
        "ir.module.module", [("name", "=", "nshift_webhooks")], "id"
    )
    shop.press("ir.module.module", "button_immediate_upgrade", module["id"])
    shop.wait_for_module("installed")


def uninstall(shop):
    """Press *Uninstall* in Apps, and again in the dialog."""
    [module] = shop.api.search(
        "ir.module.module", [("name", "=", "nshift_webhooks")], "id"
    )
    dialog = shop.api.create("base.module.uninstall", module_ids=[module["id"]])
    shop.press("base.module.uninstall", "action_uninstall", dialog)
    shop.wait_for_module("uninstalled")


def test_nothing_is_left(serve):
    """Neither in the catalogue nor in rows; and it can be installed again.

    Nor does Odoo's log complain of the addon at start, installation, update or
    uninstallation.
    """
    with (
        postgres.running() as connection,
        template.temporary_database(connection, addon=False) as database,
    ):
        connection.execute(
            "DELETE FROM ir_config_parameter WHERE key LIKE %s",
            f"{WORD}%",
            database=database.name,
        )
        shop = serve(database)
        before = traces(shop)
        for is_again in (False, True):
            shop.install()
            shop.api.create(
                "ir.config_parameter",
                key="nshift_webhooks.internal_hosts",
                value="localhost",
            )
            use(shop)
            if not is_again:
                update(shop)
            uninstall(shop)
            after = traces(shop)
            difference = sorted(after ^ before, key=str)
            assert not difference, "\n".join(map(str, difference))
            # orders go on
            shop.order()
        assert complaints_in(shop.odoo.log.read_text(errors="replace")) == []
        shop.odoo.kill()
