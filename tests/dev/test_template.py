"""Templates are named by what goes into them; copies are quick and are cleaned up."""

import os
import subprocess
import sys

import psutil
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


@pytest.mark.parametrize(
    "name", ["models/sale.py", "views/sale.xml", "i18n/sv.po", "static/src/x.js"]
)
def test_the_key_changes_with_the_addons_content(addon, name):
    before = template.addon_content(addon)
    assert template.addon_content(addon) == before
    (addon / name).write_text("other content")
    assert template.addon_content(addon) != before


def test_the_key_changes_when_a_file_comes_goes_or_is_renamed(addon):
    keys = {template.addon_content(addon)}
    (addon / "models/more.py").write_text("")
    keys.add(template.addon_content(addon))
    (addon / "models/more.py").rename(addon / "models/other.py")
    keys.add(template.addon_content(addon))
    (addon / "models/sale.py").unlink()
    keys.add(template.addon_content(addon))
    assert len(keys) == 4


@pytest.mark.parametrize(
    "name",
    [
        "tests/test_x.py",
        "models/__pycache__/sale.cpython-311.pyc",
        "README.rst",
        "readme/DESCRIPTION.md",
        "static/description/icon.png",
    ],
)
def test_what_is_not_installed_does_not_change_the_key(addon, name):
    before = template.addon_content(addon)
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


def test_a_database_is_replaced_by_one_of_the_same_label(connection):
    first = template.create_database(connection, "again")
    connection.execute("CREATE TABLE mine ()", database=first.name)
    os.close(first.lock)
    second = template.create_database(connection, "again")
    try:
        rows = connection.execute("SELECT to_regclass('mine')", database=second.name)
        assert rows == [(None,)]
    finally:
        template.drop_database(second)


def test_a_database_is_dropped_though_somebody_is_connected(connection):
    database = template.create_database(connection)
    other = connection.connect(database.name)
    template.drop_database(database)
    other.close()
    assert database.name not in databases(connection)


def test_what_a_killed_run_left_is_dropped_by_the_next(connection):
    killed = subprocess.run(
        [
            sys.executable,
            "-c",
            "import os\nfrom dev import postgres, template\n"
            "with postgres.running() as connection:\n"
            "    database = template.create_database(connection)\n"
            "    # as each of pytest-odoo's processes does\n"
            "    name = database.name\n"
            "    connection.execute(\n"
            "        f'CREATE DATABASE \"{name}-gw0\" TEMPLATE template0')\n"
            "    print(name, database.folder, flush=True)\n"
            "    os.kill(os.getpid(), 9)\n",
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


def test_no_odoo_is_left_by_an_installation(connection):
    # Others may be preparing one with other modules.
    name = template.prepare(connection).partition("_addon_")[0]
    left = [
        process.pid
        # None for those that end meanwhile
        for process in psutil.process_iter(["cmdline"])
        if f"{paths.TEMPLATES}/{connection.identity}/{name}"
        in " ".join(process.info["cmdline"] or ())
    ]
    assert left == []
