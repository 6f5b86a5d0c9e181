"""`make contract`: what is made of the declarations of messages and of docs/.

These are the tables of docs/MESSAGES.md, the published schemas in docs/contract/, in a
folder for each version, and the guide that the addon carries.
"""

import json
import sys
from pathlib import Path

from . import compatibility, errors, guide, paths, tables

# at the end: nothing of the addon's may stand in front of another module
sys.path.append(str(paths.ADDON))

import contract as declared  # noqa: E402 - found from here on

MESSAGES = paths.ROOT / "docs" / "MESSAGES.md"
PUBLISHED = paths.ROOT / "docs" / "contract"
SUFFIX = ".schema.json"


class NotCompatible(errors.Problem):
    """A published schema would change in a way that receivers do not understand."""


def main(_arguments: list[str]) -> int:
    """Write the tables, the schemas and the guide.

    :raises NotCompatible: nothing is written then.
    """
    made = schemas()
    check(made)
    for path, schema in made.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text_of(schema), encoding="utf-8")
    text = MESSAGES.read_text(encoding="utf-8")
    MESSAGES.write_text(tables.documented(declared, text), encoding="utf-8")
    guide.CARRIED.write_text(guide.text(), encoding="utf-8")
    print(
        f"{len(made)} schemas, the tables of {MESSAGES.name} and the guide are up to "
        "date."
    )
    return 0


def schemas(published: Path = PUBLISHED) -> dict[Path, dict]:
    """The schemas as the declarations make them, by the file of each."""
    return {
        published / version / f"{type_}{SUFFIX}": declared.schema(type_, version)
        for version in declared.names()
        for type_ in declared.TYPES
    }


def text_of(schema: dict) -> str:
    """A schema as its file has it."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def check(made: dict[Path, dict], published: Path = PUBLISHED) -> None:
    """Compare schemas with those that are published.

    :param made: see `schemas`.
    :raises NotCompatible: with what is wrong.
    """
    found = []
    for path in sorted(published.glob(f"*/*{SUFFIX}")):
        name = f"{path.parent.name}/{path.name.removesuffix(SUFFIX)}"
        if path not in made:
            found.append(f"{name}: is not declared any more")
            continue
        old = json.loads(path.read_text(encoding="utf-8"))
        found += [
            f"{name}: {each}" for each in compatibility.complaints(old, made[path])
        ]
    if found:
        raise NotCompatible(
            "Receivers would not understand the messages any more. Make a new version, "
            "as docs/VERSIONS.md says, or take this back:\n" + "\n".join(found)
        )
