"""What is sent in bulk waits for everything else in its lane."""

import pytest
from delivery.health import Health
from delivery.lane import Lane, Parcel
from delivery.sender import Endpoint, Message


@pytest.fixture
def lane():
    lane = Lane(1, sender=None)
    lane.share(threads=2, room=1000, room_for_one=1000)
    lane.direct(Endpoint("https://example.com/", ("whsec_",)), 2, None, Health())
    return lane


def parcels(*ids, is_bulk=False):
    return [Parcel(id_, Message(str(id_), b"12"), is_bulk) for id_ in ids]


def take_all(lane):
    """Take what there is, as the dispatcher does; return the events' ids."""
    taken = []
    while next_ones := lane.take():
        taken += [parcel.event_id for parcel in next_ones]
    return taken


def test_others_are_taken_first(lane):
    lane.add(parcels(1, 2, 3, is_bulk=True))
    lane.add(parcels(4, 5, 6))
    assert (lane.waiting, lane.bulk_waiting) == (3, 3)
    assert take_all(lane) == [4, 5, 6, 1, 2, 3]


def test_one_that_another_waits_for_is_taken_with_the_others(lane):
    lane.add(parcels(1, 2, 3, 4, is_bulk=True))
    lane.hurry({3, 7})
    assert take_all(lane) == [3, 1, 2, 4]


def test_what_is_let_go_of_is_all(lane):
    lane.add(parcels(1, 2, is_bulk=True) + parcels(3))
    assert lane.size == 6
    lane.drop_waiting()
    assert (lane.size, lane.in_hand) == (0, {})
    assert (lane.waiting, lane.bulk_waiting, lane.is_idle) == (0, 0, True)
