"""Steps are done once, taken up again, and done again when their inputs change."""

import pytest

from dev.steps import Step


class Recorder:
    """Counts how often each step was built."""

    def __init__(self):
        self.built = []

    def step(self, name, *needs, version="1", **options):
        def build():
            self.built.append(name)
            return f"{name} {version}"

        return Step(name, build, {"version": version}, needs, **options)


def test_a_step_that_is_done_is_not_done_again(stamps):
    recorder = Recorder()
    assert stamps.ensure(recorder.step("odoo")) == "odoo 1"
    assert stamps.ensure(recorder.step("odoo")) == "odoo 1"
    assert recorder.built == ["odoo"]


def test_what_a_step_needs_comes_first(stamps):
    recorder = Recorder()
    stamps.ensure(recorder.step("link", recorder.step("venv"), recorder.step("odoo")))
    assert recorder.built == ["venv", "odoo", "link"]


def test_a_changed_input_builds_the_step_and_what_depends_on_it(stamps):
    recorder = Recorder()
    other = recorder.step("other")
    stamps.ensure(other)
    stamps.ensure(recorder.step("link", recorder.step("venv")))
    recorder.built.clear()
    stamps.ensure(other)
    stamps.ensure(recorder.step("link", recorder.step("venv", version="2")))
    assert recorder.built == ["venv", "link"]


def test_a_step_whose_result_is_gone_is_built_again_with_what_depends_on_it(stamps):
    recorder = Recorder()
    there = True
    venv = recorder.step("venv", intact=lambda: there)
    stamps.ensure(recorder.step("link", venv))
    recorder.built.clear()
    there = False
    stamps.ensure(recorder.step("link", venv))
    assert recorder.built == ["venv", "link"]


def test_a_step_that_broke_off_is_taken_up_again(stamps, tmp_path):
    results = tmp_path / "result"
    fail = True

    def build():
        results.write_text("half")
        if fail:
            raise RuntimeError("the network went away")
        results.write_text("whole")
        return "done"

    step = Step("download", build)
    with pytest.raises(RuntimeError):
        stamps.ensure(step)
    assert not stamps.is_done(step)
    fail = False
    stamps.ensure(step)
    assert results.read_text() == "whole"
    assert stamps.is_done(step)


def test_a_rebuild_that_broke_off_does_not_pass_for_the_earlier_build(stamps):
    recorder = Recorder()
    stamps.ensure(recorder.step("venv"))

    def broken():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stamps.ensure(Step("venv", broken, {"version": "2"}))
    stamps.ensure(recorder.step("venv"))
    assert recorder.built == ["venv", "venv"]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"key": "x"}'])
def test_a_damaged_stamp_means_not_done(stamps, content):
    recorder = Recorder()
    stamps.ensure(recorder.step("odoo"))
    (stamps.folder / "odoo.json").write_text(content)
    stamps.ensure(recorder.step("odoo"))
    assert recorder.built == ["odoo", "odoo"]


def test_is_done_looks_at_what_is_needed_too(stamps):
    recorder = Recorder()
    stamps.ensure(recorder.step("link", recorder.step("venv")))
    assert stamps.is_done(recorder.step("link", recorder.step("venv")))
    assert not stamps.is_done(recorder.step("link", recorder.step("venv", version="2")))
    assert recorder.built == ["venv", "link"]
