"""`make clean`: stop what runs in the environment and remove it, and nothing else."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from . import env_dir, errors, locking, paths

LOCKS = ("setup.lock", "run/postgres-users.lock")
SHUT_DOWN = """
from dev import postgres, template
postgres.stop()
if postgres.is_own():
    template.drop_all(postgres.own_server())
"""


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
    if paths.VENV_PYTHON.exists():
        done = subprocess.run(
            [paths.VENV_PYTHON, "-c", SHUT_DOWN],
            cwd=paths.ROOT,
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            reason = (done.stderr.strip().splitlines() or ["no message"])[-1]
            print(f"What is on PostgreSQL stays: {reason}", file=sys.stderr)
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
