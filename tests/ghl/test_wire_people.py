"""Conversations, contacts, users and acceptances are read as they come on the wire, and a wrong one names its field."""

from typing import Any

import pytest

from sentinel_cli.domain.model import User
from sentinel_cli.errors import GhlShapeUnknown
from sentinel_cli.ghl import wire
from sentinel_cli.ports import ContactCard, Conversation, LocationCard, Sent

from .rows import LOCATION, Json, found, sample

AT = 1795438800000


def test_a_search_shows_conversations() -> None:
    page = wire.search_page(sample("conversations-search-1"), LOCATION, "US")
    assert [each.conversation for each in page.found] == [
        Conversation(
            conversation_id="CNVaaaaaaaaaaaaaaaa1",
            contact_id="CTCaaaaaaaaaaaaaaac1",
            name="Lee Example",
            phone="+12175550123",
        )
    ]


@pytest.mark.parametrize(
    ("fields", "edge"),
    [({"sort": [5]}, 5), ({"sort": []}, AT), ({"sort": ["5"]}, 5), ({}, AT), ({"lastMessageDate": None}, None)],
)
def test_a_search_goes_on_after_its_last_row(fields: Json, edge: int | None) -> None:
    page = wire.search_page({"conversations": [found(1, AT), {**found(2, AT), **fields}]}, LOCATION, "US")
    assert (page.rows, page.edge) == (2, edge)


@pytest.mark.parametrize("name", ["id", "contactId"])
def test_a_conversation_that_lacks_an_id_is_named(name: str) -> None:
    with pytest.raises(GhlShapeUnknown) as caught:
        wire.search_page({"conversations": [found(1, AT, **{name: None})]}, LOCATION, "US")
    assert caught.value.field == f"conversations[0].{name}"


def test_a_contact_is_read() -> None:
    assert wire.contact_card(sample("contact-1"), "US") == ContactCard(
        contact_id="CTCaaaaaaaaaaaaaaac1", name="Lee Example", phone="+12175550123", sms_blocked=True
    )


@pytest.mark.parametrize(
    ("fields", "blocked"),
    [
        ({}, False),
        ({"dnd": False, "dndSettings": {"SMS": {"status": "inactive"}}}, False),
        ({"dnd": False, "dndSettings": {"Call": {"status": "active"}}}, False),
        ({"dnd": False, "dndSettings": {"SMS": {"status": "active"}}}, True),
        ({"dnd": False, "dndSettings": {"SMS": {"status": "permanent"}}}, True),
        ({"dnd": True}, True),
        ({"dndSettings": []}, False),
    ],
)
def test_texts_are_blocked_by_dnd(fields: Json, blocked: bool) -> None:
    assert wire.contact_card({"contact": {"id": "c", **fields}}, "US").sms_blocked is blocked


@pytest.mark.parametrize(
    ("phone", "dialable"),
    [("(217) 555-0123", "+12175550123"), ("+44 20 7946 0958", "+442079460958"), ("12", None), ("", None), (None, None)],
)
def test_a_phone_is_given_in_e164(phone: str | None, dialable: str | None) -> None:
    assert wire.contact_card({"contact": {"id": "c", "phone": phone}}, "US").phone == dialable


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"name": "Lee Example"}, "Lee Example"),
        ({"contactName": "Lee"}, "Lee"),
        ({"firstName": "Lee", "lastName": "Example"}, "Lee Example"),
        ({"lastName": "Example"}, "Example"),
        ({"name": " "}, None),
    ],
)
def test_a_contact_is_called_by_what_is_known(fields: Json, name: str | None) -> None:
    assert wire.contact_card({"contact": {"id": "c", **fields}}, "US").name == name


@pytest.mark.parametrize(("answer", "field"), [({}, "contact"), ({"contact": {}}, "contact.id"), ("", "answer")])
def test_a_strange_contact_names_its_field(answer: Any, field: str) -> None:
    with pytest.raises(GhlShapeUnknown) as caught:
        wire.contact_card(answer, "US")
    assert caught.value.field == field


def test_users_are_read() -> None:
    assert wire.users(sample("users-1")) == (User(user_id="USRaaaaaaaaaaaaaaaa1", name="Casey Owner", role="admin"),)


@pytest.mark.parametrize(("answer", "field"), [({}, "users"), ({"users": [{}]}, "users[0].id")])
def test_strange_users_name_their_field(answer: Any, field: str) -> None:
    with pytest.raises(GhlShapeUnknown) as caught:
        wire.users(answer)
    assert caught.value.field == field


def test_an_acceptance_is_read() -> None:
    assert wire.sent(sample("send-message-ok-1")) == Sent(
        message_id="MSGaaaaaaaaaaaaaac1", conversation_id="CNVaaaaaaaaaaaaaaaa1"
    )


def test_an_acceptance_needs_a_message_id() -> None:
    with pytest.raises(GhlShapeUnknown) as caught:
        wire.sent({"msg": "Message queued successfully."})
    assert caught.value.field == "messageId"


@pytest.mark.parametrize("roles", [None, [], "admin", {}, {"role": 1}])
def test_a_role_in_another_form_is_none(roles: object) -> None:
    (user,) = wire.users({"users": [{"id": "USR1", "name": "Casey", "roles": roles}]})
    assert user.role is None


def test_contacts_found_are_read() -> None:
    found = wire.contact_cards({"contacts": [{"id": "CTC1", "firstName": "lee", "phone": "(217) 555-0164"}]}, "US")
    assert found == [ContactCard(contact_id="CTC1", name="Lee", phone="+12175550164", sms_blocked=False)]


@pytest.mark.parametrize(
    ("location", "card"),
    [
        (
            {"name": "Pools", "city": "Ada", "country": "US", "timezone": "US/Central"},
            ("Pools", "Ada, US", "US/Central"),
        ),
        ({"name": 1, "timezone": None}, (None, None, None)),
    ],
)
def test_a_location_is_read_as_far_as_it_is_told(location: Json, card: tuple[str | None, ...]) -> None:
    assert wire.location_card({"location": location}) == LocationCard(name=card[0], address=card[1], zone=card[2])
