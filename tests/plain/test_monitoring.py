"""What monitoring is told: figures as Prometheus reads them, and health."""

import json
from itertools import accumulate

import pytest
from delivery.histogram import STEP_ENDS_MS, STEPS, counted
from monitoring import token
from monitoring.health import health
from monitoring.metrics import LONGEST_NAME, Metrics
from monitoring.state import CLASSES, State, Totals, Webhook, class_of
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families as parsed

OPENMETRICS = "application/openmetrics-text; version=1.0.0"
HOSTILE_NAME = 'Shop "A"\\\n# TYPE x counter\nx 1\r{}é😀'


def totals(*durations, **values):
    return Totals(
        **{
            "delivered": 3,
            "failed": 1,
            "attempts": [3, 0, 1, 0, 0, 2],
            "durations": counted(durations),
            "duration_ms": sum(durations),
        }
        | values
    )


def state(*webhooks, **values):
    return State(
        **{
            "version": "19.0.1.0.0",
            "steps_ms": STEP_ENDS_MS,
            "reasons": {},
            "runner_seen": True,
            "schedule_ran_at": 1_700_000_000.0,
            "webhooks": list(webhooks),
            "left_out": 0,
        }
        | values
    )


def webhook(**values):
    return Webhook(
        **{
            "id": 7,
            "name": "Shop",
            "health": "working",
            "waiting": 2,
            "oldest_waiting_s": 12.5,
            "totals": totals(),
        }
        | values
    )


def encoded(told, accept=None):
    """Return the text for an answer, and its media type."""
    metrics = Metrics(told, ["copy", "stuck"], ["working", "failing"])
    body, media_type = metrics.encoded(accept)
    return body.decode(), media_type


def samples(told):
    """Return the values by (name, labels as a sorted tuple)."""
    text, _media_type = encoded(told)
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in parsed(text)
        for sample in family.samples
    }


def of_webhook(told, name, **labels):
    labels = {"webhook_id": "7", "webhook": "Shop"} | labels
    return samples(told)[f"nshift_webhooks_{name}", tuple(sorted(labels.items()))]


def test_figures_of_a_webhook():
    told = state(webhook())
    assert of_webhook(told, "waiting") == 2
    assert of_webhook(told, "oldest_waiting_seconds") == 12.5
    assert of_webhook(told, "delivered_total") == 3
    assert of_webhook(told, "failed_total") == 1
    attempts = [of_webhook(told, "attempts_total", **{"class": n}) for n in CLASSES]
    assert attempts == [3, 0, 1, 0, 0, 2]
    assert of_webhook(told, "health", health="working") == 1
    assert of_webhook(told, "health", health="failing") == 0


def test_figures_of_all():
    found = samples(state(reasons={"stuck": "…"}, left_out=3, runner_seen=False))
    assert found["nshift_webhooks_overdue", (("reason", "stuck"),)] == 1
    assert found["nshift_webhooks_overdue", (("reason", "copy"),)] == 0
    assert found["nshift_webhooks_left_out", ()] == 3
    assert found["nshift_webhooks_job_runner_seen", ()] == 0
    assert found["nshift_webhooks_info", (("version", "19.0.1.0.0"),)] == 1
    last_run = "nshift_webhooks_schedule_last_run_timestamp_seconds", ()
    assert found[last_run] == 1_700_000_000
    assert last_run not in samples(state(schedule_ran_at=None))


def test_each_duration_is_in_its_bucket():
    """A bucket has just what took no longer than it says, at each millisecond."""
    for duration in range(45_000):
        [step] = [place for place, count in enumerate(counted([duration])) if count]
        fits = [place for place, upper in enumerate(STEP_ENDS_MS) if duration <= upper]
        assert step == (fits[0] if fits else STEPS - 1), duration


def test_histogram():
    durations = [3, 10, 11, 14, 15, 90, 4000, 70_000]
    told = state(webhook(totals=totals(*durations)))
    for upper in STEP_ENDS_MS:
        within = of_webhook(told, "duration_seconds_bucket", le=str(upper / 1000))
        assert within == sum(duration <= upper for duration in durations)
    total = of_webhook(told, "duration_seconds_bucket", le="+Inf")
    assert total == of_webhook(told, "duration_seconds_count") == len(durations)
    assert of_webhook(told, "duration_seconds_sum") == sum(durations) / 1000
    assert list(accumulate(counted(durations)))[-1] == len(durations)


@pytest.mark.parametrize("accept", [None, "", "text/plain;version=0.0.4;q=0.5", "*/*"])
def test_text_format(accept):
    _text, media_type = encoded(state(webhook()), accept)
    assert media_type == "text/plain; version=0.0.4; charset=utf-8"


def test_openmetrics_format():
    text, media_type = encoded(state(webhook()), f"{OPENMETRICS},text/plain;q=0.5")
    assert media_type.startswith("application/openmetrics-text; version=1.0.0")
    families = list(openmetrics.text_string_to_metric_families(text))
    assert {family.type for family in families} >= {"counter", "gauge", "histogram"}


@pytest.mark.parametrize(
    "accept",
    [
        "application/openmetrics-text; version=x",
        "application/openmetrics-text; version=1.0.0\r\nX-Evil: 1",
        "application/openmetrics-text; version=" + "9" * 5000,
        "text/plain; version=1.0.0; escaping=\r\nX-Evil: 1",
        "application/openmetrics-text;;;=;version",
        "\x00\xff",
    ],
)
def test_hostile_accept(accept):
    """It has an answer, and nothing of it is in a header."""
    text, media_type = encoded(state(webhook()), accept)
    assert "nshift_webhooks_waiting" in text
    assert not {"\r", "\n"} & set(media_type)
    assert "Evil" not in media_type and len(media_type) < 200


@pytest.mark.parametrize("accept", [None, OPENMETRICS])
def test_hostile_name(accept):
    """A name cannot add a line of its own."""
    told = state(webhook(name=HOSTILE_NAME), webhook(id=8, name="x" * 5000))
    text, _media_type = encoded(told, accept)
    parse = openmetrics.text_string_to_metric_families if accept else parsed
    names = {
        sample.labels["webhook_id"]: sample.labels["webhook"]
        for family in parse(text)
        for sample in family.samples
        if "webhook_id" in sample.labels
    }
    assert names == {"7": HOSTILE_NAME, "8": "x" * LONGEST_NAME}
    assert not any(line.startswith("x ") for line in text.splitlines())


def test_classes():
    for code, name in (
        (200, "2xx"),
        (299, "2xx"),
        (302, "3xx"),
        (404, "4xx"),
        (503, "5xx"),
        (101, "other"),
        (999, "other"),
        (0, "none"),
        (None, "none"),
    ):
        assert CLASSES[class_of(code)] == name


def test_healthy():
    told = health(state(webhook(), webhook(id=8, waiting=0, oldest_waiting_s=None)))
    assert told["status"] == "ok"
    assert told["reasons"] == []
    assert (told["waiting"], told["oldest_waiting_seconds"]) == (2, 12.5)
    assert told["webhooks"][0]["health"] == "working"
    json.dumps(told)


def test_overdue():
    told = health(state(reasons={"stuck": "Messages are late."}))
    assert told["status"] == "overdue"
    assert told["reasons"] == [{"code": "stuck", "text": "Messages are late."}]
    assert told["oldest_waiting_seconds"] is None


@pytest.fixture(scope="module")
def made():
    return token.new_token()


def test_token(made):
    kept = token.digest(made)
    assert token.is_kept(kept) and made not in kept
    for scheme in ("Bearer", "bearer", "BEARER"):
        assert token.opens(f"{scheme} {made}", kept)
    assert token.new_token() != made


def test_wrong_token(made):
    kept = token.digest(made)
    for wrong in (
        None,
        "",
        "Bearer",
        "Bearer ",
        made,
        f"Basic {made}",
        f"Bearer {made[:-1]}",
        f"Bearer {made}x",
        f"Bearer {made.upper()}",
        f"Bearer {kept}",
        f"Bearer {kept.removeprefix('sha256:')}",
        "Bearer ünïcode 😀",
        "Bearer \udcff",
        "Bearer " + "x" * 100_000,
    ):
        assert not token.opens(wrong, kept), wrong


@pytest.mark.parametrize("kept", [None, "", "sha256:", "off", "sha256:" + "G" * 64])
def test_nothing_kept(kept):
    """What is no digest opens nothing, whatever is presented."""
    for presented in ("Bearer ", f"Bearer {kept}", "Bearer x"):
        assert not token.opens(presented, kept)
