from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import groupby


class NshiftWebhookSubject(models.AbstractModel):
    """From a record to its events, and from a text to records."""

    _inherit = "nshift.webhook.subject"

    nshift_webhook_event_count = fields.Integer(
        "Webhook events",
        compute="_compute_nshift_webhook_event_count",
        groups="nshift_webhooks.group_webhook_user",
    )

    def _compute_nshift_webhook_event_count(self):
        keys = {record: record._nshift_webhook_told() for record in self}
        groups = self.env["nshift.webhook.event"]._read_group(
            events_on(key for told in keys.values() for key in told),
            ["res_model", "res_id"],
            ["__count"],
        )
        counts = {(model, id_): count for model, id_, count in groups}
        for record, told in keys.items():
            record.nshift_webhook_event_count = sum(counts.get(key, 0) for key in told)

    #: Fields whose values, or parts of them, people look for.
    _nshift_webhook_found_by = ("display_name",)

    #: An indexed field with the number by which other systems know a record.
    _nshift_webhook_known_by = None

    @api.model
    def _nshift_webhook_found(self, text, limit):
        """Return the newest records that people mean by a text.

        :param str text: a number, a reference, a name, or a part of one
        :param int limit: how many at the most
        """
        own, others = Domain.FALSE, Domain.FALSE
        for path in self._nshift_webhook_found_by:
            field = self._fields.get(path)
            if field and field.relational:
                # by their ids, for which there is an index
                named = self.env[field.comodel_name].search(
                    [("display_name", "ilike", text)], limit=limit
                )
                others |= Domain(path, "in", named.ids)
            else:
                own |= Domain(path, "ilike", text)
        # two queries: in a single one for both, PostgreSQL reads all records
        found = self.search(own, limit=limit, order="id desc")
        found |= self.search(others, limit=limit, order="id desc")
        return found.sorted("id", reverse=True)[:limit]

    def _nshift_webhook_told(self):
        """Return (model, id) of the record, and of records that belong to it."""
        self.ensure_one()
        return [(self._name, self.id)]

    def action_view_nshift_webhook_events(self):
        """Open the log of events, filtered to this record."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "nshift_webhooks.nshift_webhook_event_action"
        )
        return action | {
            "display_name": self.env._("Webhook events of %s", self.display_name),
            "domain": list(events_on(self._nshift_webhook_told())),
            "context": {},
        }


def events_on(keys):
    """Return the Domain of the events on records.

    :param keys: (model, id) of each record
    """
    return Domain.OR(
        Domain("res_model", "=", model)
        & Domain("res_id", "in", [id_ for _model, id_ in group])
        for model, group in groupby(keys, key=lambda key: key[0])
    )
