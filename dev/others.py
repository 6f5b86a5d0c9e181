"""`make others`: the addon's tests pass in whatever company it is.

That is with demo data and without, beside other modules and in another language; in
each of these, warnings that come from the addon's code or name it are failures
(`dev/strict.py`).
"""

import os
import shlex
from collections.abc import Mapping

from . import errors, paths, postgres, setups, testing

PLUGIN = ("-p", "dev.strict")
TRANSACTIONS = str(paths.ROOT / "tests" / "transactions")
NOT_HERE = ("test_soak.py", "test_cost.py", "test_current_state_of_many.py")
"""Of tests/transactions: about time, memory and queries, whatever else is installed."""


def main(arguments: list[str]) -> int:
    """Run the addon's tests, and those of tests/transactions, in each set-up.

    :param arguments: pytest's, or paths of tests to run instead; ``ARGS`` names some
        too. ``ONLY`` chooses set-ups.
    """
    chosen = [*arguments, *shlex.split(os.environ.get("ARGS", ""))]
    names = os.environ.get("ONLY", "").split() or list(setups.SETUPS)
    if unknown := set(names) - setups.SETUPS.keys():
        raise errors.Problem(
            f"ONLY={' '.join(sorted(unknown))}: choose of {', '.join(setups.SETUPS)}."
        )
    lines, failed = [], False
    with postgres.running() as connection:
        for name in names:
            for part, outcomes in _run(connection, name, chosen).items():
                counted = [
                    f"{list(outcomes.values()).count(outcome)} {outcome}"
                    for outcome in ("passed", "failed", "skipped")
                ]
                lines.append(f"{name:10} {part:13} {', '.join(counted)}")
                failed |= "failed" in outcomes.values() or not outcomes
    print("\n".join(["", *lines]))
    return 1 if failed else 0


def _run(
    connection: postgres.Connection, name: str, chosen: list[str]
) -> Mapping[str, Mapping[tuple[str, ...], str]]:
    """Run both kinds of tests in one set-up; returns the outcomes of each."""
    found = {}
    parts = testing.split(chosen) if chosen else _all()
    if "addon" in parts:
        with setups.SETUPS[name].database(connection) as database:
            testing.run_in_odoo(
                database, "addon", ["--odoo-http", *PLUGIN, *parts["addon"]]
            )
        found["addon"] = testing.outcomes_of([testing.report_of("addon")])
    if "e2e" in parts:
        env = {**os.environ, setups.VARIABLE: name}
        testing.run_pytest(
            "transactions", ["-p", "no:odoo", *PLUGIN, *parts["e2e"]], env
        )
        report = testing.report_of("transactions")
        found["transactions"] = testing.outcomes_of([report])
    return found


def _all() -> dict[str, list[str]]:
    ignored = [f"--ignore={TRANSACTIONS}/{name}" for name in NOT_HERE]
    return {
        "addon": [str(testing.FOLDERS["addon"]), testing.AT_ONCE, "--dist=worksteal"],
        "e2e": [TRANSACTIONS, *ignored, testing.AT_ONCE, "--dist=loadfile"],
    }
