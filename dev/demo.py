"""`make demo`: the product at work on a merchant's day."""

import os
import time

from . import errors, ports, product, template, verdict
from .picture import CONDITION, NAME, PATH, Picture
from .receiver import Request
from .story import Story


def main(_arguments: list[str]) -> int:
    """Play the day, say whether everything arrived, and stay up (not with ``ONCE=1``).

    Environment: ``PORT`` of Odoo (8069), ``RECEIVER_PORT`` (8443), ``ONCE``.
    """
    once = os.environ.get("ONCE", "") not in ("", "0")
    port = ports.chosen("PORT", 8069)
    receiver_port = ports.chosen("RECEIVER_PORT", 8443)
    ports.require_free(port, "Odoo", "PORT")
    with product.running(
        port,
        receiver_port,
        _print_request,
        # Else live connections would need a port of their own.
        {"workers": 0},
        modules=template.MORE,
    ) as running:
        picture = _load(running)
        story = Story(running.api, running.receiver, print)
        story.play()
        print("The day is over; waiting for the last deliveries.")
        agrees = _print_verdict(*verdict.reach(story))
        agrees &= _print_picture(picture)
        if once:
            return 0 if agrees else 1
        print(
            f"\nOdoo: {running.odoo.url}/odoo/webhooks  log in as {product.LOGIN}, "
            f"password {product.PASSWORD} (this machine only)\n"
            f"Receiver: {running.receiver.url('/')}  Log: {running.odoo.log}\n"
            "Everything goes when you press Ctrl-C; the next demo starts anew."
        )
        while running.odoo.process and running.odoo.process.poll() is None:
            time.sleep(1)
        raise errors.Problem(
            f"Odoo ended by itself: {running.odoo.log_tail(1)} See {running.odoo.log}"
        )


def _load(running: product.Product) -> Picture:
    """Make the endpoint that knows how things are, and have it told what there is."""
    picture = Picture(running.api, running.receiver)
    print(f"Webhook “{NAME}”: all types, orders with {CONDITION} → {PATH}")
    print("It is told the current state:")
    print(f"  {picture.load()} records.")
    return picture


def _print_request(request: Request) -> None:
    if request.fault:
        print(f"    → {request.path}: refused, {request.fault}")
        return
    message = request.message
    print(
        f"    → {request.path}: {message['type']} {verdict.order_number(message)}, "
        f"signature valid, answered {request.status} ({request.message_id})"
    )


def _print_picture(picture: Picture) -> bool:
    complaints = picture.complaints()
    for complaint in complaints:
        print(complaint)
    if complaints:
        return False
    kinds = [kind for kind, _id in picture.held()]
    print(
        f"{PATH} was told what was there, and has applied what came: it knows "
        f"{kinds.count('order')} orders, {kinds.count('shipment')} shipments and "
        f"{kinds.count('return')} returns, just those that match in Odoo, as they are."
    )
    return True


def _print_verdict(deliveries: list[verdict.Delivery], stray: list[str]) -> bool:
    wrong = [delivery for delivery in deliveries if not delivery.agrees]
    print(f"\n{verdict.table(deliveries)}\n")
    for complaint in stray:
        print(complaint)
    if wrong or stray:
        print(
            f"{len(wrong)} of {len(deliveries)} deliveries are wrong, and "
            f"{len(stray)} requests were refused."
        )
        return False
    print(
        f"All {len(deliveries)} events arrived, rightly signed: what was expected, "
        "what Odoo says and what the receiver got agree."
    )
    return True
