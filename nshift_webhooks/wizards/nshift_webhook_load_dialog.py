from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..writing import number

#: Period that the dialog proposes: receiving systems seldom miss more.
USUAL_TIME = timedelta(days=7)


class NshiftWebhookLoadDialog(models.TransientModel):
    """Asks for which records a webhook sends the current state, and shows their number.

    A selection in a list of orders or deliveries is in the context, as for all of
    Odoo's dialogs on a selection. The selection is therefore checked again at each use,
    with the rights of the user.
    """

    _name = "nshift.webhook.load.dialog"
    _inherit = "nshift.webhook.dialog"
    _description = "Send the current state"

    _nshift_webhook_changes = True

    webhook_id = fields.Many2one(default=lambda self: self._default_webhook())
    what = fields.Selection(
        [
            ("all", "All that the webhook applies to"),
            ("since", "What was made or changed since"),
        ],
        required=True,
        default="all",
    )
    since = fields.Datetime(default=lambda self: fields.Datetime.now() - USUAL_TIME)
    has_selection = fields.Boolean(compute="_compute_counts")
    hint = fields.Char(compute="_compute_counts")
    count_text = fields.Char("To be sent", compute="_compute_counts")
    count = fields.Integer("Number of records", compute="_compute_counts")

    @api.model
    def _default_webhook(self):
        """Return the webhook if there is only one to choose, else None."""
        webhooks = self.env["nshift.webhook"].search([("active", "=", True)])
        webhooks = webhooks.filtered(lambda webhook: webhook._followed_models())
        return webhooks if len(webhooks) == 1 else None

    @api.depends("webhook_id", "what", "since")
    @api.depends_context("active_model", "active_ids", "active_domain", "uid")
    def _compute_counts(self):
        chosen = self._chosen()
        for dialog in self:
            dialog.has_selection = chosen is not None
            dialog.hint = dialog.count_text = None
            dialog.count = 0
            if webhook := dialog.webhook_id._origin:
                dialog._check_webhook(webhook)
                dialog._count_for(webhook, chosen)

    def _count_for(self, webhook, chosen):
        if not webhook._followed_models():
            self.hint = webhook._no_updates_text()
            return
        domains = webhook._current_domains(self._since(chosen), chosen)
        counts = webhook._count_current(domains)
        self.count = sum(counts.values())
        self.count_text = ", ".join(
            f"{self._label(name)}: {number(self.env, count)}"
            for name, count in counts.items()
        )
        if running := webhook._running_loads():
            self.hint = running._text()
        elif silent := webhook._silent():
            self.hint = silent._silence()
        elif chosen and self.count < sum(map(len, chosen.values())):
            self.hint = self.env._(
                "To the others the webhook does not apply: they have another channel "
                "or company, were cancelled, are carts, or it is not told of their "
                "updates."
            )

    def _label(self, name):
        # sudo: the names of models are not secret
        return self.env["ir.model"]._get(name).sudo().name

    def _since(self, chosen):
        return self.since if chosen is None and self.what == "since" else None

    def _chosen(self):
        """Return the records that were selected where the dialog was opened.

        :return: ids by model; None if the dialog was not opened on a selection
        :raises AccessError: the user may not see some of the records
        """
        context = self.env.context
        name, ids = context.get("active_model"), context.get("active_ids")
        model = isinstance(name, str) and self.env.get(name)
        if not isinstance(model, models.BaseModel) or not getattr(
            model, "_nshift_webhook_subjects", ()
        ):
            return None
        if not isinstance(ids, list | tuple) or not all(
            isinstance(id_, int) for id_ in ids
        ):
            raise UserError(self.env._("Select what is to be sent."))
        # lists send at most this many ids, and the domain of the search
        limit = int(
            # sudo: a limit by Odoo that all clients are told
            self.env["ir.config_parameter"]
            .sudo()
            .get_param("web.active_ids_limit", 20000)
        )
        records = model.browse(ids)
        if (domain := context.get("active_domain")) and len(ids) >= limit:
            records = model.search(domain)
        records = records.exists()
        records.check_access("read")
        return {name: records.ids}

    def action_start(self):
        """Start sending in the background.

        :raises UserError: there is nothing to send, or the webhook cannot be told
        """
        self.ensure_one()
        self._check_dialog()
        chosen = self._chosen()
        if chosen is None and self.what == "since" and not self.since:
            raise UserError(self.env._("Enter since when."))
        webhook = self.webhook_id
        count = webhook._send_current_state(self._since(chosen), chosen)
        if not count:
            raise UserError(
                self.env._("There is nothing of that to which the webhook applies.")
            )
        return self.env["nshift.webhook.load"]._said(webhook)
