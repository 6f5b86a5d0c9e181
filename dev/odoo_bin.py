"""The program that runs Odoo: a script, because Odoo runs ``sys.argv[0]`` again."""

import os
import sys

if __name__ == "__main__":
    # The script's own folder must not shadow other packages.
    sys.path[:] = [entry for entry in sys.path if entry != os.path.dirname(__file__)]
    import odoo.cli

    odoo.cli.main()
