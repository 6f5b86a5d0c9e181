"""``ODOO_PATH`` takes an Odoo 19.0, and says what else it got."""

import shutil
import subprocess

import pytest

from dev import environment, errors, odoo_source

RELEASE = "version_info = ({}, FINAL, 0, '')\nversion = '.'.join(...)\n"


def make_odoo(folder, series="19, 0, 0", addons="addons"):
    """A folder that looks like Odoo's."""
    (folder / "odoo" / "addons" / "base").mkdir(parents=True)
    (folder / "odoo" / "release.py").write_text(RELEASE.format(series))
    (folder / addons / "sale_stock").mkdir(parents=True)
    (folder / addons / "sale_stock" / "__manifest__.py").write_text("{}")
    return folder


@pytest.mark.parametrize(
    "addons",
    ["addons", "odoo/addons"],
    ids=["a checkout", "a folder of packages"],
)
def test_odoo_is_found(tmp_path, addons):
    odoo = make_odoo(tmp_path, addons=addons)
    found = odoo_source.at(tmp_path)
    assert found.path == odoo
    assert found.addons == tuple(dict.fromkeys((odoo / "odoo/addons", odoo / addons)))


def test_the_odoo_of_this_environment():
    odoo = environment.current_odoo()
    assert odoo_source.at(odoo.path).addons == odoo.addons
    assert odoo_source.release(odoo.path) == "19.0"


@pytest.mark.parametrize(
    ("series", "told"),
    [("18, 0, 0", "18.0"), ("'saas~19', 1, 0", "saas~19.1"), ("x", "unknown version")],
)
def test_another_version_is_told(tmp_path, series, told):
    with pytest.raises(errors.Problem, match=f"{told}.*needs Odoo 19.0"):
        odoo_source.at(make_odoo(tmp_path, series))


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda odoo: (odoo / "odoo/release.py").unlink(), "has no odoo/release.py"),
        (shutil.rmtree, "is no folder"),
        (lambda odoo: shutil.rmtree(odoo / "addons"), "without its standard addons"),
    ],
)
def test_what_is_no_odoo_is_told(tmp_path, spoil, told):
    odoo = make_odoo(tmp_path / "odoo-19")
    spoil(odoo)
    with pytest.raises(errors.Problem, match=told):
        odoo_source.at(odoo)


def test_a_wrong_path_is_told_before_anything_is_built(cli):
    line = cli.error("setup", ODOO_PATH="/nonexistent")
    assert "ODOO_PATH=/nonexistent is no folder" in line
    assert not (cli.env_dir / "venv").exists()


def test_a_missing_apt_is_told_before_anything_is_built(cli, tmp_path):
    line = cli.error("setup", PATH=str(tmp_path))
    assert "`apt-get` is not on this machine" in line
    assert not (cli.env_dir / "venv").exists()


def test_the_version_changes_with_the_commit(tmp_path):
    make_odoo(tmp_path)
    git = ["git", "-C", tmp_path, "-c", "user.name=x", "-c", "user.email=x@example.com"]
    versions = []
    for command in (["init", "-q"], ["commit", "-qm1", "--allow-empty"]):
        subprocess.run([*git, *command], check=True)
        versions += [odoo_source.at(tmp_path).version for _twice in range(2)]
    assert versions[0] == versions[1] != versions[2] == versions[3]
