"""Nobody waits for a request: while one is under way, the job locks nothing."""

import pytest


@pytest.fixture
def under_way(hook):
    """A request that is under way until the test ends."""
    hook.shop.order()
    with hook.under_way():
        yield hook
    assert hook.states()[0] == "delivered"


def test_tables_are_free(under_way):
    """A9: whoever alters one of our tables need not wait for the endpoint."""
    with under_way.shop.transaction() as env:
        env.cr.execute(
            "SELECT tablename FROM pg_tables WHERE tablename LIKE 'nshift_webhook%'"
        )
        tables = [table for [table] in env.cr.fetchall()]
        assert len(tables) > 5
        env.cr.execute("SET LOCAL lock_timeout = '3s'")
        for table in tables:
            env.cr.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
    under_way.shop.order()


def test_rows_are_free(under_way):
    """Nor need whoever writes to the webhook and its events."""
    with under_way.shop.transaction() as env:
        env.cr.execute("SET LOCAL lock_timeout = '3s'")
        for table in (
            "nshift_webhook",
            "nshift_webhook_event",
            "nshift_webhook_health",
        ):
            env.cr.execute(f"SELECT FROM {table} FOR UPDATE")
        assert env.cr.rowcount
