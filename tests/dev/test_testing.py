"""`make test` runs the right part, fails when it should, and cleans up."""

import os
import signal
import subprocess
import sys
from collections import Counter

import pytest

from dev import errors, paths, testing

from ..e2e.waiting import eventually

ADDON = str(testing.FOLDERS["addon"])
E2E = str(testing.FOLDERS["e2e"])
ONE = "tests/dev/test_testing.py::test_parts"


@pytest.mark.parametrize(
    ("given", "parts"),
    [
        (["-k", "foo"], {"addon": [ADDON, "-k", "foo"], "e2e": [E2E, "-k", "foo"]}),
        (["-x", ONE], {"e2e": [ONE, "-x"]}),
        (["tests", ADDON], {"e2e": ["tests"], "addon": [ADDON]}),
    ],
    ids=["options go to both", "a path selects its part", "both"],
)
def test_parts(monkeypatch, given, parts):
    monkeypatch.chdir(paths.ROOT)
    assert testing.split(given) == parts


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
            collects = ["-n0", "--collect-only", "-p", "only_names_files"]
            collects += ["-p", "no:odoo"]
            code = testing.run_pytest(f"collected-{part}", [*arguments, *collects])
            assert code == testing.NOTHING_COLLECTED
    files = Counter((tmp_path / "files").read_text().splitlines())
    found = (paths.ROOT / "tests").rglob("test_*.py")
    assert files == {str(file): 1 for file in found}


ENDS = """\
import pytest
def test_that_passes():
    pass
def test_that_fails_twice(subtests):
    with subtests.test():
        assert False
    assert False
@pytest.fixture
def broken():
    yield
    assert False
def test_that_breaks_off(broken):
    pass
def test_that_is_skipped():
    pytest.skip()
"""


def test_each_test_counts_once(tmp_path, monkeypatch, capfd):
    """Whatever pytest's report has of it, in each part."""
    monkeypatch.setattr(paths, "ENV_DIR", tmp_path)
    (tmp_path / "test_ends.py").write_text(ENDS)
    options = ["-p", "no:odoo", "-p", "no:cacheprovider"]
    for part in ("addon", "e2e"):
        assert testing.run_pytest(part, [str(tmp_path), *options]) == 1
    reports = map(testing.report_of, ("addon", "e2e"))
    found = testing.outcomes_of(reports)
    assert testing.counted(found) == "2 passed, 4 failed, 2 skipped"


@pytest.mark.parametrize(
    ("codes", "expected"), [((0, 0), 0), ((1, 0), 1), ((0, -9), 1), ((0, 5), 0)]
)
def test_every_part_has_to_be_green(codes, expected):
    """But a selection may leave one without tests."""
    assert testing._summary({("e2e", "x", "a"): "passed"}, codes) == expected


def test_nothing_is_tested():
    with pytest.raises(errors.Problem, match="No test was found"):
        testing._summary({}, [5, 5])


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
options = ["-p", "no:odoo", "-p", "no:cacheprovider", "-n2"]
testing.run_pytest("stopped", [sys.argv[1], *options])
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
    stop(process, number)
    process.wait(timeout=60)
    assert list(rooms.iterdir()) == []


def stop(process, number):
    """End a command as a terminal does, which tells all its processes, or as `kill`."""
    if number == signal.SIGINT:
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)
