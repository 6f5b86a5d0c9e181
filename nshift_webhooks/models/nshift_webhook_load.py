from odoo import api, fields, models
from odoo.tools import SQL, format_datetime

from ..tables import add_columns
from ..transaction import clean_env
from ..writing import number

#: How many records are told in one transaction.
BATCH = 100


class NshiftWebhookLoad(models.Model):
    """The sending of the current state of records to a webhook: of all, or of some.

    The ids of the records are stored when somebody asks for the sending, as parts of a
    few ids, so that their number is known. A scheduled action tells one part after the
    other, see nshift_webhook_loading.py. Nobody has the right to these lines: a
    webhook's form shows the progress.
    """

    _name = "nshift.webhook.load"
    _description = "Current state to be told"
    _log_access = False

    webhook_id = fields.Many2one("nshift.webhook", required=True, ondelete="cascade")
    what = fields.Selection(
        [
            ("all", "All"),
            ("since", "Since a date"),
            ("chosen", "A selection"),
            ("again", "Messages again"),
        ],
        required=True,
    )
    since = fields.Datetime()
    state = fields.Selection(
        [("running", "Running"), ("done", "Done"), ("stopped", "Stopped")],
        required=True,
        default="running",
    )
    started_at = fields.Datetime(required=True)
    finished_at = fields.Datetime()
    total = fields.Integer("Records")
    #: records that the webhook does not follow any more are counted, but not told
    done_count = fields.Integer("Records looked at")
    told_count = fields.Integer("Messages")
    failed_count = fields.Integer("Not built at first, or not at all")

    _webhook_index = models.Index("(webhook_id, id)")
    _one_at_a_time = models.UniqueIndex(
        "(webhook_id) WHERE state = 'running'",
        "The current state is being sent for this webhook already.",
    )

    @api.model
    def _start(self, webhook, domains, what, since=None):
        """Store which records are to be told, and have the telling begin.

        :param webhook: ``nshift.webhook``, without a running load
        :param domains: Domain of the records, by model
        :param str what: a value of the field ``what``
        :param datetime since: the date chosen, if any
        :return: the load
        """
        load = self.create(
            {
                "webhook_id": webhook.id,
                "what": what,
                "since": since,
                # to the microsecond: see _has_older
                "started_at": self.env.cr.now(),
            }
        )
        load._add(domains)
        return load

    def _add(self, domains, is_first=False):
        """Add records to the load.

        :param domains: Domain of the records, by model
        :param bool is_first: whether they are told before the load's other records
        :return: number of records
        """
        self.ensure_one()
        self.env.flush_all()
        count = 0
        for name, domain in domains.items():
            count += self._add_parts(name, domain, is_first)
        self.total += count
        if not self.env["nshift.webhook.load.part"].search_count(
            [("load_id", "=", self.id)], limit=1
        ):
            self.write({"state": "done", "finished_at": fields.Datetime.now()})
        self.flush_recordset()
        self._trigger()
        return count

    def _add_parts(self, name, domain, is_first):
        model = self.env[name].with_env(clean_env(self.env.cr))
        query = model.with_context(active_test=False)._search(domain)
        found = query.select(SQL.identifier(query.table, "id"))
        return self._add_found(name, found, is_first)

    def _add_found(self, name, found, is_first=False):
        """Add the records that a query finds to the load.

        :param str name: the records' model
        :param SQL found: a SELECT of ids
        :param bool is_first: see :meth:`_add`
        :return: number of records
        """
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO nshift_webhook_load_part
                       (load_id, res_model, count, record_ids, is_first, tries)
                SELECT %(load_id)s, %(model)s, count(*), array_agg(id ORDER BY id),
                       %(is_first)s, 0
                  FROM (
                    SELECT id, (row_number() OVER (ORDER BY id) - 1) / %(size)s AS part
                      FROM (%(found)s) AS found (id)
                  ) AS numbered
                 GROUP BY part
                 ORDER BY part
                RETURNING count
                """,
                load_id=self.id,
                model=name,
                is_first=is_first,
                size=BATCH,
                found=found,
            )
        )
        return sum(count for [count] in self.env.cr.fetchall())

    @api.model
    def _trigger(self):
        """Have the scheduled action run as soon as this transaction is committed."""
        # sudo: scheduled actions are system administrators', but users who may send
        # messages may have this one run
        self.env.ref("nshift_webhooks.cron_load").sudo()._trigger()

    def _stop(self):
        """Stop the loads, and give up their messages that wait to be sent.

        The scheduled action removes the remaining parts: a user who stops a load does
        not wait for the part that is just being told, which is given up.
        """
        self.write({"state": "stopped", "finished_at": fields.Datetime.now()})
        self.flush_recordset()
        for load in self:
            load._waiting_events()._do_or_queue("cancel", load.webhook_id)
        self.webhook_id._tell_of_progress()
        self._trigger()

    def _stop_note(self):
        """Return the arguments of ``_note`` for the audit log's line on the stop."""
        count = number(self.env, self.done_count)
        return "state_stopped", None, None, self.env._("Records told: %s", count)

    def _waiting_events(self):
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM nshift_webhook_event "
                "WHERE load_id = ANY(%s) AND state = 'pending'",
                self.ids,
            )
        )
        # sudo: a user who manages the webhook may stop its messages
        return self.env["nshift.webhook.event"].sudo().browse(id_ for [id_] in rows)

    @api.model
    def _said(self, webhooks):
        """Return a notification that webhooks are told the current state."""
        return self._notification(
            self.env._(
                "The current state is sent in the background: %s shows how far it is.",
                webhooks._quoted_names(),
            )
        )

    @api.model
    def _notification(self, message):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": message,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _may_be_stopped(self):
        """Tell whether a person can still stop something of the load."""
        return self.state == "running"

    def _text(self):
        """Return a text on the load's progress."""
        self.ensure_one()
        numbers = {
            "done": number(self.env, self.done_count),
            "total": number(self.env, self.total),
            "told": number(self.env, self.told_count),
            "start": format_datetime(self.env, self.started_at),
            "end": format_datetime(self.env, self.finished_at),
        }
        if self.state == "running":
            said = [
                self.env._(
                    "The current state is being sent, since %(start)s. Records: "
                    "%(done)s of %(total)s.",
                    **numbers,
                )
            ]
        elif self.state == "done":
            said = [
                self.env._(
                    "The current state was recorded from %(start)s to %(end)s. "
                    "Records: %(total)s, messages: %(told)s.",
                    **numbers,
                )
            ]
        else:
            said = [
                self.env._(
                    "The current state was being sent from %(start)s, and stopped at "
                    "%(end)s. Records: %(done)s of %(total)s.",
                    **numbers,
                )
            ]
        if self.state != "stopped" and (waiting := len(self._waiting_events())):
            said.append(
                self.env._("One message of it waits.")
                if waiting == 1
                else self.env._("%s messages of it wait.", number(self.env, waiting))
            )
        if self.failed_count:
            said.append(
                self.env._(
                    "Messages that could not be built: %s. The log of events says why.",
                    number(self.env, self.failed_count),
                )
            )
        return " ".join(said)


class NshiftWebhookLoadPart(models.Model):
    """Records of a load that are told in one transaction.

    Their ids are in a column that is no field.
    """

    _name = "nshift.webhook.load.part"
    _description = "Part of the current state to be told"
    _log_access = False

    load_id = fields.Many2one(
        "nshift.webhook.load", required=True, ondelete="cascade", index=True
    )
    res_model = fields.Char("Model", required=True)
    count = fields.Integer("Records", required=True)
    is_first = fields.Boolean("Before the others")
    tries = fields.Integer(aggregator=None)
    next_at = fields.Datetime("Not before")

    _order_index = models.Index("(is_first DESC, tries, id)")

    def init(self):
        add_columns(self.env.cr, self._table, record_ids=SQL("int[]"))


class NshiftWebhookEvent(models.Model):
    """Messages on the current state: they are sent when no other event is due."""

    _inherit = "nshift.webhook.event"

    # no many2one: nobody may read loads, which are deleted with their webhook
    load_id = fields.Integer(
        "Number of the sending of the current state", readonly=True, aggregator=None
    )
    is_bulk = fields.Boolean(
        "Sent after others", readonly=True, help="When nothing else is due."
    )

    _load_index = models.Index("(load_id, state) WHERE load_id > 0")
    _bulk_index = models.Index("(webhook_id, id) WHERE state = 'pending' AND is_bulk")
