import hashlib

from odoo import api, models
from odoo.tools import SQL

from ..tables import add_index


class NshiftWebhookVault(models.Model):
    """The table of secrets: signing and client secrets, private keys, headers' values.

    The ORM knows the table but not its columns, so that no right, export, related
    field or prefetching leads to a value. The table has no constraints, because
    PostgreSQL shows the whole row when one is violated. The only statement that
    carries a value runs on a psycopg2 cursor, because Odoo's own cursor logs
    statements that fail, and in debug mode all of them.

    The methods check no rights: the owner's model decides who may know or set a value.

    A value belongs to a record, its owner, and has a name, such as ``secret``. Callers
    of ``_put`` and ``_rename`` have created or changed the owner in the same
    transaction, so that of two transactions at once only one gets through.
    """

    _name = "nshift.webhook.vault"
    _description = "Webhook secrets"
    _auto = False

    def init(self):
        self.env.cr.execute(
            """
            CREATE TABLE IF NOT EXISTS nshift_webhook_vault (
                id serial PRIMARY KEY,
                model varchar,
                res_id integer,
                name varchar,
                value varchar
            )
            """
        )
        add_index(
            self.env.cr,
            "nshift_webhook_vault_owner_index",
            SQL("nshift_webhook_vault (model, res_id)"),
        )

    @api.model
    def _put(self, record, name, value):
        """Keep a value for a record, in place of the former value.

        :param record: the owner
        :param str name: the value's name
        :param str value: the value; empty to keep none
        """
        self._drop(record, [name])
        if value:
            with self.env.cr.connection.cursor() as cursor:
                cursor.execute(
                    "INSERT INTO nshift_webhook_vault (model, res_id, name, value) "
                    "VALUES (%s, %s, %s, %s)",
                    (record._name, record.id, name, value),
                )

    @api.model
    def _take(self, records, name):
        """Return the values of a name, by the owner's id.

        :param records: the owners; the caller has checked who may know the values
        """
        rows = self.env.execute_query(
            SQL(
                "SELECT res_id, value FROM nshift_webhook_vault "
                "WHERE model = %s AND res_id = ANY(%s) AND name = %s ORDER BY id",
                records._name,
                records.ids,
                name,
            )
        )
        return dict(rows)

    @api.model
    def _number(self, record, name):
        """Return the number of a record's value, which no other value will ever have.

        :return: None if there is no value
        """
        rows = self.env.execute_query(
            SQL(
                "SELECT max(id) FROM nshift_webhook_vault "
                "WHERE model = %s AND res_id = %s AND name = %s",
                record._name,
                record.id,
                name,
            )
        )
        return rows[0][0]

    @api.model
    def _rename(self, record, name, new_name):
        """Move a record's value to another name, in place of the value there."""
        self._drop(record, [new_name])
        self.env.cr.execute(
            "UPDATE nshift_webhook_vault SET name = %s "
            "WHERE model = %s AND res_id = %s AND name = %s",
            (new_name, record._name, record.id, name),
        )

    @api.model
    def _drop(self, records, names):
        """Forget the records' values of these names."""
        self.env.cr.execute(
            "DELETE FROM nshift_webhook_vault "
            "WHERE model = %s AND res_id = ANY(%s) AND name = ANY(%s)",
            (records._name, records.ids, list(names)),
        )

    @api.model
    def _is_used_elsewhere(self, record, value):
        """Tell whether another record of the same model has the same value.

        :param str value: a key of many random bits: the query contains its digest
        """
        return bool(
            self.env.execute_query(
                SQL(
                    "SELECT FROM nshift_webhook_vault WHERE model = %s "
                    "AND res_id <> %s AND sha256(convert_to(value, 'UTF8')) = %s "
                    "LIMIT 1",
                    record._name,
                    record.id,
                    hashlib.sha256(value.encode()).digest(),
                )
            )
        )

    @api.model
    def _drop_orphans(self, model):
        """Forget the values of a model's deleted records, even if SQL deleted them."""
        self.env.cr.execute(
            SQL(
                "DELETE FROM nshift_webhook_vault AS vault WHERE model = %s "
                "AND NOT EXISTS (SELECT FROM %s WHERE id = vault.res_id)",
                model._name,
                SQL.identifier(model._table),
            )
        )
