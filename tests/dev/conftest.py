"""What the tests of the set-up tooling share."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from dev import paths, ports

PASSWORD = "not a secret"
SETTINGS = ("PG", "ODOO_", "NSHIFT_", "CHROMIUM", "ARGS")


@dataclass(frozen=True)
class Cli:
    """Runs ``python3 -m dev …`` with an environment folder of its own."""

    env_dir: Path

    def environment(self, **variables: str) -> dict[str, str]:
        """The variables of a person who has set nothing but `variables`."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(SETTINGS)
        }
        return {**kept, "NSHIFT_ENV_DIR": str(self.env_dir), **variables}

    def __call__(
        self, *arguments: str, timeout: float = 300, **variables: str
    ) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys._base_executable, "-m", "dev", *arguments],
            cwd=paths.ROOT,
            env=self.environment(**variables),
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def error(self, *arguments: str, **variables: str) -> str:
        """The one line with which the command must fail."""
        result = self(*arguments, **variables)
        assert result.returncode == 1, result
        lines = result.stderr.splitlines()
        assert len(lines) == 1, result.stderr
        assert lines[0].startswith("ERROR: ")
        return lines[0]


@contextmanager
def new_cli() -> Iterator[Cli]:
    # Not in pytest's own folder: PostgreSQL, which does not run as root, must be able
    # to reach it, and the path of its socket has to be short.
    folder = Path(tempfile.mkdtemp(prefix="nshift-"))
    folder.chmod(0o755)
    yield Cli(folder / "env")
    shutil.rmtree(folder)


@pytest.fixture
def cli() -> Iterator[Cli]:
    with new_cli() as cli:
        yield cli


@pytest.fixture
def logs(tmp_path, monkeypatch) -> Path:
    """Logs of programs go to a folder of the test's own."""
    monkeypatch.setattr(paths, "LOGS", tmp_path / "logs")
    return tmp_path / "logs"


@dataclass(frozen=True)
class OwnServer:
    """A PostgreSQL of the person's own: a Debian cluster with a few roles."""

    port: int

    def variables(self, user: str = "shop", password: str = PASSWORD) -> dict[str, str]:
        return {
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.port),
            "PGUSER": user,
            "PGPASSWORD": password,
        }


@pytest.fixture(scope="session")
def own_server() -> Iterator[OwnServer]:
    binaries = Path("/usr/lib/postgresql/15/bin")
    if not (binaries / "initdb").is_file():
        pytest.skip("Debian's PostgreSQL 15 is not installed")
    user = None
    folder = Path(tempfile.mkdtemp(prefix="nshift-own-pg-"))
    if os.geteuid() == 0:
        # PostgreSQL does not run as root; Debian's package made this user.
        user = pwd.getpwnam("postgres").pw_name
        shutil.chown(folder, user)
    port = ports.free_port()

    def run(program: str, *arguments: object, **options) -> None:
        subprocess.run(
            [binaries / program, *map(str, arguments)],
            check=True,
            user=user,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            timeout=60,
            **options,
        )

    data = folder / "data"
    local = f"-k {folder} -p {port} -c listen_addresses=127.0.0.1 -c fsync=off"
    try:
        run(
            "initdb",
            *("-D", data, "-U", "postgres", "-E", "UTF8", "--no-sync"),
            *("--auth-local=trust", "--auth-host=scram-sha-256"),
        )
        run("pg_ctl", "-D", data, "-l", folder / "log", "-w", "-o", local, "start")
        roles = f"""
            ALTER ROLE postgres PASSWORD '{PASSWORD}';
            CREATE ROLE shop LOGIN CREATEDB PASSWORD '{PASSWORD}';
            CREATE ROLE clerk LOGIN PASSWORD '{PASSWORD}';
        """
        run(
            "psql",
            *("-h", folder, "-p", port, "-U", "postgres", "-d", "postgres"),
            *("-v", "ON_ERROR_STOP=1", "-c", roles),
        )
        yield OwnServer(port)
    finally:
        if (data / "postmaster.pid").exists():
            run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder)
