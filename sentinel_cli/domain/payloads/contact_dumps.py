"""A workflow's contact dump taken apart (GHL.md 2): what it says of a message; refuses to judge what that means."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from sentinel_cli.domain.kinds import channel_of
from sentinel_cli.domain.model import Channel, Direction

from .reading import Body, call_outcome
from .values import (
    Fields,
    direction_said,
    fields,
    first,
    is_known_kind,
    kind_said,
    outcome_said,
    plain,
    said,
    seconds_said,
)

__all__ = ["CALL_OUTCOMES", "Dump", "dumped"]

_MARKER = plain("sentinel_missed_call")
_NO = frozenset({"0", "false", "no", "off", "n"})

_KIND_FIELDS = ("messagetypestring", "messagetypeid", "messagetype")
_TEXT_FIELDS = ("message", "messagebody", "body", "text", "sms")
# Words of whoever built the workflow for `answered`.
_ANSWERED_WORDS = frozenset({"connected", "accepted"})
CALL_OUTCOMES = _ANSWERED_WORDS | {
    "completed", "answered", "no-answer", "busy", "canceled", "failed", "voicemail", "missed",
    "pending", "ringing", "in-progress",
}  # fmt: skip
"""The outcomes that a call may have (GHL.md 3)."""
# At the root a contact's own fields stand under their labels ("Status"), so only these spellings count there.
_EVENT_FIELDS = (
    "direction", "callDirection", "call_direction", "status", "callStatus", "call_status", "callDuration",
    "messageTypeString", "messageTypeId", "messageType", "message_type",
)  # fmt: skip
_BODY_FIELDS = ("message", "body", "text", "messageBody")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dump:
    """A body taken apart: `message` is None where the trigger had none, `places` are where a call tells of itself."""

    body: Body
    custom: Fields
    message: Fields | None
    places: tuple[Fields, ...]
    kind: str | None
    marked: bool

    def as_call(self) -> "Dump":
        """The body read for a call: a message of another channel (an automatic text-back) tells nothing of it."""
        if self.kind_channel in {None, Channel.CALL}:
            return self
        return replace(self, message=None, kind=None, places=({}, *self.places[1:]))

    @property
    def direction(self) -> Direction:
        """Which way the message went; what nobody calls ours is the customer's."""
        said_so = (first(direction_said, place, ("direction", "calldirection")) for place in self.places)
        return next(filter(None, said_so), Direction.INBOUND)

    @property
    def kind_channel(self) -> Channel | None:
        """The channel that the body names, None where it names none or one that GHL does not have."""
        return channel_of(self.kind) if self.kind is not None and is_known_kind(self.kind) else None

    @property
    def outcome(self) -> str | None:
        """The call's outcome, wherever it is said; outside the message object a `status` may be another thing's."""
        message, *elsewhere = self.places
        word = call_outcome(
            [first(outcome_said, message, ("callstatus",)), *_call_words(elsewhere, "callstatus")],
            [first(outcome_said, message, ("status",)), *_call_words(elsewhere, "status")],
        )
        return "answered" if word in _ANSWERED_WORDS else word

    @property
    def words(self) -> str | None:
        """What the message object says."""
        return first(said, self.message or {}, ("body", "text", "message"))

    @property
    def text(self) -> str | None:
        """The message's words, from its object, else from customData, else from a custom body's root."""
        root = {} if self.message is not None else fields(_only(self.body, _BODY_FIELDS))
        return self.words or first(said, self.custom, _TEXT_FIELDS) or first(said, root, _TEXT_FIELDS)

    @property
    def duration(self) -> int | None:
        """A call's length in seconds."""
        lengths = (first(seconds_said, place, ("callduration", "duration")) for place in self.places)
        return next((length for length in lengths if length is not None), None)


def _call_words(places: Iterable[Fields], name: str) -> Iterator[str]:
    words = (first(outcome_said, place, (name,)) for place in places)
    return (word for word in words if word in CALL_OUTCOMES)


def _only(body: Body, names: tuple[str, ...]) -> Body:
    return {name: body[name] for name in names if name in body}


def dumped(body: Body) -> Dump:
    """The parts of `body` that a message may be told in."""
    root = fields(body)
    custom = _object(root, "customdata") or {}
    message = _object(root, "message")
    event = fields(_only(body, _EVENT_FIELDS))
    places = (message or {}, *(_object(root, name) or {} for name in ("call", "triggerdata")), custom, event)
    kind = first(kind_said, message or {}, ("type", *_KIND_FIELDS))
    return Dump(
        body=body,
        custom=custom,
        message=message,
        places=places,
        kind=kind or first(kind_said, custom, _KIND_FIELDS) or first(kind_said, event, _KIND_FIELDS),
        marked=_is_marked(body),
    )


def _object(within: Fields, name: str) -> Fields | None:
    return next((fields(value) for value in within.get(name, ()) if isinstance(value, Mapping)), None)


def _is_marked(body: Body) -> bool:
    """Whether the missed-call marker stands anywhere in the body; production's workflows put it at any depth."""
    rest: list[object] = [body]
    while rest:
        node = rest.pop()
        if isinstance(node, Mapping):
            if any(plain(str(name)) == _MARKER and _is_yes(value) for name, value in node.items()):
                return True
            rest.extend(node.values())
        elif isinstance(node, list):
            rest.extend(node)
    return False


def _is_yes(value: object) -> bool:
    return value is True or (said(value) or "0").casefold() not in _NO
