from io import BytesIO
from pathlib import Path

import polib

from odoo.tests import TransactionCase, tagged
from odoo.tools.translate import trans_export

TEXTS = Path(__file__).parents[1] / "i18n" / "nshift_webhooks.pot"


@tagged("post_install", "-at_install")
class TestTranslations(TransactionCase):
    """What translators are given."""

    def texts_of_others(self):
        """Return what other addons say of fields that they give to every model with a
        chatter, if there are such addons.
        """
        addon = self.env.ref("base.module_nshift_webhooks")
        below = addon.upstream_dependencies(exclude_states=("uninstallable",)) | addon
        known = set(below.mapped("name"))
        return {
            text
            for name, model in self.registry.items()
            if name.startswith("nshift.webhook")
            for field in model._fields.values()
            if field._module and field._module not in known
            for text in (field.string, field.help)
        }

    def test_texts_are_those_of_the_addon(self):
        """`make translations` writes them anew."""
        exported = BytesIO()
        trans_export(False, ["nshift_webhooks"], exported, "po", self.env)
        now = {entry.msgid for entry in polib.pofile(exported.getvalue().decode())}
        kept = {entry.msgid for entry in polib.pofile(str(TEXTS))}
        new = now - kept - self.texts_of_others()
        self.assertEqual(new, set(), "new ones: run `make translations`")
        self.assertEqual(kept - now, set(), "gone: run `make translations`")
