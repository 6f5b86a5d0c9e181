"""``python3 -m dev COMMAND``: sets up what the command needs, then runs it.

``ARGS`` has further arguments of the command.
"""

import importlib
import io
import os
import shlex
import signal
import sys

COMMANDS = {
    "setup": ("setup", "odoo"),
    "test": ("testing", "odoo"),
    "coverage": ("measuring", "odoo"),
    "mutation": ("mutation", "packages"),
    "suites": ("suites", "odoo"),
    "others": ("others", "odoo"),
    "demo": ("demo", "odoo"),
    "receiver": ("receiving", "packages"),
    "screenshots": ("screenshots", "odoo"),
    "translations": ("translations", "odoo"),
    "contract": ("contract", "packages"),
    "wheel": ("wheel", "packages"),
    "bench": ("bench", "odoo"),
    "lint": ("lint", "packages"),
    "clean": ("clean", "nothing"),
}
"""Of each: the module, whose ``main(arguments) -> exit code`` is run, and its needs:
"nothing", "packages" (the virtual environment) or "odoo" (all)."""


def main(arguments: list[str]) -> int:
    """Run a command; returns the exit code."""
    if not arguments or arguments[0] not in COMMANDS:
        commands = ", ".join(COMMANDS)
        print(f"python3 -m dev COMMAND, which is one of {commands}", file=sys.stderr)
        return 2
    from . import environment

    name, needs = COMMANDS[arguments[0]]
    if needs != "nothing" and not environment.is_venv():
        environment.ensure(odoo=needs == "odoo")
        environment.in_venv(arguments)
    module = importlib.import_module(f"dev.{name}")
    further = shlex.split(os.environ.get("ARGS", ""))
    return module.main([*arguments[1:], *further]) or 0


def _terminate(_signal: int, _frame: object) -> None:
    # An exception lets every `with` clean up after itself.
    raise SystemExit(143)


def run() -> int:
    """`main` with every failure told in one line."""
    from . import errors

    for stream in (sys.stdout, sys.stderr):
        # Each line is shown at once, also in a file of CI's; whatever cannot be shown
        # is no reason to fail.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(line_buffering=True, errors="replace")
    signal.signal(signal.SIGTERM, _terminate)
    signal.signal(signal.SIGHUP, _terminate)
    try:
        return main(sys.argv[1:])
    except (Exception, KeyboardInterrupt) as error:
        return errors.report(error)


if __name__ == "__main__":
    sys.exit(run())
