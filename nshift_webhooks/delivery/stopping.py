"""Detection of a pending end of Odoo, such as for a restart."""

import signal


def is_stopping():
    """Tell whether this process has been asked to end after its current work.

    Odoo sends SIGINT to its workers; a server without workers is ended by SIGINT or
    SIGTERM. The signal handlers are methods of ``Worker`` and ``ThreadedServer`` in
    ``odoo.service.server``, which note the signal in their object.
    """
    server = getattr(signal.getsignal(signal.SIGINT), "__self__", None)
    return not getattr(server, "alive", True) or bool(
        getattr(server, "quit_signals_received", 0)
    )
