"""`make suites`: Odoo's own tests come out the same with the addon as without it."""

from . import odoo_config, postgres, template, testing

SUITES = ("sale", "sale_stock", "stock", "stock_delivery")
WEBHOOKS = """
types = env["nshift.webhook.type"].search([])
env["nshift.webhook"].create(
    [
        {"name": type_.name, "url": "https://example.com/", "type_ids": type_.ids}
        for type_ in types
    ]
    + [{"name": "All", "url": "https://example.com/", "type_ids": types.ids}]
)
env.cr.commit()
"""
SHOWN = 20
"""So many differences are printed."""


def main(arguments: list[str]) -> int:
    """Run the suites without the addon, and with a webhook for each type of event and
    one for all.

    :param arguments: paths of tests to run instead.
    """
    addons = odoo_config.addons_path()
    tests = [
        str(folder / name / "tests")
        for name in SUITES
        for folder in addons
        if (folder / name / "tests").is_dir()
    ]
    outcomes = {}
    with postgres.running() as connection:
        for part, addon in (("without", False), ("with", True)):
            with template.temporary_database(connection, addon=addon) as database:
                if addon:
                    odoo_config.run_in_shell(database, WEBHOOKS)
                # one process: the tests count queries, whose number depends on what
                # other tests have put into caches
                testing.run_in_odoo(database, part, [*(arguments or tests), "-q"])
            found = testing.outcomes_of([testing.report_of(part)])
            outcomes[part] = {test[1:]: outcome for test, outcome in found.items()}
    return _compare(outcomes["without"], outcomes["with"])


def _compare(
    without: dict[tuple[str, ...], str], having: dict[tuple[str, ...], str]
) -> int:
    """Print what differs; the exit code is 0 if nothing does, and something was run."""
    names = without.keys() | having.keys()
    different = sorted(name for name in names if without.get(name) != having.get(name))
    for name in different[:SHOWN]:
        print(
            f"{'::'.join(name)}: {without.get(name)} without the addon, "
            f"{having.get(name)} with webhooks"
        )
    failed = list(without.values()).count("failed")
    print(
        f"{len(names)} tests, of which {failed} fail without the addon; "
        f"{len(different)} come out otherwise with it"
    )
    return 1 if different or not names else 0
