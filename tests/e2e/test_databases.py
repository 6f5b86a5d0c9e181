"""Databases for tests are copied from templates, and gone when their user is."""

import os
import signal
import subprocess
import sys
import time

import pytest

from dev import paths, postgres, template, testing

from ..dev.test_testing import ADDON, stop

#: What the ids of the addon's tests begin with, for pytest.
NODES = testing.FOLDERS["addon"].relative_to(paths.ROOT)


@pytest.fixture(scope="module")
def connection():
    with postgres.running() as connection:
        yield connection


def databases(connection):
    rows = connection.execute("SELECT datname FROM pg_database")
    return {name for (name,) in rows}


def test_a_copy_has_the_addon_its_files_and_demo_data(connection):
    with template.temporary_database(connection) as database:

        def execute(statement):
            return connection.execute(statement, database=database.name)

        # Nothing is installed for it.
        assert not (paths.LOGS / f"install-{database.name}.log").exists()
        assert execute(
            "SELECT state FROM ir_module_module WHERE name = 'nshift_webhooks'"
        ) == [("installed",)]
        assert execute("SELECT id FROM sale_order LIMIT 1")
        [[stored]] = execute(
            "SELECT store_fname FROM ir_attachment"
            " WHERE store_fname IS NOT NULL ORDER BY id LIMIT 1"
        )
        assert (database.folder / "filestore" / database.name / stored).is_file()
        # somebody is still connected in the end
        other = connection.connect(database.name)
    other.close()
    assert database.name not in databases(connection)
    assert not database.folder.exists()


def test_nobody_can_connect_to_a_template(connection):
    name = template.prepare(connection)
    rows = connection.execute(
        "SELECT datistemplate, datallowconn FROM pg_database WHERE datname = %s", name
    )
    assert rows == [(True, False)]


KILLED = """\
import os
from dev import postgres, template
with postgres.running() as connection:
    with template.temporary_database(connection) as database:
        # as each of pytest-odoo's processes does
        copy = f"{database.name}-gw0"
        connection.execute(f'CREATE DATABASE "{copy}" TEMPLATE template0')
        print(database.name, database.folder, flush=True)
        os.kill(os.getpid(), 9)
"""


def test_what_a_killed_run_left_is_dropped_by_the_next(connection):
    """But not what somebody uses."""
    with template.temporary_database(connection) as used:
        killed = subprocess.run(
            [sys.executable, "-c", KILLED],
            cwd=paths.ROOT,
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        name, folder = killed.stdout.split()[-2:]
        assert {name, f"{name}-gw0"} <= databases(connection)
        with template.temporary_database(connection):
            assert not {name, f"{name}-gw0"} & databases(connection)
            assert not os.path.exists(folder)
            assert used.name in databases(connection)
            assert used.folder.is_dir()


HANGS = """\
import time
def test_that_hangs():
    print("IT HANGS NOW", flush=True)
    time.sleep(600)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_run_drops_its_database(connection, tmp_path, number):
    (tmp_path / "test_hangs.py").write_text(HANGS)
    options = f"-s -p no:cacheprovider {tmp_path} --deselect={NODES}"
    process = subprocess.Popen(
        [sys.executable, "-m", "dev", "test", ADDON],
        cwd=paths.ROOT,
        env={**os.environ, "ARGS": options},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    seen = ""
    while "IT HANGS NOW" not in seen:
        line = process.stdout.readline()
        assert line, seen
        seen += line

    def own():
        return [name for name in databases(connection) if f"_{process.pid}_" in name]

    assert len(own()) == 1
    stop(process, number)
    process.communicate(timeout=90)
    assert own() == []
    assert process.returncode == (130 if number == signal.SIGINT else 143)
    time.sleep(0.1)
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
