"""Builds the environment, with which every command begins."""

import json
import os
import sys
from collections.abc import Sequence

from . import env_dir, errors, locking, odoo_source, paths, venv
from .steps import Stamps

DESCRIPTION = "odoo.json"
"""File in the environment's folder that tells the later stages which Odoo is used."""


def ensure(*, odoo: bool = True) -> None:
    """Build what is missing of the environment.

    :param odoo: whether Odoo is needed too, or the Python packages are enough.
    :raises Problem: with one line on what is wrong and what to do.
    """
    venv.check_python()
    if sys.platform != "linux":
        raise errors.Problem("This runs on Linux only (Odoo itself is fetched for it).")
    env_dir.make()
    with locking.exclusive(
        paths.ENV_DIR / "setup.lock",
        "Another command is setting up here; waiting for it …",
    ):
        stamps = Stamps(paths.STAMPS)
        if odoo:
            odoo_source.check(stamps)
        stamps.ensure(venv.step())
        if odoo:
            found = odoo_source.get(stamps)
            venv.link_odoo(stamps, found.path)
            _describe(found)


def current_odoo() -> odoo_source.Odoo:
    """The Odoo of the environment that `ensure` built."""
    values = json.loads((paths.ENV_DIR / DESCRIPTION).read_text())
    return odoo_source.Odoo(
        paths.Path(values["path"]),
        tuple(map(paths.Path, values["addons"])),
        values["version"],
    )


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
    sys.stdout.flush()
    os.chdir(paths.ROOT)
    os.execve(python, [python, "-m", "dev", *arguments], environment)


def is_venv() -> bool:
    """Whether this process runs in the virtual environment, set-up done."""
    return os.environ.get("NSHIFT_IN_VENV") == str(paths.VENV)


def _describe(odoo: odoo_source.Odoo) -> None:
    text = json.dumps(
        {
            "path": str(odoo.path),
            "addons": [str(folder) for folder in odoo.addons],
            "version": odoo.version,
        }
    )
    file = paths.ENV_DIR / DESCRIPTION
    if not file.is_file() or file.read_text() != text:
        partial = file.with_suffix(".partial")
        partial.write_text(text)
        os.replace(partial, file)
