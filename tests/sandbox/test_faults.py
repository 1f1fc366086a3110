"""Each fault does what it says, on the route and as often as it says, over real HTTP."""

from datetime import timedelta

import httpx
import pytest
from starlette.testclient import TestClient

from sentinel_cli.sandbox.app import sandbox_app
from sentinel_cli.sandbox.faults import Fault, FaultKind, Route
from sentinel_cli.sandbox.world import World

from .conftest import CASEY, LOCATION, NOON, PAT

HERE = {"locationId": LOCATION}


def send(api: httpx.Client, text: str = "Hello") -> httpx.Response:
    return api.post("/conversations/messages", json={"type": "SMS", "contactId": PAT, "message": text})


def export(api: httpx.Client, **query: object) -> dict[str, object]:
    return api.get("/conversations/messages/export", params={**HERE, **query}).json()


def fill(world: World, count: int) -> None:
    for n in range(count):
        world.inbound_text(PAT, f"{n}", at=NOON - timedelta(seconds=count - n))


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (FaultKind.UNAUTHORIZED, 401),
        (FaultKind.FORBIDDEN, 403),
        (FaultKind.TOO_MANY, 429),
        (FaultKind.SERVER_ERROR, 500),
    ],
)
def test_an_error_status_is_answered_with_a_json_body(api: httpx.Client, world: World, kind: FaultKind, status: int):
    world.faults.add(Fault(kind=kind))
    answer = api.get(f"/contacts/{PAT}")
    assert (answer.status_code, answer.json()["statusCode"]) == (status, status)


def test_it_heals_after_as_many_times_as_told(api: httpx.Client, world: World):
    world.faults.add(Fault(kind=FaultKind.SERVER_ERROR, times=2))
    assert [api.get(f"/contacts/{PAT}").status_code for _ in range(3)] == [500, 500, 200]


def test_it_spares_as_many_as_told_before(api: httpx.Client, world: World):
    world.faults.add(Fault(kind=FaultKind.SERVER_ERROR, skip=1), Fault(kind=FaultKind.EMPTY_PAGE, skip=3))
    assert [api.get(f"/contacts/{PAT}").status_code for _ in range(3)] == [200, 500, 200]
    assert world.faults.waiting() == (Fault(kind=FaultKind.EMPTY_PAGE),)


def test_it_lasts_until_cleared_where_no_count_is_given(api: httpx.Client, world: World):
    world.faults.add(Fault(kind=FaultKind.SERVER_ERROR, times=None))
    before = [api.get(f"/contacts/{PAT}").status_code for _ in range(3)]
    world.faults.clear()
    assert [*before, api.get(f"/contacts/{PAT}").status_code] == [500, 500, 500, 200]


def test_other_routes_do_not_meet_it(api: httpx.Client, world: World):
    world.faults.add(Fault(kind=FaultKind.SERVER_ERROR, route=Route.USERS))
    assert [api.get(f"/contacts/{PAT}").status_code, api.get("/users/", params=HERE).status_code] == [200, 500]


def test_failures_come_one_by_one_in_order(api: httpx.Client, world: World):
    world.faults.add(Fault(kind=FaultKind.TOO_MANY), Fault(kind=FaultKind.SERVER_ERROR))
    assert [api.get(f"/contacts/{PAT}").status_code for _ in range(3)] == [429, 500, 200]


@pytest.mark.parametrize(("seconds", "header"), [(7, "7"), (None, None)])
def test_429_may_or_may_not_say_when_to_retry(api: httpx.Client, world: World, seconds: int | None, header: str | None):
    world.faults.add(Fault(kind=FaultKind.TOO_MANY, retry_after=seconds))
    assert api.get(f"/contacts/{PAT}").headers.get("retry-after") == header


@pytest.mark.parametrize("status", [200, 502])
def test_a_page_of_html_may_come_with_any_status(api: httpx.Client, world: World, status: int):
    world.faults.add(Fault(kind=FaultKind.HTML, status=status))
    answer = api.get(f"/contacts/{PAT}")
    assert (answer.status_code, answer.text[:15], answer.headers["content-type"]) == (
        status,
        "<!DOCTYPE html>",
        "text/html; charset=utf-8",
    )


def test_an_empty_body_may_hide_a_text_that_went_out(api: httpx.Client, world: World):
    world.faults.add(Fault(kind=FaultKind.EMPTY_BODY, route=Route.SEND, status=201, after_effect=True))
    answer = send(api)
    assert (answer.status_code, answer.content, len(world.sent_texts)) == (201, b"", 1)


@pytest.mark.parametrize(("after_effect", "sent"), [(False, 0), (True, 1)])
def test_a_dropped_connection_sent_the_text_only_after_the_effect(
    api: httpx.Client, world: World, after_effect: bool, sent: int
):
    world.faults.add(Fault(kind=FaultKind.DROP, route=Route.SEND, after_effect=after_effect))
    with pytest.raises((httpx.NetworkError, httpx.RemoteProtocolError)):
        send(api)
    assert len(world.sent_texts) == sent


@pytest.mark.parametrize(("after_effect", "sent"), [(False, 0), (True, 1)])
def test_a_time_out_sent_the_text_only_after_the_effect(api: httpx.Client, world: World, after_effect: bool, sent: int):
    world.faults.add(Fault(kind=FaultKind.HANG, route=Route.SEND, after_effect=after_effect))
    api.timeout = httpx.Timeout(0.3)
    with pytest.raises(httpx.ReadTimeout):
        send(api)
    assert len(world.sent_texts) == sent


def test_a_hanging_connection_is_cut_in_the_end(api: httpx.Client, world: World):
    world.faults.add(Fault(kind=FaultKind.HANG, seconds=0.1))
    with pytest.raises((httpx.NetworkError, httpx.RemoteProtocolError)):
        api.get(f"/contacts/{PAT}")


def test_a_server_that_cannot_cut_raises_instead():
    world = World.sample()
    world.faults.add(Fault(kind=FaultKind.DROP))
    with TestClient(sandbox_app(world)) as client, pytest.raises(ConnectionAbortedError):
        client.get(f"/contacts/{PAT}")


def test_latency_delays_a_proper_answer(api: httpx.Client, world: World):
    world.faults.add(Fault(kind=FaultKind.LATENCY, seconds=0.2))
    answer = api.get(f"/contacts/{PAT}")
    assert (answer.status_code, answer.elapsed >= timedelta(seconds=0.2)) == (200, True)


def test_an_empty_page_of_the_export_is_not_the_end(api: httpx.Client, world: World):
    fill(world, 3)
    world.faults.add(Fault(kind=FaultKind.EMPTY_PAGE, route=Route.EXPORT))
    first = export(api)
    second = export(api, cursor=first["nextCursor"])
    assert ([row["body"] for row in first["messages"]], [row["body"] for row in second["messages"]]) == (
        [],
        ["2", "1", "0"],
    )


def test_an_empty_page_of_a_conversation_is_not_the_end(api: httpx.Client, world: World):
    row = world.inbound_text(PAT, "Hi")
    world.faults.add(Fault(kind=FaultKind.EMPTY_PAGE, route=Route.MESSAGES))
    answer = api.get(f"/conversations/{row.conversation_id}/messages").json()["messages"]
    assert answer == {"lastMessageId": None, "nextPage": True, "messages": []}


def test_an_empty_page_of_the_search_still_tells_the_total(api: httpx.Client, world: World):
    world.inbound_text(PAT, "Hi")
    world.faults.add(Fault(kind=FaultKind.EMPTY_PAGE, route=Route.SEARCH))
    answer = api.get("/conversations/search", params=HERE).json()
    assert (answer["conversations"], answer["total"]) == ([], 1)


def test_an_index_that_lags_hides_new_rows_from_the_export(api: httpx.Client, world: World):
    world.inbound_text(PAT, "old", at=NOON - timedelta(minutes=5))
    world.inbound_text(PAT, "new", at=NOON - timedelta(seconds=5))
    world.faults.add(Fault(kind=FaultKind.INDEX_LAG, seconds=60))
    assert [row["body"] for row in export(api)["messages"]] == ["old"]


def test_an_index_that_lags_shows_a_changed_row_as_it_was(api: httpx.Client, world: World):
    row = world.staff_text(PAT, CASEY, "Hi", at=NOON - timedelta(minutes=5))
    world.update_message(row.message_id, status="failed", at=NOON - timedelta(seconds=5))
    world.faults.add(Fault(kind=FaultKind.INDEX_LAG, seconds=60))
    assert [row["status"] for row in export(api)["messages"]] == ["delivered"]


def test_an_index_that_lags_hides_new_threads_from_the_search(api: httpx.Client, world: World):
    world.inbound_text(PAT, "new")
    world.faults.add(Fault(kind=FaultKind.INDEX_LAG, seconds=60))
    assert api.get("/conversations/search", params=HERE).json()["conversations"] == []


def test_direct_reads_see_past_an_index_that_lags(api: httpx.Client, world: World):
    row = world.inbound_text(PAT, "new")
    world.faults.add(Fault(kind=FaultKind.INDEX_LAG, seconds=60))
    assert len(api.get(f"/conversations/{row.conversation_id}/messages").json()["messages"]["messages"]) == 1


def test_late_rows_are_hidden_from_direct_reads_too(api: httpx.Client, world: World):
    row = world.inbound_text(PAT, "new")
    world.faults.add(Fault(kind=FaultKind.LATE_ROWS, seconds=60))
    assert api.get(f"/conversations/{row.conversation_id}/messages").json()["messages"]["messages"] == []


def test_a_row_is_shown_from_its_own_instant_on(api: httpx.Client, world: World):
    world.inbound_text(PAT, "hidden at first", revealed_at=NOON + timedelta(minutes=1))
    before = export(api)["total"]
    world.advance(timedelta(minutes=1))
    assert (before, export(api)["total"]) == (0, 1)


def test_a_silent_cut_ends_the_cursor_and_the_total(api: httpx.Client, world: World):
    fill(world, 30)
    world.faults.add(Fault(kind=FaultKind.SILENT_CUT, rows=15))
    first = export(api, limit=10)
    second = export(api, limit=10, cursor=first["nextCursor"])
    assert (len(second["messages"]), second["nextCursor"], second["total"]) == (5, None, 15)


def test_white_space_of_a_sent_text_is_squeezed(api: httpx.Client, world: World):
    world.faults.add(Fault(kind=FaultKind.WHITE_SPACE, route=Route.SEND))
    send(api, "Sentinel,  morning\n\nOverdue 1: ")
    assert world.sent_texts[0].text == "Sentinel, morning Overdue 1:"


def test_a_sent_text_keeps_its_white_space_otherwise(api: httpx.Client, world: World):
    send(api, "Sentinel,  morning\n\nOverdue 1: ")
    assert world.sent_texts[0].text == "Sentinel,  morning\n\nOverdue 1: "
