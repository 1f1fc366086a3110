"""Every answer the receiver gives, as JSON; none of them tells a stranger anything about what is kept here."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from starlette.types import Message, Receive, Scope, Send

from sentinel_cli.intake import Recorded

__all__ = ["Refused", "Reply", "healthy", "received", "refusal", "try_again", "unhealthy"]

RETRY_AFTER_SECONDS = 30


@dataclass(frozen=True)
class Reply:
    """A small JSON object with its status, to be called as an ASGI app: a framework's response costs as much as all of
    our own work on a request.
    """

    content: Mapping[str, object]
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's signature
        """Send it."""
        for message in self._messages:
            await send(message)

    @cached_property
    def _messages(self) -> tuple[Message, Message]:
        body = json.dumps(self.content, separators=(",", ":")).encode()
        headers = [(name.encode(), value.encode()) for name, value in self.headers.items()]
        headers += [(b"content-length", b"%d" % len(body)), (b"content-type", b"application/json")]
        start = {"type": "http.response.start", "status": self.status, "headers": headers}
        return start, {"type": "http.response.body", "body": body}


class Refused(Exception):
    """The request is answered with `status` and `reason`, and nothing of it is stored."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


def received(recorded: Recorded) -> Reply:
    """The delivery is on disk; 400 tells the sender of one that nobody can read."""
    return _received(recorded.outcome, recorded.issue_id)


@lru_cache(maxsize=64)
def _received(outcome: str, issue_id: int | None) -> Reply:
    # All of a crowd share one reply, which nobody may change.
    body = {"received": True, "outcome": outcome, "issue_id": issue_id}
    return Reply(body, 400 if outcome == "undecodable" else 200)


def refusal(status: int, reason: str, retry_after: int = RETRY_AFTER_SECONDS) -> Reply:
    """Nothing was stored, and the same request would be refused again; one of 429 not for ever."""
    # The rest of a body that is too large is not waited for.
    headers = {"connection": "close"} | ({"retry-after": str(retry_after)} if status == 429 else {})
    return Reply({"received": False, "reason": reason}, status, headers)


def try_again() -> Reply:
    """Nothing was stored, and the sender should repeat: GHL repeats 429 under every policy it has published."""
    headers = {"retry-after": str(RETRY_AFTER_SECONDS)}
    return Reply({"received": False, "reason": "try again"}, 429, headers)


def healthy() -> Reply:
    """A delivery that came now could be stored."""
    return Reply({"ok": True})


def unhealthy(reason: str) -> Reply:
    """A delivery that came now would be answered 429."""
    return Reply({"ok": False, "reason": reason}, 503)
