"""What the examples in other languages run with."""

import subprocess

from . import errors
from .programs import Program


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


# Without the files in /etc that its packages would be set up with.
PHP = Program(
    name="php",
    names=("php",),
    packages=("php-cli",),
    binary="usr/bin/php?*",
    check=version,
    hint="Install PHP.",
    start="extension=$(echo '{prefix}'/usr/lib/php/*/ctype.so)\n"
    "exec '{binary}' -n -d extension=\"$extension\"",
)
