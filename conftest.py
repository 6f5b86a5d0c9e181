"""For all tests: every message that one makes is checked against its schema."""

import pytest

from tests import messages


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    # Odoo is loaded by then
    messages.check_what_is_encoded()
    return (yield from _checking(item))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item):
    return (yield from _checking(item))


def _checking(item):
    """Have a part of a test fail if it has made messages that are not as declared."""
    try:
        result = yield
    finally:
        faults = messages.checked.take_faults()
    # a test that plays another addon says so by an attribute of its function
    if faults and not getattr(item.obj, "makes_other_messages", False):
        pytest.fail(
            "\n".join(["Not as declared in contract/:", *faults]), pytrace=False
        )
    return result
