from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..capture.subscription import Subscription
from ..writing import quoted

LONGEST_NAME = 200
#: How many event types a list or a card names.
MOST_TYPES_NAMED = 2
MOST_REQUESTS = 16
LONGEST_REQUEST_S = 30
LOWEST_RATE = 0.1
HIGHEST_RATE = 1000


class NshiftWebhook(models.Model):
    """An endpoint, and the events that it wants.

    The settings that people make are here; the addon's knowledge of the endpoint is in
    ``nshift.webhook.health``, and secrets are in ``nshift.webhook.vault``.
    """

    _name = "nshift.webhook"
    _inherit = [
        "nshift.webhook.input",
        "nshift.webhook.export",
        "nshift.webhook.named",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _description = "Webhook"
    _order = "name, id"

    _nshift_webhook_longest = {"name": LONGEST_NAME}

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    url = fields.Char(
        "URL",
        required=True,
        help="HTTPS address of the system that is to be told.",
    )
    type_ids = fields.Many2many(
        "nshift.webhook.type",
        "nshift_webhook_type_rel",
        "webhook_id",
        "type_id",
        string="Event types",
        required=True,
        help="What the receiving system is told.",
    )
    type_summary = fields.Char("Events", compute="_compute_type_summary")
    type_sentences = fields.Text(
        "When they are told", compute="_compute_type_sentences"
    )
    sale_channel_ids = fields.Many2many(
        "sale.channel",
        string="Order channels",
        # a webhook whose only channel is gone would follow all orders; so would a
        # webhook whose only channel is archived and not read
        ondelete="restrict",
        context={"active_test": False},
        help="Only orders of these channels. None selected: all orders, "
        "those without a channel included.",
    )
    company_id = fields.Many2one(
        "res.company",
        ondelete="cascade",
        default=lambda self: self.env.company,
        help="Only orders and shipments of this company. Empty: of all companies, "
        "those included that will be made later.",
    )
    header_ids = fields.One2many(
        "nshift.webhook.header",
        "webhook_id",
        string="Headers",
        groups="nshift_webhooks.group_webhook_manager",
    )
    wipe_messages = fields.Boolean(
        "Wipe messages after delivery",
        help="Messages, and what the receiving system answered, are kept only until "
        "they have been received. The log still shows when, and what it was about.",
    )
    parallel_requests = fields.Integer(
        "Requests at a time",
        required=True,
        default=4,
        help="How many messages may be on their way to the receiving system at once.",
    )
    request_timeout = fields.Integer(
        "Seconds for a request",
        required=True,
        default=15,
        help="How long the receiving system may take to answer.",
    )
    requests_per_second = fields.Float(
        "Requests per second",
        help="How many messages may be sent in a second. 0: no limit.",
    )
    ordering = fields.Selection(
        [
            ("record", "One after the other, for each order or shipment"),
            ("latest", "Latest state only, for each order or shipment"),
            ("none", "In any order, as fast as possible"),
        ],
        "Sequence",
        required=True,
        default="record",
        help="Latest state only: an update that has not been received is replaced by "
        "a later one of the same order or shipment.",
    )
    user_id = fields.Many2one(
        "res.users",
        "Responsible",
        default=lambda self: self.env.user,
        copy=False,
        domain=lambda self: self._domain_of_responsible(),
        help="Is told of trouble, as the page Notifications says. If it is nobody, all "
        "managers of webhooks are told.",
    )
    audit_ids = fields.One2many(
        "nshift.webhook.audit", "webhook_id", string="Audit log", readonly=True
    )
    channel_names = fields.Char("Channels", compute="_compute_channel_names")

    _parallel_requests_range = models.Constraint(
        f"CHECK (parallel_requests BETWEEN 1 AND {MOST_REQUESTS})",
        "Requests at a time: choose a number from 1 to 16.",
    )
    _request_timeout_range = models.Constraint(
        f"CHECK (request_timeout BETWEEN 1 AND {LONGEST_REQUEST_S})",
        "Seconds for a request: choose a number from 1 to 30.",
    )
    _requests_per_second_range = models.Constraint(
        "CHECK (requests_per_second = 0 OR "
        f"requests_per_second BETWEEN {LOWEST_RATE} AND {HIGHEST_RATE})",
        "Requests per second: choose a number from 0.1 to 1000, or 0.",
    )

    @api.depends("sale_channel_ids.name")
    def _compute_channel_names(self):
        for webhook in self:
            channels = webhook.sale_channel_ids.mapped("name")
            webhook.channel_names = ", ".join(channels) or self.env._(
                "All order channels"
            )

    @api.depends("type_ids.name")
    @api.depends_context("lang")
    def _compute_type_summary(self):
        for webhook in self:
            names = webhook.type_ids.mapped("name")
            summary = ", ".join(names[:MOST_TYPES_NAMED])
            if others := len(names[MOST_TYPES_NAMED:]):
                summary = self.env._(
                    "%(names)s and %(count)s more", names=summary, count=others
                )
            webhook.type_summary = summary

    @api.depends("type_ids")
    @api.depends_context("lang")
    def _compute_type_sentences(self):
        for webhook in self:
            webhook.type_sentences = "\n".join(
                f"{type_.name}: {type_.description}" for type_ in webhook.type_ids
            )

    @api.constrains("type_ids")
    def _check_type_ids(self):
        for webhook in self:
            if not webhook.type_ids:
                raise ValidationError(
                    self.env._(
                        "“%s” would be told nothing: choose at least one event type.",
                        webhook.name,
                    )
                )

    def _check_value_of(self, field, value, kept):
        number = kept or 0
        if field.name == "parallel_requests" and not 1 <= number <= MOST_REQUESTS:
            raise ValidationError(
                self.env._(
                    "Requests at a time: choose a number from 1 to %s.", MOST_REQUESTS
                )
            )
        if field.name == "request_timeout" and not 1 <= number <= LONGEST_REQUEST_S:
            raise ValidationError(
                self.env._(
                    "Seconds for a request: choose a number from 1 to %s.",
                    LONGEST_REQUEST_S,
                )
            )
        if field.name == "requests_per_second" and not (
            number == 0 or LOWEST_RATE <= number <= HIGHEST_RATE
        ):
            raise ValidationError(
                self.env._(
                    "Requests per second: choose a number from %(lowest)s to "
                    "%(highest)s, or 0 for no limit.",
                    lowest=LOWEST_RATE,
                    highest=HIGHEST_RATE,
                )
            )
        return super()._check_value_of(field, value, kept)

    @api.model_create_multi
    def create(self, vals_list):
        webhooks = super().create(vals_list)
        # sudo: nobody has the right to write an endpoint's health
        own = self.with_env(self.env(su=True, context={}))
        own.env["nshift.webhook.health"].create(
            [{"webhook_id": webhook.id} for webhook in webhooks]
        )
        webhooks._make_keys()
        for webhook in webhooks:
            webhook._note("created", new=webhook._settings_text())
        self.env["nshift.webhook.interest"]._changed()
        return webhooks

    def write(self, vals):
        self.check_access("write")
        self._check_reach()
        self._check_not_being_deleted()
        if "url" in vals:
            self._leave(vals["url"])
        # waiting messages may get through now
        retried = self.filtered(
            lambda webhook: (
                (vals.get("active") and not webhook.active)
                or vals.get("url", webhook.url) != webhook.url
            )
        )
        before = [webhook._settings() for webhook in self]
        result = super().write(vals)
        for webhook, settings in zip(self, before, strict=True):
            webhook._note_changes(settings)
        # webhooks of a neutralized database have no keys
        if "has_key_pair" in vals or vals.get("active"):
            self._make_keys()
        self.env["nshift.webhook.interest"]._changed()
        if vals.get("wipe_messages"):
            self._wipe_later()
        if "ordering" in vals:
            # messages that were held back may be free to go
            self.env["nshift.webhook.batch"]._trigger()
        if "company_id" in vals:
            self._leave_outsiders()
        if retried:
            retried._forget_failures()
        return result

    def unlink(self):
        self.check_access("unlink")
        self._check_reach()
        for webhook in self - self._being_deleted():
            webhook._note("deleted", old=webhook._settings_text())
        self._forget_keys()
        result = super().unlink()
        self.env["nshift.webhook.interest"]._changed()
        return result

    def _leave(self, url):
        """Drop headers' values and internal addresses before the URL changes.

        A header's value is meant for one server: a user who changes the URL need not
        know the value, and must not have it sent to a server of their own.

        :param str url: the new URL, as entered
        """
        for webhook in self._leads_elsewhere(url):
            # sudo: values are dropped even for users who may not see headers
            webhook.sudo().header_ids._drop_values()
        self._write_health(internal_address=None)

    def copy_data(self, default=None):
        return [
            dict(vals, name=self.env._("%(name)s (copy)", name=webhook.name))
            if "name" not in (default or {})
            else vals
            for webhook, vals in zip(self, super().copy_data(default), strict=True)
        ]

    def _subscription(self, domain):
        """Return the webhook in the form that capture knows.

        :param domain: the Domain of the records that meet the webhook's conditions
        """
        return Subscription(
            self.id,
            self.company_id.id or None,
            frozenset(self.sale_channel_ids.ids),
            self.include_carts,
            None if domain.is_true() else repr(domain),
            self.api_version,
            self.thin_messages,
        )

    def _follows(self, record, snapshot):
        """Tell whether the webhook follows a record in its present state.

        :param snapshot: the record's Snapshot
        """
        return not self._obstacles(record, snapshot)

    def _obstacles(self, record, snapshot):
        """Return why the webhook does not follow a record in its present state.

        :param snapshot: the record's Snapshot
        :return: list of ``Subscription.obstacles``; of ``fault`` if a condition cannot
            be used
        """
        domain = self._followed_if(record)
        if domain is None:
            return ["fault"]
        # the snapshot has only the conditions of active webhooks
        meets = record.with_context(active_test=False).filtered_domain(domain)
        subscription = self._subscription(domain)
        met = snapshot.met | ({subscription.condition} if meets else set())
        return list(subscription.obstacles(replace(snapshot, met=met)))

    def _quoted_names(self):
        """Return the webhooks' names, quoted for a message."""
        return quoted(self.env, self.mapped("name"))

    def _open_dialog(self, model, title):
        """Return the action that opens a wizard for this webhook.

        :param str model: the wizard's model, with a field ``webhook_id``
        :param str title: the dialog's title
        """
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": model,
            "view_mode": "form",
            "target": "new",
            "context": {"default_webhook_id": self.id},
        }

    def action_edit(self):
        return self.get_formview_action()

    def action_delete(self):
        """Delete the webhooks and go back to the list.

        Webhooks with very many events are archived, and deleted in the background.
        """
        large = self._with_many_events()
        large._delete_later()
        (self - large).unlink()
        return self.env["ir.actions.act_window"]._for_xml_id(
            "nshift_webhooks.nshift_webhook_action"
        ) | {"target": "main"}
