"""Single values of a payload as JSON values; plain Python."""

from datetime import timezone
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache

#: Most significant digits after the point in Odoo's floats.
MAX_DIGITS = 6
#: Precision for the largest float, which has 309 digits before the point.
ALL_DIGITS = Context(prec=350)


# cached, since the lines of many orders have few different values
@lru_cache(4096)
def decimal(value, digits):
    """Return a float as a decimal string, rounded half up.

    :param float value: an amount, a price or a quantity; None counts as 0
    :param int digits: digits after the point, padded with zeros
    """
    exact = Decimal(repr(value or 0.0)).quantize(
        Decimal(1).scaleb(-digits), ROUND_HALF_UP, ALL_DIGITS
    )
    return f"{exact + 0:f}"


@lru_cache(4096)
def per_unit(value, digits):
    """Return a price or weight of one unit, which may have more digits than sums.

    :param float value: the price or weight; None counts as 0
    :param int digits: least number of digits after the point
    """
    whole, _, fraction = decimal(value, max(MAX_DIGITS, digits)).partition(".")
    fraction = fraction.rstrip("0").ljust(digits, "0")
    return f"{whole}.{fraction}" if fraction else whole


def exact(value):
    """Return a rate as a decimal string with all its digits, None if there is none."""
    return f"{Decimal(repr(value)):f}" if value else None


# cached, since all messages of a transaction have the same timestamp
@lru_cache(256)
def moment(value):
    """Return a naive UTC ``datetime`` in ISO 8601, None if there is none."""
    if not value:
        return None
    return value.replace(tzinfo=timezone.utc).isoformat().replace("+00:00", "Z")


def seconds_of(value):
    """Return a naive UTC ``datetime`` in whole seconds since 1970."""
    return int(value.replace(tzinfo=timezone.utc).timestamp())


def second(value):
    """Return a time of creation, cut from Odoo's microseconds to seconds."""
    return moment(value and value.replace(microsecond=0))


def day(value):
    """Return a ``date`` in ISO 8601, None if there is none."""
    return value.isoformat() if value else None


def text(value):
    """Return a text, None for Odoo's False and for an empty text."""
    return value or None
