"""README.rst is made of the addon's readme/ and manifest, by oca-gen-addon-readme.

The program is not in the environment, and needs pandoc: `pre-commit` has both, see
CONTRIBUTING.md. Here the words are compared.
"""

import re
from ast import literal_eval

import pytest
from docutils import nodes
from docutils.core import publish_doctree

from dev import paths

FOLDER = paths.ADDON / "readme"
FRAGMENTS = sorted(FOLDER.glob("*.md"))
MANIFEST = literal_eval((paths.ADDON / "__manifest__.py").read_text())
TEXT = (paths.ADDON / "README.rst").read_text(encoding="utf-8")
README = publish_doctree(TEXT, settings_overrides={"halt_level": 2})
#: OCA's title for each fragment; the description has none.
TITLES = {
    "INSTALL": "Installation",
    "CONFIGURE": "Configuration",
    "USAGE": "Usage",
    "DEVELOP": "Development",
    "CONTRIBUTORS": "Contributors",
    "CREDITS": "Other credits",
}
#: Of Markdown: where links lead, and numbers of lists.
UNREAD = re.compile(r"(?<=\])\([^)]*\)|^\d+\. ", re.MULTILINE)


def words(text):
    return re.findall(r"\w+", text)


def section(title):
    """The text below a title of the README."""
    [found] = [
        each for each in README.findall(nodes.section) if each[0].astext() == title
    ]
    return "\n".join(child.astext() for child in found[1:])


def description():
    """The text above the table of contents."""
    found = [each.astext() for each in README if isinstance(each, nodes.paragraph)]
    return "\n".join(found[1 : found.index("Table of contents")])


@pytest.mark.parametrize("fragment", FRAGMENTS, ids=lambda path: path.stem)
def test_fragment(fragment):
    """The README says what the fragment says, word for word."""
    name = fragment.stem
    said = description() if name == "DESCRIPTION" else section(TITLES[name])
    written = UNREAD.sub("", fragment.read_text(encoding="utf-8"))
    assert words(said) == words(written)


def test_every_fragment_found():
    assert {path.stem for path in FRAGMENTS} == {"DESCRIPTION", *TITLES}


def test_manifest():
    """The README's title, authors and badges are the manifest's."""
    assert README["title"] == MANIFEST["name"]
    assert words(section("Authors")) == words(MANIFEST["author"])
    assert f":alt: {MANIFEST['development_status']}\n" in TEXT
    assert f":alt: License: {MANIFEST['license']}\n" in TEXT
