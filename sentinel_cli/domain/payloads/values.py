"""What one value of a body says, and fields under any spelling of their name; refuses to know what they mean."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TypeVar

from sentinel_cli.domain.instants import instant, parse_instant
from sentinel_cli.domain.kinds import channel_of, kind_of, outcome_word
from sentinel_cli.domain.model import Channel, Direction

__all__ = [
    "Fields",
    "direction_said",
    "event_instant",
    "fields",
    "first",
    "id_said",
    "is_deeper",
    "is_known_kind",
    "kind_said",
    "name_said",
    "outcome_said",
    "plain",
    "said",
    "seconds_said",
    "storable",
]

T = TypeVar("T")
Fields = Mapping[str, list[object]]
"""Plain name of a field → its values, the field of exactly that name first."""

# GHL.md 2: unset values may come as the string "null" or "", merge tags may come unresolved.
_UNSAID = frozenset({"", "null", "undefined"})
_MERGE_TAGS = re.compile(r"(?:\{\{[^{}]*\}\}\s*)+")
_NO_IDS = frozenset({"none", "nil", "n/a"})
_NOT_IN_AN_ID = re.compile(r"[\s{}]")
_LONGEST_ID = 100
_LONGEST_NUMBER = 10**30
_LONGEST_CALL = timedelta(days=7)

_DIRECTIONS = {
    "inbound": Direction.INBOUND,
    "incoming": Direction.INBOUND,
    "outbound": Direction.OUTBOUND,
    "outgoing": Direction.OUTBOUND,
}
# The channels' names on the vendor's InboundMessage page, where they differ from the types' names.
_KIND_ALIASES = {"TYPE_FB": "TYPE_FACEBOOK", "TYPE_IG": "TYPE_INSTAGRAM"}
_NUMBERED_KINDS = frozenset(kind_of(number) for number in range(1, 100))

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OLDEST_EVENT = datetime(2000, 1, 1, tzinfo=UTC)
# A sender's clock or zone may be wrong, but a message dated far ahead could never be answered.
_NEWEST_EVENT_AFTER_RECEIPT = timedelta(days=1)


def plain(name: str) -> str:
    """A field's name without case and separators: `Phone Number`, `phone_number` and `phoneNumber` are one."""
    return _remembered(name) if len(name) <= _USUAL_NAME else _squeezed(name)


def _squeezed(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())


# The same few names stand in every body. Longer ones are a stranger's, and must not fill the memory.
_USUAL_NAME = 64
_remembered = lru_cache(maxsize=2048)(_squeezed)


def is_deeper(value: object, than: int) -> bool:
    """Whether more than so many objects and lists stand within each other."""
    level = [value]
    for _ in range(than):
        level = [item for outer in level for item in _inside(outer) if isinstance(item, list | dict)]
        if not level:
            return False
    return True


def _inside(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def fields(body: object) -> Fields:
    """The fields of an object by plain name; anything but an object has none."""
    found: dict[str, list[object]] = defaultdict(list)
    for name, value in body.items() if isinstance(body, Mapping) else ():
        key = plain(str(name))
        found[key].insert(0 if name == key else len(found[key]), value)
    return dict(found)


def first(read: Callable[[object], T | None], within: Fields, names: Iterable[str]) -> T | None:
    """The first thing that `read` makes of the fields `names`, in that order; lists speak by their items."""
    return next((thing for value in _values(within, names) if (thing := read(value)) is not None), None)


def _values(within: Fields, names: Iterable[str]) -> Iterator[object]:
    for name in names:
        for value in within.get(name, ()):
            yield from value if isinstance(value, list) else (value,)


def said(value: object) -> str | None:
    """The text or number of a value, trimmed; None for what says nothing (GHL.md 2: `"null"`, `""`, `{{…}}`)."""
    if isinstance(value, int | float):
        return _number_said(value)
    if not isinstance(value, str):
        return None
    text = storable(value).strip()
    return None if text.casefold() in _UNSAID or _MERGE_TAGS.fullmatch(text) else text


def _number_said(value: float) -> str | None:
    if isinstance(value, bool) or not -_LONGEST_NUMBER < value < _LONGEST_NUMBER:
        return None
    return str(int(value)) if value == int(value) else str(value)


def storable(text: str) -> str:
    """`text` without NUL and lone surrogates, which JSON can carry and UTF-8 or a database shell cannot."""
    whole = text.replace("\0", "")
    return whole if whole.isascii() else whole.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def id_said(value: object) -> str | None:
    """An identifier, None for text that cannot be one."""
    text = said(value)
    if text is None or len(text) > _LONGEST_ID or _NOT_IN_AN_ID.search(text) or text.casefold() in _NO_IDS:
        return None
    return text


def name_said(value: object) -> str | None:
    """A person's name with single spaces."""
    text = said(value)
    return None if text is None else " ".join(text.split())


def kind_said(value: object) -> str | None:
    """A message type by the vendor's string name (`TYPE_SMS`), from a number or any spelling of the name."""
    kind = kind_of(said(value))
    return _KIND_ALIASES.get(kind or "", kind)


def is_known_kind(kind: str) -> bool:
    """Whether `kind` is one of the vendor's types, rather than a word somebody made up."""
    return channel_of(kind) is not Channel.OTHER or kind in _NUMBERED_KINDS


def direction_said(value: object) -> Direction | None:
    """`inbound` or `outbound` in any case."""
    return _DIRECTIONS.get((said(value) or "").casefold())


def outcome_said(value: object) -> str | None:
    """An outcome word; every spelling of voicemail is one."""
    word = outcome_word(said(value))
    return "voicemail" if word == "voice-mail" else word


def seconds_said(value: object) -> int | None:
    """A call's length in whole seconds; None is unknown, never 0 (GHL.md 4)."""
    text = said(value)
    try:
        seconds = float(text or "")
    except ValueError:
        return None
    return int(seconds) if 0 <= seconds <= _LONGEST_CALL.total_seconds() else None


def event_instant(value: object, received_at: datetime) -> datetime | None:
    """The instant of an event from ISO text with a zone or from milliseconds, None when it is none to rely on."""
    text = said(value) or ""
    try:
        at = _from_milliseconds(int(text)) if text.isascii() and text.isdigit() else parse_instant(text)
    except (ValueError, OverflowError):
        return None
    return at if _OLDEST_EVENT <= at <= received_at + _NEWEST_EVENT_AFTER_RECEIPT else None


def _from_milliseconds(milliseconds: int) -> datetime:
    return instant(_EPOCH + timedelta(milliseconds=milliseconds))
