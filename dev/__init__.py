"""Set-up tooling of nshift_webhooks: builds the environment and runs things in it.

``python3 -m dev help`` lists the commands. What runs before the virtual
environment exists (`environment` and what it imports) uses the standard
library only.
"""

import sys

# Here, because older versions cannot even read the other modules.
if sys.version_info < (3, 10):  # noqa: UP036
    sys.exit(
        "ERROR: Odoo 19.0 runs on Python 3.10 to 3.13, and this is "
        + ".".join(str(part) for part in sys.version_info[:2])
        + ": name another one, e.g. `make PYTHON=python3.11 ...`."
    )
