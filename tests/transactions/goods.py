"""What tests of shipments do in a warehouse."""

import itertools

NUMBERS = itertools.count(1)


def new_product(env, stock=0, warehouse=None, **values):
    """Make a product that no other test sells.

    :param stock: what there is of it
    :param warehouse: where that is; by default in the company's first
    """
    name = f"Product {next(NUMBERS)}"
    values = {"name": name, "is_storable": True, "list_price": 10} | values
    product = env["product.product"].create(values)
    if stock:
        warehouse = warehouse or first_warehouse(env)
        env["stock.quant"]._update_available_quantity(
            product, warehouse.lot_stock_id, stock
        )
    return product


def new_lots(env, product, *names, stock=5):
    """Make lots of a product, with some of each in the company's first warehouse."""
    lots = env["stock.lot"].create(
        [{"name": name, "product_id": product.id} for name in names]
    )
    location = first_warehouse(env).lot_stock_id
    for lot in lots:
        env["stock.quant"]._update_available_quantity(
            product, location, stock, lot_id=lot
        )
    return lots


def new_sale(env, *products, quantity=1, **values):
    """Make a quotation with a line for each product, at the product's own price."""
    lines = [
        (0, 0, {"product_id": product.id, "product_uom_qty": quantity})
        for product in products
    ]
    return env["sale.order"].create(
        {
            "partner_id": env.ref("base.res_partner_2").id,
            # demo data of other modules have discounts
            "pricelist_id": False,
            "order_line": lines,
        }
        | values
    )


def first_warehouse(env):
    return env["stock.warehouse"].search([("company_id", "=", env.company.id)], limit=1)


def new_warehouse(env, **values):
    code = f"W{next(NUMBERS)}"
    return env["stock.warehouse"].create({"name": code, "code": code} | values)


def validate(picking, **context):
    """Press *Validate*; returns what Odoo wants to do next, True for nothing."""
    return picking.with_context(skip_sms=True, **context).button_validate()


def deliver(picking, quantity=None, **context):
    """Deliver a quantity of each product, by default all of it."""
    for move in picking.move_ids:
        move.quantity = move.product_uom_qty if quantity is None else quantity
    picking.move_ids.picked = True
    return validate(picking, **context)


def return_wizard(picking, quantity=1):
    """Open the wizard for returns, with a quantity of each product."""
    wizard = (
        picking.env["stock.return.picking"]
        .with_context(active_id=picking.id, active_model=picking._name)
        .create({})
    )
    wizard.product_return_moves.quantity = quantity
    return wizard


def picking_by_hand(env, product, quantity=1, kind=None, **values):
    """Make a transfer of a product that no order asks for."""
    kind = kind or first_warehouse(env).out_type_id
    source, target = kind.default_location_src_id, kind.default_location_dest_id
    move = {
        "product_id": product.id,
        "product_uom_qty": quantity,
        "location_id": source.id,
        "location_dest_id": target.id,
    }
    return env["stock.picking"].create(
        {
            "picking_type_id": kind.id,
            "partner_id": env.ref("base.res_partner_2").id,
            "move_ids": [(0, 0, move)],
        }
        | values
    )


def new_payment(env, order, amount=None, state="draft"):
    """Have an order paid online: by default all of it, and not accepted yet."""
    return env["payment.transaction"].create(
        {
            "provider_id": env["payment.provider"].search([], limit=1).id,
            "payment_method_id": env.ref("payment.payment_method_card").id,
            "reference": f"{order.name}-{next(NUMBERS)}",
            "amount": order.amount_total if amount is None else amount,
            "currency_id": order.currency_id.id,
            "partner_id": order.partner_id.id,
            "sale_order_ids": [(6, 0, order.ids)],
            "state": state,
        }
    )


def new_shirt(env, **values):
    """Make a product in two colours, with an engraving that is chosen by the order.

    :return: the variants by colour, and the engraving as a value of the product's
    """
    number = next(NUMBERS)
    attributes = env["product.attribute"].create(
        [
            {
                "name": name,
                "create_variant": way,
                "value_ids": [
                    (0, 0, {"name": value, "is_custom": name == "Engraving"})
                    for value in choices
                ],
            }
            for name, way, choices in (
                ("Colour", "always", ("Red", "Blue")),
                ("Engraving", "no_variant", ("Own text", "None")),
            )
        ]
    )
    template = env["product.template"].create(
        {
            "name": f"Shirt {number}",
            "attribute_line_ids": [
                (
                    0,
                    0,
                    {
                        "attribute_id": each.id,
                        "value_ids": [(6, 0, each.value_ids.ids)],
                    },
                )
                for each in attributes
            ],
        }
        | values
    )
    variants = {
        variant.product_template_attribute_value_ids.name: variant
        for variant in template.product_variant_ids
    }
    engraving = template.attribute_line_ids[1].product_template_value_ids[0]
    return variants, engraving


def engraved(engraving, text):
    """Return what an order's line is written with to have a text engraved."""
    custom = {
        "custom_product_template_attribute_value_id": engraving.id,
        "custom_value": text,
    }
    return {
        "product_no_variant_attribute_value_ids": [(6, 0, engraving.ids)],
        "product_custom_attribute_value_ids": [(5,), (0, 0, custom)],
    }


def new_kit(env, *components, **values):
    """Make a product that is delivered as others."""
    product = new_product(env)
    env["mrp.bom"].create(
        {
            "product_tmpl_id": product.product_tmpl_id.id,
            "type": "phantom",
            "bom_line_ids": [(0, 0, {"product_id": each.id}) for each in components],
        }
        | values
    )
    return product
