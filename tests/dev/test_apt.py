"""Packages are fetched by the machine's own apt, from a state of our own."""

import shutil
import subprocess

import pytest

from dev import apt, errors, paths

apt_is_here = shutil.which("apt-get") and shutil.which("dpkg-deb")


@pytest.fixture
def private(tmp_path, monkeypatch, logs):
    """apt's private state goes to a folder of the test's own."""
    if not apt_is_here:
        pytest.skip("this machine has no apt")
    monkeypatch.setattr(paths, "APT", tmp_path / "apt")
    monkeypatch.setattr(apt, "check", lambda: None)
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)


def build_deb(folder, name, version, path, content):
    """Make a package that has one file."""
    root = folder / f"{name}-{version}"
    target = root / path.lstrip("/")
    target.parent.mkdir(parents=True)
    target.write_text(content)
    (root / "DEBIAN").mkdir()
    (root / "DEBIAN" / "control").write_text(
        f"Package: {name}\nVersion: {version}\nArchitecture: all\n"
        "Maintainer: Tests <tests@example.com>\nDescription: a test\n"
    )
    deb = folder / f"{name}_{version}_all.deb"
    subprocess.run(
        ["dpkg-deb", "--build", "--root-owner-group", root, deb],
        check=True,
        capture_output=True,
    )
    return deb


@pytest.fixture
def repository(tmp_path, private):
    """A small archive on disk with two versions of one package."""
    folder = tmp_path / "repository"
    folder.mkdir()
    control = ""
    for version in ("19.0.1", "19.0.2"):
        deb = build_deb(folder, "shop", version, "/usr/share/shop/v", version)
        shown = subprocess.run(
            ["dpkg-deb", "--field", deb], check=True, capture_output=True, text=True
        ).stdout
        digest = subprocess.run(
            ["sha256sum", deb], check=True, capture_output=True, text=True
        ).stdout.split()[0]
        control += (
            f"{shown.rstrip()}\nFilename: ./{deb.name}\nSize: {deb.stat().st_size}\n"
            f"SHA256: {digest}\n\n"
        )
    (folder / "Packages").write_text(control)
    return folder


def archive(address):
    found = apt.Archive("test", f"deb [trusted=yes] {address} ./\n")
    found.update()
    return found


def test_the_newest_version_is_fetched_and_unpacked(repository, tmp_path):
    found = archive(f"file:{repository}")
    debs = found.download(["shop=19.0.*"], tmp_path / "debs")
    apt.unpack(debs, tmp_path / "prefix", lambda _text: None)
    assert (tmp_path / "prefix/usr/share/shop/v").read_text() == "19.0.2"
    with pytest.raises(errors.Problem, match=r"'20.0.\*' for 'shop' was not found"):
        found.download(["shop=20.0.*"], tmp_path / "debs")


def test_a_package_that_is_not_what_the_list_says_is_refused(repository, tmp_path):
    found = archive(f"file:{repository}")
    deb = repository / "shop_19.0.2_all.deb"
    deb.write_bytes(deb.read_bytes()[:-1] + b"x")
    with pytest.raises(errors.Problem, match="Hash Sum mismatch"):
        found.download(["shop"], tmp_path / "debs")


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


def test_sources_without_debian_are_told_what_to_do(repository):
    with pytest.raises(errors.Problem, match="no entry for Debian.*ODOO_PATH"):
        archive(f"file:{repository}").mirror()


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
