"""Claims of delivery jobs on webhooks."""

import psycopg2

#: First key of the advisory locks on webhooks; any number nobody else uses.
LOCK = 0x6E736869
#: Of the transaction of claims. PostgreSQL must not end it for being idle, since other
#: jobs would then send the same. And it keeps the claims of a server that has vanished
#: from the network for 35 seconds, instead of the two hours that are usual.
SETTINGS = {
    "idle_in_transaction_session_timeout": "0",
    "tcp_keepalives_idle": "20",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    # milliseconds, of what is not acknowledged, during which nothing is probed
    "tcp_user_timeout": "35000",
}
#: Besides, from PostgreSQL 17 on.
SETTINGS_17 = {"transaction_timeout": "0"}


class Claims:
    """The webhooks that one job has claimed.

    A claim is an advisory lock, which goes with the connection: what a process had in
    hand is free again as soon as it is dead. The cursor's transaction stays open, so
    that the connection is its own also behind a pooler. Nothing else is done in it, so
    it locks no table while requests are under way.

    :param cr: a cursor that nothing else uses
    """

    def __init__(self, cr):
        self._cr = cr
        # Odoo's isolation level would keep the database from forgetting, until the job
        # ends, what has changed meanwhile
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
        """Let other jobs have a webhook."""
        self._cr.execute("SELECT pg_advisory_unlock(%s, %s)", (LOCK, webhook_id))

    def release_all(self):
        """Let other jobs have all webhooks."""
        try:
            self._cr.execute("SELECT pg_advisory_unlock_all()")
        except psycopg2.Error:
            # the locks go with the connection
            self._cr.connection.close()
