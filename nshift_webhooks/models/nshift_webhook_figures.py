from odoo import api, fields, models
from odoo.tools import SQL

from ..labels import labels
from ..store import parts
from ..writing import number

#: How many events of a webhook are counted at the most: a form must not take longer
#: with a longer log.
MOST_COUNTED = 10_000


class NshiftWebhook(models.Model):
    """Figures about those of a webhook's events that the user may see."""

    _inherit = "nshift.webhook"

    event_ids = fields.One2many(
        "nshift.webhook.event", "webhook_id", string="Webhook events", readonly=True
    )
    event_count_text = fields.Char(
        "Number of events", compute="_compute_event_count_text"
    )
    waiting_count = fields.Integer(
        "Number of waiting events", compute="_compute_waiting_count"
    )
    last_delivery_at = fields.Datetime(
        "Latest attempt", compute="_compute_last_delivery"
    )
    last_delivery = fields.Selection(
        [("delivered", "Received"), ("failed", "Not received")],
        string="Last message",
        compute="_compute_last_delivery",
    )
    last_failure = fields.Char(compute="_compute_last_delivery")

    @api.depends("event_ids")
    @api.depends_context("lang", "uid", "allowed_company_ids")
    def _compute_event_count_text(self):
        # the ORM's query includes the rules on which events the user may see
        events = self.env["nshift.webhook.event"]._search([])
        counts = dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT webhook.id, (
                        SELECT count(*) FROM (
                          SELECT FROM %s
                           WHERE nshift_webhook_event.webhook_id = webhook.id AND %s
                           LIMIT %s
                        ) AS event
                      )
                      FROM unnest(%s::int[]) AS webhook (id)
                    """,
                    events.from_clause,
                    events.where_clause or SQL("TRUE"),
                    MOST_COUNTED + 1,
                    self.ids,
                )
            )
        )
        for webhook in self:
            count = counts.get(webhook.id, 0)
            said = number(self.env, min(count, MOST_COUNTED))
            webhook.event_count_text = f"{said}+" if count > MOST_COUNTED else said

    @api.depends("event_ids.state")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_waiting_count(self):
        counts = dict(
            self.env["nshift.webhook.event"]._read_group(
                [("webhook_id", "in", self.ids), ("state", "=", "pending")],
                ["webhook_id"],
                ["__count"],
            )
        )
        for webhook in self:
            webhook.waiting_count = counts.get(webhook, 0)

    @api.depends("event_ids.last_attempt_at", "event_ids.failure")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_last_delivery(self):
        failures = labels(self.env["nshift.webhook.event"], "failure")
        # the ORM's query includes the rules on which events the user may see
        events = self.env["nshift.webhook.event"]._search(
            [("last_attempt_at", "!=", False)]
        )
        last = {
            webhook_id: (attempted_at, failure, code)
            for webhook_id, attempted_at, failure, code in self.env.execute_query(
                SQL(
                    """
                    SELECT webhook.id, event.last_attempt_at, event.failure,
                           event.response_code
                      FROM unnest(%s::int[]) AS webhook (id)
                      JOIN LATERAL (
                        %s ORDER BY last_attempt_at DESC LIMIT 1
                      ) AS event ON TRUE
                    """,
                    self.ids,
                    # each part of the log has an index of its own
                    SQL(" UNION ALL ").join(
                        SQL(
                            """
                            (
                              SELECT nshift_webhook_event.last_attempt_at,
                                     nshift_webhook_event.failure,
                                     nshift_webhook_event.response_code
                                FROM %s
                               WHERE nshift_webhook_event.webhook_id = webhook.id
                                 AND %s AND %s
                               ORDER BY nshift_webhook_event.last_attempt_at DESC
                               LIMIT 1
                            )
                            """,
                            events.from_clause,
                            events.where_clause,
                            part,
                        )
                        for part in parts.all_of("nshift_webhook_event")
                    ),
                )
            )
        }
        for webhook in self:
            attempted_at, failure, code = last.get(webhook.id, (False, False, False))
            webhook.last_delivery_at = attempted_at
            webhook.last_delivery = attempted_at and (
                "failed" if failure else "delivered"
            )
            label = failures.get(failure, "")
            webhook.last_failure = f"{label} ({code})" if code and label else label

    def action_view_events(self):
        """Open the webhook's events."""
        return self._view_events()

    def action_view_waiting(self):
        """Open the webhook's waiting events."""
        return self._view_events("pending")

    def action_view_not_received(self):
        """Open the webhook's events that have not been received."""
        return self._view_events("not_received")

    def _view_events(self, *filters):
        """Return the action that opens the webhook's events.

        :param filters: names of filters that the search begins with
        """
        self.ensure_one()
        # a separate action, so that the address in the browser names the webhook
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "nshift_webhooks.nshift_webhook_events_of_action"
        )
        return action | {
            "display_name": self.env._("Events of “%(name)s”", name=self.name),
            "context": {
                "active_id": self.id,
                "search_default_webhook_id": self.id,
                **{f"search_default_{name}": True for name in filters},
            },
        }
