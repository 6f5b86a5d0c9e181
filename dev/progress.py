"""One line for each long step: what it waits for, how far it is, how long it took."""

import shutil
import sys
import threading
import time

QUIET_INTERVAL = 30
"""Seconds between two signs of life where the output is no terminal."""


class Activity:
    """Context manager around a long step.

    :param message: what the step does and waits for, without a full stop.

    On a terminal the line is kept up to date; elsewhere (CI, a file) a line is
    written at the start, at the end, and every `QUIET_INTERVAL` seconds.
    """

    def __init__(self, message: str):
        self.message = message
        self._note = ""
        self._stop = threading.Event()
        self._terminal = sys.stdout.isatty()
        self._thread = threading.Thread(target=self._tick, daemon=True)

    def __enter__(self) -> "Activity":
        self._start = time.monotonic()
        if not self._terminal:
            print(f"{self.message} …", flush=True)
        self._thread.start()
        return self

    def __exit__(self, exc_type, exc, traceback) -> None:
        self._stop.set()
        self._thread.join()
        outcome = "done" if exc_type is None else "broke off"
        self._print(f"{self.message} … {outcome} after {self.elapsed:.0f} s", "\n")

    @property
    def elapsed(self) -> float:
        """Seconds since the step began."""
        return time.monotonic() - self._start

    def note(self, text: str) -> None:
        """Show how far the step is, e.g. ``module 40 of 83``."""
        self._note = text

    def _tick(self) -> None:
        while not self._stop.wait(1 if self._terminal else QUIET_INTERVAL):
            note = f", {self._note}" if self._note else ""
            text = f"{self.message} … {self.elapsed:.0f} s{note}"
            self._print(text, "" if self._terminal else "\n")

    def _print(self, text: str, end: str) -> None:
        if self._terminal:
            # A line that wraps could not be written over.
            width = shutil.get_terminal_size().columns - 1
            text = f"\r\033[K{text[:width]}"
        print(text, end=end, flush=True)
