"""Real processes: PostgreSQL, Odoo with workers and job runner, an HTTPS receiver."""

import contextlib
import itertools
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from dev import browser, paths, product
from dev.api import ApiError
from dev.product import LOGIN, PASSWORD, Product, sign_in
from dev.receiver import Receiver
from dev.server import OdooServer

from .. import messages
from .waiting import eventually

PROGRAMS = Path(__file__).parent / "bin"
"""Programs for Odoo to find, if the machine has none of that name."""
INSTALLATION_TIMEOUT_S = 300
DELAYS = "nshift_webhooks.retry_delays"
SCREENSHOTS = paths.ENV_DIR / "screenshots"


def pytest_collection_modifyitems(config, items):
    """Kill PostgreSQL after all that needs it (others' Odoos would end, too)."""
    # of several processes, none would wait for the others
    if not hasattr(config, "workerinput"):
        items.sort(key=lambda item: item.path.name == "test_kills.py")


@dataclass(frozen=True)
class Hook:
    """A webhook with an endpoint of its own.

    :param id: in Odoo
    :param path: of the endpoint
    """

    id: int
    path: str
    secret: str


class Shop:
    """What tests do with the running product, through Odoo's API.

    :param running: the `Product`
    :ivar windows: of a browser, by the login of the user: each has read Odoo's scripts
        once
    """

    def __init__(self, running):
        self.odoo = running.odoo
        self.receiver = running.receiver
        self.api = running.api
        self.windows = {}
        self._numbers = itertools.count(1)

    def hook(self, *events, answers=(), **values):
        """Make a webhook with an endpoint.

        :param events: types of events; by default ``order.created``
        :param answers: of the endpoint; then 200
        """
        types = self.api.types(*(events or ["order.created"]))
        path = f"/endpoint/{next(self._numbers)}"
        url = self.receiver.url(path)
        values = {"name": path, "type_ids": types, "url": url} | values
        id_ = self.api.create("nshift.webhook", **values)
        secret = self.api.secret(id_)
        self.receiver.register(path, secret, answers)
        return Hook(id_, path, secret)

    def close_windows(self):
        """Close all windows, which else go on to look for a server that has ended."""
        for window in self.windows.values():
            window.close()

    def close_hooks(self):
        """Delete all webhooks."""
        domain = [("active", "in", [True, False])]
        if found := self.api.search("nshift.webhook", domain, "id"):
            self.api.call("nshift.webhook", "unlink", [each["id"] for each in found])

    def check_log(self):
        """Check the messages that are in the log, sent or not."""
        for [body] in self.execute(
            'SELECT COALESCE(payload, \'{"id":"\' || message_id || rest) '
            "FROM nshift_webhook_event AS event "
            "LEFT JOIN nshift_webhook_body AS body ON body.id = body_id "
            "WHERE payload IS NOT NULL OR body_id IS NOT NULL"
        ):
            messages.checked(body)

    def order_values(self, **values):
        """What `sale.order` is created with: one line of a demo product."""
        product_id = self.api.ref("product.product_product_6")
        return {
            "partner_id": self.api.ref("base.res_partner_2"),
            "order_line": [(0, 0, {"product_id": product_id, "product_uom_qty": 1})],
        } | values

    def order(self, **values):
        """Make a quotation; returns its id."""
        return self.api.create("sale.order", **self.order_values(**values))

    def retry_after(self, *seconds):
        """Set the retry schedule."""
        [found] = self.api.search("ir.config_parameter", [("key", "=", DELAYS)])
        self.api.write(
            "ir.config_parameter", found["id"], value=",".join(map(str, seconds))
        )

    def execute(self, statement, *values):
        """Run an SQL statement; returns its rows."""
        database = self.odoo.database
        return database.connection.execute(statement, *values, database=database.name)

    def run_schedule(self, name):
        """Have a scheduled action of the addon run now, or after Odoo's own run."""
        schedule = self.api.ref(f"nshift_webhooks.{name}")

        def has_run():
            try:
                self.api.call("ir.cron", "method_direct_trigger", [schedule])
            except ApiError as error:
                assert "already executing" in str(error)
                return False
            return True

        eventually(has_run, timeout=60)

    def set_schedule(self, name, is_active):
        """Have Odoo run a scheduled action of the addon by itself, or not."""
        # the ORM refuses it while the action runs: PostgreSQL waits
        self.execute(
            "UPDATE ir_cron SET active = %s WHERE id = %s",
            is_active,
            self.api.ref(f"nshift_webhooks.{name}"),
        )

    def look_for_trouble(self):
        """Have the scheduled action of each minute run now."""
        self.run_schedule("cron_deliver_overdue")

    def install(self):
        """Press *Activate* in Apps."""
        self.api.call("ir.module.module", "update_list")
        [module] = self.api.search(
            "ir.module.module", [("name", "=", "nshift_webhooks")], "state"
        )
        assert module["state"] == "uninstalled"
        self.press("ir.module.module", "button_immediate_install", module["id"])
        self.wait_for_module("installed")

    def press(self, model, button, id_):
        """Press a button of Apps, again if work in the background is in the way.

        That is a scheduled action, or PostgreSQL's autovacuum of Odoo's list of
        modules, which Odoo takes for another installation.
        """

        def has_begun():
            try:
                self.api.call(model, button, [id_])
            except ApiError as error:
                assert "Odoo is currently processing" in str(error)
                return False
            except requests.Timeout:
                pass
            return True

        eventually(has_begun, timeout=60)

    def wait_for_module(self, state):
        """Wait until the addon is in a state, such as ``installed``."""
        statement = "SELECT state FROM ir_module_module WHERE name = 'nshift_webhooks'"
        eventually(
            lambda: self.execute(statement) == [(state,)],
            timeout=INSTALLATION_TIMEOUT_S,
        )

    def settled(self, hook, count=1):
        """Wait until the webhook has so many events and none is pending any more."""

        def found():
            events = self.events(hook)
            pending = any(event["state"] == "pending" for event in events)
            return events if len(events) >= count and not pending else None

        return eventually(found)

    def events(self, hook):
        """The events of a webhook as Odoo has them, oldest first."""
        fields = self.api.call("nshift.webhook.event", "fields_get", attributes=[])
        return self.api.search(
            "nshift.webhook.event", [("webhook_id", "=", hook.id)], *fields, order="id"
        )

    def attempts(self, event):
        """The attempts of an event, oldest first."""
        return self.api.search(
            "nshift.webhook.attempt",
            [("event_id", "=", event["id"])],
            "attempted_at",
            "response_code",
            "response_body",
            "failure",
            "error",
            order="id",
        )


def check(request):
    """Check a message that has arrived, if it is one."""
    if not request.fault:
        messages.checked(request.body)


@pytest.fixture(scope="session")
def open_shop():
    with product.running(on_request=check, options={"bin_path": PROGRAMS}) as running:
        running.api.create("ir.config_parameter", key=DELAYS, value="1")
        yield Shop(running)


@pytest.fixture
def shop(open_shop):
    """The shop without any webhook, and with retries after one second, three times."""
    open_shop.close_hooks()
    open_shop.retry_after(1, 1, 1)
    yield open_shop
    open_shop.check_log()


@pytest.fixture(scope="session")
def chromium():
    with browser.running() as chromium:
        yield chromium


@pytest.fixture
def backends(shop):
    """The users' windows, by login, which the tests of all files share."""
    return shop.windows


@pytest.fixture
def log_in(shop, chromium, backends):
    """Log in to the backend; its pages must not complain in the console."""

    def log_in(login, password):
        if login not in backends:
            # whose first message would lie on a small page
            [user] = shop.api.search("res.users", [("login", "=", login)], "id")
            shop.api.write("res.users", user["id"], odoobot_state="disabled")
            backends[login] = browser.Backend(chromium, shop.odoo.url, login, password)
        return backends[login]

    yield log_in
    errors = [error for backend in backends.values() for error in backend.errors]
    # what is shown would go on to look for what the next test takes away
    for backend in backends.values():
        backend.leave()
    # in full: the cause is at the end
    assert not errors, "\n\n".join(errors)


@pytest.fixture
def shoot(request):
    """Keep a picture of the page, to be looked at."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    name = request.node.name.removeprefix("test_")
    numbers = iter(range(1, 100))

    def shoot(page, what):
        path = SCREENSHOTS / f"{name}-{next(numbers):02}-{what}.jpg"
        page.screenshot(path=path, quality=80, animations="disabled")

    return shoot


@pytest.fixture(scope="module")
def receiver():
    with Receiver(on_request=check) as receiver:
        yield receiver


@pytest.fixture
def serve(receiver):
    """Start Odoo, which is killed in the end: some jobs take long."""
    with contextlib.ExitStack() as stack:

        def serve(database, **settings):
            odoo = OdooServer(database, **settings).start()
            stack.callback(odoo.kill)
            return Shop(Product(odoo, receiver, sign_in(odoo, LOGIN, PASSWORD)))

        yield serve
