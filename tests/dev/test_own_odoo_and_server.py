"""Whoever has Odoo 19.0 and PostgreSQL needs neither from us.

Here is also what is expected of a set-up that is killed: both need a virtual
environment made anew, which takes long, and share it.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from dev import environment, paths, postgres

from .conftest import Cli, new_cli

SERVES = """\
import urllib.request
from dev import postgres, template
from dev.server import OdooServer
with postgres.running() as connection:
    with template.temporary_database(connection) as database:
        found = connection.execute(
            "SELECT state FROM ir_module_module WHERE name = 'nshift_webhooks'",
            database=database.name,
        )
        print(found, connection.server_version())
        with OdooServer(database) as odoo:
            page = urllib.request.urlopen(odoo.url + "/web/login", timeout=60)
            print(page.status, b"oe_login_form" in page.read())
"""


def databases(server):
    """The names of the databases that the person's own server holds for us."""
    rows = postgres.Connection(*server.variables().values()).execute(
        "SELECT datname FROM pg_database WHERE starts_with(datname, 'nshift')"
    )
    return {name for (name,) in rows}


@pytest.fixture(scope="module")
def made_anew() -> Iterator[Cli]:
    """Runs commands in an environment that has just the Python packages."""
    with new_cli() as cli:
        yield cli


@pytest.fixture(scope="module")
def killed_and_taken_up(made_anew) -> tuple[int, str, str]:
    """Have a set-up killed that another one waits for.

    :return: the other's exit code, what it told, and what it tells when all is there
    """

    def start():
        return subprocess.Popen(
            [sys._base_executable, "-m", "dev", "wheel"],
            cwd=paths.ROOT,
            env=made_anew.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def read_until(process, words):
        seen = ""
        while words not in seen:
            line = process.stdout.readline()
            assert line, seen
            seen += line

    first = start()
    read_until(first, "Installing")
    second = start()
    read_until(second, "Another command is setting up here")
    os.kill(first.pid, signal.SIGKILL)
    first.communicate(timeout=60)
    told = second.communicate(timeout=300)[0]
    return second.returncode, told, made_anew("wheel").stdout


@pytest.mark.slow
def test_a_killed_set_up_is_taken_up_by_the_one_that_waits(killed_and_taken_up):
    code, told, told_again = killed_and_taken_up
    assert code == 0, told
    assert "Making the virtual environment" in told
    assert "Making" not in told_again
    assert "odoo_addon_nshift_webhooks" in told_again


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_set_up_install_serve_and_clean(made_anew, killed_and_taken_up, own_server):
    cli = made_anew
    variables = {
        "ODOO_PATH": str(environment.current_odoo().path),
        **own_server.variables(),
    }
    done = cli("setup", timeout=900, **variables)
    assert done.returncode == 0, done
    assert "PostgreSQL 15." in done.stdout
    assert "Downloading Odoo" not in done.stdout
    for folder in ("odoo", "apt", "pgdata"):
        assert not (cli.env_dir / folder).exists()
    templates = databases(own_server)
    assert len(templates) == 2

    again = cli("setup", **variables)
    assert again.stdout.startswith("Ready: "), again

    served = subprocess.run(
        [cli.env_dir / "venv/bin/python", "-c", SERVES],
        cwd=paths.ROOT,
        env=cli.environment(**variables),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    first, second = served.stdout.splitlines()
    assert first.startswith("[('installed',)] 15.")
    assert second == "200 True"
    assert databases(own_server) == templates

    assert cli("clean", **variables).returncode == 0
    assert databases(own_server) == set()
    assert not cli.env_dir.exists()
