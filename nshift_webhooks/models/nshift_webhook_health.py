from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..delivery.health import Health
from ..labels import labels
from .nshift_webhook_url import is_exception

#: The reasons for which the addon stops a webhook.
STOPPED_REASONS = [
    ("gone", "The receiving system says that this address is gone for good"),
    ("failing", "The receiving system has failed for five days"),
]
#: The fields that store a Health, in the order of its attributes, with the values for
#: an unknown endpoint.
HEALTHY = {
    "failures_in_a_row": 0,
    "backoffs_in_a_row": 0,
    "backoff_until": None,
    "failing_since": None,
    "unclear_in_a_row": 0,
    "doubted_at": None,
    "failed_at": None,
    "failed_days": 0,
    "failing_s": 0,
}
HEALTH_COLUMNS = SQL(", ").join(map(SQL.identifier, HEALTHY))


class NshiftWebhookHealth(models.Model):
    """The health of a webhook's endpoint, in a table that nobody may write.

    The table is separate from the webhooks', so that users who edit a webhook neither
    hold up the recording of answers nor wait for it.
    """

    _name = "nshift.webhook.health"
    _description = "Webhook health"
    _log_access = False

    webhook_id = fields.Many2one("nshift.webhook", required=True, ondelete="cascade")
    failures_in_a_row = fields.Integer(required=True, default=0)
    backoffs_in_a_row = fields.Integer(required=True, default=0)
    backoff_until = fields.Datetime()
    failing_since = fields.Datetime()
    unclear_in_a_row = fields.Integer(required=True, default=0)
    doubted_at = fields.Datetime()
    failed_at = fields.Datetime()
    failed_days = fields.Integer(required=True, default=0)
    failing_s = fields.Integer("Seconds of failure", required=True, default=0)
    stopped_reason = fields.Selection(STOPPED_REASONS)
    stopped_at = fields.Datetime()
    paused_at = fields.Datetime()
    internal_address = fields.Char()
    replaced_until = fields.Datetime()
    wipe_until = fields.Datetime()
    drop_up_to = fields.Integer()
    deleted_at = fields.Datetime()
    given_up_hour = fields.Datetime(
        help="Figures of earlier hours have been looked at for messages given up."
    )
    given_up_seen = fields.Integer(
        help="How many of the figures since that hour have been looked at."
    )

    _webhook_unique = models.UniqueIndex("(webhook_id)")


class NshiftWebhook(models.Model):
    """The health of a webhook's endpoint, and the stop of one that fails for days."""

    _inherit = "nshift.webhook"

    backoff_until = fields.Datetime(
        "Next try",
        compute="_compute_health",
        help="The receiving system has failed several times, or asked for a pause.",
    )
    failing_since = fields.Datetime(compute="_compute_health")
    stopped_reason = fields.Selection(STOPPED_REASONS, compute="_compute_health")
    stopped_at = fields.Datetime(compute="_compute_health")
    paused_at = fields.Datetime(compute="_compute_health")
    replaced_until = fields.Datetime(
        compute="_compute_health",
        help="Until then messages are signed with the secret before this one, too.",
    )
    internal_address = fields.Char(
        compute="_compute_health",
        groups="base.group_system",
        help="The latest connection went there: an address that is not public, but "
        "that a system administrator has allowed.",
    )
    is_internal = fields.Boolean("Leads inside", compute="_compute_is_internal")
    is_backing_off = fields.Boolean("Left alone", compute="_compute_is_backing_off")

    def _compute_health(self):
        names = [
            name
            for name, field in self._fields.items()
            if field.compute == "_compute_health"
        ]
        known = {id_: health for id_, *health in self._read_health(names)}
        for webhook in self:
            values = known.get(webhook.id) or [None] * len(names)
            for name, value in zip(names, values, strict=True):
                webhook[name] = value or False

    def _read_health(self, names):
        """Return a row for each webhook: its id, and the values of the named fields."""
        return self.env.execute_query(
            SQL(
                "SELECT webhook_id, %s FROM nshift_webhook_health "
                "WHERE webhook_id = ANY(%s)",
                SQL(", ").join(map(SQL.identifier, names)),
                self.ids,
            )
        )

    def _write_health(self, **values):
        """Set the health of these webhooks' endpoints.

        :param values: values by the names of fields of :class:`NshiftWebhookHealth`
        """
        # in SQL: the webhooks themselves do not change, and the rest of the cache stays
        self.env.cr.execute(
            SQL(
                "UPDATE nshift_webhook_health SET %s WHERE webhook_id = ANY(%s)",
                SQL(", ").join(
                    SQL("%s = %s", SQL.identifier(name), value)
                    for name, value in values.items()
                ),
                self.ids,
            )
        )
        shown = [name for name in values if name in self._fields]
        self.invalidate_recordset(
            [*shown, "is_backing_off", "is_internal", "status", "shows_first_steps"],
            flush=False,
        )

    @api.depends("backoff_until")
    def _compute_is_backing_off(self):
        """Compute whether a next try is planned; a copied database never tries."""
        now = fields.Datetime.now()
        is_here = self.env["nshift.webhook.home"]._is_here()
        for webhook in self:
            webhook.is_backing_off = (
                is_here and webhook.backoff_until and webhook.backoff_until > now
            )

    @api.depends("url")
    def _compute_is_internal(self):
        guard = self.env["ir.config_parameter"]._nshift_webhooks_guard()
        addresses = dict(self._read_health(["internal_address"]))
        for webhook in self:
            webhook.is_internal = webhook._is_exception(
                guard, addresses.get(webhook.id)
            )

    def _is_exception(self, guard, address):
        """Tell whether messages go to a host that is allowed only as an exception.

        :param Guard guard: knows the exceptions
        :param str address: the internal address of the latest connection, if it had one
        """
        return is_exception(self.url, guard, address)

    def _record_health(self, answers, put_off=timedelta(0)):
        """Update the endpoint's health with answers.

        :param answers: the sender's Answers, in the order in which they came
        :param timedelta put_off: how long these attempts had been put off, at the most
        :return: whether to leave the endpoint alone for now
        """
        self.ensure_one()
        cr = self.env.cr
        cr.execute(
            SQL(
                "SELECT %s, internal_address FROM nshift_webhook_health "
                "WHERE webhook_id = %s FOR NO KEY UPDATE",
                HEALTH_COLUMNS,
                self.id,
            )
        )
        if not (row := cr.fetchone()):
            return False
        now = fields.Datetime.now()
        *health, known_address = row
        before = Health(*health)
        after = before.after(answers, now, put_off)
        if after != before:
            self._write_health(**dict(zip(HEALTHY, after, strict=True)))
        [*_others, address] = [known_address] + [
            answer.inside for answer in answers if answer.inside and not answer.failure
        ]
        if address != known_address:
            self._write_health(internal_address=address)
        if before.backoffs and not after.backoffs:
            self.env["nshift.webhook.event"]._try_unreachable_again(self)
        reason = after.stop_reason(answers)
        if reason and self.active and not self.stopped_at:
            self._stop(reason)
            return True
        return after.is_backing_off(now)

    def _forget_failures(self):
        """Forget the endpoint's failures, and try it as an unknown endpoint."""
        self._write_health(**HEALTHY)
        self.env["nshift.webhook.event"]._try_unreachable_again(self)
        self.env["nshift.webhook.delivery"]._wake_up()

    def _stop(self, reason):
        """Stop sending to the endpoint. Events are still recorded.

        The scheduled action of each minute tells the people concerned.

        :param str reason: a value of ``stopped_reason``
        """
        self._write_health(stopped_reason=reason, stopped_at=fields.Datetime.now())
        self._note("stopped", new=labels(self, "stopped_reason").get(reason))

    def action_try_now(self):
        """Make the next attempts at once, though the endpoint failed before.

        :raises AccessError: the user may not change the webhook
        :raises UserError: a webhook is paused, stopped or archived
        """
        self.check_access("write")
        self._check_reach()
        if silent := self._silent():
            raise UserError(silent._silence())
        for webhook in self:
            webhook._note("tried")
        self._forget_failures()
