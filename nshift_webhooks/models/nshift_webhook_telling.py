"""Whom the addon tells of a webhook's trouble, by a to-do in Odoo."""

from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models

from ..labels import labels
from .nshift_webhook_hour import hour_of

TODO = "mail.mail_activity_data_todo"
#: Where nobody is responsible, at most so many managers have a to-do.
MOST_TOLD = 20
#: How long after its request an answer may be counted, in the hour of the request.
COUNTED_WITHIN = timedelta(hours=1)


class NshiftWebhookHealth(models.Model):
    """The to-dos that are about a webhook, and what they have told already."""

    _inherit = "nshift.webhook.health"

    stopped_activity_ids = fields.Many2many(
        "mail.activity",
        "nshift_webhook_stopped_activity_rel",
        "health_id",
        "activity_id",
    )
    given_up_activity_ids = fields.Many2many(
        "mail.activity",
        "nshift_webhook_given_up_activity_rel",
        "health_id",
        "activity_id",
    )
    given_up_count = fields.Integer(help="The number that the to-do tells.")
    given_up_hour = fields.Datetime(
        help="Figures of earlier hours have been looked at."
    )
    given_up_seen = fields.Integer(
        help="How many of the figures since that hour have been looked at."
    )

    @api.model
    def _find_given_up(self):
        """Find out which webhooks have had messages given up since the last look.

        The figures are the overview's, so a look costs the same whatever the log has.

        :return: for each, its id, and the number that its to-do is to tell: of all
            since somebody has done the one before
        """
        latest = hour_of(fields.Datetime.now() - COUNTED_WITHIN)
        self.env.cr.execute(
            """
            UPDATE nshift_webhook_health AS health
               SET given_up_hour = %(latest)s,
                   given_up_seen = figures.latest,
                   given_up_count = CASE
                     WHEN EXISTS (
                       SELECT FROM nshift_webhook_given_up_activity_rel AS told
                         JOIN mail_activity ON mail_activity.id = told.activity_id
                        WHERE told.health_id = health.id AND mail_activity.active
                     ) THEN COALESCE(health.given_up_count, 0) ELSE 0
                   END + figures.added
              FROM (
                SELECT known.id, since.latest,
                       GREATEST(since.total - COALESCE(known.given_up_seen, 0), 0)
                         AS added
                  FROM nshift_webhook_health AS known
                 CROSS JOIN LATERAL (
                   SELECT COALESCE(sum(given_up) FILTER (
                            WHERE hour >= COALESCE(known.given_up_hour, %(latest)s)
                          ), 0) AS total,
                          COALESCE(sum(given_up) FILTER (
                            WHERE hour >= %(latest)s
                          ), 0) AS latest
                     FROM nshift_webhook_hour
                    WHERE webhook_id = known.webhook_id
                      -- the smaller one: the clock may have been ahead
                      AND hour >= LEAST(known.given_up_hour, %(latest)s)
                 ) AS since
                 WHERE known.deleted_at IS NULL
                   AND (since.total > COALESCE(known.given_up_seen, 0)
                        OR known.given_up_hour IS DISTINCT FROM %(latest)s)
                   -- what somebody has locked is looked at in a minute: to wait for it
                   -- would hold up the answers of all other webhooks
                   FOR NO KEY UPDATE OF known SKIP LOCKED
              ) AS figures
             WHERE figures.id = health.id
            RETURNING health.webhook_id, health.given_up_count, figures.added
            """,
            {"latest": latest},
        )
        return [(id_, count) for id_, count, added in self.env.cr.fetchall() if added]


class NshiftWebhook(models.Model):
    """Who is told of a webhook's trouble, once for each incident."""

    _inherit = "nshift.webhook"

    def _who_is_told(self):
        """Return whoever is told of the webhook's trouble: those it concerns.

        That is whoever is responsible. Without such a person, all managers: a to-do for
        one of them could be for somebody who never looks at webhooks.
        """
        concerned = self.user_id.filtered(self._is_told)
        if not concerned:
            managers = self.env.ref("nshift_webhooks.group_webhook_manager")
            concerned = managers.all_user_ids.filtered(self._is_told)
        return concerned[:MOST_TOLD]

    def _is_told(self, user):
        return user.active and self._concerns(user)

    def _health_record(self):
        # sudo: nobody has the right to what the addon knows of endpoints
        health = self.env["nshift.webhook.health"].sudo()
        return health.search([("webhook_id", "in", self.ids)])

    # stopped

    def _tell_stopped(self):
        """Say that the webhook is stopped: in its chatter, and by a to-do."""
        users = self._who_is_told()
        posted = self.with_context(lang=users[:1].lang)
        posted.message_post(body=posted._stopped_text())
        health = self._health_record()
        for user in users:
            webhook = self.with_context(lang=user.lang)
            health.stopped_activity_ids += webhook.activity_schedule(
                TODO,
                summary=webhook.env._("Webhook stopped: %s", webhook.name),
                note=webhook._with_link(webhook._stopped_text()),
                user_id=user.id,
            )

    def _stopped_text(self):
        return self.env._(
            "The webhook is stopped: messages are recorded but not sent. %(reason)s. "
            "Ask whoever runs the receiving system to mend it, or for another address, "
            "which you enter as the URL. Then press Enable on the webhook.",
            reason=labels(self, "stopped_reason")[self.stopped_reason],
        )

    def _close_stopped(self):
        """Have the to-dos done that say that these webhooks are stopped."""
        for health in self._health_record():
            # sudo(False): whoever enables the webhook has done them
            open_ones = health.stopped_activity_ids.sudo(False)
            open_ones[:1].action_feedback()
            # once in the chatter is enough
            open_ones[1:].unlink()

    # given up

    def _tell_given_up(self, count):
        """Say how many messages of the webhook are given up, by one to-do.

        :param int count: of all since somebody has done the one before
        """
        health = self._health_record()
        for activity in health.given_up_activity_ids:
            activity.write(self._given_up_values(activity.user_id, count))
        if not health.given_up_activity_ids:
            for user in self._who_is_told():
                health.given_up_activity_ids += self.activity_schedule(
                    TODO, user_id=user.id, **self._given_up_values(user, count)
                )

    def _given_up_values(self, user, count):
        """Return the texts of a to-do, in its user's language."""
        webhook = self.with_context(lang=user.lang)
        return {
            "summary": webhook.env._(
                "Messages given up: %(count)s (%(webhook)s)",
                count=count,
                webhook=webhook.name,
            ),
            "note": webhook._with_link(
                webhook.env._(
                    "These messages did not arrive, and are not sent any more by "
                    "themselves. The events say why, and who has to act; when it is "
                    "mended, Send again sends them."
                )
            ),
        }

    def _with_link(self, text):
        """Return a to-do's note, with what opens the webhook."""
        return Markup("%s<br/>%s") % (text, self._get_html_link(self.name))
