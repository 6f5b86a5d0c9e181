from odoo import api, fields, models
from odoo.orm.domains import DomainAnd, DomainCondition, DomainNot, DomainOr
from odoo.orm.utils import COLLECTION_TYPES
from odoo.tools.translate import LazyTranslate

from ..capture.condition import RELATIONS
from .nshift_webhook_condition import MODELS, parse_condition

_lt = LazyTranslate(__name__)

#: The sentence for each operator.
SENTENCES = {
    "=": _lt("%(field)s is %(value)s"),
    "in": _lt("%(field)s is %(value)s"),
    "!=": _lt("%(field)s is not %(value)s"),
    "not in": _lt("%(field)s is not %(value)s"),
    "ilike": _lt("%(field)s contains %(value)s"),
    "not ilike": _lt("%(field)s does not contain %(value)s"),
    ">": _lt("%(field)s is more than %(value)s"),
    ">=": _lt("%(field)s is at least %(value)s"),
    "<": _lt("%(field)s is less than %(value)s"),
    "<=": _lt("%(field)s is at most %(value)s"),
}
#: The sentences where days or times are compared.
MOMENTS = SENTENCES | {
    ">": _lt("%(field)s is after %(value)s"),
    ">=": _lt("%(field)s is %(value)s or later"),
    "<": _lt("%(field)s is before %(value)s"),
    "<=": _lt("%(field)s is %(value)s or earlier"),
}
#: How many values of a condition are named.
MOST_VALUES = 5


class NshiftWebhook(models.Model):
    """A webhook's conditions as a sentence for people."""

    _inherit = "nshift.webhook"

    condition_text = fields.Char("Conditions", compute="_compute_condition_text")

    @api.depends("order_domain", "shipment_domain", "condition_error")
    @api.depends_context("lang", "uid", "allowed_company_ids")
    def _compute_condition_text(self):
        titles = {
            "order_domain": self.env._("Orders"),
            "shipment_domain": self.env._("Shipments"),
        }
        for webhook in self:
            said = []
            # a condition that cannot be followed may not even be readable
            for name in MODELS if not webhook.condition_error else ():
                domain = parse_condition(webhook[name])
                if not domain.is_true():
                    words = webhook._in_words(self.env[MODELS[name]], domain)
                    said.append(f"{titles[name]}: {words}")
            webhook.condition_text = "; ".join(said)

    @api.model
    def _in_words(self, model, domain):
        """Return in the user's language which records a domain finds.

        :param model: the records' model
        """
        match domain:
            case DomainAnd() | DomainOr():
                word = (
                    self.env._("and")
                    if isinstance(domain, DomainAnd)
                    else self.env._("or")
                )
                parts = [
                    f"({self._in_words(model, child)})"
                    if isinstance(child, (DomainAnd, DomainOr))
                    else self._in_words(model, child)
                    for child in domain.children
                ]
                return f" {word} ".join(parts)
            case DomainNot():
                return self.env._("not (%s)", self._in_words(model, domain.child))
            case DomainCondition():
                return self._condition_in_words(model, domain)
            case _:
                return self.env._("all") if domain.is_true() else self.env._("none")

    def _condition_in_words(self, model, condition):
        labels, field = [], None
        for name in condition.field_expr.split("."):
            field = model._fields[name]
            labels.append(field._description_string(self.env))
            if field.type in RELATIONS:
                model = self.env[field.comodel_name]
        label, operator, value = " > ".join(labels), condition.operator, condition.value
        if operator in ("any", "not any"):
            inner = self._in_words(model, type(condition).AND([value]))
            text = f"{label} ({inner})"
            return text if operator == "any" else self.env._("not (%s)", text)
        if value is False and field.type != "boolean":
            return (
                self.env._("%s is empty", label)
                if operator in ("=", "in")
                else self.env._("%s is filled in", label)
            )
        sentences = MOMENTS if field.type in ("date", "datetime") else SENTENCES
        sentence = sentences.get(operator)
        words = self._values_in_words(model, field, value)
        if not sentence:
            return f"{label} {operator} {words}"
        text = self.env._(sentence)
        return text % {"field": label, "value": words}

    def _values_in_words(self, model, field, value):
        """Return the names of the values that a field is compared with.

        :param model: the model of the records, if the values are ids
        """
        values = list(value) if isinstance(value, COLLECTION_TYPES) else [value]
        named = [
            self._value_in_words(model, field, each) for each in values[:MOST_VALUES]
        ]
        if len(values) > MOST_VALUES:
            named.append(self.env._("%s more", len(values) - MOST_VALUES))
        return self.env._(" or ").join(named)

    def _value_in_words(self, model, field, value):
        if field.type == "boolean":
            return self.env._("yes") if value else self.env._("no")
        if value is False:
            return self.env._("empty")
        if field.type in RELATIONS:
            record = model.browse(value).exists()._filtered_access("read")
            return record.display_name or self.env._("(not for you to see)")
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, str(value))
        return str(value)
