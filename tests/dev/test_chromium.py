"""A browser is found where the person has one, or comes from Debian, unpacked."""

import dataclasses
import os
import shutil
from pathlib import Path

import pytest

from dev import chromium, errors, paths, programs


def executable(path, text="#!/bin/sh\n"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def test_the_persons_own_is_used(tmp_path, monkeypatch):
    found = executable(tmp_path / "google-chrome")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CHROMIUM", raising=False)
    assert chromium.path() == str(found)
    named = executable(tmp_path / "my-chromium")
    monkeypatch.setenv("CHROMIUM", str(named))
    assert chromium.path() == str(named)


def test_one_that_does_not_work_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("CHROMIUM", str(tmp_path / "nothing"))
    with pytest.raises(errors.Problem, match="CHROMIUM=.*nothing is no program"):
        chromium.path()
    broken = executable(tmp_path / "broken", "#!/bin/sh\necho no display >&2; exit 1")
    with pytest.raises(errors.Problem, match="does not start: no display"):
        programs.version(str(broken))


def test_none_to_be_had(tmp_path, monkeypatch):
    """Where it can neither be found nor fetched, that and the remedy are told."""
    monkeypatch.setattr(paths, "ENV_DIR", tmp_path)
    monkeypatch.setattr(paths, "STAMPS", tmp_path / "stamps")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(errors.Problem) as told:
        chromium.CHROMIUM.path()
    assert str(told.value).startswith(
        "chromium is not on this machine, and fetching Debian's failed: "
    )
    assert str(told.value).endswith(chromium.CHROMIUM.hint)


@pytest.mark.slow
def test_debians_is_unpacked_without_root_and_starts(tmp_path, monkeypatch, logs):
    if not shutil.which("apt-get"):
        pytest.skip("this machine has no apt")
    if not Path(chromium.path()).is_relative_to(paths.ENV_DIR):
        # The machine has one: else Debian's is here already.
        monkeypatch.setattr(paths, "ENV_DIR", tmp_path)
        monkeypatch.setattr(paths, "STAMPS", tmp_path / "stamps")
        monkeypatch.setattr(paths, "APT", tmp_path / "apt")
    debians = dataclasses.replace(chromium.CHROMIUM, names=())
    found = debians.path()
    assert found == str(paths.ENV_DIR / "chromium" / "chromium")
    assert "Chrom" in programs.version(found)
    before = os.stat(found).st_mtime_ns
    assert debians.path() == found
    assert os.stat(found).st_mtime_ns == before
