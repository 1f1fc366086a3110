"""What the older service wrote into its columns, in our words; a value nobody can read is None, never an error.

Refuses to know which columns there are, and what is done with what cannot be read.
"""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from .instants import instant
from .model import Channel, IssueStatus

__all__ = ["as_object", "channel_meant", "instant_meant", "status_meant", "text_meant"]

_OLDEST = datetime(2000, 1, 1, tzinfo=UTC)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBER = re.compile(r"\d{9,13}(?:\.\d+)?")
_ZONE = re.compile(r"\s*(?:(?P<utc>UTC|GMT)|(?P<offset>[+-]\d{2}(?::?\d{2})?))$", re.IGNORECASE)
_MILLISECONDS_FROM = 100_000_000_000
_CLOSED = frozenset({"RESOLVED", "CLOSED", "DONE", "ANSWERED"})
_WAITING = frozenset({"OPEN", "PENDING", "NEW"})
_OF_CALLS = ("CALL", "VOICE", "PHONE")


def instant_meant(value: object) -> datetime | None:
    """The instant that a column's value names: ISO 8601 in any usual spelling, or seconds or milliseconds since 1970.

    Without an offset it is UTC, as `raw_events` has it there. None before the year 2000: that is a placeholder.
    """
    try:
        found = _instant(value)
    except (ValueError, OverflowError):
        return None
    return found if found is not None and found >= _OLDEST else None


def _instant(value: object) -> datetime | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return instant(_EPOCH + timedelta(seconds=value / 1000 if value >= _MILLISECONDS_FROM else value))
    text = str(value).strip().strip('"') if isinstance(value, str) else ""
    if not text:
        return None
    if _NUMBER.fullmatch(text):
        return _instant(float(text))
    # Only after a time of day: of a date alone the end looks like an offset.
    zone = _ZONE.search(text) if ":" in text else None
    if zone is not None:
        text = text[: zone.start()] + ("+00:00" if zone["utc"] else zone["offset"])
    found = datetime.fromisoformat(text)
    return instant(found if found.tzinfo else found.replace(tzinfo=UTC))


def status_meant(value: object, *, is_resolved: bool) -> tuple[IssueStatus, bool]:
    """The status, and whether the word is known. An unknown one is OPEN unless the issue bears a resolution."""
    word = str(value).strip().upper()
    if word in _WAITING:
        return IssueStatus.OPEN, True
    if word in _CLOSED:
        return IssueStatus.RESOLVED, True
    if word == "SPAM":
        return IssueStatus.SPAM, True
    return (IssueStatus.RESOLVED if is_resolved else IssueStatus.OPEN), False


def channel_meant(value: object) -> tuple[Channel, bool]:
    """The channel of an issue type, and whether the word is known; an unknown one is taken for a text."""
    word = str(value).strip().upper().removeprefix("TYPE_")
    if word in set(Channel) - {Channel.OTHER}:
        return Channel(word), True
    if any(part in word for part in _OF_CALLS):
        return Channel.CALL, True
    return Channel.SMS, any(part in word for part in ("SMS", "TEXT"))


def text_meant(value: object) -> str | None:
    """The text of a value, None where it is blank; halves of characters, which JSON can hold, become question marks."""
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
    return text.encode(errors="replace").decode().strip() or None


def as_object(value: object) -> dict[str, Any]:
    """The JSON object in `meta`, empty where it holds none."""
    try:
        found = json.loads(text_meant(value) or "null")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
