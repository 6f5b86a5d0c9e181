import re

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.tools import SQL

CODE = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")


class NshiftWebhookType(models.Model):
    """A type of event that webhooks can follow.

    Types come with an addon, which has them in its data and knows when they happen.
    Nobody has the right to make, change or delete one: nothing would ever happen of a
    type that was made by hand.
    """

    _name = "nshift.webhook.type"
    _description = "Webhook event type"
    _order = "sequence, code"
    _rec_names_search = ["name", "code"]

    code = fields.Char(
        required=True,
        help="What a message says of its type: what it is about, and what happened.",
    )
    name = fields.Char(required=True, translate=True)
    description = fields.Char(
        required=True, translate=True, help="When it is told, in a sentence."
    )
    sequence = fields.Integer(
        required=True,
        default=100,
        help="In which order types are shown, and told where one change is of several.",
    )
    active = fields.Boolean(
        default=True,
        help="Whether it can be chosen. What has gone with its addon, but is named by "
        "events in the log, cannot.",
    )

    _code_unique = models.Constraint(
        "UNIQUE (code)", "There is such a type of event already."
    )

    @api.constrains("code")
    def _check_code(self):
        for type_ in self:
            if not CODE.fullmatch(type_.code):
                raise ValidationError(
                    self.env._(
                        "“%s” is no type of event: write what it is about, a dot, and "
                        "what happens, in small letters, such as order.created.",
                        type_.code,
                    )
                )

    def _subject(self):
        """Return the subject of the type's events, such as ``order``."""
        return self.code.partition(".")[0]

    def _model(self):
        """Return the model of the records that the type's events are about.

        :return: an empty recordset; None if the model has gone with its addon
        """
        self.ensure_one()
        for model in self.env["nshift.webhook.subject"]._nshift_webhook_models():
            if self._subject() in model._nshift_webhook_subjects:
                return model
        return None

    @api.depends("name", "description")
    @api.depends_context("lang", "formatted_display_name")
    def _compute_display_name(self):
        # lists to choose from show the description below the name
        is_chosen = self.env.context.get("formatted_display_name")
        for type_ in self:
            type_.display_name = (
                f"{type_.name}\n--{type_.description}--" if is_chosen else type_.name
            )

    @api.model_create_multi
    def create(self, vals_list):
        codes = [vals.get("code") for vals in vals_list]
        former = self.with_context(active_test=False).search(
            [("active", "=", False), ("code", "in", codes)]
        )
        # the addon of these types has been installed again
        former.unlink()
        types = super().create(vals_list)
        self.env["nshift.webhook.interest"]._changed()
        return types

    def write(self, vals):
        result = super().write(vals)
        self.env["nshift.webhook.interest"]._changed()
        return result

    def unlink(self):
        """Delete types and take them out of webhooks, which keep their other types.

        Types of events in the log are archived instead, so that the log can name them,
        and are deleted for good the next time.
        """
        if self.env["nshift.webhook.outbox"]._is_leaving:
            return super().unlink()
        # sudo: a user who uninstalls an addon need not see all webhooks
        webhooks = self.env["nshift.webhook"].sudo().with_context(active_test=False)
        webhooks = webhooks.search([("type_ids", "in", self.ids)])
        before = [webhook._settings() for webhook in webhooks]
        kept = self.filtered("active")._in_log()
        kept._leave_webhooks()
        kept.active = False
        result = super(NshiftWebhookType, self - kept).unlink()
        for webhook, settings in zip(webhooks, before, strict=True):
            webhook._note_changes(settings)
        self.env["nshift.webhook.interest"]._changed()
        return result

    def _in_log(self):
        """Return the types of which there are events in the log."""
        rows = self.env.execute_query(
            SQL(
                "SELECT DISTINCT event FROM nshift_webhook_event WHERE event = ANY(%s)",
                self.mapped("code"),
            )
        )
        codes = {code for [code] in rows}
        return self.filtered(lambda type_: type_.code in codes)

    def _leave_webhooks(self):
        # in SQL: the ORM would refuse to leave a webhook without types
        self.env.flush_all()
        self.env.cr.execute(
            "DELETE FROM nshift_webhook_type_rel WHERE type_id = ANY(%s)", (self.ids,)
        )
        self.env["nshift.webhook"].invalidate_model(["type_ids"])

    @api.model
    @tools.ormcache()
    def _places(self):
        """Return the order of types, for a change that is of several types.

        :return: dict of the place, counted from 0, by the type's code
        """
        return {type_.code: place for place, type_ in enumerate(self.sudo().search([]))}
