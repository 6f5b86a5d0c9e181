"""The product at work: a database of its own, Odoo, and a receiver that it trusts."""

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from . import errors, postgres, template
from .api import Api, make_key
from .progress import Activity
from .receiver import Receiver, Request
from .server import OdooServer

JOB_RUNNER_TIMEOUT = 60
"""Seconds; queue_job waits 5 before it starts its runner."""
LOGIN = PASSWORD = "admin"  # noqa: S105 - the demo data's


@dataclass(frozen=True)
class Product:
    """What runs.

    :param api: Odoo's API as the administrator.
    """

    odoo: OdooServer
    receiver: Receiver
    api: Api


@contextlib.contextmanager
def running(
    port: int | None = None,
    receiver_port: int | None = None,
    on_request: Callable[[Request], None] = lambda request: None,
    options: Mapping[str, object] | None = None,
    modules: tuple[str, ...] = template.STANDARD,
) -> Iterator[Product]:
    """Start everything on a fresh copy of the template database, stop and drop it.

    :param port: of Odoo; by default a free one.
    :param receiver_port: by default a free one.
    :param on_request: see `Receiver`.
    :param options: further entries of Odoo's configuration.
    :param modules: what is installed besides the addon.
    :raises Problem: a port is taken, or something does not start.
    """
    with contextlib.ExitStack() as stack:
        receiver = stack.enter_context(Receiver(receiver_port, on_request))
        connection = stack.enter_context(postgres.running())
        database = stack.enter_context(template.temporary_database(connection, modules))
        odoo = OdooServer(database, port, options=options)
        with Activity("Starting Odoo with its job runner"):
            stack.enter_context(odoo)
            wait_for_job_runner(odoo)
        yield Product(odoo, receiver, sign_in(odoo, LOGIN, PASSWORD))


def sign_in(odoo: OdooServer, login: str, password: str) -> Api:
    """The API as one of the server's users."""
    return Api(odoo.url, make_key(odoo.url, odoo.database.name, login, password))


def wait_for_job_runner(odoo: OdooServer) -> None:
    deadline = time.monotonic() + JOB_RUNNER_TIMEOUT
    while "database connections ready" not in odoo.log.read_text(errors="replace"):
        if time.monotonic() > deadline:
            raise errors.Problem(
                f"queue_job's runner is not ready after {JOB_RUNNER_TIMEOUT} s: "
                f"{odoo.log_tail(1)} Details: {odoo.log}"
            )
        time.sleep(0.1)
