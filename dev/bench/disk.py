"""The disk, on which no other test waits."""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import replace

from .. import postgres


@contextlib.contextmanager
def waits(connection: postgres.Connection) -> Iterator[None]:
    """Have each commit wait for the disk, as it does in a shop, where time is measured.

    :param connection: to the embedded server, or to one of the user's own, which is
        left as it is.
    """
    if postgres.is_own():
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
