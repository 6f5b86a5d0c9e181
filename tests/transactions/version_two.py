"""A second version of messages, for tests only.

In it an order's ``customer_reference`` is called ``purchase_order``, and a further
property says whether the order has to be paid beforehand.
"""

from contextlib import contextmanager

RENAMED, NEW_NAME, FURTHER = "customer_reference", "purchase_order", "prepaid"


def older_data(_type, data):
    """Return the data of a message of version 2 as version 1 has them."""
    return data | {
        name: _older(data[name]) for name in ("order", "previous") if data.get(name)
    }


def _older(order):
    return {
        RENAMED if name == NEW_NAME else name: value
        for name, value in order.items()
        if name != FURTHER
    }


def register(patch, registry):
    """Have messages built in version 2, which is the newest.

    :param patch: pytest's ``monkeypatch``
    """
    from odoo.addons.nshift_webhooks.contract import kinds, versions

    order = versions.SUBJECTS["order"]
    old = order[RENAMED]
    named = kinds.Property(NEW_NAME, old.kind, old.meaning, old.null)
    further = kinds.Property(FURTHER, kinds.FLAG, "whether it is paid beforehand")

    def older_subjects(subjects):
        shown = subjects["order"].replaced(old, without=(NEW_NAME, FURTHER))
        return subjects | {"order": shown}

    newest = order.replaced(named, further, without=(RENAMED,))
    patch.setattr(versions, "SUBJECTS", versions.SUBJECTS | {"order": newest})
    two = versions.Version("2", older_data, older_subjects)
    patch.setattr(versions, "VERSIONS", [*versions.VERSIONS, two])
    model = registry["sale.order"]
    built = model._nshift_webhook_payload

    def payload(self):
        payload = built(self)
        order = payload["order"]
        order[NEW_NAME] = order.pop(RENAMED)
        order[FURTHER] = self.require_payment
        return payload

    patch.setattr(model, "_nshift_webhook_payload", payload)


@contextmanager
def counting(patch):
    """Count how often a payload is written as JSON: yields a list of these."""
    from odoo.addons.nshift_webhooks.models import nshift_webhook_message as module

    encode, encoded = module.encode_data, []

    def encode_data(data):
        encoded.append(data)
        return encode(data)

    with patch.context() as patched:
        patched.setattr(module, "encode_data", encode_data)
        yield encoded
