from odoo import models

#: What people set, and the audit log tells of.
AUDITED = (
    "name",
    "active",
    "url",
    "event",
    "sale_channel_ids",
    "company_id",
    "wipe_messages",
    "parallel_requests",
    "ordering",
    "user_id",
    "has_key_pair",
)


class NshiftWebhook(models.Model):
    """What the audit log is told of a webhook."""

    _inherit = "nshift.webhook"

    def _note(self, action, subject=None, old=None, new=None):
        """Add a line to the audit log: see ``_note`` of ``nshift.webhook.audit``."""
        self.ensure_one()
        self.env["nshift.webhook.audit"]._note(action, self, subject, old, new)

    def _settings(self):
        """Return the settings as the audit log writes them, by their fields' names."""
        # the log says what is, also where the user may not see a name
        webhook = self.sudo()
        return {name: webhook._setting_text(name) for name in AUDITED}

    def _setting_text(self, name):
        value = self[name]
        if isinstance(value, models.BaseModel):
            return ", ".join(value.mapped("display_name"))
        if isinstance(value, bool):
            return "yes" if value else "no"
        return str(value or "")

    def _settings_text(self):
        """Return all settings that are not empty, in one line."""
        return ", ".join(
            f"{self._label(name)}: {text}"
            for name, text in self._settings().items()
            if text
        )

    def _note_changes(self, before):
        """Note which settings have changed.

        :param before: what :meth:`_settings` returned before
        """
        for name, text in self._settings().items():
            if text != before[name]:
                self._note("changed", self._label(name), before[name], text)

    def _label(self, name):
        return self.env["nshift.webhook"]._fields[name].string
