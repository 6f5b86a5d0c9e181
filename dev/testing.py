"""`make test`: the addon's tests inside Odoo, then those against real processes.

The first part runs in one process with Odoo, on a fresh copy of the template database
(pytest-odoo). The second runs without Odoo in the process; its tests start servers.
"""

import os
import shlex
import signal
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from . import bound, errors, odoo_config, paths, postgres, template

FOLDERS = {"addon": paths.ADDON / "tests", "e2e": paths.ROOT / "tests"}
NOTHING_COLLECTED = 5
TAKES_VALUE = {"--deselect", "--ignore", "--ignore-glob", "-c", "-k", "-m", "-o", "-p"}
"""Options of pytest whose value may look like a path."""

GRACE = 60
"""Seconds that a stopped test run gets to clean up."""


def main(arguments: list[str]) -> int:
    """Run both parts, or the one that the arguments name.

    :param arguments: ``--only addon|e2e``, and pytest's own. Paths below one of the
        two folders of tests select that part alone.
    """
    only, arguments = _only(arguments)
    parts = _split([*arguments, *shlex.split(os.environ.get("ARGS", ""))], only)
    results = {}
    with postgres.running() as connection:
        for part, pytest_arguments in parts.items():
            run = _run_addon if part == "addon" else _run_e2e
            results[part] = run(connection, pytest_arguments)
    return _summary(results, chosen=bool(arguments or os.environ.get("ARGS")))


def _only(arguments: list[str]) -> tuple[str, list[str]]:
    if arguments[:1] != ["--only"]:
        return "", arguments
    if arguments[1:2] not in (["addon"], ["e2e"]):
        raise errors.Problem("--only is followed by addon or e2e.")
    return arguments[1], arguments[2:]


def _split(arguments: Sequence[str], only: str = "") -> dict[str, list[str]]:
    """Which part gets which arguments; paths belong to one part, options to all."""
    options: list[str] = []
    chosen: dict[str, list[str]] = {}
    for before, argument in zip(["", *arguments], arguments, strict=False):
        path = Path(argument.partition("::")[0]).absolute()
        part = next(
            (name for name, folder in FOLDERS.items() if path.is_relative_to(folder)),
            "",
        )
        if part and before not in TAKES_VALUE and path.exists():
            chosen.setdefault(part, []).append(argument)
        else:
            options.append(argument)
    chosen = chosen or {name: [str(folder)] for name, folder in FOLDERS.items()}
    if only:
        chosen = {only: chosen.get(only, [str(FOLDERS[only])])}
    return {part: [*paths_, *options] for part, paths_ in chosen.items()}


def _run_addon(connection: postgres.Connection, arguments: Sequence[str]) -> int:
    with template.temporary_database(connection) as database:
        config = odoo_config.write(
            database.folder / "test.conf",
            database.name,
            database.data_dir,
            {
                "workers": 0,
                "max_cron_threads": 0,
                "server_wide_modules": "base,rpc,web",
            },
            # No job runner in the tests' process: they run the jobs themselves.
            {"channels": "root:0"},
        )
        log = paths.LOGS / "test-addon.log"
        log.unlink(missing_ok=True)
        return _pytest(
            "addon",
            [
                f"--odoo-config={config}",
                f"--odoo-database={database.name}",
                "--odoo-http",
                "--odoo-log-level=info",
                f"--odoo-extra=logfile={log}",
                *arguments,
            ],
            connection.environment(),
        )


def _run_e2e(_connection: postgres.Connection, arguments: Sequence[str]) -> int:
    return _pytest("e2e", ["-p", "no:odoo", *arguments], os.environ)


def _pytest(part: str, arguments: Sequence[str], env: Mapping[str, str]) -> int:
    report = _report(part)
    report.parent.mkdir(parents=True, exist_ok=True)
    pytest = [sys.executable, "-m", "pytest", f"--junitxml={report}", *arguments]
    process = subprocess.Popen(
        bound.command(pytest, signal.SIGINT),
        cwd=paths.ROOT,
        env={name: value for name, value in env.items() if name != "ARGS"},
    )
    try:
        return process.wait()
    except BaseException as error:
        # A second signal would cut pytest's own cleaning up short; on Ctrl-C the
        # terminal has sent it one already.
        if not isinstance(error, KeyboardInterrupt):
            process.send_signal(signal.SIGINT)
        try:
            process.wait(GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        report.unlink(missing_ok=True)
        raise


def _report(part: str) -> Path:
    # Named by the process: the tests of this very command run it too.
    return paths.ENV_DIR / "reports" / f"{part}-{os.getpid()}.xml"


def _summary(results: Mapping[str, int], *, chosen: bool) -> int:
    """Print the sum of all parts; the exit code is 0 if each of them is green.

    :param chosen: whether the person selected tests: then one part may have none.
    """
    outcomes = _outcomes(map(_report, results))
    passed, failed, skipped = (
        list(outcomes.values()).count(outcome)
        for outcome in ("passed", "failed", "skipped")
    )
    print(f"\n{passed} passed, {failed} failed, {skipped} skipped", flush=True)
    empty = [part for part, code in results.items() if code == NOTHING_COLLECTED]
    if empty and (not chosen or len(empty) == len(results)):
        raise errors.Problem(f"No test was found ({' and '.join(empty)}).")
    codes = [code for code in results.values() if code not in (0, NOTHING_COLLECTED)]
    return 1 if codes else 0


def _outcomes(reports: Iterable[Path]) -> dict[tuple[str, ...], str]:
    """How each test of pytest's `reports`, which are used up, ended.

    Its own totals count a test again for each of its subtests, and the report may have
    a test twice (failed, and broken off while it cleaned up).
    """
    outcomes: dict[tuple[str, ...], str] = {}
    for report in filter(Path.is_file, reports):
        root = ElementTree.parse(report).getroot()
        report.unlink()
        for case in root.iter("testcase"):
            test = (report.stem, case.get("classname", ""), case.get("name", ""))
            marks = {mark.tag for mark in case}
            if marks & {"failure", "error"}:
                outcomes[test] = "failed"
            elif "skipped" in marks:
                outcomes.setdefault(test, "skipped")
            else:
                outcomes.setdefault(test, "passed")
    return outcomes
