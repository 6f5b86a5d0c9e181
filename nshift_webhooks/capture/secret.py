"""Names of fields that hold passwords, tokens and the like; plain Python."""

import re

#: Odoo keeps some secrets in fields that any user may read.
NAME = re.compile(
    r"(^|_)(pass(word|wd|phrase)?|secret|token|(api|access|private|secret)_?key|otp"
    r"|totp|credential)s?(_|$)",
    re.IGNORECASE,
)


def is_secret(field):
    """Tell whether a field of the ORM is a secret or a copy of a secret."""
    names = [field.name, *(field.related or "").split(".")]
    return any(map(NAME.search, names))
