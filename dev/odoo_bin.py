"""The program that runs Odoo: a script, because Odoo runs ``sys.argv[0]`` again."""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
PARENT = "NSHIFT_PARENT_PID"
"""Environment variable: the process with which this one is to end."""


def _end_with_parent() -> None:
    """Have the kernel send SIGTERM when the process that started this one dies."""
    parent = os.environ.pop(PARENT, "")
    if parent:
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != int(parent):
            sys.exit("The process that started Odoo is gone.")


if __name__ == "__main__":
    _end_with_parent()
    # The script's own folder must not shadow other packages.
    sys.path[:] = [entry for entry in sys.path if entry != os.path.dirname(__file__)]
    import odoo.cli

    odoo.cli.main()
