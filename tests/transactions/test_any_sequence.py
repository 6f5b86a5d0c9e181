"""Promises 1 and 3: whatever happens in transactions, what is told is their net effect.

NSHIFT_SEQUENCES=2000 plays that many other sequences; it takes about half an hour.
"""

import json
import os
from collections import Counter, defaultdict

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings

from odoo.tools import SQL

from .conftest import as_told
from .model_of_events import Webhook, before_that, must_be_told
from .sequences import Do, Player, Savepoint, Transaction, sequences

EVENTS = (
    "order.created",
    "order.updated",
    "order.confirmed",
    "order.cancelled",
    "order.deleted",
    "shipment.created",
    "shipment.cancelled",
)
MANY = int(os.environ.get("NSHIFT_SEQUENCES", "0"))


class Audit:
    """Compares what the log of events holds after a commit with what must be told.

    :param env: on a cursor between two transactions
    :param webhooks: each Webhook of one type
    :param together: id of a webhook of all types, and all channels
    """

    def __init__(self, env, webhooks, together):
        self.env = env
        self.webhooks = {webhook.id: webhook for webhook in webhooks}
        self.together = together
        self.payloads = {}
        self.sequences = defaultdict(int)

    def check(self, before, after):
        """Check the events of the transaction that has just been committed.

        :param before: the orders as they should have been before it, by id
        :param after: likewise after it
        """
        events, together = [], []
        waits = {}
        for id_, webhook, event, data, after_ids in self._take_events():
            if webhook == self.together:
                together.append((event, data))
                waits[id_] = (event, data, set(after_ids or ()))
            else:
                events.append((webhook, event, data))
                assert not after_ids
        self._check_together(events, together)
        self._check_waits(waits)
        told = Counter(
            (webhook, self._order_of(data)) for webhook, _event, data in events
        )
        payloads = self._committed(after)
        must = must_be_told(before, after, self.webhooks.values())
        assert not must - told
        for (webhook, order), number in (told - must).items():
            # touched, and shows a contact, a product or a carrier that was changed
            assert (self.webhooks[webhook].event, number) == ("order.updated", 1)
            assert payloads[order] != self.payloads[order]
        for webhook, event, data in events:
            assert event == self.webhooks[webhook].event
            if event.startswith("order."):
                self._check_order(event, data, payloads)
        for _webhook, event, data in events:
            if event.startswith("order."):
                self.sequences[data["order"]["id"]] = data["sequence"]
        self.payloads = payloads

    def _check_together(self, events, together):
        """Who is told all hears what those hear who are told one thing each, of one
        record in the order of the types, and under one number.
        """
        alone = [
            (event, data)
            for webhook, event, data in events
            if not self.webhooks[webhook].channels
        ]

        def by_text(items):
            return sorted(json.dumps(item, sort_keys=True) for item in items)

        assert by_text(alone) == by_text(together)
        records = defaultdict(list)
        for event, data in together:
            subject = event.partition(".")[0]
            number = EVENTS.index(event)
            records[subject, data[subject]["id"]].append((number, data["sequence"]))
        for told in records.values():
            assert told == sorted(told)
            assert len({sequence for _number, sequence in told}) == 1

    def _check_waits(self, waits):
        """A shipment's messages wait for those on its order, which are older."""
        for id_, (event, data, after_ids) in waits.items():
            awaited = {
                other
                for other, (type_, told, _after_ids) in waits.items()
                if event.startswith("shipment.")
                and type_.startswith("order.")
                and told["order"]["id"] == self._order_of(data)
            }
            assert after_ids & waits.keys() == awaited
            assert max(awaited, default=0) < id_

    def _check_order(self, event, data, payloads):
        order = data["order"]
        if event == "order.deleted":
            assert order == self.payloads[order["id"]]
        else:
            assert order == payloads[order["id"]]
        if event == "order.updated":
            was = before_that(order, data["previous"])
            assert was == self.payloads[order["id"]]
        assert data["sequence"] > self.sequences[order["id"]]

    def _take_events(self):
        from odoo.addons.nshift_webhooks.store.body import body

        rows = self.env.execute_query(
            SQL(
                "DELETE FROM nshift_webhook_event "
                "RETURNING id, webhook_id, event, %s, after_ids, state",
                body("nshift_webhook_event"),
            )
        )
        assert {state for *_, state in rows} <= {"pending"}
        return [
            (id_, webhook, event, json.loads(text)["data"], after_ids)
            for id_, webhook, event, text, after_ids, _state in sorted(rows)
        ]

    def _order_of(self, data):
        return (data.get("order") or data["shipment"]["orders"][0])["id"]

    def _committed(self, orders):
        self.env.invalidate_all()
        return {
            id_: as_told(self.env["sale.order"].browse(id_))["order"] for id_ in orders
        }


@pytest.fixture
def stage(shop):
    """Order channels, and webhooks for all of them and for one of them."""
    with shop.transaction() as env:
        channels = env["sale.channel"].create([{"name": name} for name in "AB"]).ids
    webhooks = [
        Webhook(
            shop.webhook(event, sale_channel_ids=[(6, 0, chosen)]),
            event,
            frozenset(chosen),
        )
        for event in EVENTS
        for chosen in ([], channels[:1])
    ]
    return shop, channels, webhooks, shop.webhook(*EVENTS)


@pytest.mark.timeout(0 if MANY else 600)
@settings(
    max_examples=MANY or 12,
    derandomize=not MANY,
    deadline=None,
    database=None,
    print_blob=True,
    phases=set(Phase) - {Phase.explain},
    suppress_health_check=list(HealthCheck),
)
@given(sequences)
# what was settled before a savepoint is rolled back to, and nothing happens after it
@example(
    (
        Transaction((Do("create", value=2),)),
        Transaction(
            (
                Do("refer", value=1),
                Savepoint((Do("refer", value=3), Do("settle")), "rolled back"),
            )
        ),
    )
)
# the job for the events goes with the savepoint in which it was queued
@example(
    (
        Transaction(
            (
                Savepoint(
                    (Do("create", value=2), Do("settle")),
                    "rolled back and gone on with",
                    (Do("create", value=1),),
                ),
                Do("confirm"),
                Do("confirm", 1),
            )
        ),
    )
)
# created, moved to the other channel and deleted in two transactions
@example(
    (
        Transaction((Do("create", value=2), Do("move_to_channel", value=1))),
        Transaction((Do("move_to_channel"), Do("settle"), Do("delete"))),
    )
)
def test_what_is_told_of_any_sequence_is_its_net_effect(stage, sequence):
    shop, channels, webhooks, together = stage
    with shop.transaction() as env:
        player, audit = Player(env, channels), Audit(env, webhooks, together)
        # a sequence that failed has left some
        env["nshift.webhook.event"].search([]).unlink()
        env.cr.commit()
        for transaction in sequence:
            before = player.orders.copy()
            player.play(transaction.steps)
            if transaction.committed:
                env.cr.commit()
                audit.check(before, player.orders)
                env.cr.commit()
            else:
                env.cr.rollback()
                player.orders = before
