"""What is known of a message or contact, field by field, and how reports merge into it.

Each field is a maximum over all that was ever reported of it, so merging is commutative, associative and idempotent;
refuses to know where facts are stored or which message a report without an id belongs to (pairing.py does).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from .instants import instant_text, parse_instant
from .kinds import author_of, is_final
from .model import Author, Channel, Direction, Message, Origin, Report

__all__ = ["Facts", "Row", "adopted_row", "contact_facts", "joined", "message_facts", "row_of"]

Stamp = tuple[int | str, ...]
Facts = Mapping[str, tuple[Stamp, Any]]
"""Field name → (rank, value): the highest rank wins. Values are JSON scalars, instants their fixed-width text."""

_ORIGINS = {Origin.ADOPTED: 0, Origin.DELIVERY: 1, Origin.API: 2}
# Worse news wins between two final outcomes of one instant, so that a text that failed is never taken for an answer.
_BAD_NEWS = frozenset({"failed", "undelivered", "opt_out", "no-answer", "busy", "canceled", "voicemail", "missed"})


def joined(*parts: Facts) -> Facts:
    """The join of what several reports know: of each field the value of highest rank."""
    result: dict[str, tuple[Stamp, Any]] = {}
    for part in parts:
        for name, stamped in part.items():
            if name not in result or stamped[0] > result[name][0]:
                result[name] = stamped
    return result


def _stamped(report: Report, values: Mapping[str, object]) -> dict[str, tuple[Stamp, Any]]:
    rank = (_ORIGINS[report.origin], instant_text(report.seen_at))
    return {name: ((*rank, str(value)), value) for name, value in values.items() if value is not None}


def message_facts(report: Report) -> Facts:
    """What one report knows of its message (DESIGN, "Facts merge")."""
    facts = _stamped(
        report,
        {
            "contact_id": report.contact_id,
            "phone": report.phone,
            "conversation_id": report.conversation_id,
            "channel": report.channel.value if report.channel is not Channel.OTHER or report.kind else None,
            "direction": report.direction.value if report.direction else None,
            "kind": report.kind,
            "user_id": report.user_id,
            "source": report.source,
            "duration": report.duration,
            "text": report.text,
            "attachments": report.attachments or None,
            "routed": report.routed or None,
            "reported_missed": report.reported_missed or None,
        },
    )
    facts["at"] = _instant_fact(report)
    if report.outcome is not None:
        facts["outcome"] = _outcome_fact(report, report.outcome)
    return facts


def _instant_fact(report: Report) -> tuple[Stamp, str]:
    """The event time; of receipts alone the earliest, since a message cannot be younger than its first report."""
    at = instant_text(report.at)
    if report.at_is_receipt:
        return (0, -round(report.at.timestamp() * 1000)), at
    return (1, _ORIGINS[report.origin], instant_text(report.seen_at), at), at


def _outcome_fact(report: Report, outcome: str) -> tuple[Stamp, str]:
    """Final over not final, API over delivery, the later update, worse news (DESIGN, "Facts merge")."""
    final = int(is_final(report.channel, outcome))
    updated = instant_text(report.updated_at or report.at)
    return (final, _ORIGINS[report.origin], updated, int(outcome in _BAD_NEWS), outcome), outcome


def contact_facts(report: Report) -> Facts:
    """What one report knows of its contact."""
    return _stamped(report, {"name": report.contact_name, "phone": report.phone})


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One message as it is kept: its merged facts, and what derivation remembers of it.

    `provisional` rows come from bodies without message id; `same_as` is the key of the row that stands for this one.
    `delivered` says that a webhook told of it, `api_seen` that the API did, `looked` that a complete look was made.
    """

    key: str
    provisional: bool
    facts: Facts = field(repr=False)
    contact: int | None = None
    same_as: str | None = None
    issue_id: int | None = None
    delivered: bool = False
    api_seen: bool = False
    looked: bool = False
    late: bool = False

    def value(self, name: str) -> Any:
        """The field's value, None where nobody said."""
        stamped = self.facts.get(name)
        return None if stamped is None else stamped[1]

    @property
    def at(self) -> datetime:
        """Its instant; that of its receipt while nobody knows better."""
        return parse_instant(self.facts["at"][1])

    @property
    def at_is_receipt(self) -> bool:
        """Whether `at` is only when a body reached us."""
        return self.facts["at"][0][0] == 0

    @property
    def adopted(self) -> bool:
        """Whether only the older service told of it: that there was a message, or `count` of them, not what it said."""
        return self.provisional and "count" in self.facts

    @property
    def channel(self) -> Channel:
        """How it travelled."""
        return Channel(self.value("channel") or Channel.OTHER)

    @property
    def direction(self) -> Direction:
        """A message whose direction nobody said is the customer's: a false alarm is the smaller error."""
        return Direction(self.value("direction") or Direction.INBOUND)

    @property
    def author(self) -> Author:
        """Who made it, as its own facts tell."""
        return author_of(self.channel, self.direction, self.value("kind"), self.value("source"), self.value("user_id"))

    def message(self, mates: Iterable["Row"] = ()) -> Message:
        """It as a timeline's message; `mates` are the provisional rows it stands for."""
        family = (self, *mates)
        return Message(
            key=self.key,
            at=self.at,
            channel=self.channel,
            direction=self.direction,
            author=self.author,
            kind=self.value("kind"),
            user_id=self.value("user_id"),
            outcome=self.value("outcome"),
            duration=self.value("duration"),
            text=self.value("text"),
            attachments=bool(self.value("attachments")),
            routed=any(row.value("routed") for row in family),
            reported_missed=any(row.value("reported_missed") for row in family),
            confirmed=not self.provisional,
        )


def row_of(key: str, report: Report) -> Row:
    """The row that one report alone makes."""
    return Row(
        key=key,
        provisional=report.message_id is None,
        facts=message_facts(report),
        delivered=report.origin is Origin.DELIVERY,
        api_seen=report.origin is Origin.API,
    )


def adopted_row(key: str, report: Report, count: int) -> Row:
    """The row of a message that the older service's issue tells of; it stands for `count` of them till GHL shows them.

    The issue's last message stands for all between the first and itself.
    """
    row = row_of(key, report)
    return replace(row, facts={**row.facts, "count": ((0, count), count)})
