from odoo import models

from ..labels import labels
from ..transaction import clean_env

#: The settings whose changes the audit log keeps.
AUDITED = (
    "name",
    "active",
    "url",
    "type_ids",
    "sale_channel_ids",
    "company_id",
    "include_carts",
    "order_domain",
    "shipment_domain",
    "wipe_messages",
    "has_own_retention",
    "keep_received_days",
    "keep_failed_days",
    "keep_messages_days",
    "parallel_requests",
    "request_timeout",
    "requests_per_second",
    "ordering",
    "api_version",
    "thin_messages",
    "compress_messages",
    "user_id",
    "told_by",
    "tell_failing",
    "tell_recovery",
    "tell_stopped",
    "tell_given_up",
    "tell_backlog",
    "has_key_pair",
    "authentication",
    "oauth_token_url",
    "oauth_client_id",
    "oauth_scope",
    "oauth_audience",
    "oauth_in_body",
)


class NshiftWebhook(models.Model):
    """A webhook's lines in the audit log."""

    _inherit = "nshift.webhook"

    def _note(self, action, subject=None, old=None, new=None):
        """Add a line to the audit log: see ``_note`` of ``nshift.webhook.audit``."""
        self.ensure_one()
        self.env["nshift.webhook.audit"]._note(action, self, subject, old, new)

    def _settings(self):
        """Return the settings by their fields' names.

        :return: for each setting a pair: its value, which tells records of the same
            name apart, and its text for the audit log
        """
        # the log shows true values, even names that the user may not see
        webhook = self.with_env(clean_env(self.env.cr))
        return {
            name: (_identity(webhook[name]), webhook._setting_text(name))
            for name in AUDITED
        }

    def _setting_text(self, name):
        value = self[name]
        if isinstance(value, models.BaseModel):
            return ", ".join(value.mapped("display_name"))
        if self._fields[name].type == "integer":
            # 0 days is a setting, too
            return str(value)
        if self._fields[name].type == "boolean":
            return self.env._("yes") if value else self.env._("no")
        if self._fields[name].type == "selection":
            return labels(self, name).get(value, "")
        return str(value or "")

    def _settings_text(self):
        """Return all settings that are not empty, in one line."""
        return ", ".join(
            f"{self._label(name)}: {text}"
            for name, (_identity, text) in self._settings().items()
            if text
        )

    def _note_changes(self, before):
        """Note which settings have changed.

        :param dict before: from :meth:`_settings`, before the change
        """
        after = self._settings()
        changed = [name for name in AUDITED if before[name][0] != after[name][0]]
        log = self.env["nshift.webhook.audit"]
        for name in changed:
            label, old, new = self._label(name), before[name][1], after[name][1]
            if "company_id" not in changed:
                self._note("changed", label, old, new)
                continue
            # each company reads the values of its own time, and both read of the move
            moved = name == "company_id"
            former = log.env["res.company"].browse(before["company_id"][0])
            log._note(
                "changed",
                self,
                label,
                old,
                new if moved else None,
                company=former,
                name=before["name"][1],
            )
            log._note("changed", self, label, old if moved else None, new)

    def _label(self, name):
        return self.env["nshift.webhook"]._fields[name].string


def _identity(value):
    return value.ids if isinstance(value, models.BaseModel) else value
