"""Whoever imports orders: all of them are told, as by hand."""

import base64

import pytest

from .conftest import new_order
from .told import Told


@pytest.fixture
def told(shop):
    return Told(shop)


OPTIONS = {
    "import_set_empty_fields": [],
    "import_skip_records": [],
    "fallback_values": {},
    "name_create_enabled_fields": {},
    "encoding": "utf-8",
    "separator": ",",
    "quoting": '"',
    "date_format": "%Y-%m-%d",
    "datetime_format": "%Y-%m-%d %H:%M:%S",
    "float_thousand_separator": ",",
    "float_decimal_separator": ".",
    "advanced": True,
    "has_headers": True,
    "keep_matches": False,
    "limit": 2000,
    "skip": 0,
    "tracking_disable": True,
}
"""As the web client sends them."""


def import_orders(env, columns, rows, dryrun=False, **options):
    """Import a CSV file as the web client does; returns what the import answers."""
    lines = [",".join(columns), *(",".join(row) for row in rows)]
    wizard = env["base_import.import"].create(
        {
            "res_model": "sale.order",
            "file": "\n".join(lines).encode(),
            "file_name": "orders.csv",
            "file_type": "text/csv",
        }
    )
    return wizard.execute_import(columns, columns, OPTIONS | options, dryrun=dryrun)


COLUMNS = ["partner_id/.id", "client_order_ref", "order_line/product_id/.id"]
COLUMNS.append("order_line/product_uom_qty")


def rows(env, *orders):
    """Rows of a CSV file: a reference and the lines' quantities for each order."""
    lamp = new_order(env).order_line.product_id.id
    customer = str(env.ref("base.res_partner_2").id)
    for reference, quantities in orders:
        first, *more = [[str(lamp), quantity] for quantity in quantities]
        yield [customer, reference, *first]
        for line in more:
            yield ["", "", *line]


@pytest.fixture
def three_orders(told):
    with told.transaction() as env:
        found = [*rows(env, ("a", ["1"]), ("b", ["2", "3"]), ("c", ["4", "5", "6"]))]
    told.events()
    return found


def test_an_import_is_one_creation_of_each_order_with_its_lines(told, three_orders):
    with told.transaction("admin") as env:
        answer = import_orders(env, COLUMNS, three_orders)
        assert not answer["messages"]
    orders = told.exactly(*[("order.created", id_) for id_ in answer["ids"]])
    assert {
        order["customer_reference"]: [line["quantity"] for line in order["lines"]]
        for order in orders.values()
    } == {"a": ["1.00"], "b": ["2.00", "3.00"], "c": ["4.00", "5.00", "6.00"]}


def test_an_import_in_batches_is_one_creation_of_each_order(told, three_orders):
    ids, skip = [], 0
    while True:
        with told.transaction("admin") as env:
            answer = import_orders(env, COLUMNS, three_orders, limit=2, skip=skip)
            assert not answer["messages"]
        ids += answer["ids"]
        if not (skip := answer["nextrow"]):
            break
    assert len(ids) == 3
    told.exactly(*[("order.created", id_) for id_ in ids])


def test_a_test_of_an_import_is_nothing(told, three_orders):
    with told.transaction("admin") as env:
        answer = import_orders(env, COLUMNS, three_orders, dryrun=True)
        assert not answer["messages"]
    told.nothing()


def test_an_import_with_a_wrong_row_is_nothing(told, three_orders):
    three_orders[-1][-1] = "many"
    with told.transaction("admin") as env:
        answer = import_orders(env, COLUMNS, three_orders)
        assert [message["type"] for message in answer["messages"]] == ["error"]
    told.nothing()


def test_an_import_over_orders_that_are_there_is_one_update_of_what_it_changes(told):
    one, two = told.quotation(client_order_ref="1"), told.quotation()
    with told.transaction("admin") as env:
        answer = import_orders(
            env, [".id", "client_order_ref"], [[str(one), "1"], [str(two), "2"]]
        )
        assert answer["ids"] == [one, two]
    assert told.updated(two)["customer_reference"] == "2"


def test_an_uploaded_order_file_tells_the_order_and_what_was_read_into_it(told):
    """Odoo commits the empty order before it reads the file into it."""
    with told.transaction() as env:
        env.company.vat = "US12345671"
        order = new_order(env, 5, client_order_ref="PO-9")
        order.partner_id.country_id = env.ref("base.us")
        content = env["sale.edi.xml.ubl_bis3"]._export_order(order)
    told.events()
    with told.transaction("admin") as env:
        attachment = env["ir.attachment"].create(
            {
                "name": "order.xml",
                "mimetype": "application/xml",
                "datas": base64.b64encode(content),
            }
        )
        action = env["sale.order"].create_document_from_attachment(attachment.ids)
        order_id = action["res_id"]
    orders = told.exactly(("order.created", order_id), ("order.updated", order_id))
    assert orders["order.created", order_id]["lines"] == []
    order = orders["order.updated", order_id]
    assert [line["quantity"] for line in order["lines"]] == ["5.00"]
