from . import controllers
from . import models
from . import wizards
from .leaving import leave as uninstall_hook


def post_init_hook(env):
    """Have webhooks sent from the database in which the addon is installed."""
    env["nshift.webhook.home"]._settle()
