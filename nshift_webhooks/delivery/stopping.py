"""Noticing that Odoo is to end, such as for a restart."""

import signal


def is_stopping():
    """Tell whether this process was asked to end once its work is done.

    Odoo asks its workers by SIGINT, and its one process, where it has no workers, by
    SIGINT or SIGTERM. The handlers of these signals are methods, of a ``Worker`` and of
    a ``ThreadedServer`` in ``odoo.service.server``, that note it in their object.
    """
    server = getattr(signal.getsignal(signal.SIGINT), "__self__", None)
    return not getattr(server, "alive", True) or bool(
        getattr(server, "quit_signals_received", 0)
    )
