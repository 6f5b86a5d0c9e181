"""PgBouncer, as administrators put it between Odoo and PostgreSQL."""

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from dev import bound, errors, paths, ports
from dev.postgres import Connection
from dev.programs import Program

START_TIMEOUT = 10
"""Seconds."""
SETTINGS = """\
[databases]
{databases}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
{settings}
"""

PGBOUNCER = Program(
    name="pgbouncer",
    names=("pgbouncer",),
    packages=("pgbouncer",),
    binary="usr/sbin/pgbouncer",
    hint="Install PgBouncer.",
)


@contextlib.contextmanager
def running(
    connection: Connection, folder: Path, modes: dict[str, str], **settings: object
) -> Iterator[Connection]:
    """Yield a connection that leads through PgBouncer.

    :param connection: to the server behind
    :param folder: for its configuration
    :param modes: ``pool_mode`` by database; ``*`` for all others
    :param settings: further ones of ``[pgbouncer]``
    :raises Problem: it does not start
    """
    port = ports.free_port()
    to = f"host={connection.host} port={connection.port} user={connection.user}"
    if os.geteuid() == 0:
        # it refuses to run as root, and has to reach the server's socket
        settings["user"] = Path(connection.host).owner()
    configuration = folder / f"pgbouncer-{port}.ini"
    configuration.write_text(
        SETTINGS.format(
            databases="\n".join(
                f"{name} = {to} pool_mode={mode}" for name, mode in modes.items()
            ),
            port=port,
            settings="\n".join(f"{name} = {value}" for name, value in settings.items()),
        )
    )
    log = paths.LOGS / f"pgbouncer-{port}.log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            bound.command([PGBOUNCER.path(), configuration]),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    try:
        through = replace(connection, host="127.0.0.1", port=str(port))
        _wait(through, process, log)
        yield through
    finally:
        process.kill()
        process.wait()


def _wait(through: Connection, process: subprocess.Popen, log: Path) -> None:
    import psycopg2

    deadline = time.monotonic() + START_TIMEOUT
    while True:
        try:
            through.execute("SELECT 1")
            return
        except psycopg2.OperationalError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise errors.Problem(
                    f"PgBouncer does not start: {error} Details: {log}"
                ) from error
            time.sleep(0.05)
