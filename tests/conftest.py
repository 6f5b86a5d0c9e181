"""For all tests that run without Odoo in their process."""

import signal

import pytest

from dev import postgres, template

# Whoever runs the tests in the background may have them ignore Ctrl-C, and so would the
# commands that the tests start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="module")
def database():
    """A database with the addon, for the tests of one file."""
    with (
        postgres.running() as connection,
        template.temporary_database(connection) as database,
    ):
        yield database
