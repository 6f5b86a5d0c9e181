"""`make wheel`: the addon as a Python package, as pip installs it beside OCA's."""

import shutil
import sys
from pathlib import Path

from . import command, paths

FOLDER = paths.ENV_DIR / "wheel"
"""Where the wheel is, and what it contains below ``odoo/addons``."""


def main(_arguments: list[str]) -> int:
    """Build the wheel and unpack it beside itself."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    print(build(FOLDER))
    print(unpack(FOLDER))
    return 0


def build(folder: Path) -> Path:
    """Build the wheel of the addon into a folder, without a network; returns its path.

    In a checkout, the wheel has the files that git knows, as they are now, and its
    version ends with the number of commits since the manifest's version. Elsewhere, as
    in an archive of the sources, it has all files, and the manifest's version.

    :raises Problem: the build fails.
    """
    # --no-build-isolation: by the environment's pinned whool
    _pip("wheel", "--no-build-isolation", f"--wheel-dir={folder}", paths.ADDON)
    return _wheel_in(folder)


def unpack(folder: Path) -> Path:
    """Install the wheel of a folder into that folder; returns the folder of addons."""
    _pip("install", "--no-compile", f"--target={folder}", _wheel_in(folder))
    return folder / "odoo" / "addons"


def _wheel_in(folder: Path) -> Path:
    [wheel] = folder.glob("*.whl")
    return wheel


def _pip(action: str, *arguments: object) -> None:
    command.run(
        [sys.executable, "-m", "pip", action, "--no-deps", "--no-index", *arguments],
        f"The wheel's pip {action}",
        "wheel.log",
        env=command.clean_environment(PIP_ROOT_USER_ACTION="ignore"),
    )
