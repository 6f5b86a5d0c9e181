"""Ten minutes with the product, as somebody who has never seen it: docs/ADMIN.md."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from .api import Api
from .receiver import Receiver, answer

PATH = "/orders"
EVENTS = ("order.created", "order.confirmed")
NAME = "Orders to the warehouse"
COMPLAINT = b'{"error": "unknown key"}'


class Walk:
    """Set a webhook up, try it, see it fail, understand why, and mend it.

    What is pressed is found by its technical name, so the walk works in any language.

    :param page: of a browser in which a manager of webhooks is logged in.
    :param url: of Odoo.
    :param api: of the same user.
    :param order: makes an order and returns its id.
    :param shoot: is called at each sight, with its name.
    :param language: the user's.
    """

    def __init__(
        self,
        page: Page,
        url: str,
        api: Api,
        receiver: Receiver,
        order: Callable[[], int],
        shoot: Callable[[str], None],
        language: str = "en_US",
    ):
        self._page = page
        self._url = f"{url}/odoo"
        self._api = api
        self._receiver = receiver
        self._order = order
        self._shoot = shoot
        self._language = language

    def go(self) -> None:
        """All of it."""
        self.set_up()
        self.try_it()
        self.see_it_arrive()
        self.see_it_fail()
        self.mend_it()

    def set_up(self) -> None:
        page = self._page
        page.goto(f"{self._url}/webhooks/new")
        page.locator("[name=name] textarea, [name=name] input").first.fill(NAME)
        page.locator("[name=url] input").fill(self._receiver.url(PATH))
        types = self._api.search(
            "nshift.webhook.type",
            [("code", "in", EVENTS)],
            "name",
            context={"lang": self._language},
        )
        for type_ in types:
            page.locator("[name=type_ids] input").fill(type_["name"])
            offered = page.locator(".o-autocomplete--dropdown-item")
            offered.filter(has_text=type_["name"]).click()
        page.locator(".o_form_button_save").click()
        expect(page.locator("[name=first_steps]")).to_be_visible()
        [webhook] = self._api.search("nshift.webhook", [("name", "=", NAME)], "id")
        self._id = webhook["id"]
        # what the admin does next: the receiving system has the secret
        self._register()
        self._shoot("set-up")

    def try_it(self) -> None:
        page = self._page
        page.locator("button[name=action_test]").click()
        page.locator(".modal button[name=action_send]").click()
        expect(page.locator(".modal [name=result].alert-success")).to_be_visible()
        self._shoot("tried")
        page.locator(".modal .btn-close").click()

    def see_it_arrive(self) -> None:
        self._order()
        self._wait_for("delivered")
        self._open_events()
        self._shoot("arrived")

    def see_it_fail(self) -> None:
        self._register(*[answer(401, COMPLAINT)] * 9)
        self._order()
        self._wait_for("pending")
        self._page.goto(f"{self._url}/webhooks-overview")
        expect(self._page.locator(".o_health_failing")).to_be_visible()
        self._shoot("failing")
        self._open_events()
        self._page.locator(".o_data_row").first.click()
        expect(self._page.locator("[name=situation]")).to_be_visible()
        self._shoot("why")

    def mend_it(self) -> None:
        self._register()
        self._page.locator("button[name=action_send_again]:visible").first.click()
        self._wait_for("delivered")
        self._page.goto(f"{self._url}/webhooks-overview")
        expect(self._page.locator(".o_health_working")).to_be_visible()
        self._shoot("mended")

    def _register(self, *answers) -> None:
        """Have the receiving system answer so, and else accept what is signed."""
        self._receiver.register(PATH, self._api.secret(self._id), answers)

    def _wait_for(self, state: str) -> None:
        """Wait until the latest event stands so, with an attempt."""
        domain = [("webhook_id", "=", self._id)]
        found: list[dict] = []
        for _try in range(200):
            found = self._api.search(
                "nshift.webhook.event",
                domain,
                "state",
                "attempt_count",
                order="id desc",
                limit=1,
            )
            if found and found[0]["state"] == state and found[0]["attempt_count"]:
                return
            self._page.wait_for_timeout(100)
        raise AssertionError(f"No event is {state}: {found}")

    def _open_events(self) -> None:
        self._page.goto(f"{self._url}/webhooks/{self._id}")
        self._page.locator("button[name=action_view_events]").click()
        expect(self._page.locator(".o_data_row").first).to_be_visible()
