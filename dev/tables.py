"""The tables of docs/MESSAGES.md, made of the declarations of messages.

They stand between marks: ``<!-- table: order -->``, with the name of what has the
properties, and ``<!-- end -->``. All else in the text is written by hand.
"""

import re
from collections.abc import Iterable, Iterator
from types import ModuleType

MARK = re.compile(r"<!-- (\w+):((?: \w+)*) -->\n.*?<!-- end -->\n", re.DOTALL)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
HEAD = ("| property | value | meaning | `null` |", "|---|---|---|---|")
FURTHER = "[further fields](#further-fields)"
"""What a value is that system administrators choose the parts of."""


def documented(contract: ModuleType, text: str) -> str:
    """A text with the tables in it made anew.

    :param contract: the declarations.
    :raises KeyError: a mark names what is not declared.
    """
    tables = _Tables(contract, text)

    def replaced(mark: re.Match) -> str:
        first, kind, names = mark[0].partition("\n")[0], mark[1], mark[2].split()
        lines = getattr(tables, kind)(*names)
        return "\n".join([first, "", *lines, "", "<!-- end -->", ""])

    return MARK.sub(replaced, text)


class _Tables:
    """Makes the tables of one text.

    :param text: whose marks and headings say where what is described.
    """

    def __init__(self, contract: ModuleType, text: str):
        self._contract = contract
        self._things = {each.name: each for each in self._declared()}
        self._links: dict[str, str] = {}
        for mark in MARK.finditer(text):
            heading = HEADING.findall(text[: mark.start()])[-1]
            for name in mark[2].split()[:1]:
                self._links[name] = heading
        self._rest = [
            each for name, each in self._things.items() if name not in self._links
        ]
        self._links |= {each.name: each.title for each in self._rest}

    def table(self, name: str) -> list[str]:
        """The properties of what has that name."""
        return self._rows(self._things[name].properties)

    def difference(self, name: str, other: str) -> list[str]:
        """The properties of the first that the second has not, or otherwise."""
        known = self._things[other].properties
        return self._rows(
            each for each in self._things[name].properties if each not in known
        )

    def message(self) -> list[str]:
        """What is around all that is told."""
        declared = self._contract.message
        subject = declared.SUBJECT
        names = ", ".join(f"`data.{name}`" for name in self._contract.versions.SUBJECTS)
        return [
            *HEAD,
            *map(self._row, declared.ENVELOPE),
            f"| {names} | object | {subject} | |",
            *(
                self._row(each, f"data.{each.name}")
                for each in (
                    declared.PREVIOUS,
                    declared.REASON,
                    declared.SEQUENCE,
                    declared.TEST,
                )
            ),
        ]

    def rest(self) -> list[str]:
        """All that is nowhere else in the text, under headings of its own."""
        lines: list[str] = []
        for each in sorted(self._rest, key=lambda each: each.title):
            lines += [f"### {each.title}", "", each.meaning, ""]
            lines += [*self._rows(each.properties), ""]
        return lines[:-1]

    def _declared(self) -> Iterator:
        """All that has properties, in the newest version."""
        waiting = list(self._contract.versions.SUBJECTS.values())
        found = set()
        while waiting:
            kind = waiting.pop(0)
            waiting += getattr(kind, "kinds", ())
            waiting += [
                getattr(kind, name) for name in ("item", "value") if hasattr(kind, name)
            ]
            if hasattr(kind, "properties") and kind.name not in found:
                found.add(kind.name)
                waiting += [each.kind for each in kind.properties]
                yield kind

    def _rows(self, properties: Iterable) -> list[str]:
        return [*HEAD, *map(self._row, properties)]

    def _row(self, property_, name: str | None = None) -> str:
        name = name or property_.name
        null = property_.null or ""
        value = self._words(property_.kind)
        return f"| `{name}` | {value} | {property_.meaning} | {null} |"

    def _words(self, kind) -> str:
        """What people read of what a value may be."""
        if hasattr(kind, "item"):
            return f"list of {self._words(kind.item)}"
        if hasattr(kind, "value"):
            return FURTHER
        if hasattr(kind, "name"):
            return _link(kind.name.replace("_", " "), self._links[kind.name])
        return kind.words


def _link(words: str, heading: str) -> str:
    anchor = re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
    return f"[{words}](#{anchor})"
