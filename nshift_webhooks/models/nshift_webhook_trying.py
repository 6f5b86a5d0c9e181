from typing import NamedTuple

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..capture.change import Change
from ..contract import versions
from ..payload import envelope
from ..payload.envelope import encode_data, is_too_large, new_message_id
from ..store.endpoint import read_endpoint
from ..store.message import message_of
from ..transaction import clean_env

#: How many of the latest records are looked at for one that the webhook follows.
LATEST = 20


class TestMessage(NamedTuple):
    """A message with which somebody tries a webhook.

    :ivar message_id: new each time
    :ivar body: the message as it is sent
    :ivar name: the record's name for people
    :ivar company: the record's company
    :ivar obstacles: why the webhook would not be told of the record, from
        ``_obstacles``; empty if it would be
    """

    message_id: str
    body: str
    name: str
    company: models.BaseModel
    obstacles: list

    def to_send(self):
        """Return the Message for the sender."""
        return message_of(self.message_id, self.body)


class NshiftWebhook(models.Model):
    """Trying a webhook: before it is switched on, or when something is wrong.

    A test message is built and sent by the code that builds and sends real messages,
    but is not one of them: it has no event and no place among other messages, and its
    answer changes nothing but the webhook's first steps. So only its sender and the
    audit log know of the result.
    """

    _inherit = "nshift.webhook"

    def action_test(self):
        """Ask which record a test message is to tell of.

        :raises AccessError: the user may not change the webhook
        """
        self.ensure_one()
        self.check_access("write")
        self._check_reach()
        return self.env["nshift.webhook.trial"]._open(self)

    def _test_endpoint(self):
        """Return the Endpoint for a test message, whatever the webhook's health.

        :raises UserError: the webhook is being deleted or has no signing secret, or
            nothing is sent from this database
        """
        self.ensure_one()
        self._check_not_being_deleted()
        home = self.env["nshift.webhook.home"]
        if not home._is_here():
            raise UserError(
                self.env._(
                    "Nothing is sent from this database: it is a copy of “%s”, or has "
                    "another name than before. Send the test from the original, or "
                    "press “Send from here” first.",
                    home.get_original(),
                )
            )
        try:
            return read_endpoint(self.env, self.id)
        except ValueError as error:
            raise UserError(
                self.env._(
                    "Nothing is sent: “%s” has no signing secret, as in a copy of a "
                    "database that was neutralized. Restore the webhook from the "
                    "archive to have one made.",
                    self.name,
                )
            ) from error

    def _latest_followed(self, type_):
        """Return the latest record that the webhook follows and the user may read.

        A user who may read no records of this model gets the latest of all: managers of
        webhooks read the records' messages in the log.

        :param type_: the ``nshift.webhook.type`` of the message
        """
        self.ensure_one()
        clean = self.with_env(clean_env(self.env.cr))
        model = type_._model()
        domain = clean._followed_domain(model._name, [type_._subject()])
        if model.has_access("read"):
            domain &= Domain(
                "id", "in", model.with_context(active_test=False)._search([])
            )
        records = clean.env[model._name].with_context(active_test=False)
        for record in records.search(domain, order="id desc", limit=LATEST):
            # the domain may find a few more
            snapshot = record._nshift_webhook_snapshot(with_payload=False)
            if (
                snapshot
                and snapshot.subject == type_._subject()
                and clean._follows(record, snapshot)
            ):
                return model.browse(record.id)
        return model.browse()


class NshiftWebhookOutbox(models.AbstractModel):
    """Messages for trying a webhook: a part of the outbox."""

    _inherit = "nshift.webhook.outbox"

    @api.model
    def _build_test(self, webhook, type_, record):
        """Return the TestMessage on a record's present state.

        :param webhook: ``nshift.webhook``
        :param type_: one of the webhook's types
        :param record: the user's choice, which the user may read
        :raises UserError: there is no such message on the record
        """
        clean = self.with_env(clean_env(self.env.cr))
        clean.env.flush_all()
        record = record.with_env(clean.env)

        def build(record):
            snapshot = record._nshift_webhook_snapshot(with_payload=True)
            if not snapshot or snapshot.subject != type_._subject():
                return {}
            change = Change(record.id, None, snapshot)
            data = record._nshift_webhook_data(type_.code, change) | {"test": True}
            data = versions.data_of(webhook.api_version, type_.code, data)
            return {
                "data": encode_data(data),
                "name": snapshot.name,
                "obstacles": webhook.with_env(clean.env)._obstacles(record, snapshot),
            }

        built = clean._built(build, record)
        self._check_test(webhook, type_, record, built)
        message_id = new_message_id()
        # no change of the record has this number
        body = envelope.encode(
            message_id,
            type_.code,
            self.env.cr.now(),
            webhook.api_version,
            built["data"],
            0,
        )
        return TestMessage(
            message_id,
            self._thin(body) if webhook.thin_messages else body,
            built["name"],
            record.company_id,
            built["obstacles"],
        )

    def _check_test(self, webhook, type_, record, built):
        """Refuse messages that are not to be sent as a test.

        :param dict built: from :meth:`_built`
        :raises UserError: the message cannot be built or is too large, or the record is
            of another type or company
        """
        if error := built.get("error"):
            raise UserError(
                self.env._(
                    "The message on “%(name)s” cannot be built: %(error)s. Show this "
                    "to whoever looks after your Odoo; the log tells more.",
                    name=record.display_name,
                    error=error,
                )
            )
        if not built:
            raise UserError(
                self.env._(
                    "“%(type)s” does not tell of “%(name)s”: choose another one.",
                    type=type_.name,
                    name=record.display_name,
                )
            )
        if "company" in built["obstacles"]:
            raise UserError(
                self.env._(
                    "“%(name)s” belongs to another company than the webhook: choose "
                    "one of %(company)s.",
                    name=built["name"],
                    company=webhook.company_id.name,
                )
            )
        if is_too_large(built["data"]):
            raise UserError(
                self.env._(
                    "The message on “%(name)s” is too large: it has %(size)s, and may "
                    "have 5 MB. Choose another one.",
                    name=built["name"],
                    size=self._size_text(built["data"]),
                )
            )
