"""A long step says what it waits for, gives signs of life, and says how it ended."""

import time

import pytest

from dev import progress


def test_start_note_and_end_are_told(monkeypatch, capsys):
    monkeypatch.setattr(progress, "QUIET_INTERVAL", 0.2)
    with progress.Activity("Downloading") as activity:
        activity.note("3 of 71")
        time.sleep(0.5)
    first, *between, last = capsys.readouterr().out.splitlines()
    assert first == "Downloading …"
    assert between
    assert set(between) <= {f"Downloading … {n} s, 3 of 71" for n in (0, 1)}
    assert last.startswith("Downloading … done after ")


def test_what_broke_off_does_not_pass_for_done(capsys):
    with pytest.raises(KeyboardInterrupt), progress.Activity("Downloading"):
        raise KeyboardInterrupt
    assert "Downloading … broke off after 0 s" in capsys.readouterr().out
