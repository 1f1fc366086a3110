"""A contact's timeline: its messages in order, what people did to them, and the spans in which its number is spam."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from .model import Channel, Direction, Message

__all__ = ["Action", "ActionKind", "Place", "SpamSpan", "Timeline"]

Place = tuple[datetime, str]


class ActionKind(StrEnum):
    """What an operator or manager can do to an issue."""

    RESOLVE = "resolve"
    REOPEN = "reopen"
    SPAM = "spam"
    UNSPAM = "unspam"
    SNOOZE = "snooze"
    UNSNOOZE = "unsnooze"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """Something a person did to an issue of `channel`.

    `first` and `through` are keys of the oldest and newest message of the issue that its author could see:
    rows, not times, since a row may still learn its real instant. `until` belongs to a snooze.
    """

    key: str
    kind: ActionKind
    at: datetime
    actor: str
    channel: Channel
    first: str
    through: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SpamSpan:
    """The half-open span [since, until) in which a number's messages open nothing; no `until` is for ever."""

    since: datetime
    until: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Whether the instant lies in it."""
        return self.since <= at and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """All that `waits` looks at for one contact.

    `aliases` maps the key of a row that another stands for to that other's key, so that actions follow their message.
    Customer messages before `settled_before` are history: they open nothing and only give context.
    """

    messages: Sequence[Message]
    actions: Sequence[Action] = ()
    aliases: dict[str, str] = field(default_factory=dict)
    internal: bool = False
    spam: Sequence[SpamSpan] = ()
    settled_before: datetime | None = None

    def in_order(self) -> list[Message]:
        """The messages by (instant, key); of one instant ours come first, since an answer must be strictly later."""
        return sorted(self.messages, key=lambda m: (m.at, m.direction is Direction.INBOUND, m.key))

    def place_of(self, key: str) -> Place | None:
        """Where the message of that key stands, None when this timeline does not hold it."""
        key = self.aliases.get(key, key)
        return next((m.place for m in self.messages if m.key == key), None)

    def spam_spans(self) -> list[SpamSpan]:
        """The given spans and those that `spam` and `unspam` actions make: from the issue's first message on."""
        spans = list(self.spam)
        unspams = self.of_kind(ActionKind.UNSPAM)
        for action in self.of_kind(ActionKind.SPAM):
            first = self.place_of(action.first)
            if first is not None:
                until = next((unspam.at for unspam in unspams if unspam.key > action.key), None)
                spans.append(SpamSpan(since=first[0], until=until))
        return spans

    def of_kind(self, *kinds: ActionKind) -> Sequence[Action]:
        """The actions of those kinds in the order they were recorded, whatever the clocks of those who did said."""
        return sorted((a for a in self.actions if a.kind in kinds), key=lambda a: a.key)
