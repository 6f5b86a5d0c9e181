"""Online payments of an order."""

from ..capture.reading import part
from .parts import currency
from .values import decimal, moment, text

#: States of transactions with a known amount; other transactions may come to nothing.
_TOLD = ("pending", "authorized", "done")
#: States that count as paid: for Odoo, an amount reserved on a card does.
_PAID = ("authorized", "done")
#: Code of the payment method in Odoo.
CASH_ON_DELIVERY = "cash_on_delivery"


def payments(found, total, digits):
    """Return the properties of an order's message about its payments.

    :param found: Row of the order, with ``transaction_ids``
    :param float total: amount to pay
    :param int digits: digits after the point of the order's currency
    """
    known = [
        each
        for each in _payment.each(found, "transaction_ids")
        if each["state"] in _TOLD
    ]
    return {
        "amount_paid": decimal(_sum(known, *_PAID), digits),
        "payment_state": _state(known, total, digits),
        "payments": [
            {
                "id": each["id"],
                "state": each["state"],
                "amount": decimal(each["amount"], each["digits"]),
                "currency": each["currency"],
                "provider": each["provider"],
                "method": each["method"],
                "reference": each["reference"],
                "provider_reference": each["provider_reference"],
                "at": moment(each["at"]),
            }
            for each in known
        ],
    }


def cash_on_delivery(found):
    """Return the amount to collect on delivery, None if there is none.

    :param found: Row of the order, with ``transaction_ids``
    """
    for each in _payment.each(found, "transaction_ids"):
        if each["method"] == CASH_ON_DELIVERY and each["state"] == "pending":
            return {
                "amount": decimal(each["amount"], each["digits"]),
                "currency": each["currency"],
            }
    return None


def _sum(known, *states):
    return sum(each["amount"] for each in known if each["state"] in states)


def _state(known, total, digits):
    def is_enough(amount):
        return round(amount - total, digits) >= 0

    if is_enough(_sum(known, "done")):
        return "paid"
    paid = _sum(known, *_PAID)
    if is_enough(paid):
        return "authorized"
    if round(paid, digits) > 0:
        return "partial"
    return "pending" if _sum(known, "pending") > 0 else "unpaid"


@part(
    "payment.transaction",
    "reference provider_reference provider_id payment_method_id state amount"
    " currency_id last_state_change",
    "payment.provider",
    "payment.method",
    "res.currency",
)
def _payment(found):
    money = currency.at(found, "currency_id")
    return {
        "id": found.record.id,
        "state": found["state"],
        "amount": found["amount"] or 0.0,
        "currency": money["name"],
        "digits": money["digits"],
        "provider": _code.at(found, "provider_id"),
        "method": _method.at(found, "payment_method_id"),
        "reference": text(found["reference"]),
        "provider_reference": text(found["provider_reference"]),
        "at": found["last_state_change"],
    }


@part("payment.provider", "code")
def _code(found):
    return text(found["code"])


@part("payment.method", "code")
def _method(found):
    return text(found["code"])
