"""Every answer the receiver gives, as JSON; none of them tells a stranger anything about what is kept here."""

from starlette.responses import JSONResponse, Response

from sentinel_cli.intake import Recorded

__all__ = ["Refused", "healthy", "received", "refusal", "try_again", "unhealthy"]

RETRY_AFTER_SECONDS = 30


class Refused(Exception):
    """The request is answered with `status` and `reason`, and nothing of it is stored."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


def received(recorded: Recorded) -> Response:
    """The delivery is on disk; 400 tells the sender of one that nobody can read."""
    body = {"received": True, "outcome": recorded.outcome, "issue_id": recorded.issue_id}
    return JSONResponse(body, 400 if recorded.outcome == "undecodable" else 200)


def refusal(status: int, reason: str, retry_after: int = RETRY_AFTER_SECONDS) -> Response:
    """Nothing was stored, and the same request would be refused again; one of 429 not for ever."""
    # The rest of a body that is too large is not waited for.
    headers = {"connection": "close"} | ({"retry-after": str(retry_after)} if status == 429 else {})
    return JSONResponse({"received": False, "reason": reason}, status, headers)


def try_again() -> Response:
    """Nothing was stored, and the sender should repeat: GHL repeats 429 under every policy it has published."""
    headers = {"retry-after": str(RETRY_AFTER_SECONDS)}
    return JSONResponse({"received": False, "reason": "try again"}, 429, headers)


def healthy() -> Response:
    """A delivery that came now could be stored."""
    return JSONResponse({"ok": True})


def unhealthy(reason: str) -> Response:
    """A delivery that came now would be answered 429."""
    return JSONResponse({"ok": False, "reason": reason}, 503)
