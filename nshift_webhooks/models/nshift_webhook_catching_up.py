from datetime import datetime, timedelta, timezone

from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, hmac

from ..hashed import hash_of
from ..payload.values import moment, seconds_of
from ..position import Position
from ..transaction import clean_env
from .nshift_webhook_listing import IS_LISTED

DEFAULT_LIMIT = 100
HIGHEST_LIMIT = 1000
#: How much earlier than asked for the list begins: messages are in the order in which
#: they were written, but have the time when their transaction began.
LONGEST_TRANSACTION = timedelta(hours=1)


class NshiftWebhook(models.Model):
    """The reading of a webhook's messages by the receiving system, at its own pace.

    The receiving system has a user who reads a single webhook: see
    ``nshift.webhook.reader``. Reading needs neither the job runner nor the endpoint.
    """

    _inherit = "nshift.webhook"

    # Not @api.readonly: a replica does not know which transactions are still running.
    @api.model
    def catch_up(self, cursor=None, limit=DEFAULT_LIMIT, since=None):
        """Return the messages after a cursor, in the order of each record's sequence.

        No message is missed, whenever its transaction is committed. Messages that are
        committed between two calls that read late messages may be in both answers.

        :param str cursor: the previous answer's; without a cursor, the list begins
        :param int limit: how many messages, 1 to 1,000; large messages come in smaller
            numbers
        :param str since: without a cursor: ISO 8601, where the list begins; some
            messages of the hour before are included
        :return: dict of ``messages``, see ``_listed``; ``cursor``, for the next call;
            ``more``, whether the next call would have messages now; and
            ``removed_until``, when the latest of the messages happened that are not
            kept any longer, None as long as all are
        :raises AccessError: the user is no webhook's receiver
        :raises UserError: an argument cannot be used, messages after the cursor are
            not kept any longer, or this is a copy of the database
        """
        webhook = self._webhook_to_read()
        events = webhook.env["nshift.webhook.event"]
        if type(limit) is not int or not 1 <= limit <= HIGHEST_LIMIT:
            raise UserError(
                self.env._("limit: give a number from 1 to %s.", HIGHEST_LIMIT)
            )
        if cursor is not None and since is not None:
            raise UserError(self.env._("Give a cursor or since, not both."))
        if cursor is None:
            begin = _beginning_of(since)
            if since is not None and begin is None:
                raise UserError(
                    self.env._(
                        "since: give a date and time of ISO 8601 with a time zone, "
                        "such as 2026-01-31T12:00:00Z."
                    )
                )
            place = events._place_at(webhook, begin) if begin else 0
            position = Position(events._snapshot(), place, place)
        else:
            position = webhook._position_of(cursor)
        listed, position, more = events._read_on(webhook, position, limit)
        return {
            "messages": listed._listed(),
            "cursor": position.encode(webhook._sign_position),
            "more": more,
            "removed_until": webhook._removed_until(),
        }

    @api.model
    def read_message(self, message_id):
        """Return a message, by its ID.

        :param str message_id: the header ``webhook-id``
        :return: dict, see ``_listed`` of ``nshift.webhook.event``
        :raises AccessError: the user is no webhook's receiver
        :raises UserError: the webhook has no such message, or this is a copy of the
            database
        """
        webhook = self._webhook_to_read()
        events = webhook.env["nshift.webhook.event"]
        if isinstance(message_id, str) and "\0" not in message_id:
            rows = self.env.execute_query(
                SQL(
                    "SELECT id FROM nshift_webhook_event "
                    "WHERE %s = %s AND message_id = %s AND %s AND %s",
                    hash_of(SQL("message_id")),
                    hash_of(message_id),
                    message_id,
                    events._is_of(webhook),
                    IS_LISTED,
                )
            )
            if rows:
                return events.browse(rows[0])._listed()[0]
        raise UserError(self.env._("The webhook has no message of this ID."))

    @api.model
    def _webhook_to_read(self):
        """Return the webhook whose messages the user may read, with all rights."""
        # the reader has no other right, and a client's context no influence
        own = self.env["nshift.webhook.reader"].with_env(clean_env(self.env.cr))
        webhook = own.search([("user_id", "=", self.env.uid)]).webhook_id
        if not webhook.active:
            raise AccessError(
                self.env._(
                    "Messages are read with a receiver's key, which a manager of "
                    "webhooks makes on the webhook's form."
                )
            )
        if not own.env["nshift.webhook.home"]._is_here():
            raise UserError(
                self.env._(
                    "This is a copy of another database: nothing is told from here."
                )
            )
        return webhook

    def _position_of(self, cursor):
        """Return the position that a cursor of this webhook's list stands for.

        :raises UserError: the cursor is invalid or from before a backup was restored,
            or messages after the cursor have been removed
        """
        try:
            position = Position.decode(cursor, self._sign_position)
        except ValueError as error:
            raise UserError(
                self.env._(
                    "The cursor is none of this webhook's list. Give it as it was in "
                    "the answer before, or begin anew with since."
                )
            ) from error
        if self.env["nshift.webhook.event"]._is_of_another_past(position):
            raise UserError(
                self.env._(
                    "The cursor is of messages that this database does not have: it "
                    "was restored from a backup. Begin anew with since, at the moment "
                    "of the backup."
                )
            )
        if self._has_lost(position):
            raise UserError(
                self.env._(
                    "Messages after this cursor are not kept any longer: they were "
                    "removed from the log. Begin anew, without a cursor or with since, "
                    "and have the current state sent."
                )
            )
        return position

    def _has_lost(self, position):
        """Tell whether messages after a position may have been removed.

        They came after the position by their place, or by appearing late: their fate
        was then decided after the position was read.
        """
        [(_id, place, ended_at)] = self._read_health(
            ["removed_place", "removed_ended_at"]
        )
        if not place or place <= position.floor:
            return False
        return place > position.upto or 0 < position.read_at <= seconds_of(ended_at)

    def _removed_until(self):
        """Return when the latest of the removed messages happened, as messages tell
        times; None if no message was removed.
        """
        [(_id, until)] = self._read_health(["removed_until"])
        return until and moment(until)

    def _sign_position(self, text):
        return hmac(self.env, "nshift_webhooks.cursor", f"{self.id} {text}")


def _beginning_of(since):
    """Return where the list begins for a client's moment, in naive UTC.

    The beginning is early enough for messages that were written after the moment.

    :return: None if the text is no moment
    """
    try:
        found = datetime.fromisoformat(since)
        if not found.tzinfo:
            return None
        return found.astimezone(timezone.utc).replace(tzinfo=None) - LONGEST_TRANSACTION
    except (TypeError, ValueError, OverflowError):
        return None
