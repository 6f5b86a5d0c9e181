"""The dashboard, the rules and the page on monitoring know just what is told."""

import json
import re

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families as parsed

from dev import paths

from .test_monitoring import encoded, state, webhook

DOCS = paths.ROOT / "docs"
DASHBOARD = DOCS / "monitoring" / "grafana.json"
RULES = DOCS / "monitoring" / "alerts.yml"
PAGE = DOCS / "MONITORING.md"
METRIC = re.compile(r"\b(nshift_webhooks_\w+)(?:\{([^}]*)\})?")
LABEL = re.compile(r"(\w+)\s*(?:=~|!~|!=|=)")
BY = re.compile(r"\bby \(([^)]*)\)")
#: What Prometheus itself adds.
ADDED = {"job", "instance"}


@pytest.fixture(scope="module")
def told():
    """The labels by the names of all samples, and the types by the metrics' names."""
    text, _media_type = encoded(state(webhook()))
    labels, types = {}, {}
    for family in parsed(text):
        for sample in family.samples:
            labels.setdefault(sample.name, set()).update(sample.labels)
        ending = "_total" if family.type == "counter" else ""
        types[f"{family.name}{ending}"] = family.type
    return labels, types


def dashboard_queries():
    dashboard = json.loads(DASHBOARD.read_text())
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"]
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            yield variable["name"], variable["query"]["query"]


def rules():
    [group] = yaml.safe_load(RULES.read_text())["groups"]
    return group["rules"]


def queries():
    yield from dashboard_queries()
    for rule in rules():
        yield rule["alert"], rule["expr"]


@pytest.mark.parametrize("query", [pytest.param(q, id=name) for name, q in queries()])
def test_query(told, query):
    """Each metric and label that is asked for is told."""
    labels, _types = told
    found = METRIC.findall(query)
    assert found
    for name, conditions in found:
        assert name in labels
        assert set(LABEL.findall(conditions)) <= labels[name] | ADDED
        for names in BY.findall(query):
            assert {each.strip() for each in names.split(",")} <= labels[name]
    assert query.count("(") == query.count(")")
    assert query.count("{") == query.count("}")


def test_dashboard_shows_all(told):
    """Nothing is told that nobody sees, but what is of no use in a picture."""
    labels, _types = told
    shown = {
        name for _title, query in dashboard_queries() for name in METRIC.findall(query)
    }
    unseen = set(labels) - {name for name, _conditions in shown}
    assert unseen == {"nshift_webhooks_left_out"}


def test_panels_have_places():
    """No two of them overlap, and none is wider than the page."""
    taken = set()
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken and max(x for x, _y in cells) < 24, panel["title"]
        taken |= cells
    ids = [panel["id"] for panel in json.loads(DASHBOARD.read_text())["panels"]]
    assert len(set(ids)) == len(ids)


def test_rules(told):
    """Each says how urgent it is, and what about it."""
    labels, _types = told
    for rule in rules():
        assert rule["labels"]["severity"] in ("page", "ticket"), rule
        assert rule["annotations"].keys() == {"summary", "description"}, rule
        [(name, _conditions), *_others] = METRIC.findall(rule["expr"])
        used = re.findall(r"\$labels\.(\w+)", str(rule["annotations"]))
        assert set(used) <= labels[name], rule


def test_page(told):
    """It explains each metric, with its type, and has no other."""
    _labels, types = told
    rows = re.findall(
        r"^\| `(nshift_webhooks_\w+)` \| (\w+) \|", PAGE.read_text(), re.M
    )
    assert dict(rows) == types
