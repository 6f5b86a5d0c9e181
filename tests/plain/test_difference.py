"""What people are shown of an update: each value that has changed, and nothing else."""

import json
from pathlib import Path

import pytest
from payload.difference import LONGEST_VALUE, MOST, Difference, differences
from payload.previous import previous

EXAMPLES = Path(__file__).parents[2] / "nshift_webhooks/contract/examples"
DESK = {
    "id": 70,
    "product": {"id": 5, "name": "Desk"},
    "quantity": "2.00",
    "unit": "Units",
    "taxes": [{"id": 1, "name": "25 %"}],
}


def found(before, after, kind="order.updated"):
    """The differences in the message that tells of this change."""
    subject = kind.partition(".")[0]
    data = {subject: after, "previous": previous(before, after)}
    # as it is read from the log
    message = json.loads(json.dumps({"type": kind, "data": data}))
    shown, more = differences(message)
    assert not more
    return shown


def test_a_plain_value():
    before = {"customer_reference": None, "locked": False, "name": "S1"}
    after = {"customer_reference": "PO 7", "locked": True, "name": "S1"}
    assert found(before, after) == [
        Difference(("customer reference",), None, "PO 7"),
        Difference(("locked",), False, True),
    ]


def test_a_value_of_a_line_that_has_a_name():
    after = DESK | {"quantity": "3.00"}
    [shown] = found({"lines": [DESK]}, {"lines": [after]})
    assert shown == Difference(("lines", "Desk", "quantity"), "2.00", "3.00")


def test_lines_that_come_and_go():
    note = {"id": 71, "product": None, "description": "Handle\nwith care"}
    before, after = {"lines": [note]}, {"lines": [DESK]}
    assert found(before, after) == [
        Difference(("lines", "Handle"), None, None, "removed"),
        Difference(("lines", "Desk"), None, "2.00 Units", "added"),
    ]


def test_lines_of_one_name_are_told_apart():
    lines = [DESK, DESK | {"id": 71}]
    after = [line | {"quantity": "1.00"} for line in lines]
    assert [each.path[1] for each in found({"lines": lines}, {"lines": after})] == [
        "Desk (70)",
        "Desk (71)",
    ]
    nameless = [{"id": 8, "quantity": "1.00"}]
    [shown] = found({"lines": nameless}, {"lines": [nameless[0] | {"quantity": "2"}]})
    assert shown.path == ("lines", "8", "quantity")


def test_lists_within_a_line():
    """Whether or not what they list has ids."""
    taxed = DESK | {"taxes": [{"id": 1, "name": "25 %"}, {"id": 2, "name": "Fee"}]}
    [shown] = found({"lines": [DESK]}, {"lines": [taxed]})
    assert shown == Difference(("lines", "Desk", "taxes", "Fee"), None, None, "added")
    packed = [
        DESK | {"contents": [{"quantity": "2.00", "package_id": package}]}
        for package in (None, 9)
    ]
    [shown] = found({"lines": packed[:1]}, {"lines": packed[1:]})
    assert shown.path == ("lines", "Desk", "contents", "1", "package id")
    assert (shown.before, shown.after) == (None, "9")


def test_what_is_in_a_contact():
    before = {"customer": {"id": 1, "name": "A", "street": "Old", "zip": "1"}}
    after = {"customer": {"id": 1, "name": "A", "street": "New", "zip": "1"}}
    assert found(before, after) == [Difference(("customer", "street"), "Old", "New")]


def test_what_is_there_or_not():
    """An object goes by its name, a list by what is in it."""
    before = {"carrier": None, "tags": ["x"], "trackings": []}
    after = {
        "carrier": {"id": 4, "name": "Nordic Parcel"},
        "tags": ["x", "y"],
        "trackings": [{"number": "N1"}, {"number": "N2"}],
    }
    assert found(before, after, "shipment.updated") == [
        Difference(("carrier",), None, "Nordic Parcel"),
        Difference(("tags",), "x", "x, y"),
        Difference(("trackings",), None, "N1; N2"),
    ]


def test_objects_without_a_name():
    """They go by what they have."""
    goods = {"quantity": "4.00", "unit": "Units", "lot": None, "package_id": 1}
    split = [goods | {"quantity": "3.00"}, {"quantity": "1.00", "unit": None}]
    [shown] = found({"contents": [goods]}, {"contents": split}, "shipment.updated")
    assert shown.before == "quantity 4.00, unit Units, package id 1"
    assert shown.after == "quantity 3.00, unit Units, package id 1; quantity 1.00"


def test_long_values_are_cut():
    [shown] = found({"terms": "x" * 9999}, {"terms": "y" * LONGEST_VALUE})
    assert shown.before == "x" * LONGEST_VALUE + "…"
    assert shown.after == "y" * LONGEST_VALUE


def test_long_names_are_cut():
    line = {"id": 1, "name": "Oak " * 50, "note": None}
    [shown] = found({"lines": [line]}, {"lines": [line | {"note": "a"}]})
    assert shown.path[1] == " ".join(["Oak"] * 15) + "…"


def test_a_name_that_is_no_text():
    line = {"id": 1, "name": 7, "note": None}
    [shown] = found({"lines": [line]}, {"lines": [line | {"note": "a"}]})
    assert shown.path == ("lines", "1", "note")


def test_what_cannot_be_seen():
    line = {"id": 1, "name": "De\u202esk", "note": None}
    [shown] = found({"lines": [line]}, {"lines": [line | {"note": "a\nb\x01\xa0c"}]})
    assert shown.path == ("lines", "De\ufffdsk", "note")
    assert shown.after == "a b\ufffd c"


def test_there_are_no_more_than_can_be_read():
    lines = [DESK | {"id": number} for number in range(1000)]
    after = [line | {"quantity": "1.00"} for line in lines]
    data = {
        "order": {"lines": after},
        "previous": previous({"lines": lines}, {"lines": after}),
    }
    shown, more = differences({"type": "order.updated", "data": data})
    assert (len(shown), more) == (MOST, 1000 - MOST)


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"type": None, "data": None},
        {"type": "order.updated", "data": {"order": {}, "previous": None}},
        {"type": "order.updated", "data": {"order": None, "previous": {"a": 1}}},
        {"type": "order.created", "data": {"order": {"a": 1}}},
        {"type": "order.updated", "data": []},
    ],
)
def test_what_tells_of_no_change(message):
    assert differences(message) == ([], 0)


@pytest.mark.parametrize(
    "name", ["order.updated", "shipment.updated", "return.updated"]
)
def test_real_messages(name):
    message = json.loads((EXAMPLES / f"{name}.json").read_text())
    shown, more = differences(message)
    assert shown and not more
    assert {each.path[0].replace(" ", "_") for each in shown} == set(
        message["data"]["previous"]
    )
    assert all("{" not in str((each.before, each.after)) for each in shown)
