"""What has left stays as it was, whatever becomes of what it was made of."""

import copy

from payload.departed import KEPT, as_it_left, kept


def shipment(**values):
    line = {
        "id": 7,
        "product": {"id": 3, "name": "Lamp"},
        "sku": "L",
        "unit": "Units",
        "customs": {"unit_weight": "1.00"},
        "quantity_done": "2.00",
        "contents": [{"package_id": 5}],
    }
    return (
        dict.fromkeys(KEPT)
        | {
            "packages": [{"id": 5, "weight": "4.00"}],
            "weight": "4.00",
            "trackings": [],
            "lines": [line],
        }
        | values
    )


def later():
    now = copy.deepcopy(shipment())
    now["packages"][0]["weight"] = now["weight"] = "9.00"
    now["trackings"] = ["T-1"]
    now["lines"][0]["product"]["name"] = "New lamp"
    now["lines"][0]["quantity_done"] = "3.00"
    return now


def test_goods_packages_and_addresses_stay():
    found = as_it_left(later(), kept(shipment()))
    assert found["weight"] == "4.00"
    assert found["packages"] == [{"id": 5, "weight": "4.00"}]
    assert found["lines"][0]["product"]["name"] == "Lamp"


def test_what_is_entered_later_is_told():
    found = as_it_left(later(), kept(shipment()))
    assert found["trackings"] == ["T-1"]
    assert found["lines"][0]["quantity_done"] == "3.00"


def test_what_nobody_kept_is_as_it_is_by_now():
    assert as_it_left(later(), None) == later()


def test_a_product_that_was_corrected_is_told():
    now = later()
    now["lines"][0]["product"] = {"id": 4, "name": "Chair"}
    found = as_it_left(now, kept(shipment()))
    assert found["lines"][0]["product"] == {"id": 4, "name": "Chair"}


def test_packing_that_was_corrected_is_told():
    now = later()
    packed = {
        "packages": [{"id": 6, "weight": "1.00"}],
        "weight": "3.00",
        "loose_weight": "2.00",
        "parcel_count": 1,
    }
    now["lines"][0]["contents"] = [{"package_id": 6}]
    found = as_it_left(now | packed, kept(shipment()))
    assert {name: found[name] for name in packed} == packed


def test_a_line_that_was_added_is_told():
    now = later()
    now["lines"].append(now["lines"][0] | {"id": 8})
    found = as_it_left(now, kept(shipment()))
    assert [line["product"]["name"] for line in found["lines"]] == ["Lamp", "New lamp"]
