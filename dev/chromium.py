"""A Chromium for browser tests and screenshots."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from . import apt, apt_sources, errors, locking, paths
from .progress import Activity
from .steps import Stamps, Step

ON_PATH = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGES = ("chromium", "fonts-liberation")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
"""For any use here: no network of its own, and it works for root and in a container."""

START_TIMEOUT = 60
"""Seconds that the browser gets to render an empty page."""


WRAPPER_TEXT = """\
#!/bin/sh
export LD_LIBRARY_PATH='{libraries}'"${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}"
export FONTCONFIG_FILE='{fonts}'
exec '{binary}' "$@"
"""

FONTS_TEXT = """\
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>{fonts}</dir>
  <cachedir>{cache}</cachedir>
</fontconfig>
"""


def path() -> str:
    """The browser's executable: ``CHROMIUM``, one on PATH, or Debian's, unpacked here.

    The last is fetched at the first call (about 100 MB), without root.

    :raises Problem: ``CHROMIUM`` names none, no network, or it does not start.
    """
    given = os.environ.get("CHROMIUM")
    if given:
        found = shutil.which(given)
        if not found:
            raise errors.Problem(
                f"CHROMIUM={given} is no program: name a Chromium, or unset it to have "
                "one fetched."
            )
        return found
    for name in ON_PATH:
        if found := shutil.which(name):
            return found
    waiting = "Another command is fetching Chromium; waiting for it …"
    with locking.exclusive(paths.ENV_DIR / "chromium.lock", waiting):
        Stamps(paths.STAMPS).ensure(
            Step(
                "chromium",
                _fetch,
                inputs={"packages": PACKAGES, "at": str(paths.CHROMIUM), "wrapper": 1},
                intact=_wrapper().exists,
            )
        )
    return str(_wrapper())


def version(executable: str) -> str:
    """What the browser calls itself; checks that it renders a page.

    :raises Problem: when it does not start.
    """
    with tempfile.TemporaryDirectory() as profile:
        try:
            shown = subprocess.run(
                [
                    executable,
                    *FLAGS,
                    f"--user-data-dir={profile}",
                    "--dump-dom",
                    "data:text/html,<title>up</title>",
                ],
                capture_output=True,
                text=True,
                timeout=START_TIMEOUT,
                stdin=subprocess.DEVNULL,
                check=False,
            )
            reason = (shown.stderr.strip().splitlines() or ["no message"])[-1]
            works = "<title>up</title>" in shown.stdout
        except (subprocess.TimeoutExpired, OSError) as error:
            works, reason = False, str(error)
    if not works:
        raise errors.Problem(
            f"The browser {executable} does not start: {reason[:300]} Name another "
            "with CHROMIUM=/path/of/chromium."
        )
    told = subprocess.run(
        [executable, "--version"], capture_output=True, text=True, check=False
    )
    return told.stdout.strip()


def main(_arguments: list[str]) -> int:
    """Print the browser's path and version."""
    executable = path()
    print(f"{executable} ({version(executable)})")
    return 0


def _fetch() -> str:
    if paths.CHROMIUM.exists():
        shutil.rmtree(paths.CHROMIUM)
    own = apt.own_release()
    with Activity("Downloading Chromium (about 100 MB) from Debian") as step:
        own.update()
        debs = own.download_with_missing(PACKAGES)
        apt.unpack(debs, _prefix(), step.note)
        for deb in debs:
            deb.unlink()
    binary = _prefix() / "usr/lib/chromium/chromium"
    if not binary.exists():
        raise errors.Problem(
            f"Debian {apt_sources.codename()}'s chromium has no {binary.name} where it "
            "used to be: name a browser with CHROMIUM=/path/of/chromium."
        )
    fonts = paths.CHROMIUM / "fonts.conf"
    fonts.write_text(
        FONTS_TEXT.format(
            fonts=_prefix() / "usr/share/fonts", cache=paths.CHROMIUM / "font-cache"
        )
    )
    partial = _wrapper().with_suffix(".partial")
    partial.write_text(
        WRAPPER_TEXT.format(
            libraries=":".join(map(str, _library_folders())), fonts=fonts, binary=binary
        )
    )
    partial.chmod(0o755)
    found = version(str(partial))
    os.replace(partial, _wrapper())
    print(f"{found} works.", file=sys.stderr)
    return found


def _library_folders() -> list[Path]:
    """The folders below the prefix that hold shared libraries."""
    return sorted(
        {
            library.parent
            for folder in ("lib", "usr/lib")
            for pattern in ("*/lib*.so*", "*/*/lib*.so*")
            for library in (_prefix() / folder).glob(pattern)
        }
    )


def _prefix() -> Path:
    return paths.CHROMIUM / "prefix"


def _wrapper() -> Path:
    return paths.CHROMIUM / "chromium"
