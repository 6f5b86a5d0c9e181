import logging

from odoo import api, models
from odoo.exceptions import ValidationError

from ..delivery.backoff import RETRY_DELAYS, parse_delays
from ..delivery.guard import Guard
from ..transaction import harmless, savepoint

_logger = logging.getLogger(__name__)

RETRY_DELAYS_PARAMETER = "nshift_webhooks.retry_delays"
INTERNAL_HOSTS_PARAMETER = "nshift_webhooks.internal_hosts"
ROTATION_HOURS_PARAMETER = "nshift_webhooks.rotation_hours"
ROTATION_HOURS = 24
HOME_PARAMETER = "nshift_webhooks.home_database"
#: Characters of a wrong value that a message repeats.
MOST_REPEATED = 100


def parse_hours(text):
    """Read a number of hours, at most a year's.

    :raises ValueError: it is none
    """
    if not text or not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ValueError(text)
    hours = int(text)
    if not 1 <= hours <= 24 * 365:
        raise ValueError(text)
    return hours


#: The parameters that are checked, each with what reads it.
READERS = {
    RETRY_DELAYS_PARAMETER: parse_delays,
    INTERNAL_HOSTS_PARAMETER: Guard.parse,
    ROTATION_HOURS_PARAMETER: parse_hours,
}


class IrConfigParameter(models.Model):
    """Settings of webhooks that only a system administrator may change."""

    _inherit = "ir.config_parameter"

    @api.model_create_multi
    def create(self, vals_list):
        parameters = super().create(vals_list)
        parameters._nshift_webhooks_note({})
        return parameters

    def write(self, vals):
        before = self._nshift_webhooks_ours()
        result = super().write(vals)
        self._nshift_webhooks_note(before)
        return result

    def unlink(self):
        before = self._nshift_webhooks_ours()
        result = super().unlink()
        self.browse()._nshift_webhooks_note(before)
        return result

    def _nshift_webhooks_ours(self):
        """Return the values of those of these parameters that are about webhooks."""
        with (
            harmless("Changes to settings of webhooks may not be in the audit log"),
            savepoint(self.env.cr),
        ):
            return {
                parameter.key: parameter.value
                for parameter in self
                if parameter.key in (*READERS, HOME_PARAMETER)
            }
        return {}

    def _nshift_webhooks_note(self, before):
        """Tell the audit log which settings of webhooks have changed.

        :param before: what :meth:`_nshift_webhooks_ours` returned before
        """
        after = self._nshift_webhooks_ours()
        for key in sorted(before.keys() | after.keys()):
            if before.get(key) != after.get(key):
                with (
                    harmless("The change to %s is not in the audit log", key),
                    savepoint(self.env.cr),
                ):
                    self.env["nshift.webhook.audit"]._note(
                        "parameter",
                        subject=key,
                        old=before.get(key),
                        new=after.get(key),
                    )

    @api.constrains("key", "value")
    def _check_nshift_webhooks(self):
        rules = {
            RETRY_DELAYS_PARAMETER: self.env._(
                "Delays between attempts must be whole seconds separated by commas, "
                "such as 5,300,1800: at most 50, each at most 2592000 (30 days)."
            ),
            INTERNAL_HOSTS_PARAMETER: self.env._(
                "Hosts inside to which webhooks may be sent must be names, addresses "
                "or networks separated by commas, such as erp.internal, 10.1.0.0/16: "
                "neither ranges nor URLs, and at most 200."
            ),
            ROTATION_HOURS_PARAMETER: self.env._(
                "It must be a whole number of hours, from 1 to 8760."
            ),
        }
        for parameter in self.filtered(lambda parameter: parameter.key in READERS):
            try:
                READERS[parameter.key](parameter.value)
            except ValueError as error:
                raise ValidationError(
                    self.env._(
                        "“%(value)s” cannot be the value of %(key)s. %(rule)s",
                        value=parameter.value[:MOST_REPEATED],
                        key=parameter.key,
                        rule=rules[parameter.key],
                    )
                ) from error

    @api.model
    def _nshift_webhooks_guard(self):
        """Return the Guard of the addresses that webhooks may be sent to."""
        return self._nshift_webhooks_read(INTERNAL_HOSTS_PARAMETER, Guard())

    @api.model
    def _nshift_webhooks_retry_delays(self):
        """Return the seconds to wait after each failed attempt."""
        return self._nshift_webhooks_read(RETRY_DELAYS_PARAMETER, RETRY_DELAYS)

    @api.model
    def _nshift_webhooks_rotation_hours(self):
        """Return how many hours a secret that was replaced signs, too."""
        return self._nshift_webhooks_read(ROTATION_HOURS_PARAMETER, ROTATION_HOURS)

    def _nshift_webhooks_read(self, key, default):
        # whoever may see webhooks needs them, though parameters are administrators'
        setting = self.sudo().get_param(key)
        if not setting:
            return default
        try:
            return READERS[key](setting)
        except ValueError as error:
            # written in the database, or by an earlier version
            _logger.warning("The system parameter %s is ignored: %s", key, error)
            return default
