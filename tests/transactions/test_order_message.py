"""What an order's message says: complete, and no noise."""

import pytest

from .conftest import as_told
from .goods import engraved, new_payment, new_product, new_sale, new_shirt
from .told import Told


@pytest.fixture
def told(shop):
    return Told(shop)


class Order:
    """An order, and what is told of changes to it.

    :param told: the :class:`Told` of the shop
    """

    def __init__(self, told, **values):
        self.told = told
        with told.transaction() as env:
            products = values.pop("products", None) or [new_product(env)]
            self.id = new_sale(env, *products, **values).id
        told.events()

    def __call__(self, env):
        return env["sale.order"].browse(self.id)

    def write(self, **values):
        """Write values; returns what is told of the order, and its state before."""
        with self.told.transaction() as env:
            self(env).write(values)
        return self.heard()

    def heard(self):
        """Return the only thing that is told, and its state before."""
        [(event, _name, data)] = self.told.events()
        assert event == "order.updated"
        assert data["order"]["id"] == self.id
        return data["order"], data["previous"]

    def shown(self):
        with self.told.transaction() as env:
            return as_told(self(env))["order"]


# Variants


def test_shirts_can_be_told_apart(told):
    with told.transaction() as env:
        variants, engraving = new_shirt(env)
        order = new_sale(env)
        order.order_line = [
            (0, 0, {"product_id": variants[colour].id} | engraved(engraving, text))
            for colour, text in (("Red", "Anna"), ("Blue", "Bo"))
        ]
        plain = {"product_id": variants["Blue"].id}
        order.order_line = [(0, 0, plain)]
        lines = order._nshift_webhook_payload()["order"]["lines"]
    assert [line["attributes"] for line in lines] == [
        [
            {"attribute": "Colour", "value": "Red", "custom": None},
            {"attribute": "Engraving", "value": "Own text", "custom": "Anna"},
        ],
        [
            {"attribute": "Colour", "value": "Blue", "custom": None},
            {"attribute": "Engraving", "value": "Own text", "custom": "Bo"},
        ],
        [{"attribute": "Colour", "value": "Blue", "custom": None}],
    ]


def test_a_corrected_engraving_is_told(told):
    with told.transaction() as env:
        variants, engraving = new_shirt(env)
        order_id = new_sale(env, variants["Red"]).id
        env["sale.order"].browse(order_id).order_line.write(engraved(engraving, "Ana"))
    told.events()
    with told.transaction() as env:
        line = env["sale.order"].browse(order_id).order_line
        line.product_custom_attribute_value_ids.custom_value = "Anna"
    [line] = told.updated(order_id)["lines"]
    assert line["attributes"][1]["custom"] == "Anna"


def test_shipments_can_say_the_same_of_what_they_move(told):
    from odoo.addons.nshift_webhooks.capture.reading import row
    from odoo.addons.nshift_webhooks.payload.attributes import attributes

    def said(move):
        shown = attributes(row(move, ["product_id", "sale_line_id"]))
        return [(each["value"], each["custom"]) for each in shown]

    with told.transaction() as env:
        variants, engraving = new_shirt(env, is_storable=True)
        order = new_sale(env, variants["Red"])
        order.order_line.write(engraved(engraving, "Anna"))
        order.action_confirm()
        move = order.picking_ids.move_ids
        assert said(move) == [("Red", None), ("Own text", "Anna")]
        # such as a part of a kit, which has the line of another product
        move.product_id = variants["Blue"]
        assert said(move) == [("Blue", None)]
        move.product_id = new_product(env)
        assert said(move) == []


# Taxes


def new_tax(env, **values):
    number = env["account.tax"].search_count([])
    return env["account.tax"].create({"name": f"Tax {number}", "amount": 10} | values)


def taxes_of(order):
    [line] = order._nshift_webhook_payload()["order"]["lines"]
    return line["taxes"]


def test_a_group_of_taxes_says_what_it_consists_of(told):
    with told.transaction() as env:
        parts = [
            new_tax(env, name=name, type_tax_use="none", include_base_amount=compound)
            for name, compound in (("State", True), ("City", False))
        ]
        group = new_tax(
            env,
            amount_type="group",
            children_tax_ids=[(6, 0, [each.id for each in parts])],
        )
        order = new_sale(env, new_product(env, taxes_id=[(6, 0, group.ids)]))
        [tax] = taxes_of(order)
    assert (tax["type"], tax["amount"], tax["included"]) == ("group", None, None)
    assert [
        (each["name"], each["amount"], each["compound"]) for each in tax["children"]
    ] == [("State", "10.00", True), ("City", "10.00", False)]


def test_whether_a_price_includes_its_tax(told):
    from odoo.addons.nshift_webhooks.payload.tax import tax as shown

    with told.transaction() as env:
        number = env["res.company"].search_count([])
        company = env["res.company"].create({"name": f"Firm {number}"})
        group = env["account.tax.group"].create(
            {"name": "Group", "company_id": company.id}
        )
        for of_company, of_tax, included in (
            ("tax_excluded", False, False),
            ("tax_included", False, True),
            ("tax_excluded", "tax_included", True),
            ("tax_included", "tax_excluded", False),
        ):
            company.account_price_include = of_company
            tax = new_tax(
                env,
                price_include_override=of_tax,
                company_id=company.id,
                country_id=env.ref("base.dk").id,
                tax_group_id=group.id,
            )
            assert shown.of(tax)["included"] is tax.price_include is included


def test_taxes_that_are_rounded_for_the_whole_order(told):
    """The lines' taxes need not add up to the order's then."""
    with told.transaction() as env:
        tax = new_tax(env, amount=25)
        product = new_product(env, list_price=0.06, taxes_id=[(6, 0, tax.ids)])
        order = new_sale(env, *[product] * 4)
        told_of = {}
        for method in ("round_globally", "round_per_line"):
            order.company_id.tax_calculation_rounding_method = method
            order.order_line.price_unit = 0.06 if method == "round_globally" else 0.07
            env.flush_all()
            shown = order._nshift_webhook_payload()["order"]
            told_of[shown["tax_rounding"]] = (
                shown["amount_tax"],
                sum(float(line["tax"]) for line in shown["lines"]),
            )
        order.company_id.tax_calculation_rounding_method = "round_globally"
    assert told_of["order"] == ("0.06", pytest.approx(0.08))
    assert told_of["line"] == ("0.08", pytest.approx(0.08))


# Payments


def test_a_payment_is_an_update(told):
    order = Order(told)
    with told.transaction() as env:
        payment_id = new_payment(env, order(env)).id
    # begun, and nobody knows yet what comes of it
    told.nothing()
    with told.transaction() as env:
        payment = env["payment.transaction"].browse(payment_id)
        payment._set_done()
        payment.provider_reference = "psp-1"
    shown, before = order.heard()
    total = shown["amount_total"]
    assert (shown["amount_paid"], shown["payment_state"]) == (total, "paid")
    [told_of] = shown["payments"]
    assert told_of["id"] == payment_id
    assert told_of["state"] == "done"
    assert told_of["amount"] == total
    assert told_of["currency"] == shown["currency"]
    assert told_of["method"] == "card"
    assert told_of["provider_reference"] == "psp-1"
    assert before == {
        "amount_paid": "0.00",
        "payment_state": "unpaid",
        "payments": {str(payment_id): None},
    }


def test_a_payment_that_is_accepted_at_once(told):
    """Such as by a card that the shop knows: begun and accepted in one transaction."""
    order = Order(told)
    with told.transaction() as env:
        payment = new_payment(env, order(env), 3)
        payment._set_done()
    shown, before = order.heard()
    assert (shown["amount_paid"], shown["payment_state"]) == ("3.00", "partial")
    assert before["amount_paid"] == "0.00"


def test_the_state_of_payments(told, subtests):
    with told.transaction() as env:
        product = new_product(env, list_price=20, taxes_id=False)
        for states, state, paid in (
            (["draft"], "unpaid", "0.00"),
            (["pending"], "pending", "0.00"),
            (["authorized"], "authorized", "20.00"),
            (["done"], "paid", "20.00"),
            (["error", "cancel"], "unpaid", "0.00"),
            (["error", "done"], "paid", "20.00"),
        ):
            with subtests.test(states=states):
                order = new_sale(env, product)
                for each in states:
                    payment = new_payment(env, order)
                    # not every provider can reserve money
                    env.cr.execute(
                        "UPDATE payment_transaction SET state = %s WHERE id = %s",
                        (each, payment.id),
                    )
                env.invalidate_all()
                shown = order._nshift_webhook_payload()["order"]
                assert (shown["payment_state"], shown["amount_paid"]) == (state, paid)
                # as Odoo has it
                assert float(paid) == order.amount_paid


@pytest.mark.parametrize("act", ["_set_canceled", "_set_error"])
def test_a_payment_that_comes_to_nothing_is_no_change(told, act):
    order = Order(told)
    with told.transaction() as env:
        payment = new_payment(env, order(env))
        getattr(payment, act)(*(["No money"] if act == "_set_error" else []))
    told.nothing()


def test_nothing_to_pay_is_paid(told):
    with told.transaction() as env:
        order = new_sale(env, new_product(env, list_price=0))
        shown = order._nshift_webhook_payload()["order"]
        assert shown["payment_state"] == "paid"


@pytest.mark.parametrize(
    "commands",
    [
        lambda order: [(6, 0, order.ids)],
        lambda order: [(4, order.id)],
        lambda order: order.ids,
        lambda order: order,
    ],
    ids=["set", "link", "ids", "records"],
)
def test_a_payment_that_becomes_the_orders(told, commands):
    order = Order(told)
    with told.transaction() as env:
        other = new_sale(env, new_product(env))
        payment_id = new_payment(env, other, 1, "done").id
    told.events()
    with told.transaction() as env:
        payment = env["payment.transaction"].browse(payment_id)
        payment.write({"sale_order_ids": commands(order(env))})
        others = {id_: None for id_ in (other.id, order.id)}
        gone = other.id not in payment.sale_order_ids.ids
    for event, _name, data in told.events():
        assert event == "order.updated"
        others[data["order"]["id"]] = data["order"]["amount_paid"]
    assert others[order.id] == "1.00"
    assert others[other.id] == ("0.00" if gone else None)


# What else there is


def test_tags_are_told_by_name(told):
    order = Order(told)
    with told.transaction() as env:
        order(env).tag_ids = [(0, 0, {"name": f"Gift {order.id}"})]
    shown, before = order.heard()
    assert shown["tags"] == [f"Gift {order.id}"]
    assert before == {"tags": []}


PICKUP_POINT = {
    "id": "DK-4711",
    "name": "Kiosk",
    "street": "Havnen 1",
    "city": "Aarhus",
    "state": "",
    "zip_code": "8000",
    "country_code": "DK",
    "latitude": 56.1,
    "opening_hours": {"0": ["8:00 - 12:00"]},
}


def test_a_pickup_point_is_told(told):
    order = Order(told)
    shown, before = order.write(pickup_location_data=PICKUP_POINT)
    assert shown["pickup_point"] == {
        "id": "DK-4711",
        "name": "Kiosk",
        "street": "Havnen 1",
        "zip": "8000",
        "city": "Aarhus",
        "state": None,
        "country": "DK",
    }
    assert before == {"pickup_point": None}


def test_a_pickup_point_may_be_anything(told):
    order = Order(told)
    for chosen, shown in (
        ({"id": 7}, "7"),
        ({"id": {"$": 1}, "name": ["x"]}, None),
        ({"id": True}, None),
        (["x"], "nothing"),
        ("x", "nothing"),
    ):
        with told.transaction() as env:
            order(env).pickup_location_data = chosen
        point = order.shown()["pickup_point"]
        assert point["id"] == shown if point else shown == "nothing"


def test_terms_are_plain_text(told):
    order = Order(told)
    for note, terms in (
        (False, None),
        ("<p>Ring <b>twice</b></p><p>then wait</p>", "Ring *twice*\nthen wait"),
        ("<p><br></p>", None),
        ("<p>1 &lt; 2 &amp; 3</p>", "1 < 2 & 3"),
        ("<!-- nothing -->", None),
        (
            '<p><img src="data:image/png;base64,AAAA"/>See <a href="https://x.example">'
            "there</a></p>",
            "See there",
        ),
    ):
        with told.transaction() as env:
            order(env).note = note
        assert order.shown()["terms"] == terms


def test_other_markup_of_the_same_text_is_no_change(told):
    order = Order(told, note="<p>Ring twice</p>")
    with told.transaction() as env:
        order(env).note = '<p style="color: red">Ring twice</p>'
    told.nothing()


def test_a_signature_says_who_and_when(told):
    order = Order(told)
    shown, before = order.write(
        signed_by="Ann", signed_on="2026-01-02 03:04:05", signature=PIXEL
    )
    assert (shown["signed_by"], shown["signed_at"]) == ("Ann", "2026-01-02T03:04:05Z")
    assert before == {"signed_by": None, "signed_at": None}
    assert PIXEL not in str(shown)


PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA"
    "AABJRU5ErkJggg=="
)


def test_single_values(told):
    order = Order(told)
    for values, shown in (
        ({"locked": True}, {"locked": True}),
        ({"picking_policy": "one"}, {"delivery_policy": "all_at_once"}),
        ({"incoterm_location": "Aarhus"}, {"incoterm_location": "Aarhus"}),
    ):
        now, before = order.write(**values)
        assert now.items() >= shown.items()
        assert before.keys() == shown.keys()


def test_what_one_unit_of_a_line_weighs(told):
    with told.transaction() as env:
        dozen = env.ref("uom.product_uom_dozen")
        product = new_product(env, weight=0.25, volume=0.02)
        order = new_sale(env, product, product, new_product(env))
        order.order_line[1].product_uom_id = dozen
        shown = order._nshift_webhook_payload()["order"]
    assert [(line["weight"], line["volume"]) for line in shown["lines"]] == [
        ("0.25", "0.02"),
        ("3.00", "0.24"),
        (None, None),
    ]
    assert shown["units"] == {"weight": "kg", "volume": "m³", "length": "mm"}


def test_another_currency_has_its_rate(told):
    with told.transaction() as env:
        yen = env.ref("base.JPY")
        yen.active = True
        yen.rate_ids = [(5,), (0, 0, {"name": "2020-01-01", "rate": 151.2345})]
        pricelist = env["product.pricelist"].create(
            {"name": "Yen", "currency_id": yen.id}
        )
        order = new_sale(env, new_product(env), pricelist_id=pricelist.id)
        shown = order._nshift_webhook_payload()["order"]
        company = order.company_id.currency_id.name
    assert shown["currency"] == "JPY"
    assert (shown["company_currency"], shown["currency_rate"]) == (company, "151.2345")


def test_nothing_of_the_message_changes_by_itself(told, monkeypatch):
    """Such as with the day: there would be no event, and a wrong state before."""
    order = Order(told)
    today = order.shown()
    with told.transaction() as env:
        env.cr.execute("SELECT now() AT TIME ZONE 'UTC' + interval '40 days'")
        [later] = env.cr.fetchone()
    from odoo import fields

    monkeypatch.setattr(fields.Date, "today", lambda: later.date())
    monkeypatch.setattr(fields.Date, "context_today", lambda *_args: later.date())
    monkeypatch.setattr(fields.Datetime, "now", lambda: later)
    assert order.shown() == today
