import logging

from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.tools import format_list

from ..delivery.backoff import RETRY_DELAYS, parse_delays
from ..delivery.guard import Guard
from ..delivery.header import parse_environment
from ..monitoring import token
from ..transaction import harmless, savepoint

_logger = logging.getLogger(__name__)

PREFIX = "nshift_webhooks."
RETRY_DELAYS_PARAMETER = f"{PREFIX}retry_delays"
INTERNAL_HOSTS_PARAMETER = f"{PREFIX}internal_hosts"
ROTATION_HOURS_PARAMETER = f"{PREFIX}rotation_hours"
ENVIRONMENT_PARAMETER = f"{PREFIX}environment"
CONTRACT_PARAMETER = f"{PREFIX}contract"
KEEP_RECEIVED_PARAMETER = f"{PREFIX}keep_received_days"
KEEP_FAILED_PARAMETER = f"{PREFIX}keep_failed_days"
KEEP_MESSAGES_PARAMETER = f"{PREFIX}keep_messages_days"
ROTATION_HOURS = 24
#: A year.
MOST_HOURS = 24 * 365
#: The longest time that messages can be kept, in days, unless they are kept for ever.
MOST_DAYS = 3650
#: The UUID and name of the database that sends; set by the addon itself.
HOME_PARAMETER = f"{PREFIX}home_database"
#: The digest of the monitoring system's token: see monitoring/token.py.
MONITORING_PARAMETER = f"{PREFIX}monitoring_token"
#: Prefixes of keys that were probably meant as settings of webhooks.
MEANT_FOR_US = (PREFIX, "nshift_webhook.")
#: How many characters of a wrong value an error message repeats.
MOST_REPEATED = 100


def parse_hours(text):
    """Read a number of hours.

    :raises ValueError: the text is no whole number from 1 to ``MOST_HOURS``
    """
    if not text or not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ValueError(text)
    hours = int(text)
    if not 1 <= hours <= MOST_HOURS:
        raise ValueError(text)
    return hours


def parse_switch(text):
    """Read a switch.

    :raises ValueError: the text is neither ``on`` nor ``off``
    """
    if text not in ("on", "off"):
        raise ValueError(text)
    return text == "on"


def parse_days(text):
    """Read a number of days; 0 means for ever.

    :raises ValueError: the text is no whole number from 0 to ``MOST_DAYS``
    """
    if not text or not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ValueError(text)
    if int(text) > MOST_DAYS:
        raise ValueError(text)
    return int(text)


#: The functions that read the parameters that system administrators set.
READERS = {
    RETRY_DELAYS_PARAMETER: parse_delays,
    INTERNAL_HOSTS_PARAMETER: Guard.parse,
    ROTATION_HOURS_PARAMETER: parse_hours,
    ENVIRONMENT_PARAMETER: parse_environment,
    CONTRACT_PARAMETER: parse_switch,
    KEEP_RECEIVED_PARAMETER: parse_days,
    KEEP_FAILED_PARAMETER: parse_days,
    KEEP_MESSAGES_PARAMETER: parse_days,
}
#: The values of parameters that are not set.
DEFAULTS = {
    RETRY_DELAYS_PARAMETER: RETRY_DELAYS,
    INTERNAL_HOSTS_PARAMETER: Guard(),
    ROTATION_HOURS_PARAMETER: ROTATION_HOURS,
    # not the database's name: logging in takes it, and receivers need not know it
    ENVIRONMENT_PARAMETER: None,
    CONTRACT_PARAMETER: True,
    KEEP_RECEIVED_PARAMETER: 30,
    KEEP_FAILED_PARAMETER: 90,
    # the text stays as long as its line in the log
    KEEP_MESSAGES_PARAMETER: 0,
}


def setting_of(key):
    """Return the name of the field of ``res.config.settings`` for a parameter."""
    return f"nshift_webhook_{key.removeprefix(PREFIX)}"


class IrConfigParameter(models.Model):
    """Settings of webhooks, which only a system administrator may change."""

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
        """Return the values of the parameters about webhooks, by key."""
        with (
            harmless("Changes to settings of webhooks may not be in the audit log"),
            savepoint(self.env.cr),
        ):
            return {
                parameter.key: parameter.value
                for parameter in self
                if parameter.key in (*READERS, HOME_PARAMETER, MONITORING_PARAMETER)
            }
        return {}

    def _nshift_webhooks_note(self, before):
        """Add a line to the audit log for each changed setting of webhooks.

        :param dict before: from :meth:`_nshift_webhooks_ours`, before the change
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
        for parameter in self:
            key = parameter.key
            if key in READERS:
                if fault := self._nshift_webhooks_fault(key, parameter.value):
                    raise ValidationError(
                        self.env._(
                            "%(setting)s (%(key)s): %(fault)s",
                            setting=self._nshift_webhooks_name(key),
                            key=key,
                            fault=fault,
                        )
                    )
            elif key == MONITORING_PARAMETER:
                # the message leaves out the value, perhaps a token: messages are logged
                if parameter.value and not token.is_kept(parameter.value):
                    raise ValidationError(
                        self.env._(
                            "The token of monitoring cannot be set here: only its "
                            "digest is kept. Make one in Settings > General Settings > "
                            "Webhooks."
                        )
                    )
            elif key != HOME_PARAMETER and key.strip().lower().startswith(MEANT_FOR_US):
                raise ValidationError(
                    self.env._(
                        "Webhooks have no setting “%(key)s”, so it would change "
                        "nothing. Their settings are %(known)s; they are also in "
                        "Settings > General Settings > Webhooks.",
                        key=key[:MOST_REPEATED],
                        known=format_list(self.env, list(READERS)),
                    )
                )

    @api.model
    def _nshift_webhooks_fault(self, key, value):
        """Return in the user's language why a setting is refused; False if it is not.

        :param str key: one of ``READERS``
        :param str value: as entered
        """
        try:
            READERS[key](value)
        except ValueError as error:
            # name the wrong host only: the list may be long
            wrong = key == INTERNAL_HOSTS_PARAMETER and str(error)
            return self.env._(
                "“%(value)s” cannot be the value. %(rule)s",
                value=(wrong or value)[:MOST_REPEATED],
                rule=self._nshift_webhooks_rule(key),
            )
        return False

    @api.model
    def _nshift_webhooks_name(self, key):
        """Return the label of a setting on the page with the settings."""
        field = self.env["res.config.settings"]._fields[setting_of(key)]
        return field._description_string(self.env)

    @api.model
    def _nshift_webhooks_rule(self, key):
        """Return in the user's language which values a setting may have."""
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
                "It must be a whole number of hours, from 1 to %s.", MOST_HOURS
            ),
            ENVIRONMENT_PARAMETER: self.env._(
                "It must be one word, such as production or staging: at most 64 plain "
                "letters, digits, hyphens, dots and underscores."
            ),
            CONTRACT_PARAMETER: self.env._("It must be “on” or “off”."),
        }
        if READERS[key] is parse_days:
            return self.env._(
                "It must be a whole number of days, from 1 to %s, or 0 for ever.",
                MOST_DAYS,
            )
        return rules[key]

    @api.model
    def _nshift_webhooks_how_to_allow(self):
        """Tell the user how to allow an internal host, or whom to ask for that."""
        if self.env.user.has_group("base.group_system"):
            return self.env._(
                "If it is a system of your own, allow it in Settings > General "
                "Settings > Webhooks, under “Internal hosts”, such as erp.internal, "
                "10.1.0.0/16."
            )
        return self.env._(
            "If it is a system of your own, ask a system administrator to allow it in "
            "the settings of webhooks, under “Internal hosts”."
        )

    @api.model
    def _nshift_webhooks_guard(self):
        """Return the Guard of the addresses that webhooks may be sent to."""
        return self._nshift_webhooks_read(INTERNAL_HOSTS_PARAMETER)

    @api.model
    def _nshift_webhooks_retry_delays(self):
        """Return the seconds to wait after each failed attempt."""
        return self._nshift_webhooks_read(RETRY_DELAYS_PARAMETER)

    @api.model
    def _nshift_webhooks_rotation_hours(self):
        """Return for how many hours a replaced secret goes on signing."""
        return self._nshift_webhooks_read(ROTATION_HOURS_PARAMETER)

    @api.model
    def _nshift_webhooks_environment(self):
        """Return the database's name in messages; None if it has no name."""
        return self._nshift_webhooks_read(ENVIRONMENT_PARAMETER)

    @api.model
    def _nshift_webhooks_shows_contract(self):
        """Tell whether everybody may read the description for developers."""
        return self._nshift_webhooks_read(CONTRACT_PARAMETER)

    @api.model
    def _nshift_webhooks_monitoring(self):
        """Return the digest of the monitoring token; None if nobody may monitor."""
        # sudo: a digest opens nothing, and a monitoring system is no user of Odoo
        return self.sudo().get_param(MONITORING_PARAMETER) or None

    @api.model
    def _nshift_webhooks_kept_days(self):
        """Return how long the log keeps messages, in days; 0 means for ever.

        :return: for received messages, for other messages, for received ones' text
        """
        return (
            self._nshift_webhooks_read(KEEP_RECEIVED_PARAMETER),
            self._nshift_webhooks_read(KEEP_FAILED_PARAMETER),
            self._nshift_webhooks_read(KEEP_MESSAGES_PARAMETER),
        )

    def _nshift_webhooks_read(self, key):
        # sudo: parameters are for system administrators, but users of webhooks need
        # these settings, too
        setting = self.sudo().get_param(key)
        if not setting:
            return DEFAULTS[key]
        try:
            return READERS[key](setting)
        except ValueError as error:
            # the value was written past the ORM, or by an earlier version
            _logger.warning("The system parameter %s is ignored: %s", key, error)
            return DEFAULTS[key]
