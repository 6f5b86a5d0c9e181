"""``ODOO_PATH`` takes every usual form of Odoo 19.0, and says what else it got."""

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


def test_a_checkout(tmp_path):
    found = odoo_source.at(make_odoo(tmp_path))
    assert found.path == tmp_path
    assert found.addons == (tmp_path / "odoo/addons", tmp_path / "addons")


def test_a_folder_of_packages(tmp_path):
    found = odoo_source.at(make_odoo(tmp_path, addons="odoo/addons"))
    assert found.path == tmp_path
    assert found.addons == (tmp_path / "odoo/addons",)


def test_the_package_itself_or_a_prefix(tmp_path):
    packages = tmp_path / "usr/lib/python3/dist-packages"
    make_odoo(packages, addons="odoo/addons")
    assert odoo_source.at(packages / "odoo").path == packages
    assert odoo_source.at(tmp_path).path == packages


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


def test_a_folder_without_odoo(tmp_path):
    with pytest.raises(errors.Problem, match="has no odoo/release.py"):
        odoo_source.at(tmp_path)


def test_no_folder(tmp_path):
    with pytest.raises(errors.Problem, match="is no folder"):
        odoo_source.at(tmp_path / "nothing")


def test_odoo_without_its_addons(tmp_path):
    make_odoo(tmp_path)
    (tmp_path / "addons/sale_stock/__manifest__.py").unlink()
    with pytest.raises(errors.Problem, match="without its standard addons"):
        odoo_source.at(tmp_path)


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
    (tmp_path / ".git/refs/heads").mkdir(parents=True)
    (tmp_path / ".git/HEAD").write_text("ref: refs/heads/19.0\n")
    versions = []
    for commit in ("a" * 40, "b" * 40, "b" * 40):
        (tmp_path / ".git/refs/heads/19.0").write_text(commit)
        versions.append(odoo_source.at(tmp_path).version)
    assert versions[0] != versions[1] == versions[2]
    (tmp_path / ".git/refs/heads/19.0").unlink()
    (tmp_path / ".git/packed-refs").write_text(f"# pack\n{'a' * 40} refs/heads/19.0\n")
    assert odoo_source.at(tmp_path).version == versions[0]
