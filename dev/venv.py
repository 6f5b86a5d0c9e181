"""The virtual environment: exactly what the files in ``requirements/`` pin."""

import importlib.util
import shutil
import sys
from pathlib import Path

from . import apt, command, errors, paths, steps
from .progress import Activity

BUILD = "build.txt"
OF_ODOO = ("odoo.txt", "addons.txt")
FILES = (*OF_ODOO, "dev.txt")
MAKING = "Making the virtual environment"


def ensure() -> None:
    """Build the virtual environment, unless it is there."""
    made_for = [sys.version, sys.base_prefix, str(paths.VENV)]
    inputs = [made_for, pins((BUILD, *FILES))]
    steps.once("venv", inputs, _build, paths.VENV_PYTHON.exists)


def pins(names: tuple[str, ...]) -> list[str]:
    """Every pin in these files of requirements."""
    lines = (
        line.partition("#")[0].strip()
        for name in names
        for line in (paths.REQUIREMENTS / name).read_text().splitlines()
    )
    return sorted(filter(None, lines))


def link_odoo(odoo_path: Path) -> None:
    """Let the virtual environment import the Odoo in `odoo_path`."""
    steps.write(paths.site_packages() / "odoo-core.pth", f"{odoo_path}\n")


def _build() -> str:
    if Path(sys.prefix) == paths.VENV:
        raise errors.Problem(
            f"{paths.VENV} has to be made anew, and this Python is its own: run the "
            "command with the Python outside of it, e.g. `python3 -m dev …`."
        )
    shutil.rmtree(paths.VENV, ignore_errors=True)
    with Activity(MAKING):
        _make()
    count = len(pins(FILES))
    with Activity(f"Installing {count} Python packages from PyPI") as activity:
        seen: set[str] = set()

        def on_line(line: str) -> None:
            if line.startswith("Collecting "):
                seen.add(line.split()[1])
                activity.note(f"{len(seen)} of {count}")

        _pip(f"--requirement={paths.REQUIREMENTS / BUILD}", on_line=on_line)
        # --no-build-isolation: a source package is built with the pinned setuptools.
        files = [f"--requirement={paths.REQUIREMENTS / name}" for name in FILES]
        _pip("--no-build-isolation", *files, on_line=on_line)
    return f"Python {sys.version.split()[0]}"


def _make() -> None:
    # not documented: the Python outside of the environment in which this one may be
    base = sys._base_executable  # type: ignore[attr-defined]
    make = [base, "-m", "venv", paths.VENV]
    if importlib.util.find_spec("ensurepip"):
        command.run(make, MAKING, "venv.log")
        return
    # Debian keeps ensurepip in a package of its own, python3-venv; pip's wheel is in
    # a third one, which can be had without root.
    folder = paths.APT / "pip"
    debs = apt.own_release().download(["python3-pip-whl"], folder)
    apt.unpack(debs, folder, lambda _text: None)
    [wheel] = folder.glob("usr/share/python-wheels/pip-*.whl")
    command.run([*make, "--without-pip"], MAKING, "venv.log")
    install = ["install", "--no-index", "--no-deps", wheel]
    command.run([paths.VENV_PYTHON, wheel / "pip", *install], MAKING, "venv.log")
    shutil.rmtree(folder)


def _pip(*arguments: object, on_line) -> None:
    # Python compiles what it imports, and most of the packages never is.
    options = ["--no-deps", "--no-input", "--progress-bar=off", "--no-compile"]
    command.run(
        [paths.VENV_PYTHON, "-m", "pip", "install", *options]
        + ["--disable-pip-version-check", *arguments],
        "Installing Python packages from PyPI",
        "pip.log",
        env=command.clean_environment(PIP_ROOT_USER_ACTION="ignore"),
        on_line=on_line,
    )
