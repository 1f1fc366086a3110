"""What httpx's errors and GHL's error answers mean to us; refuses to know what to do about them.

    answered     401 (scope)        ScopeMissing ⊂ GhlRefused
                 401, 403           GhlRefused
                 429                RateLimited ⊂ GhlUnavailable
                 408, 5xx           GhlUnavailable, for a send SendOutcomeUnknown
                 any other, not 2xx GhlRejected
    not answered address wrong      Misconfigured
                 never connected    GhlUnavailable
                 anything else      GhlUnavailable, for a send SendOutcomeUnknown

Texts hold the endpoint without ids, and of GHL's own words those of the trade: an error may repeat a customer's name,
phone or text, and nobody can tell a name from a word but by knowing the words.
"""

from collections.abc import Sequence

import httpx

from sentinel_cli.errors import (
    GhlRefused,
    GhlRejected,
    GhlUnavailable,
    Misconfigured,
    SendOutcomeUnknown,
    SentinelError,
)
from sentinel_cli.ghl.pacing import RateLimited, asked_pause
from sentinel_cli.ghl.plain_words import plain_words

__all__ = ["HTTPX_ERRORS", "LOOKED_FOR", "ScopeMissing", "of_answer", "of_transport"]

HTTPX_ERRORS = (httpx.HTTPError, httpx.InvalidURL, httpx.CookieConflict, httpx.StreamError)

LOOKED_FOR = "the next run looks for the text in the conversation before it sends again"

_WRONG_ADDRESS = (httpx.InvalidURL, httpx.UnsupportedProtocol)
# Raised before the first byte of a request leaves: TCP, TLS and proxy set-up, or no free place in the pool.
_NEVER_CONNECTED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)

_LONGEST = 200

_TOKEN_INVALID = "GHL_TOKEN is invalid or revoked: create a new Private Integration token and put it into .env"  # noqa: S105
_ITS_SIDE = "GoHighLevel's side: the next run tries again by itself"
_AGAIN = "the next run tries again by itself; if it stays so, check the network and GHL_BASE_URL"
_LIMIT = "another program shares this limit; the next run tries again by itself"
_ADDRESS = "set GHL_BASE_URL in .env; GoHighLevel's own is https://services.leadconnectorhq.com"
_SCOPE_MISSING = "give the Private Integration the scopes Sentinel needs, or GHL_LOCATION_ID is of another account"
_REFUSALS = (
    ("1010", "the network in front of GoHighLevel refused our client; try from another host"),
    ("version", "GHL_VERSION is missing or strange; 2021-07-28 is known to work"),
    ("location", "GHL_LOCATION_ID is not a location of this token"),
)
_REJECTIONS = {
    400: "the payload is wrong for this endpoint",
    404: "wrong endpoint, GHL_BASE_URL or GHL_VERSION, or what was asked for no longer exists",
    422: "the payload is wrong for this endpoint",
}


class ScopeMissing(GhlRefused):
    """The token is good but lacks the scope of this endpoint; another endpoint may still serve."""


def of_environment(error: Exception) -> Misconfigured:
    """Our error where httpx could not use a proxy or a certificate that the environment names for every program."""
    problem = f"a proxy or a certificate named in the environment cannot be used ({type(error).__name__})"
    return Misconfigured([problem], advice="unset ALL_PROXY, HTTPS_PROXY, HTTP_PROXY or SSL_CERT_FILE, or mend it")


def of_transport(endpoint: str, error: Exception, *, sending: bool) -> SentinelError:
    """Our error for an httpx error; `sending` says that the request, once received, has an effect."""
    what = f"{endpoint}: {type(error).__name__}"
    if isinstance(error, _WRONG_ADDRESS):
        return Misconfigured(["GHL_BASE_URL is not a usable http(s) address"], advice=_ADDRESS)
    if isinstance(error, _NEVER_CONNECTED):
        return GhlUnavailable(f"{what}, no connection to GoHighLevel", advice=_AGAIN)
    if sending:
        return _maybe_sent(what)
    return GhlUnavailable(f"{what}, GoHighLevel did not answer", advice=_AGAIN)


def of_answer(
    endpoint: str, response: httpx.Response, *, sending: bool, hidden: Sequence[str] = ()
) -> SentinelError | None:
    """Our error for an answer, None for a 2xx; `hidden` are texts that must not be repeated."""
    status = response.status_code
    if response.is_success:
        return None
    said = _said(response, hidden)
    what = f"{endpoint}: {status} {said}".rstrip()
    if status in {401, 403}:
        return _refusal(what, status, said.casefold())
    if status == 429:
        return RateLimited(what, pause=asked_pause(response.headers), advice=_LIMIT)
    if status == 408 or status >= 500:
        return _maybe_sent(what) if sending else GhlUnavailable(what, advice=_ITS_SIDE)
    return GhlRejected(what, status=status, advice=_rejection(status, said.casefold()))


def _maybe_sent(what: str) -> SendOutcomeUnknown:
    return SendOutcomeUnknown(f"{what}, the text may have been sent", advice=LOOKED_FOR)


def _refusal(what: str, status: int, said: str) -> GhlRefused:
    if status == 401 and "scope" in said:
        return ScopeMissing(what, status=status, advice=_SCOPE_MISSING)
    plain = _TOKEN_INVALID if status == 401 else _SCOPE_MISSING
    advice = next((advice for word, advice in _REFUSALS if word in said), plain)
    return GhlRefused(what, status=status, advice=advice)


def _rejection(status: int, said: str) -> str:
    if "dnd" in said:
        # GHL.md 4: also what a landline gets.
        return "this contact blocks texts (DND) or has a landline: lift it in GoHighLevel or choose another manager"
    return _REJECTIONS.get(status, "check GHL_BASE_URL")


def _said(response: httpx.Response, hidden: Sequence[str]) -> str:
    """GHL's own words on one line, shortened; `hidden` texts and whatever is no word of the trade are starred out."""
    words = " ".join(_words(response)[: 10 * _LONGEST].split())
    for text in filter(None, hidden):
        words = words.replace(" ".join(text.split()), "***")
    shown = plain_words(words)
    return shown if len(shown) <= _LONGEST else shown[:_LONGEST] + "…"


def _words(response: httpx.Response) -> str:
    try:
        body = response.json()
    except (ValueError, RecursionError):
        page = response.text.lstrip().startswith("<")
        return "(a page of HTML)" if page else response.text
    if not isinstance(body, dict):
        return ""
    message = body.get("message") or body.get("error") or ""
    return "; ".join(map(str, message)) if isinstance(message, list) else str(message)
