"""Telling people of a webhook's trouble: by to-do, e-mail or Discuss."""

from markupsafe import Markup

from odoo import fields, models
from odoo.tools import format_datetime

from ..labels import labels
from .nshift_webhook_incident import BACKLOG

TODO = "mail.mail_activity_data_todo"
#: How many managers are told at the most, if nobody is responsible.
MOST_TOLD = 20


class NshiftWebhook(models.Model):
    """The people who are told of a webhook's trouble, once for each incident."""

    _inherit = "nshift.webhook"

    told_by = fields.Selection(
        [
            ("todo", "To-do on the webhook"),
            ("mail", "E-mail"),
            ("chat", "Message in Discuss"),
        ],
        string="Told by",
        required=True,
        default="todo",
        help="Whoever is responsible is told, or all managers of webhooks if it is "
        "nobody. A to-do is closed by itself when the trouble is over.",
    )
    tell_failing = fields.Boolean(
        "It fails",
        default=True,
        help="The receiving system has accepted no message for 15 minutes.",
    )
    tell_recovery = fields.Boolean(
        "It works again",
        default=True,
        help="The receiving system accepts messages again, for 10 minutes. A to-do "
        "tells it by being closed.",
    )
    tell_stopped = fields.Boolean(
        "It is stopped",
        default=True,
        help="Nothing is sent any more until somebody enables the webhook.",
    )
    tell_given_up = fields.Boolean(
        "Messages are given up",
        default=True,
        help="They are not sent any more by themselves. One to-do with their number; "
        "by e-mail and in Discuss at most once a day.",
    )
    tell_backlog = fields.Boolean(
        "Messages pile up",
        default=True,
        help="100 messages have waited for over 15 minutes; or one for over a day, "
        "while the webhook is paused.",
    )

    def _who_is_told(self):
        """Return the users who are told of the webhook's trouble.

        These are the responsible user or, without one, all managers: a to-do for a
        single manager could be for somebody who never looks at webhooks. Users whom the
        webhook does not concern are left out.
        """
        concerned = self.user_id.filtered(self._is_told)
        if not concerned:
            managers = self.env.ref("nshift_webhooks.group_webhook_manager")
            concerned = managers.all_user_ids.filtered(self._is_told)
        return concerned[:MOST_TOLD]

    def _is_told(self, user):
        return user.active and self._concerns(user)

    def _tell(self, incident):
        """Tell of trouble that has begun, or of more messages given up.

        :param incident: an incident of this webhook
        """
        if incident.activity_ids:
            for activity in incident.activity_ids:
                summary, note = self._for(activity.user_id)._words_of(incident)
                activity.write({"summary": summary, "note": note})
            return
        users = self._who_is_told()
        if incident.kind == "stopped":
            self.message_post(body=self._for(users[:1])._stopped_text())
        for user in users:
            webhook = self._for(user)
            incident.activity_ids += webhook._say(user, *webhook._words_of(incident))

    def _tell_end(self, incident):
        """Close an incident's to-dos; without any, say that the webhook works again.

        :param incident: an incident of this webhook that is over
        """
        todos = incident.activity_ids
        _close(todos, self._for(todos[:1].user_id)._end_text(incident))
        if (
            self.told_by == "todo"
            or not self.tell_recovery
            or incident.kind == "stopped"
            or self.status != "working"
        ):
            return
        for user in self._who_is_told():
            webhook = self._for(user)
            webhook._say(
                user,
                webhook.env._("Webhook works again: %s", webhook.name),
                webhook._with_link(webhook._end_text(incident)),
            )

    def _close_stopped(self):
        """Close the to-dos about the stop of these webhooks."""
        # sudo: nobody has rights on incidents
        incidents = self.env["nshift.webhook.incident"].sudo()
        for incident in incidents.search(
            [("webhook_id", "in", self.ids), ("kind", "=", "stopped")]
        ):
            # sudo(False): the user who enables the webhook has done the to-dos
            _close(incident.activity_ids.sudo(False))

    def _for(self, user):
        """Return the webhook with the language and time zone of a user who is told."""
        return self.with_context(lang=user.lang, tz=user.tz)

    def _say(self, user, title, text):
        """Tell a user by the means that the webhook is set to.

        Users without an e-mail address get a to-do instead of an e-mail.

        :param str title: the subject
        :param text: the body, in HTML
        :return: the to-do; empty with other means
        """
        todos = self.env["mail.activity"]
        if self.told_by == "chat":
            # in OdooBot's name, as which the scheduled action runs
            chat = self.env["discuss.channel"]._get_or_create_chat(user.partner_id.ids)
            chat.message_post(
                body=Markup("<b>%s</b><br/>%s") % (title, text),
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
            )
            return todos
        if self.told_by == "mail" and user.email:
            self.env["mail.mail"].create(
                {
                    "subject": title,
                    "body_html": Markup("<p>%s</p>") % text,
                    "recipient_ids": [fields.Command.link(user.partner_id.id)],
                    "auto_delete": True,
                }
            )
            # by itself, Odoo sends mails only once an hour
            self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()
            return todos
        return self.activity_schedule(TODO, summary=title, note=text, user_id=user.id)

    def _words_of(self, incident):
        """Return the title and the text about an incident."""
        match incident.kind:
            case "stopped":
                title = self.env._("Webhook stopped: %s", self.name)
                text = self._stopped_text()
            case "failing":
                title = self.env._("Webhook failing: %s", self.name)
                text = self.env._(
                    "The receiving system does not accept messages. %(trouble)s "
                    "Messages wait, and are tried again by themselves. The events say "
                    "why, and who has to act.",
                    trouble=self._failing_text(),
                )
            case "backlog":
                title = self.env._("Webhook with many waiting messages: %s", self.name)
                text = self._backlog_text()
            case _:
                title = self.env._(
                    "Messages given up: %(count)s (%(webhook)s)",
                    count=incident.count,
                    webhook=self.name,
                )
                text = self.env._(
                    "These messages did not arrive, and are not sent any more by "
                    "themselves. The events say why, and who has to act; when it is "
                    "mended, Send again sends them."
                )
        return title, self._with_link(text)

    def _stopped_text(self):
        return self.env._(
            "The webhook is stopped: messages are recorded but not sent. %(reason)s. "
            "Ask whoever runs the receiving system to mend it, or for another address, "
            "which you enter as the URL. Then press Enable on the webhook.",
            reason=labels(self, "stopped_reason").get(self.stopped_reason, ""),
        )

    def _backlog_text(self):
        if self.paused_at:
            return self.env._(
                "The webhook has been paused since %(time)s, and messages wait. Enable "
                "it if it was forgotten.",
                time=format_datetime(self.env, self.paused_at),
            )
        return self.env._(
            "%(count)s messages or more have waited for over 15 minutes. The events "
            "say whether the receiving system refuses them. If it accepts them, but "
            "more slowly than they come, allow more on the page Speed and sequence.",
            count=BACKLOG,
        )

    def _end_text(self, incident):
        if self.status not in ("working", "failing"):
            return self.env._(
                "The webhook's status by now: %(status)s.",
                status=labels(self, "status").get(self.status)
                or self.env._("Archived"),
            )
        if incident.kind == "backlog":
            return self.env._("Only few messages wait by now.")
        return self.env._("The receiving system accepts messages again.")

    def _with_link(self, text):
        """Return a text with a link to the webhook, for Odoo and for mails."""
        return Markup(
            '%s<br/><a href="%s/odoo/webhooks/%s" data-oe-model="%s" data-oe-id="%s">'
            "%s</a>"
        ) % (text, self.get_base_url(), self.id, self._name, self.id, self.name)


def _close(todos, feedback=False):
    """Close an incident's to-dos, with one message in the chatter for all of them."""
    todos[:1].action_feedback(feedback)
    todos[1:].unlink()
