from babel.numbers import format_decimal

from odoo import api, fields, models
from odoo.tools import format_list

from ..writing import days_text, duration, locale
from .ir_config_parameter import (
    CONTRACT_PARAMETER,
    DEFAULTS,
    ENVIRONMENT_PARAMETER,
    INTERNAL_HOSTS_PARAMETER,
    KEEP_FAILED_PARAMETER,
    KEEP_MESSAGES_PARAMETER,
    KEEP_RECEIVED_PARAMETER,
    READERS,
    RETRY_DELAYS_PARAMETER,
    ROTATION_HOURS_PARAMETER,
    setting_of,
)

#: The path of the description for developers: see controllers/contract.py.
CONTRACT_PATH = "/webhooks/contract"
#: The paths for monitoring systems: see controllers/monitoring.py.
HEALTH_PATH = "/webhooks/health"
METRICS_PATH = "/webhooks/metrics"
#: How many waits of a retry schedule are put into words.
MOST_SHOWN = 12


class ResConfigSettings(models.TransientModel):
    """The settings of webhooks, on a page that explains and checks them.

    The settings are stored as system parameters, which refuse wrong values and note
    changes in the audit log. The fields have no ``config_parameter``: Odoo reads such
    fields as superuser for everybody who asks for defaults, and these contain internal
    addresses.
    """

    _inherit = "res.config.settings"

    nshift_webhook_retry_delays = fields.Char("Retry schedule")
    nshift_webhook_internal_hosts = fields.Char("Internal hosts")
    nshift_webhook_rotation_hours = fields.Char("Old secret stays valid")
    nshift_webhook_environment = fields.Char("Name of this environment")
    nshift_webhook_contract = fields.Selection(
        [("on", "For everybody"), ("off", "Not shown")],
        "Description for developers",
    )
    nshift_webhook_keep_received_days = fields.Char("Days for messages received")
    nshift_webhook_keep_failed_days = fields.Char("Days for messages not received")
    nshift_webhook_keep_messages_days = fields.Char("Days until messages are wiped")
    # the meaning of each setting, or its fault, as soon as it is entered
    nshift_webhook_retry_delays_words = fields.Char(
        compute="_compute_nshift_webhook_words"
    )
    nshift_webhook_retry_delays_fault = fields.Char(
        compute="_compute_nshift_webhook_words"
    )
    nshift_webhook_internal_hosts_words = fields.Char(
        compute="_compute_nshift_webhook_words"
    )
    nshift_webhook_internal_hosts_fault = fields.Char(
        compute="_compute_nshift_webhook_words"
    )
    nshift_webhook_rotation_hours_words = fields.Char(
        compute="_compute_nshift_webhook_words"
    )
    nshift_webhook_rotation_hours_fault = fields.Char(
        compute="_compute_nshift_webhook_words"
    )
    nshift_webhook_environment_words = fields.Char(
        compute="_compute_nshift_webhook_words"
    )
    nshift_webhook_environment_fault = fields.Char(
        compute="_compute_nshift_webhook_words"
    )
    nshift_webhook_contract_words = fields.Char(compute="_compute_nshift_webhook_words")
    nshift_webhook_contract_fault = fields.Char(compute="_compute_nshift_webhook_words")
    nshift_webhook_monitoring_words = fields.Char(
        "Monitoring", compute="_compute_nshift_webhook_monitoring_words"
    )
    nshift_webhook_keep_received_days_words = fields.Char(
        compute="_compute_nshift_webhook_words"
    )
    nshift_webhook_keep_received_days_fault = fields.Char(
        compute="_compute_nshift_webhook_words"
    )
    nshift_webhook_keep_failed_days_words = fields.Char(
        compute="_compute_nshift_webhook_words"
    )
    nshift_webhook_keep_failed_days_fault = fields.Char(
        compute="_compute_nshift_webhook_words"
    )
    nshift_webhook_keep_messages_days_words = fields.Char(
        compute="_compute_nshift_webhook_words"
    )
    nshift_webhook_keep_messages_days_fault = fields.Char(
        compute="_compute_nshift_webhook_words"
    )

    @api.model
    def get_values(self):
        values = super().get_values()
        parameters = self.env["ir.config_parameter"]
        if parameters.has_access("read"):
            values |= {setting_of(key): parameters.get_param(key) for key in READERS}
            # a value that is no choice, as by SQL, would keep the page from opening
            name = setting_of(CONTRACT_PARAMETER)
            if values[name] not in dict(self._fields[name].selection):
                values[name] = False
        return values

    def set_values(self):
        result = super().set_values()
        parameters = self.env["ir.config_parameter"]
        for settings in self:
            for key in READERS:
                value = settings[setting_of(key)]
                # an old fault must not keep a user from saving other settings
                if value != parameters.get_param(key):
                    parameters.set_param(key, (value or "").strip() or False)
        return result

    @api.depends(*map(setting_of, READERS))
    @api.depends_context("lang")
    def _compute_nshift_webhook_words(self):
        parameters = self.env["ir.config_parameter"]
        words = {
            RETRY_DELAYS_PARAMETER: self._nshift_webhook_schedule_words,
            INTERNAL_HOSTS_PARAMETER: self._nshift_webhook_hosts_words,
            ROTATION_HOURS_PARAMETER: self._nshift_webhook_hours_words,
            ENVIRONMENT_PARAMETER: self._nshift_webhook_environment_text,
            CONTRACT_PARAMETER: self._nshift_webhook_contract_text,
            KEEP_RECEIVED_PARAMETER: self._nshift_webhook_received_words,
            KEEP_FAILED_PARAMETER: self._nshift_webhook_failed_words,
            KEEP_MESSAGES_PARAMETER: self._nshift_webhook_wiped_words,
        }
        for settings in self:
            for key, words_of in words.items():
                name = setting_of(key)
                text = (settings[name] or "").strip()
                fault = text and parameters._nshift_webhooks_fault(key, text)
                setting = READERS[key](text) if text and not fault else DEFAULTS[key]
                settings[f"{name}_fault"] = fault
                settings[f"{name}_words"] = not fault and words_of(setting)

    def _nshift_webhook_schedule_words(self, delays):
        """Return a sentence on a retry schedule.

        :param delays: seconds to wait after each failed attempt
        """
        waits = [duration(self.env, delay) for delay in delays[:MOST_SHOWN]]
        if len(delays) > MOST_SHOWN:
            waits.append("…")
        return self.env._(
            "%(count)s attempts over about %(time)s: at once, then after %(waits)s. "
            "Then the message is given up.",
            count=len(delays) + 1,
            time=duration(self.env, sum(delays)),
            waits=format_list(self.env, waits, "unit"),
        )

    def _nshift_webhook_hosts_words(self, guard):
        """Return a sentence on the number of hosts inside that are allowed.

        :param Guard guard: knows the exceptions
        """
        if guard == DEFAULTS[INTERNAL_HOSTS_PARAMETER]:
            return self.env._("Webhooks reach public addresses only.")
        names = len(guard.hosts)
        addresses = sum(network.num_addresses for network in guard.networks)
        return " ".join(
            filter(
                None,
                [
                    names and self.env._("Names allowed: %s.", names),
                    addresses
                    and self.env._(
                        "Addresses allowed: %s.",
                        format_decimal(addresses, locale=locale(self.env)),
                    ),
                ],
            )
        )

    def _nshift_webhook_hours_words(self, hours):
        """Return a sentence on how long a replaced secret goes on signing."""
        return self.env._(
            "The receiving system has %s to change to the new secret.",
            duration(self.env, hours * 3600),
        )

    def _nshift_webhook_environment_text(self, environment):
        """Return a sentence on how messages name the database they come from."""
        if not environment:
            return self.env._("Messages do not say which database they come from.")
        return self.env._(
            "Each message has the header webhook-environment: %s", environment
        )

    def _nshift_webhook_contract_text(self, is_shown):
        """Return a sentence on whether and where the description is shown."""
        if not is_shown:
            return self.env._("Nobody can read it.")
        server = self.env["ir.config_parameter"].get_param("web.base.url") or ""
        return self.env._(
            "Whoever knows its address can read it: %s", f"{server}{CONTRACT_PATH}"
        )

    @api.depends_context("lang", "uid")
    def _compute_nshift_webhook_monitoring_words(self):
        parameters = self.env["ir.config_parameter"]
        for settings in self:
            if not parameters.has_access("read"):
                settings.nshift_webhook_monitoring_words = False
            elif not parameters._nshift_webhooks_monitoring():
                settings.nshift_webhook_monitoring_words = self.env._(
                    "Off: nobody can read them."
                )
            else:
                server = parameters.get_param("web.base.url") or ""
                settings.nshift_webhook_monitoring_words = self.env._(
                    "On: whoever has the token reads %(health)s and %(metrics)s.",
                    health=f"{server}{HEALTH_PATH}",
                    metrics=f"{server}{METRICS_PATH}",
                )

    def _nshift_webhook_received_words(self, days):
        """Return a sentence on how long received messages are kept; 0 is for ever."""
        if not days:
            return self.env._("Messages that were received are kept for ever.")
        return self.env._(
            "Events are removed %s after the message was received.",
            days_text(self.env, days),
        )

    def _nshift_webhook_failed_words(self, days):
        """Return a sentence on how long messages are kept that were not received."""
        if not days:
            return self.env._("Messages that were not received are kept for ever.")
        return self.env._(
            "Events are removed %s after the message was given up.",
            days_text(self.env, days),
        )

    def _nshift_webhook_wiped_words(self, days):
        """Return a sentence on when messages are wiped, while their lines stay."""
        if not days:
            return self.env._("Messages are kept as long as their events.")
        return self.env._(
            "Messages and answers are wiped %s after the message was received.",
            days_text(self.env, days),
        )
