"""TCP ports on the loopback interface."""

import os
import socket

from . import errors


def free_port() -> int:
    """A port that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def chosen(variable: str, default: int) -> int:
    """The port that an environment variable names.

    :raises Problem: it names none.
    """
    value = os.environ.get(variable) or str(default)
    if not value.isdecimal() or not 0 < int(value) < 65536:
        raise errors.Problem(
            f"{variable}={value} is no port: choose a number from 1024 to 65535."
        )
    return int(value)


def require_free(port: int, purpose: str, setting: str) -> None:
    """Raise a `Problem` if `port` is taken.

    :param purpose: what the port is for, e.g. ``Odoo``.
    :param setting: the variable that chooses another one, e.g. ``PORT``.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError as error:
            raise errors.Problem(
                f"Port {port} for {purpose} is for root only: choose one of 1024 to "
                f"65535 with {setting}=…"
            ) from error
        except OSError as error:
            raise errors.Problem(
                f"Port {port} for {purpose} is taken by another program: end it, or "
                f"choose another port with {setting}={free_port()}."
            ) from error
