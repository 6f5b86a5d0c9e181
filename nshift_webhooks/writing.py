"""How values are written in sentences for a person, in the language of an env."""

from odoo.tools import formatLang


def number(env, value):
    """Write a whole number."""
    return formatLang(env, value, digits=0)


def quoted(env, names):
    """Write names, in quotation marks."""
    return ", ".join(env._("“%s”", name) for name in names)
