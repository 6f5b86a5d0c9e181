"""Waits for what other processes do."""

import time


def eventually(condition, timeout=30):
    """Call `condition` until what it returns is true, and return that.

    :param timeout: seconds
    """
    deadline = time.monotonic() + timeout
    while not (found := condition()):
        assert time.monotonic() < deadline, f"not within {timeout} s"
        time.sleep(0.2)
    return found
