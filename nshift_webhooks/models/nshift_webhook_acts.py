from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..store.body import HAS_MESSAGE
from ..store.line import let_forward, let_successors_forward
from ..writing import number
from .nshift_webhook_batch import BATCH

#: How many events a line of the audit log names.
MOST_NAMES = 10
PENDING = SQL("state = 'pending'")
#: The state of a cancelled event; an event that was received earlier is delivered.
NOT_SENT = SQL("CASE WHEN received_at IS NULL THEN 'cancelled' ELSE 'delivered' END")
#: The state that an event returns to when its sending again is stopped.
AS_BEFORE = SQL(
    "CASE WHEN received_at IS NOT NULL THEN 'delivered' "
    "WHEN failure IS NOT NULL THEN 'failed' ELSE 'cancelled' END"
)


class NshiftWebhookEvent(models.Model):
    """Managers' acts on events, be it a single event or a million.

    Only ids are in memory, and no messages. Acts that take longer than a person would
    wait are done in the background: see ``nshift.webhook.batch``.
    """

    _inherit = "nshift.webhook.event"

    cancelled_by = fields.Char("Not sent by", readonly=True)
    cancelled_at = fields.Datetime("Not sent since", readonly=True)

    def action_send_again(self):
        """Send events again, under the same message ID and with the same bytes.

        Messages that could not be built are built first. If a newer message on the same
        record was sent since, a dialog asks what to send instead.

        :return: the action of the dialog, or a notification if the messages are not
            sent now, else None
        :raises UserError: a message cannot be built, or was wiped
        :raises AccessError: the user is no manager of webhooks
        """
        events = self._chosen()
        if events._only(SQL("is_wiped")):
            raise UserError(
                self.env._(
                    "A message that was wiped after its delivery cannot be sent again."
                )
            )
        if events._newer():
            return self.env["nshift.webhook.resend"]._open(events)
        return events._send_again()

    def action_ask_to_send_again(self):
        """Ask which of the events selected in a list to send again.

        :return: the action of the dialog
        :raises AccessError: the user is no manager of webhooks
        """
        self.check_access("read")
        self.env["nshift.webhook"].check_access("write")
        domain = self._chosen_domain() or [("id", "in", self.ids)]
        return self.env["nshift.webhook.mend"]._open(self._search(domain))

    def _send_again(self):
        """Send events of :meth:`_as_manager` again, even if there are newer ones."""
        webhooks = self._webhooks()
        own = self.sudo(False)
        if len(self) > BATCH:
            # so many messages must not hold up new ones
            for webhook in webhooks.with_env(own.env):
                webhook._send_messages_again(
                    SQL("id = ANY(%s) AND state <> 'pending'", self.ids),
                    old="again",
                    said=self.env._("%s selected", number(self.env, len(self))),
                    with_received=True,
                )
            return self.env["nshift.webhook.load"]._said_again(webhooks, len(self))
        own._note("events_sent")
        self._do_or_queue("send", webhooks)
        return own._tell(webhooks)

    def action_cancel(self):
        """Give up events that have not been delivered yet.

        :raises AccessError: the user is no manager of webhooks
        """
        events = self._chosen()._only(PENDING)
        webhooks = events._webhooks()
        events.with_env(self.env)._note("events_cancelled")
        events._do_or_queue("cancel", webhooks)
        return self._tell(webhooks, is_sent=False)

    def get_deletion_question(self):
        """Return the question to ask before these events are deleted.

        :return: dict of ``title`` and ``body``, in the user's language
        :raises AccessError: the user may not delete the events
        """
        self.check_access("unlink")
        waiting = len(self._only(PENDING))
        if len(self) == 1:
            title = self.env._("Delete “%s”?", self._titles()[0])
            fate = waiting and self.env._(
                "This message waits: it will never be sent, and the receiving system "
                "will not learn of it."
            )
        else:
            title = self.env._("Delete %s events?", number(self.env, len(self)))
            fate = waiting and self.env._(
                "Messages among them that wait, and will never be sent: %s. The "
                "receiving system will not learn of them.",
                number(self.env, waiting),
            )
        lost = self.env._(
            "This cannot be undone: what was sent, and what was answered, is not in "
            "the log any more. The audit log keeps who has deleted it."
        )
        return {"title": title, "body": f"{fate} {lost}" if fate else lost}

    def unlink(self):
        self.check_access("unlink")
        self._note("events_deleted")
        is_due = False
        for start in range(0, len(self), BATCH):
            ids = self.ids[start : start + BATCH]
            is_due |= let_successors_forward(self.env, ids) > 0
        if is_due:
            self.env["nshift.webhook.delivery"]._wake_up()
        return super().unlink()

    def _chosen(self):
        """Return the events that a manager has chosen, with all rights.

        A list's buttons send no more ids than Odoo's limit. If everything in a longer
        list is chosen, the list's domain finds the events.
        """
        chosen = self
        if domain := self._chosen_domain():
            chosen = self.browse(self._search(domain).get_result_ids())
        return chosen._as_manager()

    def _chosen_domain(self):
        """Return the domain of the chosen events, if these may be only a part."""
        limit = int(
            # sudo: a limit of Odoo's for everybody, which all clients know
            self.env["ir.config_parameter"]
            .sudo()
            .get_param("web.active_ids_limit", 20000)
        )
        return self.env.context.get("active_domain") if len(self) >= limit else None

    def _as_manager(self):
        """Return the same events with all rights, for a manager who may see them.

        Nobody has the right to write to the log itself.

        :raises AccessError: the user is no manager of webhooks, or may not see the
            events or their webhooks, which may have moved to another company
        """
        self.check_access("read")
        self.env["nshift.webhook"].check_access("write")
        self._webhooks().check_access("read")
        return self.sudo()

    def _do_or_queue(self, act, webhooks):
        """Carry out an act on the events, in the background if there are many.

        :param str act: a value of ``act`` of ``nshift.webhook.batch``
        :param webhooks: the events' webhooks
        :return: whether the act goes on in the background
        """
        batches = self.env["nshift.webhook.batch"]
        if len(self) > BATCH or batches._waits_for(webhooks):
            batches._add(act, SQL("id = ANY(%s)", self.ids))
            return True
        self._do(act, self.ids, is_watched=True)
        return False

    def _do(self, act, event_ids, is_watched=False, who=None):
        """Carry out an act on events that may be deleted or changed by now.

        :param str act: a value of ``act`` of ``nshift.webhook.batch``
        :param bool is_watched: whether a person waits, and gets the errors
        :param str who: the name of the acting user; by default this user's
        :raises UserError: a message cannot be built, and a person waits
        """
        who = who or self.env.user.sudo().name
        self.env.flush_all()
        is_due = False
        # in the order in which answers are recorded
        events = self.browse(
            id_
            for [id_] in self.env.execute_query(
                SQL(
                    "SELECT id FROM nshift_webhook_event WHERE id = ANY(%s) "
                    "ORDER BY id FOR NO KEY UPDATE",
                    event_ids,
                )
            )
        )
        if act == "cancel":
            events._set_state(NOT_SENT, None, PENDING, cancelled_by=who)
            is_due = let_forward(self.env, events.ids) > 0
        elif act == "give_up":
            events._set_state(AS_BEFORE, None, PENDING, cancelled_by=who)
            is_due = let_forward(self.env, events.ids) > 0
        elif act == "send":
            events._build_missing(is_watched)
            events._set_state("pending", fields.Datetime.now(), HAS_MESSAGE)
            events._leave_bulk()
            is_due = True
        elif act == "wipe":
            events._only(SQL("state = 'delivered'"))._wipe()
        else:
            is_due = let_successors_forward(self.env, events.ids) > 0
            # not by the ORM, which would log a million ids
            events._delete_rows()
        self.invalidate_model(flush=False)
        if is_due:
            self.env["nshift.webhook.delivery"]._wake_up()

    def _set_state(self, state, next_attempt_at, condition, cancelled_by=None):
        self.env.cr.execute(
            SQL(
                "UPDATE nshift_webhook_event SET state = %s, next_attempt_at = %s, "
                "cancelled_by = %s, cancelled_at = %s WHERE id = ANY(%s) AND %s",
                state,
                next_attempt_at,
                cancelled_by,
                fields.Datetime.now() if cancelled_by else None,
                self.ids,
                condition,
            )
        )

    def _leave_bulk(self):
        """Have events sent by themselves, not in the bulk that yields to new events."""
        self.env.cr.execute(
            SQL(
                "UPDATE nshift_webhook_event SET is_bulk = NULL, resend_id = NULL "
                "WHERE id = ANY(%s) AND (is_bulk OR resend_id > 0)",
                self.ids,
            )
        )

    def _build_missing(self, is_watched):
        """Build messages that could not be built when their events happened."""
        for event in self._only(SQL("NOT %s AND is_wiped IS NOT TRUE", HAS_MESSAGE)):
            try:
                payload = self.env["nshift.webhook.outbox"]._build_again(event)
            except UserError:
                if is_watched:
                    raise
                # the event stays failed, with its reason
                continue
            event._set_payload(payload)

    def _count_pending(self, webhooks):
        return self.search_count(
            [("webhook_id", "in", webhooks.ids), ("state", "=", "pending")]
        )

    def _drop_waiting(self, webhooks):
        """Cancel the waiting events of webhooks, none of which is sent from now on.

        The caller has checked the user's rights.
        """
        events = self.browse(
            self._search(
                [("webhook_id", "in", webhooks.ids), ("state", "=", "pending")]
            ).get_result_ids()
        )
        events._note("events_cancelled")
        if events._do_or_queue("cancel", webhooks):
            # no event up to this id is sent while the cancelling goes on
            webhooks._write_health(drop_up_to=max(events.ids))

    def _webhooks(self):
        """Return the events' webhooks."""
        return self.env["nshift.webhook"].browse(row[0] for row in self._owners())

    def _owners(self):
        """Return a row for each webhook and company of these events.

        :return: (webhook id, company id, number of events, number of pending events,
            ids of the first events)
        """
        self.flush_model(["webhook_id", "company_id", "state"])
        return self.env.execute_query(
            SQL(
                "SELECT webhook_id, company_id, count(*), count(*) FILTER (WHERE %s), "
                "(array_agg(id ORDER BY id))[:%s] "
                "FROM nshift_webhook_event WHERE id = ANY(%s) "
                "GROUP BY webhook_id, company_id",
                PENDING,
                MOST_NAMES,
                self.ids,
            )
        )

    def _only(self, condition):
        """Return those of these events that meet a condition in SQL."""
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM nshift_webhook_event AS event "
                "WHERE id = ANY(%s) AND %s ORDER BY id",
                self.ids,
                condition,
            )
        )
        return self.browse(id_ for [id_] in rows)

    def _note(self, action):
        """Note an act on the events in the audit log."""
        # by company: a webhook for all companies has events of several
        for webhook_id, company_id, count, waiting, first_ids in self._owners():
            names = ", ".join(self.browse(first_ids)._titles())
            if count > MOST_NAMES:
                names = self.env._(
                    "%(names)s and %(count)s more",
                    names=names,
                    count=count - MOST_NAMES,
                )
            self.env["nshift.webhook.audit"]._note(
                action,
                self.env["nshift.webhook"].browse(webhook_id),
                subject=names,
                old=self.env._("%s waiting", waiting) if waiting else None,
                company=self.env["res.company"].browse(company_id or ()),
            )

    def _tell(self, webhooks, is_sent=True):
        """Return a notification about delays; None if everything happens at once."""
        said = []
        if self.env["nshift.webhook.batch"]._waits_for(webhooks):
            said.append(
                self.env._(
                    "This goes on in the background: the webhook shows how far it is."
                )
            )
        if is_sent and (silent := webhooks._silent()):
            said.append(silent._silence())
        if not said:
            return None
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "message": " ".join(said),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
