"""GHL's messages are read as they come on the wire, and a wrong one names its field."""

from datetime import UTC, datetime
from typing import Any

import pytest

from sentinel_cli.domain.model import Channel, Direction, Origin, Report
from sentinel_cli.errors import GhlShapeUnknown
from sentinel_cli.ghl import wire

from .rows import LOCATION, NOW, Json, call_row, exported, nested, sample, text_row


def report(row: Json) -> Report:
    [only] = wire.export_page(exported(row), LOCATION, NOW).reports
    return only


def test_an_exported_text_is_a_report() -> None:
    [text, _] = wire.export_page(sample("messages-export-1"), LOCATION, NOW).reports
    assert text == Report(
        origin=Origin.API,
        seen_at=NOW,
        at=datetime(2026, 6, 30, 1, 59, 22, 744000, tzinfo=UTC),
        at_is_receipt=False,
        channel=Channel.SMS,
        direction=Direction.INBOUND,
        kind="TYPE_SMS",
        message_id="MSGaaaaaaaaaaaaaab4",
        contact_id="CTCaaaaaaaaaaaaaaac1",
        conversation_id="CNVaaaaaaaaaaaaaaaa1",
        updated_at=datetime(2026, 6, 30, 1, 59, 23, 1000, tzinfo=UTC),
        outcome="delivered",
        text="hi",
    )


def test_an_exported_call_is_a_report() -> None:
    [_, call] = wire.export_page(sample("messages-export-1"), LOCATION, NOW).reports
    assert call == Report(
        origin=Origin.API,
        seen_at=NOW,
        at=datetime(2026, 6, 30, 0, 7, 38, 439000, tzinfo=UTC),
        at_is_receipt=False,
        channel=Channel.CALL,
        direction=Direction.OUTBOUND,
        kind="TYPE_CALL",
        message_id="MSGaaaaaaaaaaaaaab5",
        contact_id="CTCaaaaaaaaaaaaaaac1",
        conversation_id="CNVaaaaaaaaaaaaaaaa1",
        user_id="USRaaaaaaaaaaaaaaaa1",
        source="app",
        updated_at=datetime(2026, 6, 30, 0, 10, 20, tzinfo=UTC),
        outcome="completed",
        duration=157,
    )


def test_the_nested_messages_of_a_conversation_are_read() -> None:
    page = wire.messages_page(sample("conversation-messages-1"), LOCATION, NOW)
    assert [(each.channel, each.direction, each.outcome, each.duration) for each in page.reports] == [
        (Channel.CALL, Direction.OUTBOUND, "completed", None),
        (Channel.SMS, Direction.OUTBOUND, "delivered", None),
        (Channel.CALL, Direction.INBOUND, "no-answer", 0),
    ]


def test_the_flat_messages_of_the_vendors_openapi_are_read_too() -> None:
    page = wire.messages_page({"messages": [text_row()], "lastMessageId": "m", "nextPage": True}, LOCATION, NOW)
    assert (len(page.reports), page.next_cursor) == (1, "m")


@pytest.mark.parametrize(
    ("answer", "cursor", "has_more"),
    [
        (nested(text_row(7), last="m", more=True), "m", True),
        (nested(text_row(7), more=True), text_row(7)["id"], True),
        (nested(text_row(7), last="m", more=False), "m", False),
        (nested(more=True), None, True),
        ({"messages": {"messages": [text_row(7)]}}, text_row(7)["id"], None),
    ],
)
def test_a_conversations_page_tells_how_it_goes_on(answer: Json, cursor: str | None, has_more: bool | None) -> None:
    page = wire.messages_page(answer, LOCATION, NOW)
    assert (page.next_cursor, page.has_more) == (cursor, has_more)


@pytest.mark.parametrize(
    ("fields", "outcome"),
    [
        ({"status": "no-answer"}, "no-answer"),
        ({"status": "No_Answer"}, "no-answer"),
        ({"status": "completed", "meta": {"call": {"status": "busy"}}}, "busy"),
        ({"status": "completed", "meta": {"callStatus": "canceled"}}, "canceled"),
        ({"status": "completed", "callStatus": "cancelled"}, "canceled"),
        ({"status": "completed", "callStatus": "voicemail"}, "voicemail"),
        ({"status": "voicemail", "meta": {"call": {"status": "completed"}}}, "voicemail"),
        ({"status": "completed", "meta": {"callStatus": "Voice Mail"}}, "voicemail"),
        ({"status": "a word of tomorrow"}, "a-word-of-tomorrow"),
        ({"status": None, "meta": None}, None),
        ({"status": "completed", "meta": {"call": {}}}, "completed"),
    ],
)
def test_a_calls_outcome_is_found_wherever_ghl_puts_it(fields: Json, outcome: str | None) -> None:
    assert report(call_row(**fields)).outcome == outcome


@pytest.mark.parametrize(
    ("fields", "seconds"),
    [
        ({"meta": {"call": {"duration": 157}}}, 157),
        ({"meta": {"call": {"duration": 0}}}, 0),
        ({"meta": {"call": {"duration": None}}}, None),
        ({"meta": {"callDuration": "24"}}, 24),
        ({"callDuration": 31.0}, 31),
        ({"callDuration": ""}, None),
        ({}, None),
    ],
)
def test_a_calls_duration_is_unknown_rather_than_zero(fields: Json, seconds: int | None) -> None:
    assert report(call_row(**fields)).duration == seconds


@pytest.mark.parametrize("status", ["delivered", "failed", "opt_out", "scheduled"])
def test_a_texts_outcome_is_its_status(status: str) -> None:
    assert report(text_row(status=status)).outcome == status


@pytest.mark.parametrize(
    ("fields", "kind", "channel"),
    [
        ({"messageType": "TYPE_SMS", "type": 1}, "TYPE_SMS", Channel.SMS),
        ({"messageType": "CALL", "type": 1}, "TYPE_CALL", Channel.CALL),
        ({"messageType": None, "type": 10}, "TYPE_VOICEMAIL", Channel.CALL),
        ({"messageType": "", "type": 18}, "TYPE_INSTAGRAM", Channel.INSTAGRAM),
        ({"messageType": "TYPE_SMS_OF_TOMORROW", "type": 2}, "TYPE_SMS", Channel.SMS),
        ({"messageType": None, "type": "1"}, "TYPE_CALL", Channel.CALL),
        ({"messageType": "TYPE_ACTIVITY_OF_TOMORROW", "type": 77}, "TYPE_ACTIVITY_OF_TOMORROW", Channel.OTHER),
        ({"messageType": "TYPE_TELEPATHY", "type": 77, "direction": "outbound"}, "TYPE_TELEPATHY", Channel.OTHER),
        ({"messageType": None, "type": 77, "direction": "outbound"}, None, Channel.OTHER),
    ],
)
def test_a_rows_kind_is_its_name_else_its_number(fields: Json, kind: str | None, channel: Channel) -> None:
    read = report(text_row(**fields))
    assert (read.kind, read.channel) == (kind, channel)


@pytest.mark.parametrize("added", ["2026-11-23T13:00:00.000Z", "2026-11-23T07:00:00-06:00", 1795438800000])
def test_an_instant_is_iso_text_or_milliseconds(added: object) -> None:
    assert report(text_row(dateAdded=added)).at == datetime(2026, 11, 23, 13, tzinfo=UTC)


@pytest.mark.parametrize("updated", [None, "", " "])
def test_a_date_updated_may_be_missing(updated: object) -> None:
    assert report(text_row(dateUpdated=updated)).updated_at is None


@pytest.mark.parametrize(
    "strange",
    [
        {"dateAdded": 1795438800},  # seconds
        {"dateAdded": 1795438800000000},  # microseconds
        {"dateAdded": "2026-11-23T13:00:00"},
        {"dateAdded": "2026-11-23"},
        {"dateAdded": "2026-11-24T14:00:00.001Z"},  # more than a day ahead of our clock
        {"dateUpdated": "soon"},
        {"dateUpdated": 10**30},
        {"locationId": "LOCother"},
        {"messageType": "TYPE_TELEPATHY", "type": 77},
        {"messageType": "TYPE_TELEPATHY", "type": 77, "direction": None},
        {"messageType": "1"},
        {"type": [2]},
        {"userId": 12},
        {"userId": {}},
        {"source": ["app"]},
        {"status": True},
        {"body": {"text": "hi"}},
        {"id": "two words"},
        {"id": "M" * 101},
        {"contactId": "CTC\n1"},
        {"conversationId": 7},
    ],
    ids=str,
)
def test_a_field_in_another_form_is_named_and_never_taken_for_nothing(strange: Json) -> None:
    with pytest.raises(GhlShapeUnknown) as caught:
        report(text_row(**strange))
    assert caught.value.field == f"messages[0].{next(iter(strange))}"


@pytest.mark.parametrize(
    ("strange", "field"),
    [
        ({"meta": "odd"}, "meta"),
        ({"meta": {"call": "odd"}}, "meta.call"),
        ({"meta": {"call": {"duration": "157 s"}}}, "meta.call.duration"),
        ({"meta": {"call": {"status": 1}}}, "meta.call.status"),
        ({"callDuration": -1}, "callDuration"),
        ({"callDuration": True}, "callDuration"),
    ],
)
def test_a_call_s_field_in_another_form_is_named(strange: Json, field: str) -> None:
    with pytest.raises(GhlShapeUnknown) as caught:
        report(call_row(**strange))
    assert caught.value.field == f"messages[0].{field}"


def test_a_text_of_a_date_to_come_is_one_that_ghl_will_send() -> None:
    assert report(text_row(dateAdded="2026-12-01T14:00:00Z", status="scheduled")).outcome == "scheduled"


def test_half_a_character_in_a_text_is_replaced() -> None:
    assert report(text_row(body="Pump \ud83d")).text == "Pump \ufffd"


@pytest.mark.parametrize(("body", "text"), [("", None), (" ", None), (None, None), (" hi\n", " hi\n")])
def test_a_blank_body_is_no_text(body: str | None, text: str | None) -> None:
    assert report(text_row(body=body)).text == text


@pytest.mark.parametrize(("attachments", "has"), [(["https://x/1.jpg"], True), ([], False), (None, False)])
def test_an_attachment_is_noted(attachments: object, has: bool) -> None:
    assert report(text_row(attachments=attachments)).attachments is has


def test_a_row_that_names_no_location_is_ours() -> None:
    assert len(wire.export_page(exported(text_row(locationId=None)), LOCATION, NOW).reports) == 1


@pytest.mark.parametrize("name", ["id", "contactId", "dateAdded", "direction"])
def test_a_text_that_lacks_a_field_is_named(name: str) -> None:
    with pytest.raises(GhlShapeUnknown) as caught:
        wire.export_page(exported(text_row(), text_row(**{name: None})), LOCATION, NOW)
    assert caught.value.field == f"messages[1].{name}"


@pytest.mark.parametrize("name", ["id", "contactId", "dateAdded"])
def test_an_activity_row_that_lacks_a_field_is_passed_over(name: str) -> None:
    row = text_row(messageType="TYPE_ACTIVITY_OPPORTUNITY", type=28, **{name: None})
    assert wire.export_page(exported(row), LOCATION, NOW).reports == ()


def test_an_activity_row_needs_no_direction() -> None:
    assert report(text_row(messageType="TYPE_INTERNAL_COMMENT", type=35, direction=None)).direction is None


def test_a_row_without_any_type_is_not_passed_over() -> None:
    with pytest.raises(GhlShapeUnknown) as caught:
        wire.export_page(exported(text_row(messageType=None, type=None)), LOCATION, NOW)
    assert caught.value.field == "messages[0].messageType"


@pytest.mark.parametrize(
    ("answer", "field"),
    [
        ([], "answer"),
        (None, "answer"),
        ({}, "messages"),
        ({"messages": None}, "messages"),
        ({"messages": "none"}, "messages"),
        ({"messages": [text_row(), "row"]}, "messages[1]"),
        ({"messages": [text_row(dateAdded="yesterday")]}, "messages[0].dateAdded"),
        ({"messages": [text_row(direction="sideways")]}, "messages[0].direction"),
        ({"messages": [], "total": "some"}, "total"),
        ({"messages": [], "nextCursor": 12}, "nextCursor"),
    ],
)
def test_a_strange_export_names_its_first_wrong_field(answer: Any, field: str) -> None:
    with pytest.raises(GhlShapeUnknown, match="shape we do not know") as caught:
        wire.export_page(answer, LOCATION, NOW)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("answer", "field"),
    [
        ([], "answer"),
        ({}, "messages"),
        ({"messages": {}}, "messages"),
        ({"messages": {"messages": {}}}, "messages"),
        (nested(text_row(id="")), "messages[0].id"),
    ],
)
def test_a_strange_conversation_names_its_first_wrong_field(answer: Any, field: str) -> None:
    with pytest.raises(GhlShapeUnknown) as caught:
        wire.messages_page(answer, LOCATION, NOW)
    assert caught.value.field == field


def test_a_complaint_does_not_repeat_the_value() -> None:
    with pytest.raises(GhlShapeUnknown) as caught:
        wire.export_page(exported(text_row(dateAdded="call +12175550123")), LOCATION, NOW)
    assert "555" not in str(caught.value)


@pytest.mark.parametrize(
    ("total", "cursor", "read"),
    [(1, None, (1, 1, None)), ("12", "c", (1, 12, "c")), (None, "", (1, None, None))],
)
def test_an_export_page_tells_how_it_goes_on(total: object, cursor: object, read: tuple[object, ...]) -> None:
    page = wire.export_page({"messages": [text_row()], "total": total, "nextCursor": cursor}, LOCATION, NOW)
    assert (page.rows, page.total, page.next_cursor) == read
