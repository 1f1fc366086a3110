"""POST /conversations/messages behaves as GHL.md 4 says, over real HTTP."""

import httpx
import pytest

from sentinel_cli.sandbox.world import World

from .conftest import LEE, LOCATION, PAT

DND = "Cannot send message as DND is active for SMS."


def send(api: httpx.Client, contact_id: str = PAT, **more: object) -> httpx.Response:
    return api.post(
        "/conversations/messages", json={"type": "SMS", "contactId": contact_id, "message": "Hello", **more}
    )


def test_it_answers_with_ids_and_pending(api: httpx.Client, world: World):
    answer = send(api)
    row = world.sent_texts[0]
    assert answer.json() == {
        "conversationId": row.conversation_id,
        "messageId": row.message_id,
        "status": "pending",
    }


def test_it_makes_the_conversation_where_there_is_none(api: httpx.Client, world: World):
    conversation_id = send(api).json()["conversationId"]
    assert world.account.conversations[conversation_id].contact_id == PAT


def test_it_uses_the_conversation_there_is(api: httpx.Client, world: World):
    thread = world.add_conversation(PAT)
    assert send(api).json()["conversationId"] == thread.conversation_id


def test_a_conversation_id_beside_the_contact_id_is_accepted(api: httpx.Client, world: World):
    world.add_conversation(PAT)
    second = world.add_conversation(PAT)
    assert send(api, conversationId=second.conversation_id).json()["conversationId"] == second.conversation_id


def test_a_conversation_of_somebody_else_is_400(api: httpx.Client, world: World):
    thread = world.add_conversation(LEE)
    assert send(api, conversationId=thread.conversation_id).status_code == 400


def test_the_row_is_the_apis_and_nobodys(api: httpx.Client, world: World):
    message_id = send(api).json()["messageId"]
    row = api.get(f"/conversations/messages/{message_id}").json()["message"]
    assert (row["direction"], row["source"], "userId" in row) == ("outbound", "api", False)


def test_asking_twice_sends_twice(api: httpx.Client, world: World):
    send(api)
    send(api)
    assert [row.text for row in world.sent_texts] == ["Hello", "Hello"]


@pytest.mark.parametrize("trait", ["dnd", "sms_blocked", "landline"])
def test_a_contact_that_takes_no_texts_is_400_with_the_dnd_words(api: httpx.Client, world: World, trait: str):
    contact = world.add_contact("Al Stone", "+19405550120", **{trait: True})
    answer = send(api, contact.contact_id)
    assert (answer.status_code, answer.json()["message"]) == (400, DND)


def test_a_contact_without_a_phone_is_400(api: httpx.Client, world: World):
    contact = world.add_contact("Al Stone", email="al@example.com")
    answer = send(api, contact.contact_id)
    assert (answer.status_code, answer.json()["message"]) == (400, "Missing phone number")


def test_a_contact_nobody_knows_is_400(api: httpx.Client):
    assert send(api, "CTCnone").status_code == 400


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"type": "Pigeon"}, "type must be one of"),
        ({"contactId": None}, "contactId must be a string"),
        ({"message": " "}, "message should not be empty"),
    ],
)
def test_a_missing_field_is_422_with_an_array(api: httpx.Client, change: dict[str, object], words: str):
    answer = send(api, **{"contact_id": PAT, **change})
    assert (answer.status_code, answer.json()["message"][0].startswith(words)) == (422, True)


def test_it_sends_texts_only(api: httpx.Client):
    assert send(api, type="Email").status_code == 400


@pytest.mark.parametrize(("content", "status"), [(b"{", 400), (b"[]", 422), (b"", 422)])
def test_a_body_that_is_no_object_is_refused(api: httpx.Client, content: bytes, status: int):
    assert api.post("/conversations/messages", content=content).status_code == status


def test_nothing_is_sent_when_it_is_refused(api: httpx.Client, world: World):
    send(api, "CTCnone")
    assert world.sent_texts == []


def test_the_export_shows_what_was_sent(api: httpx.Client, world: World):
    send(api)
    rows = api.get("/conversations/messages/export", params={"locationId": LOCATION}).json()["messages"]
    assert [(row["body"], row["status"]) for row in rows] == [("Hello", "pending")]
