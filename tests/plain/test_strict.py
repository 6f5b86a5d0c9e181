"""With tests/strict.py, what the addon warns of fails a test, and nothing else."""

import os
import subprocess
import sys

import pytest

from dev import paths, setups

TESTS = """
import logging
import types
import warnings

import pytest

OURS = "odoo.addons.nshift_webhooks.models.base"


def warn(module):
    code = compile("import warnings; warnings.warn('old')", "base.py", "exec")
    exec(code, {"__name__": module})


def test_our_code_warns():
    warn(OURS)


def test_our_logger():
    logging.getLogger(OURS).warning("no column")


def test_another_logger_names_us():
    logging.getLogger("odoo.modules").warning("nshift.webhook has no rule")


def test_another_warns():
    warn("odoo.addons.sale.models.base")
    logging.getLogger("odoo.addons.sale").warning("no column")
    logging.getLogger(OURS).info("all is well")


def test_expected(caplog):
    logging.getLogger(OURS).warning("no column")
"""


@pytest.mark.parametrize("processes", [0, 1])
def test_warnings_are_failures(tmp_path, processes):
    """In one process, and in those of pytest-xdist."""
    (tmp_path / "test_it.py").write_text(TESTS)
    program = [sys.executable, "-m", "pytest", "-p", "tests.strict", "-p", "no:odoo"]
    ran = subprocess.run(
        [*program, "-q", f"-n{processes}", "-c/dev/null", f"--rootdir={tmp_path}"]
        + [str(tmp_path)],
        cwd=paths.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    failed = {
        line.partition("::")[2].partition(" ")[0]
        for line in ran.stdout.splitlines()
        if line.startswith("FAILED")
    }
    assert failed == {
        "test_our_code_warns",
        "test_our_logger",
        "test_another_logger_names_us",
    }, ran.stdout
    assert "2 passed" in ran.stdout


def test_a_setup_of_no_such_name(monkeypatch):
    monkeypatch.setitem(os.environ, setups.VARIABLE, "norwegian")
    with pytest.raises(setups.errors.Problem, match="choose one of no-demo"):
        setups.chosen()
