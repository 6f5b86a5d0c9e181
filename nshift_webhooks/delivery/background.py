"""Work that gives way to what users do."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

#: From 0, as everybody's, to 19. Where processors are idle, it makes no difference.
NICENESS = 10
#: Bytes of a thread's stack. Odoo limits the address space of its workers, of which
#: a thread's stack else takes 8 MB, used or not.
STACK_BYTES = 1024 * 1024


def in_background(function):
    """Return what a function returns, called in a thread of lower priority.

    So are the threads that it starts, and they have small stacks: to be used only in a
    process in which nothing else starts threads meanwhile. A thread of its own, since
    it takes a privilege to raise a priority again. Only Linux has priorities of
    threads; elsewhere it has that of the process.
    """
    with (
        _small_stacks(),
        ThreadPoolExecutor(1, "nshift_webhooks", _give_way) as pool,
    ):
        return pool.submit(function).result()


@contextmanager
def _small_stacks():
    before = threading.stack_size(STACK_BYTES)
    try:
        yield
    finally:
        threading.stack_size(before)


def _give_way():
    # the kernel takes a thread for a process
    with suppress(AttributeError, OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
