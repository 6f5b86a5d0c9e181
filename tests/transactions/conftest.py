"""Odoo in this process, on a database of its own, with real commits."""

import json
import os
from contextlib import contextmanager
from dataclasses import replace

import pytest
from hypothesis.internal.conjecture import providers

from dev import odoo_config, postgres, setups, template
from dev.receiver import Receiver

from . import people
from .hook import Hook
from .unbuilt import wrong_key

SKU = "LAMP-1"

# Hypothesis would read the 1,400 files of Odoo (10 s), for constants to draw.
providers.is_local_module_file = lambda path: False


class Shop:
    """A merchant's database, worked on in transactions that are committed.

    :param registry: Odoo's registry of the database
    """

    def __init__(self, registry):
        self.registry = registry

    @contextmanager
    def transaction(self, login=None, **context):
        """Yield an environment; commit at the end, roll back on an exception.

        :param login: who is at work; by default the superuser
        :param context: for instance ``lang``
        """
        from odoo import SUPERUSER_ID, api

        # what another process has changed, as at the start of a request
        self.registry.check_signaling()
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, context)
            if login:
                user = env["res.users"].search([("login", "=", login)])
                env = env(user=user.id)
                # as in a request: what is flushed in the end is flushed as this user
                env.transaction.default_env = env
            yield env

    def webhook(self, *events, **values):
        """Make a webhook for some types of events; returns its id."""
        [id_] = self._webhooks([events], values)
        return id_

    def webhook_for_each(self, events, **values):
        """Make a webhook for each of some types of events."""
        self._webhooks([[event] for event in events], values)

    def _webhooks(self, several, values):
        with self.transaction() as env:
            webhooks = [
                {
                    "name": ", ".join(events),
                    "url": "https://example.com/",
                    "type_ids": type_ids(env, *events),
                }
                for events in several
            ]
            return (
                env["nshift.webhook"].create([each | values for each in webhooks]).ids
            )

    def order(self, quantity=1, **values):
        """Make a quotation for one storable product; returns its id."""
        with self.transaction() as env:
            return new_order(env, quantity, **values).id

    def events(self):
        """Take all events out of the log.

        :return: a list of (type, name of the record, data), oldest first
        """
        with self.transaction() as env:
            events = events_of(env)
            env["nshift.webhook.event"].search([]).unlink()
            return events

    def told(self):
        """Take all events out of the log; returns only their types."""
        return [event for event, _name, _data in self.events()]


def events_of(env):
    """Return what the log has: see `Shop.events`."""
    return [
        (
            event.event,
            event.res_name,
            json.loads(event.payload)["data"] if event.payload else None,
        )
        for event in env["nshift.webhook.event"].search([], order="id")
    ]


def type_ids(env, *codes):
    """Return the ids of types of events."""
    types = env["nshift.webhook.type"].search([("code", "in", codes)])
    assert len(types) == len(codes), codes
    return types.ids


def new_order(env, quantity=1, **values):
    """Make a quotation for one storable product in a transaction of the caller's."""
    product = env["product.product"].search([("default_code", "=", SKU)])
    if not product:
        product = env["product.product"].create(
            {"name": "Lamp", "default_code": SKU, "is_storable": True, "list_price": 10}
        )
    line = {"product_id": product.id, "product_uom_qty": quantity}
    return env["sale.order"].create(
        {
            "partner_id": env.ref("base.res_partner_2").id,
            "order_line": [(0, 0, line)],
        }
        | values
    )


def as_told(record):
    """Return what messages tell of a record now: in its company's language."""
    lang = record.company_id.partner_id.lang
    return record.with_context(lang=lang)._nshift_webhook_payload()


def inhabited(registry):
    """Return Odoo's registry of a database in which there are the people of tests."""
    with Shop(registry).transaction() as env:
        people.move_in(env)
        level_ids(env)
    return registry


def level_ids(env):
    """Give the next order and the next transfer the same id, as happens by chance.

    Whoever takes one for the other is found out so.
    """
    sequences = ["sale_order_id_seq", "stock_picking_id_seq"]
    env.cr.execute("SELECT max(nextval(name)) FROM unnest(%s) AS name", (sequences,))
    [(last,)] = env.cr.fetchall()
    env.cr.execute("SELECT setval(name, %s) FROM unnest(%s) AS name", (last, sequences))


@pytest.fixture(scope="session")
def registry():
    with (
        postgres.running() as connection,
        setups.chosen().database(connection) as database,
    ):
        os.environ.update(connection.environment())
        from odoo import sql_db
        from odoo.modules.registry import Registry
        from odoo.tools import config

        path = odoo_config.write(
            database, "odoo.conf", {"logfile": database.folder / "odoo.log"}
        )
        config.parse_config([f"--config={path}"])
        yield inhabited(Registry(database.name))
        sql_db.close_all()


def pytest_collection_modifyitems(items):
    """Give tests the time to install more modules, which the first of them does."""
    for item in items:
        if "registry_with_more" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.timeout(1800))


@pytest.fixture(scope="module")
def registry_with_more(registry):
    """Odoo's registry of a database with more modules, beside that of the others."""
    setup = replace(setups.chosen(), modules=template.MORE)
    with postgres.running() as connection, setup.database(connection) as database:
        from odoo import sql_db
        from odoo.modules.registry import Registry

        yield inhabited(Registry(database.name))
        Registry.delete(database.name)
        sql_db.close_db(database.name)


@pytest.fixture(autouse=True)
def told_nothing(registry, monkeypatch):
    """The log has not told of any failure yet."""
    from odoo.addons.nshift_webhooks import transaction

    monkeypatch.setattr(transaction, "_told", {})


def without_webhooks(shop):
    """Return a shop after its webhooks, and with them its log, are gone."""
    with shop.transaction() as env:
        env["nshift.webhook"].with_context(active_test=False).search([]).unlink()
    return shop


@pytest.fixture
def shop(registry):
    """The shop without any webhook, and with an empty log of events."""
    shop = without_webhooks(Shop(registry))
    with shop.transaction() as env:
        env["queue.job"].search([]).unlink()
        env["nshift.webhook.runner"].search([]).unlink()
        env["nshift.webhook.correction"].search([]).unlink()
        # of events that a test has deleted in SQL
        env["nshift.webhook.body"].search([]).unlink()
        # as if scheduled actions were run, though the database was made long ago
        env.ref("nshift_webhooks.cron_deliver_overdue").nextcall = env.cr.now()
    return shop


@pytest.fixture
def told_all(shop):
    """The shop with one webhook for each of the four events."""
    shop.webhook_for_each(
        ("order.created", "order.updated", "order.deleted", "shipment.created")
    )
    return shop


@pytest.fixture
def shipments(shop):
    """The shop with one webhook for each event of shipments."""
    from .shipments import Shipments

    return Shipments.following(shop)


@pytest.fixture
def trouble(registry, monkeypatch, caplog):
    """Have another addon's code fail for some types of events, or some orders.

    The log tells of that: with `caplog`, this is expected (``tests/strict.py``).
    """

    @contextmanager
    def trouble(fault=wrong_key, event=None, order_id=None):
        sound = registry["sale.order"]._nshift_webhook_data

        def data(self, type_, change):
            if event in (None, type_) and order_id in (None, change.id):
                fault(self.env)
            return sound(self, type_, change)

        with monkeypatch.context() as patch:
            patch.setattr(registry["sale.order"], "_nshift_webhook_data", data)
            yield

    return trouble


@pytest.fixture(scope="session")
def receiver():
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def hook(shop, receiver, monkeypatch):
    """A webhook for created orders whose endpoint is the receiver."""
    with shop.transaction() as env:
        env["ir.config_parameter"].set_param("nshift_webhooks.retry_delays", "60,60")
    return Hook(shop, receiver, "order.created")
