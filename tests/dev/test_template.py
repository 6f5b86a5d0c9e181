"""Templates are named by what goes into them; copies are quick and are cleaned up."""

import os
import subprocess
import sys

import pytest

from dev import paths, postgres, template


@pytest.fixture(scope="module")
def connection():
    with postgres.running() as connection:
        yield connection


@pytest.fixture
def addon(tmp_path):
    folder = tmp_path / "addon"
    for name in ("models/sale.py", "views/sale.xml", "i18n/sv.po", "static/src/x.js"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("content")
    return folder


def test_the_key_changes_with_what_is_installed(addon):
    keys = {template.addon_content(addon)}
    for name in ("models/sale.py", "views/sale.xml", "i18n/sv.po", "static/src/x.js"):
        (addon / name).write_text("other content")
        keys.add(template.addon_content(addon))
    (addon / "models/more.py").write_text("")
    keys.add(template.addon_content(addon))
    (addon / "models/more.py").rename(addon / "models/other.py")
    keys.add(template.addon_content(addon))
    (addon / "models/sale.py").unlink()
    keys.add(template.addon_content(addon))
    assert len(keys) == 8


def test_the_key_does_not_change_with_what_is_not_installed(addon):
    before = template.addon_content(addon)
    for name in (
        "tests/test_x.py",
        "models/__pycache__/sale.cpython-311.pyc",
        "README.rst",
        "readme/DESCRIPTION.md",
        "static/description/icon.png",
    ):
        (addon / name).parent.mkdir(parents=True, exist_ok=True)
        (addon / name).write_text("new")
    assert template.addon_content(addon) == before


def databases(connection):
    rows = connection.execute("SELECT datname FROM pg_database")
    return {name for (name,) in rows}


def test_a_copy_has_the_addon_its_files_and_demo_data(connection):
    with template.temporary_database(connection) as database:
        # Nothing is installed for it.
        assert not (paths.LOGS / f"install-{database.name}.log").exists()
        rows = connection.execute(
            "SELECT state FROM ir_module_module WHERE name = 'nshift_webhooks'",
            database=database.name,
        )
        assert rows == [("installed",)]
        (demo,) = connection.execute(
            "SELECT count(*) FROM sale_order", database=database.name
        )
        assert demo[0] > 0
        (stored,) = connection.execute(
            "SELECT store_fname FROM ir_attachment"
            " WHERE store_fname IS NOT NULL ORDER BY id LIMIT 1",
            database=database.name,
        )
        assert (database.data_dir / "filestore" / database.name / stored[0]).is_file()
    assert database.name not in databases(connection)
    assert not database.folder.exists()


def test_nobody_can_connect_to_a_template(connection):
    name = template.prepare(connection)
    rows = connection.execute(
        "SELECT datistemplate, datallowconn FROM pg_database WHERE datname = %s", name
    )
    assert rows == [(True, False)]


def test_a_database_is_dropped_though_somebody_is_connected(connection):
    with template.temporary_database(connection) as database:
        other = connection.connect(database.name)
    other.close()
    assert database.name not in databases(connection)


def test_what_a_killed_run_left_is_dropped_by_the_next(connection):
    killed = subprocess.run(
        [
            sys.executable,
            "-c",
            "import os\nfrom dev import postgres, template\n"
            "with postgres.running() as connection:\n"
            "    with template.temporary_database(connection) as database:\n"
            "        # as each of pytest-odoo's processes does\n"
            "        name = database.name\n"
            "        connection.execute(\n"
            "            f'CREATE DATABASE \"{name}-gw0\" TEMPLATE template0')\n"
            "        print(name, database.folder, flush=True)\n"
            "        os.kill(os.getpid(), 9)\n",
        ],
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


def test_a_database_in_use_is_not_dropped(connection):
    with (
        template.temporary_database(connection) as first,
        template.temporary_database(connection),
    ):
        assert first.name in databases(connection)
        assert first.data_dir.is_dir()
