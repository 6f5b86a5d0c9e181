"""What the merchant of the demo sells, to whom, and who carries it."""

from .api import Api

WEB_SHOP, MARKETPLACE = "Web shop", "Marketplace"

#: sku, name, price, weight in kg, volume in m³, number of the harmonized system
PRODUCTS = (
    ("CHAIR", "Oak chair", 129.0, 6.5, 0.18, "940169"),
    ("TABLE", "Oak table", 549.0, 38.0, 0.55, "940360"),
    ("LAMP", "Reading lamp", 79.5, 2.2, 0.02, "940521"),
    ("TOP", "Table top", 210.0, 18.0, 0.09, "940391"),
    ("LEG", "Table leg", 25.0, 1.5, 0.01, "940391"),
    ("DESK", "Desk to assemble", 299.0, 24.0, 0.13, "940330"),
)
#: How many of what make one.
KITS = {"DESK": {"TOP": 1, "LEG": 4}}
CUSTOMERS = (
    (
        "Anna Lindqvist",
        "base.se",
        {"street": "Storgatan 5", "zip": "211 42", "city": "Malmö"}
        | {"phone": "+46 40 123 45", "email": "anna@example.com"},
    ),
    (
        "Bistro Bellevue",
        "base.fr",
        {"street": "3 rue du Port", "zip": "13002", "city": "Marseille"}
        | {"is_company": True, "email": "commande@bellevue.example"}
        | {"phone": "+33 4 91 00 00 00"},
    ),
    (
        "Cornelis de Vries",
        "base.nl",
        {"street": "Kade 12", "zip": "3011 AB", "city": "Rotterdam"}
        | {"phone": "+31 10 123 4567"},
    ),
)
TRACKING = "https://track.example/<shipmenttrackingnumber>"


class Catalogue:
    """The same, made in Odoo.

    :ivar channels: ids by name
    :ivar products: ids by sku
    :ivar customers: ids by name
    :ivar carrier: id
    """

    def __init__(self, api: Api):
        self.channels = {
            name: api.create("sale.channel", name=name)
            for name in (WEB_SHOP, MARKETPLACE)
        }
        origin = api.ref("base.dk")
        self.products = {
            sku: api.create(
                "product.product",
                name=name,
                default_code=sku,
                list_price=price,
                weight=weight,
                volume=volume,
                hs_code=hs_code,
                country_of_origin=origin,
            )
            for sku, name, price, weight, volume, hs_code in PRODUCTS
        }
        for sku, parts in KITS.items():
            self._make_kit(api, sku, parts)
        self.customers = {
            name: api.create(
                "res.partner", name=name, country_id=api.ref(country), **more
            )
            for name, country, more in CUSTOMERS
        }
        self.carrier = api.create(
            "delivery.carrier",
            name="Nordic Parcel",
            tracking_url=TRACKING,
            product_id=api.create("product.product", name="Freight", type="service"),
        )

    def _make_kit(self, api: Api, sku: str, parts: dict[str, int]) -> None:
        product = api.read("product.product", self.products[sku], "product_tmpl_id")
        api.create(
            "mrp.bom",
            product_tmpl_id=product["product_tmpl_id"],
            type="phantom",
            bom_line_ids=[
                (0, 0, {"product_id": self.products[part], "product_qty": number})
                for part, number in parts.items()
            ],
        )
