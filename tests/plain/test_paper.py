"""A label, a customs form and a pick list can be made of a shipment's message alone.

The messages are those that the demo made.
"""

import json

import pytest

from dev import paths

from ..paper import cn23, label, pick_list

EXAMPLES = paths.ADDON / "contract" / "examples"


def shipment(event):
    text = (EXAMPLES / f"{event}.json").read_text(encoding="utf-8")
    return json.loads(text)["data"]["shipment"]


def test_a_label_for_each_parcel():
    first, second = label(shipment("shipment.done"))
    assert first[0].startswith("Nordic Parcel NP")
    assert first[0] != second[0]
    assert first[1].startswith("1/2: ")
    assert first[1].endswith(" kg")
    assert "Anna Lindqvist" in first
    assert "211 42 Malmö" in first
    assert "Tel. +46 40 123 45" in first


def test_a_customs_declaration():
    declared = cn23(shipment("shipment.done"))
    [row] = declared["rows"]
    assert (row["description"], row["hs_code"], row["origin"]) == (
        "Oak chair",
        "940169",
        "DK",
    )
    assert row["value"] == declared["total_value"] > 6 * 100
    assert row["weight"] == declared["gross_weight"] == 6 * 6.5
    assert (declared["currency"], declared["terms"]) == ("EUR", "DAP")


def test_a_pick_list_says_what_is_a_part_of_what():
    assert pick_list(shipment("shipment.created")) == [
        ("TOP", "Table top", "2.00 Units", "Desk to assemble", []),
        ("LEG", "Table leg", "8.00 Units", "Desk to assemble", []),
    ]


@pytest.mark.parametrize("missing", ["phone", "zip", "country", "name"])
def test_what_a_label_needs_is_there(missing):
    found = shipment("shipment.done")
    found["delivery_address"][missing] = None
    with pytest.raises(AssertionError):
        label(found)
