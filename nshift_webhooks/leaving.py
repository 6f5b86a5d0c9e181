"""What is done when the addon is uninstalled."""

from .models.nshift_webhook_delivery import CHANNEL
from .transaction import committed


def leave(env):
    """Have nothing captured from now on, and remove what Odoo leaves behind."""
    env.registry["nshift.webhook.outbox"]._is_leaving = True
    env.registry.clear_cache()
    with committed(env.registry) as own:
        # a transaction of its own: a job that is at work changes its line meanwhile
        own.cr.execute("DELETE FROM queue_job WHERE channel = %s", (CHANNEL,))
    receivers = env.ref("nshift_webhooks.group_webhook_receiver")
    users = receivers.with_context(active_test=False).user_ids
    # before its rows: whom somebody has put into the group by hand is not deleted
    readers = env["nshift.webhook.reader"].search([]).user_id
    env["nshift.webhook.reader"]._remove(users & readers)
    others = ("module", "!=", "nshift_webhooks")
    for model, domain in (
        ("ir.config_parameter", [("key", "=like", "nshift\\_webhooks.%")]),
        ("ir.filters", [("model_id", "=like", "nshift.webhook%")]),
        ("ir.exports", [("resource", "=like", "nshift.webhook%")]),
        # what other addons add to every model with a chatter
        ("ir.model.data", [("name", "=like", "%\\_\\_nshift\\_webhook%"), others]),
    ):
        env[model].with_context(active_test=False).search(domain).unlink()
