"""Notices of new answers, for browser pages that show answers."""

import time

from ..transaction import committed, complain

#: Seconds between two notices, however many answers come.
PAUSE_S = 2


class News:
    """Notifies browsers of recorded answers: at once, and then at intervals.

    Notices have transactions of their own with a short time-out, so that sending and
    recording do not depend on them.

    :param registry: registry of the database
    """

    def __init__(self, registry):
        self._registry = registry
        self._event_ids = set()
        self._next_at = 0.0

    def hear(self, event_ids):
        """Note the events whose answers were recorded."""
        self._event_ids.update(event_ids)
        self.tell_in_time()

    def tell_in_time(self):
        """Send a notice of the noted events, unless one was sent just now."""
        if time.monotonic() >= self._next_at:
            self.tell()

    def tell(self):
        """Send a notice of the noted events."""
        if not self._event_ids:
            return
        event_ids, self._event_ids = self._event_ids, set()
        self._next_at = time.monotonic() + PAUSE_S
        try:
            with committed(self._registry) as env:
                env.cr.execute("SET LOCAL synchronous_commit TO OFF")
                env.cr.execute("SET LOCAL lock_timeout TO '200ms'")
                env["nshift.webhook.event"]._tell_of_answers(list(event_ids))
        except Exception as error:
            complain(error, "No page is told that there are new answers")
