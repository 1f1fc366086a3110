"""One request: read within limits, admitted, recorded, answered; refuses to know what a delivery means."""

import asyncio
import difflib
import json
import logging
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from sentinel_cli.clock import Clock
from sentinel_cli.domain.redaction import without_secrets
from sentinel_cli.errors import SentinelError
from sentinel_cli.intake import Incoming
from sentinel_cli.log import event

from .auth import Proof, Shown, is_admitted
from .bodies import LIMIT, said, whole_body
from .recorder import Recorder
from .replies import Refused, Reply, healthy, received, refusal, try_again, unhealthy
from .strangers import Strangers, source_of
from .time_limit import TimeLimit
from .writer import tell

__all__ = ["ANSWER_WITHIN", "Deliveries", "Health", "no_such_route"]

# GHL waits about 10 s (GHL.md 1), and an answer must travel; docker's and uptime checks wait less.
ANSWER_WITHIN = 8.0
# A body that took longer leaves the store too little of it.
BODY_WITHIN = 5.0
_HEALTH_WITHIN = 3.0
_HEALTH_HOLDS = 1.0
# Four times the largest body seen: what is still read of a source that failed too often, for the proof may be in it.
_STRANGERS_LIMIT = 16 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliveries:
    """The endpoint of every webhook. `secrets` must not be stored; `limit` is the time that each answer has."""

    recorder: Recorder
    proofs: Sequence[Proof]
    secrets: Sequence[str]
    clock: Clock
    limit: TimeLimit = field(default_factory=lambda: TimeLimit(ANSWER_WITHIN))
    strangers: Strangers = field(default_factory=Strangers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one: the endpoint as an ASGI app."""
        reply = await self._answer(Request(scope, receive))
        await reply(scope, receive, send)

    async def _answer(self, request: Request) -> Reply:
        """200 once it is on disk; 429 whenever it is not, since that is what GHL repeats."""
        route = str(request.scope["path"]).rpartition("/")[2]
        raw, received_at, began = None, self.clock(), time.monotonic()
        try:
            with self.limit:
                raw = await self._proven_body(request, route)
                if time.monotonic() - began > BODY_WITHIN:
                    raise _too_slow()
                recorded = await self.recorder.record(self._incoming(request, route, received_at, raw))
        except Refused as refused:
            return self._refused(request, refused, route)
        except TimeoutError:
            if raw is None:
                return self._refused(request, _too_slow(), route)
            event("delivery.failed", level=logging.ERROR, route=route, error="not stored in time")
            return try_again()
        except SentinelError as problem:
            event("delivery.failed", level=logging.ERROR, route=route, error=problem.message, advice=problem.advice)
            return try_again()
        except Exception as bug:  # noqa: BLE001 - after any other answer GHL would not send the delivery again
            # Its message may hold what the customer wrote.
            event("request.failed", level=logging.ERROR, route=route, error=type(bug).__name__, at=_place(bug))
            return try_again()
        tell(recorded, route=route)
        return received(recorded)

    def _incoming(self, request: Request, route: str, received_at: datetime, raw: bytes) -> Incoming:
        # Read as it is kept, so that trying again reads the same.
        payload = without_secrets(raw, self.secrets)
        content_type = _content_type(said(request, b"content-type"), tuple(self.secrets))
        return Incoming(route=route, received_at=received_at, payload=payload, content_type=content_type)

    async def _proven_body(self, request: Request, route: str) -> bytes:
        """The body of a request that proves itself. Raises Refused for any other."""
        head = Shown(route=route, headers=request.headers, query=request.scope["query_string"])
        is_proven = is_admitted(head, self.proofs)
        is_slighted = not is_proven and len(self.strangers) > 0 and self.strangers.wait(source_of(request)) > 0
        try:
            raw = await whole_body(request, limit=_STRANGERS_LIMIT if is_slighted else LIMIT)
        except Refused as refused:
            raise (Refused(401, "unauthorized") if is_slighted else refused) from None
        if not is_proven and not is_admitted(replace(head, raw=raw), self.proofs):
            raise Refused(401, "unauthorized")
        return raw

    def _refused(self, request: Request, refused: Refused, route: str) -> Reply:
        """The refusal; 429 for one failure too many, so that what GHL meant well comes again."""
        source = source_of(request)
        if self.strangers.failed(source):
            event("delivery.refused", level=logging.WARNING, route=route, status=refused.status, reason=refused.reason)
        wait = self.strangers.wait(source)
        if refused.status == 401 and wait:
            return refusal(429, "too many refused", wait)
        return refusal(refused.status, refused.reason)


def _too_slow() -> Refused:
    # Not 408: if it was GHL on a bad line, it should repeat.
    return Refused(429, "too slow")


@lru_cache(maxsize=64)
def _content_type(said: bytes, secrets: tuple[str, ...]) -> str | None:
    # Cut last, so that no half of a secret is left.
    return without_secrets(said, secrets).decode("latin-1")[:200] or None


def _place(error: BaseException) -> str | None:
    """The line that raised, as `file.py:12`."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else None


class Health:
    """The endpoint for whoever watches: the store is asked once a second at most, however many ask."""

    def __init__(
        self, recorder: Recorder, clock: Clock, *, holds: float = _HEALTH_HOLDS, within: float = _HEALTH_WITHIN
    ) -> None:
        self._recorder = recorder
        self._clock = clock
        self._holds = holds
        self._within = within
        self._one_at_a_time = asyncio.Lock()
        self._asked_at: float | None = None
        self._problem: str | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one: the endpoint as an ASGI app."""
        reply = await self.answer()
        await reply(scope, receive, send)

    async def answer(self) -> Reply:
        """200 when the store took a write just now, else 503."""
        async with self._one_at_a_time:
            if self._asked_at is None or time.monotonic() - self._asked_at >= self._holds:
                self._problem = await self._asked()
                self._asked_at = time.monotonic()
        return healthy() if self._problem is None else unhealthy("the store cannot be written")

    async def _asked(self) -> str | None:
        check = asyncio.ensure_future(self._recorder.check(self._clock()))
        await asyncio.wait([check], timeout=self._within)
        problem = _problem(check)
        if problem is not None:
            event("request.failed", level=logging.ERROR, route="health", error=problem)
        return problem


def _problem(check: asyncio.Future[None]) -> str | None:
    """Why the check failed: whatever it is, a delivery would have failed alike."""
    if not check.done():
        check.cancel()
        return "no write in time"
    error = check.exception()
    if error is None:
        return None
    return error.message if isinstance(error, SentinelError) else type(error).__name__


# What a mistyped address of ours may be made of; somebody's phone or name, typed into one, is no business of a log's.
_TYPED = (
    "api", "call", "calls", "customer", "ghl", "health", "hook", "hooks", "inbound", "message", "messages", "missed",
    "replied", "sentinel", "sms", "text", "unanswered", "voicemail", "webhook", "webhooks", "[secret]",
)  # fmt: skip
_BETWEEN_WORDS = re.compile(r"[_.\s-]+")


def _as_typed(path: str) -> str:
    """The path with stars for every part that is not nearly made of such words."""
    return "/".join(part if _is_nearly_ours(part) else "***" for part in path.split("/"))


def _is_nearly_ours(part: str) -> bool:
    words = filter(None, _BETWEEN_WORDS.split(part.casefold()))
    return all(difflib.get_close_matches(word, _TYPED, n=1, cutoff=0.75) for word in words)


def no_such_route(request: Request, error: HTTPException, secrets: Sequence[str], strangers: Strangers) -> Response:
    """404 or 405, and a line in the log: a mistyped address in a workflow would lose customers in silence."""
    path = without_secrets(request.url.path.encode("utf-8", "replace"), secrets).decode()[:80]
    if strangers.failed(source_of(request)):
        path = _as_typed(path)
        event("request.failed", level=logging.WARNING, status=error.status_code, method=request.method, path=path)
    reply = refusal(error.status_code, error.detail.lower())
    return Response(
        json.dumps(reply.content), reply.status, {**reply.headers, **(error.headers or {})}, "application/json"
    )
