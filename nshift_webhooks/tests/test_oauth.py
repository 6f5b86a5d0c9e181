from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from ..store.endpoint import read_endpoint
from .common import WebhookCase
from .test_audit import TRICKS

TOKEN_URL = "https://login.example.com/oauth2/token"  # noqa: S105 - an address
SECRET = "s3cret+/value"


@tagged("post_install", "-at_install")
class TestOauth(WebhookCase):
    """What a webhook knows of its token server, and who may know it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env,
            "webhooks_tokens",
            "nshift_webhooks.group_webhook_manager,base.group_allow_export",
        )
        cls.reader = new_test_user(
            cls.env, "webhooks_token_reader", "nshift_webhooks.group_webhook_user"
        )
        cls.webhook = cls.make_oauth_webhook().with_user(cls.manager)

    @classmethod
    def make_oauth_webhook(cls, **values):
        return cls.make_webhook(
            **{
                "company_id": cls.env.company.id,
                "authentication": "oauth2",
                "oauth_token_url": TOKEN_URL,
                "oauth_client_id": "shop",
                "oauth_client_secret": SECRET,
            }
            | values
        )

    def secret(self, webhook=None):
        return self.key_of(webhook or self.webhook, "oauth_client_secret")

    def actions(self):
        return self.audit(self.webhook).mapped("action")

    def test_what_is_sent_with(self):
        """All that was entered is what tokens are asked for with."""
        self.webhook.write(
            {"oauth_scope": "a b", "oauth_audience": "https://x/", "oauth_in_body": 1}
        )
        client = read_endpoint(self.env, self.webhook.id).client
        self.assertEqual(
            (client.token_url, client.client_id, client.client_secret),
            (TOKEN_URL, "shop", SECRET),
        )
        self.assertEqual(
            (client.scope, client.audience, client.in_body), ("a b", "https://x/", True)
        )

    def test_nobody_is_asked_without_it(self):
        """A webhook as it was before there was a choice has no token."""
        webhook = self.make_webhook()
        self.assertEqual(webhook.authentication, "headers")
        self.assertIsNone(read_endpoint(self.env, webhook.id).client)

    def test_the_secret_is_not_read_again(self):
        self.assertEqual(self.secret(), SECRET)
        self.assertEqual(set(self.webhook.oauth_client_secret), {"•"})
        self.assertNotIn(SECRET, str(self.webhook.sudo().read()))
        rows = self.webhook.export_data(["oauth_client_secret"])["datas"]
        self.assertEqual(set(rows[0][0]), {"•"})
        self.webhook.write({"oauth_client_secret": self.webhook.oauth_client_secret})
        self.assertEqual(self.secret(), SECRET)
        self.webhook.oauth_client_secret = "another"
        self.assertEqual(self.secret(), "another")
        self.assertEqual(set(self.webhook.oauth_client_secret), {"•"})

    def test_who_may(self):
        """A user sees where tokens come from, and neither secret nor button."""
        seen = self.webhook.with_user(self.reader)
        self.assertEqual(seen.oauth_token_url, TOKEN_URL)
        for act in (
            lambda: seen.read(["oauth_client_secret"]),
            lambda: seen.write({"oauth_client_secret": "x"}),
            lambda: seen.write({"oauth_token_url": "https://evil.example/"}),
            lambda: seen.search([("oauth_client_secret", "!=", False)]),
            seen.action_test_connection,
        ):
            with self.assertRaises(AccessError):
                act()
        self.assertEqual(self.secret(), SECRET)

    def test_nothing_tells_it(self):
        """No log, chatter, audit log or cache, whatever is done."""
        given = "another-s3cret"
        with self.assertLogs("odoo", "DEBUG") as logs:
            webhook = self.make_oauth_webhook().with_user(self.manager)
            webhook.oauth_client_secret = given
            copy = webhook.copy()
            event = self.make_event(webhook.sudo()).with_user(self.manager)
            head = event.request_head
            self.env.flush_all()
            self.env.cr.precommit.run()
        told = "".join(
            [
                *logs.output,
                head,
                str(webhook.sudo().message_ids.mapped("body")),
                str(copy.sudo().message_ids.mapped("body")),
                str(self.audit(webhook).read()),
                str(webhook.sudo().read()),
            ]
        )
        for secret in (given, SECRET):
            self.assertNotIn(secret, told)
            self.assertNotIn(secret, str(self.env.transaction.field_data))

    def test_a_copy_lacks_it(self):
        copy = self.webhook.copy()
        self.assertEqual(copy.oauth_token_url, TOKEN_URL)
        self.assertIsNone(self.secret(copy))
        self.assertIn(
            "It needs its client secret anew", str(copy.message_ids.mapped("body"))
        )

    def test_it_stays_with_its_servers(self):
        """Who may change an address must not have secret or tokens sent to it."""
        for values, stays in (
            ({"url": "https://example.com/other"}, True),
            ({"oauth_token_url": f"{TOKEN_URL}/v2"}, True),
            ({"oauth_token_url": "https://LOGIN.example.com.:443/x"}, True),
            ({"url": "https://evil.example/"}, False),
            ({"url": "https://example.com:8443/"}, False),
            ({"oauth_token_url": "https://evil.example/"}, False),
            ({"oauth_token_url": "https://login.example.com:8443/"}, False),
            ({"authentication": "headers"}, False),
        ):
            webhook = self.make_oauth_webhook().with_user(self.manager)
            with self.subTest(values=values):
                webhook.write(values)
                self.assertEqual(self.secret(webhook), SECRET if stays else None)
                self.assertEqual(bool(webhook.oauth_client_secret), stays)
                dropped = "client_secret_dropped" in self.audit(webhook).mapped(
                    "action"
                )
                self.assertEqual(dropped, not stays)
        # entered together with the address
        new = {"oauth_client_secret": "new", "oauth_token_url": "https://b.example/"}
        webhook.write(new | {"authentication": "oauth2", "url": "https://c.example/"})
        self.assertEqual(self.secret(webhook), "new")

    def test_deletion_forgets_it(self):
        self.webhook.unlink()
        self.env.cr.execute(
            "SELECT FROM nshift_webhook_vault WHERE name = 'oauth_client_secret' "
            "AND res_id = %s",
            (self.webhook.id,),
        )
        self.assertFalse(self.env.cr.rowcount)

    def test_the_audit_log(self):
        """All but the secret is told as it was and is; the secret, that it is set."""
        self.webhook.with_context(**TRICKS).write(
            {"oauth_client_secret": "s3cret-two", "oauth_scope": "orders"}
        )
        lines = self.audit(self.webhook)
        [scope] = lines.filtered(lambda line: line.subject == "Scope")
        self.assertEqual((scope.old or None, scope.new), (None, "orders"))
        self.assertEqual(self.actions().count("client_secret_set"), 2)
        [created] = lines.filtered(lambda line: line.action == "created")
        self.assertIn(f"Token URL: {TOKEN_URL}", created.new)
        self.assertNotIn("s3cret", str(lines.read()))

    def test_what_is_refused(self):
        for values, words in (
            ({"oauth_token_url": "http://x.example/"}, "https://"),
            ({"oauth_token_url": "https://10.0.0.1/"}, "leads inside"),
            ({"oauth_token_url": "https://0x7f.1/"}, "leads inside"),
            ({"oauth_token_url": "https://login/token"}, "without a domain"),
            ({"oauth_token_url": "https://a:b@x.example/"}, "before “@”"),
            ({"oauth_token_url": False}, "enter the token URL"),
            ({"oauth_client_id": False}, "enter the token URL"),
            ({"oauth_client_id": "a\nb"}, "“Client ID” is too long, or has other"),
            ({"oauth_client_secret": "s3cret\n"}, "“Client secret” is too long, or"),
            ({"oauth_client_secret": " s3cret"}, "“Client secret” is too long, or"),
            ({"oauth_client_secret": "s3cret" * 200}, "“Client secret” is too long"),
            ({"oauth_client_secret": "•••••••• s3cret"}, "“Client secret” is too long"),
            ({"oauth_client_secret": 5}, "“Client secret” cannot have this value"),
            ({"oauth_scope": "a\x1fb"}, "“Scope” is too long, or has other"),
            ({"oauth_audience": "ä"}, "“Audience” is too long, or has other"),
            ({"authentication": "oauth1"}, "“Authentication” cannot have"),
            ({"authentication": False}, "“Authentication” is missing"),
        ):
            for act in (
                lambda v=values: self.webhook.write(v),
                lambda v=values: self.make_oauth_webhook(**v),
            ):
                with (
                    self.subTest(values=values),
                    self.assertRaises(ValidationError) as caught,
                    self.cr.savepoint(),
                ):
                    act()
                self.assertIn(words, str(caught.exception))
                self.assertNotIn("s3cret", str(caught.exception))

    def test_a_token_server_inside(self):
        """It may be used where it is allowed, and the form says so."""
        self.assertFalse(self.webhook.is_internal)
        self.env["ir.config_parameter"].set_param(
            "nshift_webhooks.internal_hosts", "login.internal"
        )
        self.webhook.oauth_token_url = "https://login.internal/token"
        self.assertTrue(self.webhook.is_internal)

    def test_the_request_as_it_is_shown(self):
        self.webhook.header_ids = [
            (0, 0, {"name": "Authorization", "value": "Basic mine"})
        ]
        event = self.make_event(self.webhook.sudo())
        shown = event.with_user(self.manager).request_head.splitlines()
        self.assertIn("Authorization: Bearer ••••••••", shown)
        self.assertEqual(len([one for one in shown if "Authorization" in one]), 1)

    def test_mended_settings_are_tried(self):
        """What waited because there was no token does not wait any longer."""
        self.webhook._write_health(backoffs_in_a_row=5, backoff_until="2030-01-01")
        event = self.make_event(
            self.webhook.sudo(),
            next_attempt_at="2030-01-01 00:00:00",
            failure="token_refused",
        )
        self.webhook.oauth_client_secret = "mended"
        self.assertFalse(self.webhook.backoff_until)
        self.assertLessEqual(event.next_attempt_at, fields.Datetime.now())

    def test_the_advice(self):
        for failure, words in (
            ("token_refused", "invalid_client: the client ID or the client secret"),
            ("token_server", "under “Internal hosts”"),
            ("token_answer", "Compare the token URL"),
        ):
            event = self.make_event(self.webhook.sudo(), failure=failure, error="x")
            self.assertIn(words, event.advice)

    def test_no_connection_to_test(self):
        self.env["nshift.webhook.home"]._settle()
        with self.assertRaises(UserError):
            self.make_webhook().action_test_connection()
