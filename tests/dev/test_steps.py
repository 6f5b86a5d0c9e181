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


def test_done_once_for_what_goes_into_it(recorder):
    built = [recorder.once(), recorder.once(), recorder.once("2")]
    assert built == ["build 1", "build 1", "build 2"]
    recorder.is_there = False
    assert recorder.once("2") == "build 3"


def test_a_build_that_broke_off(recorder):
    """It does not pass for the earlier one."""

    def broken():
        raise KeyboardInterrupt

    recorder.once()
    with pytest.raises(KeyboardInterrupt):
        steps.once("odoo", "2", broken, lambda: True)
    assert recorder.once() == "build 2"


@pytest.mark.parametrize("content", ["{", "[]"])
def test_a_damaged_stamp(recorder, content):
    recorder.once()
    (paths.STAMPS / "odoo.json").write_text(content)
    assert recorder.once() == "build 2"
