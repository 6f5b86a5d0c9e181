"""What the server's configuration file says, in its section ``[nshift_webhooks]``."""

import ssl
from configparser import ConfigParser
from functools import cache

from odoo.tools import config


def ca_file():
    """Return the file of certificate authorities to be trusted besides the usual ones.

    :return: a path, or None
    :raises ValueError: the file cannot be read, or holds no certificate
    """
    parser = ConfigParser(interpolation=None)
    parser.read(config["config"] or [])
    path = parser.get("nshift_webhooks", "ca_file", fallback=None)
    if path:
        _check_authorities(path)
    return path or None


@cache
def _check_authorities(path):
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except OSError as error:
        raise ValueError(
            f"ca_file = {path} in the section [nshift_webhooks] of Odoo's "
            f"configuration file is no file of certificates (PEM): {error}"
        ) from error
