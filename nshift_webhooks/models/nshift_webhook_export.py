import re

from odoo import api, models

#: Texts that Odoo's writer of XLSX files, or a program that opens a CSV file, would run
#: as a formula or turn into a link.
ACTIVE = re.compile(
    r"\s*([=+\-@]|\{=|(internal|external|mailto):|(https?|ftps?|file)://)",
    re.IGNORECASE,
)
#: The attributes that are set to False for fields of no use to people.
HIDDEN = {"groupable", "exportable"}
#: The end of a field's path whose values are exported as they are: URLs were checked
#: when they were entered.
CHECKED = ["url"]


class NshiftWebhookExport(models.AbstractModel):
    """A model whose texts come from outside, and are exported as plain text.

    An endpoint's answer that begins with ``=`` would be a formula in a spreadsheet. An
    apostrophe in front marks the answer as text, as in Odoo's own CSV files.
    """

    _name = "nshift.webhook.export"
    _description = "Webhook export"

    #: The names of fields for the addon itself, which mean nothing to people.
    _own_fields = frozenset()

    @api.model
    def fields_get(self, allfields=None, attributes=None):
        found = super().fields_get(allfields, attributes)
        hidden = HIDDEN & set(attributes) if attributes else HIDDEN
        for name in self._own_fields & found.keys():
            found[name].update(dict.fromkeys(hidden, False))
        return found

    def _export_rows(self, fields, *, _is_toplevel_call=True):
        rows = super()._export_rows(fields, _is_toplevel_call=_is_toplevel_call)
        checked = [path[-1:] == CHECKED for path in fields]
        return [
            [
                value if is_checked else _plain(value)
                for value, is_checked in zip(row, checked, strict=True)
            ]
            for row in rows
        ]

    @api.model
    def formatted_read_group(
        self,
        domain,
        groupby=(),
        aggregates=(),
        having=(),
        offset=0,
        limit=None,
        order=None,
    ):
        groups = super().formatted_read_group(
            domain, groupby, aggregates, having, offset, limit, order
        )
        # only exports set this in the context: their groups become rows of a file
        if "import_compat" in self.env.context:
            for group in groups:
                group.update({name: _plain(value) for name, value in group.items()})
        return groups


def _plain(value):
    if isinstance(value, str) and ACTIVE.match(value):
        return f"'{value}"
    if isinstance(value, tuple):
        return tuple(map(_plain, value))
    return value
