"""The released versions of the addon, as `docs/releases.txt` records them."""

import ast
import io
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

from dev import errors, paths

RECORD = paths.ROOT / "docs" / "releases.txt"
CONTRACT = "docs/contract"
CONTENT = (paths.ADDON.name, CONTRACT)
"""What is taken of a release: the addon, and the schemas of its messages."""


@dataclass(frozen=True)
class Release:
    """One released version.

    :param date: ISO 8601.
    :param commit: of the repository, in full.
    """

    version: str
    date: str
    commit: str

    def extract(self, folder: Path) -> Path:
        """Write the release's files into a folder, as they are in git; returns it.

        :param folder: where the addon is then, for Odoo's ``addons_path``.
        :raises Problem: the history does not have the commit.
        """
        program = ["git", "-C", str(paths.ROOT), "archive", self.commit, *CONTENT]
        try:
            found = subprocess.run(program, capture_output=True, check=False)
        except FileNotFoundError:
            raise self._missing("there is no `git`") from None
        if found.returncode:
            raise self._missing(" ".join(found.stderr.decode().split()))
        with tarfile.open(fileobj=io.BytesIO(found.stdout)) as archive:
            archive.extractall(folder, filter="data")
        return folder

    def _missing(self, reason: str) -> errors.Problem:
        return errors.Problem(
            f"Release {self.version} is commit {self.commit[:12]}, which is not in "
            f"this checkout's history ({reason}): fetch all of it, for instance by "
            "`git fetch --unshallow`."
        )


def recorded(record: Path = RECORD) -> list[Release]:
    """All releases, the latest last."""
    lines = record.read_text(encoding="utf-8").splitlines()
    return [Release(*line.split()) for line in lines if line and line[0] != "#"]


def has_history() -> bool:
    """Tell whether this checkout has the whole history of git: no archive of files, and
    no shallow clone.
    """
    program = ["git", "-C", str(paths.ROOT), "rev-parse", "--is-shallow-repository"]
    try:
        found = subprocess.run(program, capture_output=True, check=False)
    except FileNotFoundError:
        return False
    return found.stdout.strip() == b"false"


def version_of(addons: Path) -> str:
    """The version in the manifest of the addon in a folder of addons."""
    manifest = addons / paths.ADDON.name / "__manifest__.py"
    return ast.literal_eval(manifest.read_text(encoding="utf-8"))["version"]
