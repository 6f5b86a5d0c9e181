"""How a shipment can be followed; plain Python."""

import json
import re
from urllib.parse import quote, urlsplit

from ..capture.reading import part
from .values import text

PLACEHOLDER = "<shipmenttrackingnumber>"
#: How carriers' addons put several numbers into Odoo's one field.
SEPARATORS = re.compile(r"[,;+\s]+")


def trackings(found):
    """Return the numbers and links of a transfer's parcels.

    A link is the carrier's template with the number filled in. The carrier's own code
    may ask the carrier, and waits: where only that knows the link there is none.

    :param found: Row of the transfer, with ``carrier_tracking_ref`` and ``carrier_id``
    """
    template = _template.at(found, "carrier_id")
    return [
        {"number": number, "url": url or _link(template, number)}
        for number, url in _numbers(found["carrier_tracking_ref"] or "")
    ]


def _numbers(reference):
    """Split a reference; yield numbers, with the link that came with each, or None."""
    try:
        listed = json.loads(reference)
    except ValueError:
        listed = None
    if not isinstance(listed, list):
        return [(number, None) for number in SEPARATORS.split(reference) if number]
    found = []
    for each in listed:
        number, url = (
            each[:2] if isinstance(each, list) and len(each) > 1 else (each, "")
        )
        if isinstance(number, (str, int)):
            found.append((str(number), _checked(url)))
    return found


def _link(template, number):
    return template and _checked(template.replace(PLACEHOLDER, quote(number, safe="")))


def _checked(url):
    """Return a URL that leads somewhere, else None."""
    try:
        parts = urlsplit(url)
        is_url = parts.scheme in ("http", "https") and bool(parts.hostname)
    except (ValueError, AttributeError, TypeError):
        return None
    return url if is_url and not re.search(r"[\s<>\"]", url) else None


@part("delivery.carrier", "tracking_url")
def _template(found):
    return text(found["tracking_url"])
