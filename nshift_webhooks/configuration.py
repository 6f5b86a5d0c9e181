"""The section ``[nshift_webhooks]`` of the server's configuration file."""

import configparser

from odoo.tools import config

from .delivery.network import Network, complain


def network():
    """Return the :class:`Network` through which endpoints are reached.

    What is wrong with it is logged once, and is the reason for which messages fail
    that need it.
    """
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read(config["config"] or [])
    except (configparser.Error, OSError, UnicodeError) as error:
        # its text would quote lines, and these may have passwords
        kind = type(error).__name__
        complain(f"Webhooks are not sent: Odoo's configuration file is wrong ({kind})")
        return Network(fault=f"Odoo's configuration file cannot be read: {kind}")
    has_section = parser.has_section("nshift_webhooks")
    return Network.parse(parser["nshift_webhooks"] if has_section else {})
