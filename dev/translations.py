"""`make translations`: the addon's texts for translators, and what is theirs so far."""

import polib

from . import command, odoo_config, paths, postgres, template

FOLDER = paths.ADDON / "i18n"
TEXTS = FOLDER / "nshift_webhooks.pot"


def main(_arguments: list[str]) -> int:
    """Write the texts as they are now, and put new ones into each language's file."""
    export()
    texts = polib.pofile(str(TEXTS))
    for path in sorted(FOLDER.glob("*.po")):
        translated = polib.pofile(str(path), wrapwidth=0)
        translated.merge(texts)
        # what nobody reads any more
        for entry in translated.obsolete_entries():
            translated.remove(entry)
        translated.save()
        print(f"{path.name}: {translated.percent_translated()} %")
    return 0


def export() -> None:
    """Have Odoo write the texts."""
    with (
        postgres.running() as connection,
        template.temporary_database(connection) as database,
    ):
        config = odoo_config.write(database, "i18n.conf")
        program, script, chosen = odoo_config.arguments(config)
        FOLDER.mkdir(exist_ok=True)
        command.run(
            [program, script, "i18n", "export", chosen, "--languages", "pot"]
            + ["--output", TEXTS, paths.ADDON.name],
            "Exporting the addon's texts",
            "i18n.log",
            env=connection.environment(),
        )
