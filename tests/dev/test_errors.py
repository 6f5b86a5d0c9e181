"""Failures with a known cause end as one line with what to do, exit code 1."""

import errno
import os
import socket
import subprocess
import sys

import pytest

from dev import command, errors, paths, ports


def script(text):
    return [sys.executable, "-c", text]


def test_a_failing_program_is_one_line_with_its_reason(logs):
    program = script("print('E: no such thing'); print('bye'); raise SystemExit(3)")
    seen = []
    with pytest.raises(errors.Problem) as caught:
        command.run(program, "Fetching it", "x.log", on_line=seen.append)
    assert seen == ["E: no such thing", "bye"]
    assert str(caught.value) == (
        f"Fetching it failed (exit code 3): E: no such thing Details: {logs / 'x.log'}"
    )
    assert "E: no such thing\nbye\n" in (logs / "x.log").read_text()


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Could not connect to 127.0.0.1:9. - connect (111: Refused)", "the network"),
        ("NewConnectionError: Failed to establish a new connection", "the network"),
        ("ValueError: two apples", "failed .* ValueError: two apples Details"),
        ("cannot write: No space left on device", "The disk is full.*free some space"),
    ],
)
def test_a_known_cause_that_a_program_reports(logs, said, told):
    with pytest.raises(errors.Problem, match=told):
        command.run(script(f"raise SystemExit({said!r})"), "Fetching", "x.log")


def test_a_full_disk_that_we_run_into(cli):
    # The kernel's device for it: every write fails with ENOSPC.
    (cli.env_dir / "logs").mkdir(parents=True)
    (cli.env_dir / "CACHEDIR.TAG").touch()
    (cli.env_dir / "logs" / "venv.log").symlink_to("/dev/full")
    line = cli.error("lint")
    assert "The disk is full" in line
    assert "run the same command again" in line


def test_a_full_disk_that_postgresql_reports(capsys):
    class DiskFull(Exception):
        pgcode = "53100"

    assert errors.report(DiskFull()) == 1
    assert "The disk is full" in capsys.readouterr().err


def test_a_folder_of_somebody_elses(capsys):
    error = PermissionError(errno.EACCES, os.strerror(errno.EACCES), "/srv/x")
    assert errors.report(error) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "No permission to write /srv/x" in line
    assert "NSHIFT_ENV_DIR" in line


def test_what_nobody_foresaw_is_one_line_and_a_traceback_in_a_file(logs, capsys):
    try:
        raise KeyError("what")
    except KeyError as error:
        assert errors.report(error) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("ERROR: KeyError: 'what'")
    (log,) = logs.glob("error-*.log")
    assert str(log) in line
    assert "Traceback" in log.read_text()


def test_ctrl_c(capsys):
    assert errors.report(KeyboardInterrupt()) == 130
    assert capsys.readouterr().err == "\nStopped.\n"


@pytest.mark.parametrize("port", ["0", "-1", "65536", "many"])
def test_what_is_no_port(monkeypatch, port):
    monkeypatch.setenv("PORT", port)
    with pytest.raises(errors.Problem, match=f"PORT={port} is no port"):
        ports.chosen("PORT", 8069)


def test_a_port_that_cannot_be_had():
    ports.require_free(ports.free_port(), "Odoo", "PORT")
    with socket.create_server(("127.0.0.1", 0)) as other:
        with pytest.raises(errors.Problem, match="for Odoo is taken.*PORT="):
            ports.require_free(other.getsockname()[1], "Odoo", "PORT")


@pytest.mark.parametrize("version", ["3, 9", "3, 14"])
def test_another_python(version):
    told = subprocess.run(
        script(f"import sys; sys.version_info = ({version}); import dev"),
        cwd=paths.ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stderr
    version = version.replace(", ", ".")
    assert told.startswith(
        f"ERROR: Odoo 19.0 runs on Python 3.10 to 3.13, and this is {version}: "
    )
    assert told.count("\n") == 1


def test_the_packages_do_not_come_without_network(cli):
    line = cli.error(
        "lint",
        http_proxy="http://127.0.0.1:9",
        https_proxy="http://127.0.0.1:9",
        PIP_RETRIES="1",
        PIP_NO_CACHE_DIR="1",
    )
    assert "needs the network" in line


def test_an_env_dir_that_is_something_else(cli):
    cli.env_dir.mkdir()
    (cli.env_dir / "thesis.txt").write_text("dear")
    for arguments in (["lint"], ["clean"]):
        assert "is no environment of this project" in cli.error(*arguments)
    assert (cli.env_dir / "thesis.txt").read_text() == "dear"


def test_another_command(cli):
    told = cli("dance")
    assert told.returncode == 2
    for name in ("setup", "test", "demo", "lint", "clean"):
        assert name in told.stderr
