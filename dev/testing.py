"""`make test`: the addon's tests inside Odoo, then those against real processes.

The first part runs in processes with Odoo, each on a fresh copy of the template
database (pytest-odoo). The second runs without Odoo at first; its tests start servers.
"""

import os
import shlex
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
WITHOUT_SERVER = (
    *(
        FOLDERS["e2e"] / "dev" / f"test_{name}.py"
        for name in (
            "own_odoo_and_server",
            "generated_types",
            "venv",
            "chromium",
            "errors",
            "clean",
            "apt",
            "odoo_source",
            "receiver",
            "certificate",
            "wheel",
        )
    ),
    FOLDERS["e2e"] / "plain",
)
"""What needs no PostgreSQL, or one of its own: first what takes minutes."""
AT_ONCE = f"--numprocesses={(os.cpu_count() or 1) + 1}"
"""One process more than processors: many tests wait."""
NOTHING_COLLECTED = 5
TAKES_VALUE = {"--deselect", "--ignore", "--ignore-glob", *"-c -k -m -n -o -p".split()}
"""Options of pytest whose value may look like a path."""

GRACE = 60
"""Seconds that a stopped test run gets to clean up."""


def main(arguments: list[str]) -> int:
    """Run every test, or those that the arguments choose.

    :param arguments: pytest's own. Paths below one of the two folders of tests select
        that part alone.
    """
    chosen = [*arguments, *shlex.split(os.environ.get("ARGS", ""))]
    results = {}
    with postgres.running() as connection:
        for part, pytest_arguments in (split(chosen) if chosen else _all()).items():
            run = _run_addon if part == "addon" else _run_e2e
            started = time.monotonic()
            results[part] = run(connection, part, pytest_arguments)
            print(f"{part} took {time.monotonic() - started:.0f} s.", flush=True)
    return _summary(results, chosen=bool(chosen))


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
    return {part: [*paths_, *options] for part, paths_ in chosen.items()}


def _run_addon(
    connection: postgres.Connection, part: str, arguments: Sequence[str]
) -> int:
    with template.temporary_database(connection) as database:
        return run_in_odoo(database, part, ["--odoo-http", *arguments])


def run_in_odoo(
    database: template.Database, part: str, arguments: Sequence[str]
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


def _run_e2e(
    _connection: postgres.Connection, part: str, arguments: Sequence[str]
) -> int:
    return run_pytest(part, ["-p", "no:odoo", *arguments], os.environ)


def run_pytest(part: str, arguments: Sequence[str], env: Mapping[str, str]) -> int:
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


def _summary(results: Mapping[str, int], *, chosen: bool) -> int:
    """Print the sum of all parts; the exit code is 0 if each of them is green.

    :param chosen: whether the person selected tests: then one part may have none.
    """
    outcomes = outcomes_of(map(report_of, results))
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
