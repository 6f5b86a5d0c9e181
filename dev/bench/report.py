"""What was measured: a table for people, a JSON file for programs."""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from .estimate import Estimate

HEADINGS = ("figure", "value", "", "goal", "met", "on the clock", "what")
LEFT = {0, 2, 4, 6}


@dataclass(frozen=True)
class Row:
    """One figure.

    :param name: its key in the JSON file.
    :param value: the figure, with its interval where that is known.
    :param what: what it is, in a few words.
    :param goal: what it should be; None where there is no goal.
    :param at_least: whether the goal is a least value, as of a throughput.
    :param clock: the same by the clock on the wall, where `value` is something better.
    """

    name: str
    value: float | Estimate
    what: str
    goal: float | None = None
    at_least: bool = False
    clock: Estimate | None = None

    @property
    def number(self) -> float:
        """The value alone."""
        return self.value.value if isinstance(self.value, Estimate) else self.value

    @property
    def met(self) -> str:
        """Whether the goal is met, and how sure that is."""
        if self.goal is None:
            return ""
        sign = 1 if self.at_least else -1
        is_met = sign * (self.number - self.goal) >= 0
        sure = not (
            isinstance(self.value, Estimate)
            and self.value.low <= self.goal <= self.value.high
        )
        return ("" if sure else "probably ") + ("yes" if is_met else "NO")

    def cells(self) -> tuple[str, ...]:
        """The table's row."""
        goal = ""
        if self.goal is not None:
            goal = f"{'≥' if self.at_least else '≤'} {_text(self.goal)}"
        return (
            self.name,
            _text(self.number),
            _error(self.value),
            goal,
            self.met,
            f"{_text(self.clock.value)} {_error(self.clock)}" if self.clock else "",
            self.what,
        )


def table(rows: Iterable[Row]) -> str:
    """The figures in lines and columns."""
    cells = [HEADINGS, *(row.cells() for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        "  ".join(
            cell.ljust(width) if number in LEFT else cell.rjust(width)
            for number, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in cells
    ]
    return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]])


def write(path: Path, rows: Iterable[Row], *, keep: bool) -> None:
    """Write the figures as one JSON object: names and plain numbers.

    What the clock on the wall says is there too, as ``<name>_on_the_clock``.

    :param keep: whether the other figures of an earlier run stay in the file.
    """
    figures = dict(_read(path)) if keep else {}
    for row in rows:
        figures[row.name] = round(row.number, 4)
        if row.clock:
            figures[f"{row.name}_on_the_clock"] = round(row.clock.value, 4)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(figures, indent=2, sort_keys=True) + "\n")
    os.replace(partial, path)


def _read(path: Path) -> Mapping[str, float]:
    try:
        figures = json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return figures if isinstance(figures, dict) else {}


def _text(value: float) -> str:
    return f"{value:.3f}" if abs(value) < 100 else f"{value:.0f}"


def _error(value: float | Estimate) -> str:
    return f"±{_text(value.error)}" if isinstance(value, Estimate) else ""
