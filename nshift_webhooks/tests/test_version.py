from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..contract import versions
from .common import WebhookCase


@tagged("post_install", "-at_install")
class TestVersion(WebhookCase):
    """The version of a webhook's messages is fixed when the webhook is made."""

    def setUp(self):
        super().setUp()
        self.old = self.make_webhook()
        self.assertEqual(self.old.api_version, versions.newest())
        later = [*versions.VERSIONS, versions.Version("later")]
        self.startPatcher(patch.object(versions, "VERSIONS", later))

    def test_newest_by_default(self):
        self.assertEqual(self.make_webhook().api_version, "later")

    def test_older_one_by_choice(self):
        self.assertEqual(self.make_webhook(api_version="1").api_version, "1")

    def test_copy_keeps_it(self):
        self.assertEqual(self.old.copy().api_version, "1")

    def test_change_is_refused(self):
        for version in ("later", "", False, "0"):
            with (
                self.subTest(version=version),
                self.assertRaisesRegex(UserError, "cannot be changed"),
            ):
                self.old.write({"api_version": version})
            with self.subTest(version=version), self.assertRaises(UserError):
                self.old.web_save({"api_version": version}, {})
        loaded = self.env["nshift.webhook"].load(
            [".id", "api_version"], [[str(self.old.id), "later"]]
        )
        self.assertIn("cannot be changed", loaded["messages"][0]["message"])
        self.assertEqual(self.old.api_version, "1")

    def test_several_are_refused(self):
        new = self.make_webhook()
        with self.assertRaisesRegex(UserError, "cannot be changed"):
            (self.old + new).write({"api_version": "later"})

    def test_same_is_no_change(self):
        self.old.write({"api_version": "1", "name": "New name"})
        self.assertEqual(self.old.name, "New name")

    def test_unknown_one_is_refused(self):
        for version in ("0", ""):
            with self.subTest(version=version), self.assertRaises(UserError):
                self.make_webhook(api_version=version)

    def test_audit_log(self):
        """It says which version a webhook was made with."""
        self.assertIn("Message version: 1", self.audit(self.old)[0].new)
