from io import BytesIO
from pathlib import Path

import polib

from odoo.tests import TransactionCase, tagged
from odoo.tools.translate import trans_export

TEXTS = Path(__file__).parents[1] / "i18n" / "nshift_webhooks.pot"


@tagged("post_install", "-at_install")
class TestTranslations(TransactionCase):
    """What translators are given."""

    def test_texts_are_those_of_the_addon(self):
        """`make translations` writes them anew."""
        exported = BytesIO()
        trans_export(False, ["nshift_webhooks"], exported, "po", self.env)
        now = {entry.msgid for entry in polib.pofile(exported.getvalue().decode())}
        kept = {entry.msgid for entry in polib.pofile(str(TEXTS))}
        self.assertEqual(now - kept, set(), "new ones: run `make translations`")
        self.assertEqual(kept - now, set(), "gone: run `make translations`")
