import ast

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..capture.condition import Unusable, deciding_paths, models_on
from ..capture.shown import all_shown
from ..transaction import complain

#: The fields with conditions, and the model of the records that each is about.
MODELS = {"order_domain": "sale.order", "shipment_domain": "stock.picking"}


class NshiftWebhook(models.Model):
    """A webhook's conditions on orders and shipments, besides its company and channels.

    A condition is checked on a record's state before and after a change, so it may use
    only stored fields, and must mean the same at any time and for every user.
    """

    _inherit = "nshift.webhook"

    order_domain = fields.Char(
        "Condition on orders",
        help="Only orders that meet it, and their shipments. Empty: all.",
    )
    shipment_domain = fields.Char(
        "Condition on shipments",
        help="Only shipments that meet it. Empty: all of these orders.",
    )
    condition_error = fields.Char(
        "Fault in a condition",
        compute="_compute_condition_error",
        help="Nothing is told as long as there is one.",
    )
    can_read_records = fields.Boolean(compute="_compute_can_read_records")

    @api.depends("order_domain", "shipment_domain")
    @api.depends_context("lang")
    def _compute_condition_error(self):
        for webhook in self:
            webhook.condition_error = False
            for name in MODELS:
                try:
                    webhook._check_condition(webhook._fields[name], webhook[name])
                except ValidationError as error:
                    webhook.condition_error = error.args[0]
                    break

    @api.depends_context("uid")
    def _compute_can_read_records(self):
        """Tell whether the user may read orders and shipments, which the editor of
        conditions searches.
        """
        models_ = [self.env[name] for name in MODELS.values()]
        self.can_read_records = all(each.has_access("read") for each in models_)

    def _check_value_of(self, field, value, kept):
        result = super()._check_value_of(field, value, kept)
        if field.name in MODELS:
            self._check_may_ask(field, self._check_condition(field, kept))
        return result

    def _check_condition(self, field, text):
        """Refuse a condition that cannot be followed.

        :return: the paths from :func:`deciding_paths`
        :raises ValidationError: says how to mend the condition
        """
        model = self.env[MODELS[field.name]]
        label = self._label_of(field)
        try:
            domain = parse_condition(text)
            paths = deciding_paths(self.env.registry.models, model, domain)
        except Unusable as error:
            raise ValidationError(self._condition_text(label, error)) from error
        except (ValueError, TypeError, SyntaxError, RecursionError) as error:
            raise ValidationError(
                self.env._(
                    "“%s” cannot be read: choose fields and values in its editor. It "
                    "cannot ask for who is looking, or for the day.",
                    label,
                )
            ) from error
        return paths

    def _condition_text(self, label, error):
        """Return the fault of a condition, and how to mend the condition.

        :param str label: the condition's label
        :param error: an Unusable
        """
        field = error.field
        if error.reason != "missing":
            field = field._description_string(self.env)
        text = {
            "missing": self.env._("there is no such field: choose another."),
            "secret": self.env._("it is a secret."),
            "computed": self.env._(
                "it is computed whenever somebody looks, so nobody knows when it "
                "changes: choose a field that is stored."
            ),
            "kind": self.env._("it is of a kind that cannot be asked for."),
            "company": self.env._("it has another value in each company."),
            "language": self.env._(
                "it has another text in each language: choose the records themselves, "
                "such as a tag, and not their names."
            ),
            "name": self.env._(
                "choose the records themselves, and not a part of their names."
            ),
            "relative": self.env._(
                "enter a date: what is “today” changes without anybody's doing."
            ),
            "number": self.env._("it is a number: compare it with one."),
            "operator": self.env._("it cannot be compared in this way."),
        }[error.reason]
        return self.env._(
            "“%(condition)s” cannot ask for “%(field)s”: %(reason)s",
            condition=label,
            field=field,
            reason=text,
        )

    def _check_may_ask(self, field, paths):
        """Refuse conditions on fields that the user may not read.

        :param paths: the paths from :func:`deciding_paths`
        :raises ValidationError: names the field
        """
        if self.env.su:
            return
        models_by_name = self.env.registry.models
        model = self.env[MODELS[field.name]]
        # managers of webhooks read these fields in the log's messages anyway
        told = all_shown(models_by_name)
        for name, asked in models_on(models_by_name, model, paths):
            at = self.env[name]
            may_read = name in told or at.has_access("read")
            if not (may_read and at._has_field_access(at._fields[asked], "read")):
                raise ValidationError(
                    self.env._(
                        "“%(condition)s” asks for “%(field)s” of “%(model)s”, which "
                        "you may not read.",
                        condition=self._label_of(field),
                        field=at._fields[asked]._description_string(self.env),
                        model=at._description,
                    )
                )

    @api.model
    def _domain(self, model, order_domain, shipment_domain):
        """Return the Domain of the records that meet a webhook's conditions.

        :param model: the records' model
        :return: None if a condition cannot be used any more, such as after a field has
            gone with its module: the webhook then follows nothing
        """
        try:
            parsed = []
            for name, text in zip(MODELS, (order_domain, shipment_domain), strict=True):
                domain = parse_condition(text)
                deciding_paths(self.env.registry.models, self.env[MODELS[name]], domain)
                parsed.append(domain)
        except (Unusable, ValueError, TypeError, SyntaxError, RecursionError) as error:
            complain(error, "A webhook's condition cannot be used")
            return None
        return model._nshift_webhook_condition(*parsed)

    def _followed_if(self, model):
        """Return the Domain of the records of a model that meet the conditions."""
        return self._domain(model, self.order_domain, self.shipment_domain)


def parse_condition(text):
    """Return a condition as a Domain.

    :raises ValueError, TypeError, SyntaxError, RecursionError: the text is no condition
    """
    terms = ast.literal_eval(text.strip()) if text else []
    if not isinstance(terms, list):
        raise TypeError("A condition is a list.")
    return Domain(terms)


def met(records):
    """Return the conditions of active webhooks that each record meets, by record id."""
    audience = records.env["nshift.webhook.outbox"]._audience(records)
    found = dict.fromkeys(records._ids, frozenset())
    # archived records count like any others
    records = records.with_context(active_test=False)
    for text, domain in audience.conditions.items() if audience else ():
        for id_ in records.filtered_domain(domain)._ids:
            found[id_] |= {text}
    return found
