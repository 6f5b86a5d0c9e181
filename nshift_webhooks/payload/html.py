"""Texts that people write with a layout."""

from odoo.tools import html2plaintext


def plain_text(value):
    """Return the text of an HTML document, None where there is none."""
    return html2plaintext(value or "", include_references=False).strip() or None
