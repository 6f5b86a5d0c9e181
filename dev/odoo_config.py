"""Writes Odoo's configuration files and runs Odoo once, e.g. to install a module."""

import configparser
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from . import certificate, command, environment, errors, odoo_bin, paths
from .postgres import Connection

SCRIPT = Path(odoo_bin.__file__).resolve()
LOADING = re.compile(r"Loading module (\S+) \((\d+)/(\d+)\)")
BROKEN = re.compile(r" (?:ERROR|CRITICAL) (?!.*(?:pg_trgm|unaccent))")
"""What Odoo logs of a failure; it does without these extensions of PostgreSQL's."""


@dataclass(frozen=True)
class Database:
    """A database with its files.

    :param folder: its own, which is Odoo's ``data_dir``: filestore and sessions.
    """

    name: str
    connection: Connection
    folder: Path


def addons_path(more: Iterable[Path] = ()) -> list[Path]:
    """The folders of addons: Odoo's, OCA's, `more`, and the one that has ours.

    :param more: an earlier release of the addon in there takes our addon's place.
    """
    ocas = paths.site_packages() / "odoo" / "addons"
    return [*environment.current_odoo().addons, ocas, *more, paths.ADDONS]


def write(
    database: Database,
    name: str,
    options: Mapping[str, object] | None = None,
    queue_job: Mapping[str, str] | None = None,
    more_addons: Iterable[Path] = (),
) -> Path:
    """Write a configuration file into the database's folder; returns its path.

    How to reach PostgreSQL is not in it: that is in `Connection.environment`.

    :param name: of the file.
    :param options: entries of ``[options]`` on top of what every run has.
    :param queue_job: entries of ``[queue_job]``.
    """
    parser = configparser.RawConfigParser()
    # as an administrator has an authority of their own trusted: the receiver's
    parser["nshift_webhooks"] = {"ca_file": str(certificate.ensure().authority)}
    parser["options"] = {
        "db_name": database.name,
        "dbfilter": f"^{re.escape(database.name)}$",
        "list_db": "False",
        "data_dir": str(database.folder),
        "addons_path": ",".join(map(str, addons_path(more_addons))),
        "http_interface": "127.0.0.1",
        **{name: str(value) for name, value in (options or {}).items()},
    }
    if queue_job:
        parser["queue_job"] = dict(queue_job)
    path = database.folder / name
    with path.open("w") as file:
        parser.write(file)
    return path


def install(
    database: Database,
    modules: Iterable[str],
    *,
    note: Callable[[str], None] = lambda text: None,
    more_addons: Iterable[Path] = (),
    demo: bool = True,
    update: bool = False,
) -> Path:
    """Install `modules` into a new or existing database, or update them in there.

    :param note: is told which module is being loaded.
    :param more_addons: more folders of addons to find modules in.
    :param demo: False to install no demo data.
    :param update: the modules are installed already.
    :return: Odoo's log.
    :raises Problem: when Odoo fails or logs an error in a module.
    """
    log = paths.LOGS / f"install-{database.name}.log"
    log.unlink(missing_ok=True)
    config = write(
        database,
        "install.conf",
        {"http_enable": "False", "max_cron_threads": 0, "workers": 0},
        more_addons=more_addons,
    )
    broken: list[str] = []

    def on_line(line: str) -> None:
        if found := LOADING.search(line):
            note(f"module {found[2]} of {found[3]}: {found[1]}")
        if BROKEN.search(line):
            broken.append(line)

    what = f"{'Updating' if update else 'Installing'} {', '.join(modules)}"
    command.run(
        arguments(
            config,
            *(["--with-demo"] if demo else []),
            "--stop-after-init",
            f"--{'update' if update else 'init'}={','.join(modules)}",
        ),
        what,
        log.name,
        env=database.connection.environment(),
        cwd=database.folder,
        on_line=on_line,
    )
    if broken:
        reason = broken[0].strip()[:300]
        raise errors.Problem(f"{what} failed: {reason} Details: {log}")
    config.unlink()
    return log


def run_in_shell(database: Database, code: str) -> None:
    """Run Python code in Odoo's shell, with `env`; what it changes, it commits.

    :raises Problem: the code fails.
    """
    config = write(database, "shell.conf")
    ran = subprocess.run(
        [sys.executable, str(SCRIPT), "shell", f"--config={config}", "--no-http"],
        input=code,
        env=database.connection.environment(),
        text=True,
        check=False,
        capture_output=True,
    )
    # the shell goes on after an exception, and tells of it only there
    if ran.returncode or "Traceback" in ran.stderr:
        raise errors.Problem(f"Odoo's shell failed: {ran.stderr.strip()[-300:]}")
    config.unlink()


def arguments(config: Path, *more: str) -> list[str]:
    """The command line of an Odoo with this configuration."""
    return [sys.executable, str(SCRIPT), f"--config={config}", *more]
