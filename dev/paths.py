"""Where things are. Everything that set-up makes lives below `ENV_DIR`."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
"""The checkout."""

ENV_DIR = Path(os.environ.get("NSHIFT_ENV_DIR") or ROOT / ".odoo").absolute()
"""The environment's folder: `.odoo` in the checkout, or ``NSHIFT_ENV_DIR``."""

ADDON = ROOT / "nshift_webhooks"
"""The addon's sources."""

ADDONS = ROOT / os.environ.get("NSHIFT_ADDONS", "")
"""The folder of addons in which Odoo finds the addon: the checkout, or where
``NSHIFT_ADDONS`` has the content of a wheel."""

REQUIREMENTS = ROOT / "requirements"

LOGS = ENV_DIR / "logs"
STAMPS = ENV_DIR / "stamps"
APT = ENV_DIR / "apt"
ODOO_PREFIX = ENV_DIR / "odoo"
VENV = ENV_DIR / "venv"
VENV_PYTHON = VENV / "bin" / "python"
CERTIFICATE = ENV_DIR / "tls"
PGDATA = ENV_DIR / "pgdata"
RUN = ENV_DIR / "run"
TEMPLATES = ENV_DIR / "templates"
DATABASES = ENV_DIR / "databases"


def site_packages() -> Path:
    """The site-packages folder of the virtual environment."""
    found = sorted(VENV.glob("lib/python3.*/site-packages"))
    if not found:
        raise FileNotFoundError(f"{VENV} has no site-packages: run `make setup`")
    return found[0]
