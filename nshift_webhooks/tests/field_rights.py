"""Who may do what with each field of each model of the addon's: the list that
test_fields.py holds against the registry and tries through every door.

A field that is not in the list fails the test until somebody has decided who may read,
enter and change it. All of it is about records of one's own company: others' are out
of everybody's reach.
"""

#: Who there is, each with the rights of those before.
USER, MANAGER, ADMIN, NOBODY = "user", "manager", "admin", "nobody"
LEVELS = [USER, MANAGER, ADMIN, NOBODY]

#: (read, set at creation, changed afterwards), each the least that it takes.
SHOWN = (USER, NOBODY, NOBODY)
SETTING = (USER, MANAGER, MANAGER)
INSIDE = (ADMIN, NOBODY, NOBODY)
CLOSED = (NOBODY, NOBODY, NOBODY)
DIALOG = (MANAGER, NOBODY, NOBODY)
CHOSEN_ONCE = (MANAGER, MANAGER, NOBODY)

#: What Odoo itself adds to each model, and writes.
MAGIC = {
    "id": SHOWN,
    "display_name": SHOWN,
    "create_uid": SHOWN,
    "create_date": SHOWN,
    "write_uid": SHOWN,
    "write_date": SHOWN,
}
NO_LOG = {"id": SHOWN, "display_name": SHOWN}


def _of(rights, *names):
    return dict.fromkeys(names, rights)


FIELDS = {
    "nshift.webhook": {
        **MAGIC,
        **_of(
            SETTING,
            "name",
            "active",
            "url",
            "type_ids",
            "sale_channel_ids",
            "company_id",
            "include_carts",
            "order_domain",
            "shipment_domain",
            "wipe_messages",
            "parallel_requests",
            "request_timeout",
            "requests_per_second",
            "ordering",
            "user_id",
            "has_key_pair",
        ),
        # read: that there is one
        "secret": (MANAGER, MANAGER, MANAGER),
        "header_ids": (MANAGER, MANAGER, MANAGER),
        **_of(
            SHOWN,
            "audit_ids",
            "type_sentences",
            "channel_names",
            "has_carts",
            "condition_error",
            "public_key",
            "backoff_until",
            "failing_since",
            "stopped_reason",
            "stopped_at",
            "paused_at",
            "status",
            "progress",
            "load_text",
            "is_loading",
            "replaced_until",
            "is_internal",
            "is_backing_off",
            "event_ids",
            "event_count",
            "waiting_count",
            "last_delivery_at",
            "last_failure",
            "last_delivery",
            "host",
            "health",
            "health_text",
            "urgency",
            "condition_text",
            "waiting_text",
            "week_graph",
            "week_text",
            "success_text",
            "response_text",
        ),
        "internal_address": INSIDE,
    },
    # they come with addons
    "nshift.webhook.type": {
        **MAGIC,
        **_of(SHOWN, "code", "name", "description", "sequence", "active"),
    },
    "nshift.webhook.header": {
        **{name: (MANAGER, NOBODY, NOBODY) for name in MAGIC},
        "webhook_id": CHOSEN_ONCE,
        "name": (MANAGER, MANAGER, MANAGER),
        # read: that there is one
        "value": (MANAGER, MANAGER, MANAGER),
    },
    "nshift.webhook.event": {
        **NO_LOG,
        **_of(
            SHOWN,
            "webhook_id",
            "company_id",
            "event",
            "state",
            "response_code",
            "failure",
            "error",
            "received_at",
            "last_attempt_at",
            "attempt_count",
            "next_attempt_at",
            "standing",
            "situation",
            "about",
            "waits_for_id",
            "next_build_at",
            "build_count",
            "happened_at",
            "message_id",
            "payload",
            "payload_size",
            "payload_display",
            "is_wiped",
            "load_id",
            "is_bulk",
            "advice",
            "res_model",
            "res_id",
            "res_name",
            "attempt_ids",
        ),
    },
    "nshift.webhook.attempt": {
        **MAGIC,
        **_of(
            SHOWN,
            "event_id",
            "attempted_at",
            "duration_ms",
            "response_code",
            "response_body",
            "failure",
            "error",
        ),
        "address": INSIDE,
    },
    "nshift.webhook.hour": {
        **NO_LOG,
        **_of(
            SHOWN,
            "webhook_id",
            "hour",
            "is_unbuilt",
            "received",
            "failed",
            "given_up",
        ),
    },
    "nshift.webhook.audit": {
        **NO_LOG,
        **_of(
            SHOWN,
            "happened_at",
            "user_id",
            "user_name",
            "webhook_id",
            "webhook_name",
            "webhook_number",
            "company_id",
            "is_for_all",
            "action",
            "subject",
            "old",
            "new",
        ),
    },
    "nshift.webhook.field": {
        **{name: (MANAGER, NOBODY, NOBODY) for name in MAGIC},
        **_of((MANAGER, ADMIN, ADMIN), "model", "field_id", "key"),
        "problem": (MANAGER, NOBODY, NOBODY),
    },
    "nshift.webhook.health": _of(
        CLOSED,
        "id",
        "display_name",
        "webhook_id",
        "failures_in_a_row",
        "backoffs_in_a_row",
        "backoff_until",
        "failing_since",
        "unclear_in_a_row",
        "doubted_at",
        "failed_at",
        "failed_days",
        "failing_s",
        "stopped_reason",
        "stopped_at",
        "paused_at",
        "drop_up_to",
        "deleted_at",
        "internal_address",
        "replaced_until",
        "wipe_until",
        "stopped_activity_ids",
        "given_up_activity_ids",
        "given_up_count",
        "given_up_hour",
        "given_up_seen",
    ),
    "nshift.webhook.flight": _of(
        CLOSED, "id", "display_name", "webhook_id", "event_id", "announced_at"
    ),
    "nshift.webhook.runner": _of(
        CLOSED,
        "id",
        "display_name",
        "since",
        "cause",
        "jobs",
        "in_time_since",
        "activity_ids",
    ),
    "nshift.webhook.vault": _of(CLOSED, "id", "display_name"),
    "nshift.webhook.batch": _of(
        CLOSED, "id", "display_name", "webhook_id", "act", "number", "count", "total"
    ),
    "nshift.webhook.departure": _of(
        CLOSED, "id", "display_name", "picking_id", "left_at", "shown"
    ),
    "nshift.webhook.correction": _of(
        CLOSED,
        "id",
        "display_name",
        "res_model",
        "happened_at",
        "old",
        "subject",
        "after_id",
    ),
    "nshift.webhook.load": _of(
        CLOSED,
        "id",
        "display_name",
        "webhook_id",
        "what",
        "since",
        "state",
        "started_at",
        "finished_at",
        "total",
        "done_count",
        "told_count",
        "failed_count",
    ),
    "nshift.webhook.load.part": _of(
        CLOSED,
        "id",
        "display_name",
        "load_id",
        "res_model",
        "count",
        "is_first",
        "tries",
        "next_at",
    ),
    "nshift.webhook.sequence": _of(
        CLOSED, "id", "display_name", "res_model", "res_id", "number"
    ),
    "nshift.webhook.enable": {
        **_of(DIALOG, *MAGIC),
        "webhook_id": CHOSEN_ONCE,
        "waiting_count": DIALOG,
    },
    "nshift.webhook.rotate": {
        **_of(DIALOG, *MAGIC),
        "webhook_id": CHOSEN_ONCE,
        "hours": DIALOG,
    },
    "nshift.webhook.secret": {
        **_of(DIALOG, *MAGIC),
        "webhook_id": CHOSEN_ONCE,
        "secret": DIALOG,
        "secret_number": DIALOG,
        "public_key": DIALOG,
        "replaced_until": DIALOG,
    },
    "nshift.webhook.load.dialog": {
        **_of(DIALOG, *MAGIC),
        **_of((MANAGER, MANAGER, MANAGER), "webhook_id", "what", "since"),
        **_of(DIALOG, "has_selection", "hint", "count_text", "count"),
    },
    "nshift.webhook.resend": {
        **_of(DIALOG, *MAGIC),
        **_of(DIALOG, "text", "current_count", "has_others"),
    },
    "nshift.webhook.trial": {
        **_of(DIALOG, *MAGIC),
        "webhook_id": CHOSEN_ONCE,
        **_of(
            (MANAGER, MANAGER, MANAGER),
            "type_id",
            "res_model",
            "res_id",
            "is_previewed",
        ),
        **_of(
            DIALOG,
            "type_ids",
            "may_choose",
            "choice_domain",
            "hint",
            "message",
            "sent_at",
            "sent_what",
            "message_id",
            "response_code",
            "response_body",
            "duration_ms",
            "failure",
            "error",
            "result",
            "advice",
        ),
    },
    "nshift.webhook.settle": {
        **_of(DIALOG, *MAGIC),
        "original": DIALOG,
        "database": DIALOG,
        "waiting_count": DIALOG,
    },
}
