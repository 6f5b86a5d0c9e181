"""The addon's wheel: what is in it, what it asks for, and that Odoo finds it there."""

import ast
import os
import re
import subprocess
import sys
import zipfile
from email.parser import HeaderParser
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from dev import paths, wheel

NAME = paths.ADDON.name
MANIFEST = ast.literal_eval((paths.ADDON / "__manifest__.py").read_text())
SIZE_LIMIT_MB = 2
LOADS = f"""
from odoo.modules import module
from odoo.tools import config
config.parse_config(["--config=/dev/null", "--addons-path="])
manifest = module.Manifest.for_addon("{NAME}")
manifest.check_manifest_dependencies()
assert all(map(module.Manifest.for_addon, manifest["depends"])), manifest["depends"]
module.load_openerp_module("{NAME}")
from odoo.addons.{NAME} import models
print(manifest.path, models.__file__, manifest.icon, sep="\\n")
"""
"""Finds the addon as Odoo does, with no folder of addons named."""


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return wheel.build(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def files(built):
    """The files of the addon in the wheel, by their path in the addon."""
    with zipfile.ZipFile(built) as archive:
        names = [name for name in archive.namelist() if ".dist-info/" not in name]
    inside = f"odoo/addons/{NAME}/"
    assert all(name.startswith(inside) for name in names)
    return {name.removeprefix(inside) for name in names}


@pytest.fixture
def told(built):
    """The wheel's metadata."""
    with zipfile.ZipFile(built) as archive:
        [name] = [name for name in archive.namelist() if name.endswith("/METADATA")]
        return HeaderParser().parsestr(archive.read(name).decode())


def sources():
    """The addon's files that a distribution has: those that git knows, if there is a
    git.
    """
    known = subprocess.run(
        ["git", "ls-files", "-z"], cwd=paths.ADDON, capture_output=True, check=False
    )
    if known.returncode:
        found = (path for path in paths.ADDON.rglob("*") if path.is_file())
        return {str(path.relative_to(paths.ADDON)) for path in found}
    return set(known.stdout.decode().strip("\0").split("\0"))


def test_files(built, files):
    """All of the addon is in the wheel, and nothing else."""
    assert files == sources() - {"pyproject.toml"}
    assert not [name for name in files if "__pycache__" in name]
    assert built.stat().st_size < SIZE_LIMIT_MB * 2**20


def test_files_that_odoo_reads(files):
    assert set(MANIFEST["data"]) <= files
    folders = {str(Path(name).parent) for name in files}
    for folder in ("i18n", "migrations", "static/src", "static/lib", "tests"):
        assert any(f"{name}/".startswith(f"{folder}/") for name in folders), folder
    assert {"static/description/icon.png", "static/description/index.html"} <= files


def test_metadata(told):
    assert told["Name"] == f"odoo-addon-{NAME}"
    assert re.fullmatch(
        rf"{re.escape(MANIFEST['version'])}(\.\d+|\.dev1)?", told["Version"]
    )
    assert told["License"] == MANIFEST["license"]
    assert told["Summary"] == MANIFEST["summary"]


def test_requirements(told):
    """OCA's addons and libraries; the environment of the tests has each."""
    asked = told.get_all("Requires-Dist")
    assert set(asked) == {
        "odoo==19.0.*",
        "odoo-addon-queue_job==19.0.*",
        "odoo-addon-sale_channel==19.0.*",
        *MANIFEST["external_dependencies"]["python"],
    }
    for requirement in map(Requirement, asked):
        assert metadata.version(requirement.name) in requirement.specifier


def test_odoo_finds_it_beside_ocas(built):
    """Installed by pip, the addon needs no folder of addons in the configuration."""
    addons = wheel.unpack(built.parent)
    program = subprocess.run(
        [sys.executable, "-c", LOADS],
        cwd=built.parent,
        env={**os.environ, "PYTHONPATH": str(built.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert program.returncode == 0, program.stderr
    assert program.stdout.splitlines() == [
        str(addons / NAME),
        str(addons / NAME / "models" / "__init__.py"),
        f"/{NAME}/static/description/icon.png",
    ]
