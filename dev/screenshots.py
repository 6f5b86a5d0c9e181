"""`make screenshots`: the pictures and example messages of README and docs/."""

import json
import textwrap
from collections import defaultdict

from PIL import Image
from playwright.sync_api import FloatRect, Locator, Page, expect

from . import browser, errors, paths, product, template, verdict
from .catalogue import CUSTOMERS
from .story import HOOKS, RETRIED, Story
from .walk import Walk

IMAGES = paths.ROOT / "docs" / "images"
WALK = IMAGES / "admin"
#: Of docs/ADMIN.md and docs/ADMIN.sv.md.
LANGUAGES = ("en_US", "sv_SE")
#: What of it is also pictured on a telephone.
ON_A_PHONE = ("arrived", "failing", "why")
EXAMPLES = paths.ADDON / "contract" / "examples"
DESCRIPTION = paths.ADDON / "static" / "description"
CARRIED = ("overview", "event")
"""Pictures that the addon's page in Odoo's Apps shows."""
COLOURS = 128
"""Of a carried picture, which has a third of the size."""
RECEIVER_PORT = 8443
"""It can be seen in the pictures."""


def main(_arguments: list[str]) -> int:
    """Play the demo's day and picture what it leaves behind."""
    with product.running(receiver_port=RECEIVER_PORT, modules=template.MORE) as running:
        story = Story(running.api, running.receiver)
        story.play()
        deliveries, stray = verdict.reach(story)
        if stray or not all(each.agrees for each in deliveries):
            raise errors.Problem(
                "The demo went wrong, and its pictures would show it: see what "
                "`make demo ONCE=1` says."
            )
        _keep_examples(story)
        IMAGES.mkdir(parents=True, exist_ok=True)
        # Odoo writes times into sentences by the user's clock, the browser by its own
        admin = running.api.ref("base.user_admin")
        running.api.write("res.users", admin, tz="UTC")
        with browser.running() as chromium:
            backend = browser.Backend(
                chromium, running.odoo.url, product.LOGIN, product.PASSWORD
            )
            _shoot(backend)
            for name in CARRIED:
                carried(name).save(DESCRIPTION / f"{name}.png", optimize=True)
            for language in LANGUAGES:
                _walk(running, backend.page, language)
    return 0


def _keep_examples(story: Story) -> None:
    """Keep a message of each type: the one that shows most of what there is."""
    messages = defaultdict(list)
    for request in story.receiver.requests():
        messages[request.message["type"]].append(request.message)
    for event in sorted({event for hook in HOOKS for event in hook.events}):
        message = max(messages[event], key=_richness)
        text = _text(message)
        path = EXAMPLES / f"{event}.json"
        path.write_text(f"{text}\n", encoding="utf-8")
        print(path)
        if event == "order.created":
            _show_in_readme("```json\n{\n", text.removeprefix("{\n"))
        if event == "order.updated":
            previous = _text({"previous": message["data"]["previous"]})
            shown = textwrap.dedent(previous[2:-2]).strip()
            start = '"previous": {\n'
            _show_in_readme(f"```json\n{start}", shown.removeprefix(start))


def _richness(message: dict) -> tuple[int, int]:
    previous = message["data"].get("previous")
    return len(_text(previous or {})), len(_text(message))


def _text(value: dict) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _show_in_readme(start: str, text: str) -> None:
    """Replace what follows on a start, up to the end of its block."""
    readme = paths.ROOT / "README.md"
    before, start, rest = readme.read_text(encoding="utf-8").partition(start)
    _old, end, after = rest.partition("\n```\n")
    readme.write_text(f"{before}{start}{text}{end}{after}", encoding="utf-8")


def _shoot(backend: browser.Backend) -> None:
    page = backend.page
    rows = page.locator(".o_data_row")
    backend.open_app("Settings")
    backend.open_menu("Webhooks", "Overview")
    page.locator("canvas").first.wait_for()
    _picture(page, "overview", 800)

    backend.open_menu("Webhooks", "Webhooks")
    last = rows.nth(len(HOOKS) - 1)
    last.wait_for()
    _picture(page, "webhooks", _bottom(last))

    backend.open_menu("Webhooks", "Events")
    expect(page.locator(".o_breadcrumb")).to_contain_text("Webhook events")
    # those that were received as well
    page.locator(".o_facet_remove").click()
    retried = rows.filter(has_text=RETRIED.name)
    retried.wait_for()
    _picture(page, "events", _bottom(rows.nth(9)))

    retried.locator("td[name=event]").click()
    page.locator("[name=attempt_ids] .o_data_row").first.wait_for()
    _picture(page, "event", 680)


def _walk(running: product.Product, page: Page, language: str) -> None:
    """Go through the admin's ten minutes in a language, with nothing else there."""
    api = running.api
    for webhook in api.search("nshift.webhook", [], "id"):
        api.unlink("nshift.webhook", webhook["id"])
    WALK.mkdir(parents=True, exist_ok=True)
    api.speak(language)
    [product_] = api.search("product.product", [("sale_ok", "=", True)], "id", limit=1)
    [customer] = api.search("res.partner", [("name", "=", CUSTOMERS[0][0])], "id")
    line = {"product_id": product_["id"], "product_uom_qty": 2}

    # else the app stays that of the pictures before
    page.evaluate("sessionStorage.clear()")

    def order() -> int:
        return api.create(
            "sale.order", partner_id=customer["id"], order_line=[(0, 0, line)]
        )

    def shoot(sight: str) -> None:
        name = f"admin/{sight}-{language[:2]}"
        _picture(page, name, browser.SIZE["height"])
        if sight in ON_A_PHONE:
            page.set_viewport_size(browser.PHONE)
            page.reload()
            page.locator(".o_kanban_record, .o_form_view").first.wait_for()
            _picture(page, f"{name}-phone", browser.PHONE["height"])
            page.set_viewport_size(browser.SIZE)
            page.reload()
            page.locator(
                ".o_kanban_record, .o_list_view, .o_form_view"
            ).first.wait_for()

    walk = Walk(page, running.odoo.url, api, running.receiver, order, shoot, language)
    walk.go()


def carried(name: str) -> Image.Image:
    """A picture of docs/ as the addon carries it."""
    with Image.open(IMAGES / f"{name}.png") as picture:
        return picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)


def _bottom(row: Locator) -> int:
    """Where a row ends, so that a picture cuts none in two."""
    box = row.bounding_box()
    if box is None:
        raise errors.Problem("A row is not visible where a picture is to end.")
    return round(box["y"] + box["height"])


def _picture(page: Page, name: str, height: int) -> None:
    page.locator(".o_loading_indicator").wait_for(state="hidden")
    page.mouse.move(0, 0)
    path = IMAGES / f"{name}.png"
    width = (page.viewport_size or browser.SIZE)["width"]
    size: FloatRect = {"x": 0, "y": 0, "width": width, "height": height}
    page.screenshot(path=path, clip=size, animations="disabled")
    print(path)
