"""``python3 -m dev COMMAND``: sets up what the command needs, then runs it."""

import importlib
import signal
import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Command:
    """One command.

    :param module: of this package; its ``main(arguments) -> exit code`` is run.
    :param needs: "nothing", "packages" (the virtual environment) or "odoo" (all).
    """

    module: str
    needs: str
    help: str


COMMANDS = {
    "setup": Command(
        "setup", "odoo", "build the environment and the template database"
    ),
    "test": Command("testing", "odoo", "run the tests"),
    "suites": Command(
        "suites", "odoo", "run Odoo's own tests with the addon and without"
    ),
    "others": Command(
        "others", "odoo", "run the addon's tests beside other modules, in Swedish, ..."
    ),
    "demo": Command("demo", "odoo", "start the product and play a merchant's day"),
    "receiver": Command(
        "receiving", "packages", "receive webhooks: verify, print, keep them"
    ),
    "screenshots": Command("screenshots", "odoo", "take the README's pictures"),
    "translations": Command("translations", "odoo", "write the texts to translate"),
    "wheel": Command("wheel", "packages", "build the addon as a Python package"),
    "contract": Command(
        "contract", "packages", "write the messages' schemas and their tables"
    ),
    "bench": Command("bench", "odoo", "measure what the addon costs"),
    "lint": Command("lint", "packages", "check style and common mistakes"),
    "chromium": Command(
        "chromium", "packages", "print a browser's path, fetch it if none"
    ),
    "clean": Command("clean", "nothing", "stop what runs here, remove the environment"),
}


def usage() -> str:
    """What can be run."""
    lines = [f"  {name:13}{command.help}" for name, command in COMMANDS.items()]
    return "\n".join(["python3 -m dev COMMAND", *lines])


def main(arguments: list[str]) -> int:
    """Run a command; returns the exit code."""
    if not arguments or arguments[0] not in COMMANDS:
        asked_for_help = arguments[:1] in ([], ["help"], ["--help"], ["-h"])
        print(usage(), file=sys.stdout if asked_for_help else sys.stderr)
        return 0 if asked_for_help else 2
    from . import environment

    command = COMMANDS[arguments[0]]
    if command.needs != "nothing" and not environment.is_venv():
        environment.ensure(odoo=command.needs == "odoo")
        environment.in_venv(arguments)
    module = importlib.import_module(f"dev.{command.module}")
    return module.main(arguments[1:]) or 0


def _terminate(_signal: int, _frame: object) -> None:
    # An exception lets every `with` clean up after itself.
    raise SystemExit(143)


def run() -> int:
    """`main` with every failure told in one line."""
    from . import errors

    for stream in (sys.stdout, sys.stderr):
        # Whatever the terminal cannot show is no reason to fail.
        stream.reconfigure(errors="replace")
    signal.signal(signal.SIGTERM, _terminate)
    signal.signal(signal.SIGHUP, _terminate)
    try:
        return main(sys.argv[1:])
    except (Exception, KeyboardInterrupt) as error:
        return errors.report(error)


if __name__ == "__main__":
    sys.exit(run())
