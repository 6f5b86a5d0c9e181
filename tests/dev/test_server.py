"""A server starts with all its parts and leaves nothing when it ends."""

import signal
import socket
import subprocess
import sys
import time
import urllib.request

import psutil
import pytest

from dev import errors, paths
from dev.server import OdooServer


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


def wait_until(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.1)
    return condition()


def test_it_serves_runs_jobs_and_leaves_nothing(database):
    with OdooServer(database) as odoo:
        with urllib.request.urlopen(f"{odoo.url}/web/login", timeout=60) as page:
            assert b"password" in page.read()
        # The master, two workers, cron, the evented process, the job runner.
        assert wait_until(lambda: len(odoo.members()) == 6), odoo.members()
        ready = f"queue job runner ready for db {database.name}"
        assert wait_until(lambda: ready in odoo.log.read_text())
        assert "root(C:1" in odoo.log.read_text()
        with pytest.raises(RuntimeError, match="started already"):
            odoo.start()
    assert odoos(database) == []


def test_it_can_be_killed_and_started_again(database):
    odoo = OdooServer(database)
    for _twice in range(2):
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


def test_a_taken_port_is_told(database):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(errors.Problem, match=f"Port {port} for Odoo is taken"):
            OdooServer(database, port).start()
    assert odoos(database) == []


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_it_ends_with_the_process_that_started_it(database, number):
    script = (
        "import sys\nfrom dev import postgres\nfrom dev.server import OdooServer\n"
        "from dev.template import Database\nfrom pathlib import Path\n"
        "with postgres.running() as connection:\n"
        "    database = Database(sys.argv[1], connection, Path(sys.argv[2]))\n"
        "    OdooServer(database).start()\n"
        "    print('up', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, database.name, str(database.folder)],
        cwd=paths.ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "up\n"
    assert odoos(database)
    process.send_signal(number)
    process.communicate(timeout=60)
    assert wait_until(lambda: not odoos(database)), odoos(database)
