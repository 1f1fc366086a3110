"""What a route is asked and what it answers, with the vendor's error bodies (GHL.md 4, 5); knows no route."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Answer", "Ask", "Refused", "bad_request", "refused", "trace_id", "unprocessable"]

_ERRORS = {401: None, 403: "Forbidden", 404: "Not Found", 422: "Unprocessable Entity"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request, read: `body` is its JSON, None where it has none; header names are lower case."""

    method: str
    path: str
    path_values: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A JSON answer, or plain text where `body` is a string."""

    body: object
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class Refused(Exception):
    """The request gets an error answer instead of what it asked for."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"{answer.status}")
        self.answer = answer


def trace_id() -> str:
    """A new id like those the vendor's support asks for."""
    return str(uuid.uuid4())


def refused(status: int, message: str, headers: Mapping[str, str] | None = None) -> Refused:
    """An error answer with the vendor's words; 401 and 5xx bodies have no `error` key."""
    body: dict[str, object] = {"statusCode": status, "message": message}
    if _ERRORS.get(status):
        body["error"] = _ERRORS[status]
    return Refused(Answer(status=status, body=body, headers=headers or {}))


def bad_request(message: str) -> Refused:
    """400, the vendor's words, and a trace id."""
    return Refused(Answer(status=400, body={"statusCode": 400, "message": message, "traceId": trace_id()}))


def unprocessable(*messages: str) -> Refused:
    """422, whose `message` is an array."""
    body = {"statusCode": 422, "message": list(messages), "error": "Unprocessable Entity"}
    return Refused(Answer(status=422, body=body))
