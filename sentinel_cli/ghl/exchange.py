"""One request and its answer: paced, retried where that is harmless, every failure in our words; knows no endpoint.

httpx's own time-outs are for each read of a socket: of a server that sends a byte a second they would never tire. So
each request has a limit as a whole, and that takes httpx's asynchronous client, in a thread that several may ask.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Thread
from typing import Final, TypeVar
from urllib.parse import quote

import httpx
import stamina
from stamina.instrumentation import RetryDetails, set_on_retry_hooks

from sentinel_cli import __version__, log
from sentinel_cli.errors import GhlRefused, GhlShapeUnknown, GhlUnavailable, Misconfigured, SendOutcomeUnknown
from sentinel_cli.ghl.failures import HTTPX_ERRORS, LOOKED_FOR, of_answer, of_environment, of_transport
from sentinel_cli.ghl.pacing import PATIENCE, DailyLimitReached, Pacer, RateLimited
from sentinel_cli.together import AT_ONCE

__all__ = ["RETRYING", "WHOLE", "Account", "Exchange"]

T = TypeVar("T")

RETRYING: Final = stamina.RetryingCaller(attempts=4, timeout=90.0, wait_initial=0.5, wait_max=8.0, wait_jitter=0.5)


def _tell(details: RetryDetails) -> None:
    log.event("request.retried", attempt=details.retry_num, error=type(details.caused_by).__name__)


# stamina's own hook warns, which would put lines of another form into logs/cron.log.
set_on_retry_hooks([_tell])

_TIMEOUT = httpx.Timeout(connect=5.0, read=30.0, write=10.0, pool=5.0)
# From the look-up of the address to the last byte of the answer.
WHOLE: Final = 45.0
# Kept shorter than the 5 s after which uvicorn (the sandbox) closes an idle connection: a send that meets a
# closing one has an unknown outcome.
_LIMITS = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE, keepalive_expiry=4.0)
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Which location of GoHighLevel, and how to reach it; `region` is where its national phone numbers are dialled."""

    token: str = field(repr=False)
    location_id: str
    base_url: str = "https://services.leadconnectorhq.com"
    version: str = "2021-07-28"
    region: str = "US"

    def __post_init__(self) -> None:
        """Raises Misconfigured for values that no header or address can carry (a stray CR/LF, GHL.md 5)."""
        values = {"GHL_TOKEN": self.token, "GHL_LOCATION_ID": self.location_id, "GHL_VERSION": self.version}
        strange = [name for name, value in values.items() if not _is_plain(value)]
        if strange:
            raise Misconfigured(
                [f"{name} is empty or holds a space, a line end or a non-ASCII character" for name in strange],
                advice="copy it into .env anew",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A request; `path` names the endpoint with `{id}` where `of` goes, so that errors can name it without ids."""

    method: str
    path: str
    of: str = ""
    params: Mapping[str, str] | None = None
    body: Mapping[str, str] | None = None

    @property
    def endpoint(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def sending(self) -> bool:
        return self.method == "POST"

    @property
    def url(self) -> str:
        # Contact ids come from deliveries: one that holds a slash or dots must not reach another endpoint.
        return self.path.replace("{id}", quote(self.of, safe="").replace(".", "%2E"))

    @property
    def hidden(self) -> Sequence[str]:
        given = {**(self.params or {}), **(self.body or {})}
        return [self.of, *(given.get(name, "") for name in ("message", "contactId", "conversationId", "query"))]


class Exchange:
    """Keep-alive connections to one account, of which several threads may ask at once.

    `requests` counts every request made, retries included, and `failures` those that were not answered or answered with
    an error; `headers` are those of the newest answer.
    """

    def __init__(
        self,
        account: Account,
        pacer: Pacer,
        *,
        retrying: stamina.RetryingCaller = RETRYING,
        transport: httpx.AsyncBaseTransport | None = None,
        whole: float = WHOLE,
    ) -> None:
        self.requests = self.failures = 0
        self.headers: Mapping[str, str] = {}
        self._whole = whole
        self._token = account.token
        self._pacer = pacer
        self._retrying = retrying
        self._http = _http_client(account, transport)
        self._loop_thread = _LoopThread(self._http)

    def close(self) -> None:
        """Give the connections back; who still waits for an answer gets `concurrent.futures.CancelledError`."""
        self._loop_thread.close()

    def get(self, path: str, params: Mapping[str, str] | None = None, *, of: str = "") -> object:
        """The JSON that `path` answers; retried after transport errors, 429, 5xx, and once after a 401 (GHL.md 5).

        Raises GhlUnavailable when this connection has spent all the time there is for reading.
        """
        self._pacer.refuse_if_late()
        asked = _Asked(method="GET", path=path, of=of, params=params)
        return self._retrying(_patience_for_reads(), self._ask, asked)

    def post(self, path: str, body: Mapping[str, str]) -> object:
        """The JSON that a send is answered with; once more only after a 429 or 401, which are known to have no effect.

        Raises SendOutcomeUnknown whenever the request may have been received.
        """
        asked = _Asked(method="POST", path=path, body=body)
        try:
            return self._retrying(_patience_for_sends(), self._ask, asked)
        except GhlShapeUnknown as error:
            raise SendOutcomeUnknown(
                f"{asked.endpoint}: accepted in an unknown shape, the text may be sent", advice=LOOKED_FOR
            ) from error

    def _ask(self, asked: _Asked) -> object:
        self._pacer.wait()
        return self._loop_thread.run(self._told(asked))

    async def _told(self, asked: _Asked) -> object:
        self.requests += 1
        try:
            response = await self._answer(asked)
        except HTTPX_ERRORS as error:
            self.failures += 1
            raise of_transport(asked.endpoint, error, sending=asked.sending) from error
        self.headers = response.headers
        self._pacer.heed(response.headers)
        failure = of_answer(asked.endpoint, response, sending=asked.sending, hidden=[self._token, *asked.hidden])
        if isinstance(failure, RateLimited):
            self._pacer.refuse_if_spent()
            self._pacer.hold(failure.pause)
        if failure is not None:
            self.failures += 1
            raise failure
        return _json(asked.endpoint, response)

    async def _answer(self, asked: _Asked) -> httpx.Response:
        try:
            async with asyncio.timeout(self._whole):
                return await self._http.request(asked.method, asked.url, params=asked.params, json=asked.body)
        except TimeoutError:
            raise httpx.ReadTimeout(f"not whole within {self._whole:.0f} s") from None


class _LoopThread:
    """An event loop in a thread of its own, so that several threads may ask over the same connections."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http
        self._is_over = asyncio.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._live, name="ghl", daemon=True)
        self._thread.start()

    def _live(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._until_over())

    async def _until_over(self) -> None:
        async with self._http:
            await self._is_over.wait()

    def run(self, work: Coroutine[object, object, T]) -> T:
        """What comes of `work`, waited for in the thread that asks; its errors are raised there."""
        try:
            asked = asyncio.run_coroutine_threadsafe(work, self._loop)
        except RuntimeError:
            # It is over, as after Ctrl-C.
            work.close()
            raise
        try:
            return asked.result()
        finally:
            asked.cancel()

    def close(self) -> None:
        """End it, and what it still does."""
        self._loop.call_soon_threadsafe(self._is_over.set)
        self._thread.join()


def _http_client(account: Account, transport: httpx.AsyncBaseTransport | None) -> httpx.AsyncClient:
    headers = {
        "Authorization": f"Bearer {account.token}",
        "Version": account.version,
        "Accept": "application/json",
        "Accept-Encoding": "gzip",
        # GHL.md 5: Cloudflare answers 403 "error code: 1010" to clients that look like a bare script.
        "User-Agent": f"sentinel/{__version__}",
    }
    try:
        address = httpx.URL(account.base_url)
        # The stand-in on this host is not to be sought through a proxy.
        return httpx.AsyncClient(
            base_url=address,
            headers=headers,
            timeout=_TIMEOUT,
            limits=_LIMITS,
            transport=transport,
            trust_env=address.host not in _LOOPBACK,
        )
    except HTTPX_ERRORS as error:
        raise of_transport("GET /", error, sending=False) from error
    except (OSError, ValueError, ImportError) as error:
        raise of_environment(error) from error


def _json(endpoint: str, response: httpx.Response) -> object:
    try:
        return response.json()
    except (ValueError, RecursionError) as error:
        raise GhlShapeUnknown(
            f"{endpoint}: the answer is not JSON",
            field="answer",
            advice="look at GHL_BASE_URL: something other than GoHighLevel's API may answer there",
        ) from error


def _patience_for_reads() -> Callable[[Exception], bool | float]:
    """Says of each error of one read whether to ask again; 0.0 is at once (the pacer does the waiting after a 429)."""
    lone_refusal = iter((0.0,))

    def patience(error: Exception) -> bool | float:
        if isinstance(error, RateLimited):
            return 0.0 if error.pause <= PATIENCE else False
        if isinstance(error, GhlRefused) and error.status == 401:
            return next(lone_refusal, False)
        return isinstance(error, GhlUnavailable) and not isinstance(error, DailyLimitReached)

    return patience


def _patience_for_sends() -> Callable[[Exception], bool | float]:
    """As for reads, but one more try in all, and only where GHL's answer says that nothing was sent."""
    once = iter((0.0,))

    def patience(error: Exception) -> bool | float:
        paused = isinstance(error, RateLimited) and error.pause <= PATIENCE
        refused = isinstance(error, GhlRefused) and error.status == 401
        return next(once, False) if paused or refused else False

    return patience


def _is_plain(value: str) -> bool:
    return value.isascii() and value.isprintable() and value != "" and " " not in value
