"""The virtual environment: exactly what the files in ``requirements/`` pin."""

import importlib.util
import shutil
import sys
from pathlib import Path

from . import apt, command, errors, paths
from .progress import Activity
from .steps import Stamps, Step, digest

OLDEST, NEWEST = (3, 10), (3, 13)
BUILD = "build.txt"
FILES = ("odoo.txt", "addons.txt", "dev.txt")


def check_python(version: tuple[int, int] = sys.version_info[:2]) -> None:
    """Raise a `Problem` unless Odoo 19.0 runs on this Python."""
    if not OLDEST <= version <= NEWEST:
        low, have, high = (".".join(map(str, v)) for v in (OLDEST, version, NEWEST))
        raise errors.Problem(
            f"Odoo 19.0 runs on Python {low} to {high}, and this is {have}: name "
            "another one, e.g. `make PYTHON=python3.11 …`."
        )


def step() -> Step:
    """The step that builds the virtual environment."""
    return Step(
        "venv",
        _build,
        inputs={
            "python": [sys.version, sys.base_prefix],
            "at": str(paths.VENV),
            "pins": pins(),
        },
        intact=paths.VENV_PYTHON.exists,
    )


def pins() -> str:
    """A digest of every pin there is."""
    texts = [(paths.REQUIREMENTS / name).read_text() for name in (BUILD, *FILES)]
    lines = (
        line.partition("#")[0].strip() for text in texts for line in text.splitlines()
    )
    return digest(sorted(filter(None, lines)))


def link_odoo(stamps: Stamps, odoo_path: Path) -> None:
    """Let the virtual environment import the Odoo in `odoo_path`."""

    def build() -> str:
        (paths.site_packages() / "odoo-core.pth").write_text(f"{odoo_path}\n")
        return str(odoo_path)

    stamps.ensure(Step("odoo-link", build, {"path": str(odoo_path)}, (step(),)))


def _build() -> str:
    check_python()
    if Path(sys.prefix) == paths.VENV:
        raise errors.Problem(
            f"{paths.VENV} has to be made anew, and this Python is its own: run the "
            "command with the Python outside of it, e.g. `python3 -m dev …`."
        )
    if paths.VENV.exists():
        shutil.rmtree(paths.VENV)
    with Activity("Making the virtual environment") as activity:
        _make(activity)
    count = sum(
        "==" in line
        for name in FILES
        for line in (paths.REQUIREMENTS / name).read_text().splitlines()
    )
    with Activity(f"Installing {count} Python packages from PyPI") as activity:
        seen: set[str] = set()

        def on_line(line: str) -> None:
            if line.startswith("Collecting "):
                seen.add(line.split()[1])
                activity.note(f"{len(seen)} of {count}")

        _pip("-r", paths.REQUIREMENTS / BUILD, on_line=on_line)
        # --no-build-isolation: a source package is built with the pinned setuptools.
        _pip(
            "--no-build-isolation",
            *(
                argument
                for name in FILES
                for argument in ("-r", paths.REQUIREMENTS / name)
            ),
            on_line=on_line,
        )
    return f"Python {sys.version.split()[0]}"


def _make(activity: Activity) -> None:
    make = [sys._base_executable, "-m", "venv"]
    if importlib.util.find_spec("ensurepip"):
        command.run([*make, paths.VENV], "Making the virtual environment", "venv.log")
        return
    # Debian keeps ensurepip in a package of its own, python3-venv; pip's wheel is in
    # a third one, which can be had without root.
    activity.note("fetching pip from Debian")
    wheel = _pip_wheel()
    command.run(
        [*make, "--without-pip", paths.VENV],
        "Making the virtual environment",
        "venv.log",
    )
    command.run(
        [paths.VENV_PYTHON, wheel / "pip", "install", "--no-index", "--no-deps", wheel],
        "Installing pip",
        "venv.log",
    )
    shutil.rmtree(paths.APT / "pip")


def _pip_wheel() -> Path:
    own = apt.own_release()
    own.update()
    folder = paths.APT / "pip"
    apt.unpack(own.download(["python3-pip-whl"], folder), folder, lambda _text: None)
    wheels = sorted(folder.glob("usr/share/python-wheels/pip-*.whl"))
    if not wheels:
        raise errors.Problem(
            "Debian's python3-pip-whl contains no wheel of pip: install python3-venv."
        )
    return wheels[-1]


def _pip(*arguments: object, on_line) -> None:
    command.run(
        [
            paths.VENV_PYTHON,
            "-m",
            "pip",
            "install",
            "--no-deps",
            "--no-input",
            "--disable-pip-version-check",
            "--progress-bar=off",
            # Python compiles what it imports, and most of it never is.
            "--no-compile",
            *arguments,
        ],
        "Installing Python packages from PyPI",
        "pip.log",
        env=command.clean_environment(PIP_ROOT_USER_ACTION="ignore"),
        on_line=on_line,
    )
