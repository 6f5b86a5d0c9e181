from odoo.tests import new_test_user, tagged

from .common import WebhookCase


@tagged("post_install", "-at_install")
class TestMenus(WebhookCase):
    """Who finds webhooks where, without developer mode."""

    def visible(self, groups):
        user = new_test_user(self.env, f"webhooks_{groups.split('.')[1]}", groups)
        menus = self.env["ir.ui.menu"].with_user(user)
        shown = menus.browse(menus._visible_menu_ids(debug=False))
        paths = set()
        for menu in shown.sudo():
            chain = menu
            while chain.parent_id:
                chain = chain.parent_id
                if chain not in shown:
                    break
            else:
                paths.add(menu.complete_name)
        return paths

    def test_administrators_find_them_in_settings(self):
        self.assertGreaterEqual(
            self.visible("base.group_system"),
            {
                f"Settings/Webhooks/{entry}"
                for entry in ("Overview", "Webhooks", "Events")
            },
        )

    def test_an_app_of_its_own(self):
        """It is found by who uses it, and by who looks for it among the apps."""
        entries = {"Overview", "Webhooks", "Events", "Analysis"}
        of_managers = {"Configuration/Further fields", "Configuration/Audit log"}
        for groups, expected in (
            ("nshift_webhooks.group_webhook_user", entries),
            ("nshift_webhooks.group_webhook_manager", entries | of_managers),
            ("base.group_system", entries | of_managers | {"Configuration/Settings"}),
        ):
            visible = self.visible(groups)
            found = {
                path.removeprefix("Webhooks/")
                for path in visible
                if path.startswith("Webhooks/")
            }
            self.assertEqual(found - {"Configuration"}, expected)
        self.assertTrue(
            self.env.ref("nshift_webhooks.menu_webhooks_root").web_icon_data
        )
        module = self.env["ir.module.module"].search([("name", "=", "nshift_webhooks")])
        self.assertTrue(module.application)
        self.assertLessEqual(len(module.shortdesc), 25)
        self.assertIn("webhook", module.shortdesc.lower())
        self.assertIn("First steps", module.description_html)
        self.assertTrue(module.icon_image)

    def test_others_find_them_in_sales(self):
        for groups in (
            "nshift_webhooks.group_webhook_manager",
            "nshift_webhooks.group_webhook_user",
        ):
            visible = self.visible(groups)
            expected = {
                f"Sales/Configuration/Webhooks/{entry}"
                for entry in ("Overview", "Webhooks", "Events")
            }
            self.assertGreaterEqual(visible, expected)
            self.assertNotIn("Sales/Configuration/Settings", visible)
            self.assertNotIn("Settings", visible)

    def test_they_let_nobody_else_into_the_configuration(self):
        def configuration(role):
            groups = f"sales_team.{role},nshift_webhooks.group_webhook_manager"
            user = new_test_user(self.env, f"webhooks_{role}", groups)
            menus = self.env["ir.ui.menu"].with_user(user).load_menus(debug=False)
            entries = menus[self.env.ref("sale.menu_sale_config").id]["children"]
            return {menus[entry]["name"] for entry in entries}

        self.assertEqual(configuration("group_sale_salesman"), {"Webhooks"})
        self.assertGreater(
            configuration("group_sale_manager"), {"Webhooks", "Sales Teams"}
        )

    def test_nobody_else_finds_them(self):
        for groups in ("sales_team.group_sale_manager", "base.group_user"):
            self.assertFalse(
                [path for path in self.visible(groups) if "Webhooks" in path]
            )

    def test_menus_load_without_the_configuration_menu(self):
        """Somebody may have deleted it."""
        self.env.ref("sale.menu_sale_config").unlink()
        user = new_test_user(
            self.env, "webhooks_no_menu", "nshift_webhooks.group_webhook_manager"
        )
        menus = self.env["ir.ui.menu"].with_user(user).load_menus(debug=False)
        self.assertIn("root", menus)
