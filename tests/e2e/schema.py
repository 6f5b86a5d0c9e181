"""What the addon makes of a database, to compare two databases by.

Each thing is a `Thing`: two of the same kind, place and name are one thing, which is
different if what is said of it is.
"""

import json
import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

Execute = Callable[..., list[tuple]]
"""Runs an SQL statement with its values; returns the rows."""


class Thing(NamedTuple):
    """One thing in a database.

    :param kind: such as ``column``.
    :param place: what it is in, such as a table.
    :param is_: what is said of it, None if it is just there.
    """

    kind: str
    place: str
    name: str
    is_: str | None

    def __str__(self) -> str:
        return " ".join(filter(None, self))

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes it the same thing in another database."""
        return self[:3]


CATALOGUE = """
    SELECT 'relation', relkind::text, relname::text, NULL
      FROM pg_class WHERE relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'column', attrelid::regclass::text, attname::text,
           concat_ws(' ', format_type(atttypid, atttypmod),
                     CASE WHEN attnotnull THEN 'not null' END,
                     'default ' || pg_get_expr(adbin, adrelid))
      FROM pg_attribute
      JOIN pg_class ON pg_class.oid = attrelid
      LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
     WHERE relnamespace = 'public'::regnamespace AND attnum > 0 AND NOT attisdropped
       AND relkind NOT IN ('i', 'I')
    UNION ALL
    SELECT 'index', tablename::text, indexname::text, indexdef
      FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL
    SELECT 'constraint', conrelid::regclass::text, conname::text,
           pg_get_constraintdef(oid)
      FROM pg_constraint WHERE connamespace = 'public'::regnamespace
       -- by turns what either of two fields of Odoo's says
       AND conname <> 'rule_group_rel_group_id_fkey'
    UNION ALL
    SELECT 'function', oid::regprocedure::text, '', NULL
      FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'trigger', tgrelid::regclass::text, tgname::text, NULL
      FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL
    SELECT 'type', typname::text, '', NULL
      FROM pg_type WHERE typnamespace = 'public'::regnamespace
"""
FIELDS = """
    SELECT 'field', model, name,
           concat_ws(' ', ttype, relation, relation_field, relation_table, related,
                     on_delete, CASE WHEN required THEN 'required' END,
                     CASE WHEN store THEN 'stored' END,
                     CASE WHEN index THEN 'index' END,
                     translate::text)
      FROM ir_model_fields WHERE state = 'base'
    UNION ALL
    SELECT 'selection value', field.model || '.' || field.name, choice.value, NULL
      FROM ir_model_fields_selection AS choice
      JOIN ir_model_fields AS field ON field.id = choice.field_id
     WHERE field.state = 'base'
"""
LINKS = {
    "rule_group_rel": ("ir.rule", "rule_group_id", "res.groups", "group_id"),
    "res_groups_implied_rel": ("res.groups", "gid", "res.groups", "hid"),
    "ir_ui_menu_group_rel": ("ir.ui.menu", "menu_id", "res.groups", "gid"),
}
"""Lists of records that are compared: the models and columns of both of their ends."""
OWN_BOOKKEEPING = frozenset(
    "id create_uid create_date write_uid write_date".split()
    # when a scheduled action ran
    + "lastcall nextcall failure_count first_failure_date".split()
    # of an Odoo view: when it was read from its file, and what it was before
    + "arch_updated arch_prev".split()
    # the ids of all that a record is under; parent_id says it, too
    + ["parent_path"]
)
"""Columns that say nothing of what a record is."""
REFERENCE = re.compile(r"([a-z_.]+),(\d+)")
"""A record of any model, as Odoo keeps it."""
BUTTON = re.compile(r'\bname="(\d+)"')
"""A view's button that opens an action."""
DESCRIBED = {
    "ir.model",
    "ir.model.constraint",
    "ir.model.fields",
    "ir.model.fields.selection",
    "ir.model.relation",
}
"""Odoo's descriptions of what `structure` compares itself."""


def structure(execute: Execute) -> set[Thing]:
    """The tables and fields of a database, but for those that people have made."""
    found = {Thing(*row) for row in execute(CATALOGUE) + execute(FIELDS)}
    return {each for each in found if not _is_peoples(each)}


def _is_peoples(thing: Thing) -> bool:
    # columns of fields that people add; sequences of their records
    return thing.name.startswith(("x_", "ir_sequence_"))


def records(execute: Execute, module: str) -> set[Thing]:
    """The records that a module's data have made, with what is in them."""
    names = {
        (model, id_): f"{owner}.{name}"
        for owner, name, model, id_ in execute(
            "SELECT module, name, model, res_id FROM ir_model_data"
        )
    }
    refers = {
        (model, name): relation
        for model, name, relation in execute(
            "SELECT model, name, relation FROM ir_model_fields WHERE ttype = 'many2one'"
        )
    }
    found = set()
    for (model,) in execute(
        "SELECT DISTINCT model FROM ir_model_data WHERE module = %s", module
    ):
        for name, noupdate, row in execute(
            "SELECT data.name, data.noupdate, to_jsonb(record)"
            f' FROM "{table_of(model)}" AS record'
            " JOIN ir_model_data AS data ON data.res_id = record.id"
            " WHERE data.module = %s AND data.model = %s",
            module,
            model,
        ):
            shown = {
                column: names.get((refers[model, column], value))
                if (model, column) in refers
                else _named(value, names)
                for column, value in row.items()
                if column not in OWN_BOOKKEEPING
            }
            text = None if model in DESCRIBED else json.dumps(shown, sort_keys=True)
            found.add(Thing("record", model, name, f"{text} noupdate={noupdate}"))
    return found | _links(execute, names, module)


def _named(value: object, names: dict) -> object:
    """A column's value with names instead of the ids that one database has."""
    if isinstance(value, dict):
        return {key: _named(each, names) for key, each in value.items()}
    if not isinstance(value, str):
        return value
    if match := REFERENCE.fullmatch(value):
        return names.get((match[1], int(match[2])), value)
    return BUTTON.sub(lambda match: f'name="{_action(int(match[1]), names)}"', value)


def _action(id_: int, names: dict) -> str:
    """The name of an action: those of all kinds have one sequence of ids."""
    kinds = {model for model, _id in names if model.startswith("ir.actions.")}
    found = [names[kind, id_] for kind in sorted(kinds) if (kind, id_) in names]
    return found[0] if found else str(id_)


def _links(execute: Execute, names: dict, module: str) -> set[Thing]:
    found = set()
    for table, (one_model, one, other_model, other) in LINKS.items():
        for ids in execute(f"SELECT {one}, {other} FROM {table}"):
            ends = [
                names.get((one_model, ids[0]), ""),
                names.get((other_model, ids[1]), ""),
            ]
            if any(end.startswith(f"{module}.") for end in ends):
                found.add(Thing("link", table, " to ".join(ends), None))
    return found


def table_of(model: str) -> str:
    """The table of one of the models that a module's data make records of."""
    return (
        model.replace("ir.actions.act_window", "ir.act_window")
        .replace("ir.actions.", "ir.act_")
        .replace(".", "_")
    )


def misfits(execute: Execute, models: str) -> set[Thing]:
    """Values in the database that are no choice of their selection field any more.

    :param models: pattern of the models' names, as for ``LIKE``.
    """
    found = set()
    for model, name, choices in execute(
        """
        SELECT field.model, field.name, array_agg(choice.value)
          FROM ir_model_fields AS field
          JOIN ir_model_fields_selection AS choice ON choice.field_id = field.id
          JOIN pg_attribute
            ON attrelid = to_regclass(replace(field.model, '.', '_'))
           AND attname = field.name
         WHERE field.store AND field.model LIKE %s
         GROUP BY field.model, field.name
        """,
        models,
    ):
        for (value,) in execute(
            f'SELECT DISTINCT "{name}" FROM "{table_of(model)}"'
            f' WHERE NOT "{name}" = ANY(%s)',
            choices,
        ):
            found.add(Thing("value", model, name, value))
    return found


def differences(upgraded: Iterable[Thing], fresh: Iterable[Thing]) -> list[str]:
    """What is not the same in two databases, a line for each thing."""
    upgraded, fresh = set(upgraded), set(fresh)
    return sorted(
        [f"only after an upgrade: {each}" for each in upgraded - fresh]
        + [f"only in a fresh installation: {each}" for each in fresh - upgraded]
    )
