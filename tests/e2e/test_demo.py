"""`make demo` as a person starts and ends it."""

import os
import signal
import socket
import subprocess
import sys

import psutil
import pytest
import requests

from dev import paths, ports

TIMEOUT = 120
#: How the last line begins that is written while it stays up.
LAST = "Everything goes when"

#: Seconds: the first of all installs all the modules of the demo.
pytestmark = pytest.mark.timeout(1200)


def demo(port, receiver_port, **environment):
    """Start the demo on these ports."""
    chosen = {"PORT": str(port), "RECEIVER_PORT": str(receiver_port), "ONCE": ""}
    return subprocess.Popen(
        [sys.executable, "-m", "dev", "demo"],
        cwd=paths.ROOT,
        env={**os.environ, **chosen, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def lives(process):
    """Whether a process still runs: an ended one that nobody awaits does not."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize(
    ("moment", "ending"),
    [("All 64 events arrived", signal.SIGINT), ("The day begins", signal.SIGTERM)],
)
def test_it_stays_up_until_it_is_ended_and_leaves_nothing_behind(moment, ending):
    port, receiver_port = ports.free_port(), ports.free_port()
    process = demo(port, receiver_port)
    try:
        said = []
        for line in process.stdout:
            said.append(line)
            if line.startswith((moment, LAST)):
                break
        assert said[-1].startswith(moment), "".join(said)
        page = requests.get(f"http://127.0.0.1:{port}/web/login", timeout=TIMEOUT)
        assert page.ok
        odoo = psutil.Process(process.pid).children(recursive=True)
        odoo = [each for each in odoo if "odoo" in " ".join(each.cmdline())]
        assert odoo
        process.send_signal(ending)
        _rest, complaints = process.communicate(timeout=TIMEOUT)
        assert process.returncode == {signal.SIGINT: 130, signal.SIGTERM: 143}[ending]
        assert complaints.strip() in ("Stopped.", "")
    finally:
        process.kill()
        process.wait()
    assert [each for each in odoo if lives(each)] == []
    ports.require_free(port, "Odoo", "PORT")
    ports.require_free(receiver_port, "the receiver", "RECEIVER_PORT")


def test_a_taken_port_is_told_in_one_line_that_says_what_to_do():
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        process = demo(ports.free_port(), taken)
        _said, complaint = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 1
    assert complaint.startswith(f"ERROR: Port {taken} for the receiver is taken")
    assert "RECEIVER_PORT=" in complaint
    assert complaint.count("\n") == 1


def test_a_port_that_is_none_is_told_in_one_line():
    process = demo("many", ports.free_port())
    _said, complaint = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 1
    assert complaint == (
        "ERROR: PORT=many is no port: choose a number from 1024 to 65535.\n"
    )
