from collections import defaultdict

from odoo import api, models

from ..capture.ledger import has_ledger, ledger_of
from ..capture.reading import fields_of, read, values_of
from ..transaction import harmless, past_env, savepoint, select_stored

LOG_ACCESS = frozenset(models.LOG_ACCESS_COLUMNS)


class NshiftWebhookWatcher(models.AbstractModel):
    """Notes changes of records, before they are made.

    The values that a transaction finds are kept, field by field, right before they are
    changed in the database: in a second ORM cache on the same cursor, the past. So the
    past has the old values of changed fields, and reads others from the database.
    """

    _name = "nshift.webhook.watcher"
    _description = "Webhook watcher"

    @api.model
    def _creating(self, model, data_list):
        """Note records about to be made: parts are made before ``_create`` returns.

        :param model: an empty recordset
        :param data_list: the argument of the ORM's ``_create``
        """
        with harmless("The creation of %s may not be told to webhooks", model):
            if not (shown := self._shown_new(model)):
                return
            ledger = ledger_of(self.env.cr)
            if shown.looks_back and shown.lists:
                with savepoint(self.env.cr), past_env(ledger, self.env.cr) as env:
                    stored = [data["stored"] for data in data_list]
                    self._keep_lists(env, ledger, shown, shown.lists, stored)
            ledger.under_way.append((model._name, data_list))

    @api.model
    def _created(self, records, data_list):
        """Note records that have just been made.

        :param data_list: see :meth:`_creating`
        """
        with harmless("The creation of %s may not be told to webhooks", records):
            if shown := self._shown_new(records):
                ledger = ledger_of(self.env.cr)
                ledger.created.update((records._name, id_) for id_ in records._ids)
                ledger.under_way = [
                    each for each in ledger.under_way if each[1] is not data_list
                ]
                parts = [part for part in shown.parts if part.is_found_new]
                with savepoint(self.env.cr):
                    if shown.lists:
                        # records that list the new ones show more than before
                        self._note_changed(ledger, records)
                    self._touch(ledger, shown, parts, records)

    @api.model
    def _linking(self, records, names):
        """Note many2many links and attachments that are about to change.

        :param names: names of the fields that are written or computed
        """
        with harmless("Changes to %s may not be told to webhooks", records):
            fields = map(records._fields.get, names)
            links = {
                field.name
                for field in fields
                if field
                and not field.column_type
                and field.store
                and field.type != "one2many"
            }
            if links and (shown := self._shown(records)):
                self._changing(shown, records, links, ())

    @api.model
    def _updating(self, records, vals_list):
        """Note columns that are about to change.

        :param vals_list: the values that ``_write_multi`` is called with
        """
        with harmless("Changes to %s may not be told to webhooks", records):
            if shown := self._shown(records):
                names = set().union(*vals_list) - LOG_ACCESS
                self._changing(shown, records, names, vals_list)

    def _changing(self, shown, records, names, vals_list):
        """Note the values of fields that are about to change.

        :param shown: the records' Shown
        :param names: names of these fields
        :param vals_list: the new values, which may move records between lists
        """
        cr = self.env.cr
        if shown.names is not None:
            names &= shown.names
        # without records that are only on a screen
        records = records.browse(filter(None, records._ids))
        kept = shown.kept_of(names)
        if not (names and records) or not (kept or has_ledger(cr)):
            return
        ledger = ledger_of(cr)
        if kept:
            self._keep(ledger, shown, records, kept, vals_list)
        with savepoint(cr):
            parts = [
                part for part in shown.parts if not part.names or part.names & names
            ]
            self._note_changed(ledger, records)
            self._touch(ledger, shown, parts, records, vals_list)
        if shown.corrected & names:
            ledger.corrected[records._name].update(records._ids)
            self.env["nshift.webhook.outbox"]._look_at(ledger, records._name, ())

    def _keep(self, ledger, shown, records, names, vals_list):
        """Have the past keep the values of fields that are about to change."""
        cr = self.env.cr
        with past_env(ledger, cr) as env:
            old = env[records._name].browse(ledger.old(records._name, records._ids))
            fields = fields_of(old, names | shown.parents)
            # without a savepoint: if these columns cannot be read, they cannot be
            # written either
            read(old, [field for field in fields if field.column_type])
            with savepoint(cr):
                # no payload reads fields in attachments
                read(old, [field for field in fields if field.type == "many2many"])
                lists = names & shown.lists.keys()
                self._keep_lists(env, ledger, shown, lists, vals_list, old)

    def _keep_lists(self, env, ledger, shown, names, vals_list, old=None):
        """Have the past keep the lists that records are put into or taken out of.

        :param names: names of the many2one fields that put records into lists
        :param vals_list: the records' new values
        :param old: the records in the past, None for new ones
        """
        for name in names:
            ids = {vals.get(name) for vals in vals_list}
            if old:
                ids |= values_of(old, name)
            for model, listing in shown.lists[name]:
                field = env[model]._fields[listing]
                read(env[model].browse(ledger.old(model, ids)), [field])

    @api.model
    def _deleting(self, records):
        """Note records about to be deleted, and others that the database changes."""
        with harmless("The deletion of %s may not be told to webhooks", records):
            references = self._references().get(records._name, ())
            if records and references and self._interest().audiences:
                for name, field in references:
                    self._touch_where(self.env[name], [(field, "in", records.ids)])
            self._touch_whole(records)

    @api.model
    def _touch_where(self, model, domain):
        """Note records that are about to change without the ORM's knowledge.

        :param domain: finds the records; pending changes are noted when written
        """
        with harmless("Changes to some %s may not be told to webhooks", model):
            if (shown := self._shown(model)) and (
                shown.looks_back or has_ledger(self.env.cr)
            ):
                # a user who deletes a payment term need not see its orders
                with savepoint(self.env.cr):
                    ids = select_stored(model, domain)
                self._touch_whole(model.browse(ids))
                if ids and shown.corrections:
                    self._correcting(shown, model.browse(ids))

    def _correcting(self, shown, records):
        """Note that SQL may change fields whose corrections are told."""
        ledger = ledger_of(self.env.cr)
        with past_env(ledger, self.env.cr) as env, savepoint(self.env.cr):
            old = env[records._name].browse(ledger.old(records._name, records._ids))
            fields = fields_of(old, shown.corrected)
            read(old, [field for field in fields if field.type == "many2many"])
        ledger.corrected[records._name].update(records._ids)
        self.env["nshift.webhook.outbox"]._look_at(ledger, records._name, ())

    @api.model
    def _touch_whole(self, records):
        """Note records of which anything may be changed, by whatever means."""
        cr = self.env.cr
        with harmless("Changes to %s may not be told to webhooks", records):
            shown = self._shown(records)
            if not (records and shown) or not (shown.looks_back or has_ledger(cr)):
                return
            ledger = ledger_of(cr)
            with savepoint(cr):
                self._note_changed(ledger, records)
                touched = self._touch(ledger, shown, shown.parts, records)
                if shown.looks_back:
                    with past_env(ledger, cr) as env:
                        ids = ledger.old(records._name, records._ids)
                        old = env[records._name].browse(ids)
                        # names in all languages
                        old.with_context(prefetch_langs=True).fetch()
                        # fetch() leaves out fields that administrators have added
                        read(old, [each for each in _columns(old) if each.manual])
            if shown.looks_back:
                for subject, ids in touched.items():
                    self.env["nshift.webhook.outbox"]._look_back(self.env[subject], ids)

    def _note_changed(self, ledger, records):
        ledger.note_changed(records._name, records._ids)
        if ledger.settled:
            # a settled record may show these
            self.env["nshift.webhook.outbox"]._look_at(ledger, records._name, ())

    def _touch(self, ledger, shown, parts, records, vals_list=()):
        """Have the next settlement look at the records that show these.

        :param parts: the Parts that the records are
        :param vals_list: new values, which may have a part's new parent
        :return: ids of the records to look at, by model
        """
        touched = defaultdict(set)
        for part in parts:
            ids = self._ids_with(ledger, shown, part, records, vals_list)
            touched[part.subject].update(filter(None, ids))
        for subject, ids in touched.items():
            self.env["nshift.webhook.outbox"]._look_at(ledger, subject, ids)
        return touched

    def _ids_with(self, ledger, shown, part, records, vals_list):
        """Return the ids of the records that these are parts of, were, or will be."""
        if not part.path:
            return records._ids
        if not part.parent:
            subject = self.env[part.subject]
            return select_stored(subject, [(part.path, "in", records.ids)])
        # sudo: a user who changes a line need not have the right to read the line
        ids = {vals.get(part.parent) for vals in vals_list}
        ids |= values_of(records.sudo(), part.parent)
        if shown.looks_back:
            with past_env(ledger, self.env.cr) as env:
                old = env[records._name].browse(ledger.old(records._name, records._ids))
                ids |= values_of(old, part.parent)
        return ids

    def _shown(self, records):
        """Return the Shown of a model; None if no webhook asks for it."""
        return self._watched(records._name)

    def _shown_new(self, model):
        """Return the Shown of a model if it matters which records are made, or None."""
        shown = self._shown(model)
        if shown and (
            shown.looks_back
            or any(not part.path for part in shown.parts)
            or (shown.parts and has_ledger(self.env.cr))
        ):
            return shown
        return None

    def _interest(self):
        return self.env["nshift.webhook.interest"]._now()

    @api.model
    def _watched(self, name):
        """Return the Shown of a model, as far as webhooks ask for it, or None."""
        interest = self._interest()
        if name not in interest.shown:
            return None
        if name not in interest.watched:
            interest.watched[name] = self._watch(name, interest)
        return interest.watched[name]

    def _watch(self, name, interest):
        shown, audiences = interest.shown[name], interest.audiences
        wanted, hearing, looks_back, kept = [], [], False, set()
        for subject in {subject for subject, _path in shown.paths} | {
            part.subject for part in shown.parts
        }:
            model = self.env[subject]
            if audience := audiences.get(subject):
                wanted.append(subject)
                looks_back |= self._hears_of_all(model, audience)
                if audience.is_selective and name == subject:
                    kept.update(model._nshift_webhook_deciding)
                if audience.hears_changes:
                    hearing.append(subject)
        return shown.only(wanted, looks_back, hearing, kept) or None

    def _readers(self, name):
        """Return the paths to a model on which not each of its changes is told.

        :return: set of (model that events tell about, path of fields to the model)
        """
        if not (shown := self._watched(name)):
            return set()
        told = {(part.subject, part.path) for part in shown.parts if not part.names}
        return shown.paths - told

    def _hears_of_all(self, model, audience):
        """Tell whether each change of records from before the transaction counts."""
        return bool(
            audience.hears_changes
            or audience.conditions
            or model._nshift_webhook_appears_late
        )

    @api.model
    def _references(self):
        """Return the fields that the database changes when other records are deleted.

        :return: lists of (model, field) by the model that the fields refer to
        """
        interest = self._interest()
        if interest.references is None:
            interest.references = self._find_references(interest.shown)
        return interest.references

    def _find_references(self, all_shown):
        references = defaultdict(list)
        for name, shown in all_shown.items():
            for field in self.env[name]._fields.values():
                if (
                    field.store
                    and field.name not in LOG_ACCESS
                    and (shown.parts or field.name in shown.corrected)
                    and (
                        field.type == "many2many"
                        or (field.type == "many2one" and field.ondelete == "set null")
                    )
                ):
                    references[field.comodel_name].append((name, field.name))
        return dict(references)


def _columns(model):
    """Return the fields that have a column in a model's table."""
    return [each for each in model._fields.values() if each.store and each.column_type]
