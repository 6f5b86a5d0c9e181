"""What needs no ORM is tested without Odoo, as plain packages."""

import sys

import pytest

from dev import paths

# at the end: nothing of the addon's may stand in front of another module
sys.path.append(str(paths.ADDON))


@pytest.fixture
def sender():
    from .trust import trusting_sender

    with trusting_sender() as sender:
        yield sender


@pytest.fixture
def says(request):
    """Make a server that answers every request with the same pieces.

    :param pause: seconds before each piece but the first
    :param timeout: seconds that a request to its endpoint has
    """
    from .raw_server import saying

    def make(*pieces, pause=0, timeout=15):
        server = saying(*pieces, pause=pause, timeout=timeout)
        request.addfinalizer(server.close)
        return server

    return make
