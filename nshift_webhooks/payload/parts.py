"""Parts of payloads that orders and shipments share."""

from ..capture.reading import part
from .custom import custom
from .values import text


@part("sale.channel", "name")
def channel(found):
    return {"id": found.record.id, "name": found["name"]}


#: Columns of a company, read together.
COMPANY = (
    "name partner_id currency_id tax_calculation_rounding_method"
    " sale_discount_product_id account_price_include"
)


@part("res.company", COMPANY, "res.partner")
def company(found):
    # not from the company's own fields, which Odoo reads from the contact in 5 ms
    partner = tax_payer.at(found, "partner_id")
    return {
        "id": found.record.id,
        "name": found["name"],
        "vat": partner["vat"],
        "country": partner["country"],
    }


#: Columns of a contact, read together.
CONTACT = (
    "commercial_company_name ref vat lang street street2 zip city state_id country_id"
    " name is_company phone email parent_id"
)
#: Fields of a company's own contact that messages show.
OF_COMPANIES = ("vat", "country_id", "lang")


@part("res.partner", CONTACT)
def tax_payer(found):
    return {
        "vat": text(found["vat"]),
        "country": _country(found),
        "language": text(found["lang"]),
    }


@part("res.company", "")
def digits(found):
    """The number of digits after the point, by usage."""
    precision = found.record.env["decimal.precision"].precision_get
    usages = "Product Unit", "Product Price", "Discount", "Stock Weight", "Volume"
    return {usage: precision(usage) for usage in usages}


@part("res.currency", "name decimal_places")
def currency(found):
    return {"name": found["name"], "digits": found["decimal_places"]}


@part(
    "res.partner",
    CONTACT,
    "res.partner",
    "res.country.state",
)
def contact(found):
    """A person or company with an address."""
    return {
        "id": found.record.id,
        **_who(found),
        "company_name": text(found["commercial_company_name"]),
        "reference": text(found["ref"]),
        "vat": text(found["vat"]),
        "language": text(found["lang"]),
        "street": text(found["street"]),
        "street2": text(found["street2"]),
        "zip": text(found["zip"]),
        "city": text(found["city"]),
        "state": _state.at(found, "state_id"),
        "country": _country(found),
        "custom": custom(found),
    }


@part("res.partner", "name is_company phone email parent_id", "res.partner")
def _above(found):
    return _who(found)


def _who(found):
    """Return the name and the means of contact at an address.

    Missing values are taken from the contact that the address belongs to.
    """
    above = _above.at(found, "parent_id") or NOBODY
    named = found if found["name"] else above
    return {
        "name": text(named["name"]),
        "is_company": bool(named["is_company"]),
        "phone": text(found["phone"]) or above["phone"],
        "email": text(found["email"]) or above["email"],
    }


def shown_of_contacts(*paths):
    """Return the fields of contacts that messages show, by path.

    :param paths: paths to contacts whose addresses are shown
    """
    return dict.fromkeys(paths, contact.names) | {
        f"{path}{above}": _above.names
        for path in paths
        # two levels: the address of a person in a company
        for above in (".parent_id", ".parent_id.parent_id")
    }


NOBODY = {"name": None, "is_company": False, "phone": None, "email": None}


@part("res.country.state", "code")
def _state(found):
    return text(found["code"])


def _country(found):
    return found.record.country_id._nshift_webhook_code()


@part("res.company", COMPANY, "res.currency")
def company_currency(found):
    return currency.at(found, "currency_id")["name"]


#: Columns of a product, of its template and of a unit, each read together.
PRODUCT = "barcode default_code product_tmpl_id weight volume"
TEMPLATE = "name type uom_id list_price hs_code country_of_origin"
UNIT = "name factor"


@part("product.product", PRODUCT, "product.template")
def goods(found):
    """A product with the merchant's number for it."""
    template = _template.at(found, "product_tmpl_id")
    return {
        "product": {
            "id": found.record.id,
            "barcode": text(found["barcode"]),
            "name": template["name"],
            "custom": template["custom"] | custom(found),
        },
        "sku": text(found["default_code"]),
    }


NO_GOODS = {"product": None, "sku": None}


@part("product.template", TEMPLATE)
def _template(found):
    return {"name": text(found["name"]), "custom": custom(found)}


@part("stock.warehouse", "code name")
def warehouse(found):
    return {
        "id": found.record.id,
        "code": text(found["code"]),
        "name": text(found["name"]),
    }


@part("delivery.carrier", "name delivery_type")
def carrier(found):
    return {
        "id": found.record.id,
        "name": found["name"],
        "type": found["delivery_type"],
        "service_code": found.record._nshift_webhook_service_code(),
    }


@part("account.incoterms", "code")
def incoterm(found):
    return text(found["code"])


@part("res.company", COMPANY, "res.partner")
def language(found):
    """The language of a company, None if the language is not active."""
    lang = tax_payer.at(found, "partner_id")["language"]
    # Odoo refuses to read in a language that was removed
    return lang if lang and found.record.env["res.lang"]._get_data(code=lang) else None


@part("res.company", "")
def units(found):
    """The units of weights, volumes and lengths, which the whole database shares."""
    # not from Odoo's records of these units, whose names can be changed and translated
    setting = found.record.env["ir.config_parameter"].get_param
    pounds = setting("product.weight_in_lbs") == "1"
    feet = setting("product.volume_in_cubic_feet") == "1"
    return {
        "weight": "lb" if pounds else "kg",
        "volume": "ft³" if feet else "m³",
        "length": "ft" if feet else "mm",
    }


def named(model, names="name"):
    """Return the Part that is a record's name.

    :param str model: a model that stores ``name``
    :param str names: further columns to read together with the name
    """
    return part(model, names)(lambda found: text(found["name"]))


template_name = named("product.template", TEMPLATE)
unit = named("uom.uom", UNIT)


@part("uom.uom", UNIT)
def factor(found):
    """The size of a unit, relative to the reference unit of its kind."""
    return found["factor"] or 1.0
