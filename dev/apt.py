"""Fetches and unpacks Debian packages without touching the machine and without root.

The machine's own apt does the work (mirror, keyring, proxy and checksums are its
own), on lists and a cache in the environment's folder.
"""

import os
import re
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from . import apt_sources, command, errors, paths

HINT = "this works on Debian; elsewhere point ODOO_PATH at an Odoo 19.0 you have."

CONFIGURATION = """\
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Pre-Install-Pkgs;
#clear DPkg::Post-Invoke;
#clear APT::Default-Release;
Dir::Etc::sourcelist "{folder}/apt.sources";
Dir::Etc::sourceparts "/dev/null";
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


class Archive:
    """One private apt state, over the given sources.

    :param name: of its folder.
    :param sources: which archives it sees.
    """

    def __init__(self, name: str, sources: Iterable[apt_sources.Source]):
        self.name = name
        self.sources = list(sources)
        self.folder = paths.APT / name

    def update(self) -> None:
        """Fetch the lists of packages.

        :raises Problem: no apt, no network, a mirror that has no such suite.
        """
        check()
        for part in ("lists/partial", "cache/archives/partial"):
            (self.folder / part).mkdir(parents=True, exist_ok=True)
        stanzas = "\n".join(source.deb822() for source in self.sources)
        (self.folder / "apt.sources").write_text(stanzas)
        configuration = CONFIGURATION.format(folder=self.folder)
        (self.folder / "apt.conf").write_text(configuration)
        self._apt("apt-get", "update", what="Reading Debian's package lists")

    def newest(self, package: str) -> tuple[str, int] | None:
        """Version and download size (bytes) of the newest `package`, None if absent."""
        shown = self._apt(
            "apt-cache",
            "show",
            "--no-all-versions",
            package,
            what="Asking apt",
            ok=True,
        )
        version = re.search(r"^Version: (\S+)$", shown, re.MULTILINE)
        size = re.search(r"^Size: (\d+)$", shown, re.MULTILINE)
        return (version[1], int(size[1])) if version and size else None

    def download(self, packages: Iterable[str], folder: Path) -> list[Path]:
        """Download exactly these packages into the empty `folder`; their files.

        Checksums and signatures are apt's business: it refuses what does not match.
        """
        _empty(folder)
        self._apt(
            "apt-get",
            "download",
            *packages,
            what="Downloading from Debian",
            cwd=folder,
        )
        return sorted(folder.glob("*.deb"))

    def download_with_missing(self, packages: Iterable[str]) -> list[Path]:
        """Download these packages and whatever they need that is not installed."""
        archives = self.folder / "cache" / "archives"
        _empty(archives)
        (archives / "partial").mkdir()
        self._apt(
            "apt-get",
            "install",
            "--download-only",
            *packages,
            what="Downloading from Debian",
        )
        return sorted(archives.glob("*.deb"))

    def _apt(
        self,
        program: str,
        *arguments: str,
        what: str,
        ok=False,
        cwd: Path | None = None,
    ) -> str:
        try:
            return command.run(
                [program, "-c", self.folder / "apt.conf", *arguments],
                what,
                f"apt-{self.name}.log",
                env=command.clean_environment(),
                cwd=cwd,
            )
        except errors.Problem:
            if ok:
                return ""
            raise


def check() -> None:
    """Raise a `Problem` unless this machine can fetch packages from Debian."""
    command.require("apt-get", HINT)
    command.require("dpkg", HINT)
    apt_sources.debian(apt_sources.read(), apt_sources.codename())


def unpack(debs: Iterable[Path], prefix: Path, note: Callable[[str], None]) -> None:
    """Unpack packages into one prefix, one over the other.

    :param note: is told which package is being unpacked.
    """
    prefix.mkdir(parents=True, exist_ok=True)
    for deb in debs:
        note(f"unpacking {deb.name.partition('_')[0]}")
        command.run(["dpkg", "-x", deb, prefix], f"Unpacking {deb.name}", "dpkg.log")


def debian_suite(suite: str) -> Archive:
    """Debian's `suite`, from the mirror that this machine uses for its own release."""
    own = apt_sources.debian(apt_sources.read(), apt_sources.codename())
    return Archive(suite, [own.with_suite(suite)])


def own_release() -> Archive:
    """Debian as this machine has it, its updates included."""
    codename = apt_sources.codename()
    sources = apt_sources.read()
    main = apt_sources.debian(sources, codename)
    suites = re.compile(rf"^{re.escape(codename)}(?:-updates|-security|/updates)?$")
    same_key = [
        source
        for source in sources
        if source.signed_by == main.signed_by
        and "main" in source.components
        and all(suites.match(suite) for suite in source.suites)
    ]
    return Archive("own", same_key or [main])


def _empty(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
    os.makedirs(folder)
