"""Choices for a product with variants, such as red, or with the engraving "Anna".

Some choices make a variant, others are stored only with the order's line.
"""

from ..capture.reading import part, row
from .parts import named

_VALUES = (
    "product.template.attribute.value",
    "product.attribute.value",
    "product.attribute",
)
#: Models whose values the attributes of an order's line show.
ATTRIBUTE_MODELS = (
    "product.product",
    "product.template",
    "product.template.attribute.line",
    "product.attribute.custom.value",
    *_VALUES,
)
_CHOICES = (
    "product_no_variant_attribute_value_ids",
    "product_custom_attribute_value_ids",
)


def line_attributes(found):
    """Return the attributes that the customer chose for an order's line.

    :param found: Row of the ``sale.order.line``, with ``product_id``
    :return: a list of dicts
    """
    # most products have no attributes, and need no further queries
    if not _has_attributes.at(found, "product_id"):
        return []
    chosen = row(found.record, _CHOICES)
    customs = _custom.each(chosen, "product_custom_attribute_value_ids")
    texts = {value["id"]: custom for value, custom in customs}
    values = [
        *_of_product.at(found, "product_id"),
        *_value.each(chosen, "product_no_variant_attribute_value_ids"),
        *(value for value, _custom in customs),
    ]
    return [
        _shown(value, texts.get(id_))
        for id_, value in {value["id"]: value for value in values}.items()
    ]


def attributes(found, line="sale_line_id"):
    """Return the attributes of a product that is moved for an order's line.

    The choices in the line do not apply to the components of a kit, which are moved for
    the same line.

    :param found: Row with ``product_id``
    :param str line: name of the Row's many2one field to the order's line
    :return: a list of dicts
    """
    chosen = _of_line.at(found, line)
    if chosen and chosen["product_id"] == found["product_id"]:
        return chosen["attributes"]
    if not _has_attributes.at(found, "product_id"):
        return []
    return [_shown(value) for value in _of_product.at(found, "product_id")]


@part("sale.order.line", "product_id", *ATTRIBUTE_MODELS)
def _of_line(found):
    return {"product_id": found["product_id"], "attributes": line_attributes(found)}


@part("product.product", "product_template_attribute_value_ids", *_VALUES)
def _of_product(found):
    return _value.each(found, "product_template_attribute_value_ids")


@part(
    "product.product",
    "product_tmpl_id",
    "product.template",
    "product.template.attribute.line",
)
def _has_attributes(found):
    return _has_lines.at(found, "product_tmpl_id")


@part("product.template", "attribute_line_ids", "product.template.attribute.line")
def _has_lines(found):
    # archived lines included: Odoo archives them because the product was sold
    return bool(found["attribute_line_ids"])


@part(
    "product.attribute.custom.value",
    "custom_product_template_attribute_value_id custom_value",
    *_VALUES,
)
def _custom(found):
    value = _value.at(found, "custom_product_template_attribute_value_id")
    return value, found["custom_value"] or None


@part(
    "product.template.attribute.value",
    "attribute_id product_attribute_value_id",
    "product.attribute.value",
    "product.attribute",
)
def _value(found):
    return {
        "id": found.record.id,
        "attribute": _attribute.at(found, "attribute_id"),
        "value": _name.at(found, "product_attribute_value_id"),
    }


def _shown(value, custom=None):
    return {
        "attribute": value["attribute"],
        "value": value["value"],
        "custom": custom,
    }


_attribute = named("product.attribute")
_name = named("product.attribute.value")
