"""Templates are named by what goes into them."""

import pytest

from dev import template

INSTALLED = ("models/sale.py", "views/sale.xml", "i18n/sv.po", "static/src/x.js")


@pytest.fixture
def addon(tmp_path):
    for name in INSTALLED:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("content")
    return tmp_path


def test_what_is_installed_changes_the_key(addon):
    keys = {template.addon_content(addon)}
    for name in INSTALLED:
        (addon / name).write_text("other content")
        keys.add(template.addon_content(addon))
    (addon / "models/sale.py").rename(addon / "models/other.py")
    keys.add(template.addon_content(addon))
    (addon / "models/other.py").unlink()
    keys.add(template.addon_content(addon))
    assert len(keys) == 7


def test_what_is_not_installed_leaves_the_key(addon):
    before = template.addon_content(addon)
    for name in (
        "tests/test_x.py",
        "models/__pycache__/sale.cpython-311.pyc",
        "README.rst",
        "readme/DESCRIPTION.md",
        "static/description/icon.png",
    ):
        (addon / name).parent.mkdir(parents=True, exist_ok=True)
        (addon / name).write_text("new")
    assert template.addon_content(addon) == before
