from odoo.tests import TransactionCase, tagged

#: Those with which somebody who saves an order has to wait.
LOCKS = """
    SELECT relation::regclass::text, mode FROM pg_locks
     WHERE pid = pg_backend_pid() AND relation::regclass::text LIKE 'nshift_webhook%'
       AND mode NOT IN ('AccessShareLock', 'RowShareLock', 'RowExclusiveLock')
"""


@tagged("post_install", "-at_install")
class TestTables(TransactionCase):
    """What an upgrade does with tables that are as they should be."""

    def locks(self):
        self.env.cr.execute(LOCKS)
        return self.env.cr.fetchall()

    def test_no_lock(self):
        """Orders are saved while it goes on, and do not wait for its end."""
        names = [name for name in self.registry if name.startswith("nshift.webhook")]
        self.registry.init_models(
            self.cr, names, {"module": "nshift_webhooks"}, install=False
        )
        self.assertEqual(self.locks(), [])
        # such a lock is seen
        self.env.cr.execute(
            "ALTER TABLE nshift_webhook_event ADD COLUMN IF NOT EXISTS place int"
        )
        self.assertEqual(
            self.locks(), [("nshift_webhook_event", "AccessExclusiveLock")]
        )
