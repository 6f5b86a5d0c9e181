import logging

from odoo import models
from odoo.service import server
from odoo.tools import config

from odoo.addons.queue_job.jobrunner import _channels
from odoo.addons.queue_job.jobrunner.channels import ChannelManager

from ..transaction import guest

_logger = logging.getLogger(__name__)

#: The databases on which this process, or the one it was copied from, has reported.
_told = set()


class NshiftWebhookStart(models.AbstractModel):
    """Reports in Odoo's log, when a server starts, whether webhooks can be sent.

    Each process that loads a database reports once: with ``db_name`` set, this is
    Odoo's first process, of which the workers are copies.
    """

    _name = "nshift.webhook.start"
    _description = "Webhooks at the start of Odoo"

    def _register_hook(self):
        result = super()._register_hook()
        name = self.env.cr.dbname
        if _serves() and name not in _told:
            _told.add(name)
            with guest(self.env, "Whether webhooks are as they should be is not known"):
                self._tell()
        return result

    def _tell(self):
        webhooks = self.env["nshift.webhook"].search([("active", "=", True)])
        waiting = sum(count for _id, count, _since in webhooks._read_waiting())
        faults = self._faults() if webhooks else []
        said = faults or ["All is as it should be."]
        _logger.log(
            logging.WARNING if faults else logging.INFO,
            "Webhooks of %s: %s active, %s messages wait. %s",
            self.env.cr.dbname,
            len(webhooks),
            waiting,
            " ".join(said),
        )

    def _faults(self):
        """Return faults that keep messages from being sent in time, with remedies.

        Late messages are not looked for: there are some after each stop of the server.
        """
        if not self.env["nshift.webhook.home"]._is_here():
            return [*self.env["nshift.webhook.overdue"]._copied().values()]
        runner = self.env["nshift.webhook.runner"]
        faults = []
        cause = runner._why_absent()
        # another server may have a runner
        if cause != "absent" and runner._runner_is_idle() is None:
            faults.append(f"No job runner works for them. {runner._advice_on(cause)}")
        if cause == "absent" and _places() >= config["workers"] > 0:
            faults.append(
                f"The job runner has {_places()} places, and Odoo {config['workers']} "
                "workers: have more “workers” in Odoo's configuration than places."
            )
        if not config["max_cron_threads"]:
            faults.append(
                "This server runs no scheduled actions: unless another one does, have "
                "“max_cron_threads” in Odoo's configuration at 1 or more."
            )
        elif not runner._schedule().active:
            name = runner._schedule_name()
            faults.append(f"The scheduled action “{name}” has to be active.")
        return faults


def _serves():
    """Tell whether this process serves users, and is no shell, installation or test."""
    return (
        server.server
        and not isinstance(server.server, server.GeventServer)
        and not (config["stop_after_init"] or config["test_enable"])
    )


def _places():
    """Return how many jobs queue_job's runner has Odoo do at once."""
    for channel in ChannelManager.parse_simple_config(_channels()):
        if channel["name"] == "root":
            return channel["capacity"] or 0
    return 0
