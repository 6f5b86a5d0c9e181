"""A Chromium for browser tests and screenshots."""

import os
import shutil
import subprocess
import tempfile

from . import errors
from .programs import Program

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


FONTS_TEXT = """\
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>{prefix}/usr/share/fonts</dir>
  <cachedir>{folder}/font-cache</cachedir>
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
    return CHROMIUM.path()


def version(executable: str) -> str:
    """What the browser calls itself; checks that it renders a page.

    :raises Problem: when it does not start.
    """
    page = "data:text/html,<title>up</title>"
    try:
        with tempfile.TemporaryDirectory() as profile:
            shown = _run(executable, f"--user-data-dir={profile}", "--dump-dom", page)
        reason = (shown.stderr.strip().splitlines() or ["no message"])[-1]
        works = "<title>up</title>" in shown.stdout
    except (subprocess.TimeoutExpired, OSError) as error:
        works, reason = False, str(error)
    if not works:
        raise errors.Problem(
            f"The browser {executable} does not start: {reason[:300]} Name another "
            "with CHROMIUM=/path/of/chromium."
        )
    return _run(executable, "--version").stdout.strip()


def _run(executable: str, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [executable, *FLAGS, *arguments],
        capture_output=True,
        text=True,
        timeout=START_TIMEOUT,
        stdin=subprocess.DEVNULL,
        check=False,
    )


def main(_arguments: list[str]) -> int:
    """Print the browser's path and version."""
    executable = path()
    print(f"{executable} ({version(executable)})")
    return 0


CHROMIUM = Program(
    name="chromium",
    names=("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
    packages=("chromium", "fonts-liberation"),
    binary="usr/lib/chromium/chromium",
    check=version,
    hint="Name a browser with CHROMIUM=/path/of/chromium.",
    start="export FONTCONFIG_FILE='{folder}/fonts.conf'\nexec '{binary}'",
    files={"fonts.conf": FONTS_TEXT},
)
