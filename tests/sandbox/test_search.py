"""GET /conversations/search behaves as GHL.md 4 says, over real HTTP."""

from datetime import timedelta

import httpx
import pytest

from sentinel_cli.sandbox.shapes import millis
from sentinel_cli.sandbox.world import World

from .conftest import CASEY, LEE, LOCATION, NOON, PAT


def found(api: httpx.Client, **query: object) -> list[dict[str, object]]:
    answer = api.get("/conversations/search", params={"locationId": LOCATION, **query})
    answer.raise_for_status()
    return answer.json()["conversations"]


def test_it_lists_every_thread_of_a_contact(api: httpx.Client, world: World):
    world.inbound_text(PAT, "Hi")
    world.inbound_email(PAT, "Hi by mail")
    world.inbound_text(LEE, "Hello")
    assert {row["type"] for row in found(api, contactId=PAT)} == {"TYPE_PHONE", "TYPE_EMAIL"}


def test_it_puts_the_newest_thread_first(api: httpx.Client, world: World):
    world.inbound_text(LEE, "newer")
    world.inbound_text(PAT, "older", at=NOON - timedelta(hours=1))
    assert [row["contactId"] for row in found(api)] == [LEE, PAT]


def test_it_turns_the_order_round_when_asked(api: httpx.Client, world: World):
    world.inbound_text(LEE, "newer")
    world.inbound_text(PAT, "older", at=NOON - timedelta(hours=1))
    assert [row["contactId"] for row in found(api, sort="asc")] == [PAT, LEE]


def test_it_goes_on_after_the_value_cursor(api: httpx.Client, world: World):
    world.inbound_text(LEE, "newer")
    world.inbound_text(PAT, "older", at=NOON - timedelta(hours=1))
    first = found(api, limit=1)[0]
    assert [row["contactId"] for row in found(api, startAfterDate=first["sort"][0])] == [PAT]


def test_it_loses_a_tie_at_the_edge_of_a_page(api: httpx.Client, world: World):
    world.inbound_text(LEE, "same instant")
    world.inbound_text(PAT, "same instant")
    first = found(api, limit=1)[0]
    assert found(api, startAfterDate=first["sort"][0]) == []


def test_it_finds_by_part_of_a_phone(api: httpx.Client, world: World):
    world.inbound_text(PAT, "Hi")
    world.inbound_text(LEE, "Hi")
    assert [row["contactId"] for row in found(api, query="5550138")] == [LEE]


def test_dates_mean_when_the_thread_was_made(api: httpx.Client, world: World):
    world.inbound_text(PAT, "made long ago", at=NOON - timedelta(days=9))
    world.inbound_text(PAT, "active now")
    assert found(api, startDate=millis(NOON - timedelta(days=1))) == []


def test_the_manual_date_counts_both_directions_but_no_automation(api: httpx.Client, world: World):
    world.inbound_text(PAT, "Hi", at=NOON - timedelta(hours=1))
    world.automation_text(PAT)
    row = found(api)[0]
    assert row["lastManualMessageDate"] == millis(NOON - timedelta(hours=1))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"lastMessageDirection": "inbound"}, [LEE]),
        ({"lastMessageDirection": "outbound"}, [PAT]),
        ({"lastMessageAction": "automated"}, [PAT]),
        ({"lastMessageAction": "manual"}, []),
        ({"lastMessageType": "TYPE_CALL"}, [LEE]),
        ({"status": "unread"}, [LEE]),
        ({"status": "read"}, [PAT]),
        ({"sortBy": "last_manual_message_date"}, [LEE, PAT]),
    ],
)
def test_it_filters_by_the_last_message_only(
    api: httpx.Client, world: World, query: dict[str, str], expected: list[str]
):
    world.inbound_call(PAT, at=NOON - timedelta(minutes=2))
    world.automation_text(PAT, at=NOON - timedelta(minutes=1))
    world.inbound_call(LEE)
    assert [row["contactId"] for row in found(api, **query)] == expected


def test_a_thread_without_rows_has_no_last_message(api: httpx.Client, world: World):
    world.add_conversation(PAT)
    assert "lastMessageBody" not in found(api)[0]


def test_a_staff_reply_reads_the_thread(api: httpx.Client, world: World):
    world.inbound_text(PAT, "Hi", at=NOON - timedelta(minutes=1))
    world.staff_text(PAT, CASEY, "Hello")
    assert found(api)[0]["unreadCount"] == 0


@pytest.mark.parametrize("query", [{"startAfterDate": "yesterday"}, {"sortBy": "name"}, {"limit": "x"}])
def test_a_strange_value_is_422_with_an_array(api: httpx.Client, query: dict[str, str]):
    answer = api.get("/conversations/search", params={"locationId": LOCATION, **query})
    assert (answer.status_code, type(answer.json()["message"])) == (422, list)
