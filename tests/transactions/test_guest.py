"""A guest in other people's transactions: whatever is wrong with the addon's tables,
everybody's work goes on, and the log says so once.
"""

import logging
from collections import Counter
from contextlib import ExitStack, contextmanager

import pytest

from odoo.exceptions import AccessError

from .conftest import new_order
from .goods import deliver, new_product, new_sale

#: Columns that a release may have added, of which the database knows nothing yet.
COLUMNS = {
    "nshift_webhook": ("company_id", "request_timeout", "name"),
    "nshift_webhook_audit": ("subject",),
    "nshift_webhook_event": ("payload_size", "next_attempt_at", "company_id"),
    "nshift_webhook_health": ("stopped_at", "webhook_id"),
    "nshift_webhook_sequence": ("number",),
    "nshift_webhook_type": ("code", "sequence"),
    "nshift_webhook_type_rel": ("type_id",),
}
EVENTS = (
    "order.created",
    "order.updated",
    "order.deleted",
    "shipment.created",
    "shipment.done",
)


def tables(shop):
    with shop.transaction() as env:
        env.cr.execute(
            "SELECT tablename::text FROM pg_tables "
            "WHERE schemaname = 'public' AND tablename LIKE 'nshift\\_webhook%'"
        )
        return sorted(name for (name,) in env.cr.fetchall())


@contextmanager
def altered(shop, do, undo):
    """Change the database behind Odoo's back, and change it back."""
    with shop.transaction() as env:
        env.cr.execute(do)
    try:
        yield
    finally:
        with shop.transaction() as env:
            env.cr.execute(undo)


def renamed(shop, table):
    return altered(
        shop,
        f'ALTER TABLE "{table}" RENAME TO gone_for_now_{table[-20:]}',
        f'ALTER TABLE gone_for_now_{table[-20:]} RENAME TO "{table}"',
    )


def refused(shop, table):
    """Have the database refuse whoever reads a table."""
    return altered(
        shop,
        f"""
        CREATE FUNCTION refuse() RETURNS boolean STABLE LANGUAGE plpgsql AS $$
        BEGIN RAISE insufficient_privilege; END $$;
        ALTER TABLE "{table}" RENAME TO kept_for_now;
        CREATE VIEW "{table}" AS SELECT * FROM kept_for_now WHERE refuse();
        """,
        f"""
        DROP VIEW "{table}";
        ALTER TABLE kept_for_now RENAME TO "{table}";
        DROP FUNCTION refuse();
        """,
    )


def column_renamed(shop, table, column):
    return altered(
        shop,
        f'ALTER TABLE "{table}" RENAME COLUMN "{column}" TO gone_for_now',
        f'ALTER TABLE "{table}" RENAME COLUMN gone_for_now TO "{column}"',
    )


@contextmanager
def denied(shop, model):
    """Have another addon deny everybody the records of a model."""

    def deny(*_args, **_kwargs):
        raise AccessError("denied")

    with pytest.MonkeyPatch.context() as patch:
        for method in ("_search", "fetch"):
            patch.setattr(shop.registry[model], method, deny)
        yield


def work(shop):
    """What others do all day."""
    with shop.transaction() as env:
        order_id = new_sale(env, new_product(env, stock=3)).id
    with shop.transaction() as env:
        order = env["sale.order"].browse(order_id)
        order.client_order_ref = "changed"
        order.order_line.product_uom_qty = 3
    with shop.transaction() as env:
        env["sale.order"].browse(order_id).action_confirm()
    with shop.transaction() as env:
        transfer = env["sale.order"].browse(order_id).picking_ids
        deliver(transfer)
        assert transfer.state == "done"
    with shop.transaction() as env:
        draft = new_order(env)
        term = env["account.payment.term"].create({"name": "Later"})
        draft.payment_term_id = term
        tag = env["res.partner.category"].create({"name": "Good"})
        draft.partner_id.category_id = tag
        channel = env["sale.channel"].create({"name": "Web"})
        old, new = env["res.partner"].create([{"name": "Ann"}, {"name": "Anne"}])
        draft.partner_id = old
        note = draft.activity_schedule("mail.mail_activity_data_todo")
        ids = draft.id, term.id, tag.id, channel.id, note.id, old.id, new.id
    with shop.transaction() as env:
        draft, term, tag, channel, note, old, new = (
            env[model].browse(id_)
            for model, id_ in zip(
                (
                    "sale.order",
                    "account.payment.term",
                    "res.partner.category",
                    "sale.channel",
                    "mail.activity",
                    "res.partner",
                    "res.partner",
                ),
                ids,
                strict=True,
            )
        )
        env["base.partner.merge.automatic.wizard"]._merge([old.id, new.id], new)
        assert draft.partner_id == new
        tag.unlink()
        channel.unlink()
        note.user_id = env.ref("base.user_demo")
        draft.payment_term_id = False
        term.unlink()
        draft.unlink()
    with shop.transaction() as env:
        env["ir.config_parameter"].set_param("someone.elses", "value")
        env["ir.config_parameter"].set_param("someone.elses", False)
        env["ir.ui.menu"].with_user(env.ref("base.user_demo")).load_menus(False)


def errors(caplog):
    """Return what the log says of errors, once for each time."""
    return Counter(
        (
            record.name,
            record.msg,
            str(record.exc_info and record.exc_info[1]).partition("\n")[0],
        )
        for record in caplog.records
        if record.levelno >= logging.ERROR
    )


def check(shop, caplog, fault):
    """Everybody can work with a fault, and the log says it once.

    :return: whether it said so
    """
    from odoo.addons.nshift_webhooks import transaction

    transaction._told.clear()
    caplog.clear()
    with fault:
        work(shop)
    told = errors(caplog)
    assert set(told.values()) <= {1}, told
    assert {name for name, _text, _error in told} <= {transaction.__name__}
    return bool(told)


@pytest.fixture
def busy_shop(shop, caplog):
    caplog.set_level(logging.ERROR)
    shop.webhook_for_each(EVENTS)
    work(shop)
    assert not errors(caplog), errors(caplog)
    assert set(EVENTS) <= set(shop.told())
    return shop


@pytest.mark.parametrize("fault", [renamed, refused])
def test_tables(busy_shop, caplog, fault):
    """Tables are missing or may not be read, one at a time."""
    # with what is remembered of webhooks, and without
    check(busy_shop, caplog, fault(busy_shop, "nshift_webhook"))
    told = set()
    for table in tables(busy_shop):
        busy_shop.registry.clear_all_caches()
        if check(busy_shop, caplog, fault(busy_shop, table)):
            told.add(table)
    assert "nshift_webhook" in told


def test_no_tables(busy_shop, caplog):
    """The addon was uninstalled a moment ago, by another process."""
    with ExitStack() as gone:
        for table in tables(busy_shop):
            gone.enter_context(renamed(busy_shop, table))
        assert check(busy_shop, caplog, ExitStack())


def test_columns(busy_shop, caplog):
    """The code is new, and the database is not upgraded yet."""
    for table, columns in COLUMNS.items():
        for column in columns:
            check(busy_shop, caplog, column_renamed(busy_shop, table, column))


def test_denied_models(busy_shop, caplog):
    """Another addon denies everybody what a model has, one at a time."""
    for name, model in busy_shop.registry.items():
        if name.startswith("nshift.webhook") and not model._abstract:
            check(busy_shop, caplog, denied(busy_shop, name))
