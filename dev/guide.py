"""The guide for developers, as the addon carries it for the page on the Odoo server.

It is docs/RECEIVER.md with what docs/API.md says of catching up: there is no other page
to which a link could lead.
"""

import re
from pathlib import Path

from . import paths

RECEIVER = paths.ROOT / "docs" / "RECEIVER.md"
API = paths.ROOT / "docs" / "API.md"
CARRIED = paths.ADDON / "contract" / "guide.md"
CATCHING_UP = "Catching up"

_SECTION = r"(?ms)^## {title}\n(.*?)(?=^## |\Z)"
_LINK = re.compile(r"\[([^\]]+)\]\((?!https://)[^)]+\)")


def text() -> str:
    """The guide as it is to be carried."""
    guide = RECEIVER.read_text(encoding="utf-8").partition("\n\n")[2]
    found = section(API, CATCHING_UP)
    guide = re.sub(
        _SECTION.format(title=CATCHING_UP),
        lambda _match: f"## {CATCHING_UP}\n{found}",
        guide,
    )
    # the page has a menu of the first headings, as plain text
    guide = re.sub(
        r"(?m)^## (.*)", lambda match: f"# {match[1].replace('`', '')}", guide
    )
    return _LINK.sub(r"\1", guide)


def section(page: Path, title: str) -> str:
    """What a page says under a heading.

    :raises LookupError: it has no such heading.
    """
    found = re.search(
        _SECTION.format(title=re.escape(title)), page.read_text(encoding="utf-8")
    )
    if not found:
        raise LookupError(f"{page.name} has no heading “{title}”.")
    return found[1]
