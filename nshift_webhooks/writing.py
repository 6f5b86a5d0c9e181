"""Writing numbers, names and durations in sentences, in the language of an env."""

from datetime import timedelta

from babel.dates import format_timedelta
from babel.units import format_unit

from odoo.tools import formatLang
from odoo.tools.misc import babel_locale_parse, get_lang

#: How many of a unit a time has at least to be told in it: 36 hours are not 2 days.
LEAST_OF_UNIT = 2


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


def duration(env, seconds):
    """Write how long something takes, such as “36 hours”."""
    return format_timedelta(
        timedelta(seconds=seconds), threshold=LEAST_OF_UNIT, locale=locale(env)
    )


def days_text(env, count):
    """Write a number of days, such as “30 days”."""
    return format_unit(count, "duration-day", locale=locale(env))


def locale(env):
    """Return Babel's locale of the env's language."""
    return babel_locale_parse(get_lang(env).code)
