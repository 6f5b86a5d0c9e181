import logging

from odoo import api, models
from odoo.exceptions import ValidationError

from ..delivery.backoff import RETRY_DELAYS, parse_delays
from ..delivery.guard import Guard

_logger = logging.getLogger(__name__)

RETRY_DELAYS_PARAMETER = "nshift_webhooks.retry_delays"
INTERNAL_HOSTS_PARAMETER = "nshift_webhooks.internal_hosts"
ROTATION_HOURS_PARAMETER = "nshift_webhooks.rotation_hours"
ROTATION_HOURS = 24


def parse_hours(text):
    """Read a number of hours, at most a year's.

    :raises ValueError: it is none
    """
    hours = int(text)
    if not 1 <= hours <= 24 * 365:
        raise ValueError(text)
    return hours


READERS = {
    RETRY_DELAYS_PARAMETER: parse_delays,
    INTERNAL_HOSTS_PARAMETER: Guard.parse,
    ROTATION_HOURS_PARAMETER: parse_hours,
}


class IrConfigParameter(models.Model):
    """Settings of webhooks that only a system administrator may change."""

    _inherit = "ir.config_parameter"

    @api.constrains("key", "value")
    def _check_nshift_webhooks(self):
        rules = {
            RETRY_DELAYS_PARAMETER: self.env._(
                "Delays between attempts must be whole seconds separated by commas, "
                "such as 5,300,1800."
            ),
            INTERNAL_HOSTS_PARAMETER: self.env._(
                "Hosts inside to which webhooks may be sent must be names, addresses "
                "or networks separated by commas, such as erp.internal, 10.1.0.0/16."
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
                        value=parameter.value,
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
