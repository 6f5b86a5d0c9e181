"""Claims of delivery jobs on webhooks."""

import psycopg2

#: First key of the advisory locks on webhooks, "nshi" in ASCII.
LOCK = 0x6E736869
#: Settings of the claims' transaction. PostgreSQL must not end the transaction for
#: being idle, or another job would send the same messages. If a server vanishes from
#: the network, its claims end after 35 seconds, and not after the usual two hours.
SETTINGS = {
    "idle_in_transaction_session_timeout": "0",
    "tcp_keepalives_idle": "20",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    # milliseconds for data that is not acknowledged, during which no probes are sent
    "tcp_user_timeout": "35000",
}
#: Further settings from PostgreSQL 17 on.
SETTINGS_17 = {"transaction_timeout": "0"}


class Claims:
    """The webhooks that a job has claimed.

    A claim is an advisory lock of the connection: when a process dies, its claims end.
    The transaction stays open, so that a connection pooler does not share the
    connection. The transaction runs no other queries, so it locks no table.

    :param cr: a cursor for the claims only
    """

    def __init__(self, cr):
        self._cr = cr
        # in REPEATABLE READ, the open snapshot would keep PostgreSQL from removing dead
        # rows of the whole database until the job ends
        cr.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
        is_17 = cr.connection.server_version >= 170000
        settings = SETTINGS | (SETTINGS_17 if is_17 else {})
        cr.execute(
            "SELECT set_config(name, value, TRUE) "
            "FROM unnest(%s, %s) AS setting (name, value)",
            (list(settings), list(settings.values())),
        )

    def claim(self, webhook_id):
        """Claim a webhook; return whether it was free."""
        self._cr.execute("SELECT pg_try_advisory_lock(%s, %s)", (LOCK, webhook_id))
        [locked] = self._cr.fetchone()
        return locked

    def release(self, webhook_id):
        """Release a webhook for other jobs."""
        self._cr.execute("SELECT pg_advisory_unlock(%s, %s)", (LOCK, webhook_id))

    def release_all(self):
        """Release all webhooks for other jobs."""
        try:
            self._cr.execute("SELECT pg_advisory_unlock_all()")
        except psycopg2.Error:
            # closing the connection releases the locks
            self._cr.connection.close()
