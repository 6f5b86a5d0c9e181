"""Programs that the kernel ends when the process that started them dies."""

import signal
from collections.abc import Sequence


def command(
    arguments: Sequence[object], number: signal.Signals = signal.SIGTERM
) -> list[str]:
    """`arguments` as a command whose process is bound to this one, by util-linux.

    To be started by a thread that lives as long as the program is wanted: the kernel
    looks at the thread.

    :param number: the signal that the program gets.
    """
    return ["setpriv", f"--pdeathsig={number.name[3:]}", *map(str, arguments)]
