from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import groupby

from .nshift_webhook_told import events_on

#: How many orders, and how many shipments, a text finds at the most: the newest.
MOST_FOUND = 1000


class NshiftWebhookEvent(models.Model):
    """The search for events by what people know of an order or a shipment.

    Orders and shipments are searched, which are fewer than events, and not messages.
    People paste whole numbers and references, which indexes alone find: nothing else is
    looked for then.
    """

    _inherit = "nshift.webhook.event"

    about = fields.Char(
        "Number, reference or name",
        compute="_compute_about",
        search="_search_about",
    )

    # deleted records are found by their names
    _name_index = models.Index("(res_name)")

    @api.depends("res_name")
    def _compute_about(self):
        for event in self:
            event.about = event.res_name

    @api.model
    def _search_about(self, operator, value):
        text = value.strip() if isinstance(value, str) else ""
        if operator != "ilike" or not text:
            return NotImplemented
        known = self._known_as(text)
        found = known if self.search_count(known, limit=1) else self._about(text)
        webhooks = self.env["nshift.webhook"].with_context(active_test=False)
        named = webhooks.search([("name", "ilike", text)], limit=MOST_FOUND)
        # by their ids: a condition on their names would have the whole log read
        return found | Domain("webhook_id", "in", named.ids)

    @api.model
    def _known_as(self, text):
        """Return the Domain of the events that a whole number or reference means: of
        an order with its shipments, or of a single message.
        """
        named = Domain("res_name", "in", [text, text.upper()])
        # sudo: names may also be those of other companies' records, whose events are
        # left out in the end
        events = self.sudo().search_fetch(
            named, ["res_model", "res_id"], limit=MOST_FOUND
        )
        by_model = groupby(events, key=lambda event: event.res_model)
        ids = {model: [event.res_id for event in found] for model, found in by_model}
        keys = []
        for model in self._subjects():
            records = model.browse(ids.get(model._name, ())).exists()
            if model._nshift_webhook_known_by:
                path = model._nshift_webhook_known_by
                records |= model.search([(path, "=", text)], limit=MOST_FOUND)
            keys += _told(records)
        return named | Domain("message_id", "=", text) | events_on(keys)

    @api.model
    def _about(self, text):
        """Return the Domain of the events on records that people mean by a text."""
        keys = []
        for model in self._subjects():
            keys += _told(model._nshift_webhook_found(text, MOST_FOUND))
        return events_on(keys)

    @api.model
    def _subjects(self):
        """Return the models that events are about, as empty recordsets."""
        return [
            # sudo: users who see the log see customers and references in messages
            model.sudo().with_context(active_test=False)
            for model in self.env["nshift.webhook.subject"]._nshift_webhook_models()
        ]


def _told(records):
    """Return (model, id) of records, and of records that belong to them."""
    return [key for record in records for key in record._nshift_webhook_told()]
