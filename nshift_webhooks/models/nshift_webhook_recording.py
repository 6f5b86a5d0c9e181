from datetime import datetime, timedelta, timezone
from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL

from ..delivery.backoff import retry_delay, seconds_after


class Sent(NamedTuple):
    """An event's state when the answer to an attempt has come in."""

    id: int
    webhook_id: int
    state: str
    attempt_count: int
    received_at: datetime | None
    next_attempt_at: datetime | None
    last_attempt_at: datetime | None
    is_to_be_wiped: bool


class Outcome(NamedTuple):
    """The effect of an answer on its event; each field is a column of the event."""

    id: int
    state: str
    response_code: int | None
    failure: str | None
    error: str | None
    attempt_count: int
    duration_ms: int
    received_at: datetime | None
    next_attempt_at: datetime | None


class NshiftWebhookEvent(models.Model):
    """The recording of answers in SQL, in one statement for those of a moment.

    Through the ORM, this takes two thirds of a delivery job's processor time.
    """

    _inherit = "nshift.webhook.event"

    @api.model
    def _record(self, answers):
        """Record attempts and their effects on events.

        :param answers: dict of the sender's Answer by event id
        :return: dict by event id: the ``timedelta`` for which the attempt had been put
            off after the previous attempt
        """
        now = datetime.now(timezone.utc).replace(tzinfo=None)
        delays = self.env["ir.config_parameter"]._nshift_webhooks_retry_delays()
        sent = self._lock_sent(answers)
        outcomes = [_outcome(each, answers[each.id], now, delays) for each in sent]
        made_at = {
            each.id: answers[each.id].made_at or now.replace(microsecond=0)
            for each in sent
        }
        self._write_attempts([(id_, at, answers[id_]) for id_, at in made_at.items()])
        self._write_outcomes(outcomes, now.replace(microsecond=0))
        self.env["nshift.webhook.hour"]._count_attempts(
            (
                before.webhook_id,
                made_at[before.id],
                answers[before.id],
                before.state != after.state == "failed",
            )
            for before, after in zip(sent, outcomes, strict=True)
        )
        self.browse(
            before.id
            for before, after in zip(sent, outcomes, strict=True)
            if before.is_to_be_wiped and after.state == "delivered"
        )._wipe()
        return {
            each.id: each.next_attempt_at - each.last_attempt_at
            for each in sent
            if each.next_attempt_at and each.last_attempt_at
        }

    def _lock_sent(self, answers):
        """Lock the events that were answered, and return a Sent of each.

        Events that were deleted meanwhile are left out; a transaction that cancels
        events is waited for.
        """
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT event.id, event.webhook_id, event.state,
                       COALESCE(event.attempt_count, 0), event.received_at,
                       event.next_attempt_at, event.last_attempt_at,
                       COALESCE(webhook.wipe_messages, FALSE)
                  FROM nshift_webhook_event AS event
                  JOIN nshift_webhook AS webhook ON webhook.id = event.webhook_id
                 WHERE event.id = ANY(%s)
                 ORDER BY event.id
                   FOR NO KEY UPDATE OF event
                """,
                list(answers),
            )
        )
        return [Sent(*row) for row in rows]

    def _write_attempts(self, attempts):
        """Insert attempts.

        :param attempts: (event id, time, Answer) of each
        """
        if not attempts:
            return
        rows = [
            (
                event_id,
                attempted_at,
                answer.duration_ms,
                answer.response_code,
                answer.response_body,
                answer.failure,
                answer.error,
                answer.inside,
            )
            for event_id, attempted_at, answer in attempts
        ]
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO nshift_webhook_attempt (
                    event_id, attempted_at, duration_ms, response_code, response_body,
                    failure, error, address
                ) VALUES %s
                """,
                SQL(", ").join(SQL("%s", row) for row in rows),
            )
        )

    def _write_outcomes(self, outcomes, last_attempt_at):
        """Update events with the outcomes of their attempts.

        :param outcomes: the Outcomes
        :param datetime last_attempt_at: time of the recording, in naive UTC
        """
        if not outcomes:
            return
        types = {
            name: SQL(self._fields[name].column_type[1]) for name in Outcome._fields
        }
        self.env.cr.execute(
            SQL(
                """
                UPDATE nshift_webhook_event AS event
                   SET last_attempt_at = %s, %s
                  FROM (VALUES %s) AS outcome (%s)
                 WHERE event.id = outcome.id::int
                """,
                last_attempt_at,
                SQL(", ").join(
                    SQL(
                        "%(name)s = outcome.%(name)s::%(type)s",
                        name=SQL.identifier(name),
                        type=type_,
                    )
                    for name, type_ in types.items()
                    if name != "id"
                ),
                SQL(", ").join(SQL("%s", tuple(outcome)) for outcome in outcomes),
                SQL(", ").join(map(SQL.identifier, types)),
            )
        )
        self.invalidate_model(flush=False)


def _outcome(sent, answer, now, delays):
    """Return the Outcome of an attempt.

    :param Sent sent: the event
    :param answer: the sender's Answer
    :param datetime now: naive UTC
    :param delays: seconds to wait after each failed attempt
    """
    outcome = Outcome(
        id=sent.id,
        state=sent.state,
        response_code=answer.response_code,
        failure=answer.failure,
        error=answer.error,
        attempt_count=sent.attempt_count + 1,
        duration_ms=answer.duration_ms,
        received_at=sent.received_at,
        next_attempt_at=None,
    )
    if not answer.failure:
        received_at = sent.received_at or now.replace(microsecond=0)
        return outcome._replace(state="delivered", received_at=received_at)
    if sent.state != "pending":
        # cancelled meanwhile
        return outcome
    delay = retry_delay(outcome.attempt_count, delays)
    if not delay:
        return outcome._replace(state="delivered" if sent.received_at else "failed")
    delay = max(delay, timedelta(seconds=answer.retry_after or 0))
    return outcome._replace(next_attempt_at=seconds_after(now, delay.total_seconds()))
