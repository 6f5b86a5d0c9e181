"""How values are written in sentences for a person, in the language of an env."""

from odoo.tools import formatLang


def number(env, value, most=None):
    """Write a whole number.

    :param int most: nobody has counted further
    """
    if most is not None and value > most:
        return env._("more than %s", number(env, most))
    return formatLang(env, value, digits=0)


def quoted(env, names):
    """Write names, in quotation marks."""
    return ", ".join(env._("“%s”", name) for name in names)
