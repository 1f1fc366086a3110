"""Instants as aware UTC datetimes and as fixed-width text whose order is time order; refuses to know any local zone."""

from datetime import UTC, datetime

__all__ = ["instant", "instant_text", "maybe_instant", "parse_instant"]


def instant(value: datetime) -> datetime:
    """The same instant in UTC, cut to whole milliseconds. Raises ValueError when `value` has no zone."""
    return _in_utc(value).replace(microsecond=value.microsecond // 1000 * 1000)


def instant_text(value: datetime) -> str:
    """`value` as `2026-11-23T14:00:00.000Z` (DESIGN, SLA): always 24 characters."""
    return _in_utc(value).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def _in_utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError(f"{value.isoformat()} has no time zone")
    return value.astimezone(UTC)


def parse_instant(text: str) -> datetime:
    """The instant an ISO 8601 text names. Raises ValueError when it is none, or has no zone."""
    return instant(datetime.fromisoformat(text.strip()))


def maybe_instant(text: str | None) -> datetime | None:
    """The instant that a column names, None where it is empty. Raises as `parse_instant`."""
    return parse_instant(text) if text else None
