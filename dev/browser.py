"""A browser on Odoo's backend, driven through what a person sees."""

import contextlib
import re
from collections.abc import Iterator

from playwright.sync_api import (
    Browser,
    Page,
    ViewportSize,
    expect,
    sync_playwright,
)

from . import chromium

SIZE: ViewportSize = {"width": 1300, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}
TIMEOUT = 60_000
"""Milliseconds that a page gets to show what is looked for: for the first of all, Odoo
bundles its scripts, which takes long where other tests run beside."""
FOLLOW_LINK = """(address) => {
    document.querySelector(".o_action")?.setAttribute("data-left", "");
    const link = document.createElement("a");
    link.href = address;
    document.body.append(link);
    link.click();
    link.remove();
}"""
"""Odoo goes to a page of its backend without loading all anew. What was shown before is
marked, and has gone when the page is there."""
SEE_OTHER = 303
"""HTTP status with which Odoo sends to the backend whom it has let in."""
KNOWN_ERRORS = ("mail/static/lib/selfie_segmentation", "selfie_segmentation")
"""In the console of every page of Debian's Odoo, which leaves that library out."""


@contextlib.contextmanager
def running() -> Iterator[Browser]:
    """Start the browser, without a window."""
    expect.set_options(timeout=TIMEOUT)
    with sync_playwright() as playwright:
        # what else it takes, as root and in a container, Playwright knows
        browser = playwright.chromium.launch(
            executable_path=chromium.path(), args=["--disable-gpu"]
        )
        try:
            yield browser
        finally:
            browser.close()


class Backend:
    """Odoo's backend in a window of its own, logged in as one user.

    The window is empty until a page is opened: to load one takes seconds.

    :param url: of the server.
    :ivar errors: what the pages' scripts complained about.
    """

    def __init__(self, browser: Browser, url: str, login: str, password: str):
        self.url = url
        self.errors: list[str] = []
        self.page: Page = browser.new_context(
            viewport=SIZE, permissions=["clipboard-read", "clipboard-write"]
        ).new_page()
        self.page.set_default_timeout(TIMEOUT)
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self._log_in(login, password)

    def _log_in(self, login: str, password: str) -> None:
        # Sent as the page of log-in sends it, which would have to be loaded.
        page = f"{self.url}/web/login"
        request = self.page.context.request
        [token] = re.findall(
            r'name="csrf_token" value="([^"]+)"', request.get(page).text()
        )
        form = {"csrf_token": token, "login": login, "password": password}
        answer = request.post(page, form=form, max_redirects=0)
        if answer.status != SEE_OTHER:
            raise ValueError(f"Odoo does not let {login} in: {answer.status}")

    def open(self) -> None:
        """Open the page that a user sees after logging in."""
        self.page.goto(f"{self.url}/odoo")
        self.page.locator(".o_main_navbar").wait_for()

    def visit(self, path: str) -> None:
        """Show a page, from another one by a link: Odoo's scripts are read once.

        :param path: of the page, below ``/odoo/``.
        """
        address = f"{self.url}/odoo/{path}"
        if self.page.url.startswith(f"{self.url}/odoo"):
            self.page.evaluate(FOLLOW_LINK, address)
            self.page.locator("[data-left]").wait_for(state="detached")
        else:
            self.page.goto(address)

    def leave(self) -> None:
        """Empty the window, and forget what scripts have complained about."""
        self.page.goto("about:blank")
        self.errors.clear()

    def close(self) -> None:
        """Close the window."""
        self.page.context.close()

    def open_app(self, name: str) -> None:
        """Choose an app from the apps menu, of the first page if none is open."""
        if not self.page.url.startswith(self.url):
            self.open()
        self.page.locator(".o_navbar_apps_menu button").click()
        entries = self.page.locator(".o_app")
        entries.filter(has_text=re.compile(f"^{re.escape(name)}$")).click()
        expect(self.page.locator(".o_menu_brand")).to_have_text(name)

    def open_menu(self, section: str, entry: str) -> None:
        """Choose an entry of a section of the app's menu."""
        self.page.get_by_role("button", name=section, exact=True).click()
        self.page.get_by_role("menuitem", name=entry, exact=True).click()
        # else the tooltip of what comes to lie below the pointer covers it
        self.page.mouse.move(0, 0)

    def _on_console(self, message) -> None:
        text = f"{message.text} {message.location.get('url', '')}"
        if message.type == "error" and not any(known in text for known in KNOWN_ERRORS):
            self.errors.append(text)
