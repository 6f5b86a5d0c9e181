import json
import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..delivery.backoff import RETRY_DELAYS, parse_delays, retry_delay
from ..delivery.sender import Message

_logger = logging.getLogger(__name__)

FAILURES = [
    ("payload", "Message could not be built"),
    ("url", "URL not allowed"),
    ("dns", "Host not found"),
    ("tls", "Certificate not accepted"),
    ("timeout", "No answer in time"),
    ("connection", "Connection failed"),
    ("redirect", "Redirected elsewhere"),
    ("status", "Endpoint refused"),
]


class NshiftWebhookEvent(models.Model):
    """One thing that happened, for one webhook."""

    _name = "nshift.webhook.event"
    _description = "Webhook event"
    _order = "id desc"

    webhook_id = fields.Many2one(
        "nshift.webhook", required=True, readonly=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one("res.company", readonly=True, index=True)
    event = fields.Selection("_selection_event", required=True, readonly=True)
    state = fields.Selection(
        [
            ("pending", "Pending"),
            ("delivered", "Delivered"),
            ("failed", "Failed"),
            ("cancelled", "Cancelled"),
        ],
        string="Status",
        required=True,
        readonly=True,
        default="pending",
    )
    response_code = fields.Integer("Response code", readonly=True, aggregator=None)
    failure = fields.Selection(FAILURES, string="Reason", readonly=True)
    error = fields.Char("Technical detail", readonly=True)
    last_attempt_at = fields.Datetime("Latest attempt", readonly=True)
    attempt_count = fields.Integer("Number of attempts", readonly=True)
    next_attempt_at = fields.Datetime("Next attempt", readonly=True)
    happened_at = fields.Datetime("Happened at", required=True, readonly=True)
    message_id = fields.Char(
        "Message ID",
        required=True,
        readonly=True,
        help="The same on every attempt: the receiver recognises by it what it "
        "already has. Sent as webhook-id.",
    )
    payload = fields.Text(readonly=True, help="The message, byte for byte as sent.")
    payload_display = fields.Text("Message", compute="_compute_payload_display")
    advice = fields.Text("What to do", compute="_compute_advice")
    res_model = fields.Char("Model", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        "Record ID", model_field="res_model", required=True, readonly=True
    )
    res_name = fields.Char("Order or shipment", readonly=True)
    attempt_ids = fields.One2many(
        "nshift.webhook.attempt", "event_id", string="Attempts", readonly=True
    )

    _message_id_unique = models.UniqueIndex("(message_id)")
    _due_index = models.Index("(webhook_id, next_attempt_at) WHERE state = 'pending'")
    _order_index = models.Index(
        "(webhook_id, res_model, res_id, id) WHERE state = 'pending'"
    )
    _latest_attempt_index = models.Index("(webhook_id, last_attempt_at)")
    _record_index = models.Index("(res_model, res_id)")

    @api.model
    def _selection_event(self):
        """Return whatever a webhook can be told, by other addons' means, too."""
        webhook = self.env["nshift.webhook"]
        return webhook._fields["event"]._description_selection(self.env)

    @api.depends("event", "res_name")
    def _compute_display_name(self):
        labels = dict(self._fields["event"]._description_selection(self.env))
        for event in self:
            event.display_name = f"{labels.get(event.event)}: {event.res_name}"

    @api.depends("payload")
    def _compute_payload_display(self):
        for event in self:
            event.payload_display = event.payload and json.dumps(
                json.loads(event.payload), indent=2, ensure_ascii=False
            )

    @api.depends("failure", "error", "response_code", "state")
    def _compute_advice(self):
        for event in self:
            event.advice = event._advice() if event.failure else False

    def _advice(self):
        """Say in the user's language what went wrong last and how to mend it."""
        advices = {
            "payload": self.env._(
                "The message could not be built, so nothing was sent. The order or "
                "shipment itself is saved. Show the technical detail to whoever looks "
                "after your Odoo, and when it is mended, build and send the message "
                "with the button above."
            ),
            "url": self.env._(
                "Nothing was sent, because the webhook's URL is not a proper HTTPS "
                "address. Correct it; what is waiting is then sent there."
            ),
            "dns": self.env._(
                "The host in the webhook's URL could not be found. Check the URL for "
                "typing errors; if it is right, the endpoint's DNS is at fault."
            ),
            "tls": self.env._(
                "The endpoint's certificate was not accepted, so nothing was sent. "
                "Its operator has to install a valid certificate for this host name."
            ),
            "timeout": self.env._(
                "The endpoint did not answer in time. It may have received the "
                "message all the same; the next attempt carries the same message ID."
            ),
            "connection": self.env._(
                "No connection to the endpoint, or it broke off. Ask its operator "
                "whether it is running and reachable from here."
            ),
            "redirect": self.env._(
                "The endpoint points to another address. Redirects are not followed: "
                "if the new address is right, put it into the webhook's URL."
            ),
            "status": self.env._(
                "The endpoint answered %(code)s, and only answers from 200 to 299 "
                "count as received. Its answer, below, may tell why.",
                code=self.response_code,
            ),
        }
        return advices[self.failure]

    @api.model
    def _claim(self, webhook_id):
        """Lock and return the first event of a webhook that is due, if any."""
        due = SQL(
            "AND event.next_attempt_at <= %s ORDER BY event.id", fields.Datetime.now()
        )
        rows = self._lock_first_in_line(webhook_id, due)
        return self.browse(id_ for (id_, _next_at) in rows)

    @api.model
    def _next_due(self, webhook_id):
        """Return when the next attempt for a webhook is due, None if there is none.

        Leaves out what another job has in hand: that job will look for itself.
        """
        rows = self._lock_first_in_line(
            webhook_id, SQL("ORDER BY event.next_attempt_at")
        )
        return rows[0][1] if rows else None

    @api.model
    def _lock_first_in_line(self, webhook_id, which):
        """Lock one pending event that is the earliest of its order or shipment.

        An event waits for the earlier ones of its order or shipment, so that they
        arrive in the order they happened; an event that another job has in hand is
        passed over, and those of an archived or deleted webhook are. The lock lasts
        until the end of the transaction, which must not have begun before: it is to see
        what other jobs have recorded by now.

        :param SQL which: which of them is the first
        :return: a list of one or no row (id, next attempt)
        """
        # Odoo's isolation level would see the past, or fail
        self.env.cr.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
        return self.env.execute_query(
            SQL(
                """
                SELECT event.id, event.next_attempt_at
                  FROM nshift_webhook_event AS event
                  JOIN nshift_webhook AS webhook ON webhook.id = event.webhook_id
                 WHERE webhook.id = %s AND webhook.active AND event.state = 'pending'
                   AND NOT EXISTS (
                     SELECT FROM nshift_webhook_event AS earlier
                      WHERE earlier.webhook_id = event.webhook_id
                        AND earlier.state = 'pending'
                        AND earlier.res_model = event.res_model
                        AND earlier.res_id = event.res_id
                        AND earlier.id < event.id
                   )
                   %s
                 LIMIT 1
                   FOR UPDATE OF event SKIP LOCKED
                """,
                webhook_id,
                which,
            )
        )

    def _message(self):
        """Return what is sent for this event."""
        self.ensure_one()
        return Message(self.message_id, self.payload.encode())

    def _record(self, answer):
        """Write down an attempt and what follows from it.

        :param answer: the sender's Answer
        """
        self.ensure_one()
        now = fields.Datetime.now()
        self.env["nshift.webhook.attempt"].create(
            {
                "event_id": self.id,
                "attempted_at": now,
                "duration_ms": answer.duration_ms,
                "response_code": answer.response_code,
                "response_body": answer.response_body,
                "failure": answer.failure,
                "error": answer.error,
            }
        )
        attempt_count = self.attempt_count + 1
        vals = {
            "response_code": answer.response_code,
            "failure": answer.failure,
            "error": answer.error,
            "last_attempt_at": now,
            "attempt_count": attempt_count,
            "next_attempt_at": False,
        }
        if not answer.failure:
            vals["state"] = "delivered"
        elif delay := retry_delay(attempt_count, self._retry_delays()):
            vals["next_attempt_at"] = now + delay
        else:
            vals["state"] = "failed"
        self.write(vals)

    @api.model
    def _retry_delays(self):
        setting = self.env["ir.config_parameter"].get_param(
            "nshift_webhooks.retry_delays"
        )
        if not setting:
            return RETRY_DELAYS
        try:
            return parse_delays(setting)
        except ValueError as error:
            _logger.warning(
                "The system parameter nshift_webhooks.retry_delays must be whole "
                "seconds separated by commas, such as 5,300,1800, not %r (%s): "
                "the usual delays apply",
                setting,
                error,
            )
            return RETRY_DELAYS

    def action_send_again(self):
        """Send events again, under the same message ID and with the same bytes.

        Where the message could not be built, build it first.

        :raises UserError: a message cannot be built
        """
        for event in self.filtered(lambda event: not event.payload):
            payload = self.env["nshift.webhook.outbox"]._build_again(event)
            event.write({"payload": payload, "failure": False, "error": False})
        self.write({"state": "pending", "next_attempt_at": fields.Datetime.now()})
        for webhook in self.webhook_id:
            webhook._wake_up()

    def action_cancel(self):
        """Give up events that have not been delivered yet."""
        self.filtered(lambda event: event.state == "pending").write(
            {"state": "cancelled", "next_attempt_at": False}
        )

    def action_open_record(self):
        """Open the order or shipment."""
        self.ensure_one()
        record = self.env[self.res_model].browse(self.res_id).exists()
        if not record:
            raise UserError(self.env._("“%s” has been deleted.", self.res_name))
        return record.get_formview_action()
