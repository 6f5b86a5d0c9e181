import json
from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL, groupby, json_default

from ..capture.ledger import ledger_of
from ..capture.reading import fields_of, read
from ..transaction import clean_env, complain, past_env, select_stored

#: How many orders and deliveries one transaction tells of because of corrections.
MOST_NOW = 50
#: For how many corrected records orders are looked for while a person waits.
MOST_CORRECTED = 100
#: How many orders, open or not, are then looked at for each way in which a corrected
#: record is shown.
MOST_FOUND = 500
#: How many orders a transaction tells of in the background. A user who saves one of
#: them meanwhile waits for the rest.
BATCH = 50
#: How often a batch is tried that conflicts with other transactions.
TRIES = 5


class NshiftWebhookCorrection(models.Model):
    """Corrections of values that orders and deliveries show, such as a street.

    If few open orders and deliveries show a corrected record, the transaction of the
    correction tells of them itself. If there are many, this transaction stores the
    corrected records' earlier values here, and a scheduled action tells of the orders
    and deliveries in batches. All lines of a transaction, known by its timestamp, are
    told together: an order whose customer and whose delivery address were corrected has
    both in one message.
    """

    _name = "nshift.webhook.correction"
    _description = "Correction to be told"
    _log_access = False

    res_model = fields.Char("Model", required=True)
    happened_at = fields.Datetime(required=True, index=True)
    #: the earlier values of corrected fields, by record id
    old = fields.Json("Earlier values", required=True)
    #: how far the scheduled action is: the model and the id told last
    subject = fields.Char()
    after_id = fields.Integer("Told up to")

    # in the transaction of the correction

    @api.model
    def _affected(self, ledger, corrected):
        """Return (model, id) of open records that show corrected records.

        If there are too many, they are left to the scheduled action.

        :param ledger: the transaction's Ledger
        :param corrected: ids of records that may be corrected, by model
        """
        affected = set()
        for name, ids in corrected.items():
            shown = self.env["nshift.webhook.watcher"]._watched(name)
            if not (shown and shown.corrections):
                continue
            old = self._old_values(ledger, shown, name, ids)
            found = self._open(shown, old)
            if found is not None and len(ledger.affected | found) <= MOST_NOW:
                ledger.affected |= found
                affected |= found
            else:
                self._hand_over(ledger, name, old)
        return affected

    def _old_values(self, ledger, shown, name, ids):
        """Return the earlier values of fields that were really corrected.

        :return: by record id, the values by field name
        """
        records = self.env[name].browse(ledger.old(name, ids))
        # a translated field may be corrected in any language
        present = self.env(context={"prefetch_langs": True})
        with past_env(ledger, self.env.cr) as env:
            env = env(context=present.context)
            pasts = {
                field: field._get_cache(env)
                for field in fields_of(records, shown.corrected)
            }
        # fields without an earlier value were not changed
        pasts = {
            field: past
            for field, past in pasts.items()
            if not past.keys().isdisjoint(records._ids)
        }
        read(records, list(pasts))
        old = defaultdict(dict)
        for field, past in pasts.items():
            now = field._get_cache(present)
            for id_ in now.keys() & past.keys() & set(records._ids):
                if past[id_] != now[id_]:
                    old[id_][field.name] = past[id_]
        return old

    def _open(self, shown, old):
        """Return (model, id) of open records that show corrected records.

        Closed records are included if webhooks may start or stop following them. If
        nothing is found, this takes a single query.

        :param old: earlier values of the corrected records, by id
        :return: None if there is too much to look at
        """
        if not old:
            return set()
        if len(old) > MOST_CORRECTED:
            return None
        ways = []
        for correction in shown.corrections:
            if ids := _ids_with(old, correction.names):
                model = self.env[correction.subject].with_context(active_test=False)
                query = model._search(
                    Domain(correction.path, "in", ids), limit=MOST_FOUND + 1
                )
                id_column = SQL.identifier(query.table, "id")
                ways.append((correction, query.select(id_column)))
        # not by execute_query, which flushes
        self.env.cr.execute(
            SQL(" UNION ALL ").join(
                SQL("SELECT %s, %s, array(%s)", way.subject, way.decides, select)
                for way, select in ways
            )
        )
        found, decided = defaultdict(set), set()
        for subject, decides, ids in self.env.cr.fetchall():
            if len(ids) > MOST_FOUND:
                return None
            if decides:
                # records that webhooks start or stop following may be closed
                decided.update((subject, id_) for id_ in ids)
            else:
                found[subject].update(ids)
        return decided.union(
            (subject, id_)
            for subject, ids in found.items()
            if ids
            for id_ in self._select_open(subject, ids)
        )

    def _select_open(self, subject, ids):
        model = self.env[subject]
        return select_stored(
            model, Domain("id", "in", list(ids)) & model._nshift_webhook_open()
        )

    def _hand_over(self, ledger, name, old):
        """Leave corrections to the scheduled action, if this transaction is committed.

        :param str name: the corrected records' model
        :param old: their earlier values, by id
        """
        self.env.cr.execute(
            "INSERT INTO nshift_webhook_correction (res_model, happened_at, old) "
            "VALUES (%s, %s, %s)",
            (name, ledger.began, json.dumps(old, default=json_default)),
        )
        # sudo: scheduled actions are system administrators', but a user who may correct
        # a contact has its orders told
        self.env.ref("nshift_webhooks.cron_correct").sudo()._trigger()

    # in the background

    @api.model
    def _run(self):
        """Scheduled action: tell batch after batch, as long as Odoo lets it."""
        own = self.with_env(clean_env(self.env.cr))
        while lines := own._next():
            try:
                if not own._tell_all(lines):
                    return
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                raise
            except Exception as error:
                own._start_again()
                complain(error, "Corrections cannot be told")
            # corrections that cannot be told must not hold up later ones
            own.env.cr.execute(
                "DELETE FROM nshift_webhook_correction WHERE happened_at = %s",
                (lines[0][0],),
            )
            if not self.env["ir.cron"]._commit_progress(remaining=1):
                return

    def _next(self):
        """Return the lines of the earliest transaction."""
        self.env.cr.execute(
            """
            SELECT happened_at, res_model, old, subject, after_id
              FROM nshift_webhook_correction
             WHERE happened_at = (
                     SELECT min(happened_at) FROM nshift_webhook_correction
                   )
             ORDER BY id
            """
        )
        return self.env.cr.fetchall()

    def _tell_all(self, lines):
        """Tell of records that show corrected ones, from where the last run stopped.

        :param lines: the corrections, from :meth:`_next`
        :return: whether all records were told of, within the time for the action
        """
        happened_at, _name, _old, subject, after_id = lines[0]
        old = defaultdict(dict)
        for _happened_at, name, values_by_id, _subject, _after_id in lines:
            for id_, values in values_by_id.items():
                old[name].setdefault(int(id_), {}).update(values)
        keys = self._open_after(old, subject or "", after_id or 0)
        for start in range(0, len(keys), BATCH):
            for subject, batch in groupby(
                keys[start : start + BATCH], key=lambda key: key[0]
            ):
                ids = [id_ for _subject, id_ in batch]
                self._tell_patiently(old, subject, ids, happened_at)
                remaining = len(keys) - start - len(ids) + 1
                if not self.env["ir.cron"]._commit_progress(
                    len(ids), remaining=max(remaining, 1)
                ):
                    return False
        return True

    def _open_after(self, old, last_subject, after_id):
        """Return (model, id) of open records that show corrected ones, in order.

        :param old: earlier values of corrected records, by model and id
        :param str last_subject: the model of the record told last
        :param int after_id: the id of the record told last
        """
        found = set()
        for name, values_by_id in old.items():
            shown = self.env["nshift.webhook.watcher"]._watched(name)
            # a query for each way, so that each uses its index
            for correction in shown.corrections if shown else ():
                ids = _ids_with(values_by_id, correction.names)
                if ids and correction.subject >= last_subject:
                    model = self.env[correction.subject]
                    domain = Domain(correction.path, "in", ids)
                    if not correction.decides:
                        domain &= model._nshift_webhook_open()
                    ids = select_stored(model, domain)
                    found.update((correction.subject, id_) for id_ in ids)
        return sorted(key for key in found if key > (last_subject, after_id))

    def _tell_patiently(self, old, subject, ids, happened_at):
        """Tell of a batch, again if somebody saves one of its records meanwhile."""
        for left in reversed(range(TRIES)):
            try:
                self._tell(old, subject, self._untold(old, subject, ids, happened_at))
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                self._start_again()
                if not left:
                    raise
            else:
                break
        self.env.cr.execute(
            "UPDATE nshift_webhook_correction SET subject = %s, after_id = %s "
            "WHERE happened_at = %s",
            (subject, ids[-1], happened_at),
        )

    def _start_again(self):
        self.env.cr.rollback()
        self.env.invalidate_all(flush=False)

    def _untold(self, old, subject, ids, happened_at):
        """Return the records of a batch that are still to be told of.

        Records that are closed by now are left out, and records that the transaction of
        the corrections itself has told of or created.

        :param old: earlier values of corrected records, by model and id
        """
        self.env.cr.execute(
            SQL(
                """
                SELECT res_id FROM nshift_webhook_event
                 WHERE res_model = %(subject)s AND res_id = ANY(%(ids)s)
                   AND happened_at = %(happened_at)s
                 UNION
                SELECT id FROM %(table)s
                 WHERE id = ANY(%(ids)s) AND create_date = %(happened_at)s
                """,
                subject=subject,
                ids=ids,
                happened_at=happened_at,
                table=SQL.identifier(self.env[subject]._table),
            )
        )
        told = {id_ for (id_,) in self.env.cr.fetchall()}
        if not self._decides(old, subject):
            ids = self._select_open(subject, ids)
        return sorted(set(ids) - told)

    def _decides(self, old, subject):
        """Tell whether corrections may change which records of a model are followed."""
        watcher = self.env["nshift.webhook.watcher"]
        return any(
            correction.decides
            and correction.subject == subject
            and _ids_with(values_by_id, correction.names)
            for name, values_by_id in old.items()
            if (shown := watcher._watched(name))
            for correction in shown.corrections
        )

    def _tell(self, old, subject, ids):
        """Write the events of records, as if this transaction had made the corrections.

        :param old: earlier values of corrected records, by model and id
        """
        cr = self.env.cr
        ledger = ledger_of(cr)
        with past_env(ledger, cr) as env:
            for name, values_by_id in old.items():
                for id_, values in values_by_id.items():
                    _put(env[name].browse(id_), values)
                ledger.note_changed(name, values_by_id)
        self.env["nshift.webhook.outbox"]._look_at(ledger, subject, ids)
        # write now, where the caller can handle a conflict
        cr.flush()


def _ids_with(old, names):
    """Return the ids of the records in which one of some fields was corrected.

    :param old: by record id, the earlier values by field name
    :param names: the names of these fields
    """
    return [id_ for id_, values in old.items() if names & values.keys()]


def _put(record, values):
    """Put values into a record's cache."""
    # for translated fields, those in all languages
    env = record.with_context(prefetch_langs=True).env
    for name, value in values.items():
        # a field may have gone with its addon
        if field := record._fields.get(name):
            if field.type == "many2many":
                kept = tuple(value)
            elif getattr(field, "translate", False):
                kept = value
            else:
                kept = field.convert_to_cache(value, record, validate=False)
            field._get_cache(env)[record.id] = kept
