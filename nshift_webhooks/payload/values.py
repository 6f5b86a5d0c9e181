"""Writing single values of a payload; plain Python."""

from datetime import timezone
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache

#: Significant digits after the point that a float of Odoo's may carry.
MAX_DIGITS = 6
#: The largest float has 309 digits before the point.
ALL_DIGITS = Context(prec=350)


# the lines of many orders have few different values
@lru_cache(4096)
def decimal(value, digits):
    """Write a float as a decimal string.

    :param float value: an amount, a price or a quantity; None is 0
    :param int digits: digits after the point, filled up with zeros
    """
    exact = Decimal(repr(value or 0.0)).quantize(
        Decimal(1).scaleb(-digits), ROUND_HALF_UP, ALL_DIGITS
    )
    return f"{exact + 0:f}"


@lru_cache(4096)
def per_unit(value, digits):
    """Write what one unit costs or weighs, which may be finer than its sums are.

    :param float value: the price or weight; None is 0
    :param int digits: digits after the point at the least
    """
    whole, _, fraction = decimal(value, max(MAX_DIGITS, digits)).partition(".")
    fraction = fraction.rstrip("0").ljust(digits, "0")
    return f"{whole}.{fraction}" if fraction else whole


def exact(value):
    """Write a rate with all digits that it has, or None where there is none."""
    return f"{Decimal(repr(value)):f}" if value else None


# the messages of one transaction have one timestamp
@lru_cache(256)
def moment(value):
    """Write a naive UTC ``datetime`` as ISO 8601, or None where there is none."""
    if not value:
        return None
    return value.replace(tzinfo=timezone.utc).isoformat().replace("+00:00", "Z")


def seconds_of(value):
    """Return the seconds since 1970 of a naive UTC ``datetime``, a whole number."""
    return int(value.replace(tzinfo=timezone.utc).timestamp())


def second(value):
    """Write when something was made, which Odoo knows to the microsecond."""
    return moment(value and value.replace(microsecond=0))


def day(value):
    """Write a ``date`` as ISO 8601, or None where there is none."""
    return value.isoformat() if value else None


def text(value):
    """Return a text, or None where Odoo has False or nothing."""
    return value or None
