"""What the figures of one run share."""

import contextlib
import functools
import os
import time
from dataclasses import dataclass, field

from .. import errors, postgres
from . import shop, works


@dataclass
class Run:
    """One `make bench`.

    :param connection: to the database server.
    :param stack: ends what the figures have started, when all is measured.
    :param rounds: so many of each measurement, for a quick look; None: until the
        figure is sure enough.
    :param orders: how many an import has; other amounts are multiples of it.
    """

    connection: postgres.Connection
    stack: contextlib.ExitStack
    rounds: int | None = field(default_factory=lambda: number("ROUNDS"))
    orders: int = field(default_factory=lambda: number("ORDERS") or 1000)

    def sleep(self, seconds: float) -> None:
        """Wait; a tenth of it for a quick look."""
        time.sleep(seconds / 10 if self.rounds else seconds)

    @functools.cached_property
    def shop(self) -> shop.Shop:
        """Odoo in this process; started for the first figure that needs it."""
        return self.stack.enter_context(shop.running(self.connection))

    @functools.cached_property
    def works(self) -> works.Works:
        """Odoo with its job runner, on another database."""
        _ = self.shop  # configures Odoo in this process, once
        return self.stack.enter_context(works.running(self.connection))


def number(variable: str) -> int | None:
    """The whole number in an environment variable; None if it is not set.

    :raises Problem: it is something else.
    """
    value = os.environ.get(variable)
    if not value:
        return None
    if not value.isdecimal() or not int(value):
        raise errors.Problem(f"{variable}={value}: give a whole number from 1.")
    return int(value)
