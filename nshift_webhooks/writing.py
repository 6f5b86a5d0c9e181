"""Numbers, names and durations in sentences, in the language of an environment."""

from datetime import timedelta

from babel.dates import format_timedelta
from babel.units import format_unit

from odoo.tools import formatLang
from odoo.tools.misc import babel_locale_parse, get_lang

#: A duration is given in a unit from this many on: 36 hours are not 2 days.
LEAST_OF_UNIT = 2


def number(env, value, most=None):
    """Return a whole number as text.

    :param int most: limit up to which was counted, None if there was no limit; larger
        values become “more than” the limit
    """
    if most is not None and value > most:
        return env._("more than %s", number(env, most))
    return formatLang(env, value, digits=0)


def quoted(env, names):
    """Return names in quotation marks, separated by commas."""
    return ", ".join(env._("“%s”", name) for name in names)


def duration(env, seconds):
    """Return a duration of seconds as text, such as “36 hours”."""
    return format_timedelta(
        timedelta(seconds=seconds), threshold=LEAST_OF_UNIT, locale=locale(env)
    )


def days_text(env, count):
    """Return a number of days as text, such as “30 days”."""
    return format_unit(count, "duration-day", locale=locale(env))


def locale(env):
    """Return the Babel locale of the environment's language."""
    return babel_locale_parse(get_lang(env).code)
