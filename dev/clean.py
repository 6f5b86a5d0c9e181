"""`make clean`: stop what runs in the environment and remove it, and nothing else."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from . import env_dir, errors, locking, paths

LOCKS = ("setup.lock", "run/postgres-users.lock")
STOP_TIMEOUT = 60
"""Seconds that PostgreSQL gets to stop."""


def main(_arguments: list[str]) -> int:
    """Remove the environment's folder.

    :raises Problem: it is in use, or is not an environment.
    """
    folder = paths.ENV_DIR
    if not folder.exists():
        print(f"There is no {folder}: nothing to remove.")
        return 0
    env_dir.require_ours()
    held = [_hold(folder / name) for name in LOCKS]
    _drop_own_server_databases()
    _stop_postgres()
    shutil.rmtree(folder)
    for descriptor in held:
        os.close(descriptor)
    print(f"Removed {folder}.")
    return 0


def _hold(lock: Path) -> int:
    descriptor = locking.open_lock(lock)
    if not locking.try_lock(descriptor):
        raise errors.Problem(
            f"Another command is using {paths.ENV_DIR} (make demo, make test, …): stop "
            "it first."
        )
    return descriptor


def _drop_own_server_databases() -> None:
    """Drop what was made on the user's own PostgreSQL, if that is what PG* name."""
    script = (
        "from dev import postgres, template\n"
        "if postgres.is_own(): template.drop_all(postgres.own_server())"
    )
    if (paths.ENV_DIR / "odoo.json").exists() and paths.VENV_PYTHON.exists():
        done = subprocess.run(
            [paths.VENV_PYTHON, "-c", script],
            cwd=paths.ROOT,
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            reason = (done.stderr.strip().splitlines() or ["no message"])[-1]
            print(f"The databases on your server stay: {reason}", file=sys.stderr)


def _stop_postgres() -> None:
    """Stop an embedded PostgreSQL whose keeper was killed."""
    try:
        pid = int((paths.PGDATA / "postmaster.pid").read_text().split()[0])
        command = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except (FileNotFoundError, ValueError, IndexError):
        return
    if str(paths.PGDATA) not in command:
        return
    os.kill(pid, signal.SIGINT)
    deadline = time.monotonic() + STOP_TIMEOUT
    while (paths.PGDATA / "postmaster.pid").exists():
        if time.monotonic() > deadline:
            raise errors.Problem(f"PostgreSQL (process {pid}) does not stop: end it.")
        time.sleep(0.1)
