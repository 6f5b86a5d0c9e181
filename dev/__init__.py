"""Set-up tooling of nshift_webhooks: builds the environment and runs things in it.

`make help` lists what is done with it. What runs before the virtual environment exists
(`environment` and what it imports) uses the standard library only.
"""

import sys

# Here, because others may not even be able to read the other modules.
if not (3, 10) <= sys.version_info[:2] <= (3, 13):
    sys.exit(
        "ERROR: Odoo 19.0 runs on Python 3.10 to 3.13, and this is "
        + ".".join(str(part) for part in sys.version_info[:2])
        + ": name another one, e.g. `make PYTHON=python3.11 ...`."
    )
