from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

STATUSES = [
    ("working", "Working"),
    ("failing", "Failing"),
    ("paused", "Paused"),
    ("stopped", "Stopped"),
    ("idle", "No event types"),
]
#: The statuses in which waiting messages are sent.
SENDING = ("working", "failing", "idle")


def one_of(to_sql, values):
    """Return the Domain of the records for which an SQL expression has certain values.

    :param to_sql: function of a model and the alias of its table that returns the
        expression
    :param values: texts, or False for NULL
    """
    values = set(values)
    wanted = list(values - {False})

    def condition(model, alias, _query):
        value = to_sql(model, alias)
        condition = SQL("%s = ANY(%s)", value, wanted)
        if False in values:
            condition = SQL("%s OR %s IS NULL", condition, value)
        return SQL("COALESCE(%s, FALSE)", condition)

    return Domain.custom(to_sql=condition)


class NshiftWebhook(models.Model):
    """A webhook's status: paused by a person, stopped by the addon, or sending.

    Events of paused and stopped webhooks are recorded, and wait. An archived webhook,
    for which nothing is recorded, has no status. A webhook whose types have gone with
    another addon is idle: it gets no new events.
    """

    _inherit = "nshift.webhook"

    status = fields.Selection(
        STATUSES, compute="_compute_status", search="_search_status"
    )

    @api.depends("active", "paused_at", "stopped_at", "failing_since", "type_ids")
    def _compute_status(self):
        for webhook in self:
            webhook.status = webhook.active and (
                (webhook.stopped_at and "stopped")
                or (webhook.paused_at and "paused")
                or (webhook.failing_since and "failing")
                or ("working" if webhook.type_ids else "idle")
            )

    @api.model
    def _search_status(self, operator, value):
        if operator != "in":
            return NotImplemented
        return one_of(type(self)._status_sql, value)

    def _field_to_sql(self, alias, field_expr, query=None):
        if field_expr != "status":
            return super()._field_to_sql(alias, field_expr, query)
        self._check_field_access(self._fields["status"], "read")
        return self._status_sql(alias)

    def _status_sql(self, alias):
        """Return the status in SQL, the same as :meth:`_compute_status`."""
        return SQL(
            """(
            SELECT CASE WHEN stopped_at IS NOT NULL THEN 'stopped'
                        WHEN paused_at IS NOT NULL THEN 'paused'
                        WHEN failing_since IS NOT NULL THEN 'failing'
                        WHEN EXISTS (%s) THEN 'working'
                        ELSE 'idle' END
              FROM nshift_webhook_health
             WHERE webhook_id = %s AND %s
            )""",
            SQL(
                """
                SELECT FROM nshift_webhook_type_rel AS chosen
                  JOIN nshift_webhook_type AS type ON type.id = chosen.type_id
                 WHERE chosen.webhook_id = %s AND type.active
                """,
                SQL.identifier(alias, "id"),
            ),
            SQL.identifier(alias, "id"),
            SQL.identifier(alias, "active", to_flush=self._fields["active"]),
        )

    def _silent(self):
        """Return the webhooks for which nothing is sent for now."""
        return self.filtered(lambda webhook: webhook.status not in SENDING)

    def _silence(self):
        """Tell the user that nothing is sent for these webhooks, and the remedy."""
        return self.env._(
            "Nothing is sent for %s until the webhook is enabled. What has happened "
            "waits.",
            self[:10]._quoted_names(),
        )

    def action_pause(self):
        """Pause webhooks: events are recorded, but not sent until they are enabled.

        A request under way may still arrive.

        :raises AccessError: the user may not change the webhooks
        """
        self.check_access("write")
        self._check_reach()
        webhooks = self - self._silent()
        webhooks._write_health(paused_at=fields.Datetime.now())
        for webhook in webhooks:
            webhook._note("paused")

    def action_enable(self):
        """Enable a paused or stopped webhook; if messages wait, open a dialog first.

        :raises AccessError: the user may not change the webhook
        """
        self.ensure_one()
        self.check_access("write")
        self._check_reach()
        if not self._count_waiting():
            self._enable()
            return None
        return self._open_dialog(
            "nshift.webhook.enable",
            self.env._("Enable “%(name)s”", name=self.name),
        )

    def _count_waiting(self):
        """Return the number of waiting events, of all companies."""
        # sudo: a manager of a webhook for all companies belongs to all of them, and
        # enables it for all, whichever are selected at the moment
        return self.env["nshift.webhook.event"].sudo()._count_pending(self)

    def _enable(self, drop=False):
        """Send messages again, and treat the endpoint as unknown.

        :param bool drop: whether to give up the waiting messages
        :raises UserError: the webhook is neither paused nor stopped
        """
        self.ensure_one()
        if not (self.paused_at or self.stopped_at):
            raise UserError(
                self.env._("“%s” is neither paused nor stopped any more.", self.name)
            )
        count = self._count_waiting()
        said = None
        if drop:
            self.env["nshift.webhook.event"].sudo()._drop_waiting(self)
            said = self.env._("Waiting messages that were dropped: %s", count)
        elif count:
            said = self.env._("Waiting messages that are sent: %s", count)
        if self.stopped_at:
            self._close_stopped()
        self._write_health(paused_at=None, stopped_at=None, stopped_reason=None)
        self._note("enabled", new=said)
        self._forget_failures()
