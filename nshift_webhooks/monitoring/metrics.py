"""Metrics in Prometheus' text formats.

Source: https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from itertools import accumulate

from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
)
from prometheus_client.exposition import choose_encoder

from .state import CLASSES, State, Webhook

PREFIX = "nshift_webhooks"
#: Most characters of a webhook's name in a label, which dozens of lines repeat.
LONGEST_NAME = 100
LABELS = ("webhook_id", "webhook")
OPENMETRICS = "application/openmetrics-text"


class Metrics:
    """The metrics of one moment, for one answer.

    All figures come from the database and none from memory, so that they are the same
    in each of Odoo's workers.

    :param State state: the figures
    :param codes: codes of all possible reasons for being overdue
    :param healths: all possible values of a webhook's health
    """

    def __init__(self, state: State, codes, healths):
        self._state = state
        self._codes = codes
        self._healths = healths

    def encoded(self, accept):
        """Return the metrics in the accepted format, and the format's media type.

        :param accept: the request's ``Accept`` header, None if there is none
        """
        registry = CollectorRegistry()
        registry.register(self)
        # not the header itself, parts of which would appear in the answer's headers
        is_open = OPENMETRICS in (accept or "").lower()
        wanted = f"{OPENMETRICS};version=1.0.0" if is_open else ""
        encode, media_type = choose_encoder(wanted)
        return encode(registry), media_type

    def describe(self):
        """Return no metrics: otherwise, registering would collect all of them."""
        return []

    def collect(self):
        """Yield the metrics with their samples, for the registry."""
        yield from self._of_all()
        yield from self._of_states()
        yield from self._of_totals()
        yield self._durations()

    def _of_all(self):
        state = self._state
        yield InfoMetricFamily(PREFIX, "The addon.", {"version": state.version})
        overdue = GaugeMetricFamily(
            f"{PREFIX}_overdue",
            "Whether something is overdue, by reason: see health.",
            labels=["reason"],
        )
        for code in self._codes:
            overdue.add_metric([code], code in state.reasons)
        yield overdue
        yield GaugeMetricFamily(
            f"{PREFIX}_job_runner_seen",
            "Whether a job runner works for this database.",
            state.runner_seen,
        )
        if state.schedule_ran_at is not None:
            yield GaugeMetricFamily(
                f"{PREFIX}_schedule_last_run_timestamp_seconds",
                "When the scheduled action of each minute ran last.",
                state.schedule_ran_at,
            )
        yield GaugeMetricFamily(
            f"{PREFIX}_left_out",
            "Active webhooks of which nothing is told here, since there are too many.",
            state.left_out,
        )

    def _of_states(self):
        health = GaugeMetricFamily(
            f"{PREFIX}_health",
            "1 for what the overview says of the webhook, 0 for what it could say.",
            labels=[*LABELS, "health"],
        )
        waiting = GaugeMetricFamily(
            f"{PREFIX}_waiting", "Messages that wait.", labels=LABELS
        )
        oldest = GaugeMetricFamily(
            f"{PREFIX}_oldest_waiting_seconds",
            "Since when the oldest of them waits; 0 if none waits.",
            labels=LABELS,
        )
        for webhook in self._state.webhooks:
            labels = labels_of(webhook)
            for each in self._healths:
                health.add_metric([*labels, each], webhook.health == each)
            waiting.add_metric(labels, webhook.waiting)
            oldest.add_metric(labels, webhook.oldest_waiting_s or 0)
        return health, waiting, oldest

    def _of_totals(self):
        delivered = CounterMetricFamily(
            f"{PREFIX}_delivered", "Messages that were received.", labels=LABELS
        )
        failed = CounterMetricFamily(
            f"{PREFIX}_failed", "Messages that were given up.", labels=LABELS
        )
        attempts = CounterMetricFamily(
            f"{PREFIX}_attempts",
            "Requests, by the class of their answers' codes; none: no answer.",
            labels=[*LABELS, "class"],
        )
        for webhook in self._state.webhooks:
            labels, totals = labels_of(webhook), webhook.totals
            delivered.add_metric(labels, totals.delivered)
            failed.add_metric(labels, totals.failed)
            for name, count in zip(CLASSES, totals.attempts, strict=True):
                attempts.add_metric([*labels, name], count)
        return delivered, failed, attempts

    def _durations(self):
        durations = HistogramMetricFamily(
            f"{PREFIX}_duration_seconds",
            "How long requests took that were answered.",
            labels=LABELS,
        )
        ends = [*(str(end / 1000) for end in self._state.steps_ms), "+Inf"]
        for webhook in self._state.webhooks:
            counts = accumulate(webhook.totals.durations)
            durations.add_metric(
                labels_of(webhook),
                list(zip(ends, counts, strict=True)),
                webhook.totals.duration_ms / 1000,
            )
        return durations


def labels_of(webhook: Webhook) -> tuple[str, str]:
    """Return the values of ``LABELS`` for a webhook."""
    return str(webhook.id), webhook.name[:LONGEST_NAME]
