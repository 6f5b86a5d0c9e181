from textwrap import shorten

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_datetime
from odoo.tools.mail import html_to_inner_content

from ..labels import labels

#: How many characters of an answer are quoted in a sentence.
LONGEST_QUOTE = 200


class NshiftWebhookEvent(models.Model):
    """The situation of a message: has it arrived, if not why, and what comes next?"""

    _inherit = "nshift.webhook.event"

    #: The status, except that waiting events which have failed have their own value.
    standing = fields.Selection(
        "_selection_standing", string="Result", compute="_compute_standing"
    )
    situation = fields.Text(compute="_compute_situation")
    next_try_at = fields.Datetime("Next attempt", compute="_compute_next_try_at")
    waits_for_id = fields.Many2one(
        "nshift.webhook.event", "Waits for", compute="_compute_waits_for_id"
    )

    @api.model
    def _selection_standing(self):
        return [
            *self._fields["state"]._description_selection(self.env),
            ("retried", self.env._("Will be tried again")),
        ]

    @api.depends("state", "failure", "webhook_id.status")
    def _compute_standing(self):
        for event in self:
            # sudo: a user who may see the event may know its webhook's status
            is_silent = bool(event.sudo().webhook_id._silent())
            is_retried = event.state == "pending" and event.failure and not is_silent
            event.standing = "retried" if is_retried else event.state

    @api.depends("state", "next_attempt_at", "webhook_id.status")
    def _compute_next_try_at(self):
        """Compute the time of the next attempt; empty if unknown, such as for a due
        message that waits for its turn.
        """
        now = fields.Datetime.now()
        is_here = self.env["nshift.webhook.home"]._is_here()
        for event in self:
            # sudo: a user who may see the event may know its webhook's status
            webhook = event.sudo().webhook_id
            next_at = event.next_attempt_at
            waits = is_here and event.state == "pending" and next_at
            if not waits or webhook._silent():
                event.next_try_at = False
                continue
            if webhook.is_backing_off:
                next_at = max(next_at, webhook.backoff_until)
            event.next_try_at = next_at > now and next_at

    @api.depends("state", "webhook_id", "res_model", "res_id", "next_attempt_at")
    def _compute_waits_for_id(self):
        for event in self:
            event.waits_for_id = event._first_before()

    def _first_before(self):
        """Return the event to be received or given up before this message is sent."""
        waits = self.state == "pending" and self.webhook_id.ordering != "none"
        if not waits or not self.id:
            return self.browse()
        self.env.cr.execute(
            "SELECT after_ids FROM nshift_webhook_event WHERE id = %s", (self.id,)
        )
        [after_ids] = self.env.cr.fetchone() or [None]
        own = (
            Domain("res_model", "=", self.res_model)
            & Domain("res_id", "=", self.res_id)
            & Domain("id", "<", self.id)
        )
        # sudo: a shipment's order may belong to another company
        before = self.sudo().search(
            Domain("webhook_id", "=", self.webhook_id.id)
            & Domain("state", "=", "pending")
            & (own | Domain("id", "in", after_ids or [])),
            order="id",
            limit=1,
        )
        return before.sudo(False)

    @api.depends(
        "state",
        "failure",
        "response_code",
        "attempt_count",
        "received_at",
        "next_attempt_at",
        "waits_for_id",
    )
    @api.depends_context("lang", "tz", "uid")
    def _compute_situation(self):
        for event in self:
            said = [*event._said_of_state(), *event._said_of_answer()]
            event.situation = " ".join(filter(None, said))

    def _said_of_state(self):
        """Yield sentences on the message's status."""
        if self.received_at:
            yield self.env._(
                "The receiving system has had this message since %s.",
                self._time(self.received_at),
            )
        if self.state == "pending":
            if self.received_at:
                yield self.env._("It is being sent again.")
            yield self._said_of_waiting()
        elif self.state == "failed":
            yield self.env._(
                "The receiving system does not have this message. It will not be sent "
                "any more unless somebody sends it again."
            )
        elif self.state == "cancelled":
            yield self._said_of_decision()

    def _said_of_decision(self):
        """Return a sentence on the user who cancelled the message, and on the time."""
        if not self.cancelled_by:
            return self.env._(
                "Somebody decided not to send this message. The audit log says who."
            )
        return self.env._(
            "%(who)s decided not to send this message, at %(time)s.",
            who=self.cancelled_by,
            time=self._time(self.cancelled_at),
        )

    def _said_of_waiting(self):
        """Return a sentence on why the message waits, and until when."""
        # sudo: a user who may see the event may know its webhook's status
        webhook = self.sudo().webhook_id
        if not self.env["nshift.webhook.home"]._is_here():
            return self.env._("Nothing is sent from this database.")
        if silent := webhook._silent():
            return silent._silence()
        if self.next_build_at:
            return self.env._(
                "Next, at %s, Odoo builds it again.", self._time(self.next_build_at)
            )
        if webhook.is_backing_off:
            return self.env._(
                "The receiving system does not accept messages at the moment. Next try "
                "at %s.",
                self._time(webhook.backoff_until),
            )
        if before := self.waits_for_id:
            [title] = before.sudo()._titles()
            return self.env._(
                "It waits until an earlier message has been received or given up: "
                "“%(title)s” of %(time)s.",
                title=title,
                time=self._time(before.sudo().happened_at),
            )
        if self.next_attempt_at and self.next_attempt_at > fields.Datetime.now():
            delays = self.env["ir.config_parameter"]._nshift_webhooks_retry_delays()
            left = max(len(delays) + 1 - self.attempt_count, 0)
            if left == 1:
                return self.env._(
                    "The last try is at %s.", self._time(self.next_attempt_at)
                )
            return self.env._(
                "Next try at %(time)s. %(count)s tries are left.",
                time=self._time(self.next_attempt_at),
                count=left,
            )
        return self.env._("It is sent as soon as its turn comes.")

    def _said_of_answer(self):
        """Yield a sentence on the latest answer, if the latest attempt failed."""
        if not self.failure:
            return
        attempt = self.attempt_ids[:1]
        if self.response_code:
            answer = beginning(attempt.response_body)
            if answer:
                yield self.env._(
                    "Last answer: %(code)s, “%(answer)s”.",
                    code=self.response_code,
                    answer=answer,
                )
            else:
                yield self.env._("Last answer: %s.", self.response_code)
        elif attempt:
            failure = labels(self, "failure").get(self.failure, self.failure)
            yield self.env._("The latest try failed: %s.", failure)

    def _time(self, moment):
        return format_datetime(self.env, moment)

    def action_open_waits_for(self):
        """Open the message that must be received or given up before this one."""
        self.ensure_one()
        return self.waits_for_id.get_formview_action()


def beginning(answer):
    """Return the beginning of an answer, without a page's tags; it may be empty."""
    is_page = (answer or "").lstrip().startswith("<")
    text = html_to_inner_content(answer) if is_page else answer
    return shorten(text or "", LONGEST_QUOTE, placeholder="…")
