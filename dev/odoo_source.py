"""Odoo 19.0 itself: unpacked from Debian's package, or the one ``ODOO_PATH`` names."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from . import apt, errors, paths, steps
from .progress import Activity

SERIES = "19.0"
PACKAGE = "odoo-19"
SUITE = "sid"
# What the package links to instead of containing it; Odoo's pages need all of it.
FROM_SUITE = (
    "fonts-inconsolata",
    "fonts-montserrat",
    "fonts-ocr-b",
    "fonts-roboto-unhinted",
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
)
# Odoo names the files of version 4, and the suite has a later one.
FROM_OWN_RELEASE = ("fonts-font-awesome",)
PACKAGES = "usr/lib/python3/dist-packages"
UNPACKED = paths.ODOO_PREFIX / PACKAGES


@dataclass(frozen=True)
class Odoo:
    """An Odoo that can be run.

    :param path: the folder to put on Python's path (it contains ``odoo/release.py``).
    :param addons: the folders of its addons.
    :param version: tells two Odoos apart, e.g. ``19.0.0+dfsg-1``.
    """

    path: Path
    addons: tuple[Path, ...]
    version: str


def get() -> Odoo:
    """The Odoo to use; downloads it at the first call unless ``ODOO_PATH`` is set."""
    given = os.environ.get("ODOO_PATH")
    if given:
        return at(Path(given))
    packages = [PACKAGE, *FROM_SUITE, *FROM_OWN_RELEASE]
    version = steps.once("odoo", packages, _download, _release_file(UNPACKED).is_file)
    return Odoo(UNPACKED, (UNPACKED / "odoo" / "addons",), version)


def check() -> None:
    """Raise at once the `Problem` that `get` would come to, as far as can be told."""
    given = os.environ.get("ODOO_PATH")
    if given:
        at(Path(given))
    elif not _release_file(UNPACKED).is_file():
        apt.check()


def at(given: Path) -> Odoo:
    """The Odoo that somebody already has: a checkout, or the folder of its package.

    :raises Problem: when `given` holds no Odoo 19.0; says what it holds.
    """
    path = given.expanduser().absolute()
    if not _release_file(path).is_file():
        what = "has no odoo/release.py" if path.is_dir() else "is no folder"
        raise errors.Problem(
            f"ODOO_PATH={given} {what}: name a checkout of Odoo {SERIES} or the folder "
            "that contains the Python package `odoo`; without ODOO_PATH, Odoo is "
            "downloaded."
        )
    found = release(path)
    if found != SERIES:
        raise errors.Problem(
            f"ODOO_PATH={given} is Odoo {found or 'of an unknown version'}: this addon "
            f"needs Odoo {SERIES}."
        )
    # A checkout has them in two folders; Debian's package has all of them in the first.
    folders = (path / "odoo" / "addons", path / "addons")
    complete = [f for f in folders if (f / "sale_stock/__manifest__.py").is_file()]
    if not complete:
        raise errors.Problem(
            f"ODOO_PATH={given} is Odoo {SERIES} without its standard addons (there is "
            "no sale_stock): name a complete one."
        )
    addons = tuple(dict.fromkeys((folders[0], complete[0])))
    return Odoo(path, addons, f"{SERIES}-{_fingerprint(path)}")


def release(path: Path) -> str:
    """The series of the Odoo in `path`, e.g. ``19.0``; empty if it cannot be told."""
    text = _release_file(path).read_text(encoding="utf-8", errors="replace")
    found = re.search(
        r"^version_info = \(['\"]?([\w~]+)['\"]?, (\d+)", text, re.MULTILINE
    )
    return f"{found[1]}.{found[2]}" if found else ""


def _release_file(path: Path) -> Path:
    return path / "odoo" / "release.py"


def _fingerprint(path: Path) -> str:
    """Changes when the Odoo in `path` does: its commit, or the age of its files."""
    commit = ""
    if shutil.which("git"):
        ask = ["git", "-C", str(path), "rev-parse", "HEAD"]
        commit = subprocess.run(ask, capture_output=True, check=False).stdout.decode()
    stat = _release_file(path).stat()
    return steps.digest(str(path), commit, stat.st_size, stat.st_mtime_ns)


def _download() -> str:
    """Fetch and unpack the newest 19.0; returns its version."""
    debs = paths.APT / "debs"
    shutil.rmtree(paths.ODOO_PREFIX, ignore_errors=True)
    with Activity("Reading Debian's package lists (20 MB)"):
        own = apt.own_release()
        suite = apt.suite(SUITE, own.mirror())
    with Activity("Downloading Odoo from Debian (120 MB)") as step:
        try:
            files = suite.download([f"{PACKAGE}={SERIES}.*", *FROM_SUITE], debs / SUITE)
        except errors.Problem as error:
            raise errors.Problem(
                f"{error} Or point ODOO_PATH at an Odoo {SERIES} you have."
            ) from error
        files += own.download(FROM_OWN_RELEASE, debs / "own")
        apt.unpack(files, paths.ODOO_PREFIX, step.note)
    [odoo] = debs.glob(f"{SUITE}/{PACKAGE}_*")
    version = odoo.name.split("_")[1]
    shutil.rmtree(debs)
    shutil.rmtree(suite.folder)
    return version
