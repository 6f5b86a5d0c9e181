"""`pre-commit` and `make lint` check in the same versions."""

import yaml

from dev import paths, venv

CONFIG = yaml.safe_load((paths.ROOT / ".pre-commit-config.yaml").read_text())
#: The packages that are in the environment as well, by the repository of their hooks.
PACKAGES = {
    "https://github.com/OCA/odoo-pre-commit-hooks": "oca-odoo-pre-commit-hooks",
    "https://github.com/astral-sh/ruff-pre-commit": "ruff",
    "https://github.com/OCA/pylint-odoo": "pylint-odoo",
}


def test_versions():
    pins = "\n".join(
        (paths.REQUIREMENTS / name).read_text() for name in venv.FILES
    ).splitlines()
    revisions = {each["repo"]: each["rev"] for each in CONFIG["repos"]}
    for repository, package in PACKAGES.items():
        assert f"{package}=={revisions[repository].removeprefix('v')}" in pins
