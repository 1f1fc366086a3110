"""Single fields of GHL's JSON as our values, each under the name a complaint gives it; knows no message of GHL's.

What is absent, null or empty is not said. What is said in another type or form than we know is no value of ours, and
never "nothing": the error names the field.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sentinel_cli.domain.instants import instant
from sentinel_cli.domain.payloads.values import storable
from sentinel_cli.errors import GhlShapeUnknown

__all__ = ["Row", "answer_of", "wrong"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# GHL is younger than that: an earlier instant is a number of another unit, such as seconds taken for milliseconds.
_OLDEST = datetime(2000, 1, 1, tzinfo=UTC)
_LONGEST_ID = 100
_LONGEST_NUMBER = 15


def wrong(name: str) -> GhlShapeUnknown:
    """The error for a field that is missing or strange, e.g. `messages[3].dateAdded`; its value is not told."""
    return GhlShapeUnknown(
        f"GoHighLevel answered in a shape we do not know: {name} is missing or strange",
        field=name,
        advice="GoHighLevel may have changed its API: tell the maintainer which field it was",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A JSON object and where it stands in the answer, e.g. `messages[3]`; every reader may raise GhlShapeUnknown."""

    values: Mapping[str, object] = field(default_factory=dict)
    at: str = ""

    def wrong(self, name: str) -> GhlShapeUnknown:
        """The error for a field of this object."""
        return wrong(self._path(name))

    def raw(self, name: str) -> object:
        """The field as it came, None where nothing is said."""
        value = self.values.get(name)
        return None if isinstance(value, str) and not value.strip() else value

    def word(self, name: str) -> str | None:
        """A text without blanks around it."""
        text = self.text(name)
        return text.strip() or None if text else None

    def text(self, name: str) -> str | None:
        """A text as it was written, save what no encoding carries."""
        value = self.raw(name)
        if value is not None and not isinstance(value, str):
            raise self.wrong(name)
        return storable(value) if value else None

    def trimming(self, *names: str) -> str | None:
        """The first of the fields that holds a text; for what nothing is judged by, so that no form of it is wrong."""
        values = (self.values.get(name) for name in names)
        return next((word for value in values if isinstance(value, str) and (word := storable(value).strip())), None)

    def id(self, name: str) -> str | None:
        """An id: one short word."""
        word = self.word(name)
        if word is not None and (len(word) > _LONGEST_ID or not word.isprintable() or " " in word):
            raise self.wrong(name)
        return word

    def needed_id(self, name: str) -> str:
        """An id without which the object means nothing."""
        word = self.id(name)
        if word is None:
            raise self.wrong(name)
        return word

    def number(self, name: str) -> int | None:
        """A whole number >= 0, or a text of digits; unknown is not 0."""
        value = self.raw(name)
        number = _number(value)
        if number is None and value is not None:
            raise self.wrong(name)
        return number

    def flag(self, name: str) -> bool | None:
        """True or false."""
        value = self.raw(name)
        if value is not None and not isinstance(value, bool):
            raise self.wrong(name)
        return value

    def instant(self, name: str) -> datetime | None:
        """The instant of an ISO 8601 text with zone, or of milliseconds since 1970 (GHL.md 4: rows of a search)."""
        value = self.raw(name)
        at = _instant(value)
        if value is not None and (at is None or at < _OLDEST):
            raise self.wrong(name)
        return at

    def part(self, name: str) -> "Row":
        """An object within; an empty one where nothing is said."""
        value = self.raw(name)
        value = {} if value in (None, []) else value
        if not isinstance(value, dict):
            raise self.wrong(name)
        return Row(values=value, at=self._path(name))

    def needed_part(self, name: str) -> "Row":
        """An object within, which must be there."""
        return _object(self.values.get(name), self._path(name))

    def rows(self, name: str) -> Sequence["Row"]:
        """The objects of an array, which must be there; one by one they are e.g. `messages[3]`."""
        values = self.values.get(name)
        if not isinstance(values, list):
            raise self.wrong(name)
        return [_object(value, f"{name}[{number}]") for number, value in enumerate(values)]

    def _path(self, name: str) -> str:
        return f"{self.at}.{name}".lstrip(".")


def answer_of(value: object) -> Row:
    """A whole answer, which must be an object. Raises GhlShapeUnknown."""
    return Row(values=_object(value, "answer").values)


def _object(value: object, at: str) -> Row:
    if not isinstance(value, dict):
        raise wrong(at)
    return Row(values=value, at=at)


def _number(value: object) -> int | None:
    if isinstance(value, str):
        digits = value.strip()
        return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= _LONGEST_NUMBER else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 <= value < 10**_LONGEST_NUMBER else None


def _instant(value: object) -> datetime | None:
    try:
        milliseconds = _number(value)
        if milliseconds is not None:
            return _EPOCH + timedelta(milliseconds=milliseconds)
        return instant(datetime.fromisoformat(value.strip())) if isinstance(value, str) else None
    except (ValueError, OverflowError):
        return None
