from odoo import Command
from odoo.tests import tagged

from .common import WebhookCase


@tagged("post_install", "-at_install")
class TestLists(WebhookCase):
    """What is read of lists stays in the ORM's cache, for whoever is at work."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.orders = cls.make_order(cls) + cls.make_order(cls) + cls.make_order(cls)
        line = {"product_id": cls.product.id}
        first, second, _empty = cls.orders
        # the last one made is the first one shown
        first.order_line = [
            Command.create(line | {"sequence": number}) for number in (9, 5, 1)
        ]
        tags = cls.env["crm.tag"].create([{"name": "A"}, {"name": "B"}])
        taxes = cls.env["account.tax"].create(
            [{"name": f"T{number}", "sequence": number} for number in (9, 5, 1)]
        )
        taxes[1].active = False
        first.tag_ids = tags[1]
        second.tag_ids = tags
        second.order_line.tax_ids = taxes
        # of another model's record with the same id
        message = cls.env["mail.message"].create(
            {
                "model": "res.partner",
                "res_id": cls.customer.id,
                "body": "Not of the order",
            }
        )
        # such a contact there may not be
        message.res_id = first.id
        first.activity_schedule("mail.mail_activity_data_todo")

    def assert_read_as_the_orm_does(self, records, *names):
        fields = [records._fields[name] for name in names]
        self.env.flush_all()
        lists = []
        for read in (
            lambda: self.env["nshift.webhook.lists"]._read(records, fields),
            lambda: [field.read(records) for field in fields],
        ):
            self.env.invalidate_all()
            read()
            caches = [field._get_cache(self.env) for field in fields]
            lists.append([{id_: cache[id_] for id_ in records.ids} for cache in caches])
        self.assertEqual(*lists)
        return lists[0]

    def test_several_lists_at_once(self):
        orders = self.orders
        lines, tags = self.assert_read_as_the_orm_does(orders, "order_line", "tag_ids")
        self.assertNotEqual(lines[orders[0].id], tuple(sorted(lines[orders[0].id])))
        self.assertEqual([len(tags[id_]) for id_ in orders.ids], [1, 2, 0])

    def test_archived_ones_are_listed(self):
        line = self.orders[1].order_line
        [taxes] = self.assert_read_as_the_orm_does(line, "tax_ids")
        self.assertEqual(len(taxes[line.id]), 3)

    def test_what_the_field_does_not_list_is_left_out(self):
        # these refer to records of all models
        self.assert_read_as_the_orm_does(
            self.orders, "activity_ids", "order_line", "message_ids"
        )
        self.assert_read_as_the_orm_does(self.orders, "activity_ids")
