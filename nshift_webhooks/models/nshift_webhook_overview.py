from odoo import api, fields, models
from odoo.tools import SQL, format_datetime

from ..delivery.url import UrlError, host_of
from ..labels import labels
from ..writing import number
from .nshift_webhook_status import one_of

HEALTHS = [
    ("stopped", "Stopped"),
    ("failing", "Failing"),
    ("untold", "Told nothing"),
    ("paused", "Paused"),
    ("lossy", "Messages given up"),
    ("late", "Not sent in time"),
    ("working", "Working"),
    ("archived", "Archived"),
]
#: The order in the overview, trouble first. ``late`` and ``working`` share a place:
#: late messages are the matter of all webhooks.
URGENCY = {
    "stopped": 1,
    "failing": 2,
    "untold": 3,
    "paused": 4,
    "lossy": 5,
    "late": 6,
    "working": 6,
    "archived": 7,
}


class NshiftWebhook(models.Model):
    """A webhook's health in words: one judgement for the overview, the list and the
    form.
    """

    _inherit = "nshift.webhook"

    host = fields.Char("Receiving system", compute="_compute_host")
    health = fields.Selection(
        HEALTHS, compute="_compute_health_text", search="_search_health"
    )
    health_text = fields.Char("What is the matter", compute="_compute_health_text")
    given_up_count = fields.Integer(
        "Given up in the last 7 days", compute="_compute_health_text"
    )
    urgency = fields.Integer(compute="_compute_urgency")

    @api.depends("url")
    def _compute_host(self):
        for webhook in self:
            try:
                webhook.host = host_of(webhook.url or "")
            except UrlError:
                webhook.host = webhook.url

    @api.depends("status", "condition_error")
    @api.depends_context("lang", "tz", "uid", "allowed_company_ids")
    def _compute_health_text(self):
        given_up_counts = self._count_given_up()
        delay = self._delay()
        for webhook in self:
            given_up = given_up_counts.get(webhook.id, 0)
            webhook.given_up_count = given_up
            webhook.health = webhook._health(given_up, delay)
            webhook.health_text = webhook._health_text(given_up, delay)

    @api.depends("health")
    def _compute_urgency(self):
        for webhook in self:
            webhook.urgency = URGENCY.get(webhook.health)

    def _health(self, given_up, delay):
        """Return a value of ``health``, the same as :meth:`_health_sql`.

        :param int given_up: number of messages given up in the last seven days
        :param delay: why nothing is sent in time; False if messages are in time
        """
        if not self.active:
            return "archived"
        if self.status in ("stopped", "failing"):
            return self.status
        if self.status == "idle" or self.condition_error:
            return "untold"
        if self.status == "paused":
            return "paused"
        if given_up:
            return "lossy"
        return "late" if delay else "working"

    def _health_text(self, given_up, delay):
        """Explain the health in the user's language; False if no words are needed.

        The parameters are those of :meth:`_health`.
        """
        match self.health:
            case "archived":
                return self.env._("Nothing is recorded, and nothing is sent.")
            case "stopped":
                return self.env._(
                    "Since %(time)s: %(reason)s. Messages are recorded but not sent.",
                    time=self._moment(self.stopped_at),
                    reason=labels(self, "stopped_reason").get(self.stopped_reason),
                )
            case "failing":
                return self._failing_text()
            case "untold":
                return self.condition_error or self.env._(
                    "Its event types have gone with the addon that they came with."
                )
            case "paused":
                return self.env._(
                    "Since %(time)s. Messages are recorded but not sent.",
                    time=self._moment(self.paused_at),
                )
            case "lossy":
                return self.env._(
                    "Given up in the last 7 days: %s. The log says why.",
                    number(self.env, given_up),
                )
            case "late":
                return delay
            case _ if self.is_backing_off:
                return self.env._(
                    "The receiving system has asked for a pause until %(time)s.",
                    time=self._moment(self.backoff_until),
                )
        return False

    def _failing_text(self):
        text = self.env._(
            "Since %(time)s: %(failure)s.",
            time=self._moment(self.failing_since),
            failure=self.last_failure or self.env._("no answer that counts"),
        )
        if not self.is_backing_off:
            return text
        next_try = self.env._("Next try at %s.", self._moment(self.backoff_until))
        return f"{text} {next_try}"

    def _count_given_up(self):
        """Return the number of messages given up in the last seven days, by webhook."""
        rows = self.env.execute_query(
            SQL(
                "SELECT webhook_id, sum(given_up) FROM nshift_webhook_hour "
                "WHERE webhook_id = ANY(%s) AND hour >= %s AND given_up > 0 "
                "GROUP BY webhook_id",
                self.ids,
                self._midnights()[0],
            )
        )
        return dict(rows)

    @api.model
    def _delay(self):
        """Return why nothing is sent in time at present: see :meth:`_delay_text`."""
        # sudo: users who may see webhooks may know why messages are late
        return self._delay_text(self.env["nshift.webhook.overdue"].sudo()._reasons())

    @api.model
    def _delay_text(self, reasons):
        """Return why nothing is sent in time, for whichever webhook; False if in time.

        :param reasons: codes, from ``_reasons`` of ``nshift.webhook.overdue``
        """
        # jobs are run in time, whether the scheduled action is or not
        match next((code for code in reasons if code != "schedule"), None):
            case None:
                return False
            case "copy":
                return self.env._("Nothing is sent from this database.")
            case "stuck":
                return self.env._("Messages are due and not sent: see above.")
        return self.env._("The job runner does not answer: see above.")

    def _moment(self, time):
        return format_datetime(self.env, time, tz=self.env.tz.zone, dt_format="short")

    @api.model
    def _search_health(self, operator, value):
        if operator != "in":
            return NotImplemented
        otherwise = self._working_or_late()
        return one_of(lambda model, alias: model._health_sql(alias, otherwise), value)

    def _field_to_sql(self, alias, field_expr, query=None):
        if field_expr not in ("health", "urgency"):
            return super()._field_to_sql(alias, field_expr, query)
        self._check_field_access(self._fields[field_expr], "read")
        if field_expr == "health":
            return self._health_sql(alias, self._working_or_late())
        # late and working share a place, so the delay need not be looked up
        health = self._health_sql(alias, "working")
        places = SQL(" ").join(
            SQL("WHEN %s THEN %s", name, place) for name, place in URGENCY.items()
        )
        return SQL("(CASE %s %s END)", health, places)

    @api.model
    def _working_or_late(self):
        return "late" if self._delay() else "working"

    def _health_sql(self, alias, otherwise):
        """Return the health of a webhook in SQL, the same as :meth:`_health`.

        :param str otherwise: the health of a webhook without trouble of its own
        """
        return SQL(
            """(
            SELECT CASE WHEN status IS NULL THEN 'archived'
                        WHEN status IN ('stopped', 'failing') THEN status
                        WHEN status = 'idle' OR %(id)s = ANY(%(faulty)s) THEN 'untold'
                        WHEN status = 'paused' THEN status
                        WHEN EXISTS (
                          SELECT FROM nshift_webhook_hour
                           WHERE webhook_id = %(id)s AND hour >= %(since)s
                             AND given_up > 0
                        ) THEN 'lossy'
                        ELSE %(otherwise)s END
              FROM (SELECT %(status)s AS status) AS known
            )""",
            id=SQL.identifier(alias, "id"),
            faulty=self._with_condition_error().ids,
            since=self._midnights()[0],
            otherwise=otherwise,
            status=self._status_sql(alias),
        )

    @api.model
    def _with_condition_error(self):
        """Return the webhooks whose conditions cannot be followed."""
        has_condition = [
            "|",
            ("order_domain", "!=", False),
            ("shipment_domain", "!=", False),
        ]
        # sudo: the ids of webhooks that the user may not see change no result
        webhooks = self.env["nshift.webhook"].sudo().search(has_condition)
        return webhooks.filtered("condition_error")
