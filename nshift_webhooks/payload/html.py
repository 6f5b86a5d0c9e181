"""Plain text from fields with HTML."""

from functools import lru_cache

from odoo.tools import html2plaintext


# cached, since most orders of a shop have the same terms
@lru_cache(256)
def plain_text(value):
    """Return the text of an HTML document, None if there is none."""
    # html2plaintext needs an element, which HTML that is only a comment does not have
    wrapped = f"<div>{value or ''}</div>"
    return html2plaintext(wrapped, include_references=False).strip() or None
