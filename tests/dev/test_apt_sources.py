"""The machine's apt sources are read in both formats, and Debian's entry is found."""

import pytest

from dev import apt_sources, errors

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"

DEB822 = f"""\
# A comment
Types: deb deb-src
# http://snapshot.example/debian
URIs: http://mirror.example/debian http://second.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: {KEYRING}

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
Signed-By: {KEYRING}

Enabled: no
Types: deb
URIs: http://off.example/debian
Suites: bookworm
Components: main

Types: deb-src
URIs: http://source.example/debian
Suites: bookworm
Components: main
"""


def test_deb822():
    first, second = apt_sources.parse_deb822(DEB822)
    assert first.uris == (
        "http://mirror.example/debian",
        "http://second.example/debian",
    )
    assert first.suites == ("bookworm", "bookworm-updates")
    assert first.components == ("main", "contrib")
    assert first.signed_by == KEYRING
    assert second.suites == ("bookworm-security",)


def test_deb822_keeps_a_key_that_is_written_out_and_other_options():
    text = (
        "Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm\n"
        "Components: main\nArchitectures: amd64 arm64\nTrusted: yes\n"
        "Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQINB\n"
        " -----END PGP PUBLIC KEY BLOCK-----\n"
    )
    (source,) = apt_sources.parse_deb822(text)
    assert source.signed_by.splitlines()[1:3] == [
        " -----BEGIN PGP PUBLIC KEY BLOCK-----",
        " .",
    ]
    assert ("Architectures", "amd64 arm64") in source.options
    assert ("Trusted", "yes") in source.options
    assert list(apt_sources.parse_deb822(source.deb822())) == [source]


ONE_LINE = f"""\
# deb http://commented.example/debian bookworm main
deb http://mirror.example/debian/ bookworm main contrib # a comment
deb-src http://mirror.example/debian bookworm main
deb [arch=amd64,arm64 signed-by={KEYRING}] https://mirror.example/debian sid main
deb [ trusted=yes ] http://flat.example/packages ./
"""


def test_one_line_format():
    plain, with_options, flat = apt_sources.parse_one_line(ONE_LINE)
    assert plain.uris == ("http://mirror.example/debian/",)
    assert plain.components == ("main", "contrib")
    assert with_options.signed_by == KEYRING
    assert with_options.options == (("Architectures", "amd64 arm64"),)
    assert flat.suites == ("./",)
    assert flat.components == ()
    assert flat.options == (("Trusted", "yes"),)


def test_both_formats_say_the_same():
    (one_line,) = apt_sources.parse_one_line(
        f"deb [signed-by={KEYRING}] http://mirror.example/debian bookworm main"
    )
    (deb822,) = apt_sources.parse_deb822(one_line.deb822())
    assert one_line == deb822


def write_etc(folder, **files):
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_read_takes_the_files_that_apt_would(tmp_path):
    etc = write_etc(
        tmp_path,
        sources_list="deb http://a.example/debian bookworm main",
        **{
            "sources.list.d__b_sources": DEB822,
            "sources.list.d__c_list": "deb http://c.example/debian bookworm main",
            "sources.list.d__d_list_save": "deb http://d.example/ bookworm main",
            "sources.list.d__e_sources_disabled": DEB822,
        },
    )
    hosts = [source.uris[0].split("/")[2] for source in apt_sources.read(etc)]
    assert hosts == ["a.example", "mirror.example", "mirror.example", "c.example"]


def test_read_needs_no_sources_list(tmp_path):
    etc = write_etc(tmp_path, **{"sources.list.d__debian_sources": DEB822})
    assert len(apt_sources.read(etc)) == 2


def test_read_leaves_out_a_cdrom(tmp_path):
    etc = write_etc(
        tmp_path, sources_list="deb cdrom:[Debian 12]/ bookworm main contrib"
    )
    assert apt_sources.read(etc) == []


def sources(*lines):
    return list(apt_sources.parse_one_line("\n".join(lines)))


def test_debian_is_told_from_third_parties_that_use_its_suite_names():
    found = apt_sources.debian(
        sources(
            "deb [signed-by=/etc/apt/keyrings/ha.gpg] http://h.example bookworm main",
            "deb [signed-by=/etc/apt/keyrings/docker.asc] http://d.example/linux/debian"
            " bookworm stable",
            "deb http://other.example/ubuntu jammy main",
            "deb http://mirror.example/debian-security bookworm-security main",
            f"deb [signed-by={KEYRING}] http://mirror.example/debian bookworm main",
        ),
        "bookworm",
    )
    assert found.uris == ("http://mirror.example/debian",)


def test_debian_without_a_named_keyring():
    found = apt_sources.debian(
        sources(
            "deb http://third.example/stuff bookworm main",
            "deb http://mirror.example/debian/ bookworm main",
        ),
        "bookworm",
    )
    assert found.uris == ("http://mirror.example/debian/",)


def test_debian_under_another_path():
    lines = "deb http://mirror.example/pub/bookworm-snapshot bookworm main contrib"
    assert apt_sources.debian(sources(lines), "bookworm").components[0] == "main"


def test_the_release_that_the_machine_runs_decides():
    lines = (
        "deb http://mirror.example/debian bookworm main",
        "deb http://mirror.example/debian trixie main",
    )
    assert apt_sources.debian(sources(*lines), "trixie").suites == ("trixie",)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "deb http://mirror.example/debian bookworm contrib",
        "deb http://mirror.example/debian bookworm-updates main",
        "deb [signed-by=/third.gpg] http://third.example/debian bookworm main",
    ],
)
def test_no_entry_of_debian_is_told_with_what_to_do(line):
    with pytest.raises(errors.Problem, match="bookworm main.*ODOO_PATH"):
        apt_sources.debian(sources(line), "bookworm")


def test_another_suite_keeps_mirror_and_keyring():
    own = apt_sources.debian(list(apt_sources.parse_deb822(DEB822)), "bookworm")
    sid = own.with_suite("sid")
    assert sid.uris == own.uris
    assert sid.signed_by == KEYRING
    assert "Suites: sid\nComponents: main\n" in sid.deb822()


def test_codename(tmp_path):
    release = tmp_path / "os-release"
    release.write_text('ID=debian\nVERSION_CODENAME=bookworm\nPRETTY_NAME="D 12"\n')
    assert apt_sources.codename(release) == "bookworm"


@pytest.mark.parametrize("text", ['ID=ubuntu\nPRETTY_NAME="Ubuntu 24.04"\n', None])
def test_another_system_is_told_with_what_to_do(tmp_path, text):
    release = tmp_path / "os-release"
    if text:
        release.write_text(text)
    with pytest.raises(errors.Problem, match="(Ubuntu 24.04|no Debian).*ODOO_PATH"):
        apt_sources.codename(release)
