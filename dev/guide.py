"""The guide for developers, as the addon carries it for the page on the Odoo server.

It is docs/RECEIVER.md with what docs/API.md says of catching up: there is no other page
to which a link could lead.
"""

import re

from . import paths

RECEIVER = paths.ROOT / "docs" / "RECEIVER.md"
API = paths.ROOT / "docs" / "API.md"
CARRIED = paths.ADDON / "contract" / "guide.md"

_CATCHING_UP = re.compile(r"(?ms)^## Catching up\n.*?(?=^## |\Z)")
_LINK = re.compile(r"\[([^\]]+)\]\((?!https://)[^)]+\)")


def text() -> str:
    """The guide as it is to be carried."""
    guide = RECEIVER.read_text(encoding="utf-8").partition("\n\n")[2]
    [found] = _CATCHING_UP.findall(API.read_text(encoding="utf-8"))
    guide = _CATCHING_UP.sub(lambda _match: found, guide)
    # the page has a menu of the first headings, as plain text
    guide = re.sub(
        r"(?m)^## (.*)", lambda match: f"# {match[1].replace('`', '')}", guide
    )
    return _LINK.sub(r"\1", guide)
