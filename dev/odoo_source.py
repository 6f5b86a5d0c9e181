"""Odoo 19.0 itself: unpacked from Debian's package, or the one ``ODOO_PATH`` names."""

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from . import apt, errors, paths
from .progress import Activity
from .steps import Stamps, Step, digest

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


def get(stamps: Stamps) -> Odoo:
    """The Odoo to use; downloads it at the first call unless ``ODOO_PATH`` is set."""
    given = os.environ.get("ODOO_PATH")
    if given:
        return at(Path(given))
    version = stamps.ensure(_step())
    return Odoo(_unpacked(), (_unpacked() / "odoo" / "addons",), version)


def check(stamps: Stamps) -> None:
    """Raise at once the `Problem` that `get` would come to, as far as can be told."""
    given = os.environ.get("ODOO_PATH")
    if given:
        at(Path(given))
    elif not stamps.is_done(_step()):
        apt.check()


def _step() -> Step:
    return Step(
        "odoo",
        _download,
        inputs={"packages": [PACKAGE, *FROM_SUITE, *FROM_OWN_RELEASE]},
        intact=lambda: _release_file(_unpacked()).is_file(),
    )


def at(given: Path) -> Odoo:
    """The Odoo that somebody already has: a checkout, or a folder with the packages.

    :raises Problem: when `given` holds no Odoo 19.0; says what it holds.
    """
    root = given.expanduser().absolute()
    tries = (root, root / "usr/lib/python3/dist-packages", root / "odoo")
    path = next((path for path in tries if _release_file(path).is_file()), None)
    if path is None and _release_file(root.parent).is_file() and root.name == "odoo":
        path = root.parent
    if path is None:
        what = "is no folder" if not root.is_dir() else "has no odoo/release.py"
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


def _unpacked() -> Path:
    return paths.ODOO_PREFIX / "usr" / "lib" / "python3" / "dist-packages"


def _fingerprint(path: Path) -> str:
    """Changes when the Odoo in `path` does: its commit, or the age of its files."""
    head = path / ".git" / "HEAD"
    commit = head.read_text().strip() if head.is_file() else ""
    if commit.startswith("ref: "):
        ref = path / ".git" / commit[5:]
        packed = path / ".git" / "packed-refs"
        if ref.is_file():
            commit = ref.read_text().strip()
        elif packed.is_file():
            found = re.search(
                rf"^(\w+) {re.escape(commit[5:])}$", packed.read_text(), re.M
            )
            commit = found[1] if found else commit
    stat = _release_file(path).stat()
    return digest(str(path), commit, stat.st_size, stat.st_mtime_ns)


def _download() -> str:
    """Fetch and unpack the newest 19.0; returns its version."""
    for leftover in (paths.ODOO_PREFIX, paths.APT / "debs"):
        if leftover.exists():
            shutil.rmtree(leftover)
    suite, own = apt.debian_suite(SUITE), apt.own_release()
    with Activity("Reading Debian's package lists (20 MB)"):
        suite.update()
        own.update()
    newest = suite.newest(PACKAGE)
    if newest is None or not newest[0].startswith(f"{SERIES}."):
        offer = f"has {PACKAGE} {newest[0]}" if newest else f"has no {PACKAGE}"
        raise errors.Problem(
            f"Debian's {SUITE} {offer}, and this addon needs Odoo {SERIES}: point "
            "ODOO_PATH at an Odoo 19.0 you have."
        )
    version, size = newest
    with Activity(
        f"Downloading Odoo {version} ({size / 1e6:.0f} MB) from Debian"
    ) as step:
        debs = suite.download([PACKAGE, *FROM_SUITE], paths.APT / "debs" / SUITE)
        debs += own.download(FROM_OWN_RELEASE, paths.APT / "debs" / "own")
        apt.unpack(debs, paths.ODOO_PREFIX, step.note)
    shutil.rmtree(paths.APT / "debs")
    shutil.rmtree(suite.folder)
    return version
