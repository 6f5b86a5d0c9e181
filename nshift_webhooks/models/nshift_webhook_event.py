import json
from datetime import datetime, timedelta, timezone

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..delivery.backoff import JITTER, retry_delay
from ..delivery.health import BUSY
from ..delivery.retry_after import LONGEST_RETRY_AFTER

FAILURES = [
    ("payload", "Message could not be built"),
    ("url", "URL not allowed"),
    ("address", "Address not allowed"),
    ("dns", "Host not found"),
    ("tls", "Certificate not accepted"),
    ("timeout", "No answer in time"),
    ("connection", "Connection failed"),
    ("redirect", "Redirected elsewhere"),
    ("status", "Endpoint refused"),
    ("fault", "Fault in Odoo"),
]


#: Failures that are not about the message.
UNREACHABLE = ("url", "address", "dns", "tls", "timeout", "connection")


#: How many events are named in a webhook's chatter.
MOST_NAMES = 10


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
            ("superseded", "Superseded"),
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
    is_wiped = fields.Boolean("Message wiped", readonly=True)
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
    _due_index = models.Index(
        "(webhook_id, next_attempt_at, id) WHERE state = 'pending'"
    )
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
            event.advice = event._advice()

    def _advice(self):
        """Say in the user's language what went wrong last and how to mend it."""
        if self.state == "superseded":
            return self.env._(
                "A later message on the same order or shipment was sent instead, since "
                "the webhook is set to the latest state only."
            )
        if self.is_wiped:
            return self.env._(
                "The message and the endpoint's answers were wiped after its delivery, "
                "as the webhook is set to."
            )
        if not self.failure:
            return False
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
            "address": self.env._(
                "Nothing was sent, because the host in the webhook's URL has an "
                "address that is not public. If it is a system of your own, a system "
                "administrator can allow it with the system parameter "
                "nshift_webhooks.internal_hosts, such as erp.internal, 10.1.0.0/16."
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
            "fault": self.env._(
                "Nothing was sent, because something is wrong in Odoo itself. Show the "
                "technical detail to whoever looks after your Odoo; the log tells more."
            ),
        }
        return advices[self.failure]

    @api.model
    def _record(self, answers):
        """Write down attempts and what follows from them.

        :param answers: dict of the sender's Answer by event id
        """
        # what was deleted meanwhile is left out, what is cancelled is waited for
        self.env.cr.execute(
            "SELECT id FROM nshift_webhook_event WHERE id IN %s ORDER BY id "
            "FOR NO KEY UPDATE",
            (tuple(answers),),
        )
        events = self.browse(id_ for [id_] in self.env.cr.fetchall())
        now = fields.Datetime.now()
        self.env["nshift.webhook.attempt"].create(
            [
                {
                    "event_id": event.id,
                    "attempted_at": now,
                    "duration_ms": answer.duration_ms,
                    "response_code": answer.response_code,
                    "response_body": answer.response_body,
                    "failure": answer.failure,
                    "error": answer.error,
                }
                for event in events
                for answer in [answers[event.id]]
            ]
        )
        delays = self.env["ir.config_parameter"]._nshift_webhooks_retry_delays()
        for event in events:
            event.write(event._outcome(answers[event.id], delays))
        if wiped := events.filtered(
            lambda event: event.state == "delivered" and event.webhook_id.wipe_messages
        ):
            self._wipe(SQL("event.id IN %s", wiped._ids))

    @api.model
    def _wipe_delivered(self, webhooks):
        """Wipe what webhooks have delivered up to now.

        :param webhooks: ``nshift.webhook``
        """
        self._wipe(
            SQL(
                "event.webhook_id IN %s AND event.state = 'delivered' "
                "AND event.is_wiped IS NOT TRUE",
                webhooks._ids,
            )
        )

    @api.model
    def _wipe(self, condition):
        """Forget messages and answers, which may hold personal data; keep the log.

        :param SQL condition: on the table's alias ``event``
        """
        self.env.flush_all()
        # in SQL, since there may be very many
        self.env.cr.execute(
            SQL(
                "UPDATE nshift_webhook_attempt AS attempt SET response_body = NULL "
                "FROM nshift_webhook_event AS event "
                "WHERE attempt.event_id = event.id AND %s",
                condition,
            )
        )
        self.env.cr.execute(
            SQL(
                "UPDATE nshift_webhook_event AS event SET payload = NULL, "
                "is_wiped = TRUE WHERE %s",
                condition,
            )
        )
        self.invalidate_model(["payload", "is_wiped", "payload_display"])
        self.env["nshift.webhook.attempt"].invalidate_model(["response_body"])

    def _outcome(self, answer, delays):
        """Return the values that follow from an attempt.

        :param answer: the sender's Answer
        :param delays: seconds to wait after each failed attempt
        """
        now = datetime.now(timezone.utc).replace(tzinfo=None)
        attempt_count = self.attempt_count + 1
        vals = {
            "response_code": answer.response_code,
            "failure": answer.failure,
            "error": answer.error,
            "last_attempt_at": now.replace(microsecond=0),
            "attempt_count": attempt_count,
            "next_attempt_at": False,
        }
        if not answer.failure:
            return vals | {"state": "delivered"}
        if self.state != "pending":
            # cancelled meanwhile
            return vals
        delay = retry_delay(attempt_count, delays)
        if not delay:
            return vals | {"state": "failed"}
        delay = max(delay, timedelta(seconds=answer.retry_after or 0))
        # not a moment too early, since whole seconds are kept
        next_at = (now + delay + timedelta(microseconds=999_999)).replace(microsecond=0)
        return vals | {"next_attempt_at": next_at}

    @api.model
    def _try_unreachable_again(self, webhooks):
        """Have what an endpoint failed to take tried at once, now that it may be well.

        :param webhooks: whose endpoints these are
        """
        now = fields.Datetime.now()
        # whoever may change a webhook may have it try again
        self.sudo().search(
            [
                ("webhook_id", "in", webhooks.ids),
                ("state", "=", "pending"),
                ("next_attempt_at", ">", now),
                "|",
                ("failure", "in", UNREACHABLE),
                ("response_code", "in", list(BUSY)),
            ]
        ).next_attempt_at = now

    @api.model
    def _correct_next_attempts(self):
        """Have what waits for longer than any delay is tried at once.

        So it does when the server's clock was ahead, and has been put right.
        """
        delays = self.env["ir.config_parameter"]._nshift_webhooks_retry_delays()
        longest = max(*delays, LONGEST_RETRY_AFTER) * (1 + JITTER)
        latest = fields.Datetime.now() + timedelta(seconds=longest + 1)
        self.search(
            [("state", "=", "pending"), ("next_attempt_at", ">", latest)]
        ).next_attempt_at = fields.Datetime.now()

    def action_send_again(self):
        """Send events again, under the same message ID and with the same bytes.

        Where the message could not be built, build it first.

        :raises UserError: a message cannot be built, or was wiped
        :raises AccessError: the user is no manager of webhooks
        """
        events = self._as_manager()
        if events.filtered("is_wiped"):
            raise UserError(
                self.env._(
                    "A message that was wiped after its delivery cannot be sent again."
                )
            )
        for event in events.filtered(lambda event: not event.payload):
            payload = self.env["nshift.webhook.outbox"]._build_again(event)
            event.write({"payload": payload, "failure": False, "error": False})
        events.write({"state": "pending", "next_attempt_at": fields.Datetime.now()})
        for webhook, its_events in self.grouped("webhook_id").items():
            webhook._message_log(
                body=self.env._("Sent again: %s", its_events._names()),
            )
        self.env["nshift.webhook.delivery"]._wake_up()

    def action_cancel(self):
        """Give up events that have not been delivered yet.

        :raises AccessError: the user is no manager of webhooks
        """
        events = self._as_manager().filtered(lambda event: event.state == "pending")
        events.write({"state": "cancelled", "next_attempt_at": False})
        for webhook, its_events in events.grouped("webhook_id").items():
            webhook._message_log(
                body=self.env._("Cancelled: %s", its_events._names()),
            )

    def _as_manager(self):
        """Return the same events with all rights, for a manager who may see them.

        Nobody has the right to write to the log itself.

        :raises AccessError: the user is no manager of webhooks, or may not see them
        """
        self.check_access("read")
        self.env["nshift.webhook"].check_access("write")
        return self.sudo()

    def _names(self):
        """Name the events, but not more of them than can be read."""
        names = ", ".join(self[:MOST_NAMES].mapped("display_name"))
        if len(self) > MOST_NAMES:
            return self.env._(
                "%(names)s and %(count)s more",
                names=names,
                count=len(self) - MOST_NAMES,
            )
        return names

    def action_open_record(self):
        """Open the order or shipment."""
        self.ensure_one()
        record = self.env[self.res_model].browse(self.res_id).exists()
        if not record:
            raise UserError(self.env._("“%s” has been deleted.", self.res_name))
        return record.get_formview_action()
