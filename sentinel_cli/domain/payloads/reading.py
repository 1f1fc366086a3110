"""The question (arrival, policy), the answer (reading), and what all bodies share; refuses to know their kinds."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sentinel_cli.domain.kinds import VOICEMAIL_KINDS
from sentinel_cli.domain.model import Report

from .values import Fields, fields, id_said, plain, said

__all__ = [
    "Arrival",
    "Body",
    "Reading",
    "ReadingPolicy",
    "call_outcome",
    "has_attachments",
    "ignored",
    "is_elsewhere",
    "is_routed",
    "is_taken",
    "reported",
]

Body = Mapping[str, object]

_TAKEN = frozenset({"completed", "answered"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """How a body reached us. `route` is `ghl`, `inbound_sms` or `unanswered_call`; `received_at` is aware UTC."""

    route: str
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingPolicy:
    """The settings that reading depends on. An empty `call_route_field` routes every call.

    `e164` turns a phone number as people write it into E.164, or None when it cannot be dialled.
    """

    location_id: str
    e164: Callable[[str], str | None]
    call_route_field: str = ""
    call_route_value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a body says: a report, or the reason word it is ignored for (exactly one of the two is there)."""

    report: Report | None
    ignored: str | None
    webhook_id: str | None = None
    contact_id: str | None = None
    phone: str | None = None
    contact_name: str | None = None


def reported(report: Report, webhook_id: str | None = None) -> Reading:
    """The reading of a body that reports a message."""
    return Reading(
        report=report,
        ignored=None,
        webhook_id=webhook_id,
        contact_id=report.contact_id,
        phone=report.phone,
        contact_name=report.contact_name,
    )


def ignored(reason: str, webhook_id: str | None = None) -> Reading:
    """The reading of a body that reports nothing and tells of nobody."""
    return Reading(report=None, ignored=reason, webhook_id=webhook_id)


def is_elsewhere(body: Body, location_id: str) -> bool:
    """Whether the body names another location than ours; one that names none is ours."""
    location = body.get("location")
    inner = location.get("id") if isinstance(location, Mapping) else None
    named = (id_said(value) for value in (body.get("locationId"), body.get("location_id"), inner))
    return any(name not in {None, location_id} for name in named)


def is_routed(body: Body, policy: ReadingPolicy) -> bool:
    """Whether a call's body says that it is ours: its routing field, at the root or in customData, holds the value.

    The field may be a string, a comma-joined string or a list (DESIGN §5).
    """
    wanted = policy.call_route_value.strip().casefold()
    name = plain(policy.call_route_field)
    return not name or any(wanted in _words(value) for value in _routes(fields(body), name))


def _routes(root: Fields, name: str) -> Iterator[object]:
    for place in (root, *map(fields, root.get("customdata", ()))):
        yield from place.get(name, ())


def _words(value: object) -> frozenset[str]:
    """The case-folded items of a string, a list or an object's values; a stringified list loses its brackets."""
    items: Iterable[object] = (value,)
    if isinstance(value, list):
        items = value
    elif isinstance(value, Mapping):
        items = value.values()
    texts = [text for item in items if (text := said(item)) is not None]
    return frozenset(part.strip("[]\"' ").casefold() for text in texts for part in (text, *text.split(",")))


def call_outcome(call_statuses: Iterable[str | None], statuses: Iterable[str | None]) -> str | None:
    """The outcome of a call: voicemail wherever it is said, else the first call status, else the first status.

    GHL.md 3: an outbound call into a voicemail has `status: completed` and `callStatus: voicemail`.
    """
    words = [word for word in (*call_statuses, *statuses) if word is not None]
    return "voicemail" if "voicemail" in words else next(iter(words), None)


def is_taken(kind: str | None, outcome: str | None) -> bool:
    """Whether somebody took the call; a voicemail that was left is completed too (GHL.md 3)."""
    return outcome in _TAKEN and kind not in VOICEMAIL_KINDS


def has_attachments(attachments: Iterable[object]) -> bool:
    """Whether lists of attachments hold one."""
    return any(isinstance(value, list) and any(map(bool, value)) for value in attachments)
