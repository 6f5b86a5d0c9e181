"""What clients may call, whatever the user interface shows them."""

import pytest

from dev.api import ApiError
from dev.product import sign_in

PASSWORD = "webhooks-password"
PRIVATE = {
    "nshift.webhook": (
        "_record_health",
        "_rotate_keys",
        "_stop",
        "_subscriptions",
        "_forget_replaced_keys",
        "_write_health",
        "_read_health",
        "_note",
        "_wipe_due",
        "_read_weeks",
        "_read_waiting",
        "_count_given_up",
        "_with_condition_error",
        "_enable",
        "_delete_later",
        "_send_current_state",
        "_send_messages_again",
        "_test_endpoint",
        "_latest_followed",
        "_tell",
        "_tell_end",
        "_close_stopped",
        "_webhook_to_read",
        "_position_of",
        "_sign_position",
        "_revoke_keys",
        "_drop_client_secret",
        "_check_url",
        "_token_text",
        "_failed_text",
    ),
    "nshift.webhook.incident": ("_watch", "_tell"),
    "nshift.webhook.load": (
        "_start",
        "_start_resending",
        "_add",
        "_add_found",
        "_make_ready",
        "_stop",
        "_run",
        "_go_on",
    ),
    "nshift.webhook.mend": ("_open", "_send", "_first", "_selected_sql", "init"),
    "nshift.webhook.resend": ("_open", "_events", "init"),
    "nshift.webhook.batch": ("_add", "_run", "_do_next"),
    "nshift.webhook.body": ("_share", "_letting_go", "_remove_unused"),
    "nshift.webhook.correction": ("_affected", "_hand_over", "_run", "_tell_next"),
    "nshift.webhook.hour": (
        "_count_attempts",
        "_count_unbuilt",
        "_add",
        "_remove_old",
        "init",
    ),
    "nshift.webhook.total": (
        "_count_attempts",
        "_count_unbuilt",
        "_read_totals",
        "init",
    ),
    "nshift.webhook.overdue": ("_reasons", "_copied", "_stuck"),
    "nshift.webhook.monitoring": ("_state",),
    "nshift.webhook.monitoring.token": ("_keep",),
    "nshift.webhook.audit": ("_note",),
    "nshift.webhook.field": ("_chosen", "_read_chosen", "_choice_changed"),
    "nshift.webhook.interest": ("_now", "_changed", "_committed", "_read"),
    "nshift.webhook.vault": ("_take", "_put", "_drop", "_rename", "init"),
    "nshift.webhook.event": (
        "_delete_rows",
        "_record",
        "_lock_sent",
        "_write_attempts",
        "_write_outcomes",
        "_wipe",
        "_remove_old",
        "_wipe_some",
        "_remove_some",
        "_cutoffs",
        "_insert",
        "_as_manager",
        "_do",
        "_drop_waiting",
        "_send_again",
        "_known_as",
        "_message",
        "_about",
        "_among_newest",
        "_tell_of_answers",
        "_read_on",
        "_rows",
        "_late_rows",
        "_listed",
        "_place_at",
        "_place_last",
    ),
    "nshift.webhook.reader": ("_of", "_make_user", "_remove"),
    "res.users.apikeys": ("_check_credentials", "_generate"),
    "nshift.webhook.delivery": (
        "_deliver",
        "_wake_up",
        "_wake_up_at",
        "_deliver_all",
        "_deliver_overdue",
        "_remove_job",
    ),
    "nshift.webhook.runner": ("_watch", "_judge", "_end", "_describe"),
    "nshift.webhook.home": ("_settle",),
    "nshift.webhook.outbox": ("_build_again", "_build_test", "_thin"),
    "nshift.webhook.contract": ("_document",),
    "nshift.webhook.trial": ("_build", "_keep", "_open"),
    "nshift.webhook.curl": ("_open", "_event", "_command_of", "_set_signed_at"),
    "nshift.webhook.type": ("_places", "_in_log", "_leave_webhooks"),
    "ir.config_parameter": ("_nshift_webhooks_guard", "_nshift_webhooks_read"),
}


@pytest.fixture
def client(shop):
    """Log in as somebody new with certain groups."""

    def client(login, *groups):
        shop.api.create(
            "res.users",
            name=login,
            login=login,
            password=PASSWORD,
            group_ids=[shop.api.ref(group) for group in groups],
        )
        return sign_in(shop.odoo, login, PASSWORD)

    return client


def refused(call, *args, **kwargs):
    """The kind of exception with which a call is refused."""
    with pytest.raises(ApiError) as caught:
        call(*args, **kwargs)
    assert "whsec_" not in str(caught.value)
    return caught.value.name.rpartition(".")[2]


def test_private_methods_stay_private_for_administrators_too(shop):
    for model, methods in PRIVATE.items():
        for method in methods:
            assert refused(shop.api.call, model, method) in ("AccessError", "NotFound")


def test_who_may_not_see_webhooks_can_call_nothing(shop, client):
    hook = shop.hook()
    shop.order()
    [event] = shop.settled(hook)
    seller = client("rpcseller", "sales_team.group_sale_manager")
    for model, ids, methods in (
        (
            "nshift.webhook",
            [hook.id],
            "action_show_secret action_rotate_secret action_try_now action_delete "
            "action_pause action_enable action_send_current_state action_stop_load "
            "action_test action_test_connection action_mend action_make_catch_up_key "
            "make_catch_up_key revoke_catch_up_keys",
        ),
        (
            "nshift.webhook.event",
            [event["id"]],
            "action_send_again action_ask_to_send_again get_deletion_question "
            "action_cancel action_curl action_open_before "
            "action_open_after action_open_leading",
        ),
        ("nshift.webhook.home", [], "get_original"),
    ):
        for method in methods.split():
            outcome = refused(seller.call, model, method, ids)
            assert outcome == "AccessError", (model, method)
    for model in ("nshift.webhook", "nshift.webhook.event", "nshift.webhook.attempt"):
        assert refused(seller.search, model, [], "id") == "AccessError"
    domain = [("webhook_id.url", "like", "%")]
    assert refused(seller.search, "nshift.webhook.event", domain, "id") == "AccessError"
    assert shop.events(hook)[0]["state"] == "delivered"


def test_a_webhook_user_changes_nothing_and_finds_out_no_secret(shop, client):
    hook = shop.hook(
        has_key_pair=True, header_ids=[(0, 0, {"name": "X-Key", "value": "s3cret"})]
    )
    shop.order()
    [event] = shop.settled(hook)
    reader = client("rpcreader", "nshift_webhooks.group_webhook_user")
    seen = reader.call("nshift.webhook", "read", [hook.id])
    assert seen[0]["url"] == shop.receiver.url(hook.path)
    assert not {"secret", "header_ids", "internal_address"} & set(seen[0])
    for model, ids, method in (
        ("nshift.webhook", [hook.id], "action_show_secret"),
        ("nshift.webhook", [hook.id], "action_try_now"),
        ("nshift.webhook", [hook.id], "action_delete"),
        ("nshift.webhook", [hook.id], "action_pause"),
        ("nshift.webhook", [hook.id], "action_enable"),
        ("nshift.webhook", [hook.id], "action_send_current_state"),
        ("nshift.webhook", [hook.id], "action_stop_load"),
        ("nshift.webhook", [hook.id], "action_test"),
        ("nshift.webhook", [hook.id], "action_test_connection"),
        ("nshift.webhook", [hook.id], "action_mend"),
        ("nshift.webhook", [hook.id], "make_catch_up_key"),
        ("nshift.webhook", [hook.id], "revoke_catch_up_keys"),
        ("nshift.webhook", [], "catch_up"),
        ("nshift.webhook.event", [event["id"]], "action_send_again"),
        ("nshift.webhook.event", [event["id"]], "action_ask_to_send_again"),
        ("nshift.webhook.event", [event["id"]], "get_deletion_question"),
        ("nshift.webhook.event", [event["id"]], "action_cancel"),
        ("nshift.webhook.event", [event["id"]], "action_curl"),
        ("nshift.webhook.event", [event["id"]], "unlink"),
    ):
        assert refused(reader.call, model, method, ids) == "AccessError", method
    for wizard in (
        "enable",
        "load.dialog",
        "mend",
        "reader.key",
        "rotate",
        "secret",
        "trial",
    ):
        values = {"webhook_id": hook.id}
        outcome = refused(reader.create, f"nshift.webhook.{wizard}", **values)
        assert outcome == "AccessError", wizard
    for wizard in ("curl", "resend", "settle"):
        assert refused(reader.create, f"nshift.webhook.{wizard}") == "AccessError"
    # neither can it be guessed, letter by letter
    for model, field in (
        ("nshift.webhook", "secret"),
        ("nshift.webhook", "oauth_client_secret"),
        ("nshift.webhook", "header_ids.value"),
        ("nshift.webhook.event", "webhook_id.secret"),
        ("nshift.webhook.attempt", "event_id.webhook_id.secret"),
    ):
        domain = [(field, "=like", "%")]
        outcome = refused(reader.search, model, domain, "id")
        assert outcome in ("AccessError", "ValueError"), field
    for arguments in (
        {"groupby": ["secret"], "aggregates": ["__count"]},
        {"groupby": [], "aggregates": ["secret:max"]},
    ):
        outcome = refused(
            reader.call,
            "nshift.webhook",
            "formatted_read_group",
            domain=[],
            **arguments,
        )
        assert outcome == "AccessError"
    order = {"domain": [], "fields": ["id"], "order": "secret"}
    outcome = refused(reader.call, "nshift.webhook", "search_read", **order)
    assert outcome in ("AccessError", "UserError", "ValueError")


def test_not_even_an_administrator_reads_what_only_signs(shop):
    hook = shop.hook(
        has_key_pair=True, header_ids=[(0, 0, {"name": "X-Key", "value": "s3cret"})]
    )
    domain = [("webhook_id", "=", hook.id)]
    [header] = shop.api.search("nshift.webhook.header", domain, "name", "value")
    assert "s3cret" not in str(header)
    for model in (
        "vault",
        "health",
        "flight",
        "batch",
        "load",
        "load.part",
        "reader",
    ):
        outcome = refused(shop.api.search, f"nshift.webhook.{model}", [], "id")
        assert outcome == "AccessError", model


def test_a_refused_secret_is_not_repeated(shop):
    hook = shop.hook()
    with pytest.raises(ApiError) as caught:
        shop.api.write("nshift.webhook", hook.id, secret="whsec_tooshort")
    assert caught.value.name.endswith("ValidationError")
    assert "tooshort" not in str(caught.value)
