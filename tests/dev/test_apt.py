"""Packages are fetched by the machine's own apt, from a state of our own."""

import shutil
import subprocess

import pytest

from dev import apt, apt_sources, errors, paths

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


def flat(folder):
    return apt_sources.Source(
        (f"file:{folder}",), ("./",), (), options=(("Trusted", "yes"),)
    )


def test_the_newest_version_is_fetched_and_unpacked(repository, tmp_path):
    archive = apt.Archive("test", [flat(repository)])
    archive.update()
    version, size = archive.newest("shop")
    assert version == "19.0.2"
    assert size == (repository / "shop_19.0.2_all.deb").stat().st_size
    assert archive.newest("nothing-of-that-name") is None
    debs = archive.download(["shop"], tmp_path / "debs")
    apt.unpack(debs, tmp_path / "prefix", lambda _text: None)
    assert (tmp_path / "prefix/usr/share/shop/v").read_text() == "19.0.2"


def test_a_package_that_is_not_what_the_list_says_is_refused(repository, tmp_path):
    archive = apt.Archive("test", [flat(repository)])
    archive.update()
    deb = repository / "shop_19.0.2_all.deb"
    deb.write_bytes(deb.read_bytes()[:-1] + b"x")
    with pytest.raises(errors.Problem, match="Hash Sum mismatch"):
        archive.download(["shop"], tmp_path / "debs")


def test_an_unreachable_mirror_is_told_in_one_line(private):
    source = apt_sources.Source(("http://127.0.0.1:9/debian",), ("sid",), ("main",))
    with pytest.raises(errors.Problem) as caught:
        apt.Archive("test", [source]).update()
    assert "needs the network" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_mirror_without_the_suite_is_told_in_one_line(private, tmp_path):
    source = apt_sources.Source((f"file:{tmp_path}/none",), ("sid",), ("main",))
    with pytest.raises(errors.Problem) as caught:
        apt.Archive("test", [source]).update()
    assert "Reading Debian's package lists failed" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_machine_without_apt_is_told_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(errors.Problem, match="`apt-get` is not on.*ODOO_PATH"):
        apt.check()


def test_the_machines_own_state_is_left_alone(repository, tmp_path):
    archive = apt.Archive("test", [flat(repository)])
    archive.update()
    shown = subprocess.run(
        ["apt-config", "-c", archive.folder / "apt.conf", "dump"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    lines = (line.rstrip(";").split(" ", 1) for line in shown.splitlines())
    settings = {name.lower(): value for name, value in lines}
    for name in ("dir::state::lists", "dir::cache", "dir::etc::sourcelist"):
        assert settings[name].strip('"').startswith(str(archive.folder))
    assert settings["dir::etc::sourceparts"] == '"/dev/null"'
