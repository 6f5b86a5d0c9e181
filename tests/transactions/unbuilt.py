"""What keeps messages from being built, and what is done with them then."""

DELAYS = "nshift_webhooks.retry_delays"


def wrong_key(_env):
    return {}["missing"]


def wrong_query(env):
    env.cr.execute("SELECT no_such_column FROM sale_order")


def edit(shop, order_id, text):
    with shop.transaction() as env:
        env["sale.order"].browse(order_id).client_order_ref = text


def later(shop, runs=1):
    """Let the time pass until what could not be built is built again, and build it."""
    for _ in range(runs):
        with shop.transaction() as env:
            env.cr.execute(
                "UPDATE nshift_webhook_event "
                "SET next_build_at = next_build_at - interval '1 day'"
            )
        build(shop)


def build(shop):
    with shop.transaction() as env:
        env.ref("nshift_webhooks.cron_build").method_direct_trigger()


def waits(shop):
    """Seconds until each message that could not be built is built again."""
    with shop.transaction() as env:
        env.cr.execute(
            "SELECT extract(epoch FROM next_build_at - now() AT TIME ZONE 'UTC') "
            "FROM nshift_webhook_event WHERE next_build_at IS NOT NULL "
            "AND state = 'pending' ORDER BY id"
        )
        return [float(seconds) for [seconds] in env.cr.fetchall()]
