"""What counts as a complaint of Odoo's log about the addon."""

import pytest

from ..complaints import complaints_in

LINE = "2026-11-29 02:07:58,886 23317 {} nshift_929bc3_t1 {}"


@pytest.mark.parametrize(
    ("level", "text", "counts"),
    [
        ("WARNING", "odoo.addons.nshift_webhooks.transaction: No column", True),
        ("WARNING", "odoo.modules: nshift.webhook has no rule", True),
        ("WARNING", "view: No title\n {'xmlid': 'nshift_webhook_view'}", True),
        ("ERROR", 'x: Failed\nT:\n  File "/nshift_webhooks/a.py"\n    a()\nE: e', True),
        (
            "ERROR",
            'odoo.addons.stock: Failed\nTraceback:\n  File "/nshift_webhooks/base.py"\n'
            '    super().nshift_webhook()\n  File "/odoo/sql_db.py"\n    x()\nE: busy',
            False,
        ),
        ("WARNING", "odoo.addons.sale: Something", False),
        ("INFO", "odoo.addons.nshift_webhooks.transaction: All is well", False),
    ],
)
def test_one_entry(level, text, counts):
    """The name of the database, which begins like the addon's, says nothing."""
    log = f"{LINE.format('INFO', 'x: before')}\n{LINE.format(level, text)}\n"
    assert bool(complaints_in(log)) is counts
