"""What tests/e2e/test_upgrade.py looks at can fail: a changed addon is upgraded to."""

import shutil

import pytest

from dev import contract, odoo_config, paths, template

from . import migrations, releases, schema
from .test_upgrade import ADDON, connection, fresh, release

__all__ = ["connection", "fresh", "release"]
LATEST = """
env["nshift.webhook"].create({
    "name": "Latest state",
    "url": "https://example.com/",
    "type_ids": env["nshift.webhook.type"].search([]).ids,
    "ordering": "latest",
})
env.cr.commit()
"""


@pytest.fixture(scope="module")
def mutated(tmp_path_factory):
    """A folder with the addon, in which a column and a selection value have gone."""
    folder = tmp_path_factory.mktemp("mutated")
    shutil.copytree(paths.ADDON, folder / ADDON)
    for name, before, after in (
        ("nshift_webhook_health", "    doubted_at = fields.Datetime()\n", ""),
        ("nshift_webhook", '("latest", "Latest', '("newest", "Latest'),
    ):
        path = folder / ADDON / "models" / f"{name}.py"
        text = path.read_text()
        assert text.count(before) == 1
        path.write_text(text.replace(before, after))
    return folder


def test_a_change_without_migration_fails(connection, fresh, mutated):
    """Odoo drops the column, and what was chosen is no choice any more."""
    structure, _records = fresh
    with template.temporary_database(connection) as database:

        def execute(*args):
            return connection.execute(*args, database=database.name)

        odoo_config.run_in_shell(database, LATEST)
        odoo_config.install(database, [ADDON], update=True, more_addons=[mutated])
        now = schema.structure(execute)
        [misfit] = schema.misfits(execute, "nshift.webhook%")
    version = releases.version_of(paths.ROOT)
    risen = version, f"{version}.1"
    assert "rise" in migrations.complaints(structure, now, (version, version), "")[0]
    found = migrations.complaints(structure, now, risen, "")
    assert [each.partition(" was in")[0] for each in found] == [
        "column nshift_webhook_health doubted_at",
        "selection value nshift.webhook.ordering latest",
    ]
    assert str(misfit) == "value nshift.webhook ordering latest"


def test_a_property_less_fails(release):
    """Also where somebody has deleted or changed the published schemas."""
    published = release[1] / releases.CONTRACT
    made = contract.schemas(published)
    made[published / "1" / "order.created.schema.json"]["$defs"]["order"][
        "properties"
    ].pop("terms")
    found = migrations.contract_complaints(release[1], made)
    assert "1/order.created: data.order.terms: is gone" in found
