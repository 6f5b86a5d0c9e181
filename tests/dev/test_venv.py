"""The virtual environment is what the pins say, on any Debian."""

import shutil
import subprocess
import sys

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from dev import errors, paths, venv

ALL = (venv.BUILD, *venv.FILES)


def test_every_requirement_is_pinned_exactly():
    assert {line.count("==") for line in venv.pins(ALL)} == {1}


def test_what_is_installed_is_what_is_pinned_and_fits_together():
    shown = subprocess.run(
        [sys.executable, "-m", "pip", "freeze", "--all"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout

    def parse(lines):
        wanted = map(Requirement, lines)
        return {
            (canonicalize_name(requirement.name), str(requirement.specifier))
            for requirement in wanted
            if requirement.marker is None or requirement.marker.evaluate()
        }

    installed = {found for found in parse(shown.splitlines()) if found[0] != "odoo"}
    assert installed == parse(venv.pins(ALL))
    told = subprocess.run(
        [sys.executable, "-m", "pip", "check"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.splitlines()
    # psycopg2 is there as psycopg2-binary, Odoo as a path.
    known = ("requires psycopg2,", "requires odoo,", "No broken requirements found")
    assert [line for line in told if not any(words in line for words in known)] == []


def test_a_program_of_the_environment_cannot_make_it_anew(tmp_path, monkeypatch):
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
    if not shutil.which("apt-get"):
        pytest.skip("this machine has no apt")
    monkeypatch.setattr(venv.importlib.util, "find_spec", lambda _name: None)
    monkeypatch.setattr(paths, "APT", tmp_path / "apt")
    monkeypatch.setattr(paths, "VENV", tmp_path / "venv")
    monkeypatch.setattr(paths, "VENV_PYTHON", tmp_path / "venv/bin/python")
    venv._make()
    shown = subprocess.run(
        [paths.VENV_PYTHON, "-m", "pip", "--version"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert str(tmp_path / "venv") in shown
