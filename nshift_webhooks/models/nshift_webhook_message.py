from typing import NamedTuple

from odoo import api, models
from odoo.exceptions import UserError

from ..capture.change import CURRENT_STATE, Change
from ..capture.snapshot import Snapshot
from ..contract import versions
from ..delivery.backoff import retry_delay, seconds_after
from ..payload import envelope
from ..payload.envelope import encode_data, is_too_large, new_message_id
from ..payload.thin import thin
from ..transaction import clean_env, complain

#: Characters of a record's name that the log of events keeps.
LONGEST_NAME = 200
HAPPENED = "_nshift_webhook_happened"


class CannotBuild(UserError):
    """A message cannot be built on a further try either.

    :ivar failure: a value of the field ``failure``
    :ivar detail: the technical detail, None if there is none
    :ivar is_final: whether a further try is of no use
    """

    def __init__(self, message, detail=None, failure="payload", is_final=True):
        super().__init__(message)
        self.failure = failure
        self.detail = detail
        self.is_final = is_final


class Notice(NamedTuple):
    """The telling of a change in one version of messages, or the failure to build it.

    :ivar event: the event's type
    :ivar seen: the latest Snapshot that the webhooks follow
    :ivar subscriptions: of the webhooks that are told
    :ivar data: the payload as JSON, None if there is none
    :ivar failure: the reason for a missing payload: a value of the field ``failure``
    :ivar error: the technical detail
    :ivar is_final: whether a further try to build the payload is of no use
    """

    event: str
    seen: Snapshot
    subscriptions: list
    data: str | None = None
    failure: str | None = None
    error: str | None = None
    is_final: bool = False

    def without_message(self, error):
        """Return the Notice of a message that cannot be built."""
        return self._replace(data=None, failure="payload", error=error)


def _by_version(subscriptions):
    """Return a list of subscriptions for each version of messages."""
    found = {}
    for each in subscriptions:
        found.setdefault(each.version, []).append(each)
    return list(found.values())


class NshiftWebhookMessage(models.AbstractModel):
    """From Changes of records to messages: a part of the outbox."""

    _name = "nshift.webhook.message"
    _description = "Webhook message"

    def _notices(self, model, change, audience, implementations):
        """Return the Notices of a change.

        A message that cannot be built does no harm to the others.

        :param implementations: from :meth:`_implementations`
        """
        wanted = [
            (event, seen, subscriptions)
            for seen, hearers in audience.views(change).items()
            for event in self._happened(model, seen, implementations)
            for subscriptions in _by_version(hearers.of(event))
        ]

        def rescue(index, error):
            reason = self._reason(model.browse(change.id), error)
            return self._bare_notice(*wanted[index]).without_message(reason)

        notices = self._each(
            lambda index: self._notice(model, *wanted[index]),
            range(len(wanted)),
            rescue,
        )
        return [notice for notice in notices.values() if notice]

    def _implementations(self, model):
        """Return the implementations of ``_nshift_webhook_happened``, an extension
        before the function that it extends.
        """
        classes = type(model).mro()
        return [vars(each)[HAPPENED] for each in classes if HAPPENED in vars(each)]

    def _happened(self, model, change, implementations):
        """Return the types of the events that a change caused.

        Where an addon's code fails, the function that it extends is asked.

        :param implementations: from :meth:`_implementations`
        """

        def ask(implementations):
            first, *extended = implementations

            def rescue(change, error):
                if not extended:
                    raise error
                self._reason(model.browse(change.id), error)
                return ask(extended)

            return self._each(lambda change: first(model, change), [change], rescue)[
                change
            ]

        return ask(implementations)

    def _bare_notice(self, event, change, subscriptions):
        # a record that is gone cannot be read later
        is_final = change.after is None
        return Notice(event, change.last, subscriptions, is_final=is_final)

    def _notice(self, model, event, change, subscriptions):
        """Return the Notice of a change.

        :param change: the change from the webhooks' side
        :param subscriptions: of the webhooks that are told, all in the same version
        :return: None for an update that changes nothing in that version
        """
        notice = self._bare_notice(event, change, subscriptions)
        if change.last.error:
            return notice.without_message(change.last.error)
        newest = model._nshift_webhook_data(event, change)
        data = versions.data_of(subscriptions[0].version, event, newest)
        if newest.get("previous") and not data.get("previous"):
            return None
        data = encode_data(data)
        if is_too_large(data):
            return notice._replace(
                failure="size", error=self._size_text(data), is_final=True
            )
        return notice._replace(data=data)

    def _size_text(self, data):
        return f"{len(data.encode()) / 1_000_000:.1f} MB"

    def _failed_notices(self, model, change, audience, error):
        """Return Notices that are made without other addons' code."""
        reason = self._reason(model.browse(change.id), error)
        return [
            self._bare_notice(event, seen, subscriptions).without_message(reason)
            for seen, hearers in audience.views(change).items()
            if seen.effect
            for event in [f"{seen.last.subject}.{seen.effect}"]
            if (subscriptions := hearers.of(event))
        ]

    def _reason(self, record, error):
        """Return a failure in a line, for administrators; Odoo's log gets all of it."""
        complain(error, "The message on %s cannot be built", record)
        return f"{type(error).__name__}: {error}"

    def _event_vals(self, model, change, notice, number):
        """Return the values of the events of one notice.

        :param int number: the record's number from :meth:`_numbers`; None for the first
        """
        happened_at = self.env.cr.now()
        vals_list = []
        for subscription in notice.subscriptions:
            message_id = new_message_id()
            vals = {
                "webhook_id": subscription.webhook_id,
                "company_id": notice.seen.company_id,
                "event": notice.event,
                "message_id": message_id,
                "happened_at": happened_at,
                "res_model": model._name,
                "res_id": change.id,
                "res_name": notice.seen.name and notice.seen.name[:LONGEST_NAME],
            }
            if notice.failure:
                vals |= {"failure": notice.failure, "error": notice.error}
                vals |= self._next_build_vals(notice.is_final)
            else:
                payload = envelope.encode(
                    message_id,
                    notice.event,
                    happened_at,
                    subscription.version,
                    notice.data,
                    number or 1,
                )
                vals |= {
                    "state": "pending",
                    "next_attempt_at": happened_at.replace(microsecond=0),
                    "payload": payload,
                    "payload_size": len(payload.encode()),
                }
                if subscription.is_thin:
                    vals["thin_payload"] = self._thin(payload)
            vals_list.append(vals)
        return vals_list

    @api.model
    def _thin(self, payload):
        """Return the thin form of a message.

        The thin form has this server's address. It is stored with the whole message,
        so that all attempts send the same bytes.

        :param str payload: the whole message
        """
        # sudo: the address is on every page and in every mail
        server = self.env["ir.config_parameter"].sudo().get_param("web.base.url")
        return thin(payload, server or "")

    def _next_build_vals(self, is_final):
        """Return the values that plan the next try to build a message: see
        ``_build_due`` of ``nshift.webhook.event``.
        """
        if is_final:
            return {"state": "failed"}
        delays = self.env["ir.config_parameter"]._nshift_webhooks_retry_delays()
        delay = retry_delay(1, delays).total_seconds()
        return {
            "state": "pending",
            "build_count": 1,
            "next_build_at": seconds_after(self.env.cr.now(), delay),
        }

    def _built(self, build, record):
        """Build something of a record for a user.

        :param build: is called with the record, and returns a dict
        :param record: one at the most
        :return: the function's dict; ``{"error": reason}`` if the function fails; an
            empty dict without a record
        """

        def rescue(record, error):
            return {"error": self._reason(record, error)}

        return self._guarded(self._each, build, record, rescue).get(record, {})

    @api.model
    def _build_again(self, event):
        """Return the payload of an event whose message could not be built before.

        The payload has the record as it is by now, and no former values: these are not
        known any more.

        :param event: ``nshift.webhook.event``
        :raises CannotBuild: the record is gone, the webhook does not follow the record
            any more, or the message still cannot be built
        """
        clean = self.with_env(clean_env(self.env.cr))
        clean.env.flush_all()
        version = event.webhook_id.api_version
        # a model may have gone with its addon
        if event.res_model in clean.env:
            record = clean.env[event.res_model].browse(event.res_id).exists()
        else:
            record = ()

        def build(record):
            snapshot = record._nshift_webhook_snapshot(with_payload=True)
            if not snapshot:
                return {}
            if not event.webhook_id._follows(record, snapshot):
                return {"is_unwanted": True}
            reason = CURRENT_STATE if event.load_id else None
            change = Change(record.id, None, snapshot, reason=reason)
            data = record._nshift_webhook_data(event.event, change)
            data = versions.data_of(version, event.event, data)
            return {"data": encode_data(data)}

        built = clean._built(build, record)
        data, error = built.get("data"), built.get("error")
        if built.get("is_unwanted"):
            raise CannotBuild(
                self.env._(
                    "The webhook does not follow “%s” any more: it has another company "
                    "or channel by now, does not meet the conditions, or is a cart.",
                    event.res_name,
                )
            )
        if error:
            raise CannotBuild(
                self.env._(
                    "The message on “%(name)s” still cannot be built: %(error)s. Show "
                    "this to whoever looks after your Odoo; the log tells more.",
                    name=event.res_name,
                    error=error,
                ),
                error,
                is_final=False,
            )
        if not data:
            raise CannotBuild(
                self.env._(
                    "“%(name)s” does not exist any more, so its message cannot be "
                    "built. Tell the receiving system in another way.",
                    name=event.res_name,
                )
            )
        if is_too_large(data):
            raise CannotBuild(
                self.env._(
                    "The message on “%(name)s” is still too large: it has %(size)s, "
                    "and may have 5 MB. Shorten its longest texts.",
                    name=event.res_name,
                    size=self._size_text(data),
                ),
                self._size_text(data),
                failure="size",
            )
        number = clean.env["nshift.webhook.sequence"]._count_up(record)[record.id]
        return envelope.encode(
            event.message_id, event.event, event.happened_at, version, data, number
        )
