"""Runs other programs: their output goes to a log, their failure is one line."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from . import bound, errors, paths

NO_NETWORK = re.compile(
    r"Could not resolve|Temporary failure in name resolution|Name or service not known"
    r"|Temporary failure resolving|Could not connect|Connection refused"
    r"|Network is unreachable|Failed to establish a new connection"
    r"|Connection (?:timed out|failed)|Unable to connect|NewConnectionError"
    r"|ConnectTimeoutError|ReadTimeoutError|No route to host"
)
NO_SPACE = re.compile(r"No space left on device|Disk quota exceeded|Errno 28")

REASON = re.compile(r"E: |(?i:error|fatal)\b|[\w.]*(?:Error|Exception): ")


def require(program: str, hint: str) -> str:
    """The path of `program`; a `Problem` that ends with `hint` if there is none."""
    found = shutil.which(program)
    if not found:
        raise errors.Problem(f"`{program}` is not on this machine: {hint}")
    return found


def run(
    arguments: Sequence[object],
    what: str,
    log: str,
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    on_line: Callable[[str], None] | None = None,
) -> str:
    """Run a program to its end and return what it printed.

    :param arguments: the program and its arguments.
    :param what: what it is for; the error line begins with it.
    :param log: name of the file below ``.odoo/logs`` that keeps the output.
    :param env: the whole environment; by default this process's own.
    :param on_line: is called with each line as it appears.
    :raises Problem: when it fails; says so if the network or the disk is the cause.
    """
    log_path = paths.LOGS / log
    log_path.parent.mkdir(parents=True, exist_ok=True)
    lines = []
    with (
        log_path.open("a", encoding="utf-8") as file,
        subprocess.Popen(
            bound.command(arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=dict(env) if env is not None else None,
            cwd=cwd,
            text=True,
            errors="replace",
        ) as process,
    ):
        try:
            file.write(f"$ {' '.join(map(str, arguments))}\n")
            for line in process.stdout or ():
                file.write(line)
                lines.append(line)
                if on_line:
                    on_line(line.rstrip("\n"))
        except BaseException:
            process.terminate()
            raise
    output = "".join(lines)
    if process.returncode:
        raise _failure(what, process.returncode, output, log_path)
    return output


def _failure(what: str, code: int, output: str, log: Path) -> errors.Problem:
    """The one line for a program that ended with exit code `code`."""
    if NO_SPACE.search(output):
        return errors.no_space(paths.ENV_DIR)
    if NO_NETWORK.search(output):
        return errors.Problem(
            f"{what} needs the network and it did not answer: check the connection "
            f"(and the proxy settings, if any), then run it again. Details: {log}"
        )
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    marked = [line for line in lines if REASON.match(line)]
    reason = (marked or lines or ["it printed nothing"])[-1][:300]
    return errors.Problem(f"{what} failed (exit code {code}): {reason} Details: {log}")


def clean_environment(**extra: str) -> dict[str, str]:
    """The environment of this process, with messages in English, plus `extra`."""
    return {**os.environ, "LC_ALL": "C.UTF-8", **extra}
