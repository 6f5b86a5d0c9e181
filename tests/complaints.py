"""What Odoo's log says against the addon."""

import re

BEGINNING = re.compile(
    r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ \d+ (?P<level>[A-Z]+) \S+ ", re.MULTILINE
)
NAME = re.compile("nshift[._]webhook")
WRONG = {"WARNING", "ERROR", "CRITICAL"}
FRAME = re.compile(r"^  .*\n?", re.MULTILINE)
"""A line of a traceback, or of the code that it shows."""
FILE = re.compile(r'^  File ".*$', re.MULTILINE)


def concerns(text: str) -> bool:
    """Tell whether what was logged is about the addon.

    The addon extends methods that everything goes through. So of a traceback counts
    only where the exception was raised.
    """
    raised = FILE.findall(text)[-1:]
    return bool(NAME.search("\n".join([FRAME.sub("", text), *raised])))


def complaints_in(log: str) -> list[str]:
    """The warnings and errors in Odoo's log that concern the addon, as a whole."""
    begins = [*BEGINNING.finditer(log)]
    ends = [each.start() for each in begins[1:]] + [len(log)]
    return [
        log[begin.start() : end].strip()
        for begin, end in zip(begins, ends, strict=True)
        if begin["level"] in WRONG and concerns(log[begin.end() : end])
    ]
