from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_datetime

from ..store.body import HAS_MESSAGE
from ..transaction import clean_env


class NshiftWebhook(models.Model):
    """The current state of the records that a webhook follows, sent on request.

    So a receiving system gets records from before the webhook, or is whole again after
    missing messages.
    """

    _inherit = "nshift.webhook"

    load_text = fields.Char("In the background", compute="_compute_load")
    is_loading = fields.Boolean(compute="_compute_load")

    def _compute_load(self):
        for webhook in self:
            load = webhook._latest_load()
            webhook.is_loading = load._may_be_stopped()
            webhook.load_text = load._text() if load else False

    def _latest_load(self):
        # sudo: nobody has the right to loads, but webhooks show their progress
        loads = self.env["nshift.webhook.load"].sudo()
        return loads.search([("webhook_id", "=", self.id)], order="id desc", limit=1)

    def write(self, vals):
        result = super().write(vals)
        if "active" in vals and not vals["active"]:
            # nothing is recorded for archived webhooks
            if loads := self._running_loads():
                loads._stop()
        return result

    def _running_loads(self):
        # sudo: see _latest_load
        loads = self.env["nshift.webhook.load"].sudo()
        return loads.search([("webhook_id", "in", self.ids), ("state", "=", "running")])

    def _hears(self, code):
        """Tell whether the webhook asks for a type of events.

        :param str code: such as ``order.updated``
        """
        return code in self.type_ids.mapped("code")

    def _followed_subjects(self, model):
        """Return the model's subjects of whose updates the webhook is told."""
        return [
            subject
            for subject in model._nshift_webhook_subjects
            if self._hears(f"{subject}.updated")
        ]

    def _followed_models(self):
        """Return the names of the models of whose updates the webhook is told."""
        # in this order, orders are told before their shipments
        return sorted(
            model._name
            for model in self.env["nshift.webhook.subject"]._nshift_webhook_models()
            if self._followed_subjects(model)
        )

    def _followed_domain(self, model_name, subjects=None):
        """Return the Domain of the records that the webhook follows, as superuser.

        The Domain may find a few more: a Subscription has the last word.

        :param str model_name: a model that events tell about
        :param subjects: which of the model's subjects; by default those of whose
            updates the webhook is told
        """
        model = self.env[model_name]
        if subjects is None:
            subjects = self._followed_subjects(model)
        # with a condition that cannot be used, the webhook follows nothing
        condition = self._followed_if(model)
        domain = Domain.FALSE if condition is None else condition
        domain &= model._nshift_webhook_current(subjects)
        if self.company_id:
            domain &= Domain("company_id", "=", self.company_id.id)
        if self.sale_channel_ids:
            domain &= Domain.OR(
                Domain(path, "in", self.sale_channel_ids.ids)
                for path in model._nshift_webhook_channel_paths
            )
        if not self.include_carts:
            domain &= ~model._nshift_webhook_carts()
        return domain

    def _current_domains(self, since=None, chosen=None):
        """Return the Domains of the records to be told, by model.

        :param datetime since: only records made or changed from then on
        :param chosen: only these records: ids by model
        """
        clean = self.with_env(clean_env(self.env.cr))
        domains = {}
        for name in clean._followed_models():
            domain = clean._followed_domain(name)
            if since:
                domain &= clean.env[name]._nshift_webhook_since(since)
            if chosen is not None:
                domain &= Domain("id", "in", chosen.get(name, []))
            domains[name] = domain
        return domains

    def _count_current(self, domains):
        """Return the numbers of records to be told, by model.

        :param domains: from :meth:`_current_domains`
        """
        clean = clean_env(self.env.cr)
        return {
            name: clean[name].with_context(active_test=False).search_count(domain)
            for name, domain in domains.items()
        }

    def _send_current_state(self, since=None, chosen=None):
        """Have the current state of records told, in the background.

        Chosen records are told first, and join a load that is running. If all records
        are told, given-up messages on records that are gone are sent again.

        :param datetime since: only records made or changed from then on
        :param chosen: only these records: ids by model, which the user may read
        :return: number of records to tell
        :raises UserError: the webhook is told of no updates, is archived, or has a load
            that is running
        """
        self.ensure_one()
        self.check_access("write")
        self._check_reach()
        self._check_not_being_deleted()
        self._check_can_load(chosen)
        # sudo: nobody may write loads, but the caller may have the state told
        loads = self.env["nshift.webhook.load"].sudo()
        domains = self._current_domains(since, chosen)
        running = self._running_loads()
        if running:
            count = running._add(domains, is_first=True)
        else:
            what = "all" if chosen is None else "chosen"
            load = loads._start(self, domains, "since" if since else what, since)
            count = load.total
        if chosen is None and not since:
            self.env["nshift.webhook.batch"]._add("send", self._untold_gone())
        if chosen is not None:
            said = self.env._("%s selected", sum(map(len, chosen.values())))
        elif since:
            said = self.env._("since %s", format_datetime(self.env, since))
        else:
            said = self.env._("all")
        self._note("state_sent", subject=said, new=self.env._("Records: %s", count))
        return count

    def _untold_gone(self):
        """Return the SQL condition of messages given up on records that are gone."""
        gone = [
            f"{subject}.{happened}"
            for model in self.env["nshift.webhook.subject"]._nshift_webhook_models()
            for subject in model._nshift_webhook_subjects
            for happened in model._nshift_webhook_gone
        ]
        return SQL(
            "event.webhook_id = %s AND event.state IN ('failed', 'cancelled') "
            "AND event.event = ANY(%s) AND %s AND NOT EXISTS ("
            "SELECT FROM nshift_webhook_event AS newer "
            "WHERE newer.res_model = event.res_model AND newer.res_id = event.res_id "
            "AND newer.webhook_id = event.webhook_id AND newer.id > event.id)",
            self.id,
            gone,
            HAS_MESSAGE,
        )

    def _check_can_load(self, chosen):
        if not self.active:
            raise UserError(
                self.env._(
                    "“%s” is archived, and told of nothing: restore it first.",
                    self.name,
                )
            )
        if not self._followed_models():
            raise UserError(self._no_updates_text())
        if chosen is None and (running := self._running_loads()):
            raise UserError(
                self.env._(
                    "%s Wait until it has ended, or stop it on the webhook's form.",
                    running._text(),
                )
            )

    def _no_updates_text(self):
        return self.env._(
            "“%s” is not told of updates, as which the current state is sent: have it "
            "told of “Order updated”, or “Shipment updated”.",
            self.name,
        )

    def action_send_current_state(self):
        """Ask which records' current state to send.

        :raises AccessError: the user may not change the webhook
        """
        self.ensure_one()
        self.check_access("write")
        self._check_reach()
        return self._open_dialog(
            "nshift.webhook.load.dialog", self.env._("Send current state")
        )

    def action_stop_load(self):
        """Stop sending the current state, or messages again.

        :raises AccessError: the user may not change the webhook
        """
        self.check_access("write")
        self._check_reach()
        for webhook in self:
            load = webhook._running_loads() or webhook._latest_load()
            if load._may_be_stopped():
                load._stop()
                webhook._note(*load._stop_note())
        self.invalidate_recordset(["load_text", "is_loading"], flush=False)


class NshiftWebhookSubject(models.AbstractModel):
    """The records whose current state can be told."""

    _inherit = "nshift.webhook.subject"

    #: The second parts of the types of events that tell a receiver that a record is
    #: gone: from Odoo, or from the webhook.
    _nshift_webhook_gone = ("deleted",)

    #: Paths of fields to the order channels by which webhooks are chosen: the same as
    #: :meth:`_nshift_webhook_channels`. Empty: such records have no channels.
    _nshift_webhook_channel_paths = ()

    @api.model
    def _nshift_webhook_current(self, subjects):
        """Return the Domain of the records whose current state is told.

        The Domain may find more: records of other subjects are left out later.

        :param subjects: some of ``_nshift_webhook_subjects``
        """
        return Domain(bool(subjects))

    @api.model
    def _nshift_webhook_carts(self):
        """Return the Domain of the web shop's carts among these records."""
        return Domain.FALSE

    @api.model
    def _nshift_webhook_since(self, since):
        """Return the Domain of records made or changed from some moment on.

        The Domain may find more: every write counts, even if no message shows it.

        :param datetime since: naive UTC
        """
        paths = [path for path in self._nshift_webhook_parts if path[0] != "?"]
        corrected = Domain.OR(
            Domain(f"{path}.write_date", ">=", since)
            for path in self._nshift_webhook_corrected
        )
        return Domain.OR(
            [
                Domain("write_date", ">=", since),
                *(Domain(f"{path}.write_date", ">=", since) for path in paths),
                self._nshift_webhook_open() & corrected,
            ]
        )
