"""A server starts with all its parts and leaves nothing when it ends."""

import subprocess
import sys
import urllib.request

import psutil
import pytest

from dev import errors, paths
from dev.server import OdooServer

from .waiting import eventually


def odoos(database):
    """The processes that run Odoo on this database."""
    found = []
    for process in psutil.process_iter():
        try:
            if f"{database.folder}/server-" in " ".join(process.cmdline()):
                found.append(process)
        except psutil.NoSuchProcess:
            continue
    return found


def test_it_serves_and_leaves_nothing(database):
    with OdooServer(database) as odoo:
        with urllib.request.urlopen(f"{odoo.url}/web/login", timeout=60) as page:
            assert b"password" in page.read()
        # The master, two workers, cron, the evented process, the job runner.
        eventually(lambda: len(odoo.members()) == 6)
        ready = f"queue job runner ready for db {database.name}"
        eventually(lambda: ready in odoo.log.read_text())
        assert "root(C:1" in odoo.log.read_text()
    assert odoos(database) == []
    odoo.start()
    odoo.kill()
    assert odoos(database) == []


@pytest.mark.parametrize(
    ("options", "timeout", "told"),
    [
        ({"http_port": "many"}, 60, r"ended while starting \(exit code \d"),
        ({}, 0, "does not answer after 0 s"),
    ],
)
def test_an_odoo_that_does_not_start_is_told_and_ended(
    database, options, timeout, told
):
    odoo = OdooServer(database, options=options)
    with pytest.raises(errors.Problem, match=told) as caught:
        odoo.start(timeout)
    assert str(odoo.log) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert odoos(database) == []


USER = """\
import sys
from dev import postgres
from dev.server import OdooServer
from dev.odoo_config import Database
from pathlib import Path
with postgres.running() as connection:
    OdooServer(Database(sys.argv[1], connection, Path(sys.argv[2]))).start()
    print("up", flush=True)
    sys.stdin.read()
"""


def test_it_ends_with_the_process_that_started_it(database):
    process = subprocess.Popen(
        [sys.executable, "-c", USER, database.name, str(database.folder)],
        cwd=paths.ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "up\n"
    assert odoos(database)
    process.kill()
    process.communicate(timeout=60)
    eventually(lambda: not odoos(database))
