"""How far a receiver has read, as its cursor says it."""

import hashlib

import pytest
from position import Position, Snapshot


def sign(text):
    return hashlib.sha256(f"key {text}".encode()).hexdigest()


POSITIONS = [
    Position(Snapshot(1, 1)),
    Position(Snapshot(10, 2**40, (10, 12)), 2**31 - 1, 7, last_id=9, last_message="m"),
    Position(Snapshot(10, 20), 30, 7, 12, Snapshot(15, 25, (15,), 26), 9, "msg_ä"),
]


@pytest.mark.parametrize("position", POSITIONS)
def test_a_cursor_is_read_as_it_was_written(position):
    cursor = position.encode(sign)
    assert Position.decode(cursor, sign) == position
    assert cursor.isascii()
    # needs no quoting in URLs and shells
    assert cursor.replace("-", "").replace("_", "").isalnum()


@pytest.mark.parametrize("index", range(0, 150, 7))
def test_a_changed_cursor_is_refused(index):
    cursor = POSITIONS[2].encode(sign)
    other = "A" if cursor[index] != "A" else "B"
    with pytest.raises(ValueError):
        Position.decode(cursor[:index] + other + cursor[index + 1 :], sign)


@pytest.mark.parametrize(
    "cursor", [None, 7, "", "A", "AAAA", "ä", "\ud800", "=" * 99, "A" * 10_000, []]
)
def test_what_is_no_cursor_is_refused(cursor):
    with pytest.raises(ValueError):
        Position.decode(cursor, sign)


def test_anothers_signature_is_refused():
    with pytest.raises(ValueError):
        Position.decode(POSITIONS[0].encode(lambda text: sign(f"x{text}")), sign)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (("10:20:10,14", 0), Snapshot(10, 20, (10, 14), 20)),
        (("10:10:", 3), Snapshot(10, 10, (), 13)),
        (("10:10:", None), Snapshot(10, 10)),
    ],
)
def test_a_snapshot_of_postgresqls(row, expected):
    assert Snapshot.of(*row) == expected


@pytest.mark.parametrize(
    ("now", "is_over"),
    [
        (Snapshot(10, 20, (10,), 22), False),
        # 20 and 21 run: nothing that came after them has ended
        (Snapshot(20, 20, (), 22), False),
        (Snapshot(21, 25, (21,), 25), False),
        (Snapshot(22, 25, (22,), 25), True),
        (Snapshot(30, 30, (), 30), True),
    ],
)
def test_when_all_that_ran_is_over(now, is_over):
    assert Snapshot(10, 20, (10,), 22).is_over(now) is is_over


def test_a_snapshot_that_knows_no_unused_number_is_never_over():
    assert not Snapshot(10, 20).is_over(Snapshot(30, 30, (), 30))
