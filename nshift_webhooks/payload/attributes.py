"""What was chosen of a product that comes in variants: red, with the engraving "Anna".

Some choices make a product of their own, others are kept with the order's line only.
"""

from ..capture.reading import part, row
from .parts import named

_VALUES = (
    "product.template.attribute.value",
    "product.attribute.value",
    "product.attribute",
)
#: Models that the attributes of an order's line show.
ATTRIBUTE_MODELS = ("product.product", "product.attribute.custom.value", *_VALUES)
#: Fields of an order's line that :func:`line_attributes` needs.
LINE_ATTRIBUTES = (
    "product_id product_no_variant_attribute_value_ids"
    " product_custom_attribute_value_ids"
)


def line_attributes(found):
    """Return the attributes of what an order's line sells, in a list of dicts.

    :param found: a Row of ``sale.order.line`` with the columns ``LINE_ATTRIBUTES``
    """
    customs = _custom.each(found, "product_custom_attribute_value_ids")
    texts = {value["id"]: custom for value, custom in customs}
    values = [
        *(_of_product.at(found, "product_id") or ()),
        *_value.each(found, "product_no_variant_attribute_value_ids"),
        *(value for value, _custom in customs),
    ]
    return [
        _shown(value, texts.get(id_))
        for id_, value in {value["id"]: value for value in values}.items()
    ]


def attributes(found, line="sale_line_id"):
    """Return the attributes of a product that an order's line has something moved for.

    What was chosen in the line is no choice of a kit's components, which are moved for
    that line, too.

    :param found: a Row with ``product_id``
    :param str line: name of the row's many2one field to the order's line
    """
    chosen = _of_line.at(found, line)
    if chosen and chosen["product_id"] == found["product_id"]:
        return chosen["attributes"]
    return [_shown(value) for value in _of_product.at(found, "product_id") or ()]


@part("sale.order.line", LINE_ATTRIBUTES, *ATTRIBUTE_MODELS)
def _of_line(found):
    return {"product_id": found["product_id"], "attributes": line_attributes(found)}


@part("product.product", "combination_indices", *_VALUES)
def _of_product(found):
    # of most products there are no variants: nothing needs to be asked for
    if not found["combination_indices"]:
        return []
    name = "product_template_attribute_value_ids"
    return _value.each(row(found.record, [name]), name)


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
