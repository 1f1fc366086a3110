"""GET /conversations/messages/export behaves as GHL.md 4 says, over real HTTP."""

import base64
import json
from datetime import timedelta

import httpx
import pytest

from sentinel_cli.sandbox.world import World

from .conftest import CASEY, LEE, LOCATION, NOON, PAT


def ask(api: httpx.Client, **query: object) -> httpx.Response:
    return api.get("/conversations/messages/export", params={"locationId": LOCATION, **query})


def export(api: httpx.Client, **query: object) -> dict[str, object]:
    answer = ask(api, **query)
    answer.raise_for_status()
    return answer.json()


def texts(answer: dict[str, object]) -> list[str]:
    return [row["body"] for row in answer["messages"]]


def fill(world: World, count: int) -> None:
    for n in range(count):
        world.inbound_text(PAT, f"{n}", at=NOON + timedelta(seconds=n))


def test_it_is_flat_and_newest_first(api: httpx.Client, world: World):
    fill(world, 3)
    assert texts(export(api)) == ["2", "1", "0"]


def test_it_is_oldest_first_when_asked(api: httpx.Client, world: World):
    fill(world, 3)
    assert texts(export(api, sortOrder="asc")) == ["0", "1", "2"]


def test_a_page_holds_a_hundred_unless_told(api: httpx.Client, world: World):
    fill(world, 101)
    assert len(export(api)["messages"]) == 100


def test_the_cursor_leads_through_every_row_once(api: httpx.Client, world: World):
    fill(world, 25)
    first = export(api, limit=10)
    second = export(api, limit=10, cursor=first["nextCursor"])
    third = export(api, limit=10, cursor=second["nextCursor"])
    assert texts(first) + texts(second) + texts(third) == [str(n) for n in range(24, -1, -1)]


def test_the_last_page_has_no_cursor(api: httpx.Client, world: World):
    fill(world, 10)
    assert export(api, limit=10)["nextCursor"] is None


def test_the_total_is_of_the_whole_walk(api: httpx.Client, world: World):
    fill(world, 12)
    assert export(api, limit=10)["total"] == 12


def test_the_cursor_is_the_json_the_vendor_shows(api: httpx.Client, world: World):
    fill(world, 12)
    cursor = json.loads(base64.b64decode(export(api, limit=10)["nextCursor"]))
    assert set(cursor) == {"pitId", "lastSort", "lastId"}


def test_a_walk_does_not_see_what_came_after_it_began(api: httpx.Client, world: World):
    fill(world, 12)
    first = export(api, limit=10)
    world.inbound_text(LEE, "late")
    assert texts(export(api, limit=10, cursor=first["nextCursor"])) == ["1", "0"]


@pytest.mark.parametrize(
    "cursor",
    ["nonsense", base64.b64encode(b"{}").decode(), base64.b64encode(b'{"pitId":"x","lastId":"y"}').decode()],
)
def test_a_cursor_nobody_knows_is_400(api: httpx.Client, cursor: str):
    assert ask(api, cursor=cursor).status_code == 400


def test_a_cursor_with_a_row_nobody_knows_is_400(api: httpx.Client, world: World):
    fill(world, 12)
    cursor = json.loads(base64.b64decode(export(api, limit=10)["nextCursor"])) | {"lastId": "MSGnone"}
    assert ask(api, cursor=base64.b64encode(json.dumps(cursor).encode()).decode()).status_code == 400


def test_old_walks_are_forgotten(api: httpx.Client, world: World):
    world.rate_limit.maximum = None
    fill(world, 12)
    first = export(api, limit=10)
    for _ in range(50):
        export(api)
    assert ask(api, limit=10, cursor=first["nextCursor"]).status_code == 400


@pytest.mark.parametrize("limit", ["9", "501", "many"])
def test_a_limit_out_of_bounds_is_422(api: httpx.Client, limit: str):
    assert ask(api, limit=limit).status_code == 422


@pytest.mark.parametrize("limit", ["10", "500"])
def test_both_bounds_of_the_limit_are_allowed(api: httpx.Client, limit: str):
    assert ask(api, limit=limit).status_code == 200


@pytest.mark.parametrize("name", ["startDate", "endDate"])
@pytest.mark.parametrize("value", ["1795456800000", "yesterday"])
def test_dates_other_than_iso_are_400(api: httpx.Client, name: str, value: str):
    assert ask(api, **{name: value}).status_code == 400


@pytest.mark.parametrize(
    "dates",
    [
        {"startDate": "2026-11-23T18:00:01.000Z", "endDate": "2026-11-23T18:00:02.000Z"},
        {"startDate": "2026-11-23T12:00:01-06:00", "endDate": "2026-11-23T12:00:02-06:00"},
        {"startDate": "2026-11-23T18:00:01", "endDate": "2026-11-23T18:00:02"},
    ],
)
def test_dates_bound_a_slice_both_ends_included(api: httpx.Client, world: World, dates: dict[str, str]):
    fill(world, 4)
    assert texts(export(api, **dates)) == ["2", "1"]


def test_a_plain_date_is_midnight_utc(api: httpx.Client, world: World):
    fill(world, 1)
    assert texts(export(api, startDate="2026-11-23", endDate="2026-11-24")) == ["0"]


@pytest.mark.parametrize(("meaning", "seen"), [("created", []), ("updated", ["text"])])
def test_what_dates_mean_is_the_accounts_choice(api: httpx.Client, world: World, meaning: str, seen: list[str]):
    world.export_dates = meaning
    row = world.staff_text(PAT, CASEY, "text")
    world.update_message(row.message_id, status="failed", at=NOON + timedelta(hours=1))
    shown = texts(export(api, startDate=(NOON + timedelta(minutes=30)).isoformat()))
    world.export_dates = "created"
    assert shown == seen


def test_sorting_by_update_brings_changed_rows_up(api: httpx.Client, world: World):
    changed = world.staff_text(PAT, CASEY, "changed")
    world.staff_text(PAT, CASEY, "newer", at=NOON + timedelta(minutes=1))
    world.update_message(changed.message_id, status="failed", at=NOON + timedelta(minutes=2))
    assert texts(export(api, sortBy="updatedAt")) == ["changed", "newer"]


def test_without_a_channel_it_holds_all_but_email(api: httpx.Client, world: World):
    world.inbound_text(PAT, "text")
    world.inbound_email(PAT, "mail")
    world.activity(PAT, "activity")
    world.internal_comment(PAT, CASEY, "comment")
    assert sorted(texts(export(api))) == ["activity", "comment", "text"]


@pytest.mark.parametrize(("channel", "seen"), [("Email", ["mail"]), ("SMS", ["text"]), ("Call", [""])])
def test_a_channel_shows_its_own_rows_only(api: httpx.Client, world: World, channel: str, seen: list[str]):
    world.inbound_text(PAT, "text")
    world.inbound_email(PAT, "mail")
    world.inbound_call(PAT)
    world.inbound_call(PAT, kind="TYPE_IVR_CALL")
    assert texts(export(api, channel=channel)) == seen


def test_it_can_be_held_to_one_contact(api: httpx.Client, world: World):
    world.inbound_text(PAT, "from Pat")
    world.inbound_text(LEE, "from Lee")
    assert texts(export(api, contactId=LEE)) == ["from Lee"]


def test_it_can_be_held_to_one_conversation(api: httpx.Client, world: World):
    row = world.inbound_text(PAT, "from Pat")
    world.inbound_text(LEE, "from Lee")
    assert texts(export(api, conversationId=row.conversation_id)) == ["from Pat"]


@pytest.mark.parametrize("query", [{"channel": "Fax"}, {"sortBy": "dateAdded"}, {"sortOrder": "down"}])
def test_a_word_nobody_knows_is_422(api: httpx.Client, query: dict[str, str]):
    assert ask(api, **query).status_code == 422
