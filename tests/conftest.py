"""For all tests that run without Odoo in their process."""

import signal

# Whoever runs the tests in the background may have them ignore Ctrl-C, and so would the
# commands that the tests start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)
