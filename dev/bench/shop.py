"""Odoo in this process, on a database of its own, in which orders are made."""

import contextlib
import functools
import gc
import itertools
import os
import time
from collections.abc import Iterator

from .. import errors, odoo_config, paths, postgres, template
from . import hooks
from .compare import Clock

PARTNERS = ("base.res_partner_1", "base.res_partner_2", "base.res_partner_3")
PRODUCT = "__import__.bench_product"
STOCK = 10_000_000
"""More than all the orders together: every delivery can be reserved."""

IMPORT_CONTEXT = {
    # As the import's page sets them.
    "import_file": True,
    "tracking_disable": True,
    "name_create_enabled_fields": {},
    "import_set_empty_fields": [],
    "import_skip_records": [],
    "_import_limit": 2000,
}


def type_ids(env, *codes: str) -> list[int]:
    """The ids of types of events."""
    return env["nshift.webhook.type"].search([("code", "in", codes)]).ids


class Shop:
    """A merchant's database, worked on in transactions that are committed.

    No job runner looks at it: events and jobs are written, and nothing is sent.

    :param registry: Odoo's registry of the database.
    :param connection: to its server.
    """

    def __init__(self, registry, connection: postgres.Connection):
        self.registry = registry
        self.connection = connection
        self._count = itertools.count()
        self.hooks = hooks.find(registry)
        if not self.hooks:
            raise errors.Problem("The addon extends no model: there is no overhead.")
        with self.transaction() as env:
            self._stock_up(env)

    def _stock_up(self, env) -> None:
        self.user_id = env.ref("base.user_admin").id
        self.partner_id = env.ref(PARTNERS[0]).id
        product = env["product.product"].create(
            {"name": "Lamp", "default_code": "LAMP", "is_storable": True}
        )
        module, _dot, name = PRODUCT.partition(".")
        env["ir.model.data"].create(
            {
                "module": module,
                "name": name,
                "model": product._name,
                "res_id": product.id,
            }
        )
        warehouse = env["stock.warehouse"].search([], limit=1)
        env["stock.quant"]._update_available_quantity(
            product, warehouse.lot_stock_id, STOCK
        )
        self.product_id = product.id
        self.other_channel_id = env["sale.channel"].create({"name": "Other"}).id

    @contextlib.contextmanager
    def transaction(self, user_id: int | None = None, **context: object) -> Iterator:
        """Yield an environment; commit at the end, roll back on an exception."""
        from odoo import SUPERUSER_ID, api

        with self.registry.cursor() as cr:
            yield api.Environment(cr, user_id or SUPERUSER_ID, context)

    def order_and_confirm(self) -> None:
        """Make a quotation for one product, and confirm it in another transaction."""
        values = {
            "partner_id": self.partner_id,
            "order_line": [
                (0, 0, {"product_id": self.product_id, "product_uom_qty": 2})
            ],
        }
        with self.transaction(self.user_id) as env:
            order_id = env["sale.order"].create(values).id
        with self.transaction(self.user_id) as env:
            env["sale.order"].browse(order_id).action_confirm()

    def import_orders(self, number: int) -> None:
        """Import quotations for one product each, as from a file of the user's."""
        columns = ["partner_id/id", "order_line/product_id/id"]
        columns.append("order_line/product_uom_qty")
        customers = itertools.cycle(PARTNERS)
        rows = [[next(customers), PRODUCT, "2"] for _ in range(number)]
        with self.transaction(self.user_id, **IMPORT_CONTEXT) as env:
            result = env["sale.order"].load(columns, rows)
            if result["messages"] or len(result["ids"]) != number:
                raise errors.Problem(f"The import failed: {result['messages']}")

    def quotations(self, number: int, lines: int = 1) -> list[int]:
        """Make quotations with so many lines each; their ids."""
        line = {"product_id": self.product_id, "product_uom_qty": 2}
        values = {"partner_id": self.partner_id, "order_line": [(0, 0, line)] * lines}
        with self.transaction() as env:
            return env["sale.order"].create([values] * number).ids

    def refer(self, order_ids: list[int], *, one_by_one: bool = False) -> None:
        """Give orders another reference, with one write or with one each."""
        with self.transaction(self.user_id) as env:
            orders = env["sale.order"].browse(order_ids)
            for order in orders if one_by_one else [orders]:
                order.write({"client_order_ref": f"R{next(self._count)}"})

    def refer_in_savepoints(self, order_ids: list[int], number: int) -> None:
        """Give orders another reference so many times, in a savepoint each."""
        with self.transaction(self.user_id) as env:
            orders = env["sale.order"].browse(order_ids)
            for _ in range(number):
                with env.cr.savepoint():
                    orders.write({"client_order_ref": f"R{next(self._count)}"})

    def order_other_quantity(self, order_ids: list[int], quantity: float) -> None:
        """Order another quantity of the first line's product."""
        with self.transaction(self.user_id) as env:
            line = env["sale.order"].browse(order_ids).order_line[0]
            line.product_uom_qty = quantity

    @contextlib.contextmanager
    def webhook(self, event: str, **values: object) -> Iterator[None]:
        """Have one webhook for the length of a ``with`` block."""
        values = {"name": event, "url": "https://example.com/"} | values
        with self.transaction() as env:
            values["type_ids"] = type_ids(env, event)
            webhook_id = env["nshift.webhook"].create(values).id
        try:
            yield
        finally:
            self.forget_events()
            with self.transaction() as env:
                env["nshift.webhook"].browse(webhook_id).unlink()

    def event_count(self) -> int:
        """How many events there are."""
        with self.transaction() as env:
            return env["nshift.webhook.event"].search_count([])

    @contextlib.contextmanager
    def with_capture(self) -> Iterator[None]:
        """The addon as it is. It is taken out and put back, as for the other side."""
        with hooks.removed(self.hooks):
            pass
        yield

    @contextlib.contextmanager
    def without_capture(self) -> Iterator[None]:
        """Odoo without any of the addon's code in it."""
        with hooks.removed(self.hooks):
            yield

    def settle_down(self) -> None:
        """Get what could disturb a measurement out of its way.

        Nothing is vacuumed while it lasts (see :func:`running`), so it is done here,
        and all that lives by now is no concern of the garbage collector's.
        """
        self.connection.execute("VACUUM ANALYZE", database=self.registry.db_name)
        gc.collect()
        gc.freeze()

    def processor_clock(self) -> Clock | None:
        """Tells the processor time of this process and of the server's that serve it.

        None where the server runs on another machine.
        """
        host = self.connection.host
        if host and not host.startswith("/"):
            return None
        pids = self.connection.execute(
            "SELECT pid FROM pg_stat_activity"
            " WHERE datname = %s AND backend_type = 'client backend'"
            " AND pid != pg_backend_pid()",
            self.registry.db_name,
        )
        # The kernel's names of the clocks of other processes.
        names = [(~pid << 3) | 2 for (pid,) in pids]
        try:
            clocks = {name: time.clock_gettime(name) for name in names}
        except OSError:
            return None

        def read() -> float:
            for name in clocks:
                # Odoo ends a connection that was idle for ten minutes
                with contextlib.suppress(OSError):
                    clocks[name] = time.clock_gettime(name)
            return time.process_time() + sum(clocks.values())

        return read

    def forget_events(self) -> None:
        """Empty the log, and what was to be done with it."""
        for table in ("nshift_webhook_event", "nshift_webhook_body", "queue_job"):
            self.connection.execute(
                f'DELETE FROM "{table}"', database=self.registry.db_name
            )


@contextlib.contextmanager
def running(connection: postgres.Connection) -> Iterator[Shop]:
    """A shop for the length of a ``with`` block; only one in a process."""
    with template.temporary_database(connection) as database:
        os.environ.update(connection.environment())
        from odoo import sql_db
        from odoo.modules.registry import Registry
        from odoo.tools import config

        _leave_vacuuming_to_us(connection, database.name)
        log = paths.LOGS / f"bench-{database.name}.log"
        path = odoo_config.write(database, "bench.conf", {"logfile": log})
        config.parse_config([f"--config={path}"])
        try:
            yield Shop(Registry(database.name), connection)
        finally:
            sql_db.close_all()


def _leave_vacuuming_to_us(connection: postgres.Connection, database: str) -> None:
    execute = functools.partial(connection.execute, database=database)
    for table, has_toast in execute(
        "SELECT oid::regclass::text, reltoastrelid != 0 FROM pg_class"
        " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    ):
        toast = ", toast.autovacuum_enabled = false" if has_toast else ""
        execute(f"ALTER TABLE {table} SET (autovacuum_enabled = false{toast})")
