"""Steps are done once, taken up again, and done again when their inputs change."""

import pytest

from dev import paths, steps


class Recorder:
    """Builds a step and counts how often."""

    def __init__(self):
        self.built = 0
        self.is_there = True

    def once(self, inputs="1"):
        return steps.once("odoo", inputs, self._build, lambda: self.is_there)

    def _build(self):
        self.built += 1
        return f"build {self.built}"


@pytest.fixture
def recorder(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "STAMPS", tmp_path / "stamps")
    return Recorder()


def test_done_once(recorder):
    assert [recorder.once(), recorder.once()] == ["build 1", "build 1"]


def test_changed_inputs(recorder):
    assert [recorder.once(), recorder.once("2")] == ["build 1", "build 2"]


def test_a_result_that_is_gone(recorder):
    recorder.once()
    recorder.is_there = False
    assert recorder.once() == "build 2"


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_a_build_that_broke_off(recorder, error):
    """It does not pass for the earlier one."""

    def broken():
        raise error

    recorder.once()
    with pytest.raises(error):
        steps.once("odoo", "2", broken)
    assert recorder.once() == "build 2"


@pytest.mark.parametrize("content", ["", "{", "[]", '{"key": "x"}'])
def test_a_damaged_stamp(recorder, content):
    recorder.once()
    (paths.STAMPS / "odoo.json").write_text(content)
    assert recorder.once() == "build 2"
