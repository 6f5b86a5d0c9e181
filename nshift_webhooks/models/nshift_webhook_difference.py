import json

from markupsafe import Markup

from odoo import api, fields, models

from ..payload.difference import differences

TABLE = Markup(
    '<table class="o_nshift_webhooks_difference table table-sm mb-0"><thead><tr>'
    '<th scope="col" class="w-50">%(what)s</th>'
    '<th scope="col" class="w-25">%(before)s</th>'
    '<th scope="col" class="w-25">%(after)s</th>'
    "</tr></thead><tbody>%(rows)s</tbody></table>"
)
ROW = Markup(
    '<tr><th scope="row" class="fw-normal text-break">%s</th>'
    '<td class="text-break">%s</td><td class="text-break">%s</td></tr>'
)


class NshiftWebhookEvent(models.Model):
    """The values that an update has changed, as a table.

    The table is made from the message, and so for users who may read the message. All
    values come from other people, and are escaped.
    """

    _inherit = "nshift.webhook.event"

    difference = fields.Html("What changed", compute="_compute_difference")

    @api.depends("payload")
    @api.depends_context("lang")
    def _compute_difference(self):
        for event in self:
            message = json.loads(event.payload) if event.payload else {}
            event.difference = event._difference(message)

    def _difference(self, message):
        found, more = differences(message)
        if not found:
            data = message.get("data")
            is_update = isinstance(data, dict) and data.get("reason") == "updated"
            if is_update and "previous" in data:
                return Markup("<p>%s</p>") % self._no_difference(data["previous"])
            return False
        table = TABLE % {
            "what": self.env._("What"),
            "before": self.env._("Before"),
            "after": self.env._("After"),
            "rows": Markup().join(
                ROW % (_place(each), *self._ends(each)) for each in found
            ),
        }
        if more:
            text = self.env._("And %s more: see the message.", more)
            table += Markup('<p class="text-700">%s</p>') % text
        return table

    def _no_difference(self, previous):
        if previous is None:
            return self.env._(
                "What it was before is not known any more: the message could only be "
                "built later."
            )
        return self.env._("No value in the message has changed.")

    def _ends(self, difference):
        """Return the texts of a Difference for the columns before and after."""
        before = self._value_text(difference.before)
        after = self._value_text(difference.after)
        if difference.act == "added":
            is_told = difference.after is not None
            return "–", self.env._("Added: %s", after) if is_told else self.env._(
                "Added"
            )
        if difference.act == "removed":
            return before, self.env._("Removed")
        return before, after

    def _value_text(self, value):
        if value is None:
            return "–"
        if isinstance(value, bool):
            return self.env._("yes") if value else self.env._("no")
        return value


def _place(difference):
    """Return a Difference's path as a text for people."""
    path = " › ".join(difference.path)
    return path[:1].upper() + path[1:]
