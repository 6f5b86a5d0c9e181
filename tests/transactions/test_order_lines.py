"""What kind each line of an order is, and to what it belongs: with the modules that
make such lines.
"""

import importlib
import itertools
import pkgutil
from collections import Counter

import pytest

from .conftest import Shop, without_webhooks
from .goods import engraved, new_kit, new_product, new_sale, new_shirt
from .model_of_events import before_that

NUMBERS = itertools.count(1)


@pytest.fixture
def sales(registry_with_more):
    sales = without_webhooks(Shop(registry_with_more))
    with sales.transaction() as env:
        # none of those that came with the modules
        env["loyalty.program"].search([]).active = False
    sales.webhook_for_each(("order.created", "order.updated"))
    return sales


@pytest.fixture
def env(sales):
    """A transaction that is committed when the test ends."""
    with sales.transaction() as env:
        yield env


def order_of(env, *lines, **values):
    """Make an order with these lines, each as ``create`` takes it."""
    order = new_sale(env, **values)
    order.order_line = [(0, 0, line) for line in lines]
    return order


def service(env, **values):
    return new_product(env, **{"type": "service", "is_storable": False} | values)


def program(env, kind, **reward):
    """Make a loyalty program with one reward."""
    return env["loyalty.program"].create(
        {
            "name": f"{kind} {next(NUMBERS)}",
            "program_type": kind,
            "trigger": "auto",
            "applies_on": "current",
            "rule_ids": [(0, 0, {"minimum_qty": 0, "reward_point_amount": 100})],
            "reward_ids": [(0, 0, {"required_points": 1} | reward)],
        }
    )


def claim(order, program, points=100):
    """Have a program's reward on an order, by a card with points for it."""
    cards = order.env["loyalty.card"].with_context(action_no_send_mail=True)
    card = cards.create(
        {"program_id": program.id, "points": points, "partner_id": order.partner_id.id}
    )
    order.applied_coupon_ids |= card
    assert order._apply_program_reward(program.reward_ids, card) in (None, {}, True)


def lines_of(order):
    """Return the lines that are told of an order."""
    return order._nshift_webhook_payload()["order"]["lines"]


def kinds(order):
    return [line["kind"] for line in lines_of(order)]


def test_goods_and_services(env):
    order = new_sale(env, new_product(env), service(env))
    assert kinds(order) == ["goods", "service"]


def test_shipping_costs(env):
    order = new_sale(env, new_product(env))
    carrier = env["delivery.carrier"].create(
        {"name": "Bike", "product_id": service(env).id}
    )
    order.set_delivery_line(carrier, 5)
    assert kinds(order) == ["goods", "shipping"]


@pytest.mark.parametrize("kind", ["so_discount", "amount"])
def test_a_discount(env, kind):
    order = new_sale(env, new_product(env))
    wizard = env["sale.order.discount"].create(
        {
            "sale_order_id": order.id,
            "discount_type": kind,
            "discount_percentage": 0.1,
            "discount_amount": 1,
        }
    )
    wizard.action_apply_discount()
    assert kinds(order) == ["goods", "discount"]
    # also when the company takes another product for that from now on
    order.company_id.sale_discount_product_id = service(env)
    assert kinds(order) == ["goods", "discount"]


def test_a_down_payment(env):
    order = new_sale(env, new_product(env))
    order.action_confirm()
    wizard = env["sale.advance.payment.inv"].create(
        {
            "sale_order_ids": order.ids,
            "advance_payment_method": "percentage",
            "amount": 50,
        }
    )
    wizard.create_invoices()
    assert kinds(order) == ["goods", "section", "down_payment"]
    down_payment = lines_of(order)[-1]
    assert (down_payment["quantity"], down_payment["total"]) == ("0.00", "0.00")


def test_a_combo_and_what_is_in_it(env):
    parts = new_product(env, taxes_id=False), service(env, taxes_id=False)
    combos = [
        env["product.combo"].create(
            {"name": part.name, "combo_item_ids": [(0, 0, {"product_id": part.id})]}
        )
        for part in parts
    ]
    menu = new_product(
        env,
        type="combo",
        is_storable=False,
        combo_ids=[(6, 0, [combo.id for combo in combos])],
    )
    order = new_sale(env, menu, parts[0])
    head = order.order_line[0]
    for combo, part in zip(combos, parts, strict=True):
        env["sale.order.line"].create(
            {
                "order_id": order.id,
                "product_id": part.id,
                "linked_line_id": head.id,
                "combo_item_id": combo.combo_item_ids.id,
            }
        )
    told = lines_of(order)
    assert sorted(line["kind"] for line in told) == [
        "combo",
        "goods",
        "goods",
        "service",
    ]
    belonging = Counter(line["combo_line_id"] for line in told)
    assert belonging == {None: 2, head.id: 2}
    assert not any(line["option_of_line_id"] for line in told)
    # the parts bear the price: lines can be added up
    total = sum(float(line["total"]) for line in told)
    assert total == pytest.approx(order.amount_total)


def test_an_option_of_another_line(env):
    order = new_sale(env, new_product(env), service(env))
    order.order_line[1].linked_line_id = order.order_line[0]
    first, second = lines_of(order)
    assert second["option_of_line_id"] == first["id"]
    assert second["combo_line_id"] is None


def test_a_kit(env):
    leg = new_product(env)
    order = new_sale(env, new_kit(env, leg), leg)
    assert kinds(order) == ["kit", "goods"]


def test_no_kit(env):
    leg = new_product(env)
    elsewhere = env["res.company"].create({"name": f"Company {next(NUMBERS)}"})
    products = (
        new_kit(env, leg, type="normal"),
        new_kit(env, leg, active=False),
        new_kit(env, leg, company_id=elsewhere.id),
    )
    assert kinds(new_sale(env, *products)) == ["goods"] * 3


def test_a_kit_of_one_variant(env):
    variants, _engraving = new_shirt(env)
    env["mrp.bom"].create(
        {
            "product_tmpl_id": variants["Red"].product_tmpl_id.id,
            "product_id": variants["Red"].id,
            "type": "phantom",
        }
    )
    assert kinds(new_sale(env, *variants.values())) == ["kit", "goods"]


def test_what_a_program_takes_off(env):
    order = new_sale(env, new_product(env))
    ten_percent = program(env, "promotion", reward_type="discount", discount=10)
    claim(order, ten_percent)
    _goods, reward = lines_of(order)
    assert reward["kind"] == "reward"
    assert reward["reward"] == {
        "id": ten_percent.reward_ids.id,
        "program": ten_percent.name,
        "program_type": "promotion",
    }
    assert float(reward["total"]) < 0


@pytest.mark.parametrize("kind", ["gift_card", "ewallet"])
def test_what_is_paid_with_a_gift_card(env, kind):
    order = new_sale(env, new_product(env))
    gift_card = env["loyalty.program"].create(
        env["loyalty.program"]._get_template_values()[kind]
        | {"name": f"{kind} {next(NUMBERS)}"}
    )
    claim(order, gift_card, points=3)
    goods, paid = lines_of(order)
    assert (goods["kind"], paid["kind"]) == ("goods", "gift_card")
    assert paid["reward"]["program_type"] == kind
    assert float(paid["total"]) == -3


def test_a_product_for_nothing_is_goods_that_a_program_gives(env):
    gift = new_product(env)
    order = new_sale(env, new_product(env))
    claim(
        order,
        program(env, "promotion", reward_type="product", reward_product_id=gift.id),
    )
    _bought, given = lines_of(order)
    assert given["kind"] == "goods"
    assert given["product"]["id"] == gift.id
    assert given["reward"]["program_type"] == "promotion"


def sectioned(env):
    """Make an order in sections, the second of which is optional."""
    product = new_product(env)

    def line(sequence, kind=None, **values):
        sold = (
            {"name": "-", "display_type": kind} if kind else {"product_id": product.id}
        )
        return {"sequence": sequence} | sold | values

    return order_of(
        env,
        line(1),
        line(2, "line_section"),
        line(3),
        line(4, "line_subsection"),
        line(5),
        line(6, "line_note"),
        line(7, "line_section", is_optional=True),
        line(8, product_uom_qty=0),
        line(9, "line_subsection"),
        line(10, product_uom_qty=0),
    )


def test_lines_in_sections(env):
    told = lines_of(sectioned(env))
    places = {line["id"]: place for place, line in enumerate(told)}
    assert [
        (line["kind"], places.get(line["section_line_id"]), line["optional"])
        for line in told
    ] == [
        ("goods", None, False),
        ("section", None, False),
        ("goods", 1, False),
        ("subsection", 1, False),
        ("goods", 3, False),
        ("note", 3, False),
        ("section", None, True),
        ("goods", 6, True),
        ("subsection", 6, True),
        ("goods", 8, True),
    ]


def test_sections_are_those_of_odoo(env):
    order = sectioned(env)
    parents = {line.id: line.parent_id.id or None for line in order.order_line}
    told = lines_of(order)
    assert {line["id"]: line["section_line_id"] for line in told} == parents
    sold = {line["id"]: line for line in told if line["product"]}
    for line in order.order_line.filtered("product_id"):
        assert sold[line.id]["optional"] == line._is_line_optional()


def changed(sales, order_id, change):
    """Make a change of an order; returns what it was, and what is told of it."""
    sales.events()
    with sales.transaction() as env:
        order = env["sale.order"].browse(order_id)
        before = order._nshift_webhook_payload()["order"]
    with sales.transaction() as env:
        change(env["sale.order"].browse(order_id))
    [(event, _name, data)] = sales.events()
    assert event == "order.updated"
    return before, data


def take_off(order):
    claim(order, program(order.env, "promotion", reward_type="discount", discount=10))


def end_program(order):
    """Take the reward's lines off, and let it all be something else by then."""
    reward = order.order_line.reward_id
    reward.program_id.name = "Over"
    order.order_line.filtered("reward_id").unlink()


def make_a_kit(order):
    """Have the product be a kit, which is no change to the order, and note it."""
    product = order.order_line[0].product_id
    new_kit(order.env, service(order.env), product_tmpl_id=product.product_tmpl_id.id)
    order.client_order_ref = "kit"


def put_first(order):
    order.order_line.sorted("sequence")[2].sequence = 0


@pytest.mark.parametrize(
    ("made", "changes"),
    [
        (sectioned, [put_first]),
        (lambda env: new_sale(env, new_product(env)), [take_off, end_program]),
        (lambda env: new_sale(env, new_product(env)), [make_a_kit]),
    ],
    ids=["moved", "reward", "kit"],
)
def test_the_state_before(sales, made, changes):
    with sales.transaction() as env:
        order_id = made(env).id
    for change in changes:
        before, data = changed(sales, order_id, change)
        assert before_that(data["order"], data["previous"]) == before
        with sales.transaction() as env:
            order = env["sale.order"].browse(order_id)
            assert data["order"] == order._nshift_webhook_payload()["order"]


def all_parts():
    """Return each Part of the payloads."""
    from odoo.addons.nshift_webhooks import payload
    from odoo.addons.nshift_webhooks.capture.reading import Part

    return {
        each
        for info in pkgutil.iter_modules(payload.__path__)
        for each in vars(
            importlib.import_module(f"{payload.__name__}.{info.name}")
        ).values()
        if isinstance(each, Part)
    }


def test_whatever_is_asked_for_is_there_with_all_modules(env):
    """A name that is wrong would be taken for one of a module that is not installed."""
    for part in all_parts():
        fields = env[part.models[0]]._fields
        for name in part.names:
            assert fields[name.removeprefix("?")].store, (part.models[0], name)
        for name in part.models:
            assert name in env
    for subject in ("sale.order", "stock.picking"):
        model = env[subject]
        paths = [*model._nshift_webhook_shows, *model._nshift_webhook_parts]
        for path in paths:
            model.browse().mapped(path.removeprefix("?"))


def test_a_part_says_which_models_it_shows(env, monkeypatch):
    """Else it would serve for the state before, though something of it has changed."""
    from odoo.addons.nshift_webhooks.capture.memo import memorizing
    from odoo.addons.nshift_webhooks.capture.reading import Part

    under_way, seen = [], set()

    def watched(method):
        def call(part, *args):
            for outer in under_way:
                assert set(part.models) <= set(outer.models)
            return method(part, *args)

        return call

    def making(part, *args):
        seen.add(part)
        under_way.append(part)
        try:
            return make(part, *args)
        finally:
            under_way.pop()

    make = Part._make
    monkeypatch.setattr(Part, "_make", making)
    for name in ("of", "at", "each"):
        monkeypatch.setattr(Part, name, watched(getattr(Part, name)))
    variants, engraving = new_shirt(env)
    shirt = {"product_id": variants["Red"].id} | engraved(engraving, "Anna")
    order = order_of(env, shirt, {"product_id": new_kit(env, service(env)).id})
    order.order_line.tax_ids = env["account.tax"].create(
        {
            "name": f"Group {next(NUMBERS)}",
            "amount_type": "group",
            "children_tax_ids": [(0, 0, {"name": "Half", "type_tax_use": "none"})],
        }
    )
    take_off(order)
    with memorizing({}, env):
        order._nshift_webhook_payload()
    assert len(seen) > 25
