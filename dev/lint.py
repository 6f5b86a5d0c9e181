"""`make lint`: ruff (style, common mistakes, security) and pylint with OCA's checks."""

import subprocess
import sys

from . import paths


def main(arguments: list[str]) -> int:
    """Run every check, even after one has failed; 1 if any has.

    :param arguments: ``--fix`` formats and mends what can be mended instead.
    """
    fix = arguments == ["--fix"]
    ruff = [sys.executable, "-m", "ruff"]
    pylint = [sys.executable, "-m", "pylint", "--rcfile=.pylintrc", paths.ADDON.name]
    commands = [
        [*ruff, "check", *(["--fix"] if fix else [])],
        [*ruff, "format", *([] if fix else ["--diff"])],
        pylint,
    ]
    codes = []
    for command in commands:
        print("$", *command[2:], flush=True)
        codes.append(subprocess.run(command, cwd=paths.ROOT, check=False).returncode)
    return 1 if any(codes) else 0
