from collections import defaultdict

from odoo import api, models, tools
from odoo.tools import SQL

#: A placeholder for the ids of the records whose lists are read.
_IDS = object()


class NshiftWebhookLists(models.AbstractModel):
    """Reads one2many and many2many fields with statements that are kept.

    The ORM makes a search for each reading, which takes longer than the database needs
    for the answer. Only the ids differ, so the ORM's statement is kept.
    """

    _name = "nshift.webhook.lists"
    _description = "Webhook lists"

    @api.model
    def _read(self, records, fields):
        """Read lists of records into the ORM's cache, in the ORM's order.

        :param fields: stored one2many and many2many fields of the records
        """
        ids = tuple(records._ids)
        names = tuple(field.name for field in fields)
        places, code, params = self._statement(records._name, names)
        for place in set(range(len(fields))) - set(places):
            fields[place].read(records)
        if not places:
            return
        params = [ids if param is _IDS else param for param in params]
        self.env.cr.execute(code, params)
        lists = {place: defaultdict(list) for place in places}
        for place, id_, item in self.env.cr.fetchall():
            lists[place][id_].append(item)
        for place, found in lists.items():
            fields[place]._insert_cache(records, [tuple(found[id_]) for id_ in ids])

    @api.model
    @tools.ormcache("name", "names")
    def _statement(self, name, names):
        """Return the statement that reads lists of records.

        :param str name: the model
        :param names: the names of the fields
        :return: the places in ``names`` of the fields that the statement reads, by
            which its rows are told apart; its SQL code; and its parameters
        """
        model = self.env[name]
        selects = {}
        for place, field_name in enumerate(names):
            if select := self._select(model, model._fields[field_name], place):
                selects[place] = SQL("(%s)", select)
        union = SQL(" UNION ALL ").join(selects.values())
        return tuple(selects), union.code, union.params

    def _select(self, model, field, place):
        """Return the SQL that reads a list; None if the field needs more than SQL."""
        if not field.get_comodel_domain(model).is_true():
            return None
        # as superuser, who reads payloads, whatever user the statement is made for
        listed = self.env[field.comodel_name].sudo().with_context(active_test=False)
        query = listed._search([], order=listed._order)
        item = SQL.identifier(listed._table, "id")
        if field.type == "many2many":
            owner = SQL.identifier(field.relation, field.column1)
            link = SQL.identifier(field.relation, field.column2)
            query.add_join("JOIN", field.relation, None, SQL("%s = %s", link, item))
        else:
            owner = SQL.identifier(listed._table, field.inverse_name)
            if not listed._fields[field.inverse_name].store:
                return None
        query.add_where(SQL("%s IN %s", owner, _IDS))
        return query.select(SQL("%s", place), owner, item)
