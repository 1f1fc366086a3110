"""Reads are retried where that is harmless, paced by GHL's headers, and carry the right headers."""

import httpx
import pytest
import respx

from sentinel_cli import __version__
from sentinel_cli.errors import GhlRefused, GhlRejected, GhlShapeUnknown, GhlUnavailable
from sentinel_cli.ghl.client import GhlClient
from sentinel_cli.ghl.pacing import DailyLimitReached

from .conftest import Nap
from .rows import LOCATION, TOKEN, sample

OK = httpx.Response(200, json=sample("users-1"))
INVALID_TOKEN = httpx.Response(401, json=sample("error-401-pit-1"))


@pytest.mark.parametrize(
    "trouble",
    [
        httpx.Response(500),
        httpx.Response(503, text="<html>"),
        httpx.Response(429),
        INVALID_TOKEN,
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("closed"),
    ],
)
def test_it_reads_again_after_a_passing_trouble(
    ghl: respx.MockRouter, client: GhlClient, trouble: httpx.Response | Exception
) -> None:
    ghl.get("/users/").mock(side_effect=[trouble, OK])
    assert len(client.users()) == 1


def test_it_reads_four_times_at_most(ghl: respx.MockRouter, client: GhlClient) -> None:
    route = ghl.get("/users/").mock(return_value=httpx.Response(500))
    with pytest.raises(GhlUnavailable, match="GET /users/: 500"):
        client.users()
    assert route.call_count == 4


def test_it_believes_a_second_401(ghl: respx.MockRouter, client: GhlClient) -> None:
    route = ghl.get("/users/").mock(return_value=INVALID_TOKEN)
    with pytest.raises(GhlRefused, match="Invalid Private Integration token"):
        client.users()
    assert route.call_count == 2


@pytest.mark.parametrize("status", [400, 404, 422])
def test_it_does_not_repeat_what_ghl_rejected(ghl: respx.MockRouter, client: GhlClient, status: int) -> None:
    route = ghl.get("/users/").mock(return_value=httpx.Response(status))
    with pytest.raises(GhlRejected):
        client.users()
    assert route.call_count == 1


def test_it_does_not_repeat_a_403(ghl: respx.MockRouter, client: GhlClient) -> None:
    route = ghl.get("/users/").mock(return_value=httpx.Response(403, json=sample("error-403-location-1")))
    with pytest.raises(GhlRefused, match="does not have access"):
        client.users()
    assert route.call_count == 1


def test_it_waits_as_long_as_a_429_asks(ghl: respx.MockRouter, client: GhlClient, nap: Nap) -> None:
    ghl.get("/users/").mock(side_effect=[httpx.Response(429, headers={"Retry-After": "3"}), OK])
    client.users()
    assert nap.naps == [3.0]


def test_it_waits_the_interval_when_a_429_asks_nothing_else(ghl: respx.MockRouter, client: GhlClient, nap: Nap) -> None:
    limited = httpx.Response(429, headers={"X-RateLimit-Remaining": "0", "X-RateLimit-Interval-Milliseconds": "10000"})
    ghl.get("/users/").mock(side_effect=[limited, OK])
    client.users()
    assert nap.naps == [10.0]


def test_it_gives_up_when_a_429_asks_for_too_long(ghl: respx.MockRouter, client: GhlClient, nap: Nap) -> None:
    route = ghl.get("/users/").mock(return_value=httpx.Response(429, headers={"Retry-After": "600"}))
    with pytest.raises(GhlUnavailable, match="429"):
        client.users()
    assert (route.call_count, nap.naps) == (1, [])


def test_it_waits_before_the_next_request_when_nothing_remains(
    ghl: respx.MockRouter, client: GhlClient, nap: Nap
) -> None:
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Interval-Milliseconds": "4000"}
    ghl.get("/users/").mock(return_value=httpx.Response(200, json=sample("users-1"), headers=headers))
    client.users()
    client.users()
    assert nap.naps == [4.0]


def test_it_stops_at_the_daily_limit(ghl: respx.MockRouter, client: GhlClient) -> None:
    limited = httpx.Response(429, headers={"X-RateLimit-Daily-Remaining": "0"})
    route = ghl.get("/users/").mock(return_value=limited)
    with pytest.raises(DailyLimitReached, match="daily limit"):
        client.users()
    assert route.call_count == 1


def test_it_counts_every_request_retries_included(ghl: respx.MockRouter, client: GhlClient) -> None:
    ghl.get("/users/").mock(side_effect=[httpx.Response(500), OK])
    client.users()
    assert client.requests == 2


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Authorization", f"Bearer {TOKEN}"),
        ("Version", "2021-07-28"),
        ("Accept", "application/json"),
        ("Accept-Encoding", "gzip"),
        ("User-Agent", f"sentinel/{__version__}"),
    ],
)
def test_it_says_who_it_is(ghl: respx.MockRouter, client: GhlClient, header: str, value: str) -> None:
    route = ghl.get("/users/").mock(return_value=OK)
    client.users()
    assert route.calls.last.request.headers[header] == value


def test_it_names_its_location_in_the_query(ghl: respx.MockRouter, client: GhlClient) -> None:
    route = ghl.get("/users/", params={"locationId": LOCATION}).mock(return_value=OK)
    client.users()
    assert route.called


@pytest.mark.parametrize("body", [b"", b"<html>", b"{", b"\xff\xfe"])
def test_an_answer_that_is_not_json_is_an_unknown_shape(ghl: respx.MockRouter, client: GhlClient, body: bytes) -> None:
    ghl.get("/users/").mock(return_value=httpx.Response(200, content=body))
    with pytest.raises(GhlShapeUnknown) as caught:
        client.users()
    assert caught.value.field == "answer"


def test_an_id_with_a_slash_reaches_no_other_endpoint(ghl: respx.MockRouter, client: GhlClient) -> None:
    route = ghl.get(url__regex=r".*").mock(return_value=httpx.Response(404))
    with pytest.raises(GhlRejected):
        client.contact("../users/")
    assert route.calls.last.request.url.raw_path == b"/contacts/%2E%2E%2Fusers%2F"


def test_an_error_names_the_endpoint_without_the_id(ghl: respx.MockRouter, client: GhlClient) -> None:
    ghl.get(url__regex=r".*").mock(return_value=httpx.Response(404, json={"message": "no CTC1 here"}))
    with pytest.raises(GhlRejected, match=r"^GET /contacts/\{id\}: 404 no \*\*\* here$"):
        client.contact("CTC1")
