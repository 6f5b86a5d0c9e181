"""The uninstallation of the addon."""

from .models.nshift_webhook_delivery import CHANNEL
from .transaction import committed


def leave(env):
    """Stop capturing changes, and remove records that Odoo leaves behind."""
    env.registry["nshift.webhook.outbox"]._is_leaving = True
    env.registry.clear_cache()
    with committed(env.registry) as own:
        # in its own transaction, since a running job changes its row in the meantime
        own.cr.execute("DELETE FROM queue_job WHERE channel = %s", (CHANNEL,))
    # now, while the addon's table of readers still tells which users it has made
    env["nshift.webhook.reader"]._remove(
        env["nshift.webhook.reader"].search([]).user_id
    )
    others = ("module", "!=", "nshift_webhooks")
    for model, domain in (
        ("ir.config_parameter", [("key", "=like", "nshift\\_webhooks.%")]),
        ("ir.filters", [("model_id", "=like", "nshift.webhook%")]),
        ("ir.exports", [("resource", "=like", "nshift.webhook%")]),
        # external ids that other addons give to each model with a chatter
        ("ir.model.data", [("name", "=like", "%\\_\\_nshift\\_webhook%"), others]),
    ):
        env[model].with_context(active_test=False).search(domain).unlink()
