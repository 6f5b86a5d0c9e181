from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import WebhookCase, type_ids

#: What clients may send for any field.
NONSENSE = (
    None,
    False,
    True,
    -1,
    0,
    2**40,
    1.5,
    float("nan"),
    "",
    "x",
    "\0",
    "\ud800",
    "x" * 100_000,
    [],
    [[]],
    {},
    {"id": 1},
    (1, 2),
    b"x",
    "2026-13-45",
    "9999-12-31 23:59:59",
)


@tagged("post_install", "-at_install")
class TestInput(WebhookCase):
    """Whatever is entered is kept, or refused with a message; the database sees to
    nothing.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.values = {
            "name": "x",
            "url": "https://x.example/",
            "type_ids": type_ids(cls.env, "order.created"),
        }

    def outcome(self, act):
        """Return what is said of an act, None if it is done."""
        try:
            with self.cr.savepoint():
                act()
                self.env.flush_all()
        except UserError as error:
            self.env.invalidate_all(flush=False)
            return str(error)

    @mute_logger("odoo.models")
    def test_nonsense(self):
        """It is done, or refused with a message, and never by PostgreSQL."""
        webhook = self.make_webhook()
        webhook.header_ids = [(0, 0, {"name": "X-Key", "value": "x"})]
        settings = [
            (webhook, name)
            for name in (
                "name",
                "active",
                "url",
                "company_id",
                "include_carts",
                "order_domain",
                "shipment_domain",
                "wipe_messages",
                "has_own_retention",
                "keep_received_days",
                "keep_failed_days",
                "keep_messages_days",
                "parallel_requests",
                "request_timeout",
                "requests_per_second",
                "ordering",
                "api_version",
                "thin_messages",
                "compress_messages",
                "user_id",
                "has_key_pair",
                "secret",
                "authentication",
                "oauth_token_url",
                "oauth_client_id",
                "oauth_client_secret",
                "oauth_scope",
                "oauth_audience",
                "oauth_in_body",
            )
        ] + [(webhook.header_ids, name) for name in ("name", "value")]
        with self.assertNoLogs("odoo.sql_db", "ERROR"):
            for record, name in settings:
                for value in NONSENSE:
                    with self.subTest(field=name, value=str(value)[:20]):
                        self.outcome(lambda r=record, n=name, v=value: r.write({n: v}))
                        if record != webhook:
                            continue
                        self.outcome(
                            lambda n=name, v=value: webhook.create(self.values | {n: v})
                        )
                        self.outcome(
                            lambda n=name, v=value: webhook.with_context(
                                **{f"default_{n}": v}
                            ).create(self.values)
                        )

    @mute_logger("odoo.models")
    def test_nonsense_for_lists(self):
        webhook = self.make_webhook()
        lists = (
            "type_ids",
            "sale_channel_ids",
            "header_ids",
            "event_ids",
            "audit_ids",
        )
        nonsense = (
            *NONSENSE,
            ["x"],
            [[6, 0, ["x"]]],
            [[6, 0, [2**40]]],
            [[4, 10**20]],
            [[4, 99_999]],
            [[0]],
            [[1]],
            [[9, 9, 9]],
            [[0, 0, "x"]],
            [[1, "x", {}]],
            [{"name": "x"}],
            [True],
            [-1],
        )
        with self.assertNoLogs("odoo.sql_db", "ERROR"):
            for name in lists:
                for value in nonsense:
                    with self.subTest(field=name, value=str(value)[:20]):
                        said = self.outcome(
                            lambda n=name, v=value: webhook.write({n: v})
                        )
                        self.outcome(
                            lambda n=name, v=value: webhook.create(self.values | {n: v})
                        )
                        # nothing, or what may be a list of numbers
                        if value not in (None, False, [], (1, 2)):
                            self.assertTrue(said)

    def test_nonsense_for_dialogs(self):
        for model in ("secret", "enable", "rotate"):
            dialog = self.env[f"nshift.webhook.{model}"]
            for values in ({}, *({"webhook_id": value} for value in NONSENSE)):
                with self.subTest(model=model, values=str(values)[:40]):
                    said = self.outcome(lambda d=dialog, v=values: d.create(v))
                    self.assertIn("“Webhook”", said or "")

    def test_messages_name_the_field(self):
        webhook = self.make_webhook()
        for values, words in (
            ({"name": False}, "“Name” is missing"),
            ({"name": " \0"}, "“Name” contains a character that cannot be stored"),
            ({"name": "x" * 201}, "“Name” is too long: it may have 200"),
            ({"url": False}, "“URL” is missing"),
            ({"url": "https://x.example/\0"}, "contains a space or an invisible"),
            ({"url": "https://[fd00:ec2::22%54]/"}, "names no host"),
            ({"parallel_requests": 99}, "from 1 to 16"),
            ({"parallel_requests": 0}, "from 1 to 16"),
            ({"parallel_requests": "many"}, "“Requests at a time” cannot have"),
            ({"request_timeout": 31}, "from 1 to 30"),
            ({"request_timeout": 0}, "from 1 to 30"),
            ({"keep_received_days": -1}, "from 1 to 3650, or 0 for ever"),
            ({"keep_failed_days": 3651}, "from 1 to 3650, or 0 for ever"),
            ({"requests_per_second": 0.01}, "from 0.1 to 1000"),
            ({"requests_per_second": -1}, "from 0.1 to 1000"),
            ({"requests_per_second": 1001}, "from 0.1 to 1000"),
            ({"requests_per_second": float("nan")}, "from 0.1 to 1000"),
            ({"requests_per_second": float("inf")}, "from 0.1 to 1000"),
            ({"requests_per_second": "many"}, "“Requests per second” cannot have"),
            ({"type_ids": "order.eaten"}, "“Event types” cannot have this value"),
            ({"type_ids": [2**30]}, "“Event types” does not exist"),
            ({"type_ids": False}, "“Event types” is missing"),
            ({"ordering": "random"}, "“Sequence” cannot have this value"),
            ({"company_id": 2**30}, "“Company” does not exist"),
            ({"user_id": 2**30}, "“Responsible” does not exist"),
            ({"backoff_until": "2030-01-01"}, "“Next try” cannot be set"),
            ({"paused_at": "2030-01-01"}, "cannot be set"),
            ({"status": "working"}, "“Status” cannot be set"),
            ({"public_key": "whpk_"}, "“Public key” cannot be set"),
        ):
            for act in (
                lambda v=values: webhook.write(v),
                lambda v=values: webhook.create(self.values | v),
            ):
                with (
                    self.subTest(values=str(values)[:60]),
                    self.assertRaises(ValidationError) as caught,
                ):
                    act()
                self.assertIn(words, str(caught.exception))

    def test_defaults_of_the_context(self):
        """A client's context is no way around the checks."""
        for name, value, words in (
            ("parallel_requests", 99, "from 1 to 16"),
            ("name", "", "is missing"),
            ("url", "http://x.example/", "https://"),
        ):
            values = {key: self.values[key] for key in self.values if key != name}
            with (
                self.subTest(name=name),
                self.assertRaises(ValidationError) as caught,
            ):
                self.env["nshift.webhook"].with_context(
                    **{f"default_{name}": value}
                ).create(values)
            self.assertIn(words, str(caught.exception))
