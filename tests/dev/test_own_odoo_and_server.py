"""Whoever has Odoo 19.0 and PostgreSQL needs neither from us."""

import subprocess

import psycopg2
import pytest

from dev import environment, paths

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
    variables = server.variables()
    connection = psycopg2.connect(
        host=variables["PGHOST"],
        port=variables["PGPORT"],
        user=variables["PGUSER"],
        password=variables["PGPASSWORD"],
        dbname="postgres",
    )
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE 'nshift%'")
        found = [name for (name,) in cursor.fetchall()]
    connection.close()
    return found


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_set_up_install_serve_and_clean(cli, own_server):
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
    assert sorted(databases(own_server)) == sorted(templates)

    assert cli("clean", **variables).returncode == 0
    assert databases(own_server) == []
    assert not cli.env_dir.exists()
