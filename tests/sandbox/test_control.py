"""The control prefix lets another process drive the account, over real HTTP."""

import httpx
import pytest

from sentinel_cli.sandbox.world import World

from .conftest import CASEY, LEE, LOCATION, PAT


def made(control: httpx.Client, **fields: object) -> dict[str, object]:
    answer = control.post("/messages", json={"contact_id": PAT, **fields})
    answer.raise_for_status()
    return answer.json()


@pytest.mark.parametrize(
    ("fields", "direction", "kind", "status"),
    [
        ({"kind": "inbound_text", "text": "Hi"}, "inbound", "TYPE_SMS", "delivered"),
        ({"kind": "inbound_call"}, "inbound", "TYPE_CALL", "no-answer"),
        ({"kind": "inbound_call", "status": "busy"}, "inbound", "TYPE_CALL", "busy"),
        ({"kind": "voicemail", "duration": 12}, "inbound", "TYPE_CALL", "voicemail"),
        ({"kind": "reaction", "text": "Liked “Hi”"}, "inbound", "TYPE_SMS_REACTION", "delivered"),
        ({"kind": "inbound_email", "text": "Hi"}, "inbound", "TYPE_EMAIL", "delivered"),
        ({"kind": "staff_text", "user_id": CASEY, "text": "Hi"}, "outbound", "TYPE_SMS", "delivered"),
        ({"kind": "staff_call", "user_id": CASEY}, "outbound", "TYPE_CALL", "completed"),
        ({"kind": "automation_text", "text": "Sorry"}, "outbound", "TYPE_SMS", "delivered"),
        ({"kind": "activity", "text": "Won"}, "outbound", "TYPE_ACTIVITY_OPPORTUNITY", "delivered"),
        (
            {"kind": "internal_comment", "user_id": CASEY, "text": "Hm"},
            "outbound",
            "TYPE_INTERNAL_COMMENT",
            "delivered",
        ),
    ],
)
def test_it_makes_any_row(control: httpx.Client, fields: dict[str, object], direction: str, kind: str, status: str):
    row = made(control, **fields)["message"]
    assert (row["direction"], row["messageType"], row["status"]) == (direction, kind, status)


def test_a_row_comes_with_the_bodies_to_post(control: httpx.Client):
    webhooks = made(control, kind="inbound_text", text="Hi")["webhooks"]
    assert (webhooks["workflow"]["contact_id"], webhooks["app"]["type"]) == (PAT, "InboundMessage")


def test_a_staff_row_has_no_workflow_body(control: httpx.Client):
    assert made(control, kind="staff_text", user_id=CASEY, text="Hi")["webhooks"]["workflow"] is None


def test_a_row_may_have_its_own_instant_and_id(control: httpx.Client):
    row = made(control, kind="inbound_text", text="Hi", at="2026-11-20T09:00:00-06:00", message_id="MSGmine")["message"]
    assert (row["id"], row["dateAdded"]) == ("MSGmine", "2026-11-20T15:00:00.000Z")


def test_a_row_changes(control: httpx.Client):
    row = made(control, kind="staff_call", user_id=CASEY, status="ringing")["message"]
    changes = {"status": "completed", "duration": 61, "text": "recorded"}
    changed = control.post(f"/messages/{row['id']}", json=changes).json()["message"]
    assert (changed["meta"]["call"], changed["body"]) == ({"duration": 61, "status": "completed"}, "recorded")


def test_it_adds_a_contact(control: httpx.Client, api: httpx.Client):
    contact = control.post("/contacts", json={"name": "Al Stone", "phone": "+19405550120"}).json()["contact"]
    assert api.get(f"/contacts/{contact['id']}").json()["contact"]["name"] == "al stone"


def test_it_adds_a_user(control: httpx.Client, api: httpx.Client):
    control.post("/users", json={"name": "Kim New", "user_id": "USRkim"})
    assert "USRkim" in [user["id"] for user in api.get("/users/", params={"locationId": LOCATION}).json()["users"]]


def test_it_adds_a_conversation(control: httpx.Client, world: World):
    conversation_id = control.post("/conversations", json={"contact_id": PAT}).json()["conversationId"]
    assert world.account.conversations[conversation_id].contact_id == PAT


def test_it_merges_contacts(control: httpx.Client):
    assert control.post("/merge", json={"gone": LEE, "into": PAT}).json()["contact"]["id"] == PAT


def test_it_switches_a_fault_on(control: httpx.Client, api: httpx.Client):
    control.post("/faults", json={"kind": "429", "route": "contact", "times": 1, "retry_after": 3})
    answers = [api.get(f"/contacts/{PAT}") for _ in range(2)]
    assert [(each.status_code, each.headers.get("retry-after")) for each in answers] == [(429, "3"), (200, None)]


def test_a_fault_may_last_until_it_is_cleared(control: httpx.Client, api: httpx.Client):
    control.post("/faults", json={"kind": "500", "times": None})
    before = [api.get(f"/contacts/{PAT}").status_code for _ in range(2)]
    control.delete("/faults")
    assert [*before, api.get(f"/contacts/{PAT}").status_code] == [500, 500, 200]


@pytest.mark.parametrize(
    ("change", "now"),
    [
        ({"at": "2026-11-24T08:00:00-06:00"}, "2026-11-24T14:00:00.000Z"),
        ({"advance_seconds": 90}, "2026-11-23T18:01:30.000Z"),
        ({"at": None}, "2026-11-23T18:00:00.000Z"),
        ({}, "2026-11-23T18:00:00.000Z"),
    ],
)
def test_it_moves_the_clock(control: httpx.Client, change: dict[str, object], now: str):
    assert control.post("/clock", json=change).json() == {"now": now}


def test_it_switches_the_limit_off(control: httpx.Client, api: httpx.Client, world: World):
    control.post("/limit", json={"max": None})
    headers = api.get(f"/contacts/{PAT}").headers
    assert "x-ratelimit-max" not in headers


def test_it_lists_what_was_sent(control: httpx.Client, api: httpx.Client):
    api.post("/conversations/messages", json={"type": "SMS", "contactId": PAT, "message": "Hello"})
    assert [row["body"] for row in control.get("/sent").json()["sent"]] == ["Hello"]


def test_it_lists_requests_but_not_its_own(control: httpx.Client, api: httpx.Client):
    api.get("/users/", params={"locationId": LOCATION})
    control.get("/sent")
    assert control.get("/requests").json()["requests"] == [
        {"method": "GET", "path": "/users/", "query": {"locationId": LOCATION}, "body": None}
    ]


def test_it_starts_again(control: httpx.Client, world: World):
    made(control, kind="inbound_text", text="Hi")
    control.post("/reset")
    assert world.account.rows() == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/messages", {"kind": "pigeon", "contact_id": PAT}),
        ("/messages", {"kind": "inbound_text", "contact_id": PAT}),
        ("/messages", {"kind": "inbound_text", "contact_id": "CTCnone", "text": "Hi"}),
        ("/messages", {"kind": "inbound_text", "contact_id": PAT, "text": 5}),
        ("/messages/MSGnone", {"status": "failed"}),
        ("/faults", {"kind": "flood"}),
        ("/faults", {"kind": "latency", "seconds": "long"}),
        ("/clock", {"at": "noon"}),
        ("/clock", ["noon"]),
    ],
)
def test_a_strange_request_is_400_and_says_why(control: httpx.Client, path: str, body: object):
    answer = control.post(path, json=body)
    assert (answer.status_code, "error" in answer.json()) == (400, True)
