"""One line for each long step: what it waits for, how far it is, how long it took."""

import shutil
import sys
import time

QUIET_S = 30
"""Seconds between two signs of life where the output is no terminal (CI, a file)."""


class Activity:
    """Context manager around a long step.

    :param message: what the step does and waits for, without a full stop.
    """

    def __init__(self, message: str):
        self._message = message
        self._terminal = sys.stdout.isatty()

    def __enter__(self) -> "Activity":
        self._started = self._told = time.monotonic()
        self._print(f"{self._message} …", is_last=False)
        return self

    def __exit__(self, exc_type, exc, traceback) -> None:
        outcome = "done" if exc_type is None else "broke off"
        self._print(f"{self._message} … {outcome} after {self._seconds}", is_last=True)

    def note(self, text: str) -> None:
        """Show how far the step is, e.g. ``module 40 of 83``."""
        if self._terminal or time.monotonic() - self._told > QUIET_S:
            self._told = time.monotonic()
            self._print(f"{self._message} … {self._seconds}, {text}", is_last=False)

    @property
    def _seconds(self) -> str:
        return f"{time.monotonic() - self._started:.0f} s"

    def _print(self, text: str, *, is_last: bool) -> None:
        if self._terminal:
            # A line that wraps could not be written over.
            text = f"\r\033[K{text[: shutil.get_terminal_size().columns - 1]}"
        print(text, end="" if self._terminal and not is_last else "\n", flush=True)
