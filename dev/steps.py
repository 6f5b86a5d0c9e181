"""Steps of the set-up: each is done once, and again when what goes into it changes."""

import contextlib
import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

from . import paths


def digest(*values: object) -> str:
    """A short, stable digest of JSON-able `values`."""
    text = json.dumps(values, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def once(
    name: str,
    inputs: object,
    build: Callable[[], str],
    intact: Callable[[], bool],
) -> str:
    """Build something, unless that has been done; returns what `build` returned.

    The stamp that says so is removed before the step is built and written after, so a
    step that broke off is built again.

    :param name: names the stamp.
    :param inputs: JSON-able, what goes into the result: any change builds it again.
    :param build: makes the result anew, whatever an earlier try left behind, and
        returns what it made (a version, a path).
    :param intact: whether the result of a finished build is still there.
    """
    stamp = paths.STAMPS / f"{name}.json"
    key = digest(inputs)
    with contextlib.suppress(FileNotFoundError, ValueError):
        built, result = json.loads(stamp.read_text())
        if built == key and intact():
            return result
    stamp.unlink(missing_ok=True)
    result = build()
    write(stamp, json.dumps([key, result]))
    return result


def write(path: Path, text: str) -> None:
    """Write a file: whoever reads it finds the whole text, or what was there before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_text(text)
    os.replace(partial, path)
