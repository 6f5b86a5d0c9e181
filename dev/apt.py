"""Fetches and unpacks Debian packages without touching the machine and without root.

The machine's own apt does the work (mirror, keyring, proxy and checksums are its
own), on lists and a cache in the environment's folder.
"""

import platform
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from . import command, errors, paths

HINT = "this works on Debian; elsewhere point ODOO_PATH at an Odoo 19.0 you have."
KEYRINGS = Path("/usr/share/keyrings")

CONFIGURATION = """\
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Pre-Install-Pkgs;
#clear DPkg::Post-Invoke;
#clear APT::Default-Release;
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::State::Lists "{folder}/lists";
Dir::Cache "{folder}/cache";
APT::Sandbox::User "root";
APT::Get::Assume-Yes "true";
APT::Install-Recommends "false";
APT::Keep-Downloaded-Packages "true";
APT::Update::Error-Mode "any";
Acquire::Languages "none";
Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Acquire::Retries "2";
Acquire::http::Timeout "60";
Acquire::https::Timeout "60";
Debug::NoLocking "true";
"""
SOURCES = """\
Dir::Etc::sourcelist "{folder}/sources.list";
Dir::Etc::sourceparts "/dev/null";
"""


class Archive:
    """One private apt state.

    :param name: of its folder.
    :param sources: which archives it sees, as lines of ``sources.list``; by default
        those that the machine sees.
    """

    def __init__(self, name: str, sources: str = ""):
        self.name = name
        self.sources = sources
        self.folder = paths.APT / name

    def update(self) -> None:
        """Fetch the lists of packages.

        :raises Problem: no apt, no network, a mirror that has no such suite.
        """
        check()
        for part in ("lists/partial", "cache/archives/partial"):
            (self.folder / part).mkdir(parents=True, exist_ok=True)
        (self.folder / "sources.list").write_text(self.sources)
        configuration = CONFIGURATION + (SOURCES if self.sources else "")
        (self.folder / "apt.conf").write_text(configuration.format(folder=self.folder))
        self._apt("Reading Debian's package lists", "update")

    def mirror(self) -> str:
        """The address of Debian's main archive among those that `update` has read.

        :raises Problem: there is none.
        """
        told = self._apt(
            "Asking apt for Debian's mirror",
            *("indextargets", "--format", "$(REPO_URI)", "Identifier: Packages"),
            *("Origin: Debian", "Label: Debian", "Component: main"),
        ).split()
        if not told:
            raise errors.Problem(
                "apt's sources have no entry for Debian's main archive: add it to "
                "/etc/apt/sources.list.d, or point ODOO_PATH at an Odoo 19.0 you have."
            )
        return told[0]

    def download(self, packages: Iterable[str], folder: Path) -> list[Path]:
        """Download exactly these packages into the empty `folder`; their files.

        :param packages: names, or ``name=version``, with ``*`` for any rest.
        """
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self._apt("Downloading from Debian", "download", *packages, cwd=folder)
        return sorted(folder.glob("*.deb"))

    def download_with_missing(self, packages: Iterable[str]) -> list[Path]:
        """Download these packages and whatever they need that is not installed."""
        archives = self.folder / "cache" / "archives"
        shutil.rmtree(archives)
        (archives / "partial").mkdir(parents=True)
        self._apt("Downloading from Debian", "install", "--download-only", *packages)
        return sorted(archives.glob("*.deb"))

    def _apt(self, what: str, *arguments: str, cwd: Path | None = None) -> str:
        return command.run(
            ["apt-get", "-c", self.folder / "apt.conf", *arguments],
            what,
            f"apt-{self.name}.log",
            env=command.clean_environment(),
            cwd=cwd,
        )


def check() -> None:
    """Raise a `Problem` unless this machine can fetch packages from Debian."""
    command.require("apt-get", HINT)
    command.require("dpkg", HINT)
    system = platform.freedesktop_os_release()
    if system["ID"] != "debian":
        raise errors.Problem(
            f"This is {system['PRETTY_NAME']}; Odoo is taken from Debian's packages "
            "only on Debian: point ODOO_PATH at an Odoo 19.0 you have, and CHROMIUM at "
            "a browser."
        )


def unpack(debs: Iterable[Path], prefix: Path, note: Callable[[str], None]) -> None:
    """Unpack packages into one prefix, one over the other.

    :param note: is told which package is being unpacked.
    """
    prefix.mkdir(parents=True, exist_ok=True)
    for deb in debs:
        note(f"unpacking {deb.name.partition('_')[0]}")
        command.run(["dpkg", "-x", deb, prefix], f"Unpacking {deb.name}", "dpkg.log")


def own_release() -> Archive:
    """Debian as this machine has it, its updates included, with its lists read."""
    own = Archive("own")
    own.update()
    return own


def suite(name: str, mirror: str) -> Archive:
    """Debian's suite of that name on the `mirror`, with its lists read."""
    keyring = next(KEYRINGS.glob("debian-archive-keyring.*"), None)
    signed_by = f"[signed-by={keyring}] " if keyring else ""
    found = Archive(name, f"deb {signed_by}{mirror} {name} main\n")
    found.update()
    return found
