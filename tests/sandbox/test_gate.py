"""Who is let in, and the rate limit (GHL.md 5), over real HTTP."""

import urllib.error
import urllib.request
from dataclasses import replace

import httpx
import pytest

from sentinel_cli.sandbox.app import sandbox_app
from sentinel_cli.sandbox.limits import RateLimit
from sentinel_cli.sandbox.rows import ALL_SCOPES, Location
from sentinel_cli.sandbox.server import serve_in_thread
from sentinel_cli.sandbox.world import World

from .conftest import LOCATION, PAT


def test_a_wrong_token_is_401(api: httpx.Client):
    answer = api.get(f"/contacts/{PAT}", headers={"Authorization": "Bearer sandbox-tokenx"})
    assert (answer.status_code, answer.json()) == (
        401,
        {"statusCode": 401, "message": "Invalid Private Integration token"},
    )


def test_no_token_is_401(world: World, url: str):
    assert httpx.get(f"{url}/contacts/{PAT}").json()["message"] == "Invalid Private Integration token"


def test_no_version_is_401(world: World, url: str):
    answer = httpx.get(f"{url}/contacts/{PAT}", headers={"Authorization": "Bearer sandbox-token"})
    assert (answer.status_code, answer.json()["message"]) == (401, "version header was not found.")


def test_a_wrong_version_reads_as_404(api: httpx.Client):
    assert api.get(f"/contacts/{PAT}", headers={"Version": "2019-01-01"}).status_code == 404


def test_another_location_is_403(api: httpx.Client):
    answer = api.get("/users/", params={"locationId": "LOCother"})
    assert (answer.status_code, answer.json()) == (
        403,
        {"statusCode": 403, "message": "The token does not have access to this location.", "error": "Forbidden"},
    )


@pytest.mark.parametrize("path", ["/users/", "/conversations/search", "/conversations/messages/export"])
def test_no_location_is_422_with_an_array(api: httpx.Client, path: str):
    answer = api.get(path)
    assert (answer.status_code, type(answer.json()["message"])) == (422, list)


def test_pythons_default_agent_is_refused_by_cloudflare(world: World, url: str):
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(f"{url}/contacts/{PAT}")  # noqa: S310 - a loopback address
    with refusal.value as answer:
        assert (answer.code, answer.read()) == (403, b"error code: 1010")


def test_an_unknown_path_is_404(api: httpx.Client):
    assert api.get("/contact").json()["message"] == "Cannot GET /contact"


def test_a_method_nobody_serves_is_404(api: httpx.Client):
    assert api.delete("/conversations/messages").status_code == 404


@pytest.mark.parametrize(
    ("scope", "method", "path"),
    [
        ("conversations.readonly", "GET", "/conversations/search"),
        ("conversations/message.readonly", "GET", "/conversations/messages/export"),
        ("conversations/message.readonly", "GET", "/conversations/messages/MSG1"),
        ("conversations/message.readonly", "GET", "/conversations/CNV1/messages"),
        ("conversations/message.write", "POST", "/conversations/messages"),
        ("contacts.readonly", "GET", "/contacts/CTC1"),
        ("users.readonly", "GET", "/users/"),
    ],
)
def test_a_missing_scope_is_401(api: httpx.Client, world: World, scope: str, method: str, path: str):
    world.location = replace(Location(), scopes=ALL_SCOPES - {scope})
    answer = api.request(method, path, params={"locationId": LOCATION})
    world.location = Location()
    assert (answer.status_code, answer.json()["message"]) == (401, "The token is not authorized for this scope.")


def test_every_answer_tells_the_limit(api: httpx.Client):
    headers = api.get(f"/contacts/{PAT}").headers
    assert {name: headers[name] for name in headers if name.startswith("x-ratelimit")} == {
        "x-ratelimit-limit-daily": "200000",
        "x-ratelimit-daily-remaining": "199999",
        "x-ratelimit-interval-milliseconds": "10000",
        "x-ratelimit-max": "100",
        "x-ratelimit-remaining": "99",
    }


def test_one_request_too_many_is_429():
    world = World.sample(rate_limit=RateLimit(1))
    headers = {"Authorization": "Bearer sandbox-token", "Version": "2021-07-28"}
    with serve_in_thread(sandbox_app(world)) as url, httpx.Client(base_url=url, headers=headers) as client:
        statuses = [client.get(f"/contacts/{PAT}").status_code for _ in range(2)]
    assert statuses == [200, 429]


def test_the_window_slides():
    seconds = iter([0.0, 1.0, 9.9, 10.0])
    limit = RateLimit(2, 10, lambda: next(seconds))
    assert [limit.take() for _ in range(4)] == [True, True, False, True]


def test_a_limit_that_is_off_lets_all_through_and_says_nothing():
    limit = RateLimit(None)
    assert ([limit.take() for _ in range(200)].count(True), limit.headers()) == (200, {})
