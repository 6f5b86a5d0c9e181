import json
from datetime import date, datetime

import pytest
from payload.envelope import (
    LONGEST_MESSAGE,
    encode,
    encode_data,
    is_too_large,
    new_message_id,
)
from payload.values import day, decimal, exact, moment, per_unit, text


@pytest.mark.parametrize(
    ("value", "digits", "written"),
    [
        (0.0, 2, "0.00"),
        (-0.0, 2, "0.00"),
        (-0.001, 2, "0.00"),
        (1.005, 2, "1.01"),
        (0.1 + 0.2, 2, "0.30"),
        (1e15, 2, "1000000000000000.00"),
        (1e-7, 2, "0.00"),
        (-12.5, 0, "-13"),
        (1500.0, 0, "1500"),
        (3, 3, "3.000"),
    ],
)
def test_a_decimal_string(value, digits, written):
    assert decimal(value, digits) == written


@pytest.mark.parametrize(
    ("value", "digits", "written"),
    [
        (750.0, 2, "750.00"),
        (33.3333, 2, "33.3333"),
        (8.264462809917356, 2, "8.264463"),
        (0.1, 2, "0.10"),
        (5.0, 0, "5"),
        (5.5, 0, "5.5"),
    ],
)
def test_a_price_keeps_what_is_finer_than_the_currency(value, digits, written):
    assert per_unit(value, digits) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [(1.0, "1.0"), (0.0000234, "0.0000234"), (15243.5, "15243.5"), (0.0, None)],
)
def test_a_rate_has_all_its_digits(value, written):
    assert exact(value) == written


def test_times_are_iso_8601_in_utc():
    assert moment(datetime(2026, 1, 2, 3, 4, 5)) == "2026-01-02T03:04:05Z"
    assert moment(datetime(2026, 1, 2, 3, 4, 5, 6)) == "2026-01-02T03:04:05.000006Z"
    assert day(date(2026, 1, 2)) == "2026-01-02"


@pytest.mark.parametrize("absent", [False, None, ""])
def test_what_is_absent_is_null(absent):
    assert text(absent) is None
    assert moment(absent) is None
    assert day(absent) is None


def test_a_message_is_compact_utf_8_json_in_a_fixed_order():
    data = encode_data({"name": 'Ærø "🚢"\n'})
    body = encode("msg_1", "order.created", datetime(2026, 1, 2), "7", data, 3)
    assert body == (
        '{"id":"msg_1","type":"order.created","timestamp":"2026-01-02T00:00:00Z",'
        '"api_version":"7","data":{"name":"Ærø \\"🚢\\"\\n","sequence":3}}'
    )
    assert json.loads(body)["data"] == {"name": 'Ærø "🚢"\n', "sequence": 3}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), b"x", {1, 2}])
def test_only_json(value):
    """What JSON does not know is refused, rather than written as something else."""
    with pytest.raises((TypeError, ValueError)):
        encode_data({"x": value})


def test_size_in_bytes():
    """Whether a message is too large is told by its bytes, not its characters."""
    just = "x" * LONGEST_MESSAGE
    assert not is_too_large(just)
    assert is_too_large(just + "x")
    assert is_too_large("🚢" * (LONGEST_MESSAGE // 4 + 1))
    assert not is_too_large("🚢" * (LONGEST_MESSAGE // 4))


def test_message_ids_are_unique_and_safe_in_a_header():
    ids = {new_message_id() for _ in range(1000)}
    assert len(ids) == 1000
    # the signature joins id, timestamp and body with dots
    assert all(id_.isascii() and "." not in id_ and " " not in id_ for id_ in ids)
