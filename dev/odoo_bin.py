"""The program that runs Odoo: a script, because Odoo runs ``sys.argv[0]`` again."""

import os
import sys
import threading
import time


def keep_measured() -> None:
    """Have a worker keep each second which code it has run: servers are killed.

    Not the server itself, which forks: another thread could hold a lock meanwhile.
    """
    from coverage import Coverage

    measured = Coverage.current()

    def keep() -> None:
        while measured:
            time.sleep(1)
            measured.save()

    threading.Thread(target=keep, daemon=True).start()


if __name__ == "__main__":
    # The script's own folder must not shadow other packages.
    sys.path[:] = [entry for entry in sys.path if entry != os.path.dirname(__file__)]
    if "COVERAGE_PROCESS_START" in os.environ:
        os.register_at_fork(after_in_child=keep_measured)
    import odoo.cli

    odoo.cli.main()
