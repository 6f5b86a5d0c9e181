"""Whom tests know by name, where no demo data brought them."""

CUSTOMERS = {
    "base.res_partner_2": {"name": "Acme Corporation", "city": "Pleasant Hill"},
    "base.res_partner_3": {"name": "Gemini Furniture", "city": "Fairfield"},
}
GROUPS = (
    "base.group_user",
    "base.group_partner_manager",
    "base.group_allow_export",
    "sales_team.group_sale_salesman",
    "stock.group_stock_user",
)
"""Of the employee: as in demo data, nobody who may see webhooks."""


def move_in(env):
    """Make the customers and the employee who are missing.

    Whoever manages webhooks reads English, whose words tests look for.
    """
    country = env.ref("base.us")
    for xml_id, values in CUSTOMERS.items():
        values = {
            "is_company": True,
            "country_id": country.id,
            "state_id": env.ref("base.state_us_5").id,
            "zip": "94523",
            "street": "77 Santa Barbara Rd",
            "email": "office@example.com",
            **values,
        }
        _make(env["res.partner"], xml_id, values)
    groups = [env.ref(group).id for group in GROUPS]
    values = {"name": "Marc Demo", "login": "demo", "group_ids": [(6, 0, groups)]}
    _make(env["res.users"], "base.user_demo", values)
    managers = env.ref("nshift_webhooks.group_webhook_manager")
    managers.with_context(active_test=False).all_user_ids.lang = "en_US"


def _make(model, xml_id, values):
    if not model.env.ref(xml_id, raise_if_not_found=False):
        model._load_records([{"xml_id": xml_id, "values": values, "noupdate": True}])
