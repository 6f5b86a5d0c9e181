"""Failures with a known cause end as one line with what to do, exit code 1."""

import errno
import os
import socket
import sys

import pytest

from dev import command, errors, ports, venv


def script(text):
    return [sys.executable, "-c", text]


def test_a_failing_program_is_one_line_with_its_reason(logs):
    program = script("print('E: no such thing'); print('bye'); raise SystemExit(3)")
    with pytest.raises(errors.Problem) as caught:
        command.run(program, "Fetching it", "x.log")
    assert str(caught.value) == (
        f"Fetching it failed (exit code 3): E: no such thing Details: {logs / 'x.log'}"
    )
    assert "E: no such thing\nbye\n" in (logs / "x.log").read_text()


def test_the_exception_of_a_python_program_is_its_reason(logs):
    with pytest.raises(errors.Problem, match=r"ValueError: two apples Details"):
        command.run(script("raise ValueError('two apples')"), "Counting", "x.log")


def test_output_comes_line_by_line(logs):
    seen = []
    output = command.run(
        script("print('one'); print('two')"), "It", "x.log", on_line=seen.append
    )
    assert seen == ["one", "two"]
    assert output == "one\ntwo\n"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Could not connect to 127.0.0.1:9. - connect (111: Refused)", "the network"),
        ("Temporary failure resolving 'mirror.example'", "the network"),
        ("NewConnectionError: Failed to establish a new connection", "the network"),
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


@pytest.mark.parametrize("port", [0, -1, 65536, "taken"])
def test_a_port_that_cannot_be_had(port):
    ports.require_free(ports.free_port(), "Odoo", "PORT")
    with socket.create_server(("127.0.0.1", 0)) as other:
        told = f"PORT={port} is no port"
        if port == "taken":
            port = other.getsockname()[1]
            told = f"Port {port} for Odoo is taken.*PORT="
        with pytest.raises(errors.Problem, match=told):
            ports.require_free(port, "Odoo", "PORT")


@pytest.mark.parametrize("version", [(3, 9), (3, 14)])
def test_another_python(version):
    with pytest.raises(errors.Problem, match=r"3\.10 to 3\.13, and this is 3\.\d+: "):
        venv.check_python(version)


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


def test_the_commands_are_told(cli):
    unknown, asked = cli("dance"), cli("help")
    assert (unknown.returncode, asked.returncode) == (2, 0)
    assert unknown.stderr == asked.stdout
    for name in ("setup", "test", "demo", "lint", "clean", "chromium"):
        assert f"  {name} " in asked.stdout
