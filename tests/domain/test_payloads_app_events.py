"""Marketplace-app bodies in every form that GHL.md 3 tells of."""

from datetime import UTC, datetime, timedelta

import pytest

from sentinel_cli.domain.model import Channel, Direction
from sentinel_cli.domain.payloads import Arrival, webhook_id_of

from .payload_bodies import RECEIVED, ROUTED, read, report, sample

UNTYPED = {"messageType": None, "messageTypeId": None, "messageTypeString": None}


def inbound(**changes):
    return sample("app-inbound-sms-doc-1", **changes)


def call(**changes):
    return sample("app-inbound-call-doc-1", **changes)


@pytest.mark.parametrize(
    ("types", "kind", "channel"),
    [
        ({"messageTypeString": "TYPE_SMS"}, "TYPE_SMS", Channel.SMS),
        ({"messageTypeId": 2}, "TYPE_SMS", Channel.SMS),
        ({"messageTypeId": "2"}, "TYPE_SMS", Channel.SMS),
        ({"messageTypeId": 2.0}, "TYPE_SMS", Channel.SMS),
        ({"messageType": "SMS"}, "TYPE_SMS", Channel.SMS),
        ({"messageType": "TYPE_SMS"}, "TYPE_SMS", Channel.SMS),
        ({"messageType": 2}, "TYPE_SMS", Channel.SMS),
        ({"messageType": "CALL"}, "TYPE_CALL", Channel.CALL),
        ({"messageType": "TYPE_CALL"}, "TYPE_CALL", Channel.CALL),
        ({"messageType": "CALL", "messageTypeId": 10}, "TYPE_VOICEMAIL", Channel.CALL),
        ({"messageType": "CALL", "messageTypeString": "TYPE_VOICEMAIL"}, "TYPE_VOICEMAIL", Channel.CALL),
        ({"messageType": "VoiceMail"}, "TYPE_VOICEMAIL", Channel.CALL),
        ({"messageType": "Voice Mail"}, "TYPE_VOICEMAIL", Channel.CALL),
        ({"messageType": "SMS", "messageTypeId": 24, "messageTypeString": "null"}, "TYPE_IVR_CALL", Channel.CALL),
        ({"messageType": "SMS", "messageTypeId": 999}, "TYPE_SMS", Channel.SMS),
        ({"messageType": "Email"}, "TYPE_EMAIL", Channel.EMAIL),
        ({"messageType": "WhatsApp"}, "TYPE_WHATSAPP", Channel.WHATSAPP),
        ({"messageType": "FB"}, "TYPE_FACEBOOK", Channel.FACEBOOK),
        ({"messageType": "IG"}, "TYPE_INSTAGRAM", Channel.INSTAGRAM),
        ({"messageType": "GMB"}, "TYPE_GMB", Channel.GMB),
        ({"messageType": "Live Chat"}, "TYPE_LIVE_CHAT", Channel.WEBCHAT),
        ({"messageTypeId": 17}, "TYPE_REVIEW", Channel.OTHER),
        ({"messageTypeId": 35}, "TYPE_INTERNAL_COMMENT", Channel.OTHER),
        ({"messageTypeString": "TYPE_SMS_REACTION"}, "TYPE_SMS_REACTION", Channel.SMS),
    ],
)
def test_it_knows_the_type_in_every_form(types, kind, channel):
    told = report(inbound(**UNTYPED | types))
    assert (told.kind, told.channel) == (kind, channel)


@pytest.mark.parametrize(
    ("changes", "channel"),
    [
        ({"messageType": "Custom"}, Channel.SMS),
        ({}, Channel.SMS),
        ({"body": "", "attachments": ["https://files.example/1.jpg"]}, Channel.SMS),
        ({"body": "", "attachments": []}, Channel.OTHER),
        ({"callStatus": "no-answer"}, Channel.CALL),
        ({"messageType": "Custom", "callDuration": 12}, Channel.CALL),
        ({"type": "OutboundMessage"}, Channel.OTHER),
        ({"type": "OutboundMessage", "messageType": "Custom"}, Channel.OTHER),
    ],
)
def test_a_type_nobody_knows_hides_no_customer_and_answers_none(changes, channel):
    assert report(inbound(**UNTYPED | changes)).channel is channel


@pytest.mark.parametrize(
    ("event", "direction", "expected"),
    [
        ("InboundMessage", "outbound", Direction.INBOUND),
        ("OutboundMessage", "inbound", Direction.OUTBOUND),
        ("OutboundMessage", None, Direction.OUTBOUND),
    ],
)
def test_the_event_decides_the_direction_of_a_text(event, direction, expected):
    assert report(inbound(type=event, direction=direction)).direction is expected


@pytest.mark.parametrize(
    ("event", "direction", "expected"),
    [
        ("OutboundMessage", "inbound", Direction.INBOUND),
        ("InboundMessage", "Outbound", Direction.OUTBOUND),
        ("InboundMessage", "null", Direction.INBOUND),
        ("OutboundMessage", "sideways", Direction.OUTBOUND),
    ],
)
def test_the_field_decides_the_direction_of_a_call(event, direction, expected):
    assert report(call(type=event, direction=direction)).direction is expected


@pytest.mark.parametrize(
    ("status", "call_status", "outcome"),
    [
        ("completed", "completed", "completed"),
        ("completed", "voicemail", "voicemail"),
        ("voicemail", "completed", "voicemail"),
        ("VoiceMail", None, "voicemail"),
        ("voice mail", None, "voicemail"),
        ("completed", "no_answer", "no-answer"),
        ("completed", "Not Answered", "no-answer"),
        ("cancelled", "", "canceled"),
        ("busy", "null", "busy"),
        ("ringing", None, "ringing"),
        (None, None, None),
        (7, ["busy"], "busy"),
    ],
)
def test_the_outcome_of_a_call_is_its_worst_place(status, call_status, outcome):
    assert report(call(status=status, callStatus=call_status)).outcome == outcome


@pytest.mark.parametrize(
    ("duration", "seconds"),
    [
        (120, 120),
        ("120", 120),
        ("59.9", 59),
        (24.0, 24),
        (0, 0),
        (None, None),
        ("", None),
        ("null", None),
        ("1:20", None),
        (-1, None),
        ("nan", None),
        ("inf", None),
        (float("nan"), None),
        (float("inf"), None),
        (10**400, None),
        (10**9, None),
        (True, None),
        ({}, None),
    ],
)
def test_a_duration_nobody_said_is_unknown_and_never_zero(duration, seconds):
    assert report(call(callDuration=duration)).duration == seconds


def test_a_text_has_no_duration():
    assert report(inbound(callDuration=5)).duration is None


@pytest.mark.parametrize(
    ("added", "at"),
    [
        ("2026-11-23T15:00:00.250Z", datetime(2026, 11, 23, 15, 0, 0, 250000, UTC)),
        ("2026-11-23T09:00:00-06:00", datetime(2026, 11, 23, 15, 0, tzinfo=UTC)),
        (1795446000000, datetime(2026, 11, 23, 15, 0, tzinfo=UTC)),
        ("1795446000000", datetime(2026, 11, 23, 15, 0, tzinfo=UTC)),
        ((RECEIVED + timedelta(days=1)).isoformat(), RECEIVED + timedelta(days=1)),
        ("2000-01-01T00:00:00Z", datetime(2000, 1, 1, tzinfo=UTC)),
    ],
)
def test_the_instant_is_the_events_not_the_receipts(added, at):
    told = report(inbound(dateAdded=added))
    assert (told.at, told.at_is_receipt) == (at, False)


@pytest.mark.parametrize(
    "added",
    [
        None,
        "",
        "null",
        "{{message.date}}",
        "yesterday",
        "2026-11-23T15:00:00",
        "2026-11-23",
        (RECEIVED + timedelta(days=1, milliseconds=1)).isoformat(),
        "1999-12-31T23:59:59Z",
        "0001-01-01T00:00:00+14:00",
        "9" * 25,
        "9" * 5000,
        1795446000,
        True,
        {"_seconds": 1795446000},
    ],
)
def test_an_unusable_event_time_leaves_the_receipt(added):
    told = report(inbound(dateAdded=added))
    assert (told.at, told.at_is_receipt) == (RECEIVED, True)


def test_the_update_of_a_message_has_its_own_instant():
    told = report(call(dateUpdated="2026-11-23T15:02:00Z"))
    assert told.updated_at == datetime(2026, 11, 23, 15, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("event", "ends", "phone"),
    [
        ("InboundMessage", {"from": "+12175550101", "to": "+12175550102"}, "+12175550101"),
        ("OutboundMessage", {"from": "+12175550101", "to": "+12175550102"}, "+12175550102"),
        ("OutboundMessage", {"from": "+12175550101", "to": ["(217) 555-0102"]}, "+12175550102"),
        ("InboundMessage", {"from": {}, "to": {}}, None),
        ("InboundMessage", {"from": "anonymous", "to": "+12175550102"}, None),
        ("InboundMessage", {"from": 12175550101, "to": None}, None),
        ("InboundMessage", {"from": 2175550101, "to": None}, "+12175550101"),
    ],
)
def test_the_customers_phone_is_at_the_other_end(event, ends, phone):
    assert report(inbound(type=event, **ends)).phone == phone


@pytest.mark.parametrize(
    ("attachments", "expected"),
    [(["u"], True), ([{"url": "u"}], True), ([], False), ([""], False), (None, False), ("u", False)],
)
def test_it_sees_attachments(attachments, expected):
    assert report(inbound(attachments=attachments)).attachments is expected


@pytest.mark.parametrize("source", [None, "", "null"])
def test_an_absent_source_is_not_said(source):
    assert report(inbound(source=source)).source is None


@pytest.mark.parametrize("location", ["", None, "null", "LOCaaaaaaaaaaaaaaaa1"])
def test_a_body_that_names_no_other_location_is_ours(location):
    assert read(inbound(locationId=location)).ignored is None


def test_a_message_of_nobody_is_still_a_message():
    found = read({"type": "InboundMessage", "body": "Hello?"})
    assert found.report is not None
    assert (found.contact_id, found.phone) == (None, None)


@pytest.mark.parametrize("event", ["Contact Create", "7up", "x" * 41, "<b>"])
def test_an_event_without_a_proper_name_is_unknown(event):
    assert read({"type": event, "webhookId": "1"}).ignored == "unknown-event"


def test_a_call_without_the_route_field_is_not_routed_where_one_is_asked_for():
    assert report(call(), policy=ROUTED).routed is False


def test_a_text_is_routed_whatever_the_call_route():
    assert report(inbound(), policy=ROUTED).routed is True


@pytest.mark.parametrize(
    "mark", [{"contact_id": "CTC1"}, {"customData": {}}, {"workflow": {}}, {"message": {"type": 2, "body": "Hi"}}]
)
def test_a_contact_dump_with_a_type_is_a_workflows(mark):
    assert report(
        {"type": "OutboundMessage", "phone": "2175550101", "message": {"type": 2, "body": "Hi"}} | mark
    ).at_is_receipt


def test_a_custom_body_with_a_type_is_a_missed_call_on_the_route_of_missed_calls():
    told = report(
        {"type": "InboundMessage", "contactId": "CTC1", "locationId": "LOCaaaaaaaaaaaaaaaa1"}, "unanswered_call"
    )
    assert (told.channel, told.reported_missed) == (Channel.CALL, True)


def test_a_root_type_that_is_no_event_is_passed_over_on_the_route_of_texts():
    assert (
        report(
            {"type": "lead", "locationId": "LOCaaaaaaaaaaaaaaaa1", "phone": "2175550101", "body": "Hi"}, "inbound_sms"
        ).text
        == "Hi"
    )


def test_a_type_alone_is_no_event():
    assert read({"type": "lead", "contactId": "CTC1"}).ignored == "no-message"


@pytest.mark.parametrize(
    ("body", "webhook_id"),
    [
        ({"type": "InboundMessage", "webhookId": "W1"}, "W1"),
        ({"type": "ContactCreate", "webhookId": "W1"}, "W1"),
        ({"type": "InboundMessage", "webhookId": "null"}, None),
        ({"type": "InboundMessage"}, None),
        ({"contact_id": "CTC1", "webhookId": "W1"}, None),
        ({"webhookId": "W1"}, None),
    ],
)
def test_only_an_apps_envelope_has_an_id_that_repeats(body, webhook_id):
    assert webhook_id_of(body, Arrival(route="ghl", received_at=RECEIVED)) == webhook_id
