"""A plug-in of pytest's: warnings of the addon, and about it, are failures.

Python's warnings that its code causes are raised there. What Odoo logs of it from
WARNING on fails the test, unless the test expects it (``assertLogs``, ``mute_logger``,
``caplog``).
"""

import logging

import pytest

from . import complaints

CODE = r"odoo\.addons\.nshift_webhooks"


class Complaints(logging.Handler):
    """Keeps what is logged about the addon.

    :ivar found: since the last test, as text.
    """

    def __init__(self):
        super().__init__(logging.WARNING)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        text = f"{record.levelname} {record.name}: {self.format(record)}"
        if complaints.concerns(f"{text}\n{record.pathname}"):
            self.found.append(text)


kept = Complaints()


def pytest_configure(config):
    config.addinivalue_line("filterwarnings", f"error:::{CODE}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """Fail with what was logged during the test, and while it was set up."""
    result = yield
    # a test that has failures logged on purpose, and looks into the log itself
    is_expected = "caplog" in getattr(item, "fixturenames", ())
    found, kept.found = kept.found, []
    if found and not is_expected:
        pytest.fail("\n".join(["Odoo's log complains:", *found]), pytrace=False)
    return result


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup():
    # Odoo arranges its log when it is loaded
    if kept not in logging.root.handlers:
        logging.root.addHandler(kept)
    kept.found = []
