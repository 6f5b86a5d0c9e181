"""Which webhooks want to hear of an event."""

from typing import NamedTuple


class Subscription(NamedTuple):
    """What capture knows of an active webhook.

    :ivar webhook_id: the webhook
    :ivar company_id: the company whose records it is told of, None for all
    :ivar channel_ids: the order channels, empty for all records with or without one
    """

    webhook_id: int
    company_id: int | None
    channel_ids: frozenset

    def wants(self, snapshot):
        """Tell whether the webhook applies to a record.

        :param snapshot: the record's Snapshot, None if there is no such record
        """
        return (
            snapshot is not None
            and self.company_id in (None, snapshot.company_id)
            and (not self.channel_ids or snapshot.channel_id in self.channel_ids)
        )
