"""Builds the environment, with which every command begins."""

import dataclasses
import json
import os
from collections.abc import Sequence
from pathlib import Path

from . import command, env_dir, locking, odoo_source, paths, steps, venv

DESCRIPTION = paths.ENV_DIR / "odoo.json"
"""Tells the later stages which Odoo is used."""


def ensure(*, odoo: bool = True) -> None:
    """Build what is missing of the environment.

    :param odoo: whether Odoo is needed too, or the Python packages are enough.
    :raises Problem: with one line on what is wrong and what to do.
    """
    env_dir.make()
    with locking.exclusive(
        paths.ENV_DIR / "setup.lock",
        "Another command is setting up here; waiting for it …",
    ):
        if odoo:
            odoo_source.check()
        command.require("setpriv", "install util-linux; this runs on Linux only.")
        venv.ensure()
        if odoo:
            found = odoo_source.get()
            venv.link_odoo(found.path)
            text = json.dumps(dataclasses.asdict(found), default=str)
            steps.write(DESCRIPTION, text)


def current_odoo() -> odoo_source.Odoo:
    """The Odoo of the environment that `ensure` built."""
    values = json.loads(DESCRIPTION.read_text())
    addons = tuple(map(Path, values["addons"]))
    return odoo_source.Odoo(Path(values["path"]), addons, values["version"])


def in_venv(arguments: Sequence[str]) -> None:
    """Go on as ``python -m dev …`` with the virtual environment's Python."""
    python = str(paths.VENV_PYTHON)
    environment = {
        **os.environ,
        "NSHIFT_IN_VENV": str(paths.VENV),
        # Odoo comes without compiled modules: each process would compile all of them
        # (5 s). They are kept here, wherever a person wants none beside the sources.
        "PYTHONPYCACHEPREFIX": str(paths.ENV_DIR / "pycache"),
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    os.chdir(paths.ROOT)
    os.execve(python, [python, "-m", "dev", *arguments], environment)


def is_venv() -> bool:
    """Whether this process runs in the virtual environment, set-up done."""
    return os.environ.get("NSHIFT_IN_VENV") == str(paths.VENV)
