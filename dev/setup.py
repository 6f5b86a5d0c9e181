"""`make setup`: the environment with its template databases, ready to be used."""

from . import environment, paths, postgres, template


def main(_arguments: list[str]) -> int:
    """Prepare what tests and demo need."""
    with postgres.running() as connection:
        template.prepare(connection)
        odoo, server = environment.current_odoo(), connection.server_version()
    print(f"Ready: Odoo {odoo.version}, PostgreSQL {server}, in {paths.ENV_DIR}.")
    return 0
