from odoo import fields, models

#: Up to how many events the question before a deletion counts.
MOST_COUNTED = 5000
#: How many webhooks this question names.
MOST_NAMED = 10


class NshiftWebhook(models.Model):
    """Switching webhooks off for good, or for long: archived, or deleted.

    Nothing is recorded for an archived webhook. Messages that waited before go on
    waiting, and may be old when the webhook is taken out of the archive. So the webhook
    is then paused, and *Enable* asks what becomes of them.
    """

    _inherit = "nshift.webhook"

    def write(self, vals):
        back = self.browse()
        if vals.get("active"):
            back = self.filtered(lambda webhook: not webhook.active)
        result = super().write(vals)
        for webhook in back:
            waiting = webhook._count_waiting()
            if waiting and not (webhook.paused_at or webhook.stopped_at):
                webhook._write_health(paused_at=fields.Datetime.now())
                said = (
                    self.env._("One message waits from before")
                    if waiting == 1
                    else self.env._("%s messages wait from before", waiting)
                )
                webhook._note("paused", new=said)
        return result

    def copy_data(self, default=None):
        """Archive copies: they lack the secrets, and would send everything twice to the
        same receiving system.
        """
        return super().copy_data({"active": False} | (default or {}))

    def copy(self, default=None):
        copies = super().copy(default)
        for original, copy in zip(self, copies, strict=True):
            said = self.env._(
                "This is a copy of “%s”, with a signing secret of its own. Check the "
                "URL, then take it out of the archive.",
                original.name,
            )
            if headers := ", ".join(original.header_ids.mapped("name")):
                missing = self.env._("It needs these headers anew: %s.", headers)
                said = f"{said} {missing}"
            if original.authentication == "oauth2":
                missing = self.env._("It needs its client secret anew.")
                said = f"{said} {missing}"
            copy.message_post(body=said)
        return copies

    def get_deletion_question(self):
        """Return the question to ask before these webhooks are deleted.

        :return: dict of ``title`` and ``body``, in the user's language
        :raises AccessError: the user may not delete the webhooks
        """
        self.check_access("unlink")
        # sudo: events of all companies are deleted with a webhook
        events = self.env["nshift.webhook.event"].sudo()
        count = events.search_count(
            [("webhook_id", "in", self.ids)], limit=MOST_COUNTED + 1
        )
        names = self[:MOST_NAMED]._quoted_names()
        if len(self) > MOST_NAMED:
            names += ", " + self.env._("%s more", len(self) - MOST_NAMED)
        if count > MOST_COUNTED:
            number = self.env._("more than %s", MOST_COUNTED)
        else:
            number = str(count)
        return {
            "title": self.env._("Delete %s?", names),
            "body": self.env._(
                "This cannot be undone. Events that are deleted with it: "
                "%(events)s. Messages that wait and will not be sent: %(waiting)s.",
                events=number,
                waiting=self._count_waiting(),
            ),
        }
