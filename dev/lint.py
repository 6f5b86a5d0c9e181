"""`make lint`: style, common mistakes, security, types, and what OCA checks."""

import subprocess
import sys
from pathlib import Path

from . import paths

EXAMPLE = paths.ROOT / "docs" / "examples" / "nshift_webhooks_invoice"


def main(arguments: list[str]) -> int:
    """Run every check, even after one has failed; 1 if any has.

    :param arguments: ``--fix`` formats and mends what can be mended instead.
    """
    fix = arguments == ["--fix"]
    ruff = [sys.executable, "-m", "ruff"]
    hooks = [sys.executable, "-m", "oca_pre_commit_hooks.cli"]
    po_hooks = [sys.executable, "-m", "oca_pre_commit_hooks.cli_po"]
    catalogues = sorted(paths.ADDON.glob("i18n/*.po*"))
    commands: list[list[str | Path]] = [
        [*ruff, "check", *(["--fix"] if fix else [])],
        [*ruff, "format", *([] if fix else ["--diff"])],
        [*hooks, *(["--fix"] if fix else []), paths.ADDON, EXAMPLE],
        # why it is disabled: see .pre-commit-config.yaml
        [*po_hooks, "--disable=po-pretty-format", *catalogues],
        [sys.executable, "-m", "pylint", "--rcfile=.pylintrc", paths.ADDON.name],
        [sys.executable, "-m", "mypy", f"--cache-dir={paths.ENV_DIR / 'mypy'}"],
    ]
    codes = []
    for command in commands:
        print("$", *command[2:])
        codes.append(subprocess.run(command, cwd=paths.ROOT, check=False).returncode)
    return 1 if any(codes) else 0
