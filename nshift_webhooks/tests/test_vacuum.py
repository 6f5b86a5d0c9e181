import inspect

from odoo.tests import tagged

from odoo.addons.base.models.ir_autovacuum import is_autovacuum

from .common import WebhookCase


@tagged("post_install", "-at_install")
class TestVacuum(WebhookCase):
    """What is kept of a record goes after the record, with Odoo's daily cleaning."""

    def clean(self, model):
        """Do what Odoo's scheduled action does of one model."""
        for _name, method in inspect.getmembers(type(model), is_autovacuum):
            method(model)

    def test_numbers(self):
        numbers = self.env["nshift.webhook.sequence"]
        gone, kept = self.make_order(), self.make_order()
        kept.action_confirm()
        numbers._count_up(gone | kept)
        numbers._count_up(kept.picking_ids)
        # its addon was uninstalled
        numbers.create({"res_model": "gone.model", "res_id": kept.id, "number": 2})
        gone.unlink()
        self.clean(numbers)
        left = {(each.res_model, each.res_id) for each in numbers.search([])}
        self.assertIn(("sale.order", kept.id), left)
        self.assertIn(("stock.picking", kept.picking_ids.id), left)
        self.assertNotIn(("sale.order", gone.id), left)
        self.assertNotIn(("gone.model", kept.id), left)

    def test_departures(self):
        departures = self.env["nshift.webhook.departure"]
        order = self.make_order()
        order.action_confirm()
        kept = order.picking_ids
        gone = kept.copy()
        departures.create(
            [
                {
                    "picking_id": each.id,
                    "left_at": self.env.cr.now(),
                    "shown": {"lines": {}},
                }
                for each in (gone, kept)
            ]
        )
        gone.unlink()
        self.clean(departures)
        left = departures.search([]).mapped("picking_id")
        self.assertIn(kept.id, left)
        self.assertNotIn(gone.id, left)
