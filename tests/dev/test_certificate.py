"""The receiver's certificate is made once, and its key is its owner's."""

from dev import certificate


def test_made_once_and_for_its_owner(tmp_path):
    files = certificate.ensure(tmp_path / "tls")
    before = files.key.read_bytes()
    assert certificate.ensure(files.key.parent) == files
    assert files.key.read_bytes() == before
    assert files.key.parent.stat().st_mode & 0o077 == 0


def test_a_try_that_was_killed_is_made_anew(tmp_path):
    (tmp_path / "tls.partial").mkdir()
    assert certificate.ensure(tmp_path / "tls").key.is_file()
