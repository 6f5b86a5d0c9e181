"""Failures that have a known cause, told in one line."""

import errno
import os
import sys
import time
import traceback

from . import paths

DISK_FULL = "53100"
"""PostgreSQL's code for it."""


class Problem(Exception):
    """A failure with a known cause: its text says what is wrong and what to do."""


def no_space(where: object) -> Problem:
    """The disk that holds `where` is full."""
    return Problem(
        f"The disk is full (at {where}): free some space, 4 GB are enough for all, "
        "and run the same command again; it goes on where it stopped."
    )


def from_os_error(error: OSError) -> Problem | None:
    """What `error` means for the person at the keyboard, or None where it is a bug."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return no_space(error.filename or paths.ENV_DIR)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS) and error.filename:
        return Problem(
            f"No permission to write {error.filename}: the folder belongs to another "
            "user; run this as that user, or choose another folder with "
            "NSHIFT_ENV_DIR=/some/folder."
        )
    return None


def report(error: BaseException) -> int:
    """Tell `error` in one line on standard error; returns the exit code.

    A failure that nobody foresaw is told in one line too; its traceback is in a
    file below ``.odoo/logs`` that the line names.
    """
    if isinstance(error, KeyboardInterrupt):
        print("\nStopped.", file=sys.stderr)
        return 130
    problem = error if isinstance(error, Problem) else None
    if isinstance(error, OSError):
        problem = from_os_error(error)
    if getattr(error, "pgcode", None) == DISK_FULL:
        problem = no_space(paths.ENV_DIR)
    if problem is None:
        line = " ".join(str(error).split()) or "no message"
        problem = Problem(f"{type(error).__name__}: {line} ({_keep_traceback(error)})")
    print(f"ERROR: {problem}", file=sys.stderr)
    return 1


def _keep_traceback(error: BaseException) -> str:
    text = "".join(traceback.format_exception(error))
    log = paths.LOGS / f"error-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.log"
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(text)
    except OSError:
        sys.stderr.write(text)
        return "traceback above"
    return f"traceback in {log}"
