"""What the addon lives with: databases that its tests are run in."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass

from . import errors, odoo_config, template
from .postgres import Connection

VARIABLE = "NSHIFT_SETUP"
"""Names the set-up that tests/transactions runs in."""
SEVEN = (
    *template.STANDARD,
    "website_sale",
    "stock_dropshipping",
    "sale_mrp",
    "sale_loyalty",
    "stock_picking_batch",
    "purchase_stock",
    "sale_project",
)
SPEAK = """
code = {language!r}
env["res.lang"]._activate_lang(code)
modules = env["ir.module.module"].search([("state", "=", "installed")])
modules._update_translations([code])
env["ir.default"].set("res.partner", "lang", code)
partners = env["res.partner"].with_context(active_test=False)
partners.search([]).write({{"lang": code}})
env.cr.commit()
"""
"""All who are there, the company and its users among them, speak another language."""


@dataclass(frozen=True)
class Setup:
    """A database for tests.

    :param modules: what is installed besides the addon.
    :param demo: whether there are demo data.
    :param language: Odoo's code of what everybody speaks; empty: English.
    """

    modules: tuple[str, ...] = template.STANDARD
    demo: bool = True
    language: str = ""

    @contextlib.contextmanager
    def database(self, connection: Connection) -> Iterator[odoo_config.Database]:
        """A new database for the length of a ``with`` block."""
        with template.temporary_database(
            connection, self.modules, demo=self.demo
        ) as database:
            if self.language:
                code = SPEAK.format(language=self.language)
                odoo_config.run_in_shell(database, code)
            yield database


SETUPS = {
    "no-demo": Setup(demo=False),
    "everything": Setup(modules=SEVEN, language="sv_SE"),
    "standard": Setup(),
    "modules": Setup(modules=SEVEN),
    "swedish": Setup(language="sv_SE"),
}
BOTH = ("no-demo", "everything")
"""All there is to live with. The other set-ups tell what of it a failure comes from."""


def chosen() -> Setup:
    """The set-up that the environment names, else the standard one.

    :raises Problem: there is none of that name.
    """
    name = os.environ.get(VARIABLE, "standard")
    if name not in SETUPS:
        raise errors.Problem(f"{VARIABLE}={name}: choose one of {', '.join(SETUPS)}.")
    return SETUPS[name]
