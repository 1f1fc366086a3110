"""Reading a conversation and one message, over real HTTP."""

from datetime import timedelta

import httpx
import pytest

from sentinel_cli.sandbox.rows import Row
from sentinel_cli.sandbox.world import World

from .conftest import CASEY, NOON, PAT


def page(api: httpx.Client, row: Row, **query: object) -> dict[str, object]:
    answer = api.get(f"/conversations/{row.conversation_id}/messages", params=query)
    answer.raise_for_status()
    return answer.json()["messages"]


@pytest.fixture
def thirty(world: World) -> list[Row]:
    return [world.inbound_text(PAT, f"text {n}", at=NOON + timedelta(seconds=n)) for n in range(30)]


def test_the_shape_is_nested(api: httpx.Client, world: World):
    row = world.inbound_text(PAT, "Hi")
    answer = api.get(f"/conversations/{row.conversation_id}/messages").json()
    assert (set(answer), set(answer["messages"])) == (
        {"messages", "traceId"},
        {"lastMessageId", "nextPage", "messages"},
    )


def test_the_first_page_holds_the_twenty_newest_first(api: httpx.Client, thirty: list[Row]):
    rows = page(api, thirty[0])["messages"]
    assert [row["id"] for row in rows] == [row.message_id for row in thirty[:9:-1]]


def test_the_next_page_starts_after_the_last_id(api: httpx.Client, thirty: list[Row]):
    first = page(api, thirty[0])
    second = page(api, thirty[0], lastMessageId=first["lastMessageId"])
    assert [row["id"] for row in second["messages"]] == [row.message_id for row in thirty[9::-1]]


@pytest.mark.parametrize(("limit", "more"), [(29, True), (30, False), (100, False)])
def test_it_says_whether_there_is_a_next_page(api: httpx.Client, thirty: list[Row], limit: int, more: bool):
    assert page(api, thirty[0], limit=limit)["nextPage"] is more


def test_it_filters_by_a_comma_list_of_types(api: httpx.Client, world: World):
    call = world.inbound_call(PAT)
    world.inbound_text(PAT, "Hi")
    world.activity(PAT)
    kinds = {row["messageType"] for row in page(api, call, type="TYPE_SMS,TYPE_CALL")["messages"]}
    assert kinds == {"TYPE_SMS", "TYPE_CALL"}


def test_a_call_tells_duration_and_status_below_meta(api: httpx.Client, world: World):
    row = world.staff_call(PAT, CASEY)
    assert page(api, row)["messages"][0]["meta"] == {"call": {"duration": None, "status": "completed"}}


def test_an_inbound_call_names_no_user(api: httpx.Client, world: World):
    row = world.inbound_call(PAT, "completed", 120)
    assert "userId" not in page(api, row)["messages"][0]


def test_an_email_has_no_body(api: httpx.Client, world: World):
    row = world.inbound_email(PAT, "Dear pool company")
    assert "body" not in page(api, row)["messages"][0]


def test_an_empty_conversation_is_an_empty_page(api: httpx.Client, world: World):
    thread = world.add_conversation(PAT)
    answer = api.get(f"/conversations/{thread.conversation_id}/messages").json()
    assert answer["messages"] == {"lastMessageId": None, "nextPage": False, "messages": []}


@pytest.mark.parametrize("path", ["/conversations/CNVnone/messages", "/conversations/messages/MSGnone"])
def test_an_unknown_id_is_400(api: httpx.Client, path: str):
    assert api.get(path).status_code == 400


def test_an_unknown_last_message_is_400(api: httpx.Client, world: World):
    row = world.inbound_text(PAT, "Hi")
    answer = api.get(f"/conversations/{row.conversation_id}/messages", params={"lastMessageId": "MSGnone"})
    assert answer.status_code == 400


def test_one_message_is_read_with_its_last_change(api: httpx.Client, world: World):
    row = world.staff_text(PAT, CASEY, "Hi", status="pending")
    world.update_message(row.message_id, status="failed", at=NOON + timedelta(minutes=1))
    read = api.get(f"/conversations/messages/{row.message_id}").json()["message"]
    assert (read["status"], read["dateUpdated"]) == ("failed", "2026-11-23T18:01:00.000Z")
