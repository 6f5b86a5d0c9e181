"""`make bench`: the estimator, the table and the file."""

import gc
import importlib.util
import json
import random
import sys
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from dev import bench, errors
from dev.bench import hooks
from dev.bench.compare import Limits, compare
from dev.bench.estimate import Estimate, estimate
from dev.bench.report import Row, table, write
from dev.bench.run import number


def noisy(true_ratio, pairs, seed):
    """Ratios of pairs; in every third one something takes up to three times as long."""
    chance = random.Random(seed)

    def time(seconds):
        disturbance = chance.uniform(1, 3) if chance.random() < 1 / 6 else 1
        return seconds * chance.gauss(1, 0.03) * disturbance

    return [time(true_ratio) / time(1) for _ in range(pairs)]


def test_the_ratio_is_found_however_noisy_the_machine():
    found = estimate(noisy(1.05, 400, seed=1))
    assert found.value == pytest.approx(1.05, abs=0.01)
    assert found.error < 0.01


def test_the_interval_holds_the_true_ratio_as_often_as_it_says():
    intervals = [estimate(noisy(1.05, 40, seed)) for seed in range(100)]
    assert sum(each.low <= 1.05 <= each.high for each in intervals) >= 88


def test_the_same_against_itself_is_one():
    ratios = noisy(1, 100, seed=2)
    there_and_back = estimate([*ratios, *(1 / ratio for ratio in ratios)])
    assert there_and_back.value == pytest.approx(1)


def test_few_pairs_are_as_unsure_as_they_differ():
    found = estimate([1.1, 1.0, 1.2])
    assert (found.low, found.high) == pytest.approx((1.0, 1.2))


class Work:
    """Takes one second under the first condition and two under the second."""

    def __init__(self):
        self.now = 0.0
        self.side = None
        self.turns = []
        self.collecting = set()

    @contextmanager
    def under(self, side):
        self.side = side
        yield
        self.side = None

    def __call__(self):
        self.turns.append(self.side)
        self.collecting.add(gc.isenabled())
        self.now += 1 if self.side == "A" else 2

    def compare(self, limits, **options):
        conditions = (lambda: self.under("A"), lambda: self.under("B"))
        clocks = (lambda: self.now, lambda: 10 * self.now)
        # Garbage is collected each time: not among all that pytest holds.
        gc.freeze()
        try:
            return compare(self, conditions, clocks, limits, **options)
        finally:
            gc.unfreeze()


def test_both_conditions_are_measured_in_turns():
    work = Work()
    pairs, other_clock = work.compare(Limits(0, 60, (2, 2)))
    assert "".join(work.turns) in ("ABBABAAB", "BAABABBA")
    assert pairs.seconds == [(1, 2)] * 4
    assert other_clock.seconds == [(10, 20)] * 4
    assert pairs.ratio.value == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("limits", "rounds"),
    [
        (Limits(error=1, seconds=60, rounds=(3, 9)), 3),
        (Limits(error=0, seconds=0, rounds=(3, 9)), 3),
        (Limits(error=-1, seconds=60, rounds=(3, 9)), 9),
    ],
)
def test_it_ends_when_it_is_sure_or_late_or_has_had_enough(limits, rounds):
    [pairs, _other_clock] = Work().compare(limits)
    assert len(pairs.seconds) == 2 * rounds


@pytest.mark.parametrize("collect", [True, False])
def test_garbage_is_collected_only_if_asked_for_and_ever_after(collect):
    work = Work()
    work.compare(Limits(0, 60, (1, 1)), collect=collect)
    assert work.collecting == {collect}
    assert gc.isenabled()


def test_the_table_tells_whether_goals_are_met():
    rows = [
        Row("sure", Estimate(1.02, 1.01, 1.03), "x", goal=1.05),
        Row("unsure", Estimate(1.04, 1.02, 1.06), "x", goal=1.05),
        Row("missed", Estimate(1.2, 1.1, 1.3), "x", goal=1.05),
        Row("throughput", 480.3, "y", goal=500, at_least=True),
        Row("noise", Estimate(1.0, 0.9, 1.1), "no goal"),
    ]
    assert [row.met for row in rows] == ["yes", "probably yes", "NO", "NO", ""]
    lines = table(rows).splitlines()
    assert lines[0].split()[:4] == ["figure", "value", "goal", "met"]
    assert lines[2].split() == ["sure", "1.020", "±0.010", "≤", "1.050", "yes", "x"]
    assert lines[5].split() == ["throughput", "480", "≥", "500", "NO", "y"]
    assert len({line.index("≤") for line in lines[2:5]}) == 1


def test_the_file_is_one_object_of_plain_numbers(tmp_path):
    path = tmp_path / "new" / "results.json"
    one = Estimate(1.0123456, 1.0, 1.02)
    write(path, [Row("a", one, "", clock=one), Row("b", 3, "")], keep=False)
    assert json.loads(path.read_text()) == {
        "a": 1.0123,
        "a_on_the_clock": 1.0123,
        "b": 3,
    }


def test_a_part_of_the_figures_leaves_the_others_in_the_file(tmp_path):
    path = tmp_path / "results.json"
    write(path, [Row("a", 1, ""), Row("b", 2, "")], keep=False)
    write(path, [Row("b", 3, "")], keep=True)
    assert json.loads(path.read_text()) == {"a": 1, "b": 3}
    write(path, [Row("c", 4, "")], keep=False)
    assert json.loads(path.read_text()) == {"c": 4}


def test_a_broken_file_is_written_anew(tmp_path):
    path = tmp_path / "results.json"
    path.write_text("{")
    write(path, [Row("a", 1, "")], keep=True)
    assert json.loads(path.read_text()) == {"a": 1}


def test_figures_are_chosen_by_name():
    everything = list(bench.FIGURES)
    assert bench.chosen_figures([]) == everything
    assert bench.chosen_figures(["import_overhead,noise"]) == [
        name for name in everything if name in ("import_overhead", "noise")
    ]
    with pytest.raises(errors.Problem, match="no figure speed: choose from noise"):
        bench.chosen_figures(["noise", "speed"])


@pytest.mark.parametrize("value", ["0", "-1", "many"])
def test_rounds_are_a_whole_number(monkeypatch, value):
    monkeypatch.setenv("ROUNDS", value)
    with pytest.raises(errors.Problem, match=f"ROUNDS={value}"):
        number("ROUNDS")


def models():
    """A registry: one model of another addon's with hooks of ours, one of our own."""

    def made(name, module, bases, **attributes):
        return type(name, bases, {"__module__": module, **attributes})

    theirs, ours = "odoo.addons.sale.models.order", "odoo.addons.ours.models.order"
    base = made("Base", "odoo.orm.models", (), write=lambda self: "base")
    sale = made("Sale", theirs, (base,), create=lambda self: "sale")
    mixin = made(
        "Mixin", ours, (base,), write=lambda self: f"hook, {super(mixin, self).write()}"
    )
    extension = made(
        "Sale",
        ours,
        (mixin, sale),
        create=lambda self: f"hook, {super(extension, self).create()}",
        _payload=lambda self: "own",
    )
    order = made("sale.order", "odoo.orm.models", (extension,), _original_module="sale")
    own = made("webhook", "odoo.orm.models", (mixin,), _original_module="ours")
    return SimpleNamespace(models={"sale.order": order, "webhook": own})


def test_hooks_are_found_taken_out_and_put_back():
    registry = models()
    found = hooks.find(registry, "ours")
    assert sorted(name for _cls, name in found) == ["create", "write"]
    order = registry.models["sale.order"]()
    with_hooks = ["hook, sale", "hook, base", "own"]
    assert [order.create(), order.write(), order._payload()] == with_hooks
    with pytest.raises(KeyError), hooks.removed(found):
        assert [order.create(), order.write(), order._payload()] == [
            "sale",
            "base",
            "own",
        ]
        raise KeyError
    assert [order.create(), order.write(), order._payload()] == with_hooks


def test_code_that_should_not_run_is_told(tmp_path):
    path = tmp_path / "hook.py"
    path.write_text("def touch():\n    return 1\n")
    spec = importlib.util.spec_from_file_location("hook", path)
    hook = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(hook)
    with hooks.require_no_code_of(tmp_path):
        json.dumps({})
    with pytest.raises(errors.Problem, match="hook.py:1"):
        with hooks.require_no_code_of(tmp_path):
            hook.touch()
    assert sys.getprofile() is None
