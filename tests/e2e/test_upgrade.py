"""The last release is upgraded to what is here, while jobs run and orders are made.

The release comes from the history of git, see releases.py. All tests look at one
upgrade.
"""

import contextlib
from dataclasses import dataclass, field

import pytest

from dev import odoo_config, paths, postgres, product, template
from dev.product import LOGIN, PASSWORD, Product, sign_in
from dev.receiver import Receiver
from dev.server import OdooServer

from ..complaints import complaints_in
from . import migrations, releases, schema
from .conftest import DELAYS, Shop, check
from .filled import ENDED, HISTORY, NEVER_CHANGES, SETTINGS, Filled, customers, kept
from .waiting import eventually

ADDON = paths.ADDON.name
PATIENCE_S = 120
QUIET = ("gone", "paused", "archived")
"""Webhooks of which nothing is sent meanwhile."""


@dataclass
class Upgrade:
    """What was before an upgrade, and what is after it.

    :param filled: the database, on a server with the new code
    :param released: the release's `schema.structure`
    :param rows, events, numbers, health, incidents, jobs: from before
    :param log: of the upgrade
    """

    filled: Filled
    release: releases.Release
    released: set
    rows: dict
    events: dict
    numbers: dict
    health: dict
    incidents: list
    jobs: dict = field(default_factory=dict)
    last_order: int = 0
    log: str = ""


def start(stack, database, receiver, **options):
    """Start Odoo; returns the shop, which is killed with the stack."""
    odoo = OdooServer(database, **options).start()
    stack.callback(odoo.kill)
    product.wait_for_job_runner(odoo)
    return Shop(Product(odoo, receiver, sign_in(odoo, LOGIN, PASSWORD)))


@pytest.fixture(scope="module")
def connection():
    with postgres.running() as connection:
        yield connection


@pytest.fixture(scope="module")
def fresh(connection):
    """What a fresh installation makes of a database."""
    with template.temporary_database(connection) as database:

        def execute(*args):
            return connection.execute(*args, database=database.name)

        yield schema.structure(execute), schema.records(execute, ADDON)


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    """The last release, and a folder with its files."""
    if not releases.has_history():
        pytest.skip("the last release is in the whole history of git")
    release = releases.recorded()[-1]
    return release, release.extract(tmp_path_factory.mktemp("released"))


@pytest.fixture(scope="module")
def upgrade(connection, release, tmp_path_factory):
    release, folder = release
    with (
        template.temporary_database(connection, addon=False) as database,
        Receiver(on_request=check) as receiver,
        contextlib.ExitStack() as stack,
    ):

        def install(**options):
            log = odoo_config.install(database, [ADDON], **options)
            return log.read_text(errors="replace")

        install(more_addons=[folder])
        shop = start(
            stack,
            database,
            receiver,
            more_addons=[folder],
            log=paths.LOGS / f"released-{database.name}.log",
            # nothing is done of what is to be under way
            options={"max_cron_threads": 0},
        )
        assert shop.execute(
            "SELECT latest_version FROM ir_module_module WHERE name = %s", ADDON
        ) == [(release.version,)]
        shop.api.create("ir.config_parameter", key=DELAYS, value="1")
        released = schema.structure(shop.execute)
        filled = Filled(shop)
        found = Upgrade(
            filled,
            release,
            released,
            filled.all_rows(),
            filled.all_events(),
            filled.numbers(),
            {name: filled.health(getattr(filled, name)) for name in QUIET},
            filled.incidents(filled.gone),
        )
        # what is on its way when the server is killed goes again soon
        shop.retry_after(1, 1, 1, 1)
        with customers(shop):
            eventually(lambda: len(shop.events(filled.busy)) > 3)
            log = install(update=True)
        # on a server that has not been restarted yet: old code, and the new schema
        found.last_order = shop.order()
        shop.odoo.kill()
        found.log, found.jobs = log, filled.jobs()
        pass_an_hour(shop)
        filled.shop = start(stack, database, receiver)
        yield found
        filled.shop.check_log()


def pass_an_hour(shop):
    """Have everything due that waits for its time."""
    shop.execute(
        "UPDATE nshift_webhook_event"
        " SET next_attempt_at = next_attempt_at - interval '2 hours',"
        " next_build_at = next_build_at - interval '2 hours'"
        " WHERE state = 'pending'"
    )
    shop.execute("UPDATE queue_job SET eta = NULL WHERE state = 'pending'")


def arrived(upgrade, hook):
    """The messages that a webhook's endpoint has accepted, by their ids."""
    requests = upgrade.filled.shop.receiver.requests(hook.path)
    return {
        each.message_id: each
        for each in requests
        if each.fault is None and each.status == 200
    }


def delivered(upgrade, hook):
    """Wait until all of a webhook's messages have arrived; returns its events."""
    shop = upgrade.filled.shop

    def found():
        events = shop.events(hook)
        return events if {each["state"] for each in events} <= set(ENDED) else None

    return eventually(found, PATIENCE_S)


def test_no_event_is_lost(upgrade):
    """Each is as it was made, byte for byte; what had ended is all as it was."""
    now = upgrade.filled.all_events()
    for id_, before in upgrade.events.items():
        for name in NEVER_CHANGES:
            assert now[id_][name] == before[name], (id_, name)
        if before["payload"]:
            assert now[id_]["payload"] == before["payload"]
    ended = [each for each in upgrade.events.values() if each["state"] in ENDED]
    assert {each["state"] for each in ended} >= {"delivered", "failed"}
    assert any(each["is_wiped"] for each in ended)
    assert kept(ended, list(now.values())) == []


def test_settings_are_kept(upgrade):
    now = upgrade.filled.all_rows()
    for table in SETTINGS:
        assert upgrade.rows[table], table
        assert len(now[table]) == len(upgrade.rows[table]), table
        assert kept(upgrade.rows[table], now[table]) == [], table
    versions = {row["api_version"] for row in now["nshift_webhook"]}
    assert versions == {row["api_version"] for row in upgrade.rows["nshift_webhook"]}


def test_history_is_kept(upgrade):
    now = upgrade.filled.all_rows()
    for table in HISTORY:
        assert upgrade.rows[table], table
        assert kept(upgrade.rows[table], now[table]) == [], table
    numbers = upgrade.filled.numbers()
    assert upgrade.numbers
    for record, number in upgrade.numbers.items():
        assert numbers[record] >= number


def test_health_is_kept(upgrade):
    """So is the trouble that people have been told of."""
    filled = upgrade.filled
    for name, health in upgrade.health.items():
        assert kept([health], [filled.health(getattr(filled, name))]) == []
    assert upgrade.health["gone"]["stopped_reason"]
    assert upgrade.health["paused"]["paused_at"]
    assert upgrade.incidents
    assert kept(upgrade.incidents, filled.incidents(filled.gone)) == []


def test_orders_made_meanwhile_are_told(upgrade):
    """Each that is committed, under one id, in the order of each record."""
    filled = upgrade.filled
    events = delivered(upgrade, filled.busy)
    told = [each["res_id"] for each in events]
    made = [
        id_
        for (id_,) in filled.shop.execute(
            "SELECT id FROM sale_order WHERE id >= %s ORDER BY id", min(told)
        )
    ]
    assert sorted(told) == made
    assert upgrade.last_order in told
    assert len(made) > 5
    assert set(arrived(upgrade, filled.busy)) == {each["message_id"] for each in events}


def test_what_waited_arrives(upgrade):
    """What was refused goes again with its bytes, its header and its signatures."""
    filled = upgrade.filled
    first = next(
        each
        for each in upgrade.events.values()
        if each["webhook_id"] == filled.refused.id and each["state"] == "pending"
    )
    delivered(upgrade, filled.refused)
    request = arrived(upgrade, filled.refused)[first["message_id"]]
    assert request.body.decode() == first["payload"]
    assert request.headers["x-api-key"] == "key-of-ours"
    assert "v1a," in request.headers["webhook-signature"]


def test_a_paused_webhook_goes_on(upgrade):
    filled = upgrade.filled
    api = filled.shop.api
    waiting = {
        each["message_id"]
        for each in upgrade.events.values()
        if each["webhook_id"] == filled.paused.id
    }
    assert waiting
    dialog = api.create("nshift.webhook.enable", webhook_id=filled.paused.id)
    api.call("nshift.webhook.enable", "action_send", [dialog])
    delivered(upgrade, filled.paused)
    assert waiting <= set(arrived(upgrade, filled.paused))


def test_keys_that_are_rotated_verify(upgrade):
    """The endpoint still verifies by the secret that is being replaced."""
    filled = upgrade.filled
    order = filled.shop.order()
    events = delivered(upgrade, filled.arrived)
    [event] = [each for each in events if each["res_id"] == order]
    request = arrived(upgrade, filled.arrived)[event["message_id"]]
    assert request.headers["webhook-signature"].count("v1,") == 2


def test_what_was_not_built_is_built(upgrade):
    filled = upgrade.filled
    [before] = [
        each
        for each in upgrade.events.values()
        if each["webhook_id"] == filled.unbuilt.id
    ]
    assert not before["payload"]
    filled.shop.run_schedule("cron_build")
    delivered(upgrade, filled.unbuilt)
    assert before["message_id"] in arrived(upgrade, filled.unbuilt)


def test_the_current_state_is_sent_to_its_end(upgrade):
    filled = upgrade.filled
    filled.shop.run_schedule("cron_load")
    statement = "SELECT state, told_count FROM nshift_webhook_load"
    [(_state, count)] = eventually(
        lambda: [row for row in filled.shop.execute(statement) if row[0] == "done"],
        PATIENCE_S,
    )
    assert count > 10
    delivered(upgrade, filled.state)
    assert len(arrived(upgrade, filled.state)) >= count


def test_what_has_left_is_told_as_it_was(upgrade):
    """Kept by the release, told by the new code; messages are checked as they come."""
    filled = upgrade.filled
    before = [
        each.message["data"]["shipment"]
        for each in filled.shop.receiver.requests(filled.left.path)
        if each.message["type"] == "shipment.done"
    ][-1]
    filled.shop.api.write(
        "stock.picking", filled.picking, carrier_tracking_ref="NEW-NUMBER"
    )
    events = delivered(upgrade, filled.left)
    assert events[-1]["event"] == "shipment.updated"
    now = arrived(upgrade, filled.left)[events[-1]["message_id"]]
    shipment = now.message["data"]["shipment"]
    assert shipment["trackings"] != before["trackings"]
    for name in ("lines", "packages", "delivery_address"):
        assert shipment[name] == before[name], name


def test_further_fields_are_told(upgrade):
    filled = upgrade.filled
    order = filled.shop.order(x_gate_code="G-2")
    events = delivered(upgrade, filled.arrived)
    [event] = [each for each in events if each["res_id"] == order]
    told = arrived(upgrade, filled.arrived)[event["message_id"]].message
    assert told["data"]["order"]["custom"] == {"gate": "G-2"}


def test_a_receiver_reads_on(upgrade):
    """With the key and the cursor that it had from the release."""
    filled = upgrade.filled
    events = {each["message_id"] for each in delivered(upgrade, filled.busy)}
    found, _cursor = filled.catch_up(filled.cursor)
    assert filled.read
    assert not set(found) & set(filled.read)
    assert set(found) | set(filled.read) == events


def test_jobs_of_the_release_run(upgrade):
    """Or a later one has done what they were for; none fails."""
    shop = upgrade.filled.shop
    assert upgrade.jobs
    eventually(lambda: not upgrade.jobs.keys() & upgrade.filled.jobs(), PATIENCE_S)
    assert shop.execute("SELECT uuid FROM queue_job WHERE state = 'failed'") == []


def test_an_upgrade_leads_where_an_installation_does(upgrade, fresh):
    """In tables, fields, indexes, constraints, data, rules and scheduled actions."""
    structure, records = fresh
    execute = upgrade.filled.shop.execute
    found = schema.differences(
        schema.structure(execute) | schema.records(execute, ADDON),
        structure | records,
    )
    found += [str(each) for each in schema.misfits(execute, "nshift.webhook%")]
    migrations.check(found)


def test_a_changed_schema_has_its_migration(upgrade, fresh):
    versions = upgrade.release.version, releases.version_of(paths.ROOT)
    scripts = migrations.scripts_since(upgrade.release.version)
    migrations.check(
        migrations.complaints(upgrade.released, fresh[0], versions, scripts)
    )


def test_messages_stay_compatible(release):
    """With the schemas that were released, whatever is in the tree."""
    assert migrations.contract_complaints(release[1]) == ""


def test_the_log_has_no_complaint(upgrade):
    started = upgrade.filled.shop.odoo.log.read_text(errors="replace")
    assert complaints_in(upgrade.log) == []
    assert complaints_in(started) == []
