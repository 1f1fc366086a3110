"""The answers of faults: error bodies, HTML, nothing at all, a dropped or a silent connection."""

import asyncio
from collections.abc import Callable

from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from .faults import Fault, FaultKind
from .replies import Answer, refused

__all__ = ["ABORT", "Drop", "Hang", "failing", "rendered"]

# The key of `scope["state"]` under which server.py offers a way to cut the connection.
ABORT = "sentinel.sandbox.abort"
_HANG_SECONDS = 60
_PAGE = "<!DOCTYPE html><html><head><title>Bad gateway</title></head><body>cloudflare</body></html>"


class Drop(Response):
    """Cuts the connection without a byte of answer."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's signature
        """Raise ConnectionAbortedError where the server offers no way to cut it."""
        abort: Callable[[], None] | None = scope.get("state", {}).get(ABORT)
        if abort is None:
            raise ConnectionAbortedError("the sandbox dropped the connection")
        abort()
        await _gone(receive)


class Hang(Response):
    """Says nothing until the caller gives up, then cuts the connection."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds or _HANG_SECONDS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wait for the caller to leave, at most `seconds`."""
        try:
            await asyncio.wait_for(_gone(receive), self.seconds)
        except TimeoutError:
            await Drop()(scope, receive, send)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def rendered(answer: Answer) -> Response:
    """An answer as a response: a string as plain text, all else as JSON."""
    if isinstance(answer.body, str):
        return PlainTextResponse(answer.body, answer.status, dict(answer.headers))
    return JSONResponse(answer.body, answer.status, dict(answer.headers))


def failing(fault: Fault) -> Response:
    """The response that a fault puts in the place of the proper one."""
    return _FAILURES[fault.kind](fault)


def _too_many(fault: Fault) -> Response:
    after = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    return rendered(refused(429, "Too Many Requests", after).answer)


_FAILURES: dict[FaultKind, Callable[[Fault], Response]] = {
    FaultKind.UNAUTHORIZED: lambda _: rendered(refused(401, "Invalid Private Integration token").answer),
    FaultKind.NO_SCOPE: lambda _: rendered(refused(401, "The token is not authorized for this scope.").answer),
    FaultKind.FORBIDDEN: lambda _: rendered(refused(403, "The token does not have access to this location.").answer),
    FaultKind.TOO_MANY: _too_many,
    FaultKind.SERVER_ERROR: lambda _: rendered(refused(500, "Internal server error").answer),
    FaultKind.HTML: lambda fault: HTMLResponse(_PAGE, fault.status),
    FaultKind.EMPTY_BODY: lambda fault: Response(status_code=fault.status),
    FaultKind.DROP: lambda _: Drop(),
    FaultKind.HANG: lambda fault: Hang(fault.seconds),
}
