import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..capture.choosable import fault_of, name_path
from ..capture.ledger import has_ledger, ledger_of
from ..labels import labels
from ..payload.custom import Chosen, further

#: The names that a property of a message may have.
KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")
#: In SQL, since a search flushes: saving an order must not write pending changes of
#: other models.
ROWS = """
    SELECT choice.key, choice.model, field.name
      FROM nshift_webhook_field AS choice
      JOIN ir_model_fields AS field ON field.id = choice.field_id
     ORDER BY choice.id
"""
#: Models that messages show in one object, so that their keys must differ.
TOGETHER = frozenset(["product.product", "product.template"])


class NshiftWebhookField(models.Model):
    """A field that messages show besides their standard properties.

    The choice holds for all webhooks: a message is built once for all its receivers. A
    choice decides which data leaves the database, so only system administrators make
    one. Managers of webhooks see the list: they have to explain messages, which show
    the fields anyway.

    A chosen field may become unsuitable later, such as when a new version of its addon
    protects it. Messages then leave it out, and the list says why.
    """

    _name = "nshift.webhook.field"
    _inherit = "nshift.webhook.input"
    _description = "Further field of webhooks' messages"
    _order = "model, id"
    _rec_name = "key"
    _nshift_webhook_longest = {"key": 64}

    model = fields.Selection(
        [
            ("sale.order", "Order"),
            ("sale.order.line", "Order line"),
            ("stock.picking", "Shipment or return"),
            ("stock.move", "Line of a shipment or return"),
            ("product.template", "Product"),
            ("product.product", "Product variant"),
            ("res.partner", "Customer or address"),
        ],
        "Belongs to",
        required=True,
        default="sale.order",
        help="What the field belongs to. Messages tell it there, under “custom”.",
    )
    field_id = fields.Many2one(
        "ir.model.fields",
        required=True,
        ondelete="cascade",
        domain=lambda self: self._domain_of_fields(),
        help="Only fields are listed that can be told: stored ones of simple types, or "
        "that refer to records with a name, which Odoo shows to all its users.",
    )
    key = fields.Char(
        required=True,
        help="The property under which messages tell it. By default the field's "
        "technical name.",
    )
    problem = fields.Char(compute="_compute_problem")

    _field_unique = models.UniqueIndex(
        "(field_id)", "This field has been chosen already: change that line."
    )
    _key_unique = models.UniqueIndex(
        "(model, key)", "There is a field with this key already: enter another one."
    )

    @api.depends("model", "field_id")
    def _compute_problem(self):
        for choice in self:
            # sudo: readers of this list may know the problem, but need no access to
            # all of Odoo's fields
            field = choice.sudo().field_id
            choice.problem = field and choice._fault(choice.model, field)

    @api.onchange("model")
    def _onchange_model(self):
        if self.field_id.model != self.model:
            self.field_id = False

    @api.onchange("field_id")
    def _onchange_field_id(self):
        self.key = self.field_id.name

    # fields that may be chosen

    @api.model
    def _domain_of_fields(self):
        """Return the domain of the fields to choose from, as a text for the client."""
        registry = self.env.registry.models
        ids = []
        for model in self._fields["model"].get_values(self.env):
            # sudo: the domain shows only which fields exist
            known = self.env["ir.model.fields"].sudo()._get_ids(model)
            ids += [
                known[name]
                for name, field in registry[model]._fields.items()
                if name in known and not fault_of(field, registry)
            ]
        return f"[('model', '=', model), ('id', 'in', {sorted(ids)})]"

    def _with_defaults(self, vals):
        vals = super()._with_defaults(vals)
        if not vals.get("key") and vals.get("field_id"):
            field_id = self._kept(self._fields["field_id"], vals["field_id"])
            # sudo: an unsuitable field is to be refused for its own fault
            vals["key"] = self.env["ir.model.fields"].sudo().browse(field_id).name
        return vals

    def _check_input(self, vals):
        result = super()._check_input(vals)
        if len(self) > 1 and not vals.keys().isdisjoint(["model", "field_id", "key"]):
            raise ValidationError(
                self.env._("Change what is told, or its key, one line at a time.")
            )
        self._check_choice(vals)
        return result

    def _check_choice(self, vals):
        """Refuse a field that cannot be told or is told already, and a key likewise.

        :param dict vals: the values about to be written of this line, or of a new one
        :raises ValidationError: says why
        """
        fields_model = self.env["ir.model.fields"].sudo()
        model = vals.get("model", self.model)
        field = fields_model.browse(
            self._kept(self._fields["field_id"], vals.get("field_id", self.field_id.id))
        ).exists()
        if not field:
            raise ValidationError(self.env._("Choose the field that is to be told."))
        if fault := self._fault(model, field):
            raise ValidationError(fault)
        key = vals.get("key", self.key)
        if not KEY.fullmatch(key):
            raise ValidationError(
                self.env._(
                    "“%s” cannot be a key: it may have letters from a to z, digits, "
                    "“_”, “-” and “.”, and begins with a letter or “_”.",
                    key,
                )
            )
        together = list(TOGETHER) if model in TOGETHER else [model]
        others = self.sudo().search([("id", "not in", self.ids)])
        if field in others.field_id:
            raise ValidationError(
                self.env._(
                    "“%s” has been chosen already: change that line.",
                    field.display_name,
                )
            )
        if key in others.filtered(lambda other: other.model in together).mapped("key"):
            raise ValidationError(
                self.env._(
                    "“%s” is the key of another field already: enter another one.", key
                )
            )

    def _fault(self, model, field):
        """Return in the user's language why a field cannot be told; False if it can.

        :param str model: the model that the field is chosen for
        :param field: ``ir.model.fields``, as superuser
        """
        name = field.display_name
        if field.model != model:
            return self.env._(
                "“%(field)s” is no field of “%(model)s”: choose one that is.",
                field=name,
                model=labels(self, "model").get(model, model),
            )
        registry = self.env.registry.models
        fault = fault_of(registry[model]._fields.get(field.name), registry)
        return fault and self._fault_text(fault, name)

    def _fault_text(self, fault, name):
        texts = {
            "gone": self.env._("“%s” does not exist any more: remove this line.", name),
            "own": self.env._(
                "“%s” is in every message already, or changes with every save: choose "
                "another field.",
                name,
            ),
            "secret": self.env._(
                "“%s” looks like a password or a token, which must not leave Odoo: "
                "choose another field.",
                name,
            ),
            "groups": self.env._(
                "“%s” is only for some groups of users, so it cannot be told to other "
                "systems: choose a field that all users may see.",
                name,
            ),
            "inherited": self.env._(
                "“%s” is kept with the product: choose it of “Product”.", name
            ),
            "type": self.env._(
                "“%s” is of a type that messages cannot tell: choose a text, a number, "
                "a date, a selection, a checkbox, or a field that refers to records.",
                name,
            ),
            "stored": self.env._(
                "“%s” is not stored but computed when it is shown, so nobody knows "
                "when it changes: choose a stored field.",
                name,
            ),
            "company": self.env._(
                "“%s” has another value for each company: choose a field that has one "
                "for all.",
                name,
            ),
            "unnamed": self.env._(
                "“%s” refers to records that have no name which messages can tell: "
                "choose another field.",
                name,
            ),
        }
        return texts[fault]

    # fields that messages tell

    @api.model
    def _chosen(self):
        """Return the Chosen, the same throughout a transaction."""
        cr = self.env.cr
        interest = self.env["nshift.webhook.interest"]
        if not has_ledger(cr):
            return interest._now().chosen
        ledger = ledger_of(cr)
        if ledger.chosen is None:
            ledger.chosen = interest._now().chosen
        return ledger.chosen

    @api.model
    def _read_chosen(self):
        """Return the Chosen, without fields that cannot be told any more.

        :raises psycopg2.Error: such as while the table is missing
        """
        registry = self.env.registry.models
        chosen = {}
        self.env.cr.execute(ROWS)
        for key, model, name in self.env.cr.fetchall():
            field = registry[model]._fields.get(name)
            if not fault_of(field, registry):
                names = name_path(field, registry) if field.relational else ()
                chosen.setdefault(model, []).append(
                    further(key, field, names, registry)
                )
        return Chosen(chosen)

    def _choice_changed(self):
        self.flush_model()
        self.env["nshift.webhook.interest"]._changes_when_committed()

    @api.model_create_multi
    def create(self, vals_list):
        choices = self.browse()
        # one at a time, so that each choice is checked against the earlier ones
        for vals in vals_list:
            choices |= super().create([vals])
        for choice in choices:
            choice._note("field_added", new=choice.key)
        choices._choice_changed()
        return choices

    def write(self, vals):
        before = {choice: choice._text() for choice in self}
        result = super().write(vals)
        for choice, text in before.items():
            if choice._text() != text:
                choice._note("field_changed", old=text, new=choice._text())
        self._choice_changed()
        return result

    def unlink(self):
        self.check_access("unlink")
        for choice in self:
            choice._note("field_removed", old=choice.key)
        result = super().unlink()
        self._choice_changed()
        return result

    def _text(self):
        # sudo: see _compute_problem
        return f"{self.sudo().field_id.display_name}: {self.key}"

    def _note(self, action, old=None, new=None):
        # sudo: see _compute_problem
        name = self.sudo().field_id.display_name
        self.env["nshift.webhook.audit"]._note(action, subject=name, old=old, new=new)
