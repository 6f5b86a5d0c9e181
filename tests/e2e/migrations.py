"""Whether what has changed since the last release has the migration that it needs."""

import re
from collections.abc import Iterable
from pathlib import Path

from dev import contract, errors, paths

from . import releases, schema

FOLDER = paths.ADDON / "migrations"
KEEPS_DATA = {"relation", "column", "selection value"}
"""Kinds of things with which what was stored goes, or can be read no more."""


def complaints(
    released: set[schema.Thing],
    fresh: set[schema.Thing],
    versions: tuple[str, str],
    scripts: str,
) -> list[str]:
    """What of a changed structure has neither a version nor a migration.

    Odoo drops the column of a field that is gone without a word. So whatever is gone
    has to be named in a migration script, by which somebody has thought of what was in
    it.

    :param released: `schema.structure` of the last release.
    :param fresh: the same of the addon as it is.
    :param versions: the last release's, and the one in the manifest.
    :param scripts: the text of the migration scripts since.
    """
    before, now = versions
    if released == fresh:
        return []
    found = []
    if not is_newer(now, before):
        changes = "\n".join(schema.differences(released, fresh)[:20])
        found.append(
            f"The schema is not that of release {before}: let the version in the "
            f"manifest, {now}, rise. (Here, “after an upgrade” is the release.)\n"
            f"{changes}"
        )
    keys = {each.key for each in fresh}
    for gone in sorted(released, key=str):
        if gone.kind not in KEEPS_DATA or gone.key in keys:
            continue
        # an index or a sequence has nothing of its own
        if gone.kind == "relation" and gone.place not in ("r", "p", "m"):
            continue
        if not re.search(rf"\b{re.escape(gone.name)}\b", scripts):
            found.append(
                f"{gone.kind} {gone.place} {gone.name} was in release {before} and is "
                f"gone: write in {FOLDER.name}/{now}/ what becomes of its data."
            )
    return found


def contract_complaints(release: Path, made: dict | None = None) -> str:
    """Why receivers of the release would not understand the messages, else empty.

    The files of git are compared, not those in the tree, which somebody could delete.

    :param release: folder with the release's files.
    :param made: schemas by file, see `contract.schemas`; by default those declared.
    """
    published = release / releases.CONTRACT
    made = contract.schemas(published) if made is None else made
    try:
        contract.check(made, published)
    except contract.NotCompatible as error:
        return str(error)
    return ""


def is_newer(version: str, than: str) -> bool:
    """Tell whether a version is later than another, by its numbers."""
    return _numbers(version) > _numbers(than)


def scripts_since(version: str, folder: Path = FOLDER) -> str:
    """The text of all migration scripts of versions later than one."""
    return "\n".join(
        path.read_text(encoding="utf-8")
        for path in sorted(folder.glob("*/*.py"))
        if is_newer(path.parent.name, version)
    )


def check(found: Iterable[str]) -> None:
    """Fail with all that was found, and with what to do.

    :raises Problem: there is something.
    """
    lines = list(found)
    if lines:
        raise errors.Problem(
            "An upgrade does not lead where a fresh installation does, or loses what "
            f"was stored. Write a migration in {paths.ADDON.name}/{FOLDER.name}/"
            "VERSION/ (pre-… or post-….py), as docs/VERSIONS.md says:\n"
            + "\n".join(lines)
        )


def _numbers(version: str) -> list[int]:
    return [int(number) for number in version.split(".")]
