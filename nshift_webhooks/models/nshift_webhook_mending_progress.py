from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL, format_datetime

from ..writing import number

#: Up to how many messages of each outcome are counted for the webhook's form.
MOST_COUNTED = 10_000
#: After how much time, and how many messages, the end can be estimated.
ESTIMATED_AFTER = timedelta(seconds=10)
ESTIMATED_FROM = 100


class NshiftWebhookLoad(models.Model):
    """The progress and the outcome of messages that are sent again."""

    _inherit = "nshift.webhook.load"

    def _stop_note(self):
        if self.what != "again":
            return super()._stop_note()
        said = self.env._(
            "Received: %(received)s of %(total)s",
            received=number(self.env, self._count_resent("delivered"), MOST_COUNTED),
            total=number(self.env, self.total),
        )
        return "sending_stopped", None, None, said

    def _count_resent(self, state):
        """Count the load's events in a state, up to a limit."""
        [[count]] = self.env.execute_query(
            SQL(
                # each part from an index alone
                "SELECT count(*) FROM ("
                "(SELECT FROM nshift_webhook_event "
                "WHERE resend_id = %(id)s AND state = %(state)s LIMIT %(limit)s) "
                "UNION ALL (SELECT FROM nshift_webhook_event "
                "WHERE load_id = %(id)s AND state = %(state)s LIMIT %(limit)s)"
                ") AS event",
                id=self.id,
                state=state,
                limit=MOST_COUNTED + 1,
            )
        )
        return count

    def _text(self):
        if self.what != "again":
            return super()._text()
        said = [self._progress_text(), self._outcome_text()]
        if self.left_out_count:
            said.append(
                self.env._(
                    "Left out, since they were old or had been sent meanwhile: %s.",
                    number(self.env, self.left_out_count),
                )
            )
        if end := self._expected_end():
            said.append(
                self.env._("At this pace, until %s.", format_datetime(self.env, end))
            )
        return " ".join(said)

    def _settled_count(self):
        """Return how many messages have had their turn, at least."""
        return max(self.done_count - self._count_resent("pending"), 0)

    def _progress_text(self):
        said = {
            "done": number(self.env, self._settled_count()),
            "total": number(self.env, self.total),
            "start": format_datetime(self.env, self.started_at),
            "end": format_datetime(self.env, self.finished_at),
            "who": self.stopped_by,
        }
        if self.state == "stopped":
            return self.env._(
                "Messages were being sent again from %(start)s. %(who)s stopped that "
                "at %(end)s.",
                **said,
            )
        if self._may_be_stopped():
            return self.env._(
                "Messages are being sent again since %(start)s: %(done)s of %(total)s.",
                **said,
            )
        return self.env._("Messages were sent again from %(start)s: %(total)s.", **said)

    def _outcome_text(self):
        received, failed, waiting = (
            number(self.env, self._count_resent(state), MOST_COUNTED)
            for state in ("delivered", "failed", "pending")
        )
        if self.state == "stopped":
            return self.env._(
                "Received: %(received)s of %(total)s.",
                received=received,
                total=number(self.env, self.total),
            )
        return self.env._(
            "Received: %(received)s, given up again: %(failed)s, waiting: %(waiting)s.",
            received=received,
            failed=failed,
            waiting=waiting,
        )

    def _expected_end(self):
        """Return the expected end, at the pace so far; None if it is not known yet."""
        passed = fields.Datetime.now() - self.started_at
        settled = self._settled_count()
        if (
            self.state != "running"
            or settled < ESTIMATED_FROM
            or passed < ESTIMATED_AFTER
            or self.webhook_id.status != "working"
        ):
            return None
        return fields.Datetime.now() + passed * (self.total - settled) / settled
