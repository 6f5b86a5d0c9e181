"""The uninstallation of the addon."""

from .models.nshift_webhook_delivery import CHANNEL
from .transaction import committed


def leave(env):
    """Have nothing captured from now on, and remove what Odoo leaves behind."""
    env.registry["nshift.webhook.outbox"]._is_leaving = True
    env.registry.clear_cache()
    with committed(env.registry) as own:
        # a transaction of its own: a job that is at work changes its line meanwhile
        own.cr.execute("DELETE FROM queue_job WHERE channel = %s", (CHANNEL,))
    # while there is a table that tells whom the addon has made
    env["nshift.webhook.reader"]._remove(
        env["nshift.webhook.reader"].search([]).user_id
    )
    others = ("module", "!=", "nshift_webhooks")
    for model, domain in (
        ("ir.config_parameter", [("key", "=like", "nshift\\_webhooks.%")]),
        ("ir.filters", [("model_id", "=like", "nshift.webhook%")]),
        ("ir.exports", [("resource", "=like", "nshift.webhook%")]),
        # what other addons add to every model with a chatter
        ("ir.model.data", [("name", "=like", "%\\_\\_nshift\\_webhook%"), others]),
    ):
        env[model].with_context(active_test=False).search(domain).unlink()
