"""A database with everything that webhooks keep, made through a running server.

It is filled by the code of an earlier release, so this uses what that has.
"""

import itertools
import threading
from contextlib import contextmanager

import requests

from dev.api import ApiError
from dev.receiver import answer

from .waiting import eventually

REFUSED = answer(422, b'{"error": "unknown article"}')
#: Tables whose rows an upgrade leaves as they are, whatever runs meanwhile.
SETTINGS = (
    "nshift_webhook",
    "nshift_webhook_type_rel",
    "nshift_webhook_sale_channel_rel",
    "nshift_webhook_header",
    "nshift_webhook_vault",
    "nshift_webhook_field",
    "nshift_webhook_reader",
)
#: Tables whose rows stay, and to which some are added.
HISTORY = (
    "nshift_webhook_audit",
    "nshift_webhook_attempt",
    "nshift_webhook_departure",
)
#: What an event is from the beginning.
NEVER_CHANGES = (
    "webhook_id",
    "company_id",
    "event",
    "happened_at",
    "res_model",
    "res_id",
    "res_name",
    "message_id",
)
ENDED = ("delivered", "failed", "cancelled", "superseded")


class Filled:
    """The webhooks of a shop, one for each thing that can become of them.

    :param shop: the running product, with no scheduled actions but those that are
        pressed
    """

    def __init__(self, shop):
        self.shop = shop
        api = shop.api
        self.channel = api.create("sale.channel", name="Web shop")
        self._choose_a_field()
        self.arrived = shop.hook("order.created", "order.updated")
        self.wiped = shop.hook("order.created", wipe_messages=True)
        self.left = shop.hook("shipment.created", "shipment.done", "shipment.updated")
        self.given_up = shop.hook("order.created", answers=[REFUSED] * 2)
        self.gone = shop.hook("order.created", answers=[answer(410)])
        self.refused = shop.hook(
            "order.created",
            # of the second order, and then for an hour
            answers=[answer(200), REFUSED],
            has_key_pair=True,
            header_ids=[(0, 0, {"name": "X-Api-Key", "value": "key-of-ours"})],
        )
        self.archived = shop.hook("order.created")
        self.paused = shop.hook("order.created", "order.updated")
        self.choosy = shop.hook(
            "order.created",
            sale_channel_ids=[(6, 0, [self.channel])],
            company_id=False,
            order_domain="[('amount_total', '>', 1)]",
            include_carts=True,
            thin_messages=True,
            compress_messages=True,
            ordering="latest",
            parallel_requests=2,
            request_timeout=7,
            requests_per_second=3.5,
            told_by="chat",
            tell_recovery=False,
        )
        self._happen()
        self.unbuilt = shop.hook("order.created")
        self._fail_to_build()
        self._rotate(self.arrived)
        self.state = shop.hook("order.created", "order.updated")
        self._ask_for_the_current_state(self.state)
        self.busy = shop.hook("order.created", answers=itertools.repeat(answer(200)))
        self.key = api.call("nshift.webhook", "make_catch_up_key", [self.busy.id])[
            "key"
        ]
        shop.order()
        shop.settled(self.busy)
        self.read, self.cursor = self.catch_up()
        self.hooks = [value for value in vars(self).values() if hasattr(value, "path")]

    def _choose_a_field(self):
        api = self.shop.api
        field = api.create(
            "ir.model.fields",
            model_id=api.ref("sale.model_sale_order"),
            name="x_gate_code",
            field_description="Gate code",
            ttype="char",
            state="manual",
        )
        chosen = {"model": "sale.order", "field_id": field, "key": "gate"}
        api.call("nshift.webhook.field", "create", vals_list=[chosen])

    def _happen(self):
        """Orders, a shipment that leaves, and what comes of that."""
        shop, api = self.shop, self.shop.api
        api.call("nshift.webhook", "action_pause", [self.paused.id])
        shop.retry_after(1)
        self.order = shop.order(sale_channel_id=self.channel, x_gate_code="G-1")
        for hook in (self.arrived, self.wiped, self.given_up, self.archived):
            shop.settled(hook)
        shop.settled(self.choosy)
        eventually(lambda: self.health(self.gone)["stopped_reason"])
        # what is refused now is tried again in an hour
        shop.retry_after(3600, 3600)
        self.refused_order = shop.order()
        eventually(lambda: shop.events(self.refused)[-1]["attempt_count"])
        api.write("nshift.webhook", self.archived.id, active=False)
        api.write("sale.order", self.order, client_order_ref="PO-1")
        self._ship()
        shop.settled(self.left, count=2)
        shop.settled(self.arrived, count=3)
        # as each minute: whoever is responsible is told of trouble
        shop.look_for_trouble()

    def _ship(self):
        api = self.shop.api
        api.call("sale.order", "action_confirm", [self.order])
        [picking] = api.read("sale.order", self.order, "picking_ids")["picking_ids"]
        moves = api.search("stock.move", [("picking_id", "=", picking)], "id")
        for move in moves:
            api.write("stock.move", move["id"], quantity=1, picked=True)
        api.call(
            "stock.picking", "button_validate", [picking], context={"skip_sms": True}
        )
        self.picking = picking

    def _fail_to_build(self):
        """Have a message that cannot be built, as while a table is locked or broken."""
        shop = self.shop
        shop.execute("ALTER TABLE nshift_webhook_sequence RENAME TO away")
        try:
            # its first message needs no number
            shop.api.write("nshift.webhook", self.unbuilt.id, name="Not built")
            types = shop.api.types("order.updated")
            shop.api.write("nshift.webhook", self.unbuilt.id, type_ids=[(6, 0, types)])
            shop.api.write("sale.order", self.refused_order, client_order_ref="PO-2")
        finally:
            shop.execute("ALTER TABLE away RENAME TO nshift_webhook_sequence")

    def _rotate(self, hook):
        dialog = self.shop.api.create("nshift.webhook.rotate", webhook_id=hook.id)
        self.shop.api.call("nshift.webhook.rotate", "action_rotate", [dialog])

    def _ask_for_the_current_state(self, hook):
        dialog = self.shop.api.create(
            "nshift.webhook.load.dialog", webhook_id=hook.id, what="all"
        )
        self.shop.api.call("nshift.webhook.load.dialog", "action_start", [dialog])

    def health(self, hook):
        """What is known of a webhook's endpoint."""
        return self._rows("nshift_webhook_health", "webhook_id", hook.id)[0]

    def incidents(self, hook):
        """The trouble that somebody is told of."""
        return self._rows("nshift_webhook_incident", "webhook_id", hook.id)

    def catch_up(self, cursor=None):
        """Read the messages of the busy webhook as its receiver does.

        :return: their ids, and the cursor for the next time
        """
        found, more = [], True
        while more:
            response = requests.post(
                f"{self.shop.odoo.url}/json/2/nshift.webhook/catch_up",
                json={"cursor": cursor} if cursor else {},
                headers={"Authorization": f"bearer {self.key}"},
                timeout=60,
            )
            assert response.ok, response.text
            page = response.json()
            found += [each["id"] for each in page["messages"]]
            cursor, more = page["cursor"], page["more"]
        return found, cursor

    def all_rows(self):
        """What is in the tables that an upgrade must leave alone."""
        return {table: self._rows(table) for table in (*SETTINGS, *HISTORY)}

    def all_events(self):
        """Every event, by its id."""
        return {each["id"]: each for each in self._rows("nshift_webhook_event")}

    def numbers(self):
        """How often each record was told."""
        return {
            (row["res_model"], row["res_id"]): row["number"]
            for row in self._rows("nshift_webhook_sequence")
        }

    def jobs(self):
        """The jobs that wait, by their UUIDs."""
        rows = self.shop.execute(
            "SELECT uuid, state FROM queue_job WHERE channel = 'root.nshift_webhooks'"
            " AND state NOT IN ('done', 'cancelled')"
        )
        return dict(rows)

    def _rows(self, table, column="", value=None):
        which = f' WHERE "{column}" = %s' if column else ""
        found = self.shop.execute(
            f'SELECT to_jsonb(row) FROM "{table}" AS row{which} ORDER BY row::text',
            *([value] if column else []),
        )
        return [row for (row,) in found]


def kept(before, after):
    """Compare rows of a table that may have got more columns meanwhile.

    :return: the rows before that are not there any more as they were
    """
    columns = set(before[0]) & set(after[0]) if before and after else set()
    now = [{name: row[name] for name in columns} for row in after]
    return [row for row in before if {name: row[name] for name in columns} not in now]


@contextmanager
def customers(shop):
    """Have orders made, one after the other, for as long as a ``with`` block lasts.

    Some may fail, as while Odoo loads the addon anew: what counts is what is committed.
    """
    over = threading.Event()

    def buy():
        while not over.is_set():
            try:
                shop.order(client_order_ref="meanwhile")
            except (ApiError, requests.RequestException, ValueError):
                over.wait(0.2)

    thread = threading.Thread(target=buy)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(120)
