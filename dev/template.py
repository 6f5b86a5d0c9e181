"""Template databases: prepared once, copied in seconds.

There are layers, each a copy of the one below with more in it. The base has Odoo and
the modules that the addon stands on, with demo data; it takes minutes and changes
rarely. Above it are other modules, where somebody asks for them, and the addon, whose
layer changes with its content. Each is named by a key of what goes into it, so there
is nothing to invalidate.
"""

import contextlib
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from . import environment, locking, odoo_config, paths, venv
from .odoo_config import Database
from .postgres import Connection
from .progress import Activity
from .steps import digest

STANDARD = ("sale_stock", "stock_delivery", "queue_job", "sale_channel")
"""What the addon stands on."""
MORE = (
    *STANDARD,
    "website_sale",
    "payment_demo",
    "base_automation",
    "stock_dropshipping",
    "sale_loyalty",
    "sale_management",
    "sale_mrp",
)
"""What it gets on with: kits, carts, rewards and the like. Installing takes minutes:
once for all that need some of these."""

# No part of what is installed in a database.
NOT_INSTALLED_SUFFIXES = {".toml", ".pyc", ".pyo", ".md", ".rst", ".po~", ".swp"}
NOT_INSTALLED_FOLDERS = {"tests", "__pycache__", "readme"}

PREFIX = f"nshift_{digest(str(paths.ENV_DIR))[:6]}_"
"""Begins the names of this environment's databases, on whatever server."""


@contextlib.contextmanager
def temporary_database(
    connection: Connection,
    modules: tuple[str, ...] = STANDARD,
    *,
    addon: bool = True,
    demo: bool = True,
) -> Iterator[Database]:
    """A new database for the length of a ``with`` block.

    The first call for a set of modules takes minutes, later ones seconds.

    :param modules: installed before the addon.
    :param addon: False for a database without the addon.
    :param demo: False for a database without demo data.
    :raises Problem: an installation fails, no space, no right.
    """
    name = f"{PREFIX}{os.getpid()}_{secrets.token_hex(3)}"
    database = Database(name, connection, _databases(connection) / name)
    in_use = database.folder.with_suffix(".lock")
    with locking.exclusive(in_use):
        try:
            with _preparing(modules, demo=demo):
                template = _prepare(connection, modules, addon=addon, demo=demo)
                _sweep(connection)
                _copy(connection, template, name, database.folder)
            _let_send(connection, name)
            yield database
        finally:
            _remove(connection, name, database.folder)
            in_use.unlink(missing_ok=True)


def drop_all(connection: Connection) -> None:
    """Drop every database and template that this environment made on the server."""
    _clear(connection, PREFIX)


def prepare(
    connection: Connection,
    modules: tuple[str, ...] = STANDARD,
    *,
    addon: bool = True,
    demo: bool = True,
) -> str:
    """Make the template databases that are missing; returns the topmost's name."""
    with _preparing(modules, demo=demo):
        return _prepare(connection, modules, addon=addon, demo=demo)


def addon_content(folder: Path) -> str:
    """A digest of what of the addon ends up in a database or is run there."""
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if (
            path.is_file()
            and not NOT_INSTALLED_FOLDERS.intersection(relative.parts)
            and path.suffix not in NOT_INSTALLED_SUFFIXES
            and relative.parts[:2] != ("static", "description")
        ):
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            found.update(f"{relative}\0{content}\n".encode())
    return found.hexdigest()


def _preparing(
    modules: tuple[str, ...], *, demo: bool
) -> contextlib.AbstractContextManager:
    """Keep other commands from making or removing the same templates meanwhile."""
    return locking.exclusive(
        paths.RUN / f"templates-{_label(modules, demo=demo)}.lock",
        "Another command prepares databases; waiting for it …",
    )


def _prepare(
    connection: Connection, modules: tuple[str, ...], *, addon: bool, demo: bool
) -> str:
    label = _label(modules, demo=demo)
    base_key = digest(
        sorted(modules),
        environment.current_odoo().version,
        venv.pins(venv.OF_ODOO),
        connection.server_version(),
    )
    base = f"{PREFIX}t{label}_base_{base_key}"
    if not _is_ready(connection, base):
        more = [module for module in modules if module not in STANDARD]
        source = prepare(connection, addon=False, demo=demo) if more else ""
        _make(connection, base, source, more or modules, demo=demo)
    if not addon:
        return base
    content = addon_content(paths.ADDONS / paths.ADDON.name)
    layer = f"{PREFIX}t{label}_addon_{digest(base_key, content)}"
    if not _is_ready(connection, layer):
        _make(connection, layer, base, [paths.ADDON.name], demo=demo)
    return layer


def _label(modules: tuple[str, ...], *, demo: bool) -> str:
    return digest(sorted(modules), *([] if demo else ["no demo data"]))[:4]


def _make(
    connection: Connection,
    name: str,
    source: str,
    modules: Sequence[str],
    *,
    demo: bool,
) -> None:
    """Make a template with `modules`, in a copy of another one if `source` names it.

    What was made before in its place, also in a try that broke off, goes.
    """
    _clear(connection, name.rpartition("_")[0] + "_")
    files = _files(connection, name)
    into = "a copy of it" if source else "a database (about 2 min)"
    with Activity(f"Installing {', '.join(modules)} into {into}") as step:
        if source:
            _copy(connection, source, name, files)
        else:
            connection.execute(
                f"CREATE DATABASE \"{name}\" ENCODING 'unicode' LC_COLLATE 'C' "
                "TEMPLATE template0"
            )
            files.mkdir(parents=True)
        database = Database(name, connection, files)
        odoo_config.install(database, modules, note=step.note, demo=demo)
    # Only a finished template is marked as one; nobody can connect to it any more.
    connection.execute(
        f'ALTER DATABASE "{name}" WITH IS_TEMPLATE true ALLOW_CONNECTIONS false'
    )


def _files(connection: Connection, template: str = "") -> Path:
    return paths.TEMPLATES / connection.identity / template


def _databases(connection: Connection) -> Path:
    return paths.DATABASES / connection.identity


def _is_ready(connection: Connection, name: str) -> bool:
    is_template = connection.execute(
        "SELECT 1 FROM pg_database WHERE datname = %s AND datistemplate", name
    )
    files = _files(connection, name) / "filestore" / name
    return bool(is_template) and files.is_dir()


def _copy(connection: Connection, source: str, target: str, folder: Path) -> None:
    connection.execute(f'CREATE DATABASE "{target}" TEMPLATE "{source}"')
    # Odoo names files by their content and never writes into one: links are enough.
    shutil.copytree(
        _files(connection, source) / "filestore" / source,
        folder / "filestore" / target,
        copy_function=os.link,
    )


def _let_send(connection: Connection, name: str) -> None:
    """Allow a copy to send webhooks, and to send them to this machine.

    As an administrator would: a database sends only from where the addon was installed,
    and only to public addresses.
    """
    for statement in (
        "INSERT INTO ir_config_parameter (key, value)"
        " VALUES ('nshift_webhooks.internal_hosts', 'localhost')",
        "UPDATE ir_config_parameter"
        " SET value = split_part(value, ' ', 1) || ' ' || current_database()"
        " WHERE key = 'nshift_webhooks.home_database'",
    ):
        connection.execute(statement, database=name)


def _clear(connection: Connection, prefix: str) -> None:
    """Remove earlier templates, and broken-off tries, that begin with `prefix`."""
    for (name,) in connection.execute(
        "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", prefix
    ):
        connection.execute(f'ALTER DATABASE "{name}" WITH IS_TEMPLATE false')
        _remove(connection, name, _files(connection, name))
    for folder in _files(connection).glob(f"{prefix}*"):
        shutil.rmtree(folder)


def _sweep(connection: Connection) -> None:
    """Drop the databases of runs that were killed."""
    for path in _databases(connection).glob(f"{PREFIX}*.lock"):
        lock = locking.open_lock(path)
        if locking.try_lock(lock):
            _remove(connection, path.stem, path.with_suffix(""))
            path.unlink(missing_ok=True)
        os.close(lock)


def _remove(connection: Connection, name: str, folder: Path) -> None:
    """Drop a database, with the copies of it that pytest-odoo's processes make."""
    for (found,) in connection.execute(
        "SELECT datname FROM pg_database WHERE datname = %s "
        "OR starts_with(datname, %s)",
        name,
        f"{name}-",
    ):
        # WITH (FORCE) fails while PostgreSQL's own autovacuum is at work there, which
        # only a superuser may end. Without, PostgreSQL ends that itself, and waits some
        # seconds until all are gone.
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = %s AND usename = current_user",
            found,
        )
        connection.execute(f'DROP DATABASE IF EXISTS "{found}"')
    shutil.rmtree(folder, ignore_errors=True)
