"""`make receiver`: the receiver to try webhooks with, which the demo's Odoo trusts."""

import os
import shlex

from receiver import nshift_webhooks_receiver

from . import certificate, paths

PORT = 8444
"""Beside the demo's receiver."""


def main(_arguments: list[str]) -> int:
    """Receive until Ctrl-C.

    Environment: ``ARGS`` of the command, and the secret in ``NSHIFT_WEBHOOK_SECRET``.
    """
    files = certificate.ensure()
    return nshift_webhooks_receiver.main(
        [
            f"--port={PORT}",
            f"--keep={paths.ENV_DIR / 'received.jsonl'}",
            f"--certificate={files.certificate}",
            f"--key={files.key}",
            *shlex.split(os.environ.get("ARGS", "")),
        ]
    )
