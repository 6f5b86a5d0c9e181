"""Texts that people write with a layout."""

from functools import lru_cache

from odoo.tools import html2plaintext


# most orders of a shop have the same terms
@lru_cache(256)
def plain_text(value):
    """Return the text of an HTML document, None where there is none."""
    # around it: of a comment alone Odoo can make nothing
    wrapped = f"<div>{value or ''}</div>"
    return html2plaintext(wrapped, include_references=False).strip() or None
