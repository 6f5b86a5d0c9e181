from collections import defaultdict

from odoo import models
from odoo.tools import SQL, format_datetime

from ..store.body import HAS_MESSAGE


class NshiftWebhookEvent(models.Model):
    """Old messages: a newer message on the same record was sent since.

    A receiving system that gets an old message again goes back to an older state,
    unless it compares ``sequence``.
    """

    _inherit = "nshift.webhook.event"

    def _newer(self):
        """Return the newest message on the record of each old message among these.

        A message is not old if the newest is sent again with it, since they go in their
        order; nor if it has still to be built, or waits in front of the newer message.

        :return: dict of the newest message's id by the old message's id
        """
        if not self:
            return {}
        self.flush_model()
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT event.id, newest.id
                      FROM nshift_webhook_event AS event
                      JOIN LATERAL (
                        SELECT newer.id, newer.happened_at
                          FROM nshift_webhook_event AS newer
                         WHERE newer.res_model = event.res_model
                           AND newer.res_id = event.res_id
                           AND newer.webhook_id = event.webhook_id
                           AND newer.id > event.id
                           AND (newer.state = 'delivered'
                                OR newer.state = 'pending' AND event.state <> 'pending')
                         ORDER BY newer.id DESC
                         LIMIT 1
                      ) AS newest ON newest.happened_at <> event.happened_at
                      LEFT JOIN unnest(%(ids)s) AS chosen (id) ON chosen.id = newest.id
                     WHERE event.id = ANY(%(ids)s) AND %(has_message)s
                       AND chosen.id IS NULL
                     ORDER BY event.id
                    """,
                    ids=self.ids,
                    has_message=HAS_MESSAGE,
                )
            )
        )

    def _old_text(self, newer):
        """Tell the user which of these messages are old.

        :param newer: from :meth:`_newer`
        """
        if not newer:
            return self.env._("None of them is old any more.")
        old_id, newer_id = next(iter(newer.items()))
        # sudo: a user who may see a message may see a newer one on the same record
        old, latest = self.sudo().browse([old_id, newer_id])
        said = {
            "name": old.res_name,
            "then": format_datetime(self.env, old.happened_at),
            "newer": latest._titles()[0],
            "now": format_datetime(self.env, latest.happened_at),
            "count": len(newer),
            "total": len(self),
        }
        if len(self) == 1:
            which = self.env._(
                "This message tells what “%(name)s” was at %(then)s. It has been told "
                "of since: “%(newer)s”, at %(now)s.",
                **said,
            )
        elif len(newer) == 1:
            which = self.env._(
                "One of these %(total)s messages is old: “%(name)s” of %(then)s. It "
                "has been told of since: “%(newer)s”, at %(now)s.",
                **said,
            )
        else:
            which = self.env._(
                "%(count)s of these %(total)s messages are old: their records have "
                "been told of since. “%(name)s” of %(then)s, for instance, by "
                "“%(newer)s” at %(now)s.",
                **said,
            )
        risk = self.env._(
            "The receiving system goes back to the older state if it does not compare "
            "“sequence”."
        )
        lost = len(newer) - len(self._with_current_state(newer))
        if not lost:
            return f"{which} {risk}"
        no_current = self.env._(
            "The current state cannot be sent of %s of them: the record does not exist "
            "any more, or the webhook is archived, or not told of its updates.",
            lost,
        )
        return f"{which} {risk} {no_current}"

    def _with_current_state(self, newer):
        """Return the old messages instead of which the current state can be sent.

        :param newer: from :meth:`_newer`
        """
        return self.browse(
            id_
            for by_model in self.browse(newer)._records_told().values()
            for found in by_model.values()
            for ids in found.values()
            for id_ in ids
        )

    def _records_told(self):
        """Return the records whose current state can be sent.

        :return: by webhook, as superuser, and by model: dict of event ids by record id
        """
        found = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
        rows = self.env.execute_query(
            SQL(
                "SELECT id, webhook_id, res_model, res_id FROM nshift_webhook_event "
                "WHERE id = ANY(%s)",
                self.ids,
            )
        )
        # sudo: only whether the records exist is checked
        webhooks = self.env["nshift.webhook"].sudo()
        for id_, webhook_id, model, res_id in rows:
            found[webhooks.browse(webhook_id)][model][res_id].append(id_)
        return {
            webhook: {
                model: {id_: by_id[id_] for id_ in self._existing(model, by_id)}
                for model, by_id in by_model.items()
                if model in webhook._followed_models()
            }
            for webhook, by_model in found.items()
            if webhook.active
        }

    def _existing(self, model, ids):
        return self.env[model].sudo().browse(ids).exists()._ids

    def _tell_current_state(self):
        """Send the current state of these messages' records, in the background.

        :return: the action of a notification
        """
        webhooks = self.env["nshift.webhook"]
        for webhook, by_model in self._records_told().items():
            webhook.with_env(webhooks.env)._send_current_state(
                chosen={model: list(by_id) for model, by_id in by_model.items()}
            )
            webhooks += webhook.with_env(webhooks.env)
        return self.env["nshift.webhook.load"]._said(webhooks)
