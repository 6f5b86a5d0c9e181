"""Locks between processes. The kernel drops them when their holder dies."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path


def open_lock(path: Path) -> int:
    """Open (and make) the lock file `path`; the descriptor is not inherited."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def try_lock(descriptor: int, *, shared: bool = False) -> bool:
    """Take the lock without waiting; False if somebody else has it."""
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def wait_lock(descriptor: int, *, shared: bool = False) -> None:
    """Take the lock, waiting for whoever has it."""
    fcntl.flock(descriptor, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)


@contextlib.contextmanager
def exclusive(path: Path, waiting: str = "") -> Iterator[None]:
    """Hold the lock `path`; print `waiting` if another process has it."""
    descriptor = open_lock(path)
    try:
        if not try_lock(descriptor):
            if waiting:
                print(waiting, flush=True)
            wait_lock(descriptor)
        yield
    finally:
        os.close(descriptor)
