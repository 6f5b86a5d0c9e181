"""Packages are fetched by the machine's own apt, from a state of our own."""

import shutil
import subprocess

import pytest

from dev import apt, errors, paths

apt_is_here = shutil.which("apt-get") and shutil.which("dpkg-deb")


@pytest.fixture
def private(tmp_path, monkeypatch, logs):
    """Private state of apt goes to a folder of the test's own."""
    if not apt_is_here:
        pytest.skip("this machine has no apt")
    monkeypatch.setattr(paths, "APT", tmp_path / "apt")
    monkeypatch.setattr(apt, "check", lambda: None)
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def repository(tmp_path, private):
    """An archive on disk without packages."""
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / "Packages").touch()
    return folder


def archive(address):
    found = apt.Archive("test", f"deb [trusted=yes] {address} ./\n")
    found.update()
    return found


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("http://127.0.0.1:9/debian", "needs the network"),
        ("file:/nonexistent", "Reading Debian's package lists failed"),
    ],
)
def test_a_mirror_that_does_not_work_is_told_in_one_line(private, address, told):
    with pytest.raises(errors.Problem, match=told) as caught:
        archive(address)
    assert "\n" not in str(caught.value)


def test_what_debian_does_not_have_is_told(repository, tmp_path):
    found = archive(f"file:{repository}")
    with pytest.raises(errors.Problem, match="no entry for Debian.*ODOO_PATH"):
        found.mirror()
    with pytest.raises(errors.Problem, match="Unable to locate package shop"):
        found.download(["shop"], tmp_path / "debs")


def test_a_machine_without_apt_is_told_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(errors.Problem, match="`apt-get` is not on.*ODOO_PATH"):
        apt.check()


@pytest.mark.skipif(not apt_is_here, reason="this machine has no apt")
def test_another_system_is_told_what_to_do(monkeypatch):
    ubuntu = {"ID": "ubuntu", "PRETTY_NAME": "Ubuntu 24.04"}
    monkeypatch.setattr(apt.platform, "freedesktop_os_release", lambda: ubuntu)
    with pytest.raises(errors.Problem, match="This is Ubuntu 24.04.*ODOO_PATH"):
        apt.check()


def test_the_machines_own_state_is_left_alone(repository):
    found = archive(f"file:{repository}")
    shown = subprocess.run(
        ["apt-config", "-c", found.folder / "apt.conf", "dump"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    lines = (line.rstrip(";").split(" ", 1) for line in shown.splitlines())
    settings = {name.lower(): value for name, value in lines}
    for name in ("dir::state::lists", "dir::cache"):
        assert settings[name].strip('"').startswith(str(found.folder))
