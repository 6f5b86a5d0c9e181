from odoo import api, models
from odoo.fields import Domain
from odoo.orm.domains import DomainAnd
from odoo.tools import SQL, Query

#: In how many messages a text is looked for: the newest that meet all other conditions.
#: Of 1 KB each, they take 0.05 to 0.25 s, however long the log is.
MOST_READ = 10_000


class NshiftWebhookEvent(models.Model):
    """The search for a text in messages, among the newest events only.

    An index of all texts would be larger than the log, and be updated whenever an
    answer is recorded. This is too dear for a rare search: people find events by their
    orders and shipments.
    """

    _inherit = "nshift.webhook.event"

    @api.model
    def _search(self, domain, offset=0, limit=None, order=None, **kwargs):
        """Look for texts among the newest events only, however a search is made."""
        domain = Domain(domain)
        if any(_is_text(leaf) for leaf in domain.iter_conditions()):
            domain = self._among_newest(domain, **kwargs)
        return super()._search(domain, offset, limit, order, **kwargs)

    @api.model
    def _among_newest(self, domain, **kwargs):
        """Return a Domain that reads only the newest events' messages.

        These are the newest that meet the conditions on other fields.

        :param kwargs: the further arguments of :meth:`_search`
        """
        parts = domain.children if isinstance(domain, DomainAnd) else [domain]
        # a part such as “this text, or that order” counts as asking for a text
        asked, others = [], []
        for part in parts:
            has_text = any(map(_is_text, part.iter_conditions()))
            (asked if has_text else others).append(part)
        newest = self._search(
            Domain.AND(others), limit=MOST_READ, order="id desc", **kwargs
        )
        if newest.is_empty():
            return Domain.FALSE
        every = SQL("%s.*", SQL.identifier(newest.table))
        found = Query(self.env, "newest", SQL("(%s)", newest.select(every)))
        condition = Domain.AND(asked).optimize_full(self)
        found.add_where(condition._to_sql(self, "newest", found))
        ids = found.select(SQL.identifier("newest", "id"))
        return Domain.custom(
            to_sql=lambda _model, alias, _query: SQL(
                "%s IN (%s)", SQL.identifier(alias, "id"), ids
            )
        )


def _is_text(condition):
    """Tell whether a condition is on the texts of messages, not on their presence."""
    return condition.field_expr == "payload" and condition.value not in (
        False,
        None,
    )
