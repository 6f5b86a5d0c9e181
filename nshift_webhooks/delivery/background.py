"""Work that gives way to what users do."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

#: From 0, as everybody's, to 19. Where processors are idle, it makes no difference.
NICENESS = 10


def in_background(function):
    """Return what a function returns, called in a thread of lower priority.

    So are the threads that it starts. A thread of its own, since it takes a
    privilege to raise a priority again. Only Linux has priorities of threads;
    elsewhere it has that of the process.
    """
    with ThreadPoolExecutor(1, "nshift_webhooks", _give_way) as pool:
        return pool.submit(function).result()


def _give_way():
    # the kernel takes a thread for a process
    with suppress(AttributeError, OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
