"""Fields of an administrator's own, and those that are chosen to be told."""

#: By model, the fields that somebody has added: name, type and what that takes.
ADDED = {
    "sale.order": {
        "x_text": {"ttype": "char"},
        "x_notes": {"ttype": "html"},
        "x_gift": {"ttype": "boolean"},
        "x_count": {"ttype": "integer"},
        "x_size": {"ttype": "float"},
        "x_fee": {"ttype": "monetary"},
        "x_day": {"ttype": "date"},
        "x_at": {"ttype": "datetime"},
        "x_kind": {
            "ttype": "selection",
            "selection_ids": [(0, 0, {"value": "b2b", "name": "Firms"})],
        },
        "x_sector_id": {"ttype": "many2one", "relation": "res.partner.industry"},
        "x_agent_id": {"ttype": "many2one", "relation": "res.users"},
        "x_topic_ids": {"ttype": "many2many", "relation": "res.partner.category"},
    },
    "sale.order.line": {
        "x_engraving": {"ttype": "char"},
        "x_topic_id": {"ttype": "many2one", "relation": "res.partner.category"},
    },
    "stock.picking": {"x_dock": {"ttype": "char"}},
    "stock.move": {"x_bay": {"ttype": "char"}},
    "product.template": {"x_material": {"ttype": "char", "translate": "standard"}},
    "product.product": {"x_batch": {"ttype": "char"}},
    "res.partner": {
        "x_gate": {"ttype": "char"},
        "x_motto": {"ttype": "char", "translate": "standard"},
        "x_hours": {"ttype": "html"},
        "x_since": {"ttype": "date"},
        "x_topic_id": {"ttype": "many2one", "relation": "res.partner.category"},
        "x_topic_ids": {"ttype": "many2many", "relation": "res.partner.category"},
    },
}


def add_field(env, model, name, **values):
    """Add a field to a model, as an administrator does in Odoo's settings."""
    return env["ir.model.fields"].create(
        {
            "model_id": env["ir.model"]._get_id(model),
            "name": name,
            "field_description": name,
            "state": "manual",
        }
        | values
    )


def choose(env, model, name, **values):
    """Have a field told."""
    field = env["ir.model.fields"]._get(model, name)
    values = {"model": model, "field_id": field.id} | values
    return env["nshift.webhook.field"].create(values)


def choose_nothing(env):
    env["nshift.webhook.field"].search([]).unlink()


def choose_what_is_added(env):
    """Have the fields told that somebody has added, and no others."""
    wanted = [(model, name) for model, fields in ADDED.items() for name in fields]
    chosen = env["nshift.webhook.field"].search([])
    found = {(each.model, each.field_id.name, each.key) for each in chosen}
    # most tests leave them as they were
    if found != {(model, name, name) for model, name in wanted}:
        chosen.unlink()
        for model, name in wanted:
            choose(env, model, name)
