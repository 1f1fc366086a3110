"""Values of a control request, each read as what it must be; a strange one is a Value- or TypeError that names it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sentinel_cli.domain.instants import parse_instant

from .faults import Fault, FaultKind, Route
from .rows import RowFields

__all__ = ["Fields", "fault", "row_fields"]


class Fields:
    """The keys of a JSON object; null counts as absent for all but `in`."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self._given = given

    def __contains__(self, name: str) -> bool:
        return name in self._given

    def maybe(self, name: str) -> str | None:
        """A text, None where there is none."""
        value = self._given.get(name)
        if value is not None and not isinstance(value, str):
            raise TypeError(f"{name} is not a text")
        return value

    def text(self, name: str) -> str:
        """A text that must be there."""
        value = self.maybe(name)
        if value is None:
            raise ValueError(f"{name} is missing")
        return value

    def flag(self, name: str) -> bool:
        """True or false, false where it is absent."""
        return self._given.get(name) is True

    def number(self, name: str, default: float = 0) -> float:
        """A number."""
        value = self._given.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise TypeError(f"{name} is not a number")
        return value

    def whole(self, name: str) -> int | None:
        """A whole number, None where there is none."""
        return None if self._given.get(name) is None else int(self.number(name))

    def at(self, name: str) -> datetime | None:
        """An instant from ISO 8601 with a zone, None where there is none."""
        text = self.maybe(name)
        return None if text is None else parse_instant(text)


def row_fields(fields: Fields) -> RowFields:
    """What a script may say of any new row: when it happened, when reads show it, its ids."""
    said: RowFields = {"revealed_at": fields.at("revealed_at")}
    at = fields.at("at")
    if at is not None:
        said["at"] = at
    for name in ("conversation_id", "message_id"):
        text = fields.maybe(name)
        if text is not None:
            said[name] = text
    return said


def fault(fields: Fields) -> Fault:
    """The fault that a request describes; `times` absent is once, null is until cleared."""
    times = fields.whole("times") if "times" in fields else 1
    return Fault(
        kind=FaultKind(fields.text("kind")),
        route=Route(fields.maybe("route") or "*"),
        times=times,
        skip=fields.whole("skip") or 0,
        after_effect=fields.flag("after_effect"),
        seconds=fields.number("seconds"),
        rows=fields.whole("rows") or 0,
        status=fields.whole("status") or 200,
        retry_after=fields.whole("retry_after"),
    )
