"""Workflow bodies of any trigger: what they report on which route (GHL.md 2, DESIGN §3 and §5)."""

import pytest

from sentinel_cli.domain.model import Channel, Direction

from .payload_bodies import RECEIVED, ROUTED, read, report, sample

LEE = {"contact_id": "CTCaaaaaaaaaaaaaaaa4", "phone": "+12175550123"}


def text_body(**changes):
    return LEE | {"message": {"type": 2, "body": "Hi"}, "workflow": {}, "customData": {}} | changes


@pytest.mark.parametrize(
    ("kind", "channel"),
    [
        (2, Channel.SMS),
        ("2", Channel.SMS),
        ("SMS", Channel.SMS),
        ("TYPE_SMS", Channel.SMS),
        (19, Channel.WHATSAPP),
        ("Facebook", Channel.FACEBOOK),
        (1, Channel.CALL),
        ("1", Channel.CALL),
        ("CALL", Channel.CALL),
        (10, Channel.CALL),
        (3, Channel.EMAIL),
        ("Email", Channel.EMAIL),
        (17, Channel.OTHER),
        ("TYPE_ACTIVITY_CONTACT", Channel.OTHER),
        ("Text", Channel.SMS),
        ("null", Channel.SMS),
        (None, Channel.SMS),
        (True, Channel.SMS),
        ([2], Channel.SMS),
        ({}, Channel.SMS),
    ],
)
@pytest.mark.parametrize("route", ["ghl", "inbound_sms"])
def test_the_type_of_a_message_is_read_as_number_or_word(kind, channel, route):
    assert report(text_body(message={"type": kind, "body": "Hi"}), route).channel is channel


@pytest.mark.parametrize(
    ("kind", "channel"), [(2, Channel.SMS), (None, Channel.SMS), ("Text", Channel.OTHER), (17, Channel.OTHER)]
)
def test_an_outbound_text_of_an_unknown_type_answers_nothing(kind, channel):
    told = report(text_body(message={"type": kind, "body": "Hi", "direction": "outbound"}), "inbound_sms")
    assert (told.channel, told.direction) == (channel, Direction.OUTBOUND)


@pytest.mark.parametrize(
    "more",
    [
        {"messageTypeId": 2},
        {"messageType": "SMS"},
        {"customData": {"Message Type": "SMS", "body": "Hi"}},
        {"customData": {"messageTypeId": "2", "Text": "Hi"}},
    ],
)
def test_a_type_may_stand_at_the_root_or_in_custom_data(more):
    told = report(LEE | {"body": "Hi"} | more)
    assert (told.channel, told.text) == (Channel.SMS, "Hi")


def test_a_contacts_own_field_is_no_message_type():
    assert report(text_body(message={"body": "Hi"}) | {"Message Type": "Email"}, "inbound_sms").channel is Channel.SMS


@pytest.mark.parametrize(
    "body",
    [
        {"message": {"body": "Pump is leaking"}},
        {"message": {"text": "Pump is leaking"}},
        {"message": {"type": 2}, "customData": {"Message": "Pump is leaking"}},
        {"message": {"type": 2, "body": "null"}, "customData": {"message": "Pump is leaking"}},
        {"message": {"type": 2, "body": "{{message.body}}"}, "customData": {"Message Body": " Pump is leaking "}},
        {"customData": {"body": "Pump is leaking"}},
        {"custom_data": {"Message": ["", "Pump is leaking"]}},
        {"message": "Pump is leaking"},
        {"body": "Pump is leaking"},
        {"messageBody": "Pump is leaking"},
    ],
)
def test_the_words_of_a_text_are_found_wherever_they_stand(body):
    told = report(LEE | body, "inbound_sms")
    assert (told.channel, told.direction, told.text) == (Channel.SMS, Direction.INBOUND, "Pump is leaking")


def test_the_message_object_has_the_first_word():
    told = report(text_body(customData={"Message": "an older note"}), "inbound_sms")
    assert told.text == "Hi"


def test_a_contacts_own_field_named_message_is_not_the_text():
    assert report(LEE | {"message": {"type": 2}, "Message": "From the web form"}, "inbound_sms").text is None


@pytest.mark.parametrize("message", [{}, {"type": 2}, {"body": ""}, {"attachments": ["u"]}])
def test_a_message_without_words_is_a_text_on_the_route_of_texts(message):
    told = report(LEE | {"message": message}, "inbound_sms")
    assert (told.channel, told.text, told.attachments) == (Channel.SMS, None, "attachments" in message)


@pytest.mark.parametrize("message", [None, "", "null", "{{message}}", [], 7.5e400])
def test_no_message_at_all_is_no_text(message):
    assert read(LEE | {"message": message}, "inbound_sms").ignored == "no-message"


@pytest.mark.parametrize("message", [{}, {"direction": "inbound"}, {"body": ""}])
def test_an_empty_message_says_nothing_on_the_open_route(message):
    assert read(LEE | {"message": message}).ignored == "no-message"


def test_a_type_of_no_known_name_without_words_is_no_customers():
    assert report(LEE | {"message": {"type": "Fax"}}).channel is Channel.OTHER


@pytest.mark.parametrize("word", ["no-answer", "Busy", "canceled", "voicemail", "missed", "completed", "ringing"])
@pytest.mark.parametrize("route", ["ghl", "inbound_sms"])
def test_an_untyped_message_with_a_calls_status_is_a_call(word, route):
    assert report(LEE | {"message": {"status": word}}, route).channel is Channel.CALL


@pytest.mark.parametrize("word", ["delivered", "failed", "pending"])
def test_an_untyped_message_with_a_texts_status_is_a_text(word):
    told = report(LEE | {"message": {"status": word}}, "inbound_sms")
    assert (told.channel, told.outcome) == (Channel.SMS, word)


def test_words_beside_a_calls_status_are_a_text():
    assert report(LEE | {"message": {"status": "completed", "body": "Hi"}}).channel is Channel.SMS


MISSED_FORMS = [
    {},
    {"message": {"type": 1, "direction": "inbound", "status": "no-answer"}},
    {"message": {"type": "CALL", "callStatus": "Busy"}},
    {"message": {"type": 1, "status": "completed", "callStatus": "voicemail"}},
    {"message": {"type": 10, "status": "completed"}},
    {"message": {"type": 2, "body": "an older text"}},
    {"message": {"type": 2, "body": "Sorry we missed you!", "direction": "outbound", "status": "delivered"}},
    {"message": {"type": 3, "body": "Invoice", "direction": "outbound", "status": "completed"}},
    {"call": {"status": "failed", "direction": "Inbound"}},
    {"triggerData": {"callStatus": "canceled"}},
    {"customData": {"Call Status": "Not Answered"}},
    {"customData": {"direction": "incoming", "status": "Voice Mail"}},
    {"callStatus": "missed"},
    {"status": "open"},
    {"Status": "Completed", "Direction": "Outbound"},
    {"customData": {"status": "VIP"}},
]


@pytest.mark.parametrize("body", MISSED_FORMS)
def test_a_body_on_the_route_of_missed_calls_is_one(body):
    told = report(LEE | body, "unanswered_call")
    assert (told.channel, told.direction, told.reported_missed) == (Channel.CALL, Direction.INBOUND, True)


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ({}, None),
        ({"message": {"status": "weird"}}, "weird"),
        ({"status": "open"}, None),
        ({"message": {"type": 2, "status": "delivered"}}, None),
        ({"customData": {"status": "VIP"}}, None),
        ({"customData": {"Call Status": "Not Answered"}, "message": {"status": "completed"}}, "no-answer"),
        ({"customData": {"Status": "voicemail"}, "message": {"callStatus": "completed"}}, "voicemail"),
        ({"call": {"status": "busy"}, "status": "failed"}, "busy"),
    ],
)
def test_the_outcome_of_a_missed_call_is_what_its_own_fields_say(body, outcome):
    assert report(LEE | body, "unanswered_call").outcome == outcome


@pytest.mark.parametrize(
    "body",
    [
        {"message": {"type": 1, "direction": "outbound", "status": "no-answer"}},
        {"direction": "Outgoing"},
        {"call_direction": "outbound"},
        {"call": {"direction": "outbound"}},
        {"triggerData": {"direction": "outbound"}},
        {"customData": {"Call Direction": "OUTBOUND"}},
    ],
)
def test_a_call_of_ours_is_no_missed_call(body):
    told = report(LEE | body, "unanswered_call")
    assert (told.channel, told.direction, told.reported_missed) == (Channel.CALL, Direction.OUTBOUND, False)


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ({"message": {"type": 1, "status": "completed"}}, "completed"),
        ({"callStatus": "Answered"}, "answered"),
        ({"status": "completed"}, "completed"),
        ({"customData": {"call_status": "connected"}}, "answered"),
        ({"call": {"status": "accepted"}}, "answered"),
    ],
)
def test_a_call_that_was_answered_is_no_missed_call(body, outcome):
    told = report(LEE | body, "unanswered_call")
    assert (told.channel, told.outcome, told.reported_missed) == (Channel.CALL, outcome, False)


@pytest.mark.parametrize("route", ["ghl", "inbound_sms"])
def test_a_typed_call_is_reported_with_its_outcome_on_any_route(route):
    told = report(LEE | {"message": {"type": 1, "status": "completed", "callDuration": "95"}}, route)
    assert (told.outcome, told.duration, told.reported_missed) == ("completed", 95, False)


@pytest.mark.parametrize(
    "body",
    [
        {"message": {"duration": 31}},
        {"call": {"callDuration": "31"}},
        {"customData": {"Call Duration": "31"}},
        {"callDuration": 31, "message": {"duration": None}},
    ],
)
def test_the_length_of_a_call_is_found_wherever_it_stands(body):
    assert report(LEE | body, "unanswered_call").duration == 31


def test_a_calls_own_words_are_kept():
    assert report(LEE | {"message": {"type": 10, "body": "Please call back"}}).text == "Please call back"


@pytest.mark.parametrize(
    "body", [{"customData": {"Message": "Missed at 10:31"}}, {"message": {"type": 2, "body": "old"}}]
)
def test_notes_and_older_texts_are_not_a_calls_words(body):
    assert report(LEE | body, "unanswered_call").text is None


@pytest.mark.parametrize("yes", ["1", "true", "True", "yes", True, 1, 1.0, "missed"])
def test_the_marker_of_a_missed_call_counts_at_any_depth(yes):
    body = LEE | {"a": [{"b": {"Sentinel Missed Call": yes}}]}
    assert report(body).reported_missed is True


@pytest.mark.parametrize("no", ["0", "false", "No", "", "null", "{{x}}", None, False, 0, {}, []])
def test_a_marker_that_says_no_is_none(no):
    assert read(LEE | {"customData": {"sentinel_missed_call": no}}).ignored == "no-message"


@pytest.mark.parametrize(
    "body", [{"message": {"type": 2}}, {"message": {"body": "Hi"}}, {"customData": {"Message": "Hi"}}]
)
def test_a_text_stays_a_text_on_its_route_whatever_the_marker(body):
    assert report(LEE | {"sentinel_missed_call": 1} | body, "inbound_sms").channel is Channel.SMS


def test_the_marker_yields_to_a_call_of_ours():
    told = report(LEE | {"sentinel_missed_call": 1, "direction": "outbound"})
    assert (told.direction, told.reported_missed) == (Direction.OUTBOUND, False)


@pytest.mark.parametrize(
    "route_field",
    [
        {"voicemail_route": "tech_sentinel"},
        {"Voicemail Route": " Tech_Sentinel "},
        {"voicemailRoute": "office, tech_sentinel"},
        {"voicemail_route": ["office", "tech_sentinel"]},
        {"voicemail_route": ["office,tech_sentinel"]},
        {"voicemail_route": '["office", "tech_sentinel"]'},
        {"voicemail_route": {"0": "tech_sentinel"}},
        {"customData": {"voicemail_route": "tech_sentinel"}},
        {"voicemail_route": "", "customData": {"VOICEMAIL ROUTE": ["tech_sentinel"]}},
    ],
)
def test_a_call_is_routed_when_its_field_holds_the_value(route_field):
    assert report(LEE | route_field, "unanswered_call", ROUTED).routed is True


@pytest.mark.parametrize(
    "route_field",
    [
        {},
        {"voicemail_route": "office"},
        {"voicemail_route": "tech_sentinel_2"},
        {"voicemail_route": None},
        {"voicemail_route": [["tech_sentinel"]]},
        {"voicemail_route": ["office", 7, None]},
        {"other": "tech_sentinel"},
        {"customData": "voicemail_route"},
    ],
)
def test_a_call_is_not_routed_when_its_field_lacks_the_value(route_field):
    assert report(LEE | route_field, "unanswered_call", ROUTED).routed is False


@pytest.mark.parametrize(
    ("custom", "conversation_id"),
    [
        ({"conversationId": "CNVaaaaaaaa1", "messageId": "MSGaaaaaaaa1"}, "CNVaaaaaaaa1"),
        ({"Conversation ID": "CNVaaaaaaaa1"}, "CNVaaaaaaaa1"),
        ({"conversationId": "{{conversation.id}}"}, None),
        ({"conversationId": "null"}, None),
        ({"conversationId": "none"}, None),
        ({"conversationId": "CTCaaaaaaaaaaaaaaaa4"}, None),
        ({}, None),
    ],
)
def test_a_mapped_conversation_is_taken_only_where_it_can_be_one(custom, conversation_id):
    assert report(text_body(customData=custom), "inbound_sms").conversation_id == conversation_id


def test_a_mapped_message_id_is_not_taken_since_a_wrong_one_would_make_one_message_of_many():
    told = report(text_body(customData={"messageId": "MSGaaaaaaaa1"}), "inbound_sms")
    assert told.message_id is None


def test_neither_the_contacts_creation_nor_mapped_times_are_the_instant():
    body = text_body(date_created="2026-01-06T10:00:00.000Z", customData={"Date": "01/06/2026", "Time": "10:31 AM"})
    assert report(body, "inbound_sms").at == RECEIVED


def test_a_static_webhook_id_of_a_workflow_is_not_an_events():
    assert read(text_body(webhookId="static"), "inbound_sms").webhook_id is None


@pytest.mark.parametrize("route", ["ghl", "inbound_sms", "unanswered_call"])
@pytest.mark.parametrize("body", [{}, {"customData": {}}, {"tags": "vip"}, {"contact_id": "null", "phone": ""}])
def test_a_body_of_nobody_that_tells_nothing_is_ignored(route, body):
    assert read(body, route).ignored == "no-contact"


def test_an_empty_message_of_nobody_is_ignored():
    assert read({"message": {}}, "inbound_sms").ignored == "no-contact"


@pytest.mark.parametrize(
    ("body", "route"),
    [
        ({"message": {"type": 2, "body": "Hi"}}, "inbound_sms"),
        ({"message": "Hi"}, "inbound_sms"),
        ({"message": {"type": 2}}, "ghl"),
        ({"message": {"status": "no-answer"}}, "unanswered_call"),
        ({"sentinel_missed_call": True}, "ghl"),
        ({"phone": "anonymous"}, "unanswered_call"),
    ],
)
def test_a_message_of_nobody_is_a_contact_of_its_own(body, route):
    found = read(body, route)
    assert found.report is not None
    assert (found.contact_id, found.phone) == (None, None)


def test_an_ignored_body_still_names_its_contact():
    found = read(sample("workflow-contact-tag-1"))
    assert (found.contact_id, found.contact_name) == ("CTCaaaaaaaaaaaaaaaa1", "Dana Example")


@pytest.mark.parametrize(
    "place", [{"locationId": "LOC2"}, {"location_id": "LOC2"}, {"location": {"id": "LOC2"}}, {"location": {"id": 2}}]
)
def test_a_body_of_another_location_is_ignored(place):
    assert read(text_body(**place), "inbound_sms").ignored == "other-location"


@pytest.mark.parametrize(
    "place", [{"location": "Dallas"}, {"location": {"id": ""}}, {"location": {}}, {"locationId": None}]
)
def test_a_body_of_no_named_location_is_ours(place):
    assert read(text_body(**place), "inbound_sms").ignored is None


def test_an_unknown_route_reads_as_the_open_one():
    assert report(text_body(), "something_else").channel is Channel.SMS
