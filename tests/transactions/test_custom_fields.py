"""Further fields, which a system administrator has chosen, are told like all others."""

import threading

import pytest

from dev import postgres, template

from .conftest import Shop, as_told, without_webhooks
from .further import (
    ADDED,
    add_field,
    choose,
    choose_nothing,
    choose_what_is_added,
)
from .goods import deliver, new_product, return_wizard
from .model_of_events import before_that

EVENTS = (
    *("order.created", "order.updated", "order.deleted"),
    *("shipment.created", "shipment.updated"),
)
VALUES = {
    "x_text": ("Ærø", "Ærø"),
    "x_notes": ("<p>Ring <b>twice</b></p>", "Ring *twice*"),
    "x_gift": (True, True),
    "x_count": (7, 7),
    "x_size": (2.5, "2.50"),
    "x_fee": (3, "3.00"),
    "x_day": ("2026-05-01", "2026-05-01"),
    "x_at": ("2026-05-01 10:30:00", "2026-05-01T10:30:00Z"),
    "x_kind": ("b2b", "b2b"),
}
NOTHING = {"x_gift": False, "x_count": 0, "x_size": "0.00", "x_fee": "0.00"}


@pytest.fixture(scope="module")
def own_registry(registry):
    """A database with an administrator's own fields, all of them chosen."""
    from odoo import sql_db
    from odoo.modules.registry import Registry

    with (
        postgres.running() as connection,
        template.temporary_database(connection) as database,
    ):
        shop = Shop(Registry(database.name))
        with shop.transaction() as env:
            env["res.lang"]._activate_lang("da_DK")
            for model, fields in ADDED.items():
                for name, values in fields.items():
                    add_field(env, model, name, **values)
        yield shop.registry
        Registry.delete(database.name)
        sql_db.close_db(database.name)


@pytest.fixture
def desk(own_registry):
    shop = without_webhooks(Shop(own_registry))
    with shop.transaction() as env:
        env["nshift.webhook.correction"].search([]).unlink()
        choose_what_is_added(env)
        env.company.partner_id.lang = "en_US"
    shop.webhook_for_each(EVENTS)
    return Desk(shop)


class Desk:
    """A shop whose fields are chosen, with what it sells and to whom."""

    def __init__(self, shop):
        self.shop = shop
        self.transaction = shop.transaction
        with self.transaction() as env:
            self.product_id = new_product(env, stock=10_000).id
            self.contact_id = env["res.partner"].create({"name": "Ann"}).id
            self.topics = env["res.partner.category"].create(
                [{"name": "Tea"}, {"name": "Coffee"}]
            )
            self.topic_ids = self.topics.ids

    def order(self, lines=1, number=1, **values):
        """Make quotations that nobody hears of; returns the ids."""
        line = (0, 0, {"product_id": self.product_id})
        values = {"partner_id": self.contact_id, "order_line": [line] * lines} | values
        with self.transaction() as env:
            ids = env["sale.order"].create([values] * number).ids
        self.shop.events()
        return ids if number > 1 else ids[0]

    def confirmed(self):
        """Make an order that nobody hears of; returns its id and its delivery's."""
        order_id = self.order()
        with self.transaction() as env:
            order = env["sale.order"].browse(order_id)
            order.action_confirm()
            picking_id = order.picking_ids.id
        self.shop.events()
        return order_id, picking_id

    def write(self, model, ids, **values):
        with self.transaction() as env:
            env[model].browse(ids).write(values)

    def told(self):
        """Take what is told out of the log: the data by (subject, id)."""
        told = {}
        for event, _name, data in self.shop.events():
            key = event.split(".")[0]
            assert (key, data[key]["id"]) not in told
            told[key, data[key]["id"]] = data
        return told

    def payload(self, subject, id_):
        model = {"order": "sale.order", "shipment": "stock.picking"}[subject]
        with self.transaction() as env:
            return as_told(env[model].browse(id_))[subject]


@pytest.fixture
def queries(desk):
    """Count what a committed transaction asks the database."""

    def count(act):
        with desk.transaction() as env:
            before = env.cr.sql_log_count
            act(env)
            env.cr.flush()
            return env.cr.sql_log_count - before

    return count


# what is told


def test_each_type(desk, subtests):
    order_id = desk.order()
    for name, (value, shown) in VALUES.items():
        with subtests.test(name):
            desk.write("sale.order", order_id, **{name: value})
            [data] = desk.told().values()
            assert data["order"]["custom"][name] == shown
            assert data["previous"].keys() == {"custom"}
            assert data["previous"]["custom"][name] == NOTHING.get(name)
            desk.write("sale.order", order_id, **{name: value})
            assert desk.told() == {}


def test_nothing_is_entered(desk):
    order_id = desk.order()
    expected = dict.fromkeys(ADDED["sale.order"]) | NOTHING | {"x_topic_ids": []}
    order = desk.payload("order", order_id)
    assert order["custom"] == expected
    assert order["lines"][0]["custom"] == {"x_engraving": None, "x_topic_id": None}


def test_relations(desk):
    order_id = desk.order()
    with desk.transaction() as env:
        order = env["sale.order"].browse(order_id)
        order.x_sector_id = sector = env["res.partner.industry"].search([], limit=1)
        order.x_agent_id = agent = env.ref("base.user_admin")
        order.x_topic_ids = desk.topic_ids[::-1]
        expected = {
            "x_sector_id": {"id": sector.id, "name": sector.name},
            # the name of a user is that of its contact
            "x_agent_id": {"id": agent.id, "name": agent.name},
            "x_topic_ids": [
                {"id": id_, "name": name}
                for id_, name in zip(desk.topic_ids, ("Tea", "Coffee"), strict=True)
            ],
        }
    [data] = desk.told().values()
    assert data["order"]["custom"] | expected == data["order"]["custom"]
    assert data["previous"]["custom"]["x_topic_ids"] == []
    desk.write("sale.order", order_id, x_topic_ids=[(3, desk.topic_ids[0])])
    [data] = desk.told().values()
    assert data["order"]["custom"]["x_topic_ids"] == expected["x_topic_ids"][1:]
    assert data["previous"]["custom"]["x_topic_ids"] == expected["x_topic_ids"]


def test_line(desk):
    order_id = desk.order(lines=2)
    with desk.transaction() as env:
        line = env["sale.order"].browse(order_id).order_line[1]
        line.x_engraving = "Anna"
        line_id = line.id
    [data] = desk.told().values()
    custom = {line["id"]: line["custom"] for line in data["order"]["lines"]}
    assert custom[line_id] == {"x_engraving": "Anna", "x_topic_id": None}
    before = {"custom": {"x_engraving": None, "x_topic_id": None}}
    assert data["previous"] == {"lines": {str(line_id): before}}


def test_shipment_and_its_line(desk):
    _order_id, picking_id = desk.confirmed()
    desk.write("stock.picking", picking_id, x_dock="7")
    [data] = desk.told().values()
    assert data["shipment"]["custom"] == {"x_dock": "7"}
    assert data["previous"] == {"custom": {"x_dock": None}}
    with desk.transaction() as env:
        move = env["stock.picking"].browse(picking_id).move_ids
        move.x_bay = "A"
        move_id = move.id
    [data] = desk.told().values()
    assert data["shipment"]["lines"][0]["custom"] == {"x_bay": "A"}
    before = {str(move_id): {"custom": {"x_bay": None}}}
    assert data["previous"] == {"lines": before}


def test_return(desk):
    desk.shop.webhook("return.created")
    order_id, picking_id = desk.confirmed()
    with desk.transaction() as env:
        picking = env["stock.picking"].browse(picking_id)
        picking.x_dock = "7"
        deliver(picking)
    desk.shop.events()
    with desk.transaction() as env:
        wizard = return_wizard(env["stock.picking"].browse(picking_id))
        wizard._create_return()
    told = {key: data for key, data in desk.told().items() if key[0] == "return"}
    [data] = told.values()
    assert data["return"]["custom"] == {"x_dock": "7"}
    assert data["return"]["lines"][0]["custom"].keys() == {"x_bay"}


def test_product_is_told_with_the_next_change(desk):
    order_id, picking_id = desk.confirmed()
    with desk.transaction() as env:
        product = env["product.product"].browse(desk.product_id)
        product.write({"x_material": "Oak", "x_batch": "7"})
    assert desk.told() == {}
    desk.write("sale.order", order_id, x_text="x")
    desk.write("stock.picking", picking_id, x_dock="7")
    told = desk.told()
    for subject, id_ in (("order", order_id), ("shipment", picking_id)):
        data = told[subject, id_]
        custom = data[subject]["lines"][0]["product"]["custom"]
        assert custom == {"x_material": "Oak", "x_batch": "7"}
        assert "lines" not in data["previous"]


def test_contact(desk):
    keys = list(zip(("order", "shipment"), desk.confirmed(), strict=True))
    before = {key: desk.payload(*key) for key in keys}
    values = {"x_gate": "4", "x_since": "2026-01-01", "x_hours": "<p>All day</p>"}
    topic_id, other_id = desk.topic_ids
    relations = {"x_topic_id": topic_id, "x_topic_ids": [(6, 0, [other_id])]}
    desk.write("res.partner", desk.contact_id, **values, **relations)
    told = desk.told()
    assert told.keys() == set(keys)
    for (subject, id_), data in told.items():
        assert data[subject] == desk.payload(subject, id_)
        assert before_that(data[subject], data["previous"]) == before[subject, id_]
        for place in ("customer", "invoice_address", "delivery_address"):
            assert data[subject][place]["custom"] == {
                "x_gate": "4",
                "x_motto": None,
                "x_hours": "All day",
                "x_since": "2026-01-01",
                "x_topic_id": {"id": topic_id, "name": "Tea"},
                "x_topic_ids": [{"id": other_id, "name": "Coffee"}],
            }


def test_contacts_links_alone(desk):
    order_id = desk.order()
    desk.write("res.partner", desk.contact_id, x_topic_ids=[(4, desk.topic_ids[0])])
    told = desk.told()
    assert told.keys() == {("order", order_id)}
    [data] = told.values()
    assert data["previous"]["customer"]["custom"]["x_topic_ids"] == []


def test_contact_of_many_orders(desk):
    """Those that are told in the background have what was before."""
    desk.write(
        "res.partner",
        desk.contact_id,
        x_motto="Ahead",
        x_since="2026-01-01",
        x_hours="<p>All day</p>",
        x_topic_ids=[(6, 0, desk.topic_ids[:1])],
    )
    ids = desk.order(number=60)
    before = {id_: desk.payload("order", id_) for id_ in ids[::20]}
    with desk.transaction(lang="da_DK") as env:
        contact = env["res.partner"].browse(desk.contact_id)
        contact.with_context(lang="en_US").x_motto = "Onwards"
        contact.write(
            {
                "x_motto": "Fremad",
                "x_since": "2026-02-01",
                "x_hours": "<p>Never</p>",
                "x_topic_ids": [(6, 0, desk.topic_ids[1:])],
            }
        )
    assert desk.told() == {}
    with desk.transaction() as env:
        env["nshift.webhook.correction"]._run()
    told = desk.told()
    assert told.keys() == {("order", id_) for id_ in ids}
    for id_, old in before.items():
        data = told["order", id_]
        assert data["order"]["customer"]["custom"]["x_motto"] == "Onwards"
        assert before_that(data["order"], data["previous"]) == old


def test_other_fields_of_a_contact_are_not_told(desk):
    desk.order()
    desk.write("res.partner", desk.contact_id, function="Gardener", comment="x")
    assert desk.told() == {}


def test_own_key(desk):
    with desk.transaction() as env:
        fields = env["nshift.webhook.field"].search([("key", "=", "x_text")])
        fields.key = "greeting"
    order_id = desk.order(x_text="Hello")
    custom = desk.payload("order", order_id)["custom"]
    assert custom["greeting"] == "Hello"
    assert "x_text" not in custom


def test_fields_that_odoo_has_itself(desk):
    with desk.transaction() as env:
        choose(env, "sale.order", "require_payment")
        choose(env, "sale.order", "team_id", key="team")
        choose(env, "res.partner", "function")
        choose(env, "sale.order", "amount_total")
        for name in ("discount", "price_unit"):
            choose(env, "sale.order.line", name)
        choose(env, "product.template", "list_price")
    order_id = desk.order()
    with desk.transaction() as env:
        order = env["sale.order"].browse(order_id)
        order.require_payment = not order.require_payment
        team, paid = order.team_id, order.require_payment
        expected = {"id": team.id, "name": team.name}
    [data] = desk.told().values()
    assert data["order"]["custom"]["require_payment"] == paid
    assert data["order"]["custom"]["team"] == expected
    assert data["order"]["custom"]["amount_total"] == data["order"]["amount_total"]
    [line] = data["order"]["lines"]
    assert line["custom"]["discount"] == line["discount_percent"]
    assert line["custom"]["price_unit"] == line["unit_price"]
    assert line["product"]["custom"]["list_price"] == "10.00"
    desk.write("res.partner", desk.contact_id, function="Gardener")
    [data] = desk.told().values()
    assert data["order"]["customer"]["custom"]["function"] == "Gardener"


def test_it_leads_nowhere_but_where_it_did(desk):
    """A relation that is shown anyway is watched for all that is shown of it."""
    with desk.transaction() as env:
        for name in ("warehouse_id", "partner_id", "carrier_id"):
            choose(env, "sale.order", name)
        watcher = env["nshift.webhook.watcher"]
        assert watcher._watched("stock.warehouse").names is None
        assert "street" in watcher._watched("res.partner").names


# languages


def test_names_are_in_the_language_of_the_company(desk):
    with desk.transaction(lang="da_DK") as env:
        env["res.partner.category"].browse(desk.topic_ids[0]).name = "Te"
        env["product.product"].browse(desk.product_id).x_material = "Eg"
        env.company.partner_id.lang = "da_DK"
    order_id = desk.order()
    desk.write("sale.order", order_id, x_topic_ids=[(6, 0, desk.topic_ids[:1])])
    [data] = desk.told().values()
    order = data["order"]
    assert [each["name"] for each in order["custom"]["x_topic_ids"]] == ["Te"]
    assert order["lines"][0]["product"]["custom"]["x_material"] == "Eg"
    # written in a language that nobody's messages have
    with desk.transaction(lang="en_US") as env:
        env["res.partner"].browse(desk.contact_id).x_motto = "Ahead"
        env.flush_all()
    with desk.transaction(lang="da_DK") as env:
        env["res.partner"].browse(desk.contact_id).x_motto = "Fremad"
    desk.shop.events()
    with desk.transaction(lang="en_US") as env:
        env["res.partner"].browse(desk.contact_id).x_motto = "Onwards"
    assert desk.told() == {}
    with desk.transaction(lang="da_DK") as env:
        env["res.partner"].browse(desk.contact_id).x_motto = "Videre"
    [data] = desk.told().values()
    assert data["order"]["customer"]["custom"]["x_motto"] == "Videre"
    assert data["previous"]["customer"]["custom"]["x_motto"] == "Fremad"


# within one transaction


def test_what_is_rolled_back(desk):
    order_id = desk.order()
    with desk.transaction() as env:
        order = env["sale.order"].browse(order_id)
        with pytest.raises(ZeroDivisionError), env.cr.savepoint():
            order.x_text = "never"
            order.order_line.x_engraving = "never"
            order.partner_id.x_gate = "never"
            env.flush_all()
            raise ZeroDivisionError
    assert desk.told() == {}


def test_what_is_settled_at_a_savepoint_is_told_as_it_is_in_the_end(desk):
    order_id = desk.order(x_text="one", x_topic_ids=[(6, 0, desk.topic_ids)])
    with desk.transaction() as env:
        order = env["sale.order"].browse(order_id)
        with env.cr.savepoint():
            order.x_text = "two"
        with env.cr.savepoint():
            env["res.partner.category"].browse(desk.topic_ids[0]).name = "Chai"
        order.x_text = "three"
    [data] = desk.told().values()
    assert data["order"] == desk.payload("order", order_id)
    assert data["order"]["custom"]["x_topic_ids"][0]["name"] == "Chai"
    assert data["previous"]["custom"]["x_text"] == "one"
    assert data["previous"]["custom"]["x_topic_ids"][0]["name"] == "Tea"


def test_a_new_name_is_no_change_of_what_refers_to_it(desk):
    order_id = desk.order(x_topic_ids=[(6, 0, desk.topic_ids)])
    desk.write("res.partner", desk.contact_id, x_topic_id=desk.topic_ids[0])
    desk.shop.events()
    desk.write("res.partner.category", desk.topic_ids[0], name="Chai")
    assert desk.told() == {}
    desk.write("sale.order", order_id, x_text="x")
    [data] = desk.told().values()
    assert data["order"]["custom"]["x_topic_ids"][0]["name"] == "Chai"
    assert data["order"]["customer"]["custom"]["x_topic_id"]["name"] == "Chai"


def test_new_name_of_what_an_unchanged_line_refers_to(desk):
    order_id = desk.order(lines=2)
    with desk.transaction() as env:
        lines = env["sale.order"].browse(order_id).order_line
        lines.x_topic_id = desk.topic_ids[0]
    desk.shop.events()
    with desk.transaction() as env:
        order = env["sale.order"].browse(order_id)
        order.x_text = "x"
        order.order_line[0].x_topic_id.name = "Chai"
    [data] = desk.told().values()
    for line in data["order"]["lines"]:
        assert line["custom"]["x_topic_id"]["name"] == "Chai"
        before = data["previous"]["lines"][str(line["id"])]
        assert before["custom"]["x_topic_id"]["name"] == "Tea"


LANGUAGES = pytest.mark.parametrize("lang", ["en_US", "da_DK"])


def speak(desk, lang):
    with desk.transaction(lang="da_DK") as env:
        env.company.partner_id.lang = lang
        env["res.partner.category"].browse(desk.topic_ids[0]).name = "Te"
    return {"en_US": "Tea", "da_DK": "Te"}[lang]


@LANGUAGES
def test_what_it_referred_to_is_deleted(desk, lang):
    name = speak(desk, lang)
    order_id = desk.order(
        x_topic_ids=[(6, 0, desk.topic_ids)],
    )
    with desk.transaction() as env:
        env["sale.order"].browse(order_id).order_line.x_topic_id = desk.topic_ids[0]
    desk.shop.events()
    with desk.transaction() as env:
        env["res.partner.category"].browse(desk.topic_ids[0]).unlink()
    [data] = desk.told().values()
    assert [each["name"] for each in data["order"]["custom"]["x_topic_ids"]] == [
        "Coffee"
    ]
    assert data["order"]["lines"][0]["custom"]["x_topic_id"] is None
    [before] = data["previous"]["lines"].values()
    assert before["custom"]["x_topic_id"] == {"id": desk.topic_ids[0], "name": name}
    assert len(data["previous"]["custom"]["x_topic_ids"]) == 2


@LANGUAGES
def test_what_it_no_longer_refers_to_is_deleted(desk, lang):
    name = speak(desk, lang)
    order_id = desk.order(x_topic_ids=[(6, 0, desk.topic_ids[:1])])
    with desk.transaction() as env:
        order = env["sale.order"].browse(order_id)
        topic = order.x_topic_ids
        order.order_line.x_topic_id = topic
    desk.shop.events()
    with desk.transaction() as env:
        order = env["sale.order"].browse(order_id)
        order.x_topic_ids = False
        order.order_line.x_topic_id = desk.topic_ids[1]
        env.flush_all()
        env["res.partner.category"].browse(desk.topic_ids[0]).unlink()
    [data] = desk.told().values()
    assert data["order"]["custom"]["x_topic_ids"] == []
    assert [each["name"] for each in data["previous"]["custom"]["x_topic_ids"]] == [
        name
    ]
    [before] = data["previous"]["lines"].values()
    assert before["custom"]["x_topic_id"]["name"] == name


@LANGUAGES
def test_what_a_contact_referred_to_is_deleted(desk, lang):
    name = speak(desk, lang)
    key = "order", desk.order()
    values = {"x_topic_id": desk.topic_ids[0], "x_topic_ids": [(6, 0, desk.topic_ids)]}
    desk.write("res.partner", desk.contact_id, **values)
    desk.shop.events()
    with desk.transaction() as env:
        env["res.partner.category"].browse(desk.topic_ids[0]).unlink()
    told = desk.told()
    assert told.keys() == {key}
    data = told[key]
    assert data["order"]["customer"]["custom"]["x_topic_id"] is None
    old = data["previous"]["customer"]["custom"]
    assert old["x_topic_id"] == {"id": desk.topic_ids[0], "name": name}
    assert len(old["x_topic_ids"]) == 2
    assert data["previous"].keys() == {
        *("customer", "invoice_address", "delivery_address")
    }


def test_deleted_order(desk):
    order_id = desk.order(x_text="gone")
    with desk.transaction() as env:
        env["sale.order"].browse(order_id).unlink()
    [data] = desk.told().values()
    assert data["order"]["custom"]["x_text"] == "gone"


def test_new_order(desk):
    line = {"product_id": desk.product_id, "x_engraving": "Anna"}
    with desk.transaction() as env:
        env["sale.order"].create(
            {
                "partner_id": desk.contact_id,
                "x_text": "new",
                "order_line": [(0, 0, line)],
            }
        )
    [data] = desk.told().values()
    assert data["order"]["custom"]["x_text"] == "new"
    assert data["order"]["lines"][0]["custom"]["x_engraving"] == "Anna"


def test_what_has_left_stays_as_it_was(desk):
    _order_id, picking_id = desk.confirmed()
    desk.write("res.partner", desk.contact_id, x_gate="4")
    with desk.transaction() as env:
        deliver(env["stock.picking"].browse(picking_id))
    desk.shop.events()
    desk.write("res.partner", desk.contact_id, x_gate="5")
    desk.write("product.product", desk.product_id, x_batch="8")
    assert ("shipment", picking_id) not in desk.told()
    desk.write("stock.picking", picking_id, x_dock="7")
    data = desk.told()["shipment", picking_id]
    assert data["previous"] == {"custom": {"x_dock": None}}
    assert data["shipment"]["customer"]["custom"]["x_gate"] == "4"
    assert data["shipment"]["lines"][0]["product"]["custom"]["x_batch"] is None


def test_message_that_is_built_later(desk):
    order_id = desk.order(x_text="later")
    desk.write("sale.order", order_id, x_text="now")
    with desk.transaction() as env:
        event = env["nshift.webhook.event"].search([])
        payload = env["nshift.webhook.outbox"]._build_again(event)
        assert '"x_text":"now"' in payload
    desk.shop.events()


# what it costs


@pytest.mark.parametrize("name", ["x_text", "x_topic_ids"])
def test_many_orders_at_once(desk, queries, name):
    value = {"x_text": "x", "x_topic_ids": [(6, 0, desk.topic_ids)]}[name]
    counts = []
    for number in (5, 5, 60):
        ids = desk.order(number=number)
        counts.append(
            queries(
                lambda env, ids=ids: env["sale.order"].browse(ids).write({name: value})
            )
        )
        told = desk.told()
        assert told.keys() == {("order", id_) for id_ in ids}
        assert all(data["previous"].keys() == {"custom"} for data in told.values())
    _cold, few, many = counts
    assert many == few


def test_a_thousand_lines(desk, queries):
    """What is chosen takes some queries more, however many lines there are."""
    more = []
    for number in (10, 10, 1000):
        order_id = desk.order(lines=number)

        def write(topic_id, id_=order_id):
            def write(env):
                env["sale.order"].browse(id_).order_line.x_topic_id = topic_id

            return queries(write)

        write(desk.topic_ids[0])
        chosen = write(desk.topic_ids[1])
        desk.shop.events()
        with desk.transaction() as env:
            choices = env["nshift.webhook.field"].search([])
            told = [(each.model, each.field_id.name) for each in choices]
            choices.unlink()
        write(desk.topic_ids[0])
        more.append(chosen - write(desk.topic_ids[1]))
        assert desk.told() == {}
        with desk.transaction() as env:
            for model, name in told:
                choose(env, model, name)
    _cold, few, many = more
    assert few == many


def test_what_is_not_chosen_is_not_asked_for(desk):
    with desk.transaction() as env:
        choose_nothing(env)
    [order_id, other_id] = desk.order(number=2)
    desk.write("sale.order", other_id, client_order_ref="the caches are warm")
    statements = []
    thread = threading.current_thread()
    thread.query_hooks = [lambda cr, *_args: statements.append(cr._obj.query.decode())]
    try:
        desk.write("sale.order", order_id, client_order_ref="x")
    finally:
        del thread.query_hooks
    data = desk.told()["order", order_id]
    assert data["order"]["custom"] == data["order"]["lines"][0]["custom"] == {}
    assert data["order"]["customer"]["custom"] == {}
    assert data["order"]["lines"][0]["product"]["custom"] == {}
    assert any("client_order_ref" in each for each in statements)
    # the ORM reads all columns of a record that somebody changes
    ours = [each for each in statements if each.startswith("SELECT id, ")]
    assert ours and not [each for each in ours if '"x_' in each]
    assert not [each for each in statements if "nshift_webhook_field" in each]
