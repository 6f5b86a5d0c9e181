"""Starts a program that the kernel ends when the process that started it dies.

Run as a script it becomes that program; so nothing is left behind by ``kill -9``.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Sequence

PR_SET_PDEATHSIG = 1


def command(
    arguments: Sequence[object], number: signal.Signals = signal.SIGTERM
) -> list[str]:
    """`arguments` as a command whose process is bound to this one.

    To be started by a thread that lives as long as the program is wanted: the kernel
    looks at the thread.

    :param number: the signal that the program gets.
    """
    script = os.path.abspath(__file__)
    bound = [sys.executable, "-S", script, str(int(number)), str(os.getpid())]
    return [*bound, *map(str, arguments)]


def _become(number: int, parent: int, arguments: Sequence[str]) -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number)
    if os.getppid() != parent:
        sys.exit("The process that started this one is gone.")
    try:
        os.execvp(arguments[0], arguments)
    except OSError as error:
        sys.exit(f"{arguments[0]}: {error.strerror}")


if __name__ == "__main__":
    _become(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
