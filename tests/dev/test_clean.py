"""`make clean` removes the environment and nothing else, and not one in use."""

import subprocess
import sys

import psutil

from dev import paths


def user(cli):
    """A process that uses the embedded PostgreSQL of the environment."""
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys\nfrom dev import env_dir, postgres\nenv_dir.make()\n"
            "with postgres.running():\n    print('up', flush=True)\n"
            "    sys.stdin.read()\n",
        ],
        cwd=paths.ROOT,
        env=cli.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "up\n"
    return process


def test_it_removes_the_environment(cli):
    neighbour = cli.env_dir.parent / "neighbour"
    neighbour.write_text("stays")
    user(cli).communicate("", timeout=60)
    assert (cli.env_dir / "pgdata").is_dir()
    assert cli("clean").returncode == 0
    assert not cli.env_dir.exists()
    assert neighbour.read_text() == "stays"
    assert "nothing to remove" in cli("clean").stdout


def test_it_refuses_what_is_in_use(cli):
    process = user(cli)
    try:
        assert "Another command is using" in cli.error("clean")
        assert (cli.env_dir / "pgdata").is_dir()
    finally:
        process.communicate("", timeout=60)


def test_it_stops_a_server_that_was_left(cli):
    process = user(cli)
    process.kill()
    process.communicate(timeout=60)
    (server,) = (cli.env_dir / "pgdata/postmaster.pid").read_text().split()[:1]
    assert psutil.pid_exists(int(server))
    (cli.env_dir / "venv").symlink_to(paths.VENV)
    assert cli("clean").returncode == 0
    assert not cli.env_dir.exists()
    assert not psutil.pid_exists(int(server))
