"""What a delivery job relies on of its store, tried on the real and the made-up one."""

#: Events that are due for each of two webhooks.
EVENTS = 3


class StoreContract:
    """Tests of a store.

    Whoever inherits has a fixture ``job``: a store with two webhooks, for each of which
    ``EVENTS`` events are due, and an Answer that accepts a message.
    """

    def opened(self, store, held=(), room=10):
        """Open lanes; return them with room for all that is due."""
        lanes = store.open_lanes(set(held), room)
        for lane in lanes:
            lane.share(threads=EVENTS, room=10**6, room_for_one=10**6)
        return lanes

    def send(self, store, lane, answer):
        """Take what a lane has, and record an answer to each; return the events."""
        parcels = []
        while taken := lane.take():
            store.announce({lane.webhook_id: taken})
            store.record([(lane, parcel.event_id, answer) for parcel in taken])
            for parcel in taken:
                lane.recorded(parcel.event_id)
            parcels += taken
        return {parcel.event_id for parcel in parcels}

    def test_opened_once(self, job):
        """Each webhook with something due has one lane."""
        store, _accepted = job
        held = {lane.webhook_id for lane in self.opened(store)}
        assert len(held) == 2
        assert self.opened(store, held) == []

    def test_room(self, job):
        """No more lanes are opened than there is room for."""
        store, _accepted = job
        [first] = self.opened(store, room=1)
        [second] = self.opened(store, {first.webhook_id}, room=1)
        assert first.webhook_id != second.webhook_id

    def test_fetched_once(self, job):
        """An event in hand is not fetched again."""
        store, _accepted = job
        lane, _other = self.opened(store)
        for _look in range(2):
            store.refill(lane)
            assert lane.waiting == len(lane.in_hand) == EVENTS

    def test_recorded(self, job):
        """An event that was accepted is due no more, and nothing else is touched."""
        store, accepted = job
        lane, other = self.opened(store)
        for each in (lane, other):
            store.refill(each)
        assert len(self.send(store, lane, accepted)) == EVENTS
        store.refill(lane)
        assert not lane.in_hand
        assert other.waiting == EVENTS
        store.close_lane(lane)
        assert self.opened(store, {other.webhook_id}) == []

    def test_closed(self, job):
        """A webhook that still has something due can be opened again."""
        store, _accepted = job
        lane, other = self.opened(store)
        store.refill(lane)
        lane.drop_waiting()
        store.close_lane(lane)
        [again] = self.opened(store, {other.webhook_id})
        store.refill(again)
        assert again.webhook_id == lane.webhook_id
        assert again.waiting == EVENTS

    def test_left_alone(self, job):
        """A webhook that is left to a later job is not opened again by this one."""
        store, _accepted = job
        lane, other = self.opened(store)
        store.leave_alone(lane.webhook_id)
        store.close_lane(lane)
        assert self.opened(store, {other.webhook_id}) == []
