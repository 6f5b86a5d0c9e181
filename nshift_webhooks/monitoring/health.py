"""The health of all webhooks as JSON."""

from .state import State


def health(state: State) -> dict:
    """Return the health of all webhooks, to be written as JSON.

    :param State state: the state of all webhooks
    """
    oldest = [
        webhook.oldest_waiting_s
        for webhook in state.webhooks
        if webhook.oldest_waiting_s is not None
    ]
    return {
        "status": "overdue" if state.reasons else "ok",
        "reasons": [
            {"code": code, "text": text} for code, text in state.reasons.items()
        ],
        "job_runner_seen": state.runner_seen,
        "waiting": sum(webhook.waiting for webhook in state.webhooks),
        "oldest_waiting_seconds": max(oldest, default=None),
        "webhooks": [
            {
                "id": webhook.id,
                "name": webhook.name,
                "health": webhook.health,
                "waiting": webhook.waiting,
                "oldest_waiting_seconds": webhook.oldest_waiting_s,
            }
            for webhook in state.webhooks
        ],
        "webhooks_left_out": state.left_out,
    }
