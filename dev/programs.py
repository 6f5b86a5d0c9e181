"""Programs that tests start: the machine's own, or Debian's, unpacked without root."""

import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from . import apt, errors, locking, paths, steps
from .progress import Activity

WRAPPER = """\
#!/bin/sh
export LD_LIBRARY_PATH='{libraries}'"${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}"
{start} "$@"
"""


def version(executable: str) -> str:
    """What a program calls itself.

    :raises Problem: when it does not start.
    """
    told = subprocess.run(
        [executable, "--version"], capture_output=True, text=True, check=False
    )
    lines = (told.stdout + told.stderr).splitlines() or ["no message"]
    if told.returncode:
        raise errors.Problem(f"{executable} does not start: {lines[-1]}")
    return lines[0]


@dataclass(frozen=True)
class Program:
    """A program that Debian has.

    The texts may use ``{folder}``, the program's own, ``{prefix}``, where its packages
    are unpacked, and ``{binary}``.

    :param name: of its folder in the environment.
    :param names: what it may be called on PATH.
    :param packages: Debian's, without those that they need in turn.
    :param binary: pattern of its file in the packages.
    :param hint: what to do where it cannot be fetched.
    :param start: the line of the shell that starts it.
    :param files: names and texts of further files in its folder.
    """

    name: str
    names: tuple[str, ...]
    packages: tuple[str, ...]
    binary: str
    hint: str
    start: str = "exec '{binary}'"
    files: Mapping[str, str] = field(default_factory=dict)

    def path(self) -> str:
        """The one on PATH; else Debian's, which is fetched at the first call.

        :raises Problem: no network, not on Debian, or it does not start.
        """
        for name in self.names:
            if found := shutil.which(name):
                return found
        waiting = f"Another command is fetching a program; {self.name} waits …"
        inputs = [self.packages, str(self._folder), WRAPPER, self.start, self.files]
        with locking.exclusive(paths.ENV_DIR / "programs.lock", waiting):
            try:
                steps.once(self.name, inputs, self._fetch, self._wrapper.exists)
            except errors.Problem as error:
                raise errors.Problem(
                    f"{self.name} is not on this machine, and fetching Debian's "
                    f"failed: {error} {self.hint}"
                ) from error
        return str(self._wrapper)

    def _fetch(self) -> str:
        shutil.rmtree(self._folder, ignore_errors=True)
        prefix = self._folder / "prefix"
        with Activity(f"Downloading {self.name} from Debian") as step:
            debs = apt.own_release().download_with_missing(self.packages)
            apt.unpack(debs, prefix, step.note)
            for deb in debs:
                deb.unlink()
        binary = next(prefix.glob(self.binary), None)
        if not binary:
            raise errors.Problem(f"The packages have no {self.binary}.")
        values = {"folder": self._folder, "prefix": prefix, "binary": binary}
        for name, text in self.files.items():
            (self._folder / name).write_text(text.format(**values))
        libraries = ":".join(map(str, _library_folders(prefix)))
        start = self.start.format(**values)
        self._wrapper.write_text(WRAPPER.format(libraries=libraries, start=start))
        self._wrapper.chmod(0o755)
        found = version(str(self._wrapper))
        print(f"{found} works.", file=sys.stderr)
        return found

    @property
    def _folder(self) -> Path:
        return paths.ENV_DIR / self.name

    @property
    def _wrapper(self) -> Path:
        return self._folder / self.name


def _library_folders(prefix: Path) -> list[Path]:
    """The folders below the prefix that hold shared libraries."""
    return sorted(
        {
            library.parent
            for folder in ("lib", "usr/lib")
            for pattern in ("*/lib*.so*", "*/*/lib*.so*")
            for library in (prefix / folder).glob(pattern)
        }
    )
