"""What an update says of what was before."""

import pytest
from payload.previous import previous

LINE = {"id": 7, "sku": "LAMP", "quantity": "1.00"}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"a": 1, "b": 2}, {"a": 1, "b": 3}, {"b": 2}),
        ({"a": None}, {"a": 1}, {"a": None}),
        ({}, {"a": 1}, {"a": None}),
        ({"a": 1}, {}, {"a": 1}),
        ({"customer": {"id": 1, "name": "A"}}, {"customer": None}, "before"),
        (
            {"customer": {"id": 1, "name": "A"}},
            {"customer": {"id": 1, "name": "B"}},
            "before",
        ),
        ({"tags": ["x"]}, {"tags": ["x", "y"]}, {"tags": ["x"]}),
    ],
)
def test_a_property_that_differs_has_its_earlier_value(before, after, expected):
    assert previous(before, after) == (before if expected == "before" else expected)


def test_nothing_differs():
    assert previous({"lines": [LINE]}, {"lines": [dict(LINE)]}) == {}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([LINE], [LINE | {"quantity": "2.00"}], {"7": {"quantity": "1.00"}}),
        ([LINE], [], {"7": LINE}),
        ([], [LINE], {"7": None}),
        (
            [LINE, LINE | {"id": 8}],
            [LINE | {"id": 9}, LINE | {"sku": "DESK"}],
            {"7": {"sku": "LAMP"}, "8": LINE | {"id": 8}, "9": None},
        ),
    ],
)
def test_lines_have_theirs_by_id(before, after, expected):
    assert previous({"lines": before}, {"lines": after}) == {"lines": expected}


def test_lines_of_a_line_are_given_whole():
    before = {"lines": [LINE | {"taxes": [{"id": 1}]}]}
    after = {"lines": [LINE | {"taxes": [{"id": 1}, {"id": 2}]}]}
    assert previous(before, after) == {"lines": {"7": {"taxes": [{"id": 1}]}}}
