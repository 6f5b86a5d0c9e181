"""`make receiver`: the receiver to try webhooks with, which the demo's Odoo trusts."""

from receiver import nshift_webhooks_receiver

from . import certificate, paths

PORT = 8444
"""Beside the demo's receiver."""


def main(arguments: list[str]) -> int:
    """Receive until Ctrl-C.

    :param arguments: the receiver's. ``NSHIFT_WEBHOOK_SECRET`` has the secret.
    """
    files = certificate.ensure()
    return nshift_webhooks_receiver.main(
        [
            f"--port={PORT}",
            f"--keep={paths.ENV_DIR / 'received.jsonl'}",
            f"--certificate={files.certificate}",
            f"--key={files.key}",
            *arguments,
        ]
    )
