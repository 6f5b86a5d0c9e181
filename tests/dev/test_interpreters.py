"""The examples' interpreters are the machine's own, or Debian's."""

import pytest

from dev import errors, interpreters, paths


@pytest.fixture
def bare_machine(tmp_path, monkeypatch):
    """A machine on which nothing is to be found; the folder on its PATH."""
    monkeypatch.setattr(paths, "ENV_DIR", tmp_path)
    monkeypatch.setattr(paths, "STAMPS", tmp_path / "stamps")
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def test_the_one_on_path(bare_machine):
    php = bare_machine / "php"
    php.write_text("#!/bin/sh\n")
    php.chmod(0o755)
    assert interpreters.PHP.path() == str(php)


def test_none_to_be_had(bare_machine):
    """Where it can neither be found nor fetched, that and the remedy are told."""
    with pytest.raises(errors.Problem) as told:
        interpreters.PHP.path()
    assert str(told.value).startswith(
        "php is not on this machine, and fetching Debian's failed: "
    )
    assert str(told.value).endswith(interpreters.PHP.hint)
