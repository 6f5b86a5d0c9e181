"""``python3 -m dev COMMAND``: sets up what the command needs, then runs it."""

import importlib
import signal
import sys

COMMANDS = {
    "setup": ("setup", "odoo", "build the environment and the template database"),
    "test": ("testing", "odoo", "run the tests"),
    "suites": ("suites", "odoo", "run Odoo's own tests with the addon and without"),
    "others": ("others", "odoo", "run the tests beside other modules, in Swedish, ..."),
    "demo": ("demo", "odoo", "start the product and play a merchant's day"),
    "receiver": ("receiving", "packages", "receive webhooks: verify, print, keep them"),
    "screenshots": ("screenshots", "odoo", "take the README's pictures"),
    "translations": ("translations", "odoo", "write the texts to translate"),
    "contract": ("contract", "packages", "write the messages' schemas and tables"),
    "wheel": ("wheel", "packages", "build the addon as a Python package"),
    "bench": ("bench", "odoo", "measure what the addon costs"),
    "lint": ("lint", "packages", "check style and common mistakes"),
    "chromium": ("chromium", "packages", "print a browser's path, fetch it if none"),
    "clean": ("clean", "nothing", "stop what runs here, remove the environment"),
}
"""Of each: the module, whose ``main(arguments) -> exit code`` is run; what it needs:
"nothing", "packages" (the virtual environment) or "odoo" (all); and what it does."""


def main(arguments: list[str]) -> int:
    """Run a command; returns the exit code."""
    if not arguments or arguments[0] not in COMMANDS:
        asked_for_help = arguments[:1] in ([], ["help"], ["--help"], ["-h"])
        lines = [f"  {name:13}{does}" for name, (_, _, does) in COMMANDS.items()]
        usage = "\n".join(["python3 -m dev COMMAND", *lines])
        print(usage, file=sys.stdout if asked_for_help else sys.stderr)
        return 0 if asked_for_help else 2
    from . import environment

    name, needs, _does = COMMANDS[arguments[0]]
    if needs != "nothing" and not environment.is_venv():
        environment.ensure(odoo=needs == "odoo")
        environment.in_venv(arguments)
    module = importlib.import_module(f"dev.{name}")
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
