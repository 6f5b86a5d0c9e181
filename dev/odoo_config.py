"""Writes Odoo's configuration files and runs Odoo once, e.g. to install a module."""

import configparser
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from . import bound, certificate, command, environment, errors, odoo_bin, paths
from .postgres import Connection

SCRIPT = Path(odoo_bin.__file__).resolve()
LOADING = re.compile(r"Loading module (\S+) \((\d+)/(\d+)\)")


def addons_path(more: Iterable[Path] = ()) -> list[Path]:
    """The folders of addons: Odoo's, OCA's, this checkout's, and `more`."""
    folders = [*environment.current_odoo().addons]
    folders.append(paths.site_packages() / "odoo" / "addons")
    if (paths.ADDON / "__manifest__.py").is_file():
        folders.append(paths.ROOT)
    return [*folders, *more]


def write(
    path: Path,
    database: str,
    data_dir: Path,
    options: Mapping[str, object] | None = None,
    queue_job: Mapping[str, str] | None = None,
    more_addons: Iterable[Path] = (),
) -> Path:
    """Write a configuration file for one database; returns `path`.

    How to reach PostgreSQL is not in it: that is in `Connection.environment`.

    :param options: entries of ``[options]`` on top of what every run has.
    :param queue_job: entries of ``[queue_job]``.
    """
    parser = configparser.RawConfigParser()
    # as an administrator has an authority of their own trusted: the receiver's
    parser["nshift_webhooks"] = {"ca_file": str(certificate.ensure().authority)}
    parser["options"] = {
        "db_name": database,
        "dbfilter": f"^{re.escape(database)}$",
        "list_db": "False",
        "data_dir": str(data_dir),
        "addons_path": ",".join(map(str, addons_path(more_addons))),
        "http_interface": "127.0.0.1",
        **{name: str(value) for name, value in (options or {}).items()},
    }
    if queue_job:
        parser["queue_job"] = dict(queue_job)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        parser.write(file)
    return path


def install(
    connection: Connection,
    database: str,
    data_dir: Path,
    modules: Iterable[str],
    *,
    note: Callable[[str], None],
    more_addons: Iterable[Path] = (),
) -> None:
    """Install `modules`, with demo data, into a new or existing database.

    :param note: is told which module is being loaded.
    :param more_addons: more folders of addons to find modules in.
    :raises Problem: when Odoo fails or logs an error in a module.
    """
    log = paths.LOGS / f"install-{database}.log"
    log.unlink(missing_ok=True)
    config = write(
        data_dir / "install.conf",
        database,
        data_dir,
        {"http_enable": "False", "max_cron_threads": 0, "workers": 0},
        more_addons=more_addons,
    )
    broken: list[str] = []

    def on_line(line: str) -> None:
        found = LOADING.search(line)
        if found:
            note(f"module {found[2]} of {found[3]}: {found[1]}")
        if " ERROR " in line or " CRITICAL " in line:
            broken.append(line)

    command.run(
        arguments(
            config, "--with-demo", "--stop-after-init", f"--init={','.join(modules)}"
        ),
        f"Installing {', '.join(modules)}",
        log.name,
        env=connection.environment(),
        cwd=data_dir,
        on_line=on_line,
    )
    broken = [
        line for line in broken if "pg_trgm" not in line and "unaccent" not in line
    ]
    if broken:
        raise errors.Problem(
            f"Installing {', '.join(modules)} failed: {broken[0].strip()[:300]} "
            f"Details: {log}"
        )
    config.unlink()


def arguments(config: Path, *more: str) -> list[str]:
    """The command line of an Odoo with this configuration."""
    return [sys.executable, str(SCRIPT), f"--config={config}", *more]


def start(
    config: Path, log: Path, env: Mapping[str, str], *more: str
) -> subprocess.Popen:
    """Start Odoo in a process group of its own, which ends when this process does."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as file:
        return subprocess.Popen(
            bound.command(arguments(config, *more)),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            env=dict(env),
            cwd=config.parent,
            start_new_session=True,
        )
