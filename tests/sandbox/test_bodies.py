"""The webhook bodies of a row are those GHL would post (GHL.md 2, 3)."""

from datetime import timedelta

import pytest

from sentinel_cli.sandbox.world import World

from .conftest import CASEY, LEE, NOON, PAT


@pytest.fixture
def account() -> World:
    return World.sample(clock=lambda: NOON)


def test_a_reply_has_a_numeric_type_and_its_text(account: World):
    body = account.workflow_body(account.inbound_text(PAT, "My pump is loud"))
    assert body["message"] == {"type": 2, "body": "My pump is loud"}


def test_its_custom_times_are_local_without_a_zone(account: World):
    custom = account.workflow_body(account.inbound_text(PAT, "Hi"))["customData"]
    assert (custom["Date"], custom["Time"]) == ("11/23/2026", "12:00 PM")


def test_it_has_no_event_id_and_no_event_time(account: World):
    body = account.workflow_body(account.inbound_text(PAT, "Hi"))
    assert {"id", "type", "webhookId", "messageId", "conversationId", "timestamp"} & set(body) == set()


def test_its_contact_is_an_attribution_object(account: World):
    body = account.workflow_body(account.inbound_text(PAT, "Hi"))
    assert body["contact"] == {"attributionSource": {}, "lastAttributionSource": {}}


def test_tags_are_a_comma_string(account: World):
    contact = account.add_contact("Al Stone", "+19405550120", tags=("vip", "pool plus"))
    assert account.workflow_body(account.inbound_text(contact.contact_id, "Hi"))["tags"] == "vip,pool plus"


def test_a_contact_without_phone_has_no_phone_key(account: World):
    contact = account.add_contact("Al Stone")
    assert "phone" not in account.workflow_body(account.inbound_text(contact.contact_id, "Hi"))


def test_a_secret_goes_to_the_custom_data(account: World):
    body = account.workflow_body(account.inbound_text(PAT, "Hi"), secret="a secret of sixteen")
    assert body["customData"]["sentinel_secret"] == "a secret of sixteen"


def test_a_missed_call_names_its_status(account: World):
    body = account.workflow_body(account.inbound_call(PAT, "busy"))
    assert body["message"] == {"type": 1, "body": "", "direction": "inbound", "status": "busy"}


def test_a_voicemail_has_a_route_and_no_message(account: World):
    body = account.workflow_body(account.voicemail(PAT))
    assert (body["voicemail_route"], "message" in body) == (["tech_sentinel"], False)


def test_a_call_is_marked_as_missed(account: World):
    assert account.workflow_body(account.inbound_call(PAT))["customData"] == {"sentinel_missed_call": "true"}


def test_no_workflow_is_triggered_by_staff(account: World):
    with pytest.raises(ValueError, match="customers only"):
        account.workflow_body(account.staff_text(PAT, CASEY, "Hi"))


def test_a_row_of_a_merged_contact_keeps_the_body_it_had(account: World):
    row = account.inbound_text(LEE, "Hi")
    account.merge_contacts(LEE, PAT)
    assert account.workflow_body(row)["contact_id"] == LEE


def test_an_app_event_names_message_conversation_and_time(account: World):
    row = account.inbound_text(PAT, "Hi", at=NOON - timedelta(minutes=6))
    body = account.app_body(row)
    assert (body["messageId"], body["conversationId"], body["dateAdded"], body["timestamp"]) == (
        row.message_id,
        row.conversation_id,
        "2026-11-23T17:54:00.000Z",
        "2026-11-23T18:00:00.000Z",
    )


@pytest.mark.parametrize(
    ("script", "word", "number", "name"),
    [
        (lambda w: w.inbound_text(PAT, "Hi"), "SMS", 2, "TYPE_SMS"),
        (lambda w: w.inbound_call(PAT), "CALL", 1, "TYPE_CALL"),
        (lambda w: w.voicemail(PAT), "CALL", 10, "TYPE_VOICEMAIL"),
        (lambda w: w.staff_call(PAT, CASEY, "voicemail"), "CALL", 1, "TYPE_CALL"),
        (
            lambda w: w.staff_call(PAT, None, kind="TYPE_VOICEMAIL", source="workflow"),
            "VoiceMail",
            10,
            "TYPE_VOICEMAIL",
        ),
        (lambda w: w.inbound_email(PAT, "Hi"), "Email", 3, "TYPE_EMAIL"),
    ],
)
def test_the_type_is_told_three_times(account: World, script, word: str, number: int, name: str):
    body = account.app_body(script(account))
    assert (body["messageType"], body["messageTypeId"], body["messageTypeString"]) == (word, number, name)


def test_a_staff_text_is_an_outbound_event_with_user_and_source(account: World):
    body = account.app_body(account.staff_text(PAT, CASEY, "Hi"))
    assert (body["type"], body["userId"], body["source"]) == ("OutboundMessage", CASEY, "app")


def test_a_voicemail_event_has_no_call_status(account: World):
    assert "callStatus" not in account.app_body(account.voicemail(PAT))


def test_a_call_event_has_status_and_length(account: World):
    body = account.app_body(account.inbound_call(PAT, "completed", 120))
    assert (body["callStatus"], body["callDuration"]) == ("completed", 120)


def test_a_repeated_event_has_the_same_webhook_id(account: World):
    row = account.inbound_text(PAT, "Hi")
    assert account.app_body(row)["webhookId"] == account.app_body(row)["webhookId"]


def test_a_changed_row_is_a_new_event(account: World):
    row = account.staff_text(PAT, CASEY, "Hi", status="pending")
    changed = account.update_message(row.message_id, status="failed")
    assert account.app_body(row)["webhookId"] != account.app_body(changed)["webhookId"]
