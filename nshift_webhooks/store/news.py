"""Says that there are new answers, for pages that show them."""

import time

from ..transaction import committed, complain

#: Seconds between two words about answers, however many come.
PAUSE_S = 2


class News:
    """Tells browsers of what was recorded: at once, and then once in a while.

    In transactions of its own, and never waiting for long: what is sent and recorded
    does not depend on whether anybody can be told.

    :param registry: of the database
    """

    def __init__(self, registry):
        self._registry = registry
        self._event_ids = set()
        self._next_at = 0

    def hear(self, event_ids):
        """Note that answers were recorded."""
        self._event_ids.update(event_ids)
        self.tell_in_time()

    def tell_in_time(self):
        """Tell of what was noted, unless something was told just now."""
        if time.monotonic() >= self._next_at:
            self.tell()

    def tell(self):
        """Tell of what was noted."""
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
