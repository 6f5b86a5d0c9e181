"""Announcement of attempts before they are made, and recording of their answers."""

import logging
from collections import defaultdict
from dataclasses import replace
from datetime import timedelta

from odoo import fields
from odoo.service.model import (
    MAX_TRIES_ON_CONCURRENCY_FAILURE,
    PG_CONCURRENCY_EXCEPTIONS_TO_RETRY,
)
from odoo.tools import SQL

from ..delivery.sender import Answer
from ..transaction import committed
from .line import let_forward

_logger = logging.getLogger(__name__)

#: Answer to record for an attempt whose process has ended.
INTERRUPTED = Answer(failure="interrupted")
#: Answer to record for an attempt whose own answer cannot be recorded.
UNRECORDABLE = Answer(failure="fault", error="The answer could not be recorded.")


class Recorder:
    """Records attempts, in transactions of its own.

    :param registry: registry of the database
    :ivar unrecorded: by webhook id, the ids of events whose answer could not be
        recorded
    """

    def __init__(self, registry):
        self._registry = registry
        self.unrecorded = defaultdict(list)

    def announce(self, parcels):
        """Write down that messages are about to be sent: see ``nshift.webhook.flight``.

        :param parcels: lists of Parcel by webhook id
        """
        rows = [
            (webhook_id, parcel.event_id)
            for webhook_id, announced in parcels.items()
            for parcel in announced
        ]
        with committed(self._registry) as env:
            # If the database server crashes, the attempt is forgotten. That is enough:
            # the note serves to count attempts when this process ends.
            env.cr.execute("SET LOCAL synchronous_commit TO OFF")
            env.cr.execute(
                "INSERT INTO nshift_webhook_flight "
                "(webhook_id, event_id, announced_at) "
                "SELECT webhook_id, event_id, %s "
                "FROM unnest(%s, %s) AS announced (webhook_id, event_id)",
                (
                    fields.Datetime.now(),
                    [row[0] for row in rows],
                    [row[1] for row in rows],
                ),
            )

    def forget_announced(self, webhook_id):
        """Delete announcements of messages that were not sent."""
        with committed(self._registry) as env:
            env.cr.execute(
                "DELETE FROM nshift_webhook_flight "
                "WHERE webhook_id = %s AND event_id <> ALL(%s)",
                (webhook_id, self.unrecorded.get(webhook_id, [])),
            )

    def record_interrupted(self, webhook_ids):
        """Record attempts that another process had announced when it ended.

        :param webhook_ids: ids of webhooks that this job has claimed, so that no other
            process sends their messages
        """
        with committed(self._registry) as env:
            announced = env.execute_query(
                SQL(
                    "SELECT webhook_id, event_id, MAX(announced_at) "
                    "FROM nshift_webhook_flight WHERE webhook_id = ANY(%s) "
                    "GROUP BY webhook_id, event_id",
                    list(webhook_ids),
                )
            )
        by_webhook: dict[int, dict] = defaultdict(dict)
        for webhook_id, event_id, announced_at in announced:
            answer = replace(INTERRUPTED, made_at=announced_at)
            by_webhook[webhook_id][event_id] = answer
        for webhook_id, answers in by_webhook.items():
            self._record_webhook(webhook_id, answers)

    def record(self, answers):
        """Write down the answers to requests.

        If some answers cannot be written, the others are written all the same.

        :param answers: list of (Lane, event id, Answer) in the order of arrival
        :return: ids of the webhooks whose endpoint is to be left alone for now
        """
        by_webhook: dict[int, dict] = defaultdict(dict)
        for lane, event_id, answer in answers:
            by_webhook[lane.webhook_id][event_id] = answer
        try:
            return self._retrying(self._record, by_webhook)
        except Exception:
            _logger.exception("Answers are recorded one webhook at a time")
        return [
            webhook_id
            for webhook_id, its_answers in by_webhook.items()
            if self._record_webhook(webhook_id, its_answers)
        ]

    def _record_webhook(self, webhook_id, answers):
        """Write down the answers for one webhook, one by one after a failure.

        :param answers: dict of Answer by event id
        :return: whether the endpoint is to be left alone for now
        """
        try:
            return bool(self._retrying(self._record, {webhook_id: answers}))
        except Exception:
            _logger.exception(
                "Answers for webhook %s are recorded one by one", webhook_id
            )
        return any(
            [
                self._record_event(webhook_id, event_id, answer)
                for event_id, answer in answers.items()
            ]
        )

    def _record_event(self, webhook_id, event_id, answer):
        """Write down one answer, or at least its status code.

        :return: whether the endpoint is to be left alone for now
        """
        bare = replace(
            UNRECORDABLE, response_code=answer.response_code, made_at=answer.made_at
        )
        for each in (answer, bare):
            try:
                return bool(
                    self._retrying(self._record, {webhook_id: {event_id: each}})
                )
            except Exception:
                _logger.exception("The answer for event %s is not recorded", event_id)
        # the announcement stays, so the attempt will count as interrupted
        self.unrecorded[webhook_id].append(event_id)
        return True

    def _retrying(self, function, *args):
        """Return what a function returns; call it again after a conflict."""
        for tries_left in reversed(range(MAX_TRIES_ON_CONCURRENCY_FAILURE)):
            try:
                return function(*args)
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                # a user cancels these events at the same time, or edits the webhook
                if not tries_left:
                    raise

    def _record(self, by_webhook):
        with committed(self._registry) as env:
            answers = {
                event_id: answer
                for its_answers in by_webhook.values()
                for event_id, answer in its_answers.items()
            }
            # Lock webhooks before their events, in the same order as the deletion of a
            # webhook does: the figures refer to the webhooks.
            env.cr.execute(
                "SELECT FROM nshift_webhook WHERE id = ANY(%s) "
                "ORDER BY id FOR KEY SHARE",
                (list(by_webhook),),
            )
            put_off = env["nshift.webhook.event"]._record(answers)
            let_forward(env, answers)
            env.cr.execute(
                "DELETE FROM nshift_webhook_flight WHERE event_id = ANY(%s)",
                (list(answers),),
            )
            webhooks = env["nshift.webhook"]
            return [
                webhook_id
                for webhook_id, its_answers in sorted(by_webhook.items())
                if webhooks.browse(webhook_id)._record_health(
                    its_answers.values(),
                    max(put_off.get(id_, timedelta(0)) for id_ in its_answers),
                )
            ]
