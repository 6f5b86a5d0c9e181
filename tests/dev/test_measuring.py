"""`make coverage` counts what any process has run, also one that is killed."""

import contextlib
import os
import re
import signal
import sqlite3
import subprocess
import sys

import pytest

from dev import measuring, paths
from tests.e2e.waiting import eventually

FORKS = """\
import os, sys, time
from dev import odoo_bin
os.register_at_fork(after_in_child=odoo_bin.keep_measured)
if not os.fork():
    sys.path.append("nshift_webhooks")
    import labels
    print(os.getpid(), flush=True)
    time.sleep(60)
os.wait()
"""
"""As Odoo's server does, and its workers."""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where processes keep what they have run."""
    monkeypatch.setattr(measuring, "FOLDER", tmp_path)
    for name, value in measuring.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
    return tmp_path


def branches(path):
    """How many branches a process has kept."""
    with contextlib.closing(sqlite3.connect(path)) as data:
        try:
            return data.execute("SELECT count(*) FROM arc").fetchone()[0]
        except sqlite3.OperationalError:
            return 0


def test_worker_is_killed(folder, capsys):
    with subprocess.Popen(
        [sys.executable, "-c", FORKS], cwd=paths.ROOT, stdout=subprocess.PIPE, text=True
    ) as server:
        worker = int(server.stdout.readline())
        [kept] = eventually(lambda: list(folder.glob(f"data.*.pid{worker}.*")))
        eventually(lambda: branches(kept))
        os.kill(worker, signal.SIGKILL)
    # of a process that was killed while it wrote
    content = kept.read_bytes()
    (folder / "data.broken").write_bytes(content[:8192].ljust(len(content), b"\xff"))
    assert measuring.report() == 1
    shown = capsys.readouterr().out
    assert re.search(r"nshift_webhooks/labels.py .* 50\.0%", shown)
    assert "it is broken: " + str(folder / "data.broken") in shown
    assert "0.0 % of branches are run, of the 95 % asked for." in shown
