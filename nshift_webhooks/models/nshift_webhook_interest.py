from collections import defaultdict

import psycopg2
from psycopg2 import sql
from psycopg2.errors import UndefinedColumn, UndefinedTable

from odoo import api, models, tools

from ..capture.condition import deciding_paths
from ..capture.interest import Interest
from ..capture.ledger import has_ledger, ledger_of
from ..capture.shown import all_shown
from ..capture.subscription import Audience
from ..payload.custom import Chosen
from ..transaction import clean_env, savepoint

#: The key in ``cr.precommit.data`` for the Interest of a transaction that has changed
#: webhooks.
OWN = "nshift_webhooks.interest"
NOBODY = Interest({}, {}, Chosen({}))
#: The fields of webhooks that decide on their events, and on the form of messages.
FIELDS = (
    "type_ids",
    "company_id",
    "sale_channel_ids",
    "include_carts",
    "order_domain",
    "shipment_domain",
    "api_version",
    "thin_messages",
)


class NshiftWebhookInterest(models.AbstractModel):
    """Knows which records active webhooks follow.

    The Interest is cached in the registry as committed, and read on a cursor of its
    own: a transaction that began before a webhook was changed still sees its former
    settings, and would cache these for everybody. A transaction that has changed
    webhooks reads an Interest for itself, and keeps it until the next savepoint, which
    may be rolled back.
    """

    _name = "nshift.webhook.interest"
    _description = "Webhook interest"

    #: Counts the changes. As a part of the cache's key, the number keeps an Interest
    #: that was read during a commit from being found afterwards.
    _version = 0

    @api.model
    def _now(self):
        """Return the current Interest; an empty one while the addon is uninstalled."""
        if self.env["nshift.webhook.outbox"]._is_leaving:
            return NOBODY
        cr = self.env.cr
        if has_ledger(cr) and ledger_of(cr).has_changed_webhooks:
            kept = cr.precommit.data
            if OWN not in kept:
                kept[OWN] = self._read()
            return kept[OWN]
        # the sequence counts the changes by other processes
        version = self._version, self.pool.cache_sequences.get("default")
        try:
            return self._committed(version)
        except psycopg2.Error:
            # no connection is free, or this transaction has locked one of the tables
            return self._read()

    @api.model
    def _changed(self):
        """Forget the Interest, since this transaction has changed webhooks."""
        cr = self.env.cr
        ledger_of(cr).has_changed_webhooks = True
        cr.precommit.data.pop(OWN, None)
        self._changes_when_committed()

    @api.model
    def _changes_when_committed(self):
        """Forget the cached Interest when this transaction is committed."""
        # at the commit, other processes clear their caches, too
        self.pool.clear_cache()
        self.env.cr.postcommit.add(self._forget)

    def _forget(self):
        self.pool[self._name]._version += 1
        self.pool.clear_cache()

    @api.model
    @tools.ormcache("version")
    def _committed(self, version):
        """Return the Interest as committed.

        :param version: key of the cache: the changes that the Interest includes, at
            the least
        :raises psycopg2.Error: a table is locked, or no connection is free
        """
        if not self.pool.ready:
            try:
                return self._read()
            except (UndefinedTable, UndefinedColumn):
                # the addon is being installed or updated, and its tables come next
                return NOBODY
        with self.pool.cursor() as cr:
            tables = sql.SQL(", ").join(map(sql.Identifier, sorted(self._tables())))
            # an upgrade, perhaps this very transaction, may have locked the tables
            cr.execute(
                sql.SQL("LOCK TABLE {} IN ACCESS SHARE MODE NOWAIT").format(tables),
                log_exceptions=False,
            )
            return clean_env(cr)[self._name]._read()

    def _tables(self):
        """Return the names of the tables that :meth:`_read` reads."""
        webhook = self.env["nshift.webhook"]
        relations = [
            field for field in map(webhook._fields.get, FIELDS) if field.relational
        ]
        return {
            webhook._table,
            *(self.env[field.comodel_name]._table for field in relations),
            *(field.relation for field in relations if field.type == "many2many"),
            self.env["nshift.webhook.field"]._table,
            self.env["ir.model.fields"]._table,
        }

    def _read(self):
        """Return the Interest as this transaction sees it.

        :raises psycopg2.Error: such as while the addon's tables are missing
        """
        # the same for everybody: neither a user's rights nor a client's context count
        env = clean_env(self.env.cr)
        webhooks = env["nshift.webhook"]
        # before the savepoint, whose rollback would lose pending changes to webhooks
        webhooks.flush_model()
        env["nshift.webhook.type"].flush_model()
        with savepoint(env.cr):
            # only these columns: a database that is not upgraded yet may lack others
            webhooks = webhooks.with_context(prefetch_fields=False).search_fetch(
                [("active", "=", True)], FIELDS
            )
            chosen = env["nshift.webhook.field"]._read_chosen()
            audiences = {
                model._name: audience
                for model in env["nshift.webhook.subject"]._nshift_webhook_models()
                if (audience := self._audience_of(webhooks, model))
            }
        deciding = {
            name: {
                path
                for domain in audience.conditions.values()
                for path in deciding_paths(env.registry.models, env[name], domain)
            }
            for name, audience in audiences.items()
        }
        shown = all_shown(env.registry.models, chosen.names, deciding)
        return Interest(audiences, shown, chosen)

    def _audience_of(self, webhooks, model):
        """Return the Audience of a model's records, None if no webhook follows them."""
        subscriptions, conditions = defaultdict(list), {}
        for webhook in webhooks:
            # a webhook whose types have gone with their addon has no codes
            codes = [
                type_.code
                for type_ in webhook.type_ids
                if type_._subject() in model._nshift_webhook_subjects
            ]
            domain = webhook._followed_if(model) if codes else None
            if domain is None:
                continue
            subscription = webhook._subscription(domain)
            for code in codes:
                subscriptions[code].append(subscription)
            if subscription.condition:
                conditions[subscription.condition] = domain
        return Audience(subscriptions, conditions) if subscriptions else None
