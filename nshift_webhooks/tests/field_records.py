"""A record of each of the addon's models, and a value of each field, for
test_fields.py to try all doors with.
"""

from odoo import Command
from odoo.tests import new_test_user

#: Dialogs on one webhook.
DIALOGS = (
    "enable",
    "load.dialog",
    "mend",
    "reader.key",
    "rotate",
    "secret",
    "trial",
)

#: A value of each type that no record of the test has by itself.
SAMPLES = {
    "json": {"1": {"street": "New"}},
    "char": "https://sample.example/",
    "text": "sample",
    "html": "<p>sample</p>",
    "boolean": True,
    "integer": 7,
    "float": 7.5,
    "datetime": "2030-01-01 00:00:00",
    "many2one_reference": 7,
}


def record_of_each(webhook):
    """Make a record of each model that belongs to a webhook, and of its company.

    :return: them, by the models' names
    """
    env = webhook.env
    webhook.header_ids = [Command.create({"name": "X-Key", "value": "x"})]
    event = env["nshift.webhook.event"].create(
        {
            "webhook_id": webhook.id,
            "event": "order.created",
            "company_id": webhook.company_id.id,
            "message_id": f"msg_fields_{webhook.id}",
            "happened_at": "2026-01-02 03:04:05",
            "payload": '{"id":"1"}',
            "res_model": "sale.order",
            "res_id": 1,
        }
    )
    records = {
        "nshift.webhook": webhook,
        "nshift.webhook.header": webhook.header_ids,
        "nshift.webhook.event": event,
        "nshift.webhook.attempt": env["nshift.webhook.attempt"].create(
            {"event_id": event.id, "attempted_at": "2026-01-02 03:04:05"}
        ),
        "nshift.webhook.hour": env["nshift.webhook.hour"].create(
            {"webhook_id": webhook.id, "hour": "2026-01-02 03:00:00"}
        ),
        "nshift.webhook.audit": webhook.audit_ids[:1],
        # one list for all companies
        "nshift.webhook.field": env["nshift.webhook.field"].search([], limit=1)
        or env["nshift.webhook.field"].create(
            {"field_id": env.ref("sale.field_sale_order__require_payment").id}
        ),
        "nshift.webhook.health": env["nshift.webhook.health"].search(
            [("webhook_id", "=", webhook.id)]
        ),
        "nshift.webhook.flight": env["nshift.webhook.flight"].create(
            {
                "webhook_id": webhook.id,
                "event_id": event.id,
                "announced_at": "2026-01-02 03:04:05",
            }
        ),
        "nshift.webhook.sequence": env["nshift.webhook.sequence"].create(
            {"res_model": "sale.order", "res_id": -webhook.id, "number": 2}
        ),
        "nshift.webhook.departure": env["nshift.webhook.departure"].create(
            {
                "picking_id": -webhook.id,
                "left_at": "2026-01-02",
                "shown": {"lines": {}},
            }
        ),
        "nshift.webhook.incident": env["nshift.webhook.incident"].create(
            {"webhook_id": webhook.id, "kind": "failing", "since": "2026-01-02"}
        ),
        "nshift.webhook.runner": env["nshift.webhook.runner"].create(
            {"since": "2026-01-02 03:04:05"}
        ),
        "nshift.webhook.batch": env["nshift.webhook.batch"].create(
            {"webhook_id": webhook.id}
            | {"act": "send", "number": 1, "count": 1, "total": 1}
        ),
        "nshift.webhook.body": env["nshift.webhook.body"].create({"rest": "{}"}),
        "nshift.webhook.correction": env["nshift.webhook.correction"].create(
            {"res_model": "res.partner", "happened_at": "2026-01-02 03:04:05"}
            | {"old": {"1": {"street": "Old"}}}
        ),
        "nshift.webhook.reader": env["nshift.webhook.reader"].create(
            {"webhook_id": webhook.id}
            | {"user_id": new_test_user(env, f"reader_{webhook.id}").id}
        ),
        "nshift.webhook.type": webhook.type_ids,
        "nshift.webhook.vault": env["nshift.webhook.vault"].search([], limit=1),
    }
    load = env["nshift.webhook.load"].create(
        {"webhook_id": webhook.id, "what": "all"}
        | {"started_at": "2026-01-02 03:04:05"}
    )
    records["nshift.webhook.load"] = load
    records["nshift.webhook.load.part"] = env["nshift.webhook.load.part"].create(
        {"load_id": load.id, "res_model": "sale.order", "count": 1}
    )
    totals = env["nshift.webhook.total"]
    totals._count_unbuilt(webhook)
    records[totals._name] = totals.search([], order="id desc", limit=1)
    for name in ("resend", "curl", "monitoring.token"):
        records[f"nshift.webhook.{name}"] = env[f"nshift.webhook.{name}"].create({})
    for dialog in DIALOGS:
        records[f"nshift.webhook.{dialog}"] = env[f"nshift.webhook.{dialog}"].create(
            {"webhook_id": webhook.id}
        )
    return records


def sample(field, webhook):
    """Return a value of a field that no record of a test has by itself.

    :param webhook: to which fields refer that refer to one
    """
    if field.type == "selection":
        return field.get_values(webhook.env)[-1]
    if field.type == "many2one":
        return webhook.id if field.comodel_name == webhook._name else 1
    if field.type in ("one2many", "many2many"):
        return [Command.create({})]
    return SAMPLES[field.type]
