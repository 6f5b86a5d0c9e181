"""Texts that people write with a layout."""

from functools import lru_cache

from odoo.tools import html2plaintext


# most orders of a shop have the same terms
@lru_cache(256)
def plain_text(value):
    """Return the text of an HTML document, None where there is none."""
    return html2plaintext(value or "", include_references=False).strip() or None
