"""Single fields of GHL's JSON as our values, and the error that names a wrong one; knows no message of GHL's."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from sentinel_cli.domain.instants import instant
from sentinel_cli.errors import GhlShapeUnknown

__all__ = ["Row", "instant_in", "list_in", "number_in", "object_in", "word_in", "wrong"]

Row = Mapping[str, object]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def wrong(field: str) -> GhlShapeUnknown:
    """The error for a field that is missing or strange, e.g. `messages[3].dateAdded`; its value is not told."""
    return GhlShapeUnknown(
        f"GoHighLevel answered in a shape we do not know: {field} is missing or strange",
        field=field,
        advice="GoHighLevel may have changed its API: tell the maintainer which field it was",
    )


def object_in(value: object, field: str) -> Row:
    """`value` when it is a JSON object. Raises GhlShapeUnknown."""
    if not isinstance(value, dict):
        raise wrong(field)
    return value


def list_in(value: object, field: str) -> Sequence[object]:
    """`value` when it is a JSON array. Raises GhlShapeUnknown."""
    if not isinstance(value, list):
        raise wrong(field)
    return value


def word_in(row: Row, *names: str) -> str | None:
    """The first of the named fields that holds a text which is not blank."""
    texts = (row.get(name) for name in names)
    return next((text.strip() for text in texts if isinstance(text, str) and text.strip()), None)


def number_in(value: object) -> int | None:
    """A whole number ≥ 0 from a number or a text of digits; anything else is unknown, which is not 0."""
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 <= value < 1e15 else None


def instant_in(value: object) -> datetime | None:
    """The instant of an ISO 8601 text with zone, or of milliseconds since 1970 (GHL.md 4: rows of a search)."""
    try:
        milliseconds = number_in(value)
        if milliseconds is not None:
            return _EPOCH + timedelta(milliseconds=milliseconds)
        return instant(datetime.fromisoformat(value.strip())) if isinstance(value, str) else None
    except (ValueError, OverflowError):
        return None
