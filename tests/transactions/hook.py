"""A webhook whose endpoint is a receiver, and whose jobs the tests run themselves."""

import threading
from contextlib import contextmanager

from dev.receiver import answer

from .in_thread import in_thread


def secret_of(env, webhook_id):
    """Return what a webhook's messages are signed with."""
    webhook = env["nshift.webhook"].browse(webhook_id)
    return env["nshift.webhook.vault"]._take(webhook, "secret")[webhook_id]


class Hook:
    """A webhook, its endpoint and its jobs."""

    def __init__(self, shop, receiver, *events, **values):
        self.shop = shop
        self.receiver = receiver
        # the most that there is: answers that are held are not to be in time by luck
        self.id = shop.webhook(*events, **{"request_timeout": 30} | values)
        self.path = f"/{shop.registry.db_name}/{self.id}"
        with shop.transaction() as env:
            webhook = env["nshift.webhook"].browse(self.id)
            webhook.url = receiver.url(self.path)
            self.secret = secret_of(env, self.id)
        self.answers()

    def answers(self, *answers, **options):
        self.receiver.register(self.path, self.secret, answers, **options)

    @contextmanager
    def under_way(self, work=None):
        """Have a request be under way until the block ends; it is then accepted.

        :param work: a function that makes the request, called in a thread; by default a
            delivery job
        :return: a function by which the request is answered earlier
        """
        begun, release = threading.Event(), threading.Event()

        def held(handler):
            begun.set()
            release.wait(60)
            return answer(200)(handler)

        self.answers(held)
        join = in_thread(work or self.deliver)
        try:
            assert begun.wait(60), "no request was made"
            yield release.set
        finally:
            release.set()
            error = join()
        assert error is None

    def deliver(self):
        """Run a delivery job."""
        with self.shop.transaction() as env:
            env["nshift.webhook.delivery"]._deliver()

    def help_out(self):
        """Run the scheduled action that delivers what no job has, as each minute."""
        with self.shop.transaction() as env:
            env.ref("nshift_webhooks.cron_deliver_overdue").method_direct_trigger()

    def arrived(self):
        """What the receiver got; it notes a request after it has answered it."""
        with self.shop.transaction() as env:
            count = env["nshift.webhook.attempt"].search_count(
                [("event_id.webhook_id", "=", self.id), ("failure", "!=", "url")]
            )
        self.receiver.wait_for(count, self.path)
        # some may have come twice: their number does not say that the last is noted
        self.receiver.wait_until_idle(self.path)
        return self.receiver.requests(self.path)

    def names(self):
        return [request.message["data"]["order"]["name"] for request in self.arrived()]

    def states(self):
        with self.shop.transaction() as env:
            events = env["nshift.webhook.event"].search(
                [("webhook_id", "=", self.id)], order="id"
            )
            return events.mapped("state")

    def write(self, **values):
        with self.shop.transaction() as env:
            env["nshift.webhook"].browse(self.id).write(values)

    def told_of(self, *events):
        """Choose other types of events."""
        with self.shop.transaction() as env:
            types = env["nshift.webhook.type"].search([("code", "in", events)])
            env["nshift.webhook"].browse(self.id).type_ids = types

    def jobs(self):
        """The ETAs of the jobs that wait, seconds from now; 0 for at once."""
        with self.shop.transaction() as env:
            jobs = env["queue.job"].search([("state", "=", "pending")])
            now = env.cr.now()
            return [
                round((job.eta - now).total_seconds()) if job.eta else 0 for job in jobs
            ]

    def forget_jobs(self):
        with self.shop.transaction() as env:
            env["queue.job"].search([]).unlink()

    def make_due(self):
        """Let the time pass until the next attempts are due."""
        with self.shop.transaction() as env:
            env.cr.execute(
                "UPDATE nshift_webhook_event "
                "SET next_attempt_at = next_attempt_at - interval '1 day' "
                "WHERE state = 'pending'"
            )
