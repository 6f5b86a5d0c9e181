"""`make test`: the addon's tests inside Odoo, then those against real processes.

The first part runs in processes with Odoo, each on a fresh copy of the template
database (pytest-odoo). The second runs without Odoo at first; its tests start servers.
"""

import os
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from . import bound, errors, odoo_config, paths, postgres, template

FOLDERS = {"addon": paths.ADDON / "tests", "e2e": paths.ROOT / "tests"}
KILLS = FOLDERS["e2e"] / "e2e" / "test_kills.py"
WITHOUT_SERVER = (FOLDERS["e2e"] / "dev", FOLDERS["e2e"] / "plain")
"""What needs no PostgreSQL, or one of its own."""
AT_ONCE = f"--numprocesses={(os.cpu_count() or 1) + 1}"
"""One process more than processors: many tests wait."""
NOTHING_COLLECTED = 5
GRACE = 60
"""Seconds that a stopped test run gets to clean up."""


def main(arguments: list[str]) -> int:
    """Run every test, or those that the arguments choose.

    :param arguments: pytest's own. Paths below one of the two folders of tests select
        that part alone.
    """
    parts = split(arguments) if arguments else _all()
    codes = []
    with postgres.running() as connection:
        for part, pytest_arguments in parts.items():
            started = time.monotonic()
            if part == "addon":
                with template.temporary_database(connection) as database:
                    code = run_in_odoo(
                        database, part, ["--odoo-http", *pytest_arguments]
                    )
            else:
                code = run_pytest(part, ["-p", "no:odoo", *pytest_arguments])
            codes.append(code)
            print(f"{part} took {time.monotonic() - started:.0f} s.")
    return _summary(outcomes_of(map(report_of, parts)), codes)


def _all() -> dict[str, list[str]]:
    """Every test. While PostgreSQL is killed, only those run that do without it."""
    # In their order: some of the files with few tests take minutes.
    by_file = [AT_ONCE, "--dist=loadfile", "--no-loadscope-reorder"]
    rest = [f"--ignore={path}" for path in (KILLS, *WITHOUT_SERVER)]
    return {
        "addon": [str(FOLDERS["addon"]), AT_ONCE, "--dist=worksteal"],
        "e2e": [str(FOLDERS["e2e"]), *rest, *by_file],
        "kills": [str(KILLS), *map(str, WITHOUT_SERVER), *by_file],
    }


def split(arguments: Sequence[str]) -> dict[str, list[str]]:
    """Which part gets which arguments; paths belong to one part, options to all."""
    options: list[str] = []
    chosen: dict[str, list[str]] = {}
    for argument in arguments:
        path = Path(argument.partition("::")[0]).absolute()
        for part, folder in FOLDERS.items():
            if path.is_relative_to(folder) and path.exists():
                chosen.setdefault(part, []).append(argument)
                break
        else:
            options.append(argument)
    chosen = chosen or {name: [str(folder)] for name, folder in FOLDERS.items()}
    return {part: [*paths_, *options] for part, paths_ in chosen.items()}


def run_in_odoo(
    database: odoo_config.Database, part: str, arguments: Sequence[str]
) -> int:
    """Run tests in processes that have Odoo, each on a copy of the database.

    :param part: names the report and the log.
    :param arguments: pytest's.
    """
    # The copies are made with PostgreSQL's programs.
    env = database.connection.environment()
    env["PATH"] = f"{postgres.programs()}{os.pathsep}{env['PATH']}"
    if paths.ADDONS != paths.ROOT:
        # pytest finds the addon's tests in the checkout; Odoo has those of the wheel.
        env["PY_IGNORE_IMPORTMISMATCH"] = "1"
    config = odoo_config.write(
        database,
        "test.conf",
        {
            "workers": 0,
            "max_cron_threads": 0,
            "server_wide_modules": "base,rpc,web",
        },
        # No job runner in the tests' process: they run the jobs themselves.
        {"channels": "root:0"},
    )
    log = paths.LOGS / f"test-{part}.log"
    log.unlink(missing_ok=True)
    return run_pytest(
        part,
        [
            f"--odoo-config={config}",
            f"--odoo-database={database.name}",
            "--odoo-log-level=info",
            f"--odoo-extra=logfile={log}",
            *arguments,
        ],
        env,
    )


def run_pytest(
    part: str, arguments: Sequence[str], env: Mapping[str, str] = os.environ
) -> int:
    """Run tests in a process of their own; returns pytest's exit code.

    :param part: names the report.
    """
    report = report_of(part)
    report.parent.mkdir(parents=True, exist_ok=True)
    pytest = [sys.executable, "-m", "pytest", f"--junitxml={report}", *arguments]
    process = subprocess.Popen(
        bound.command(pytest, signal.SIGINT),
        cwd=paths.ROOT,
        # Without what is for this command, and for the pytest that may have started it.
        env={
            name: value
            for name, value in env.items()
            if name != "ARGS" and not name.startswith("PYTEST_XDIST")
        },
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


def report_of(part: str) -> Path:
    """Where a part's report is while this process runs."""
    # Named by the process: the tests of this very command run it too.
    return paths.ENV_DIR / "reports" / f"{part}-{os.getpid()}.xml"


def _summary(outcomes: Mapping[tuple[str, ...], str], codes: Iterable[int]) -> int:
    """Print the sum of all parts; the exit code is 0 if each of them is green.

    :param codes: pytest's. A selection may leave a part without tests.
    :raises Problem: no part has any test.
    """
    print(f"\n{counted(outcomes)}")
    if not outcomes and set(codes) == {NOTHING_COLLECTED}:
        raise errors.Problem("No test was found.")
    return 0 if set(codes) <= {0, NOTHING_COLLECTED} else 1


def counted(outcomes: Mapping[tuple[str, ...], str]) -> str:
    """How many tests passed, failed and were skipped, in words."""
    found = list(outcomes.values())
    return ", ".join(
        f"{found.count(outcome)} {outcome}"
        for outcome in ("passed", "failed", "skipped")
    )


def outcomes_of(reports: Iterable[Path]) -> dict[tuple[str, ...], str]:
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
