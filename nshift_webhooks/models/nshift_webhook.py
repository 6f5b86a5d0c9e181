import logging
from collections import defaultdict

from odoo import api, fields, models, tools
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import SQL

from ..capture.subscription import Audience, Subscription
from ..delivery.guard import Guard
from ..delivery.health import Health
from ..delivery.url import UrlError, check_address, check_url, host_of
from ..transaction import harmless, savepoint

_logger = logging.getLogger(__name__)

EVENTS = [
    ("order.created", "Order created"),
    ("order.updated", "Order updated"),
    ("order.deleted", "Order deleted"),
    ("shipment.created", "Shipment created"),
    ("order.confirmed", "Order confirmed"),
    ("order.cancelled", "Order cancelled"),
    ("shipment.updated", "Shipment updated"),
    ("shipment.done", "Shipment done"),
    ("shipment.cancelled", "Shipment cancelled"),
]

#: What is known of an endpoint that nothing is known of.
HEALTHY = {
    "failures_in_a_row": 0,
    "pauses_in_a_row": 0,
    "paused_until": False,
    "failing_since": False,
}
DISABLED_ACTIVITY = "mail.mail_activity_data_todo"
ENABLED = {"disabled_reason": False, "disabled_at": False}


class NshiftWebhook(models.Model):
    """An endpoint, and what it wants to be told."""

    _name = "nshift.webhook"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _description = "Webhook"
    _order = "name, id"

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True, tracking=True)
    url = fields.Char(
        "URL",
        required=True,
        tracking=True,
        help="HTTPS address of the system that is to be told.",
    )
    event = fields.Selection(EVENTS, required=True, tracking=True)
    sale_channel_ids = fields.Many2many(
        "sale.channel",
        string="Order channels",
        tracking=True,
        # a webhook that lost its only channel would be told of all orders
        ondelete="restrict",
        help="Only orders of these channels. None selected: all orders, "
        "those without a channel included.",
    )
    company_id = fields.Many2one(
        "res.company",
        ondelete="cascade",
        tracking=True,
        default=lambda self: (
            False if self._may_hear_of_all_companies() else self.env.company
        ),
        help="Only orders and shipments of this company. Empty: of all companies.",
    )
    header_ids = fields.One2many(
        "nshift.webhook.header",
        "webhook_id",
        string="Headers",
        groups="nshift_webhooks.group_webhook_manager",
    )
    wipe_messages = fields.Boolean(
        "Wipe messages after delivery",
        tracking=True,
        help="What was sent, and what the endpoint answered, is kept only until it has "
        "been delivered. The log still shows when, and what it was about.",
    )
    parallel_requests = fields.Integer(
        "Requests at a time",
        required=True,
        default=4,
        tracking=True,
        help="How many messages may be on their way to the endpoint at once.",
    )
    ordering = fields.Selection(
        [
            ("record", "One after the other, for each order or shipment"),
            ("latest", "Latest state only, for each order or shipment"),
            ("none", "In any order, as fast as possible"),
        ],
        "Order of messages",
        required=True,
        default="record",
        tracking=True,
        help="Latest state only: an update that has not been received is replaced by "
        "a later one of the same order or shipment.",
    )
    failures_in_a_row = fields.Integer(
        "Failures in a row", readonly=True, required=True, default=0, copy=False
    )
    pauses_in_a_row = fields.Integer(
        "Pauses in a row", readonly=True, required=True, default=0, copy=False
    )
    paused_until = fields.Datetime(
        readonly=True,
        copy=False,
        help="The endpoint has failed several times, or asked to be left alone.",
    )
    failing_since = fields.Datetime(readonly=True, copy=False)
    disabled_reason = fields.Selection(
        [
            ("gone", "The endpoint says that it is gone for good"),
            ("failing", "The endpoint has failed for five days"),
        ],
        readonly=True,
        copy=False,
    )
    disabled_at = fields.Datetime(readonly=True, copy=False)
    user_id = fields.Many2one(
        "res.users",
        "Responsible",
        default=lambda self: self.env.user,
        copy=False,
        domain=[("share", "=", False)],
        tracking=True,
        help="Who is told when the endpoint is given up.",
    )
    internal_address = fields.Char(
        readonly=True,
        copy=False,
        help="The latest connection went there: an address that is not public, but "
        "that a system administrator has allowed.",
    )
    is_internal = fields.Boolean("Leads inside", compute="_compute_is_internal")
    is_paused = fields.Boolean("Paused", compute="_compute_is_paused")
    event_ids = fields.One2many("nshift.webhook.event", "webhook_id", string="Events")
    event_count = fields.Integer("Number of events", compute="_compute_event_count")
    waiting_count = fields.Integer(
        "Number of waiting events", compute="_compute_waiting_count"
    )
    channel_names = fields.Char("Channels", compute="_compute_channel_names")
    last_delivery_at = fields.Datetime(
        "Last delivery", compute="_compute_last_delivery"
    )
    last_delivery = fields.Selection(
        [("delivered", "Delivered"), ("failed", "Failed")],
        string="Outcome",
        compute="_compute_last_delivery",
    )

    _parallel_requests_range = models.Constraint(
        "CHECK (parallel_requests BETWEEN 1 AND 16)",
        "Requests at a time: choose a number from 1 to 16.",
    )

    @api.depends("paused_until")
    def _compute_is_paused(self):
        now = fields.Datetime.now()
        for webhook in self:
            webhook.is_paused = webhook.paused_until and webhook.paused_until > now

    @api.depends("url", "internal_address")
    def _compute_is_internal(self):
        guard = self.env["ir.config_parameter"]._nshift_webhooks_guard()
        for webhook in self:
            webhook.is_internal = webhook.internal_address or webhook._is_exception(
                guard
            )

    def _is_exception(self, guard):
        """Tell whether the URL's host is one that is only allowed as an exception."""
        try:
            host = host_of(self.url or "")
        except UrlError:
            return False
        return guard.expects(host) or not Guard().allows_literal(host)

    @api.depends("event_ids")
    def _compute_event_count(self):
        counts = self._count_events()
        for webhook in self:
            webhook.event_count = counts.get(webhook, 0)

    @api.depends("event_ids.state")
    def _compute_waiting_count(self):
        counts = self._count_events([("state", "=", "pending")])
        for webhook in self:
            webhook.waiting_count = counts.get(webhook, 0)

    def _count_events(self, domain=()):
        """Return the numbers of events by webhook, without those that have none."""
        return dict(
            self.env["nshift.webhook.event"]._read_group(
                [("webhook_id", "in", self.ids), *domain], ["webhook_id"], ["__count"]
            )
        )

    @api.depends("sale_channel_ids.name")
    def _compute_channel_names(self):
        for webhook in self:
            channels = webhook.sale_channel_ids.mapped("name")
            webhook.channel_names = ", ".join(channels) or self.env._(
                "All order channels"
            )

    @api.depends("event_ids.last_attempt_at", "event_ids.failure")
    def _compute_last_delivery(self):
        self.env["nshift.webhook.event"].flush_model(
            ["webhook_id", "last_attempt_at", "failure"]
        )
        last = {
            webhook_id: (attempted_at, "failed" if failure else "delivered")
            for webhook_id, attempted_at, failure in self.env.execute_query(
                SQL(
                    """
                    SELECT webhook.id, event.last_attempt_at, event.failure
                      FROM unnest(%s::int[]) AS webhook (id)
                      JOIN LATERAL (
                        SELECT last_attempt_at, failure
                          FROM nshift_webhook_event
                         WHERE webhook_id = webhook.id AND last_attempt_at IS NOT NULL
                         ORDER BY last_attempt_at DESC
                         LIMIT 1
                      ) AS event ON TRUE
                    """,
                    self.ids,
                )
            )
        }
        for webhook in self:
            attempted_at, outcome = last.get(webhook.id, (False, False))
            webhook.last_delivery_at = attempted_at
            webhook.last_delivery = outcome

    @api.constrains("url")
    def _check_url(self):
        guard = self.env["ir.config_parameter"]._nshift_webhooks_guard()
        for webhook in self:
            try:
                check_url(webhook.url)
                check_address(webhook.url, guard)
            except UrlError as error:
                raise ValidationError(webhook._url_fault(error.fault)) from error

    def _url_fault(self, fault):
        """Say in the user's language what is wrong with this webhook's URL."""
        faults = {
            "space": self.env._(
                "The URL “%(url)s” contains a space or an invisible character: "
                "remove it, or write a space as %%20.",
                url=self.url,
            ),
            "scheme": self.env._(
                "The URL “%(url)s” does not start with https://: webhooks are only "
                "sent encrypted, so give the HTTPS address of the endpoint.",
                url=self.url,
            ),
            "credentials": self.env._(
                "The URL contains a user name or a password before “@”: everyone who "
                "may see this webhook could read it. Remove it; the endpoint can "
                "verify the signature instead."
            ),
            "length": self.env._(
                "The URL is too long: many servers take no more than 2000 characters."
            ),
            "fragment": self.env._(
                "The URL “%(url)s” contains “#”: what follows it is for browsers and "
                "never sent. Remove it, or write a “#” that is meant as %%23.",
                url=self.url,
            ),
            "host": self.env._(
                "The URL “%(url)s” names no host that can be looked up: it must look "
                "like https://example.com/path.",
                url=self.url,
            ),
            "address": self.env._(
                "The URL “%(url)s” leads inside: its address is not public. If it is a "
                "system of your own, a system administrator can allow it with the "
                "system parameter nshift_webhooks.internal_hosts, such as "
                "erp.internal, 10.1.0.0/16.",
                url=self.url,
            ),
            "port": self.env._(
                "The URL “%(url)s” has an impossible port: it must be a number from "
                "1 to 65535.",
                url=self.url,
            ),
        }
        return faults[fault]

    @api.model_create_multi
    def create(self, vals_list):
        webhooks = super().create(vals_list)
        webhooks._check_reach()
        self._subscriptions_changed()
        return webhooks

    def write(self, vals):
        self._check_reach()
        # what has been waiting may now get through
        retried = vals.get("active") or "url" in vals
        if retried:
            vals = vals | HEALTHY
        if "url" in vals:
            vals = vals | {"internal_address": False}
        if vals.get("active"):
            vals = vals | ENABLED
            self.filtered("disabled_reason")._close_activities()
        result = super().write(vals)
        if "company_id" in vals:
            self._check_reach()
        self._subscriptions_changed()
        if vals.get("wipe_messages"):
            self.env["nshift.webhook.event"]._wipe_delivered(self)
        if retried:
            self._try_again()
        return result

    def unlink(self):
        self._check_reach()
        for webhook in self:
            # its chatter goes with it
            _logger.info("%s deletes %s and its events", self.env.user.login, webhook)
        result = super().unlink()
        self._subscriptions_changed()
        return result

    def _check_reach(self):
        """Refuse who would have orders told that they may not see themselves.

        :raises AccessError: the user does not belong to each company that is told of
        """
        if self.env.su:
            return
        if self.company_id - self.env.user.company_ids:
            raise AccessError(
                self.env._(
                    "You do not belong to the company whose orders the webhook is for."
                )
            )
        if (
            not all(webhook.company_id for webhook in self)
            and not self._may_hear_of_all_companies()
        ):
            raise AccessError(
                self.env._(
                    "A webhook for all companies can be managed only by who belongs to "
                    "all of them: choose one of your companies."
                )
            )

    @api.model
    def _may_hear_of_all_companies(self):
        # who may give themselves any company, too
        if self.env.su or self.env.user.has_group("base.group_system"):
            return True
        # all there are, whichever the user may see
        count = self.env["res.company"].sudo().search_count([])
        return len(self.env.user.company_ids) == count

    def copy_data(self, default=None):
        return [
            dict(vals, name=self.env._("%(name)s (copy)", name=webhook.name))
            if "name" not in (default or {})
            else vals
            for webhook, vals in zip(self, super().copy_data(default), strict=True)
        ]

    @api.model
    @tools.ormcache()
    def _subscriptions(self):
        """Return the active webhooks as capture needs them.

        :return: dict of Audience by subject, such as ``order``
        """
        subscriptions = defaultdict(lambda: defaultdict(list))
        # capture works for everybody, whatever they may see of webhooks
        for webhook in self.sudo().search([("active", "=", True)]):
            subject = webhook.event.partition(".")[0]
            subscriptions[subject][webhook.event].append(
                Subscription(
                    webhook.id,
                    webhook.company_id.id or None,
                    frozenset(webhook.sale_channel_ids.ids),
                )
            )
        return {
            subject: Audience(dict(events)) for subject, events in subscriptions.items()
        }

    def _subscriptions_changed(self):
        clear = self.env.registry.clear_cache
        clear()
        # another thread may have read the old state until this one is committed
        self.env.cr.postcommit.add(clear)

    def _record_health(self, answers):
        """Write down what answers tell of the endpoint.

        :param answers: each Answer of the sender, in the order they came
        :return: whether the endpoint is to be left alone for now
        """
        self.ensure_one()
        # in SQL, as what capture knows of webhooks need not be read anew for it
        cr = self.env.cr
        cr.execute(
            "SELECT failures_in_a_row, pauses_in_a_row, paused_until, failing_since, "
            "internal_address FROM nshift_webhook WHERE id = %s FOR NO KEY UPDATE",
            (self.id,),
        )
        if not (row := cr.fetchone()):
            return False
        now = fields.Datetime.now()
        *health, known_address = row
        before = Health(*health)
        after = before.after(answers, now)
        if after != before:
            cr.execute(
                "UPDATE nshift_webhook SET failures_in_a_row = %s, pauses_in_a_row = "
                "%s, paused_until = %s, failing_since = %s WHERE id = %s",
                (*after, self.id),
            )
            self.invalidate_recordset(list(HEALTHY), flush=False)
        [*_others, address] = [known_address] + [
            answer.inside for answer in answers if answer.inside
        ]
        if address != known_address:
            cr.execute(
                "UPDATE nshift_webhook SET internal_address = %s WHERE id = %s",
                (address, self.id),
            )
            self.invalidate_recordset(["internal_address", "is_internal"], flush=False)
        if before.pauses and not after.pauses:
            self.env["nshift.webhook.event"]._try_unreachable_again(self)
        reason = after.verdict(answers, now)
        if reason and self.active:
            self._disable(reason)
            return True
        return after.is_paused(now)

    def _disable(self, reason):
        """Give the endpoint up, and say so.

        :param str reason: a value of ``disabled_reason``
        """
        # what changes is told below, or not at all
        self.with_context(tracking_disable=True).write(
            {
                "active": False,
                "disabled_reason": reason,
                "disabled_at": fields.Datetime.now(),
            }
        )
        # at once, and not when the job is done: what this thread does, others see only
        # when it is signalled by it
        self.env.cr.postcommit.add(self.env.registry.signal_changes)
        # what the endpoint has answered is recorded, whether or not this can be said
        with (
            harmless("Nobody is told that %s is disabled", self),
            savepoint(self.env.cr),
        ):
            self._tell_of_disabling()
            self.env.flush_all()

    def _tell_of_disabling(self):
        user = self.user_id
        if not user.active:
            manager = self.env.ref("nshift_webhooks.group_webhook_manager")
            user = manager.all_user_ids.filtered("active")[:1]
        webhook = self.with_context(lang=user.lang)
        note = webhook.env._(
            "The webhook is disabled: nothing is sent any more, and what has happened "
            "up to now waits. %(reason)s. When its operator has mended it, or has told "
            "you another URL, enable the webhook again.",
            reason=dict(
                webhook._fields["disabled_reason"]._description_selection(webhook.env)
            )[self.disabled_reason],
        )
        webhook.message_post(body=note)
        webhook.activity_schedule(
            DISABLED_ACTIVITY,
            summary=webhook.env._("Webhook disabled"),
            note=note,
            user_id=user.id,
        )

    def _close_activities(self):
        self.activity_feedback([DISABLED_ACTIVITY])

    def action_enable(self):
        """Enable the webhook; where something waits, ask what becomes of it."""
        self.ensure_one()
        if not self.waiting_count:
            self.active = True
            return None
        return self._open_dialog(
            "nshift.webhook.enable",
            self.env._("Enable “%(name)s”", name=self.name),
        )

    def _open_dialog(self, model, title):
        """Return the action that opens a wizard for this webhook.

        :param str model: the wizard's, which has a ``webhook_id``
        """
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": model,
            "view_mode": "form",
            "target": "new",
            "context": {"default_webhook_id": self.id},
        }

    def action_try_now(self):
        """Make the next attempts at once, though the endpoint failed before."""
        self.write(HEALTHY)
        self._try_again()

    def _try_again(self):
        self.env["nshift.webhook.event"]._try_unreachable_again(self)
        self.env["nshift.webhook.delivery"]._wake_up()

    def action_view_events(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "nshift_webhooks.nshift_webhook_event_action"
        )
        return action | {
            "display_name": self.env._("Events of “%(name)s”", name=self.name),
            "domain": [("webhook_id", "=", self.id)],
            "context": {"search_default_webhook_id": False},
        }

    def action_edit(self):
        return self.get_formview_action()

    def action_delete(self):
        """Delete the webhooks and go back to the list."""
        self.unlink()
        return self.env["ir.actions.act_window"]._for_xml_id(
            "nshift_webhooks.nshift_webhook_action"
        ) | {"target": "main"}
