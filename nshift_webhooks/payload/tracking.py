"""Tracking numbers and links of a shipment; plain Python."""

import json
import re
from urllib.parse import quote, urlsplit

PLACEHOLDER = "<shipmenttrackingnumber>"
#: Separators between several numbers in Odoo's single field, as carriers' addons use.
SEPARATORS = re.compile(r"[,;+\s]+")


def trackings(reference, template):
    """Return the tracking numbers and links of a shipment's parcels.

    A link is the carrier's template with the number filled in. The carrier's addon is
    not asked, since its code may wait for the carrier's server. Without a template
    there is no link.

    :param str reference: Odoo's tracking reference, or None
    :param str template: the carrier's template of links, or None
    :return: a list of dicts of number and URL
    """
    return [
        {"number": number, "url": url or _link(template, number)}
        for number, url in _numbers(reference or "")
    ]


def _numbers(reference):
    """Split a reference into pairs of number and link; a missing link is None."""
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
    """Return a URL if it is usable as a link, else None."""
    try:
        parts = urlsplit(url)
        is_url = parts.scheme in ("http", "https") and bool(parts.hostname)
    except (ValueError, AttributeError, TypeError):
        return None
    return url if is_url and not re.search(r"[\s<>\"]", url) else None
