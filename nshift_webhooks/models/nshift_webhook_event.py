from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..delivery.health import BUSY
from ..hashed import HashedChar
from ..labels import labels
from ..payload.envelope import indented
from ..tables import add_columns, add_index, clean_up_often

FAILURES = [
    ("payload", "Message could not be built"),
    ("size", "Message too large"),
    ("url", "URL not allowed"),
    ("address", "Address not allowed"),
    ("configuration", "Wrong configuration"),
    ("proxy", "Proxy failed"),
    ("dns", "Host not found"),
    ("connection", "No connection"),
    ("not_https", "Not HTTPS"),
    ("old_tls", "TLS too old"),
    ("untrusted", "Certificate not trusted"),
    ("expired", "Certificate expired"),
    ("misnamed", "Certificate for another name"),
    ("client_certificate", "Client certificate wanted"),
    ("tls", "Encryption failed"),
    ("token_refused", "Access token refused"),
    ("token_server", "Token server failed"),
    ("token_answer", "No access token in the answer"),
    ("timeout", "No answer in time"),
    ("broken", "Connection broken"),
    ("answer", "Answer not understood"),
    ("redirect", "Redirected elsewhere"),
    ("status", "Refused"),
    ("interrupted", "Interrupted"),
    ("fault", "Fault in Odoo"),
]
#: Failures that say nothing about the message, since they are no answers to it.
UNREACHABLE = (
    "url",
    "address",
    "configuration",
    "proxy",
    "dns",
    "connection",
    "not_https",
    "old_tls",
    "untrusted",
    "expired",
    "misnamed",
    "client_certificate",
    "tls",
    "token_refused",
    "token_server",
    "token_answer",
    "timeout",
    "broken",
    "answer",
)


class NshiftWebhookEvent(models.Model):
    """Something that happened, for a single webhook, and the message about it."""

    _name = "nshift.webhook.event"
    _inherit = ["nshift.webhook.export", "nshift.webhook.named"]
    _description = "Webhook event"
    _order = "id desc"
    # the log does not tell which user saved an order
    _log_access = False
    _own_fields = frozenset(
        {
            "after_id",
            "before_id",
            "build_count",
            "difference",
            "is_bulk",
            "leading_name",
            "load_id",
            "may_open_record",
            "next_build_at",
            "request_head",
            "resend_id",
            "waits_for_id",
        }
    )

    # has an index: the index of places in the list of a webhook's messages
    webhook_id = fields.Many2one(
        "nshift.webhook", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", readonly=True, index=True)
    event = fields.Selection("_selection_event", required=True, readonly=True)
    state = fields.Selection(
        [
            ("pending", "Waiting"),
            ("delivered", "Received"),
            ("failed", "Given up"),
            ("cancelled", "Not sent"),
            ("superseded", "Replaced"),
        ],
        string="Status",
        required=True,
        readonly=True,
        default="pending",
    )
    response_code = fields.Integer("Response code", readonly=True, aggregator=None)
    failure = fields.Selection(FAILURES, string="Reason", readonly=True)
    error = fields.Char("Technical detail", readonly=True)
    received_at = fields.Datetime(
        "Received at",
        readonly=True,
        help="When the receiving system took the message first. It stays received if "
        "it is sent again, whatever comes of that.",
    )
    last_attempt_at = fields.Datetime("Latest attempt", readonly=True)
    attempt_count = fields.Integer("Number of attempts", readonly=True, aggregator=None)
    duration_ms = fields.Integer(
        "Duration (ms)",
        readonly=True,
        aggregator="avg",
        help="How long the latest attempt took.",
    )
    next_attempt_at = fields.Datetime("Not before", readonly=True)
    happened_at = fields.Datetime("Happened at", required=True, readonly=True)
    message_id = HashedChar(
        "Message ID",
        required=True,
        readonly=True,
        help="The same on every attempt: the receiving system recognises by it what it "
        "already has. Sent as webhook-id.",
    )
    payload = fields.Text(
        readonly=True,
        # reading the log's other fields must not load its messages into memory
        prefetch=False,
        help="The message, byte for byte as sent.",
    )
    payload_size = fields.Integer(
        "Size of the message", readonly=True, aggregator=None, help="In bytes."
    )
    payload_display = fields.Text("Message", compute="_compute_payload_display")
    res_model = fields.Char("Model", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        "Record ID", model_field="res_model", required=True, readonly=True
    )
    res_name = fields.Char("Order or shipment", readonly=True)
    attempt_ids = fields.One2many(
        "nshift.webhook.attempt", "event_id", string="Attempts", readonly=True
    )

    _message_hash_unique = models.UniqueIndex("(hashtextextended(message_id, 0))")
    _due_index = models.Index(
        "(webhook_id, next_attempt_at, id) "
        "WHERE state = 'pending' AND next_attempt_at IS NOT NULL"
    )
    _held_index = models.Index(
        "(webhook_id, id) WHERE state = 'pending' AND next_attempt_at IS NULL"
    )
    # + 0 keeps delivery from this index: in search of due events, it would pass over
    # all waiting ones
    _waiting_index = models.Index("((webhook_id + 0), id) WHERE state = 'pending'")
    _order_index = models.Index(
        "(webhook_id, res_model, res_id, id) WHERE state = 'pending'"
    )
    # Received events have indexes of their own, for their removal. Delivery's queries
    # have no condition on attempts, which keeps them from using this index.
    _latest_attempt_index = models.Index(
        "(webhook_id, last_attempt_at) "
        "WHERE state <> 'delivered' AND last_attempt_at IS NOT NULL"
    )
    _record_index = models.Index("(res_model, res_id)")
    # People search the log for a small part of its events, and these indexes contain
    # nothing else. Their conditions ask for more than ``pending`` does, so delivery
    # does not use them.
    _not_received_index = models.Index(
        "(id) WHERE received_at IS NULL AND state IN ('pending', 'failed')"
    )
    _ended_index = models.Index(
        "(state, id) WHERE state IN ('failed', 'cancelled', 'superseded')"
    )
    _failure_index = models.Index("(response_code, failure) WHERE failure IS NOT NULL")
    _slow_index = models.Index("(id) WHERE duration_ms > 2000")
    # events are written in the order in which they happen: some kilobytes are enough
    _happened_index = models.Index("USING brin (happened_at)")

    def init(self):
        # The events of the same transaction that an event waits for: a shipment's waits
        # for its order's. Few events have any, and only pending ones are searched.
        add_columns(self.env.cr, self._table, after_ids=SQL("int[]"))
        add_index(
            self.env.cr,
            "nshift_webhook_event_after_index",
            SQL(
                "nshift_webhook_event USING gin (after_ids) WITH (fastupdate = off) "
                "WHERE state = 'pending' AND after_ids IS NOT NULL"
            ),
        )
        clean_up_often(self.env.cr, self._table)

    @api.model
    def _selection_event(self):
        """Return all types of events, also types that have gone with their addon."""
        # sudo: the list of types is no secret, nor is it for ``fields_get``
        types = self.env["nshift.webhook.type"].sudo().with_context(active_test=False)
        return [(type_.code, type_.name) for type_ in types.search([])]

    @api.model
    def get_empty_list_help(self, help_message):
        if self.env["nshift.webhook"].search_count([], limit=1):
            title = self.env._("No event matches")
            text = self.env._(
                "Take a filter out of the search to see more. As soon as an order or a "
                "shipment is created or changed, each webhook that follows it has an "
                "event here."
            )
        else:
            title = self.env._("There is no webhook yet")
            text = self.env._(
                "Make one under “Webhooks”: from then on, what happens to orders and "
                "shipments is here."
            )
        shown = Markup('<p class="o_view_nocontent_smiling_face">%s</p><p>%s</p>')
        return super().get_empty_list_help(shown % (title, text))

    @api.depends("event", "res_name")
    @api.depends_context("lang", "uid", "allowed_company_ids")
    def _compute_display_name(self):
        for event, title in zip(self, self._titles(), strict=True):
            event.display_name = title
        self._hide_names()

    def _titles(self):
        types = labels(self, "event")
        return [f"{types.get(event.event)}: {event.res_name}" for event in self]

    @api.depends("payload")
    def _compute_payload_display(self):
        for event in self:
            event.payload_display = indented(event.payload)

    @api.model
    def _insert(self, vals_list):
        """Create events in SQL, in other people's transactions.

        This spares them the code that other addons run on a creation, and nine tenths
        of the time.

        :param vals_list: dicts of columns' values; missing columns are empty
        :return: the ids, in the same order
        """
        names = sorted({name for vals in vals_list for name in vals})
        rows = [tuple(vals.get(name) or None for name in names) for vals in vals_list]
        self.env.cr.execute(
            SQL(
                # The transaction gets its number before its events get theirs. By that,
                # readers know which events may still appear: see position.py.
                "SELECT pg_current_xact_id(); "
                "INSERT INTO nshift_webhook_event (%s) VALUES %s RETURNING id",
                SQL(", ").join(map(SQL.identifier, names)),
                SQL(", ".join(["%s"] * len(rows)), *rows),
            )
        )
        return [id_ for (id_,) in self.env.cr.fetchall()]

    @api.model
    def _try_unreachable_again(self, webhooks):
        """Try messages at once that endpoints failed to take and may take now.

        :param webhooks: the endpoints' webhooks
        """
        now = fields.Datetime.now()
        # sudo: a user who may change a webhook may have its messages tried again
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

    def action_open_record(self):
        """Open the order or shipment."""
        self.ensure_one()
        record = self._told_of()
        if not record:
            raise UserError(self.env._("“%s” has been deleted.", self.res_name))
        return record.get_formview_action()

    def _told_of(self):
        """Return the order or shipment with the user's own rights; empty if deleted."""
        # sudo(False): even where a field is computed for the event as superuser
        env = self.sudo(False).env
        # a model may have gone with its addon
        if self.res_model not in env:
            return self.browse()
        return env[self.res_model].browse(self.res_id or ()).exists()
