"""Messages, checked against what is declared of their type: by tests, all of them.

A message that is not as declared is no error where it is made or received: there it
could be swallowed, or break something else. It is kept, and the test fails in the end.
"""

import json
import re
import sys
from datetime import date
from functools import lru_cache, wraps
from types import ModuleType
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import best_match

from dev import paths

ODOO_ADDON = "odoo.addons.nshift_webhooks"
MOST_FAULTS = 5
"""How many faults are kept; more of them say nothing new."""
LONGEST_MESSAGE = 2000
"""Characters of a message that is not as declared, at the most."""

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z")
_formats = FormatChecker(formats=())


@_formats.checks("date-time")
def _is_moment(value: object) -> bool:
    # more than the format says: we promise UTC
    return not isinstance(value, str) or bool(_MOMENT.fullmatch(value))


@_formats.checks("date", raises=ValueError)
def _is_day(value: object) -> bool:
    return not isinstance(value, str) or date.fromisoformat(value).isoformat() == value


def contract() -> ModuleType:
    """The declarations: those of the Odoo in this process, if there is one."""
    name = f"{ODOO_ADDON}.contract"
    if name not in sys.modules:
        if str(paths.ADDON) not in sys.path:
            # at the end: nothing of the addon's may stand in front of another module
            sys.path.append(str(paths.ADDON))
        name = "contract"
        __import__(name)
    return sys.modules[name]


@lru_cache
def _validator(type_: str, version: str, is_thin: bool) -> Draft202012Validator:
    declared = contract().thin_schema if is_thin else contract().schema
    return Draft202012Validator(declared(type_, version), format_checker=_formats)


def fault(message: dict) -> str | None:
    """Why a message is not as declared, None if it is.

    :raises LookupError: there is no such version.
    """
    is_thin = "link" in message["data"]
    validator = _validator(message["type"], message["api_version"], is_thin)
    error = best_match(validator.iter_errors(message))
    return error and f"{error.json_path}: {error.message[:LONGEST_MESSAGE]}"


class Checked:
    """Remembers what was wrong with messages until it is asked.

    :ivar count: how many messages were checked
    """

    def __init__(self):
        self.count = 0
        self._faults: list[str] = []

    def __call__(self, body: str | bytes) -> None:
        """Check a message as it is sent."""
        self.count += 1
        if len(self._faults) < MOST_FAULTS:
            message = json.loads(body)
            if found := fault(message):
                self._faults.append(f"{message['type']} {message['id']}: {found}")

    def take_faults(self) -> list[str]:
        """What was wrong since the last time."""
        faults, self._faults = self._faults, []
        return faults


checked = Checked()
"""Of all tests of this process."""


def check_what_is_encoded() -> None:
    """Have all messages checked that the Odoo in this process makes, if it is one."""
    envelope: Any = sys.modules.get(f"{ODOO_ADDON}.payload.envelope")
    if envelope is None or hasattr(envelope.encode, "__wrapped__"):
        return
    encode = envelope.encode

    @wraps(encode)
    def encode_and_check(*args, **kwargs):
        body = encode(*args, **kwargs)
        checked(body)
        return body

    envelope.encode = encode_and_check
