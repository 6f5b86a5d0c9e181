"""A Chromium for browser tests and screenshots."""

import os
import shutil

from . import errors
from .programs import Program

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


CHROMIUM = Program(
    name="chromium",
    names=("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
    packages=("chromium", "fonts-liberation"),
    binary="usr/lib/chromium/chromium",
    hint="Name a browser with CHROMIUM=/path/of/chromium.",
    start="export FONTCONFIG_FILE='{folder}/fonts.conf'\nexec '{binary}'",
    files={"fonts.conf": FONTS_TEXT},
)
