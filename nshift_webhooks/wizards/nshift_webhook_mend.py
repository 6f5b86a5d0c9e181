import json
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_datetime

from ..models.nshift_webhook_given_up import MOST_COUNTED
from ..writing import number

#: Messages that are searched for old ones while a user waits.
MOST_COMPARED = 5000
LATELY = {"day": timedelta(days=1), "week": timedelta(days=7)}


class NshiftWebhookMend(models.TransientModel):
    """Asks which messages are sent again: a webhook's, or those selected in a list.

    For selections, see nshift_webhook_mend_selected.py.
    """

    _name = "nshift.webhook.mend"
    _inherit = "nshift.webhook.dialog"
    _description = "Send messages again"

    _nshift_webhook_changes = True

    # optional, since a selection may have messages of several webhooks
    webhook_id = fields.Many2one(required=False)
    period = fields.Selection(
        [
            ("trouble", "Since the trouble began"),
            ("day", "In the last 24 hours"),
            ("week", "In the last 7 days"),
            ("since", "Since a time of your choice"),
            ("all", "At any time"),
        ],
        "Happened",
        required=True,
        default="trouble",
        help="The trouble began with the first message that was given up, after three "
        "days or more without one.",
    )
    since = fields.Datetime()
    begin = fields.Datetime("From", compute="_compute_begin")
    with_cancelled = fields.Boolean("Also what somebody decided not to send")
    with_received = fields.Boolean("Also those that were received")
    reason = fields.Char()
    reasons = fields.Char(compute="_compute_counts", help="The reasons there are.")
    old = fields.Selection(
        "_selection_old", "Old messages", required=True, default="current"
    )
    has_selection = fields.Boolean(compute="_compute_counts")
    count = fields.Integer("Number of messages", compute="_compute_counts")
    count_text = fields.Char("Messages to be sent", compute="_compute_counts")
    old_text = fields.Text("Old", compute="_compute_counts")
    left_text = fields.Text("Left out", compute="_compute_counts")

    @api.model
    def _selection_old(self):
        return (
            self.env["nshift.webhook.load"]
            ._fields["old"]
            ._description_selection(self.env)
        )

    @api.depends("webhook_id", "period", "since")
    def _compute_begin(self):
        for dialog in self:
            dialog.begin = dialog._begin()

    def _begin(self):
        if self.period == "trouble":
            webhook = self.webhook_id._origin
            return webhook._trouble_began() if webhook else None
        if self.period in LATELY:
            return fields.Datetime.now() - LATELY[self.period]
        return self.since if self.period == "since" else None

    @api.depends("webhook_id", "begin", "with_cancelled", "with_received", "reason")
    @api.depends_context("lang", "tz", "uid")
    def _compute_counts(self):
        for dialog in self:
            dialog._check_webhook(dialog.webhook_id._origin)
            dialog._count()

    def _count(self):
        if not self.webhook_id:
            # only an API client can create such a dialog
            self.has_selection = False
            self.reasons = self.count_text = self.old_text = self.left_text = False
            self.count = 0
            return
        condition = self._of_webhook()
        rows = self.env["nshift.webhook.event"].sudo()._count_sendable(condition)
        reasons = {}
        for code, failure, is_wiped, count in rows:
            if not is_wiped:
                reasons[_key(code, failure)] = (code, failure, count)
        self.has_selection = False
        self.reasons = json.dumps(self._reason_choices(reasons))
        found = [row for row in rows if self.reason in (False, _key(*row[:2]))]
        self._say(found, self._of_webhook(self.reason))

    def _reason_choices(self, reasons):
        """Return [key, text with number] for each reason."""
        events = self.env["nshift.webhook.event"]
        choices = []
        for key, (code, failure, count) in reasons.items():
            found = number(self.env, count, MOST_COUNTED)
            choices.append([key, f"{events._reason_text(code, failure)}: {found}"])
        if self.reason and self.reason not in reasons:
            choices.append([self.reason, self.env._("None any more")])
        return choices

    def _say(self, rows, condition):
        """Set the texts on messages that are sent, are old, or cannot be sent.

        :param rows: tuples that end with whether the messages are wiped, and a number
        :param SQL condition: condition of the messages
        """
        self.count = sum(count for *_, is_wiped, count in rows if not is_wiped)
        self.count_text = number(self.env, self.count, MOST_COUNTED)
        wiped = sum(count for *_, is_wiped, count in rows if is_wiped)
        self.left_text = False
        if wiped:
            self.left_text = self.env._(
                "Wiped, and cannot be sent again: %s.",
                number(self.env, wiped, MOST_COUNTED),
            )
        events = self._first(condition)
        newer = events._newer()
        text = events._old_text(newer) if newer else False
        if text and self.count > MOST_COMPARED:
            compared = number(self.env, MOST_COMPARED)
            text = self.env._("Of the first %s: ", compared) + text
        self.old_text = text

    def _first(self, condition, limit=MOST_COMPARED):
        # sudo: the user manages the webhook, or may see the selected events
        events = self.env["nshift.webhook.event"].sudo()
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM nshift_webhook_event AS event "
                "WHERE %s AND is_wiped IS NOT TRUE LIMIT %s",
                condition,
                limit,
            )
        )
        return events.browse(id_ for [id_] in rows)

    def _of_webhook(self, reason=None):
        return self.webhook_id._origin._given_up_sql(
            self.with_cancelled, self.begin, reason and _reason(reason)
        )

    def action_send(self):
        """Send the chosen messages again.

        :raises UserError: there are none, or they cannot be sent now
        """
        self.ensure_one()
        self._check_dialog()
        return self._send()

    def _send(self):
        if self.period == "since" and not self.since:
            raise UserError(self.env._("Enter since when."))
        if not self.webhook_id:
            raise UserError(self.env._("Choose a webhook."))
        loads = self.env["nshift.webhook.load"]
        count = self.webhook_id._send_messages_again(
            SQL("%s AND is_wiped IS NOT TRUE", self._of_webhook(self.reason)),
            self.old,
            self._said(),
        )
        return loads._said_again(self.webhook_id, count)

    def _said(self):
        """Return a description of the messages for the audit log."""
        said = [self.env._("Given up")]
        if self.with_cancelled:
            said.append(self.env._("not sent"))
        if self.reason:
            events = self.env["nshift.webhook.event"]
            said.append(events._reason_text(*_reason(self.reason)))
        if begin := self.begin:
            said.append(self.env._("since %s", format_datetime(self.env, begin)))
        return ", ".join(said)


def _key(response_code, failure):
    return f"{response_code}:{failure or ''}"


def _reason(key):
    """Return the response code and the failure for the key of a reason."""
    code, _colon, failure = key.partition(":")
    return int(code) if code.isascii() and code.isdigit() else -1, failure or None
