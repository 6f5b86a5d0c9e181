"""The dispatcher's store, which reads and writes the database."""

import pytest

from ..store_contract import EVENTS, StoreContract
from .hook import Hook


class TestStore(StoreContract):
    @pytest.fixture
    def job(self, shop, receiver):
        from odoo.addons.nshift_webhooks.delivery.sender import Answer
        from odoo.addons.nshift_webhooks.store import Store

        for _webhook in range(2):
            Hook(shop, receiver, "order.created")
        for _order in range(EVENTS):
            shop.order()
        with shop.transaction() as env:
            store = Store(env)
            yield store, Answer(response_code=200, duration_ms=5)
            store.unlock_all()
