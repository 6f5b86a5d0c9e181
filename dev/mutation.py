"""`make mutation`: faults put into the plain Python, which tests/plain has to notice.

mutmut tells functions apart by the paths of their modules. So it works in a copy of the
checkout, in which the addon's folders are top-level packages, as they are for those
tests. Which tests run a function, it finds out by itself.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from . import command, paths, steps, venv

FOLDER = paths.ENV_DIR / "mutation"
PACKAGES = paths.ENV_DIR / "mutmut"
REQUIREMENTS = "mutation.txt"
CHECKOUT = (
    *("conftest.py", "dev", "docs", "nshift_webhooks", "README.md", "receiver"),
    *("requirements", "tests"),
)
"""What tests/plain needs."""
PLAIN = ("capture", "delivery", "monitoring", "payload", "position.py")
"""What is changed, of the addon."""
NOT_ABOUT_IT = (
    *("complaints", "contract_published", "documents", "fuzz", "libraries"),
    *("migrations", "monitoring_files", "paper", "pre_commit", "readme"),
    *("receiver_guide", "translations", "try_receiver"),
)
"""Of tests/plain: about documents or other programs, or long."""


def main(arguments: list[str]) -> int:
    """Run mutmut and show each change that no test notices.

    :param arguments: paths of tests to run; by default all that are about the code.
        ``ONLY`` names modules and folders to change, such as ``delivery.health``.
    :return: 1 if a test fails without any change.
    """
    steps.once("mutmut", venv.pins((REQUIREMENTS,)), _install, PACKAGES.is_dir)
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    for name in CHECKOUT:
        _copy(paths.ROOT / name, FOLDER / name)
    for name in PLAIN:
        _copy(paths.ADDON / name, FOLDER / name)
    configuration = (paths.ROOT / "pyproject.toml").read_text()
    (FOLDER / "pyproject.toml").write_text(f"{configuration}\n{_options(arguments)}")
    # one test must not be in another's way: there are sockets and times in them
    ran = _mutmut("run", "--max-children=1")
    shown = _mutmut("results", capture_output=True).stdout
    for line in shown.splitlines():
        name, _, outcome = line.strip().partition(": ")
        if outcome in ("survived", "suspicious", "timeout"):
            print(f"\n{outcome}: {name}", flush=True)
            _mutmut("show", name)
    return 1 if ran.returncode else 0


def _options(tests: list[str]) -> str:
    """Mutmut's section of pyproject.toml."""
    ignored = [f"--ignore=tests/plain/test_{name}.py" for name in NOT_ABOUT_IT]
    only = [
        f"{name.replace('.', '/')}{end}"
        for name in os.environ.get("ONLY", "").split()
        for end in (".py", "/*")
    ]
    options = {
        "source_paths": PLAIN,
        "only_mutate": only,
        "also_copy": CHECKOUT,
        # errors are told apart by their classes: what they say is for whoever reads it
        "do_not_mutate_patterns": [r"^\s*raise "],
        "pytest_add_cli_args": ["-p", "no:odoo", "-p", "no:cacheprovider"],
        "pytest_add_cli_args_test_selection": tests or ["tests/plain", *ignored],
    }
    # these values are written in TOML as in JSON
    lines = [f"{name} = {json.dumps(value)}" for name, value in options.items()]
    return "\n".join(["[tool.mutmut]", *lines, ""])


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(source, target)


def _install() -> str:
    file = paths.REQUIREMENTS / REQUIREMENTS
    shutil.rmtree(PACKAGES, ignore_errors=True)
    command.run(
        [paths.VENV_PYTHON, "-m", "pip", "install", "--no-deps", "--no-input"]
        + [f"--target={PACKAGES}", f"--requirement={file}"],
        "Installing mutmut from PyPI",
        "pip.log",
    )
    return "mutmut"


def _mutmut(*arguments: str, **options) -> subprocess.CompletedProcess:
    found = os.pathsep.join([str(PACKAGES), os.environ.get("PYTHONPATH", "")])
    return subprocess.run(
        [sys.executable, "-m", "mutmut", *arguments],
        cwd=FOLDER,
        env={**os.environ, "PYTHONPATH": found},
        text=True,
        check=False,
        **options,
    )
