from odoo import api, models
from odoo.fields import Domain
from odoo.orm.domains import DomainAnd
from odoo.tools import SQL, Query

#: In how many messages a text is looked for: the newest ones of those that all other
#: conditions leave. Of 1 KB each, they take 0.05 to 0.25 s, however long the log is.
MOST_READ = 10_000


class NshiftWebhookEvent(models.Model):
    """Events are found by their messages' text, among the newest ones only.

    An index of all texts would be larger than the log. An event is changed whenever an
    answer is recorded, and the index with it: that is too dear for what is seldom
    asked, and what people look for is found by orders and shipments.
    """

    _inherit = "nshift.webhook.event"

    @api.model
    def _search(self, domain, offset=0, limit=None, order=None, **kwargs):
        """By whatever door a text comes, it is not looked for in the whole log."""
        domain = Domain(domain)
        if any(_is_text(leaf) for leaf in domain.iter_conditions()):
            domain = self._among_newest(domain, **kwargs)
        return super()._search(domain, offset, limit, order, **kwargs)

    @api.model
    def _among_newest(self, domain, **kwargs):
        """Return a Domain in which messages are read last, and not more than some.

        :param kwargs: of :meth:`_search`
        """
        parts = domain.children if isinstance(domain, DomainAnd) else [domain]
        # with all that is asked together with a text: “this text, or that order”
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
    """Tell whether messages have to be read for a condition: not for whether there is
    one.
    """
    return condition.field_expr == "payload" and condition.value not in (
        False,
        None,
    )
