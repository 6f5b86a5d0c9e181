"""Sequences of what people and programs do to a few orders, and how they are played.

Whatever a step is given, it makes something of it that Odoo allows, or nothing.
"""

from contextlib import contextmanager
from dataclasses import dataclass, replace

from hypothesis import strategies as st

from .goods import new_product
from .model_of_events import Line, Order
from .undo import Undo

MOST_ORDERS = 3


@dataclass(frozen=True)
class Do:
    """One thing done.

    :ivar what: the name of a method of `Player`
    :ivar which: chooses the order
    :ivar value: chooses the rest
    """

    what: str
    which: int = 0
    value: int = 0


@dataclass(frozen=True)
class Savepoint:
    """A savepoint with steps in it.

    :ivar end: ``released``, ``rolled back`` or, by whoever entered it, ``rolled back
        and gone on with``
    :ivar then: the steps after that rolling back, before it is released
    """

    steps: tuple
    end: str = "released"
    then: tuple = ()


@dataclass(frozen=True)
class Transaction:
    steps: tuple
    committed: bool = True


class Player:
    """Does what the steps say in Odoo, and keeps account of what should come of it.

    :param env: whose cursor all transactions are made with
    :param channels: ids of order channels
    """

    def __init__(self, env, channels):
        self.env = env
        self.channels = channels
        self.orders = {}
        self.product = new_product(env, is_storable=False)
        self.contacts = env["res.partner"].create([{"name": name} for name in "AB"])
        self.carriers = env["delivery.carrier"].create(
            [{"name": name, "product_id": self.product.id} for name in "XY"]
        )

    def play(self, steps):
        for step in steps:
            if isinstance(step, Do):
                getattr(self, step.what)(step.which, step.value)
            elif step.end == "rolled back and gone on with":
                self._roll_back_and_go_on(step)
            else:
                self._savepoint(step)

    def _savepoint(self, step):
        try:
            with self._as_it_was_if_undone(), self.env.cr.savepoint():
                self.play(step.steps)
                if step.end == "rolled back":
                    raise Undo
        except Undo:
            pass

    def _roll_back_and_go_on(self, step):
        orders = self.orders.copy()
        savepoint = self.env.cr.savepoint()
        self.play(step.steps)
        savepoint.rollback()
        self.orders = orders
        self.play(step.then)
        savepoint.close(rollback=False)

    @contextmanager
    def _as_it_was_if_undone(self):
        orders = self.orders.copy()
        try:
            yield
        except Undo:
            self.orders = orders
            raise

    def _order(self, which):
        """Return one of the orders, in Odoo and in the account, if there is any."""
        if not self.orders:
            return None, None
        order = list(self.orders.values())[which % len(self.orders)]
        return self.env["sale.order"].browse(order.id), order

    def _now(self, order, **changes):
        self.orders[order.id] = replace(order, **changes)

    def create(self, which, value):
        if len(self.orders) == MOST_ORDERS:
            return
        channel = self.channels[value % len(self.channels)]
        lines = [Line(1 + number, "As ever") for number in range(value % 3)]
        record = self.env["sale.order"].create(
            {
                "partner_id": self.env.ref("base.res_partner_2").id,
                "client_order_ref": str(value),
                "sale_channel_id": channel,
                "partner_shipping_id": self.contacts[0].id,
                "order_line": [(0, 0, self._line(line)) for line in lines],
            }
        )
        lines = tuple(zip(record.order_line.ids, lines, strict=True))
        self.orders[record.id] = Order(
            record.id,
            str(value),
            channel,
            lines=lines,
            address=self.contacts[0].id,
        )

    def copy(self, which, value):
        record, order = self._order(which)
        if not record or len(self.orders) == MOST_ORDERS:
            return
        new = record.copy({"client_order_ref": str(value)})
        lines = [line for _id, line in order.lines]
        lines = tuple(zip(new.order_line.ids, lines, strict=True))
        self.orders[new.id] = replace(
            order,
            id=new.id,
            reference=str(value),
            state="draft",
            lines=lines,
            made=0,
            shipments=frozenset(),
        )

    def _line(self, line):
        return {
            "product_id": self.product.id,
            "product_uom_qty": line.quantity,
            "name": line.description,
        }

    def refer(self, which, value):
        record, order = self._order(which)
        if record:
            record.client_order_ref = str(value)
            self._now(order, reference=str(value))

    def refer_all(self, which, value):
        records = self.env["sale.order"].browse(self.orders)
        records.write({"client_order_ref": str(value)})
        for order in self.orders.values():
            self._now(order, reference=str(value))

    def move_to_channel(self, which, value):
        record, order = self._order(which)
        if record:
            channel = self.channels[value % len(self.channels)]
            record.sale_channel_id = channel
            self._now(order, channel=channel)

    def add_line(self, which, value):
        record, order = self._order(which)
        if record and order.state != "cancel":
            line = Line(1 + value, "Added")
            new = self.env["sale.order.line"].create(
                {"order_id": record.id} | self._line(line)
            )
            order = replace(order, lines=(*order.lines, (new.id, line)))
            # the first thing to be delivered of an order that had nothing
            if order.state == "sale" and not order.shipments:
                order = _with_shipment(order)
            self._now(order)

    def order_more(self, which, value):
        """Raise the quantity of a line; to deliver less is another story in Odoo."""

        def more(line):
            return replace(line, quantity=line.quantity + value)

        self._change_line(which, value, more)

    def describe(self, which, value):
        self._change_line(
            which, value, lambda line: replace(line, description=f"Line {value}")
        )

    def _change_line(self, which, value, change):
        record, order = self._order(which)
        if record and order.lines and order.state != "cancel":
            lines = list(order.lines)
            place = value % len(lines)
            id_, line = lines[place]
            line = change(line)
            self.env["sale.order.line"].browse(id_).write(
                {"product_uom_qty": line.quantity, "name": line.description}
            )
            lines[place] = id_, line
            self._now(order, lines=tuple(lines))

    def remove_line(self, which, value):
        record, order = self._order(which)
        if record and order.lines and order.state == "draft":
            id_, _line = order.lines[value % len(order.lines)]
            record.write({"order_line": [(2, id_)]})
            self._now(order, lines=tuple(x for x in order.lines if x[0] != id_))

    def confirm(self, which, value):
        record, order = self._order(which)
        if record and order.state == "draft" and order.lines:
            ordered_at = record.date_order
            record.action_confirm()
            # which a confirmation sets to the present: another second or not
            record.date_order = ordered_at
            self._now(_with_shipment(order), state="sale")

    def cancel(self, which, value):
        record, order = self._order(which)
        if record and order.state != "cancel":
            record.action_cancel()
            self._now(order, state="cancel", shipments=frozenset())

    def make_a_draft(self, which, value):
        record, order = self._order(which)
        if record and order.state == "cancel":
            record.action_draft()
            self._now(order, state="draft")

    def delete(self, which, value):
        record, order = self._order(which)
        if record and order.state != "sale":
            record.unlink()
            del self.orders[order.id]

    def deliver_by(self, which, value):
        record, order = self._order(which)
        if record:
            record.carrier_id = carrier = [*self.carriers, None][value % 3]
            self._now(order, carrier=carrier and carrier.id)

    def deliver_to(self, which, value):
        record, order = self._order(which)
        if record:
            record.partner_shipping_id = contact = self.contacts[value % 2]
            self._now(order, address=contact.id)

    def change_contact(self, which, value):
        """Change what orders show, but are not told of."""
        self.contacts[which % 2].phone = str(value)

    def change_product(self, which, value):
        self.product.write({"name": f"Product {value}", "default_code": str(value)})

    def change_carrier(self, which, value):
        self.carriers[which % 2].name = f"Carrier {value}"

    def talk(self, which, value):
        """Change what no payload shows."""
        record, _order = self._order(which)
        if record:
            record.message_post(body=str(value))
            record._portal_ensure_token()

    def flush(self, which, value):
        self.env.flush_all()

    def settle(self, which, value):
        """As before a savepoint."""
        self.env.cr.flush()

    def forget(self, which, value):
        self.env.invalidate_all()


def _with_shipment(order):
    """Return an order of which one more delivery has been made."""
    made = order.made + 1
    return replace(order, made=made, shipments=order.shipments | {made})


THINGS_TO_DO = [
    name
    for name, function in vars(Player).items()
    if not name.startswith("_") and name != "play"
]

things = st.builds(
    Do, st.sampled_from(THINGS_TO_DO), st.integers(0, 2), st.integers(0, 4)
)


def _in_savepoints(steps):
    several = st.lists(steps, max_size=4).map(tuple)
    end = st.sampled_from(["released", "rolled back"])
    return st.one_of(
        st.builds(Savepoint, several, end),
        st.builds(Savepoint, several, st.just("rolled back and gone on with"), several),
    )


def _steps(most):
    anything = st.recursive(things, _in_savepoints, max_leaves=6)
    return st.lists(anything, min_size=1, max_size=most).map(tuple)


#: First some orders, so that there is something to do things to.
sequences = st.tuples(
    st.just(Transaction((Do("create", value=2), Do("create", value=4)))),
    st.builds(Transaction, _steps(8)),
    st.builds(Transaction, _steps(8), st.sampled_from([True, True, False])),
    st.builds(Transaction, _steps(8)),
)
