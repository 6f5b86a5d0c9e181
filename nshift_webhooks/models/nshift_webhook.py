import time
from collections import defaultdict
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..capture.subscription import Audience, Subscription
from ..delivery.sender import Endpoint, Sender
from ..delivery.signature import new_secret
from ..delivery.url import UrlError, check_url

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

#: Seconds after which a job makes room for others and queues its successor.
JOB_DURATION = 30

#: How late an event may be before its job is taken for lost.
OVERDUE = timedelta(minutes=5)


class NshiftWebhook(models.Model):
    """An endpoint, and what it wants to be told."""

    _name = "nshift.webhook"
    _description = "Webhook"
    _order = "name, id"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    url = fields.Char(
        "URL",
        required=True,
        help="HTTPS address of the system that is to be told.",
    )
    event = fields.Selection(EVENTS, required=True)
    sale_channel_ids = fields.Many2many(
        "sale.channel",
        string="Order channels",
        # a webhook that lost its only channel would be told of all orders
        ondelete="restrict",
        help="Only orders of these channels. None selected: all orders, "
        "those without a channel included.",
    )
    company_id = fields.Many2one(
        "res.company",
        ondelete="cascade",
        help="Only orders and shipments of this company. Empty: of all companies.",
    )
    secret = fields.Char(
        "Signing secret",
        required=True,
        copy=False,
        exportable=False,
        default=lambda self: new_secret(),
        groups="nshift_webhooks.group_webhook_manager",
        help="The receiving system verifies with it that a message comes from here "
        "and is unchanged.",
    )
    event_ids = fields.One2many("nshift.webhook.event", "webhook_id", string="Events")
    event_count = fields.Integer("Number of events", compute="_compute_event_count")
    channel_names = fields.Char("Channels", compute="_compute_channel_names")
    last_delivery_at = fields.Datetime(
        "Last delivery", compute="_compute_last_delivery"
    )
    last_delivery = fields.Selection(
        [("delivered", "Delivered"), ("failed", "Failed")],
        string="Outcome",
        compute="_compute_last_delivery",
    )

    @api.depends("event_ids")
    def _compute_event_count(self):
        counts = dict(
            self.env["nshift.webhook.event"]._read_group(
                [("webhook_id", "in", self.ids)], ["webhook_id"], ["__count"]
            )
        )
        for webhook in self:
            webhook.event_count = counts.get(webhook, 0)

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
        for webhook in self:
            try:
                check_url(webhook.url)
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
            "host": self.env._(
                "The URL “%(url)s” names no host: it must look like "
                "https://example.com/path.",
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
        self._subscriptions_changed()
        return webhooks

    def write(self, vals):
        result = super().write(vals)
        self._subscriptions_changed()
        if vals.get("active") or "url" in vals:
            # what has been waiting may now get through
            for webhook in self.filtered("active"):
                webhook._wake_up()
        return result

    def unlink(self):
        result = super().unlink()
        self._subscriptions_changed()
        return result

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

    def _wake_up(self, eta=None):
        """Queue a job that delivers what is due.

        A job that another transaction has queued does not do instead: it may already
        have looked for the last time.

        :param datetime eta: when there will be something to do; None: now
        :return: the job
        """
        self.ensure_one()
        # the job works for the system, not for the user
        webhook = self.with_user(SUPERUSER_ID)
        return webhook.with_delay(
            eta=eta,
            # however often a worker has died over it
            max_retries=0,
            identity_key=eta and f"nshift_webhooks:{self.id}:{eta}",
            description=webhook._job_description(),
        )._deliver()

    # kept, to spare every transaction that changes an order a query
    @tools.ormcache("self.id")
    def _job_description(self):
        return self.env._("Deliver webhook “%(name)s”", name=self.name)

    @api.model
    def _wake_up_stranded(self):
        """Queue jobs for events that are overdue: their job was removed or failed.

        A safety net: every event comes with a job, and every job that leaves events
        waiting queues the next one.
        """
        overdue = self.env["nshift.webhook.event"]._read_group(
            [
                ("state", "=", "pending"),
                ("next_attempt_at", "<", fields.Datetime.now() - OVERDUE),
                ("webhook_id.active", "=", True),
            ],
            ["webhook_id"],
        )
        for [webhook] in overdue:
            webhook._wake_up()

    def _deliver(self):
        """Job: send what is due, one event after the other.

        Each event is claimed, sent and recorded in a transaction of its own, so that
        what was sent stays recorded whatever becomes of the job.
        """
        self.ensure_one()
        end = time.monotonic() + JOB_DURATION
        with Sender() as sender:
            while time.monotonic() < end and self._deliver_next(sender):
                pass
        with self.env.registry.cursor() as cr:
            next_at = self.env(cr=cr)["nshift.webhook.event"]._next_due(self.id)
        if next_at:
            now = fields.Datetime.now()
            self._wake_up(eta=next_at if next_at > now else None)

    def _deliver_next(self, sender):
        """Make an attempt for the first event that is due.

        :return: whether to go on: there was one, and it did not time out, which takes
            so long that other webhooks get their turn first
        """
        with self.env.registry.cursor() as cr:
            event = self.env(cr=cr)["nshift.webhook.event"]._claim(self.id)
            if event:
                webhook = event.webhook_id
                endpoint = Endpoint(webhook.url, webhook.secret)
                event._record(sender.send(endpoint, event._message()))
            return bool(event) and event.failure != "timeout"

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
