"""Each language says all that the addon says, with the same values and elements."""

import re
from collections import Counter

import polib

from dev import paths

FOLDER = paths.ADDON / "i18n"
TEXTS = polib.pofile(str(FOLDER / "nshift_webhooks.pot"))
#: What Python puts a value in for, and HTML's elements without what is read of them.
PARTS = re.compile(r"%(?:\(\w+\))?[a-z%]|</?[a-z][^>]*>")
READ = re.compile(r'(?:title|aria-label)="[^"]*"')


def test_languages():
    faults = []
    for path in sorted(FOLDER.glob("*.po")):
        translated = {entry.msgid: entry for entry in polib.pofile(str(path))}
        texts = {entry.msgid for entry in TEXTS}
        faults += [(path.name, text) for text in texts ^ set(translated)]
        faults += [
            (path.name, text, entry.msgstr)
            for text, entry in translated.items()
            if not entry.msgstr or entry.fuzzy or _parts(text) != _parts(entry.msgstr)
        ]
    assert faults == []


def _parts(text):
    return Counter(PARTS.findall(READ.sub("", text)))
