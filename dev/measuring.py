"""`make coverage`: the lines and branches of the addon that tests run, by file.

Each process of the tests measures itself, if it finds ``COVERAGE_PROCESS_START`` in its
environment: pytest's, those of Odoo's servers (`odoo_bin`), and any other Python.
"""

import contextlib
import json
import os
import shutil
import sqlite3
from pathlib import Path

from . import errors, paths, testing

FOLDER = paths.ENV_DIR / "coverage"
"""What each process has found, and the sum."""
CONFIGURATION = paths.ROOT / "pyproject.toml"


def main(arguments: list[str]) -> int:
    """Run every test, or those that the arguments choose, and report.

    :param arguments: pytest's own.
    :return: 1 if a test fails, or less is run than pyproject.toml asks for.
    :raises Problem: the addon that Odoo would load is not the checkout's.
    """
    if paths.ADDONS != paths.ROOT:
        raise errors.Problem("Coverage is that of the checkout: unset NSHIFT_ADDONS.")
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    os.environ.update(environment())
    failed = testing.main(arguments)
    return 1 if report() or failed else 0


def environment() -> dict[str, str]:
    """What has a process of Python measure itself, wherever it works."""
    return {
        "COVERAGE_PROCESS_START": str(CONFIGURATION),
        "COVERAGE_CHECKOUT": str(paths.ROOT),
        "COVERAGE_FILE": str(FOLDER / "data"),
    }


def report() -> int:
    """Print what the processes together have run; 1 if that is too little."""
    from coverage import Coverage

    found = sorted(FOLDER.glob("data.*"))
    measured = Coverage(config_file=str(CONFIGURATION))
    measured.combine([str(path) for path in found if _is_whole(path)], keep=True)
    measured.save()
    measured.report()
    summary = FOLDER / "summary.json"
    measured.json_report(outfile=str(summary))
    totals = json.loads(summary.read_text())["totals"]
    wanted = measured.get_option("report:fail_under")
    enough = True
    for kind in ("statements", "branches"):
        percent = totals[f"percent_{kind}_covered"]
        enough &= percent >= wanted
        print(f"{percent:.1f} % of {kind} are run, of the {wanted:g} % asked for.")
    return 0 if enough else 1


def _is_whole(path: Path) -> bool:
    """Whether a process has kept what it found: some are killed while they write."""
    with contextlib.closing(sqlite3.connect(path)) as data:
        try:
            is_whole = data.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        except sqlite3.DatabaseError:
            is_whole = False
    if not is_whole:
        print(f"Left out, because it is broken: {path}")
    return is_whole
