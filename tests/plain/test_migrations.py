"""What of a changed schema fails: a test for each rule, without a database."""

import pytest
from delivery.request import USER_AGENT

from dev import errors, paths

from ..e2e import migrations, releases, schema
from ..e2e.schema import Thing

COLUMN = Thing("column", "nshift_webhook", "url", "character varying not null")
VALUE = Thing("selection value", "nshift.webhook.ordering", "latest", None)
TABLE = Thing("relation", "r", "nshift_webhook_hour", None)
INDEX = Thing("index", "nshift_webhook", "nshift_webhook_url_index", "btree (url)")
RELEASED = {COLUMN, VALUE, TABLE, INDEX}
RISEN = ("19.0.1.9.0", "19.0.1.10.0")


def test_what_is_the_same():
    """Needs neither a version nor a migration."""
    assert migrations.complaints(RELEASED, RELEASED, (RISEN[0],) * 2, "") == []


def test_a_version_that_has_not_risen():
    more = RELEASED | {Thing("column", "nshift_webhook", "note", "text")}
    [found] = migrations.complaints(RELEASED, more, (RISEN[0],) * 2, "")
    assert "rise" in found
    assert "column nshift_webhook note text" in found
    assert migrations.complaints(RELEASED, more, RISEN, "") == []


@pytest.mark.parametrize("gone", [COLUMN, VALUE, TABLE], ids=lambda each: each.kind)
def test_what_is_gone_is_named_in_a_migration(gone):
    """By its whole name, in a script since the release."""
    without = RELEASED - {gone}
    [found] = migrations.complaints(RELEASED, without, RISEN, f"{gone.name}_more")
    assert f"{gone.name} was in release 19.0.1.9.0" in found
    assert "migrations/19.0.1.10.0/" in found
    script = f"cr.execute('… {gone.name} …')"
    assert migrations.complaints(RELEASED, without, RISEN, script) == []


def test_an_index_is_made_anew():
    assert migrations.complaints(RELEASED, RELEASED - {INDEX}, RISEN, "") == []


def test_what_an_upgrade_leaves_behind():
    """And what it does not make; one thing that is two is told twice."""
    other = COLUMN._replace(is_="text")
    assert schema.differences({other, VALUE}, {COLUMN}) == [
        f"only after an upgrade: {other}",
        f"only after an upgrade: {VALUE}",
        f"only in a fresh installation: {COLUMN}",
    ]
    with pytest.raises(errors.Problem, match="migrations/VERSION/.*\nsomething"):
        migrations.check(["something"])
    migrations.check([])


def test_scripts_of_later_versions_count(tmp_path):
    for version in ("19.0.1.9.0", "19.0.1.10.0"):
        (tmp_path / version).mkdir()
        (tmp_path / version / "pre-columns.py").write_text(f"# of {version}")
    found = migrations.scripts_since("19.0.1.9.0", tmp_path)
    assert found == "# of 19.0.1.10.0"


def test_a_history_without_the_release(tmp_path):
    """As a shallow clone's: the error says in one line what to do."""
    release = releases.Release("19.0.1.0.0", "2026-11-29", "f" * 40)
    with pytest.raises(errors.Problem, match="git fetch --unshallow") as caught:
        release.extract(tmp_path)
    assert "\n" not in str(caught.value)


def test_the_record_of_releases():
    """Versions rise, and the manifest's is not lower than the last."""
    found = releases.recorded()
    versions = [each.version for each in found]
    for earlier, later in zip(versions, versions[1:], strict=False):
        assert migrations.is_newer(later, earlier)
    assert not migrations.is_newer(versions[-1], releases.version_of(paths.ROOT))
    assert all(len(each.commit) == 40 for each in found)


def test_requests_name_the_version():
    """As the manifest has it."""
    assert f"nshift_webhooks/{releases.version_of(paths.ROOT)} " in USER_AGENT
