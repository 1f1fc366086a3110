"""Whom a workflow's body tells of, wherever the id, the number and the name stand."""

import pytest

from .payload_bodies import read


@pytest.mark.parametrize(
    ("body", "contact_id"),
    [
        ({"contact_id": "CTC1"}, "CTC1"),
        ({"contactId": "CTC1"}, "CTC1"),
        ({"contact_id": 42}, "42"),
        ({"customData": {"ID": "CTC1"}}, "CTC1"),
        ({"customData": {"contact_id": "CTC1", "ID": "CTC2"}}, "CTC1"),
        ({"customData": {"Contact ID": "CTC1"}}, "CTC1"),
        ({"contact_id": "null", "customData": {"contactId": "CTC1"}}, "CTC1"),
        ({"contact_id": "{{contact.id}}", "customData": {"id": "CTC1"}}, "CTC1"),
        ({"contact_id": "CTC1", "customData": {"ID": "CTC2"}}, "CTC1"),
        ({"contact": {"id": "CTC1"}}, "CTC1"),
        ({"contact": {"contactId": "CTC1"}}, "CTC1"),
        ({"contact": {"id": "CTC1", "attributionSource": {}}}, None),
        ({"contact": {"id": "CTC1", "lastAttributionSource": None}}, None),
        ({"contact": "CTC1"}, None),
        ({"id": "OPP1"}, None),
        ({"contact_id": "no such id"}, None),
        ({"contact_id": "N/A"}, None),
        ({"contact_id": {}}, None),
        ({"contact_id": True}, None),
    ],
)
def test_the_contact_id_is_never_another_things(body, contact_id):
    assert read({"phone": "2175550101"} | body, "unanswered_call").contact_id == contact_id


@pytest.mark.parametrize(
    "body",
    [
        {"phone": "+12175550101"},
        {"phone": "(217) 555-0101"},
        {"phone": "217 555 0101"},
        {"phone": 2175550101},
        {"phone": 2175550101.0},
        {"phone": ["", "2175550101"]},
        {"phone": "null", "customData": {"Phone Number": "(217) 555-0101"}},
        {"phone": "{{contact.phone}}", "customData": {"phone": "2175550101"}},
        {"phone": "anonymous", "customData": {"Mobile": "2175550101"}},
        {"customData": {"phoneNumber": "2175550101"}},
        {"customData": {"PHONE-NUMBER": "2175550101"}},
        {"customData": {"Caller ID": "2175550101"}},
        {"customData": {"from": "2175550101"}},
        {"contact": {"phone": "2175550101"}},
        {"Phone Number": "2175550101"},
        {"from": "2175550101"},
        {"phone": "2175550101", "customData": {"phone": "2175550999"}},
    ],
)
def test_the_phone_is_found_in_any_spelling(body):
    assert read(body, "unanswered_call").phone == "+12175550101"


@pytest.mark.parametrize("body", [{"phone": "555"}, {"phone": "anonymous"}, {"phone": {}}, {"phone": True}, {}])
def test_what_cannot_be_dialled_is_no_phone(body):
    assert read({"contact_id": "CTC1"} | body, "unanswered_call").phone is None


def test_the_caller_of_an_outbound_call_is_us():
    body = {"contact_id": "CTC1", "from": "2175550999", "direction": "outbound"}
    assert read(body, "unanswered_call").phone is None


@pytest.mark.parametrize(
    "body",
    [
        {"full_name": "Lee Example"},
        {"full_name": "Lee Example", "first_name": "L"},
        {"first_name": "Lee", "last_name": "Example"},
        {"full_name": "null", "first_name": " Lee ", "last_name": "Example"},
        {"name": "Lee  Example"},
        {"first_name": "null", "customData": {"First Name": "Lee", "Last Name": "Example"}},
        {"customData": {"Full Name": "Lee Example"}},
        {"customData": {"name": "Lee\nExample"}},
        {"contact": {"name": "Lee Example"}},
    ],
)
def test_the_name_is_put_together(body):
    assert read({"contact_id": "CTC1"} | body, "unanswered_call").contact_name == "Lee Example"


@pytest.mark.parametrize(
    ("body", "name"),
    [({"first_name": "Lee", "last_name": "null"}, "Lee"), ({"last_name": "Example"}, "Example"), ({"name": ""}, None)],
)
def test_half_a_name_is_better_than_none(body, name):
    assert read({"contact_id": "CTC1"} | body, "unanswered_call").contact_name == name


def test_a_name_loses_what_a_database_cannot_hold():
    assert read({"contact_id": "CTC1", "full_name": "L\0ee \ud800"}, "unanswered_call").contact_name == "Lee \ufffd"
