"""A long step says what it waits for, gives signs of life, and says how it ended."""

import pytest

from dev import progress


def test_start_note_and_end_are_told(monkeypatch, capsys):
    with progress.Activity("Downloading") as activity:
        activity.note("too early to tell")
        monkeypatch.setattr(progress, "QUIET_S", -1)
        activity.note("3 of 71")
    assert capsys.readouterr().out.splitlines() == [
        "Downloading …",
        "Downloading … 0 s, 3 of 71",
        "Downloading … done after 0 s",
    ]


def test_what_broke_off_does_not_pass_for_done(capsys):
    with pytest.raises(KeyboardInterrupt), progress.Activity("Downloading"):
        raise KeyboardInterrupt
    assert "Downloading … broke off after 0 s" in capsys.readouterr().out
