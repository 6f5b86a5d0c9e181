"""A label can be printed from what is told of people; names are those that are seen."""

import pytest

from .conftest import Shop
from .goods import new_product, new_sale


@pytest.fixture
def shop(shop):
    shop.webhook_for_each(("order.created", "order.updated", "shipment.created"))
    return shop


def told(shop: Shop, event):
    """Take all events out of the log; returns the record of the one of a type."""
    [found] = [
        data[event.partition(".")[0]]
        for name, _name, data in shop.events()
        if name == event
    ]
    return found


def sale_to(env, partner, **values):
    order = new_sale(env, new_product(env), partner_id=partner.id, **values)
    order.action_confirm()
    return order


# People


@pytest.fixture
def family(shop):
    """Make a firm, a person in it, and an address of that person; their ids."""
    with shop.transaction() as env:
        firm = env["res.partner"].create(
            {
                "name": "Firm Ltd",
                "is_company": True,
                "phone": "+45 1",
                "email": "f@f.dk",
            }
        )
        person = env["res.partner"].create(
            {"name": "Anna", "parent_id": firm.id, "phone": "+45 2"}
        )
        door = env["res.partner"].create(
            {
                "parent_id": person.id,
                "type": "delivery",
                "street": "Back yard 3",
                "city": "Odense",
            }
        )
        assert not door.name
        return firm.id, person.id, door.id


def test_an_address_without_a_name_has_what_a_label_needs(shop, family):
    firm, _person, door = family
    with shop.transaction() as env:
        sale_to(env, env["res.partner"].browse(firm), partner_shipping_id=door)
    events = {event: data for event, _name, data in shop.events()}
    shipment = events["shipment.created"]["shipment"]
    order = events["order.created"]["order"]
    for address in (shipment["delivery_address"], order["delivery_address"]):
        assert address["id"] == door
        assert address["name"] == "Anna"
        assert address["is_company"] is False
        assert address["company_name"] == "Firm Ltd"
        assert address["phone"] == "+45 2"
        assert address["email"] == "f@f.dk"
        assert address["street"] == "Back yard 3"
    assert shipment["customer"]["id"] == firm
    assert shipment["customer"]["is_company"] is True
    assert shipment["invoice_address"]["name"] == "Firm Ltd"


def test_an_address_of_a_firm_is_a_firms(shop, family):
    firm, _person, _door = family
    with shop.transaction() as env:
        gate = env["res.partner"].create({"parent_id": firm, "type": "delivery"})
        sale_to(env, env["res.partner"].browse(firm), partner_shipping_id=gate.id)
    address = told(shop, "shipment.created")["delivery_address"]
    assert (address["name"], address["is_company"]) == ("Firm Ltd", True)


def test_what_comes_from_above_is_known_as_it_was(shop, family):
    firm, person, door = family
    with shop.transaction() as env:
        order_id = sale_to(
            env, env["res.partner"].browse(firm), partner_shipping_id=door
        ).id
    shop.events()
    with shop.transaction() as env:
        env["res.partner"].browse(person).name = "Anne"
        env.flush_all()
        env["sale.order"].browse(order_id).client_order_ref = "PO-1"
    [data] = [data for event, _, data in shop.events() if event == "order.updated"]
    assert data["order"]["delivery_address"]["name"] == "Anne"
    assert data["previous"]["delivery_address"]["name"] == "Anna"


@pytest.mark.parametrize(
    ("field", "shown"),
    [("partner_id", "customer"), ("partner_invoice_id", "invoice_address")],
)
def test_another_address_of_the_order_is_one_of_its_shipment(shop, field, shown):
    shop.webhook("shipment.updated")
    with shop.transaction() as env:
        first, second = env["res.partner"].create([{"name": "One"}, {"name": "Two"}])
        order_id = sale_to(env, first).id
        ids = first.id, second.id
    shop.events()
    with shop.transaction() as env:
        env["sale.order"].browse(order_id)[field] = ids[1]
    [data] = [data for event, _, data in shop.events() if event == "shipment.updated"]
    assert data["shipment"][shown]["id"] == ids[1]
    assert data["previous"][shown]["id"] == ids[0]


# Names


@pytest.fixture
def danish(shop):
    """Have the company work in Danish, and English as always beside it."""
    with shop.transaction() as env:
        env["res.lang"]._activate_lang("da_DK")
        env.company.partner_id.lang = "da_DK"
    yield
    with shop.transaction() as env:
        env.company.partner_id.lang = "en_US"


def test_names_are_those_of_the_companys_language(shop, danish):
    with shop.transaction() as env:
        product = new_product(env, name="Old lamp")
        product.with_context(lang="da_DK").name = "Ny lampe"
        order = new_sale(env, product)
        order.action_confirm()
    events = {event: data for event, _name, data in shop.events()}
    for subject, event in (
        ("order", "order.created"),
        ("shipment", "shipment.created"),
    ):
        [line] = events[event][subject]["lines"]
        assert line["product"]["name"] == "Ny lampe"


def test_a_new_name_is_told_with_the_one_before(shop, danish):
    with shop.transaction() as env:
        product = new_product(env, name="Old lamp")
        product.with_context(lang="da_DK").name = "Ny lampe"
        product_id = product.id
        order_id = new_sale(env, product).id
    shop.events()
    with shop.transaction() as env:
        product = env["product.product"].browse(product_id)
        product.with_context(lang="da_DK").name = "Nyeste lampe"
        product.with_context(lang="en_US").name = "Not shown"
        env.flush_all()
        env["sale.order"].browse(order_id).client_order_ref = "PO-1"
    [data] = [data for event, _, data in shop.events() if event == "order.updated"]
    [line] = data["order"]["lines"]
    assert line["product"]["name"] == "Nyeste lampe"
    [before] = data["previous"]["lines"].values()
    assert before["product"]["name"] == "Ny lampe"


def test_it_does_not_matter_in_which_language_somebody_works(shop, danish):
    with shop.transaction() as env:
        product = new_product(env, name="Lamp")
        product.with_context(lang="da_DK").name = "Lampe"
        order_id = new_sale(env, product).id
    shop.events()
    for number, lang in enumerate(("en_US", "da_DK", None)):
        with shop.transaction() as env:
            order = env["sale.order"].with_context(lang=lang).browse(order_id)
            assert order.order_line.product_id.name
            order.client_order_ref = f"PO-{number}"
        [line] = told(shop, "order.updated")["lines"]
        assert line["product"]["name"] == "Lampe"


def test_a_language_that_was_removed_is_no_obstacle(shop):
    with shop.transaction() as env:
        env["res.lang"]._activate_lang("fr_FR")
        env.company.partner_id.lang = "fr_FR"
        env.flush_all()
        env.cr.execute("UPDATE res_lang SET active = false WHERE code = 'fr_FR'")
        env.registry.clear_all_caches()
    try:
        with shop.transaction() as env:
            new_sale(env, new_product(env, name="Lamp"))
        [line] = told(shop, "order.created")["lines"]
        assert line["product"]["name"] == "Lamp"
    finally:
        with shop.transaction() as env:
            env.cr.execute(
                "UPDATE res_partner SET lang = 'en_US' WHERE id = %s",
                [env.company.partner_id.id],
            )
