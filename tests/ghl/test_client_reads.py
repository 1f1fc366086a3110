"""Each read asks the right endpoint, follows its pages to the end, and never further."""

from datetime import UTC, datetime, timedelta
from itertools import chain

import httpx
import pytest
import respx

from sentinel_cli.domain.model import Report, User
from sentinel_cli.errors import GhlRefused, GhlShapeUnknown, GhlUnavailable
from sentinel_cli.ghl.client import GhlClient
from sentinel_cli.ports import ContactCard, SentText

from .rows import LOCATION, NOW, call_row, exported, found, nested, sample, text_row

HOUR = timedelta(hours=1)
EARLIER, LATER = 1795438800000, 1795440000000
EXPORT = "/conversations/messages/export"
SEARCH = "/conversations/search"
SCOPE_MISSING = httpx.Response(401, json={"message": "The token is not authorized for this scope."})


def ok(body: object) -> httpx.Response:
    return httpx.Response(200, json=body)


def ids(reports: list[Report]) -> list[str | None]:
    return [report.message_id for report in reports]


def swept(client: GhlClient, since: datetime = NOW - HOUR, until: datetime = NOW) -> list[Report]:
    return list(chain.from_iterable(client.sweep(since, until)))


def milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def test_a_sweep_asks_the_export_for_its_slice(ghl: respx.MockRouter, client: GhlClient) -> None:
    route = ghl.get(EXPORT).mock(return_value=ok(exported(text_row())))
    swept(client)
    assert dict(route.calls.last.request.url.params) == {
        "locationId": LOCATION,
        "startDate": "2026-11-23T12:59:59.000Z",
        "endDate": "2026-11-23T14:00:00.000Z",
        "sortBy": "createdAt",
        "sortOrder": "asc",
        "limit": "500",
    }


def test_a_sweep_follows_the_cursor(ghl: respx.MockRouter, client: GhlClient) -> None:
    ghl.get(EXPORT, params={"cursor": "c2"}).mock(return_value=ok(exported(text_row(2), total=2)))
    ghl.get(EXPORT).mock(return_value=ok(exported(text_row(1), cursor="c2", total=2)))
    assert ids(swept(client)) == [text_row(1)["id"], text_row(2)["id"]]


def test_what_came_before_a_sweep_broke_off_is_given(ghl: respx.MockRouter, client: GhlClient) -> None:
    ghl.get(EXPORT, params={"cursor": "c2"}).mock(return_value=httpx.Response(503))
    ghl.get(EXPORT).mock(return_value=ok(exported(text_row(1), cursor="c2", total=2)))
    pages = iter(client.sweep(NOW - HOUR, NOW))
    assert len(next(pages)) == 1
    with pytest.raises(GhlUnavailable):
        next(pages)


def test_of_many_days_what_came_before_one_broke_off_is_given(ghl: respx.MockRouter, client: GhlClient) -> None:
    def of_a_day(request: httpx.Request) -> httpx.Response:
        day = int(request.url.params["endDate"][8:10])
        return httpx.Response(503) if day == NOW.day - 1 else ok(exported(text_row(day), total=1))

    ghl.get(EXPORT).mock(side_effect=of_a_day)
    given = list[str | None]()
    with pytest.raises(GhlUnavailable):
        given.extend(report.message_id for page in client.sweep(NOW - 144 * HOUR, NOW) for report in page)
    assert len(given) == 4


def test_a_sweep_stops_when_the_cursor_does_not_move(ghl: respx.MockRouter, client: GhlClient) -> None:
    route = ghl.get(EXPORT).mock(return_value=ok(exported(text_row(1), cursor="c2", total=1)))
    swept(client)
    assert route.call_count == 2


@pytest.mark.parametrize("total", [3, None])
def test_a_cursor_that_goes_in_a_circle_hides_nobody(
    ghl: respx.MockRouter, client: GhlClient, total: int | None
) -> None:
    ghl.get(EXPORT, params={"cursor": "c2"}).mock(
        return_value=ok(exported(text_row(2), cursor="c3") | {"total": total})
    )
    ghl.get(EXPORT).mock(return_value=ok(exported(text_row(1), cursor="c2") | {"total": total}))
    with pytest.raises(GhlUnavailable, match="says there is more"):
        swept(client)


def test_a_sweep_looks_behind_an_empty_page(ghl: respx.MockRouter, client: GhlClient) -> None:
    ghl.get(EXPORT, params={"cursor": "c2"}).mock(return_value=ok(exported(text_row(2))))
    ghl.get(EXPORT).mock(return_value=ok(exported(cursor="c2", total=1)))
    assert ids(swept(client)) == [text_row(2)["id"]]


def test_a_sweep_stops_at_a_second_empty_page(ghl: respx.MockRouter, client: GhlClient) -> None:
    ghl.get(EXPORT, params={"cursor": "c2"}).mock(return_value=ok(exported(cursor="c3", total=0)))
    route = ghl.get(EXPORT).mock(return_value=ok(exported(cursor="c2", total=0)))
    swept(client)
    assert client.requests == 2
    assert route.call_count == 1


def test_a_sweep_says_when_it_read(ghl: respx.MockRouter, client: GhlClient) -> None:
    ghl.get(EXPORT).mock(return_value=ok(exported(text_row())))
    assert [report.seen_at for report in swept(client)] == [NOW]


def test_a_sweep_that_breaks_off_is_an_outage(ghl: respx.MockRouter, client: GhlClient) -> None:
    ghl.get(EXPORT, params={"cursor": "c2"}).mock(return_value=httpx.Response(500))
    ghl.get(EXPORT).mock(return_value=ok(exported(text_row(1), cursor="c2", total=2)))
    with pytest.raises(GhlUnavailable):
        swept(client)


@pytest.mark.parametrize(
    "refusal",
    [
        SCOPE_MISSING,
        httpx.Response(403, json={"message": "Forbidden resource"}),
        httpx.Response(404, json={"message": "Cannot GET /conversations/messages/export"}),
    ],
)
def test_a_sweep_without_the_export_reads_each_live_conversation(
    ghl: respx.MockRouter, client: GhlClient, refusal: httpx.Response
) -> None:
    ghl.get(EXPORT).mock(return_value=refusal)
    live, old = found(1, milliseconds(NOW)), found(2, milliseconds(NOW - 2 * HOUR))
    ghl.get(SEARCH).mock(return_value=ok({"conversations": [live, old], "total": 2}))
    ghl.get(f"/conversations/{live['id']}/messages").mock(return_value=ok(nested(text_row(5))))
    assert ids(swept(client)) == [text_row(5)["id"]]
    assert client.fell_back


def test_a_sweep_by_the_export_did_not_fall_back(ghl: respx.MockRouter, client: GhlClient) -> None:
    ghl.get(EXPORT).mock(return_value=ok(exported()))
    swept(client)
    assert not client.fell_back


def test_a_sweep_with_an_invalid_token_does_not_fall_back(ghl: respx.MockRouter, client: GhlClient) -> None:
    ghl.get(EXPORT).mock(return_value=httpx.Response(401, json=sample("error-401-pit-1")))
    with pytest.raises(GhlRefused, match="Invalid Private Integration token"):
        swept(client)


def test_a_sweep_refused_everywhere_is_refused(ghl: respx.MockRouter, client: GhlClient) -> None:
    ghl.get(url__regex=".*").mock(return_value=httpx.Response(403, json=sample("error-403-location-1")))
    with pytest.raises(GhlRefused, match="GET /conversations/search: 403"):
        swept(client)


def test_a_conversation_that_hides_its_last_date_is_read_too(ghl: respx.MockRouter, client: GhlClient) -> None:
    ghl.get(EXPORT).mock(return_value=SCOPE_MISSING)
    ghl.get(SEARCH).mock(return_value=ok({"conversations": [found(1, None)]}))
    route = ghl.get(f"/conversations/{found(1, None)['id']}/messages").mock(return_value=ok(nested()))
    swept(client)
    assert route.called


def test_a_conversation_that_is_empty_but_has_a_last_message_is_an_outage(
    ghl: respx.MockRouter, client: GhlClient
) -> None:
    ghl.get(EXPORT).mock(return_value=SCOPE_MISSING)
    ghl.get(SEARCH).mock(return_value=ok({"conversations": [found(1, milliseconds(NOW))]}))
    ghl.get(url__regex=r".*/messages").mock(return_value=ok(nested()))
    with pytest.raises(GhlUnavailable, match="does not give it"):
        swept(client)


def test_a_search_pages_by_the_last_rows_time_and_misses_no_tie(ghl: respx.MockRouter, client: GhlClient) -> None:
    ghl.get(EXPORT).mock(return_value=SCOPE_MISSING)
    edge = milliseconds(NOW - HOUR / 2)
    first = [found(number, edge) for number in range(100)]
    second = [found(99, edge), found(100, edge), found(101, milliseconds(NOW - 2 * HOUR))]
    ghl.get(SEARCH, params={"startAfterDate": str(edge + 1)}).mock(return_value=ok({"conversations": second}))
    ghl.get(SEARCH).mock(return_value=ok({"conversations": first}))
    messages = ghl.get(url__regex=r".*/messages").mock(return_value=ok(nested(text_row())))
    swept(client)
    assert messages.call_count == 101


def test_a_search_stops_when_its_cursor_does_not_move(ghl: respx.MockRouter, client: GhlClient) -> None:
    same = [found(number, milliseconds(NOW), contactId="CTC1") for number in range(100)]
    route = ghl.get(SEARCH).mock(return_value=ok({"conversations": same}))
    assert len(client.conversations_of("CTC1")) == 100
    assert route.call_count == 3


def test_a_full_page_of_a_search_without_a_cursor_is_an_unknown_shape(ghl: respx.MockRouter, client: GhlClient) -> None:
    ghl.get(SEARCH).mock(return_value=ok({"conversations": [found(number, None) for number in range(20)]}))
    with pytest.raises(GhlShapeUnknown) as caught:
        client.conversations_of("CTC1")
    assert caught.value.field == "conversations[19].sort"


def test_a_conversation_is_read_oldest_first(ghl: respx.MockRouter, client: GhlClient) -> None:
    ghl.get("/conversations/CNV1/messages").mock(return_value=ok(sample("conversation-messages-1")))
    reports = client.conversation("CNV1", datetime(2026, 3, 4, 17, 1, 45, tzinfo=UTC))
    assert ids(list(reports)) == ["MSGaaaaaaaaaaaaaab2", "MSGaaaaaaaaaaaaaab1"]


def test_a_conversation_is_read_through_all_its_pages(ghl: respx.MockRouter, client: GhlClient) -> None:
    path = "/conversations/CNV1/messages"
    ghl.get(path, params={"lastMessageId": "m2"}).mock(return_value=ok(nested(text_row(1))))
    ghl.get(path).mock(return_value=ok(nested(text_row(3), text_row(2), last="m2", more=True)))
    assert len(client.conversation("CNV1", NOW - 2 * HOUR)) == 3


def test_a_conversation_is_read_no_further_than_since(ghl: respx.MockRouter, client: GhlClient) -> None:
    older = text_row(1, dateAdded="2026-11-22T13:00:00.000Z")
    route = ghl.get("/conversations/CNV1/messages").mock(
        return_value=ok(nested(text_row(2), older, last="m1", more=True))
    )
    assert len(client.conversation("CNV1", NOW - 2 * HOUR)) == 1
    assert route.call_count == 1


@pytest.mark.parametrize("page", [nested(text_row(2), last="m2", more=True), nested(more=True)])
def test_a_conversation_that_breaks_off_is_an_outage(
    ghl: respx.MockRouter, client: GhlClient, page: dict[str, object]
) -> None:
    ghl.get("/conversations/CNV1/messages").mock(return_value=ok(page))
    with pytest.raises(GhlUnavailable, match="says there is more"):
        client.conversation("CNV1", NOW - 2 * HOUR)


def test_a_conversation_that_does_not_say_whether_it_goes_on_is_read_until_it_repeats(
    ghl: respx.MockRouter, client: GhlClient
) -> None:
    page = {"messages": [text_row(2)], "lastMessageId": "m2"}
    route = ghl.get("/conversations/CNV1/messages").mock(return_value=ok(page))
    assert len(client.conversation("CNV1", NOW - 2 * HOUR)) == 1
    assert route.call_count == 2


def test_an_empty_search_that_counts_conversations_is_an_outage(ghl: respx.MockRouter, client: GhlClient) -> None:
    ghl.get(SEARCH).mock(return_value=ok({"conversations": [], "total": 1}))
    with pytest.raises(GhlUnavailable, match="says there is more"):
        client.conversations_of("CTC1")


def test_a_contact_may_have_no_conversation(ghl: respx.MockRouter, client: GhlClient) -> None:
    ghl.get(SEARCH).mock(return_value=ok({"conversations": [], "total": 0}))
    assert client.conversations_of("CTC1") == []


def test_all_conversations_of_a_contact_are_found(ghl: respx.MockRouter, client: GhlClient) -> None:
    threads = [
        found(1, LATER, contactId="CTC1"),
        found(2, EARLIER, contactId="CTC1"),
        found(3, EARLIER, contactId="CTCother"),
    ]
    ghl.get(SEARCH, params={"contactId": "CTC1"}).mock(return_value=ok({"conversations": threads}))
    assert [each.conversation_id for each in client.conversations_of("CTC1")] == [
        found(1, LATER)["id"],
        found(2, EARLIER)["id"],
    ]


def test_a_contact_is_read(ghl: respx.MockRouter, client: GhlClient) -> None:
    ghl.get("/contacts/CTC1").mock(return_value=ok(sample("contact-1")))
    assert client.contact("CTC1") == ContactCard(
        contact_id="CTCaaaaaaaaaaaaaaac1", name="Lee Example", phone="+12175550123", sms_blocked=True
    )


def test_the_users_are_read(ghl: respx.MockRouter, client: GhlClient) -> None:
    ghl.get("/users/", params={"locationId": LOCATION}).mock(return_value=ok(sample("users-1")))
    assert list(client.users()) == [User(user_id="USRaaaaaaaaaaaaaaaa1", name="Casey Owner", role="admin")]


def test_the_texts_sent_to_a_contact_are_its_outbound_sms_of_all_threads(
    ghl: respx.MockRouter, client: GhlClient
) -> None:
    threads = [found(1, LATER, contactId="CTC1"), found(2, EARLIER, contactId="CTC1")]
    ghl.get(SEARCH).mock(return_value=ok({"conversations": threads}))
    sent = text_row(7, direction="outbound", body="Sentinel, morning", status="sent", source="api")
    ghl.get(f"/conversations/{threads[0]['id']}/messages").mock(
        return_value=ok(nested(text_row(8), call_row(direction="outbound")))
    )
    ghl.get(f"/conversations/{threads[1]['id']}/messages").mock(return_value=ok(nested(sent)))
    assert client.texts_sent_to("CTC1", NOW - 2 * HOUR) == [
        SentText(message_id=sent["id"], at=NOW - HOUR, text="Sentinel, morning", outcome="sent")
    ]
