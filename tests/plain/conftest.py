"""What needs no ORM is tested without Odoo, as plain packages."""

import sys

from dev import paths

# at the end: nothing of the addon's may stand in front of another module
sys.path.append(str(paths.ADDON))
