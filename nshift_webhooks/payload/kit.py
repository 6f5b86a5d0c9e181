"""The kit of a component: the module mrp explodes kits into their components."""

from ..capture.reading import part
from .parts import PRODUCT, template_name
from .values import per_unit, text

#: Models whose values a kit shows.
KIT_MODELS = ("mrp.bom.line", "mrp.bom", "sale.order.line", "product.product")


def kit(found):
    """Return the kit that a move's goods are a component of, None if there is none.

    :param found: Row of the move, with ``?bom_line_id`` and ``sale_line_id``
    """
    component = _component.at(found, "bom_line_id")
    if not component or not component["is_kit"]:
        return None
    sold = _sold.at(found, "sale_line_id") or NOT_SOLD
    return {
        "order_line_id": found["sale_line_id"],
        "name": component["name"],
        # the order does not have the product of a kit within a kit
        "sku": sold["sku"] if sold["template"] == component["template"] else None,
        "quantity_per_kit": per_unit(component["quantity"], 2),
    }


NOT_SOLD = {"sku": None, "template": None}


@part("mrp.bom.line", "product_qty bom_id", "mrp.bom", "product.template")
def _component(found):
    """The kit of a component, with the quantity of the component in one kit."""
    bom = _bom.at(found, "bom_id")
    return bom | {"quantity": found["product_qty"] / (bom["quantity"] or 1.0)}


@part("mrp.bom", "type product_qty product_tmpl_id", "product.template")
def _bom(found):
    return {
        "is_kit": found["type"] == "phantom",
        "quantity": found["product_qty"],
        "template": found["product_tmpl_id"],
        "name": template_name.at(found, "product_tmpl_id"),
    }


@part("sale.order.line", "product_id", "product.product")
def _sold(found):
    return _product.at(found, "product_id")


@part("product.product", PRODUCT)
def _product(found):
    return {"sku": text(found["default_code"]), "template": found["product_tmpl_id"]}
