"""`make test` runs the right part, fails when it should, and cleans up."""

import os
import signal
import subprocess
import sys
import time

import pytest

from dev import errors, paths, postgres, testing

ADDON = str(testing.FOLDERS["addon"])
E2E = str(testing.FOLDERS["e2e"])
# What the ids of the addon's tests begin with, for pytest.
NODES = testing.FOLDERS["addon"].relative_to(paths.ROOT)


def test_all_parts_by_default():
    assert testing._split([]) == {"addon": [ADDON], "e2e": [E2E]}


def test_options_go_to_both_parts():
    assert testing._split(["-k", "foo"]) == {
        "addon": [ADDON, "-k", "foo"],
        "e2e": [E2E, "-k", "foo"],
    }


def test_a_path_selects_its_part(monkeypatch):
    monkeypatch.chdir(paths.ROOT)
    one = "tests/dev/test_testing.py::test_all_parts_by_default"
    assert testing._split(["-x", one]) == {"e2e": [one, "-x"]}


def test_a_path_that_an_option_takes_selects_nothing(monkeypatch):
    monkeypatch.chdir(paths.ROOT)
    options = ["--deselect", "tests/dev"]
    assert testing._split(options) == {
        "addon": [ADDON, *options],
        "e2e": [E2E, *options],
    }


def test_only_selects_a_part():
    assert testing._split(["-x"], "addon") == {"addon": [ADDON, "-x"]}
    with pytest.raises(errors.Problem, match="addon or e2e"):
        testing._only(["--only", "none"])


@pytest.fixture
def report(tmp_path, monkeypatch):
    """Writes the report of a part: its tests' names and how each of them ended."""
    monkeypatch.setattr(paths, "ENV_DIR", tmp_path)
    (tmp_path / "reports").mkdir()

    def report(part, *tests):
        cases = "".join(
            f'<testcase classname="x" name="{name}">{mark and f"<{mark} />"}</testcase>'
            for name, mark in tests
        )
        testing._report(part).write_text(
            f'<testsuites><testsuite tests="99">{cases}</testsuite></testsuites>'
        )

    return report


def test_the_sum_of_both_parts_is_told(report, capsys):
    report("addon", ("a", ""), ("b", "failure"), ("c", "error"), ("d", "skipped"))
    report("e2e", ("a", ""), ("b", ""), ("c", ""))
    assert testing._summary({"addon": 1, "e2e": 0}, chosen=False) == 1
    assert capsys.readouterr().out == "\n4 passed, 2 failed, 1 skipped\n"


def test_a_test_is_counted_once(report, capsys):
    report("e2e", ("a", ""), ("a", "error"), ("b", "failure"), ("b", "failure"))
    testing._summary({"e2e": 1}, chosen=False)
    assert capsys.readouterr().out == "\n0 passed, 2 failed, 0 skipped\n"


@pytest.mark.parametrize(
    ("codes", "expected"), [((0, 0), 0), ((1, 0), 1), ((0, 2), 1), ((0, -9), 1)]
)
def test_every_part_has_to_be_green(report, codes, expected):
    results = dict(zip(("addon", "e2e"), codes, strict=True))
    assert testing._summary(results, chosen=False) == expected


def test_a_part_without_tests_is_an_error(report):
    with pytest.raises(errors.Problem, match=r"No test was found \(e2e\)"):
        testing._summary({"addon": 0, "e2e": 5}, chosen=False)


def test_a_selection_may_leave_one_part_empty_but_not_both(report):
    assert testing._summary({"addon": 0, "e2e": 5}, chosen=True) == 0
    assert testing._summary({"addon": 1, "e2e": 5}, chosen=True) == 1
    with pytest.raises(errors.Problem, match="No test was found"):
        testing._summary({"addon": 5, "e2e": 5}, chosen=True)


HANGS = """\
import time
def test_that_hangs():
    print("IT HANGS NOW", flush=True)
    time.sleep(600)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_run_drops_its_database(tmp_path, number):
    (tmp_path / "test_hangs.py").write_text(HANGS)
    process = subprocess.Popen(
        [sys.executable, "-m", "dev", "test", "--only", "addon"],
        cwd=paths.ROOT,
        env={
            **os.environ,
            "ARGS": f"-s -p no:cacheprovider {tmp_path} --deselect={NODES}",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    with postgres.running() as connection:
        seen = ""
        while "IT HANGS NOW" not in seen:
            line = process.stdout.readline()
            assert line, seen
            seen += line
        pattern = f"%_{process.pid}_%"
        count = "SELECT count(*) FROM pg_database WHERE datname LIKE %s"
        assert connection.execute(count, pattern) == [(1,)]
        if number == signal.SIGINT:
            # As a terminal does: to all processes of the command.
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
        process.communicate(timeout=90)
        assert connection.execute(count, pattern) == [(0,)]
    assert process.returncode == (130 if number == signal.SIGINT else 143)
    time.sleep(0.1)
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
