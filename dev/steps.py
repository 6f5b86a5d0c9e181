"""Steps of the set-up: each is done once, and again when what goes into it changes."""

import hashlib
import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path


def digest(*values: object) -> str:
    """A short, stable digest of JSON-able `values`."""
    text = json.dumps(values, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Step:
    """Something that is built once.

    :param name: names the stamp file.
    :param build: makes the result anew, whatever an earlier try left behind, and
        returns what it made (a version, a path), which becomes part of the key of
        the steps that need this one.
    :param inputs: what goes into the result; any change builds it again.
    :param needs: steps that come first; building one of them again builds this one.
    :param intact: whether the result of a finished build is still there.
    """

    name: str
    build: Callable[[], str]
    inputs: Mapping[str, object] = field(default_factory=dict)
    needs: tuple["Step", ...] = ()
    intact: Callable[[], bool] = lambda: True


class Stamps:
    """The record of what has been built, one file for each step in `folder`.

    A stamp is removed before its step is built and written after, so a step that
    broke off is built again. It says when that was, so that what stands on a step is
    built again with it.
    """

    def __init__(self, folder: Path):
        self.folder = folder

    def ensure(self, step: Step) -> str:
        """Build `step` and what it needs unless that is done; return its result."""
        return self._ensure(step)["result"]

    def is_done(self, step: Step) -> bool:
        """Whether `ensure` would find the step, and what it needs, done."""
        if not all(map(self.is_done, step.needs)):
            return False
        needs = [self._read(need.name) for need in step.needs]
        return self._good_stamp(step, self._key(step, needs)) is not None

    def _ensure(self, step: Step) -> dict:
        key = self._key(step, [self._ensure(need) for need in step.needs])
        stamp = self._good_stamp(step, key)
        if stamp:
            return stamp
        path = self._path(step.name)
        path.unlink(missing_ok=True)
        stamp = {"key": key, "result": step.build(), "built": time.time_ns()}
        self.folder.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        partial.write_text(json.dumps(stamp))
        os.replace(partial, path)
        return stamp

    @staticmethod
    def _key(step: Step, needs: list) -> str:
        return digest(step.name, step.inputs, needs)

    def _good_stamp(self, step: Step, key: str) -> dict | None:
        stamp = self._read(step.name)
        return stamp if stamp and stamp["key"] == key and step.intact() else None

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.json"

    def _read(self, name: str) -> dict | None:
        try:
            stamp = json.loads(self._path(name).read_text())
        except (FileNotFoundError, ValueError):
            return None
        whole = isinstance(stamp, dict) and {"key", "result"} <= stamp.keys()
        return stamp if whole else None
