"""`make others`: the addon's tests pass in whatever company it is.

That is without demo data, and with them beside other modules and in another language;
in both, warnings that come from the addon's code or name it are failures
(`tests/strict.py`).
"""

import os
from collections.abc import Iterator, Mapping

from . import errors, paths, postgres, setups, template, testing

PLUGIN = ("-p", "tests.strict")
TRANSACTIONS = str(paths.ROOT / "tests" / "transactions")
NOT_HERE = ("test_soak.py", "test_cost.py", "test_current_state_of_many.py")
"""Of tests/transactions: about time, memory and queries, whatever else is installed."""


def main(arguments: list[str]) -> int:
    """Run the addon's tests, and those of tests/transactions, in each set-up.

    :param arguments: pytest's, or paths of tests to run instead. ``ONLY`` chooses
        set-ups, also those that are a part of another.
    """
    names = os.environ.get("ONLY", "").split() or setups.BOTH
    if unknown := set(names) - setups.SETUPS.keys():
        raise errors.Problem(
            f"ONLY={' '.join(sorted(unknown))}: choose of {', '.join(setups.SETUPS)}."
        )
    lines, failed = [], False
    with postgres.running() as connection:
        for name in names:
            for part, outcomes in _run(connection, name, arguments):
                lines.append(f"{name:10} {part:13} {testing.counted(outcomes)}")
                # what is known so far, in case that somebody ends this
                print("\n".join(["", *lines]))
                failed |= "failed" in outcomes.values() or not outcomes
    return 1 if failed else 0


def _run(
    connection: postgres.Connection, name: str, chosen: list[str]
) -> Iterator[tuple[str, Mapping[tuple[str, ...], str]]]:
    """Run both kinds of tests in one set-up; yields each kind's outcomes."""
    parts = testing.split(chosen) if chosen else _all()
    setup = setups.SETUPS[name]
    # now, since it may take longer than a test may
    for modules in [setup.modules] if chosen else [setup.modules, template.MORE]:
        template.prepare(connection, modules, demo=setup.demo)
    if "addon" in parts:
        with setup.database(connection) as database:
            testing.run_in_odoo(
                database, "addon", ["--odoo-http", *PLUGIN, *parts["addon"]]
            )
        yield "addon", testing.outcomes_of([testing.report_of("addon")])
    if "e2e" in parts:
        env = {**os.environ, setups.VARIABLE: name}
        testing.run_pytest(
            "transactions", ["-p", "no:odoo", *PLUGIN, *parts["e2e"]], env
        )
        report = testing.report_of("transactions")
        yield "transactions", testing.outcomes_of([report])


def _all() -> dict[str, list[str]]:
    ignored = [f"--ignore={TRANSACTIONS}/{name}" for name in NOT_HERE]
    return {
        "addon": [str(testing.FOLDERS["addon"]), testing.AT_ONCE, "--dist=worksteal"],
        "e2e": [TRANSACTIONS, *ignored, testing.AT_ONCE, "--dist=loadfile"],
    }
