"""Every error of httpx and every status of GHL is one of ours, and its text is safe to log."""

import inspect

import httpx
import pytest
import respx

from sentinel_cli.errors import (
    GhlRefused,
    GhlRejected,
    GhlUnavailable,
    Misconfigured,
    SendOutcomeUnknown,
    SentinelError,
)
from sentinel_cli.ghl.client import Account, GhlClient
from sentinel_cli.ghl.failures import HTTPX_ERRORS, ScopeMissing, of_answer, of_transport

from .rows import LOCATION, NOW, TOKEN, sample

ALL_HTTPX_ERRORS = sorted(
    (kind for _, kind in inspect.getmembers(httpx, inspect.isclass) if issubclass(kind, Exception)),
    key=lambda kind: kind.__name__,
)
WRONG_ADDRESS = {httpx.InvalidURL, httpx.UnsupportedProtocol}
NEVER_CONNECTED = {httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError}
MAYBE_SENT = [kind for kind in ALL_HTTPX_ERRORS if kind not in WRONG_ADDRESS | NEVER_CONNECTED]


def raised(kind: type[Exception]) -> Exception:
    """An instance of any httpx error, whatever its constructor asks."""
    error = kind.__new__(kind)
    error.args = (f"about {TOKEN}",)
    return error


def failure(response: httpx.Response, *hidden: str) -> SentinelError:
    error = of_answer("GET /x", response, sending=False, hidden=hidden)
    assert error is not None
    return error


def answer_of(status: int, body: object) -> httpx.Response:
    return httpx.Response(status, json=body)


@pytest.mark.parametrize("kind", ALL_HTTPX_ERRORS)
def test_every_httpx_error_is_caught(kind: type[Exception]) -> None:
    assert issubclass(kind, HTTPX_ERRORS)


@pytest.mark.parametrize("kind", ALL_HTTPX_ERRORS)
def test_every_httpx_error_of_a_read_is_an_outage_or_a_wrong_setting(kind: type[Exception]) -> None:
    error = of_transport("GET /users/", raised(kind), sending=False)
    assert isinstance(error, Misconfigured if kind in WRONG_ADDRESS else GhlUnavailable)


@pytest.mark.parametrize("kind", MAYBE_SENT)
def test_every_httpx_error_after_connecting_leaves_a_send_unknown(kind: type[Exception]) -> None:
    assert isinstance(of_transport("POST /x", raised(kind), sending=True), SendOutcomeUnknown)


@pytest.mark.parametrize("kind", sorted(NEVER_CONNECTED, key=lambda kind: kind.__name__))
def test_a_send_that_never_connected_was_not_sent(kind: type[Exception]) -> None:
    assert type(of_transport("POST /x", raised(kind), sending=True)) is GhlUnavailable


@pytest.mark.parametrize("kind", ALL_HTTPX_ERRORS)
def test_no_text_of_httpx_reaches_ours(kind: type[Exception]) -> None:
    assert TOKEN not in str(of_transport("GET /users/", raised(kind), sending=False))


@pytest.mark.parametrize("kind", ALL_HTTPX_ERRORS)
def test_the_client_lets_no_httpx_error_through(
    ghl: respx.MockRouter, client: GhlClient, kind: type[Exception]
) -> None:
    ghl.get("/users/").mock(side_effect=raised(kind))
    with pytest.raises(SentinelError):
        client.users()


@pytest.mark.parametrize(
    ("status", "read", "send"),
    [
        (302, GhlRejected, GhlRejected),
        (400, GhlRejected, GhlRejected),
        (401, GhlRefused, GhlRefused),
        (403, GhlRefused, GhlRefused),
        (404, GhlRejected, GhlRejected),
        (408, GhlUnavailable, SendOutcomeUnknown),
        (422, GhlRejected, GhlRejected),
        (429, GhlUnavailable, GhlUnavailable),
        (500, GhlUnavailable, SendOutcomeUnknown),
        (502, GhlUnavailable, SendOutcomeUnknown),
        (504, GhlUnavailable, SendOutcomeUnknown),
        (521, GhlUnavailable, SendOutcomeUnknown),
    ],
)
def test_a_status_is_one_of_our_errors(status: int, read: type[SentinelError], send: type[SentinelError]) -> None:
    assert isinstance(of_answer("GET /x", answer_of(status, {}), sending=False), read)
    assert isinstance(of_answer("POST /x", answer_of(status, {}), sending=True), send)


@pytest.mark.parametrize("status", [200, 201, 204])
def test_a_2xx_is_no_failure(status: int) -> None:
    assert of_answer("GET /x", httpx.Response(status), sending=False) is None


@pytest.mark.parametrize(
    ("status", "body", "advice"),
    [
        (401, sample("error-401-pit-1"), "GHL_TOKEN is invalid"),
        (408, {}, "GoHighLevel's side: the next run tries again by itself"),
        (429, {}, "the next run tries again by itself"),
        (500, {}, "GoHighLevel's side: the next run tries again by itself"),
        (503, {}, "GoHighLevel's side: the next run tries again by itself"),
        (401, {"message": "The token is not authorized for this scope."}, "scopes"),
        (401, {"message": "version header was not found."}, "GHL_VERSION"),
        (401, {"message": "This location is not accessible from this token!"}, "GHL_LOCATION_ID"),
        (403, sample("error-403-location-1"), "GHL_LOCATION_ID"),
        (403, {"message": "Forbidden resource"}, "GHL_LOCATION_ID"),
        (400, sample("error-400-dnd-1"), "DND"),
        (400, {"message": "bad"}, "payload"),
        (404, {"message": "Not Found"}, "GHL_VERSION"),
        (422, sample("error-422-doc-1"), "payload"),
        (405, {}, "GHL_BASE_URL"),
    ],
)
def test_the_advice_says_what_to_do(status: int, body: object, advice: str) -> None:
    assert advice in failure(answer_of(status, body)).advice


@pytest.mark.parametrize("sending", [False, True])
@pytest.mark.parametrize("kind", ALL_HTTPX_ERRORS)
def test_every_httpx_error_says_what_to_do(kind: type[Exception], sending: bool) -> None:
    assert of_transport("POST /x", raised(kind), sending=sending).advice


@pytest.mark.parametrize("kind", [httpx.ReadTimeout, httpx.RemoteProtocolError, httpx.ConnectError])
def test_a_read_that_met_an_outage_is_said_to_be_tried_again(kind: type[Exception]) -> None:
    assert "the next run tries again" in of_transport("GET /x", raised(kind), sending=False).advice


@pytest.mark.parametrize("status", [408, 500, 502])
def test_a_send_that_may_have_happened_is_said_to_be_looked_for(status: int) -> None:
    error = of_answer("POST /x", answer_of(status, {}), sending=True)
    assert error is not None
    assert error.advice == "the next run looks for the text in the conversation before it sends again"


def test_a_cloudflare_refusal_is_told_from_ghls_own() -> None:
    assert "another host" in failure(httpx.Response(403, text="error code: 1010")).advice


def test_a_missing_scope_is_told_from_an_invalid_token() -> None:
    said = {"message": "The token is not authorized for this scope."}
    assert isinstance(failure(answer_of(401, said)), ScopeMissing)
    assert not isinstance(failure(answer_of(401, sample("error-401-pit-1"))), ScopeMissing)


@pytest.mark.parametrize(
    ("response", "text"),
    [
        (answer_of(422, {"message": ["limit is wrong", "sort is wrong"]}), "GET /x: 422 limit is wrong; sort is wrong"),
        (answer_of(400, {"error": "Bad Request"}), "GET /x: 400 Bad Request"),
        (answer_of(400, ["what"]), "GET /x: 400"),
        (httpx.Response(502, text="<html>Bad gateway</html>"), "GET /x: 502 (a page of HTML)"),
        (httpx.Response(503, text="upstream\n down"), "GET /x: 503 upstream down"),
        (httpx.Response(500, text=""), "GET /x: 500"),
        (answer_of(400, {"message": "bad " * 500}), f"GET /x: 400 {'bad ' * 50}…"),
        (
            answer_of(400, {"message": "startDate must be a valid ISO 8601"}),
            "GET /x: 400 startDate must be a valid ISO 8601",
        ),
        (answer_of(400, {"message": "Contact Pat Ellison: DND"}), "GET /x: 400 Contact ***: DND"),
        (answer_of(400, {"message": "pat wrote 'is anyone coming?'"}), "GET /x: 400 *** 'is ***?'"),
    ],
)
def test_the_text_holds_ghls_own_words(response: httpx.Response, text: str) -> None:
    assert str(failure(response)) == text


@pytest.mark.parametrize(
    "secret", ["+12175550123", "(217) 555-0123", "lee@example.com", TOKEN, "Overdue texts 2: #38 Lee"]
)
def test_the_text_repeats_no_secret_phone_address_or_message(secret: str) -> None:
    answer = answer_of(400, {"message": f"cannot send {secret} now"})
    assert str(failure(answer, TOKEN, "Overdue texts 2:\n#38 Lee", "")) == "GET /x: 400 cannot send *** now"


@pytest.mark.parametrize("token", ["", "pit-1\n", "pit 1", "pit–1"])
def test_a_token_that_no_header_can_carry_is_a_wrong_setting(token: str) -> None:
    with pytest.raises(Misconfigured, match="GHL_TOKEN"):
        Account(token=token, location_id=LOCATION)


@pytest.mark.parametrize("address", ["services.leadconnectorhq.com", "ftp://ghl.test", "https://ghl.test:port", ""])
def test_an_address_that_cannot_be_used_is_a_wrong_setting(address: str) -> None:
    account = Account(token=TOKEN, location_id=LOCATION, base_url=address)
    with pytest.raises(Misconfigured, match="GHL_BASE_URL"), GhlClient(account, lambda: NOW) as client:
        client.users()


@pytest.mark.parametrize(("name", "value"), [("HTTPS_PROXY", "gopher://a"), ("SSL_CERT_FILE", "/nowhere")])
def test_a_proxy_or_certificate_that_cannot_be_used_is_misconfigured(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(Misconfigured, match="named in the environment") as raised:
        GhlClient(Account(token=TOKEN, location_id=LOCATION), lambda: NOW)
    assert name in raised.value.advice


def test_the_token_is_not_in_the_accounts_repr() -> None:
    assert TOKEN not in repr(Account(token=TOKEN, location_id=LOCATION))
