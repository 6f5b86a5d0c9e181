"""Waits for what other processes do."""

import time

LONGEST_PAUSE_S = 0.2
"""Between two looks; the first pauses are shorter."""


def eventually(condition, timeout=60):
    """Call `condition` until what it returns is true, and return that.

    :param timeout: seconds
    """
    deadline = time.monotonic() + timeout
    pause = 0.02
    while not (found := condition()):
        assert time.monotonic() < deadline, f"not within {timeout} s"
        time.sleep(pause)
        pause = min(1.5 * pause, LONGEST_PAUSE_S)
    return found
