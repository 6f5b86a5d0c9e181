"""When a contact is corrected, whatever shows it and is open is told."""

import pytest

from .conftest import as_told
from .goods import deliver, first_warehouse, new_product, new_sale
from .model_of_events import before_that
from .test_guest import renamed
from .told import user_with_rights
from .undo import Undo

FEW = 3
ADDRESSES = {
    "partner_id": "customer",
    "partner_invoice_id": "invoice_address",
    "partner_shipping_id": "delivery_address",
}
OLD = {"name": "Ann", "street": "1 Old Road", "email": "ann@example.com"}


@pytest.fixture
def desk(shop):
    shop.webhook_for_each(("order.updated", "shipment.updated"))
    return Desk(shop)


class Desk:
    """A shop that corrects the contact of its orders."""

    def __init__(self, shop):
        self.shop = shop
        with shop.transaction() as env:
            self.contact_id = env["res.partner"].create(OLD).id
            self.product_id = new_product(env, stock=1000).id

    def contact(self, **values):
        with self.shop.transaction() as env:
            return env["res.partner"].create(OLD | values).id

    def quotation(self, **values):
        """Make a quotation for the contact; returns its id."""
        return self.quotations(1, **values)[0]

    def quotations(self, number, **values):
        with self.shop.transaction() as env:
            line = {"product_id": self.product_id, "product_uom_qty": 1}
            orders = env["sale.order"].create(
                [
                    {"partner_id": self.contact_id, "order_line": [(0, 0, line)]}
                    | values
                    for _number in range(number)
                ]
            )
            ids = orders.ids
        self.shop.events()
        return ids

    def confirmed(self, **values):
        """Make an order for the contact; returns its id and its delivery's."""
        order_id = self.quotation(**values)
        with self.shop.transaction() as env:
            order = env["sale.order"].browse(order_id)
            order.action_confirm()
            picking_id = order.picking_ids.id
        self.shop.events()
        return order_id, picking_id

    def act(self, order_id, act):
        """Do something with an order that nobody is to hear of."""
        with self.shop.transaction() as env:
            act(env["sale.order"].browse(order_id))
        self.shop.events()

    def correct(self, contact_id=None, **values):
        with self.shop.transaction() as env:
            env["res.partner"].browse(contact_id or self.contact_id).write(values)

    def payloads(self, keys):
        """What is committed of orders and deliveries, by (subject, id)."""
        models = {"order": "sale.order", "shipment": "stock.picking"}
        with self.shop.transaction() as env:
            return {
                (subject, id_): as_told(env[models[subject]].browse(id_))[subject]
                for subject, id_ in keys
            }

    def told(self):
        """Take all events out of the log.

        :return: the data by (subject, id), of which each is told once
        """
        told = {}
        for event, _name, data in self.shop.events():
            subject, what = event.split(".")
            assert what == "updated"
            key = subject, data[subject]["id"]
            assert key not in told, f"{key} is told twice"
            told[key] = data
        return told

    def in_the_background(self):
        """Run the scheduled action."""
        with self.shop.transaction() as env:
            env["nshift.webhook.correction"]._run()

    def waiting(self):
        """Return how many corrections are to be told in the background."""
        with self.shop.transaction() as env:
            return env["nshift.webhook.correction"].search_count([])


def invoice(order):
    order._create_invoices().action_post()


def send_goods(order):
    deliver(order.picking_ids)


def delivered_and_invoiced(order):
    send_goods(order)
    invoice(order)


def check_told(told, before, after):
    """Each of these is told as it is, with what it was."""
    assert told.keys() == before.keys()
    for (subject, id_), data in told.items():
        assert data[subject] == after[subject, id_]
        assert before_that(data[subject], data["previous"]) == before[subject, id_]
        assert data["previous"]


# what is told


def test_each_address_of_an_order(desk):
    neighbour = desk.contact(name="Neighbour")
    others = dict.fromkeys(ADDRESSES, neighbour)
    fields = {
        ("order", desk.quotation(**others | {field: desk.contact_id})): shown
        for field, shown in ADDRESSES.items()
    }
    desk.quotation(**others)
    before = desk.payloads(fields)
    desk.correct(street="2 New Road")
    told = desk.told()
    check_told(told, before, desk.payloads(before))
    for key, data in told.items():
        shown = fields[key]
        assert data["order"][shown]["street"] == "2 New Road"
        assert data["previous"].keys() == {shown}
        assert data["previous"][shown]["street"] == "1 Old Road"


def test_each_field_that_is_shown(desk, subtests):
    key = "order", desk.quotation()
    for values in (
        {"name": "Anne"},
        {"email": "anne@example.com"},
        {"phone": "+45 1234"},
        {"ref": "A-1"},
        {"lang": False},
        {"zip": "8000", "city": "Aarhus"},
        {"vat": "DK12345674"},
        {"street2": "Second floor"},
    ):
        with subtests.test(fields=list(values)):
            desk.correct(**values)
            assert desk.told().keys() == {key}


def test_country(desk):
    key = "order", desk.quotation()
    with desk.shop.transaction() as env:
        country = env.ref("base.dk").id
    desk.correct(country_id=country)
    data = desk.told()[key]
    assert data["order"]["customer"]["country"] == "DK"
    assert data["previous"]["customer"]["country"] is None


def test_order_and_its_delivery(desk):
    order_id, picking_id = desk.confirmed()
    before = desk.payloads([("order", order_id), ("shipment", picking_id)])
    desk.correct(street="2 New Road")
    check_told(desk.told(), before, desk.payloads(before))


def test_address_that_goods_are_sent_from(desk):
    _order_id, picking_id = desk.confirmed()
    sender = desk.contact(name="Store")
    with desk.shop.transaction() as env:
        warehouse = first_warehouse(env)
        former, warehouse.partner_id = warehouse.partner_id.id, sender
    desk.shop.events()
    before = desk.payloads([("shipment", picking_id)])
    desk.correct(sender, street="3 Harbour")
    desk.in_the_background()
    told = {key: data for key, data in desk.told().items() if key in before}
    check_told(told, before, desk.payloads(before))
    with desk.shop.transaction() as env:
        first_warehouse(env).partner_id = former


def test_by_whoever_may_see_no_order(desk):
    key = "order", desk.quotation()
    with desk.shop.transaction() as env:
        login = user_with_rights(env, "addresses", "res.partner").login
    with desk.shop.transaction(login) as env:
        assert not env["sale.order"].has_access("read")
        env["res.partner"].browse(desk.contact_id).street = "2 New Road"
    assert desk.told().keys() == {key}


def test_tax_number_that_odoo_gives_the_firms_addresses(desk):
    address = desk.contact(parent_id=desk.contact_id, type="delivery", name="Gate")
    key = "order", desk.quotation(partner_shipping_id=address)
    desk.correct(vat="DK12345674", is_company=True)
    data = desk.told()[key]
    assert data["order"]["delivery_address"]["vat"] == "DK12345674"
    assert data["previous"]["delivery_address"]["vat"] is None


# what is open


def test_orders_that_are_open(desk):
    acts = {
        "sent": lambda order: order.action_quotation_sent(),
        "confirmed": lambda order: order.action_confirm(),
        "delivered": lambda order: (order.action_confirm(), send_goods(order)),
        "invoiced": lambda order: (order.action_confirm(), invoice(order)),
        "done": lambda order: (order.action_confirm(), delivered_and_invoiced(order)),
        "cancelled": lambda order: order._action_cancel(),
    }
    ids = desk.quotations(len(acts))
    for order_id, act in zip(ids, acts.values(), strict=True):
        desk.act(order_id, act)
    desk.correct(street="2 New Road")
    told = desk.told()
    assert [
        what
        for what, order_id in zip(acts, ids, strict=True)
        if ("order", order_id) in told
    ] == ["sent", "confirmed", "delivered", "invoiced"]


def test_work_that_is_left_when_the_goods_are_delivered_and_invoiced(desk):
    with desk.shop.transaction() as env:
        work = new_product(env, is_storable=False, type="service")
        work.invoice_policy = "delivery"
        goods = env["product.product"].browse(desk.product_id)
        lines = [(0, 0, {"product_id": product.id}) for product in (goods, work)]
    order_id = desk.quotation(order_line=lines)

    def deliver_goods(order):
        order.action_confirm()
        delivered_and_invoiced(order)
        assert (order.delivery_status, order.invoice_status) == ("full", "no")

    desk.act(order_id, deliver_goods)
    desk.correct(street="2 New Road")
    assert desk.told().keys() == {("order", order_id)}


def test_delivery_that_is_done(desk):
    picking_ids = []
    for act in (send_goods, lambda order: order.picking_ids.action_cancel()):
        order_id, picking_id = desk.confirmed()
        desk.act(order_id, act)
        picking_ids.append(picking_id)
    desk.correct(street="2 New Road")
    told = desk.told()
    assert not [id_ for id_ in picking_ids if ("shipment", id_) in told]


# what is nothing


def test_fields_that_are_not_shown(desk):
    desk.quotation()
    desk.correct(comment="Rings twice", function="Baker", color=3)
    assert desk.told() == {}


def test_values_that_are_what_they_were(desk):
    desk.quotation()
    desk.correct(**OLD)
    with desk.shop.transaction() as env:
        contact = env["res.partner"].browse(desk.contact_id)
        contact.street = "2 New Road"
        env.cr.flush()
        contact.street = OLD["street"]
    assert desk.told() == {}


def test_correction_that_is_taken_back(desk):
    desk.quotation()
    with desk.shop.transaction() as env:
        contact = env["res.partner"].browse(desk.contact_id)
        with pytest.raises(Undo), env.cr.savepoint():
            contact.street = "2 New Road"
            env.cr.flush()
            raise Undo
    assert desk.told() == {}


def test_several_corrections_are_one(desk):
    keys = {("order", desk.quotation())}
    before = desk.payloads(keys)
    with desk.shop.transaction() as env:
        contact = env["res.partner"].browse(desk.contact_id)
        for street in ("2 New Road", "3 New Road"):
            with env.cr.savepoint():
                contact.street = street
        contact.city = "Aarhus"
    check_told(desk.told(), before, desk.payloads(keys))


def test_correction_with_a_change_of_the_order(desk):
    order_id = desk.quotation()
    keys = {("order", order_id)}
    before = desk.payloads(keys)
    with desk.shop.transaction() as env:
        env["res.partner"].browse(desk.contact_id).street = "2 New Road"
        env["sale.order"].browse(order_id).client_order_ref = "told"
    told = desk.told()
    check_told(told, before, desk.payloads(keys))
    assert {"customer", "customer_reference"} <= told["order", order_id][
        "previous"
    ].keys()


def test_order_made_in_the_same_transaction(desk):
    with desk.shop.transaction() as env:
        env["res.partner"].browse(desk.contact_id).street = "2 New Road"
        new_sale(env, new_product(env), partner_id=desk.contact_id)
    assert desk.told() == {}


# many


@pytest.fixture
def few(registry, monkeypatch):
    """What a person waits for is few, and so is what a batch tells."""
    from odoo.addons.nshift_webhooks.models import nshift_webhook_correction as module

    monkeypatch.setattr(module, "MOST_NOW", FEW)
    monkeypatch.setattr(module, "BATCH", FEW)
    return module


def keys_of(ids):
    return {("order", id_) for id_ in ids}


def test_many_are_told_in_the_background(desk):
    keys = keys_of(desk.quotations(60))
    before = desk.payloads(keys)
    desk.correct(street="2 New Road")
    assert desk.told() == {}
    desk.in_the_background()
    check_told(desk.told(), before, desk.payloads(keys))
    assert not desk.waiting()
    desk.in_the_background()
    assert desk.told() == {}


def test_few_are_told_at_once(desk, few):
    keys = keys_of(desk.quotations(FEW))
    desk.correct(street="2 New Road")
    assert desk.told().keys() == keys
    assert not desk.waiting()


@pytest.mark.parametrize("most", ["MOST_FOUND", "MOST_CORRECTED"])
def test_too_much_to_look_for(desk, few, monkeypatch, most):
    """Where there may be many, nobody waits until it is known."""
    monkeypatch.setattr(few, most, 0)
    keys = keys_of(desk.quotations(1))
    desk.correct(street="2 New Road")
    assert desk.told() == {}
    desk.in_the_background()
    assert desk.told().keys() == keys


def test_few_at_a_time_are_many_in_the_end(desk, few):
    """An import with a savepoint for each contact is one transaction."""
    contacts = [desk.contact(name=f"Ann {number}") for number in range(3 * FEW)]
    keys = keys_of([desk.quotation(partner_id=contact) for contact in contacts])
    before = desk.payloads(keys)
    with desk.shop.transaction() as env:
        for contact in env["res.partner"].browse(contacts):
            with env.cr.savepoint():
                contact.street = "2 New Road"
    told = desk.told()
    assert len(told) == FEW
    desk.in_the_background()
    rest = desk.told()
    assert not told.keys() & rest.keys()
    check_told(told | rest, before, desk.payloads(keys))


def test_the_scheduled_action_begins_at_once(desk, few):
    desk.quotations(FEW + 1)
    desk.correct(street="2 New Road")
    with desk.shop.transaction() as env:
        cron = env.ref("nshift_webhooks.cron_correct")
        assert env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        cron.method_direct_trigger()
    assert len(desk.told()) == FEW + 1


def test_many_that_are_rolled_back(desk, few):
    desk.quotations(FEW + 1)
    with pytest.raises(Undo), desk.shop.transaction() as env:
        env["res.partner"].browse(desk.contact_id).street = "2 New Road"
        env.cr.flush()
        raise Undo
    with desk.shop.transaction() as env:
        contact = env["res.partner"].browse(desk.contact_id)
        with pytest.raises(Undo), env.cr.savepoint():
            contact.street = "2 New Road"
            env.cr.flush()
            raise Undo
    assert not desk.waiting()
    desk.in_the_background()
    assert desk.told() == {}


@pytest.mark.parametrize("when", ["before", "after"])
def test_process_that_is_killed_leaves_the_rest_to_the_next(desk, few, when):
    """Right before it commits a batch, or right after."""
    keys = keys_of(desk.quotations(3 * FEW))
    before = desk.payloads(keys)
    desk.correct(street="2 New Road")
    batches = iter(range(10))

    def commit(self, *_args, **_values):
        is_last = next(batches) == 1
        if is_last and when == "before":
            raise KeyboardInterrupt
        self.env.cr.commit()
        if is_last:
            raise KeyboardInterrupt
        return 1

    with (
        pytest.MonkeyPatch.context() as patch,
        pytest.raises(KeyboardInterrupt),
        desk.shop.transaction() as env,
    ):
        patch.setattr(type(env["ir.cron"]), "_commit_progress", commit)
        env["nshift.webhook.correction"]._run()
    with desk.shop.transaction() as env:
        told = env["nshift.webhook.event"].search_count([])
        assert told == (FEW if when == "before" else 2 * FEW)
    desk.in_the_background()
    check_told(desk.told(), before, desk.payloads(keys))


def test_time_that_is_up(desk, few):
    """The scheduled action goes on when it may again."""
    keys = keys_of(desk.quotations(2 * FEW))
    desk.correct(street="2 New Road")

    def commit(self, *_args, **_values):
        self.env.cr.commit()
        return 0

    with pytest.MonkeyPatch.context() as patch, desk.shop.transaction() as env:
        patch.setattr(type(env["ir.cron"]), "_commit_progress", commit)
        env["nshift.webhook.correction"]._run()
        assert env["nshift.webhook.event"].search_count([]) == FEW
    desk.in_the_background()
    assert desk.told().keys() == keys


def test_both_addresses_of_many_orders_are_corrected_at_once(desk, few):
    other = desk.contact(name="Gate")
    keys = keys_of(desk.quotations(2 * FEW, partner_shipping_id=other))
    before = desk.payloads(keys)
    with desk.shop.transaction() as env:
        for id_ in (desk.contact_id, other):
            with env.cr.savepoint():
                env["res.partner"].browse(id_).write({"street": f"{id_} Road"})
    desk.in_the_background()
    check_told(desk.told(), before, desk.payloads(keys))


def test_one_of_many_is_changed_with_its_contact(desk, few):
    """It is told with its transaction, and not once more."""
    ids = desk.quotations(2 * FEW)
    before = desk.payloads(keys_of(ids))
    with desk.shop.transaction() as env:
        env["res.partner"].browse(desk.contact_id).street = "2 New Road"
        env["sale.order"].browse(ids[0]).client_order_ref = "told"
        new_sale(env, new_product(env), partner_id=desk.contact_id)
    with desk.shop.transaction() as env:
        assert env["nshift.webhook.event"].search([]).res_id == ids[0]
    desk.in_the_background()
    told = desk.told()
    check_told(told, before, desk.payloads(before))
    assert "customer_reference" in told["order", ids[0]]["previous"]


def test_what_has_become_of_orders_meanwhile(desk, few):
    changed, deleted, cancelled, moved, *rest = desk.quotations(FEW + 4)
    desk.correct(street="2 New Road")
    with desk.shop.transaction() as env:
        orders = env["sale.order"]
        orders.browse(changed).client_order_ref = "changed"
        orders.browse(deleted).unlink()
        orders.browse(cancelled)._action_cancel()
        orders.browse(moved).write(
            dict.fromkeys(ADDRESSES, env.ref("base.res_partner_2").id)
        )
    desk.shop.events()
    desk.in_the_background()
    told = desk.told()
    assert told.keys() == keys_of([changed, *rest])
    assert told["order", changed]["previous"].keys() == set(ADDRESSES.values())


def test_contact_that_is_deleted_meanwhile(desk, few):
    ids = desk.quotations(FEW + 1)
    desk.correct(street="2 New Road")
    with desk.shop.transaction() as env:
        env["sale.order"].browse(ids).unlink()
        env["res.partner"].browse(desk.contact_id).unlink()
    desk.shop.events()
    desk.in_the_background()
    assert desk.told() == {}
    assert not desk.waiting()


def test_order_that_is_saved_while_it_is_told(desk, few):
    """The batch is told once more, with what was saved."""
    ids = desk.quotations(FEW + 1)
    desk.correct(street="2 New Road")
    with desk.shop.transaction() as env:
        corrections = env["nshift.webhook.correction"]
        tell, saved = type(corrections)._tell, []

        def tell_late(self, *args):
            if not saved:
                saved.append(True)
                with desk.shop.transaction() as other:
                    other["sale.order"].browse(ids[0]).client_order_ref = "saved"
            return tell(self, *args)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(type(corrections), "_tell", tell_late)
            corrections._run()
    told = [
        (data["order"]["id"], set(data["previous"]))
        for _event, _name, data in desk.shop.events()
    ]
    addresses = set(ADDRESSES.values())
    assert sorted(told) == sorted(
        [(ids[0], {"customer_reference"}), *((id_, addresses) for id_ in ids)]
    )


def test_correction_that_cannot_be_told_holds_up_no_other(desk, few, caplog):
    keys = keys_of(desk.quotations(FEW + 1))
    desk.correct(street="2 New Road")
    with desk.shop.transaction() as env:
        env.cr.execute("UPDATE nshift_webhook_correction SET old = '[]'")
    desk.correct(street="3 New Road")
    desk.in_the_background()
    assert desk.told().keys() == keys
    assert not desk.waiting()


def test_nobody_notices_that_it_cannot_be_kept(desk, few):
    order_id, *_others = desk.quotations(FEW + 1)
    with renamed(desk.shop, "nshift_webhook_correction"):
        with desk.shop.transaction() as env:
            env["res.partner"].browse(desk.contact_id).street = "2 New Road"
            env["sale.order"].browse(order_id).client_order_ref = "told"
    assert desk.told().keys() == {("order", order_id)}
    with desk.shop.transaction() as env:
        assert env["res.partner"].browse(desk.contact_id).street == "2 New Road"


# what it costs


def queries(shop, act):
    """Count what an action asks the database in a committed transaction."""
    for _warm in range(2):
        with shop.transaction() as env:
            before = env.cr.sql_log_count
            act(env)
            env.cr.flush()
            count = env.cr.sql_log_count - before
    shop.events()
    return count


@pytest.fixture
def cost(shop):
    """Count what contacts' corrections cost more with a webhook than without."""
    numbers = iter(range(1000))
    with shop.transaction() as env:
        contacts = env["res.partner"].create([{"name": "Ann"} for _ in range(1000)])
        ids = contacts.ids

    def cost(event, number, field):
        def act(env):
            records = env["res.partner"].browse(ids[:number])
            records.write({field: f"New {next(numbers)}"})

        plain = queries(shop, act)
        shop.webhook(event)
        captured = queries(shop, act)
        with shop.transaction() as env:
            env["nshift.webhook"].search([]).unlink()
        return captured - plain

    return cost


@pytest.mark.parametrize("number", [1, 1000])
@pytest.mark.parametrize(
    ("event", "field"),
    [
        ("order.created", "street"),
        ("order.updated", "comment"),
        ("shipment.updated", "comment"),
    ],
)
def test_what_nobody_wants_to_hear_costs_nothing(cost, event, number, field):
    assert cost(event, number, field) == 0


@pytest.mark.parametrize("event", ["order.updated", "shipment.updated"])
def test_contacts_without_orders_cost_little(cost, event):
    one = cost(event, 1, "street")
    assert one <= 6
    # those that are looked for while nobody waits
    assert cost(event, 1000, "street") <= one + 10
