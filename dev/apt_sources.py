"""Reads the machine's own apt sources, in both formats that apt knows."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from . import errors

TRUE = {"yes", "true", "on", "with", "enable", "1"}
FALSE = {"no", "false", "off", "without", "disable", "0"}
NETWORK = re.compile(r"^(?:https?|ftp|mirror\S*|tor\+https?|file|copy):")


@dataclass(frozen=True)
class Source:
    """One entry of apt's sources that has binary packages.

    :param uris: where the archive is; any of them will do.
    :param suites: e.g. ``("bookworm", "bookworm-updates")``.
    :param components: e.g. ``("main",)``.
    :param signed_by: keyring's path or the key itself; empty for apt's trusted keys.
    :param options: further deb822 fields as they stand, e.g. ``(("Trusted", "yes"),)``.
    """

    uris: tuple[str, ...]
    suites: tuple[str, ...]
    components: tuple[str, ...]
    signed_by: str = ""
    options: tuple[tuple[str, str], ...] = ()

    def deb822(self) -> str:
        """The entry as a stanza for a ``.sources`` file."""
        fields = [
            ("Types", "deb"),
            ("URIs", " ".join(self.uris)),
            ("Suites", " ".join(self.suites)),
            ("Components", " ".join(self.components)),
            ("Signed-By", self.signed_by),
            *self.options,
        ]
        return "".join(f"{name}: {value}\n" for name, value in fields if value)

    def with_suite(self, suite: str) -> "Source":
        """The same archive's `suite`, its main component only."""
        return replace(self, suites=(suite,), components=("main",))


def parse_deb822(text: str) -> Iterator[Source]:
    """The enabled ``deb`` stanzas of a ``.sources`` file."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    for stanza in re.split(r"\n[ \t]*\n", "\n".join(lines)):
        fields: dict[str, str] = {}
        name = ""
        for line in stanza.splitlines():
            if line[:1] in (" ", "\t"):
                if name:
                    fields[name] += "\n" + line
            elif ":" in line:
                name, _, value = line.partition(":")
                name = name.strip().lower()
                fields[name] = value.strip()
        enabled = fields.pop("enabled", "yes").lower() not in FALSE
        types = fields.pop("types", "").split()
        if not enabled or "deb" not in types:
            continue
        uris = tuple(fields.pop("uris", "").split())
        suites = tuple(fields.pop("suites", "").split())
        if uris and suites:
            yield Source(
                uris,
                suites,
                tuple(fields.pop("components", "").split()),
                fields.pop("signed-by", "").rstrip(),
                tuple((name.title(), value) for name, value in fields.items() if value),
            )


ONE_LINE = re.compile(
    r"^deb\s+(?:\[(?P<options>[^\]]*)\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)(?P<rest>.*)$"
)
OPTION_NAMES = {"arch": "Architectures", "lang": "Languages", "target": "Targets"}


def parse_one_line(text: str) -> Iterator[Source]:
    """The ``deb`` lines of ``sources.list`` or of a ``.list`` file."""
    for line in text.splitlines():
        found = ONE_LINE.match(line.partition("#")[0].strip())
        if not found:
            continue
        signed_by = ""
        options = []
        for option in (found["options"] or "").split():
            name, _, value = option.partition("=")
            if name.lower() == "signed-by":
                signed_by = value
            else:
                name = OPTION_NAMES.get(name.lower(), name.title())
                options.append((name, value.replace(",", " ")))
        yield Source(
            (found["uri"],),
            (found["suite"],),
            tuple(found["rest"].split()),
            signed_by,
            tuple(options),
        )


def files(etc: Path) -> list[Path]:
    """apt's source files below `etc` (``/etc/apt``), those that it would read."""
    folder = etc / "sources.list.d"
    listed = sorted(folder.iterdir()) if folder.is_dir() else []
    main = etc / "sources.list"
    return [path for path in (main, *listed) if path.suffix in (".list", ".sources")]


def read(etc: Path = Path("/etc/apt")) -> list[Source]:
    """All entries of the machine's apt sources that hold binary packages."""
    sources: list[Source] = []
    for path in files(etc):
        if not path.is_file() or not os.access(path, os.R_OK):
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        parse = parse_deb822 if path.suffix == ".sources" else parse_one_line
        sources.extend(parse(text))
    return [
        source for source in sources if all(NETWORK.match(uri) for uri in source.uris)
    ]


def debian(sources: list[Source], codename: str) -> Source:
    """The entry of `sources` for Debian's own archive.

    Others use Debian's suite names too (most third-party archives do), so the keyring
    and the address decide.

    :param codename: of the release this machine runs, e.g. ``bookworm``.
    :raises Problem: when no entry is Debian's.
    """

    def rank(source: Source) -> int:
        if codename not in source.suites or "main" not in source.components:
            return 0
        ours = "debian-archive" in source.signed_by
        if source.signed_by and not ours and "\n" not in source.signed_by:
            return 0
        path = any(re.search(r"/debian/?$", uri) for uri in source.uris)
        return 1 + 2 * path + 4 * ours

    best = max(sources, key=rank, default=None)
    if best is None or rank(best) == 0:
        raise errors.Problem(
            f"apt's sources have no entry for Debian's '{codename} main': add it to "
            "/etc/apt/sources.list.d, or point ODOO_PATH at an Odoo 19.0 you have."
        )
    return best


def codename(os_release: Path = Path("/etc/os-release")) -> str:
    """The codename of the Debian release this machine runs, e.g. ``bookworm``.

    :raises Problem: on another system.
    """
    values = {}
    if os_release.is_file():
        for line in os_release.read_text().splitlines():
            name, _, value = line.partition("=")
            values[name] = value.strip().strip("\"'")
    if values.get("ID") != "debian":
        raise errors.Problem(
            f"This is {values.get('PRETTY_NAME', 'no Debian')}; Odoo is taken from "
            "Debian's packages only on Debian: point ODOO_PATH at an Odoo 19.0 you "
            "have, and CHROMIUM at a browser."
        )
    return values.get("VERSION_CODENAME") or "sid"
