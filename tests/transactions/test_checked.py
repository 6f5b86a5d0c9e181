"""Messages that are not as declared are found, whoever builds them where."""

import pytest

from .. import messages
from .test_trying import Dialog
from .unbuilt import later


@pytest.fixture
def slip(registry, monkeypatch):
    """The builder of orders has one property more than is declared."""
    model = registry["sale.order"]
    sound = model._nshift_webhook_payload

    def payload(self):
        found = sound(self)
        found["order"]["slip"] = 1
        return found

    monkeypatch.setattr(model, "_nshift_webhook_payload", payload)


def faults():
    return [each.partition(" msg_")[0] for each in messages.checked.take_faults()]


def test_told(shop, slip):
    shop.webhook("order.created")
    shop.order()
    assert faults() == ["order.created"]


def test_built_later(shop, slip, trouble):
    shop.webhook("order.created")
    with trouble():
        shop.order()
    assert faults() == []
    later(shop)
    assert faults() == ["order.created"]


def test_tried(hook, slip):
    hook.shop.order()
    faults()
    Dialog(hook).send()
    assert faults() == ["order.created"]
