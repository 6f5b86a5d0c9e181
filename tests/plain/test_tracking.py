"""Tracking numbers and links are taken apart, and nothing else is sent as a link."""

import json

import pytest
from payload.tracking import trackings

TEMPLATE = "https://bike.example/<shipmenttrackingnumber>"


@pytest.mark.parametrize(
    ("reference", "numbers"),
    [
        (None, []),
        ("", []),
        (" , ", []),
        ("AAA", ["AAA"]),
        ("AAA,BBB", ["AAA", "BBB"]),
        ("AAA, BBB", ["AAA", "BBB"]),
        ("AAA;BBB", ["AAA", "BBB"]),
        ("AAA+BBB", ["AAA", "BBB"]),
        ("123456789012", ["123456789012"]),
        ('["AAA", "BBB"]', ["AAA", "BBB"]),
        ('[["AAA"], 7, null]', ["7"]),
        ("[not json", ["[not", "json"]),
        ('{"a": 1}', ['{"a":', "1}"]),
    ],
)
def test_numbers(reference, numbers):
    assert [item["number"] for item in trackings(reference, TEMPLATE)] == numbers


def test_each_number_has_its_link():
    assert trackings("AAA,B/B", TEMPLATE) == [
        {"number": "AAA", "url": "https://bike.example/AAA"},
        {"number": "B/B", "url": "https://bike.example/B%2FB"},
    ]


def test_links_that_came_with_the_numbers():
    reference = json.dumps([["AAA", "https://ups.example/AAA"], ["BBB", "no link"]])
    assert trackings(reference, TEMPLATE) == [
        {"number": "AAA", "url": "https://ups.example/AAA"},
        {"number": "BBB", "url": "https://bike.example/BBB"},
    ]


@pytest.mark.parametrize(
    "template",
    [
        None,
        "see the carrier's page",
        "bike.example/<shipmenttrackingnumber>",
        "javascript:alert(1)",
        "https://",
        "https://bike.example/a page",
        "https://[bike/<shipmenttrackingnumber>",
    ],
)
def test_what_is_no_link_is_never_sent_as_one(template):
    assert trackings("AAA", template) == [{"number": "AAA", "url": None}]
