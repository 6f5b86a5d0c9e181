"""The section ``[nshift_webhooks]`` of the server's configuration file."""

import configparser

from odoo.tools import config

from .delivery.network import Network, complain


def network():
    """Return the :class:`Network` through which endpoints are reached.

    A fault of the configuration file is logged once. The messages that need the
    configuration fail with the fault as reason.
    """
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read(config["config"] or [])
    except (configparser.Error, OSError, UnicodeError) as error:
        # the error's text would quote lines of the file, which may contain passwords
        kind = type(error).__name__
        complain(f"Webhooks are not sent: Odoo's configuration file is wrong ({kind})")
        return Network(fault=f"Odoo's configuration file cannot be read: {kind}")
    has_section = parser.has_section("nshift_webhooks")
    return Network.parse(parser["nshift_webhooks"] if has_section else {})
