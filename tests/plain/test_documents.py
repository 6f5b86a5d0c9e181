"""The documents lead to what there is."""

import re

import pytest

from dev import paths

DOCUMENTS = sorted(
    path
    for path in [*paths.ROOT.glob("*.md"), *paths.ROOT.glob("*/**/*.md")]
    if not {".odoo", "node_modules", "lib"} & set(path.relative_to(paths.ROOT).parts)
)
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]*))?\)")
HOOK = re.compile(r"\b_nshift_webhook_[a-z_]*[a-z]\b")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)


def anchors_of(path):
    """The anchors that GitHub gives the headings of a document."""
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in HEADING.findall(path.read_text())
    }


@pytest.mark.parametrize(
    "document", DOCUMENTS, ids=lambda path: str(path.relative_to(paths.ROOT))
)
def test_links(document):
    """A link leads to a file of the project, and to a heading in it."""
    dead = []
    for link, anchor in LINK.findall(document.read_text()):
        target = (document.parent / link).resolve() if link else document
        if not target.exists() or (anchor and anchor not in anchors_of(target)):
            dead.append(f"{link}#{anchor}" if anchor else link)
    assert not dead


def test_extension_points():
    """What authors of other addons are told to extend is there."""
    extending = (paths.ROOT / "docs" / "EXTENDING.md").read_text()
    named = set(HOOK.findall(extending))
    files = (paths.ADDON / "models").glob("*.py")
    code = "".join(path.read_text() for path in files)
    assert len(named) > 20
    assert {name for name in named if not has(code, name)} == set()


def has(code, name):
    """Tell whether a method or an attribute of a class is defined in code."""
    return re.search(rf"^    (def {name}\(|{name} =)", code, re.MULTILINE)


def test_documents_found():
    """The search has found the documents in all folders."""
    assert {"README.md", "PROMISES.md", "CONTRIBUTING.md"} <= {
        path.name for path in DOCUMENTS
    }
