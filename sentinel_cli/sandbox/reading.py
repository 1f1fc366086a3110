"""Query values read the way GHL's validators read them; a strange value is a 422, or a 400 for dates of the export."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime

from .replies import bad_request, unprocessable

__all__ = ["choice", "export_date", "number", "page_size", "required"]


def required(query: Mapping[str, str], name: str) -> str:
    """A value that must be there. 422 where it is not."""
    if not query.get(name):
        raise unprocessable(f"{name} must be a string", f"{name} should not be empty")
    return query[name]


def number(query: Mapping[str, str], name: str) -> int | None:
    """A whole number, None where it is not given. 422 for anything else."""
    text = query.get(name)
    if text is None:
        return None
    try:
        return int(text)
    except ValueError:
        raise unprocessable(f"{name} must be a number conforming to the specified constraints") from None


def page_size(query: Mapping[str, str], default: int, largest: int = 100) -> int:
    """How many rows a page holds; the maxima of search and messages are undocumented, so more is cut, not refused."""
    limit = number(query, "limit")
    return max(1, min(default if limit is None else limit, largest))


def choice(query: Mapping[str, str], name: str, allowed: Collection[str], default: str | None = None) -> str | None:
    """One of a few words. 422 for any other."""
    value = query.get(name, default)
    if value is not None and value not in allowed:
        raise unprocessable(f"{name} must be one of the following values: {', '.join(allowed)}")
    return value


def export_date(query: Mapping[str, str], name: str) -> datetime | None:
    """An instant in UTC from ISO 8601 or YYYY-MM-DD. 400 for milliseconds and everything else (GHL.md 4)."""
    text = query.get(name)
    if text is None:
        return None
    try:
        at = datetime.fromisoformat("" if text.isdigit() else text)
    except ValueError:
        raise bad_request(f"{name} must be a valid ISO 8601 date string") from None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
