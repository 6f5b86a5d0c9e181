"""The virtual environment is what the pins say, on any Debian."""

import shutil
import subprocess
import sys

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from dev import apt_sources, errors, paths, venv


@pytest.fixture
def requirements(tmp_path, monkeypatch):
    shutil.copytree(paths.REQUIREMENTS, tmp_path / "requirements")
    monkeypatch.setattr(paths, "REQUIREMENTS", tmp_path / "requirements")
    return tmp_path / "requirements"


@pytest.mark.parametrize("name", [venv.BUILD, *venv.FILES])
def test_a_changed_pin_changes_the_key(requirements, name):
    before = venv.pins()
    file = requirements / name
    file.write_text(file.read_text().rstrip() + ".post1\n")
    assert venv.pins() != before


def test_a_comment_does_not(requirements):
    before = venv.pins()
    file = requirements / "dev.txt"
    file.write_text(f"# Another comment\n{file.read_text()}")
    assert venv.pins() == before


def test_every_requirement_is_pinned_exactly():
    for name in (venv.BUILD, *venv.FILES):
        for line in (paths.REQUIREMENTS / name).read_text().splitlines():
            assert not line.strip() or line.startswith("#") or line.count("==") == 1


def test_what_is_installed_is_what_is_pinned_and_fits_together():
    shown = subprocess.run(
        [sys.executable, "-m", "pip", "freeze", "--all"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    pinned = "".join(
        (paths.REQUIREMENTS / name).read_text() for name in (venv.BUILD, *venv.FILES)
    )

    def parse(text):
        lines = (line.partition("#")[0].strip() for line in text.splitlines())
        wanted = [Requirement(line) for line in lines if line]
        return {
            (canonicalize_name(requirement.name), str(requirement.specifier))
            for requirement in wanted
            if requirement.marker is None or requirement.marker.evaluate()
        }

    assert {found for found in parse(shown) if found[0] != "odoo"} == parse(pinned)
    told = subprocess.run(
        [sys.executable, "-m", "pip", "check"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.splitlines()
    # psycopg2 is there as psycopg2-binary, Odoo as a path.
    known = ("requires psycopg2,", "requires odoo,", "No broken requirements found")
    assert [line for line in told if not any(words in line for words in known)] == []


def test_does_not_remove_itself(tmp_path, monkeypatch):
    """A program that runs from the environment cannot make it anew."""
    monkeypatch.setattr(paths, "VENV", tmp_path)
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    with pytest.raises(errors.Problem, match="outside of it"):
        venv._build()
    assert tmp_path.exists()


def test_compiled_modules_are_kept():
    """Odoo's, too, which come without: but beside none of the sources."""
    assert not sys.dont_write_bytecode
    assert sys.pycache_prefix == str(paths.ENV_DIR / "pycache")


@pytest.mark.slow
def test_pip_comes_from_debian_where_python_has_no_ensurepip(
    tmp_path, monkeypatch, logs
):
    if not shutil.which("apt-get") or not apt_sources.read():
        pytest.skip("this machine has no apt")
    monkeypatch.setattr(venv.importlib.util, "find_spec", lambda _name: None)
    monkeypatch.setattr(paths, "APT", tmp_path / "apt")
    monkeypatch.setattr(paths, "VENV", tmp_path / "venv")
    monkeypatch.setattr(paths, "VENV_PYTHON", tmp_path / "venv/bin/python")
    with venv.Activity("Making it") as activity:
        venv._make(activity)
    shown = subprocess.run(
        [paths.VENV_PYTHON, "-m", "pip", "--version"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert str(tmp_path / "venv") in shown
