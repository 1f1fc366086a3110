"""The sandbox's answers fit the vendor's OpenAPI, but for differences seen on live calls; and the samples' keys.

The differences (GHL.md 4): a conversation's messages are nested; unset texts are null; status words beyond the enum;
call rows without contentType; type 41, whose number the file does not give.
"""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import jsonschema
import pytest

from sentinel_cli.sandbox.world import World

from .conftest import CASEY, LOCATION, NOON, PAT

VENDOR = Path(__file__).parents[2].parent / "shared" / "ghl"
pytestmark = pytest.mark.skipif(not VENDOR.is_dir(), reason="the vendor's OpenAPI files are not beside the checkout")


def as_seen(schema: object, name: str = "") -> object:
    """The schema with the differences seen on live calls taken out of it."""
    if isinstance(schema, list):
        return [as_seen(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    seen = {key: as_seen(value, key) for key, value in schema.items()}
    if seen.get("type") == "string":
        seen["type"] = ["string", "null"]
    if name == "status":
        seen.pop("enum", None)
    if "contentType" in (seen.get("required") or ()):
        seen["required"] = [each for each in seen["required"] if each != "contentType"]
    return seen


def check(answer: object, file: str, name: str) -> None:
    components = as_seen(json.loads((VENDOR / "openapi" / file).read_text())["components"])
    schema = {"$ref": f"#/components/schemas/{name}", "components": components}
    jsonschema.Draft4Validator(schema).validate(answer)


@pytest.fixture
def busy(world: World) -> World:
    """An account with one row of every sort, all of one contact."""
    world.inbound_text(PAT, "Hi")
    world.inbound_call(PAT)
    world.voicemail(PAT)
    world.inbound_call(PAT, "completed", 90)
    world.reaction(PAT, "Liked “Hi”")
    world.inbound_email(PAT, "Dear company")
    world.automation_text(PAT)
    world.activity(PAT)
    world.internal_comment(PAT, CASEY, "hm")
    world.staff_text(PAT, CASEY, "On our way", status="failed")
    world.staff_call(PAT, CASEY)
    return world


def conversation_id(world: World) -> str:
    return world.account.conversations_of(PAT)[0].conversation_id


def test_search_fits(api: httpx.Client, busy: World):
    answer = api.get("/conversations/search", params={"locationId": LOCATION}).json()
    check(answer, "conversations.json", "SendConversationResponseDto")


@pytest.mark.parametrize("channel", [{}, {"channel": "Email"}])
def test_export_fits(api: httpx.Client, busy: World, channel: dict[str, str]):
    answer = api.get("/conversations/messages/export", params={"locationId": LOCATION, **channel}).json()
    check(answer, "conversations.json", "ExportMessagesResponseDto")


def test_messages_fit_once_they_are_taken_out_of_their_nest(api: httpx.Client, busy: World):
    answer = api.get(f"/conversations/{conversation_id(busy)}/messages").json()
    check(answer["messages"], "conversations.json", "GetMessagesByConversationResponseDto")


def test_one_message_fits_once_it_is_taken_out_of_its_nest(api: httpx.Client, busy: World):
    row = busy.inbound_text(PAT, "Hi")
    answer = api.get(f"/conversations/messages/{row.message_id}").json()
    check(answer["message"], "conversations.json", "GetMessageResponseDto")


def test_a_sent_text_fits(api: httpx.Client):
    answer = api.post("/conversations/messages", json={"type": "SMS", "contactId": PAT, "message": "Hi"}).json()
    check(answer, "conversations.json", "SendMessageResponseDto")


def test_a_contact_fits(api: httpx.Client):
    check(api.get(f"/contacts/{PAT}").json(), "contacts.json", "ContactsByIdSuccessfulResponseDto")


def test_users_fit(api: httpx.Client):
    answer = api.get("/users/", params={"locationId": LOCATION}).json()
    check(answer, "users.json", "LocationSuccessfulResponseDto")


@pytest.mark.parametrize(
    ("method", "path", "query", "name"),
    [
        ("GET", "/conversations/messages/export", {}, "UnprocessableDTO"),
        ("GET", "/users/", {"locationId": "LOCother"}, "UnauthorizedDTO"),
        ("GET", "/contacts/CTCnone", {}, "BadRequestDTO"),
        ("POST", "/conversations/messages", {}, "UnprocessableDTO"),
    ],
)
def test_errors_fit(api: httpx.Client, method: str, path: str, query: dict[str, str], name: str):
    check(api.request(method, path, params=query).json(), "common-schemas.json", name)


def sample(name: str) -> dict[str, object]:
    return json.loads((VENDOR / "payloads" / f"{name}.json").read_text())


def keys(rows: list[dict[str, object]]) -> Iterator[set[str]]:
    return (set(row) for row in rows)


def test_exported_rows_have_the_keys_of_the_sample(api: httpx.Client, world: World):
    world.inbound_text(PAT, "Hi")
    world.staff_call(PAT, CASEY, duration=157)
    rows = api.get("/conversations/messages/export", params={"locationId": LOCATION, "channel": "SMS"}).json()
    calls = api.get("/conversations/messages/export", params={"locationId": LOCATION, "channel": "Call"}).json()
    shown = [*keys(rows["messages"]), *keys(calls["messages"])]
    assert shown == list(keys(sample("rest-messages-export-1")["messages"]))


def test_rows_of_a_conversation_have_the_keys_of_the_sample(api: httpx.Client, world: World):
    world.staff_call(PAT, CASEY, at=NOON)
    world.automation_text(PAT, at=NOON - timedelta(minutes=1))
    world.inbound_call(PAT, at=NOON - timedelta(minutes=2))
    read = api.get(f"/conversations/{conversation_id(world)}/messages").json()["messages"]["messages"]
    seen = sample("rest-conversation-messages-1")["messages"]["messages"]
    # Calls were seen with and without altId.
    assert [row - {"altId"} for row in keys(read)] == [row - {"altId"} for row in keys(seen)]


@pytest.mark.parametrize(
    ("path", "nest", "name"),
    [
        ("/conversations/search", "conversations", "rest-conversations-search-1"),
        ("/users/", "users", "rest-users-1"),
    ],
)
def test_lists_have_the_keys_of_the_sample(api: httpx.Client, world: World, path: str, nest: str, name: str):
    world.inbound_text(PAT, "Hi")
    world.automation_text(PAT)
    answer = api.get(path, params={"locationId": LOCATION}).json()
    assert set(answer[nest][0]) == set(sample(name)[nest][0])


def test_a_contact_has_the_keys_of_the_sample(api: httpx.Client):
    assert set(api.get(f"/contacts/{PAT}").json()["contact"]) == set(sample("rest-contact-1")["contact"])


@pytest.mark.parametrize(
    ("name", "script"),
    [
        ("app-inbound-call-doc-1", lambda w: w.inbound_call(PAT, "completed", 120)),
        ("app-inbound-voicemail-doc-1", lambda w: w.voicemail(PAT)),
        ("app-inbound-missed-call-guess-1", lambda w: w.inbound_call(PAT)),
    ],
)
def test_app_events_have_the_keys_of_the_sample_and_the_envelope(world: World, name: str, script):
    envelope = {"versionId", "appId", "timestamp", "webhookId"}
    assert set(world.app_body(script(world))) == (set(sample(name)) - {"userId"}) | envelope


def test_a_reply_has_the_keys_of_the_sample(world: World):
    contact = world.add_contact("Lee Example", "+12175550123", email="lee@example.com")
    body = world.workflow_body(world.inbound_text(contact.contact_id, "Hi"))
    assert (set(body), set(body["customData"])) == (
        set(sample("workflow-customer-replied-1")),
        set(sample("workflow-customer-replied-1")["customData"]),
    )


def test_contacts_found_fit(api: httpx.Client):
    answer = api.get("/contacts/", params={"locationId": LOCATION, "query": "pat"}).json()
    check(answer, "contacts.json", "ContactsSearchSuccessfulResponseDto")
