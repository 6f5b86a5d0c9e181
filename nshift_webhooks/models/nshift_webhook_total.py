from odoo import api, models
from odoo.tools import SQL

from ..delivery.histogram import STEPS, counted
from ..monitoring.state import CLASSES, Totals, class_of

NOTHING = Totals(0, 0, [0] * len(CLASSES), [0] * STEPS, 0)
COLUMNS = SQL(", ").join(map(SQL.identifier, Totals._fields))


def _added(name):
    """Return the SQL that adds to a column; lists are added place by place.

    :param str name: the column, a field of Totals
    """
    column, nothing = SQL.identifier(name), getattr(NOTHING, name)
    if not isinstance(nothing, list):
        return SQL("%(name)s = old.%(name)s + EXCLUDED.%(name)s", name=column)
    places = SQL(", ").join(
        SQL(
            "old.%(name)s[%(place)s] + EXCLUDED.%(name)s[%(place)s]",
            name=column,
            place=place,
        )
        for place in range(1, len(nothing) + 1)
    )
    return SQL("%s = ARRAY[%s]", column, places)


ADDED = SQL(", ").join(map(_added, Totals._fields))


class NshiftWebhookTotal(models.Model):
    """Totals of a webhook's messages since the webhook was made.

    They only rise, as Prometheus needs them: the figures of hours are removed after a
    time, and so is the log. Totals are added to in the same transaction as hours, and
    equal the sum of all hours.

    The ORM knows the table but not its columns, since only the addon reads them. As
    with hours, the scheduled action that builds messages has lines of its own.
    """

    _name = "nshift.webhook.total"
    _description = "Webhook figures since it was made"
    _auto = False

    def init(self):
        self.env.cr.execute(
            SQL(
                """
                CREATE TABLE IF NOT EXISTS nshift_webhook_total (
                    id serial PRIMARY KEY,
                    webhook_id int NOT NULL
                        REFERENCES nshift_webhook ON DELETE CASCADE,
                    is_unbuilt bool NOT NULL,
                    delivered bigint NOT NULL,
                    failed bigint NOT NULL,
                    attempts bigint[] NOT NULL,
                    durations bigint[] NOT NULL,
                    duration_ms bigint NOT NULL,
                    UNIQUE (webhook_id, is_unbuilt)
                )
                """
            )
        )

    @api.model
    def _count_attempts(self, attempts):
        """Count attempts, in the transaction that records them.

        :param attempts: by webhook id, a list of (the sender's Answer, whether the
            event is given up with this attempt)
        """
        self._add(
            (webhook_id, False, *_totals(made)) for webhook_id, made in attempts.items()
        )

    @api.model
    def _count_unbuilt(self, webhook):
        """Count an event that is given up since its message could not be built."""
        self._add([(webhook.id, True, *NOTHING._replace(failed=1))])

    def _add(self, rows):
        # all transactions add to several lines in the same order
        rows = sorted(rows)
        if not rows:
            return
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO nshift_webhook_total AS old (
                    webhook_id, is_unbuilt, %s
                ) VALUES %s
                ON CONFLICT (webhook_id, is_unbuilt) DO UPDATE SET %s
                """,
                COLUMNS,
                SQL(", ").join(SQL("%s", row) for row in rows),
                ADDED,
            )
        )

    @api.model
    def _read_totals(self, webhooks):
        """Return the Totals of webhooks that have some, by the webhooks' ids."""
        rows = self.env.execute_query(
            SQL(
                "SELECT webhook_id, %s FROM nshift_webhook_total "
                "WHERE webhook_id = ANY(%s)",
                COLUMNS,
                webhooks.ids,
            )
        )
        totals = {}
        for webhook_id, *figures in rows:
            totals[webhook_id] = _sum(totals.get(webhook_id, NOTHING), Totals(*figures))
        return totals


def _totals(made):
    """Return the Totals of some attempts.

    :param made: (the sender's Answer, whether the event is given up) of each
    """
    attempts = [0] * len(CLASSES)
    for answer, _is_given_up in made:
        attempts[class_of(answer.response_code)] += 1
    # only answered attempts say how long answers take
    answered = [answer.duration_ms for answer, _ in made if answer.response_code]
    return Totals(
        delivered=sum(not answer.failure for answer, _is_given_up in made),
        failed=sum(is_given_up for _answer, is_given_up in made),
        attempts=attempts,
        durations=counted(answered),
        duration_ms=sum(answered),
    )


def _sum(first, second):
    return Totals(
        *(
            [sum(both) for both in zip(one, other, strict=True)]
            if isinstance(one, list)
            else one + other
            for one, other in zip(first, second, strict=True)
        )
    )
