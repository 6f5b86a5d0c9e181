"""Work at a lower priority than the work of users."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

#: Niceness of the threads, from 0 (usual) to 19. It delays nothing on idle processors.
NICENESS = 10
#: Bytes of a thread's stack. Odoo limits the address space of its workers, and by
#: default a stack takes 8 MB of the address space, used or not.
STACK_BYTES = 1024 * 1024


def in_background(function):
    """Return the result of a function, called in a thread of lower priority.

    The threads that the function starts have the same priority, and small stacks. No
    other code of the process may start threads in the meantime. The thread ends with
    the function, because raising a priority again needs a privilege. Only Linux has
    priorities of threads; elsewhere the thread keeps the priority of the process.
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
    # Linux takes a thread's id for a process here
    with suppress(AttributeError, OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
