"""Reading of columns by SQL statements that the ORM does not build; plain Python."""


def read_columns(records, fields):
    """Read columns into the ORM's cache.

    The ORM builds a statement from an object for each column, which takes longer than
    PostgreSQL needs for the answer.

    :param records: in an environment with ``prefetch_langs``
    :param fields: fields stored in columns of the records' own table
    """
    if records._table_query or any(field.company_dependent for field in fields):
        records._fetch_query(records._as_query(ordered=False), fields)
        return
    cr = records.env.cr
    columns = ", ".join(f'"{field.name}"' for field in fields)
    # names of tables and columns from the registry, no user's input
    query = f'SELECT id, {columns} FROM "{records._table}" WHERE id IN %s'  # noqa: S608
    cr.execute(query, (tuple(records._ids),))
    if rows := cr.fetchall():
        ids, *found_values = zip(*rows, strict=True)
        found = records.browse(ids)
        for field, values in zip(fields, found_values, strict=True):
            field._insert_cache(found, values)
