"""`make test` runs the right part, fails when it should, and cleans up."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest

from dev import errors, paths, postgres, testing
from tests.e2e.waiting import eventually

ADDON = str(testing.FOLDERS["addon"])
E2E = str(testing.FOLDERS["e2e"])
# What the ids of the addon's tests begin with, for pytest.
NODES = testing.FOLDERS["addon"].relative_to(paths.ROOT)


def test_all_parts_by_default():
    assert testing.split([]) == {"addon": [ADDON], "e2e": [E2E]}


def test_options_go_to_both_parts():
    assert testing.split(["-k", "foo"]) == {
        "addon": [ADDON, "-k", "foo"],
        "e2e": [E2E, "-k", "foo"],
    }


def test_a_path_selects_its_part(monkeypatch):
    monkeypatch.chdir(paths.ROOT)
    one = "tests/dev/test_testing.py::test_all_parts_by_default"
    assert testing.split(["-x", one]) == {"e2e": [one, "-x"]}


def test_a_path_that_an_option_takes_selects_nothing(monkeypatch):
    monkeypatch.chdir(paths.ROOT)
    options = ["--deselect", "tests/dev"]
    assert testing.split(options) == {
        "addon": [ADDON, *options],
        "e2e": [E2E, *options],
    }


ONLY_NAMES_FILES = """\
import pathlib, pytest
class Unread(pytest.Module):
    def collect(self):
        with pathlib.Path(__file__).with_name("files").open("a") as names:
            print(self.path, file=names)
        return []
def pytest_pycollect_makemodule(module_path, parent):
    return Unread.from_parent(parent, path=module_path)
"""


def test_everything_once(tmp_path, monkeypatch):
    """Where all tests are run, no file is left out, and none run twice."""
    monkeypatch.chdir(paths.ROOT)
    (tmp_path / "only_names_files.py").write_text(ONLY_NAMES_FILES)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    for part, arguments in testing._all().items():
        if part != "addon":
            collects = [*arguments, "-n0", "--collect-only", "-p", "only_names_files"]
            code = testing._run_e2e(None, f"collected-{part}", collects)
            assert code == testing.NOTHING_COLLECTED
    files = Counter((tmp_path / "files").read_text().splitlines())
    found = (paths.ROOT / "tests").rglob("test_*.py")
    assert files == {str(file): 1 for file in found}


FAILS = """\
def test_that_fails():
    print("it says")
    assert "the" + " reason" == ""
"""
PASSES = """\
def test_that_passes():
    pass
"""


def test_failures_can_be_read(tmp_path, capfd, monkeypatch):
    """The report of a test that fails in a process of several is in one piece."""
    monkeypatch.setattr(paths, "ENV_DIR", tmp_path)
    for number in range(3):
        (tmp_path / f"test_passes_{number}.py").write_text(PASSES)
    (tmp_path / "test_fails.py").write_text(FAILS)
    at_once = ["-p", "no:cacheprovider", "--dist=loadfile", testing.AT_ONCE]
    code = testing._run_e2e(None, "e2e", [str(tmp_path), *at_once])
    shown = capfd.readouterr().out
    start, end = shown.index("test_that_fails"), shown.index("short test summary")
    assert "assert 'the reason'" in shown[start:end]
    assert "it says" in shown[start:end]
    assert testing._summary({"e2e": code}, chosen=False) == 1
    assert capfd.readouterr().out == "\n3 passed, 1 failed, 0 skipped\n"


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
        testing.report_of(part).write_text(
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
        [sys.executable, "-m", "dev", "test", ADDON],
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


CLEANS_UP = """\
import os, pathlib, time
import pytest
@pytest.fixture
def room():
    room = pathlib.Path({folder!r}) / str(os.getpid())
    room.mkdir()
    yield
    time.sleep(1)
    room.rmdir()
@pytest.mark.parametrize("_number", range(2))
def test_that_hangs(room, _number):
    time.sleep(600)
"""
RUN = """\
import signal, sys
from dev import __main__, testing
signal.signal(signal.SIGTERM, __main__._terminate)
testing._run_e2e(None, "stopped", [sys.argv[1], "-p", "no:cacheprovider", "-n2"])
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_several_processes_are_stopped(tmp_path, number):
    """Each cleans up after itself."""
    rooms = tmp_path / "rooms"
    rooms.mkdir()
    (tmp_path / "test_hangs.py").write_text(CLEANS_UP.format(folder=str(rooms)))
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, tmp_path / "test_hangs.py"],
        cwd=paths.ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    eventually(lambda: len(list(rooms.iterdir())) == 2)
    if number == signal.SIGINT:
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)
    process.wait(timeout=60)
    assert list(rooms.iterdir()) == []
    time.sleep(0.1)
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
