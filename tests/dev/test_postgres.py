"""The embedded PostgreSQL lives as long as its users; a person's own is checked."""

import contextlib
import os
import signal
import subprocess
import sys
import textwrap

import psutil
import pytest

from dev import errors, paths, postgres

USER = """\
import sys, time
from dev import postgres
with postgres.running() as connection:
    print(connection.execute("SELECT 1")[0][0], flush=True)
    {body}
"""


class Users:
    """Processes that use an embedded server of the test's own."""

    def __init__(self, cli):
        self.cli = cli
        self.started = []

    def start(self, body="sys.stdin.read()"):
        """Start a user; returns when it has used the server."""
        process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(USER).format(body=body)],
            cwd=paths.ROOT,
            env=self.cli.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.started.append(process)
        assert process.stdout.readline() == "1\n", process.communicate(timeout=60)[1]
        return process

    def rest(self, process):
        """What a user that ends by itself prints from now on."""
        process.stdin.close()
        # Not `communicate`: a part of it may be in the buffer of `stdout` already.
        told = process.stdout.read()
        process.wait(timeout=60)
        return told

    def server(self):
        """The processes of the server."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if process.cwd() == str(self.cli.env_dir / "pgdata"):
                    found.append(process)
        return found

    def clean_up(self):
        for process in self.started:
            process.kill()
            process.wait(timeout=60)
            for stream in (process.stdin, process.stdout, process.stderr):
                stream.close()
        self.start().communicate("", timeout=60)
        assert self.server() == []


@pytest.fixture
def users(cli):
    users = Users(cli)
    yield users
    users.clean_up()


def test_it_ends_with_its_last_user(users):
    first, second = users.start(), users.start()
    first.communicate("", timeout=60)
    assert users.server()
    second.send_signal(signal.SIGINT)
    second.communicate(timeout=60)
    assert users.server() == []


def test_what_a_killed_user_left_ends_with_the_next(users):
    process = users.start()
    process.kill()
    process.communicate(timeout=60)
    assert users.server()
    users.start().communicate("", timeout=60)
    assert users.server() == []


def test_it_starts_again_after_a_crash(users):
    process = users.start(
        "connection.execute('CREATE DATABASE kept'); print('made', flush=True);"
        " sys.stdin.read()"
    )
    assert process.stdout.readline() == "made\n"
    for member in users.server():
        member.kill()
    process.kill()
    process.communicate(timeout=60)
    again = users.start(
        "print(connection.execute(\"SELECT 1 FROM pg_database WHERE datname='kept'\"))"
    )
    assert users.rest(again) == "[(1,)]\n"


def test_it_may_be_used_twice_in_one_process(users):
    process = users.start(
        "with postgres.running() as again: print(again == connection)\n"
        "    print(connection.execute('SELECT rolname, rolcreatedb, rolsuper'\n"
        "        ' FROM pg_roles WHERE rolname = current_user'))"
    )
    assert users.rest(process) == "True\n[('odoo', True, False)]\n"


def test_only_what_is_measured_waits_for_the_disk(users):
    shows = "print(connection.execute('SHOW fsync'))"
    process = users.start(
        f"from dev.bench import disk\n    {shows}"
        f"\n    with disk.waits(connection): {shows}\n    {shows}"
    )
    assert users.rest(process).split() == ["[('off',)]", "[('on',)]", "[('off',)]"]


def test_a_path_too_long_for_a_socket_is_told(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "PGDATA", tmp_path / ("x" * 90) / "pgdata")
    with pytest.raises(errors.Problem, match="too long a path.*NSHIFT_ENV_DIR"):
        postgres._embedded()


def test_what_would_change_odoos_configuration_does_not_reach_it():
    connection = postgres.Connection("/run/x", "5433", "shop", "secret")
    given = {
        "PATH": "/bin",
        "PGHOST": "elsewhere",
        "PGDATABASE": "other",
        "PGSSLMODE": "require",
        "ODOO_WORKERS": "9",
        "ODOO_RC": "/etc/odoo.conf",
    }
    assert connection.environment(given) == {
        "PATH": "/bin",
        "PGHOST": "/run/x",
        "PGPORT": "5433",
        "PGUSER": "shop",
        "PGPASSWORD": "secret",
        "PGSSLMODE": "require",
    }


@pytest.fixture
def set_variables(monkeypatch):
    def set_variables(variables):
        for name in list(os.environ):
            if name.startswith("PG"):
                monkeypatch.delenv(name)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    set_variables({})
    return set_variables


@pytest.mark.parametrize("name", postgres.OWN_SERVER)
def test_any_variable_means_the_persons_own_server(set_variables, name):
    assert not postgres.is_own()
    set_variables({name: "x"})
    assert postgres.is_own()


def test_the_persons_own_server_is_used(set_variables, own_server):
    set_variables(own_server.variables())
    with postgres.running() as connection:
        assert connection.user == "shop"
        assert connection.server_version().startswith("15.")


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"PGPORT": "9"}, "PGPORT=9, PGUSER=shop cannot be used: .*Connection refused"),
        ({"PGPASSWORD": "zyx"}, "password authentication failed"),
        ({"PGUSER": "postgres"}, "CREATE ROLE odoo LOGIN CREATEDB"),
        ({"PGUSER": "clerk"}, 'ALTER ROLE "clerk" CREATEDB'),
    ],
)
def test_a_server_that_cannot_be_used_is_told(set_variables, own_server, values, told):
    set_variables(own_server.variables() | values)
    with pytest.raises(errors.Problem, match=told) as caught, postgres.running():
        raise AssertionError("It was accepted.")
    assert "\n" not in str(caught.value)
    assert "zyx" not in str(caught.value)
