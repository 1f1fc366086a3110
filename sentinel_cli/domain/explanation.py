"""Why an issue is what it is: what its contact and we did around it, what each of that did, and how due came about.

It tells what derivation returns of itself and judges nothing anew. Refuses to know how that is said to a person.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum

from .answers import Judgement, Keeps
from .facts import Row
from .hours import Interval
from .ledger import Book, Derivation, Rules, derivation, sla_of
from .model import Issue, Rule
from .sla import ClosedDay, closed_days, spent
from .timeline import Action, ActionKind, SpamSpan
from .waits import Did, Turn

__all__ = [
    "Basis",
    "Deed",
    "Difference",
    "DueSum",
    "Event",
    "Explanation",
    "Verdict",
    "due_sum",
    "explain",
    "lines_naming",
    "near",
    "unexplained",
]

# Of settled issues these stay what they were when they settled.
_NAMED = frozenset({"contact", "contact_id", "contact_name", "phone", "conversation_id"})
_WALKED = frozenset({ActionKind.RESOLVE, ActionKind.REOPEN})


class Basis(StrEnum):
    """By which facts an issue is judged again: the contact's open part as ever, its whole history, or none left."""

    OPEN_PART = "open_part"
    HISTORY = "history"
    NONE = "none"


class Verdict(StrEnum):
    """Whether the facts say what is stored."""

    SAME = "same"
    DIFFERENT = "different"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One field of the issue that is not what the facts say."""

    field: str
    stored: object
    by_facts: object


@dataclass(frozen=True, slots=True)
class Deed:
    """What an event did to which issue, None where it was done to none; 0 is an issue that is not stored."""

    did: Did
    issue: int | None
    by: Rule | Keeps | SpamSpan | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One row of the contact's timeline, or one action on it.

    A row that another stands for has `same_as` and no judgement. `own` says that it has to do with the issue.
    """

    at: datetime
    key: str
    row: Row | None = None
    action: Action | None = None
    judgement: Judgement | None = None
    same_as: str | None = None
    deeds: tuple[Deed, ...] = ()
    own: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DueSum:
    """The open time that the SLA used up, and the days on the way that had none."""

    sla: timedelta
    spells: Sequence[Interval]
    closed: Sequence[ClosedDay]

    @property
    def due_at(self) -> datetime:
        """Where the sum ends."""
        return self.spells[-1].closes


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """An issue with what led to it. `by_facts` is the issue that the facts make, None where they are not here any more.

    `events` are all that is known of the contact in that part of its life, in order.
    """

    issue: Issue
    basis: Basis
    by_facts: Issue | None
    differences: Sequence[Difference]
    events: Sequence[Event]
    due: DueSum

    @property
    def verdict(self) -> Verdict:
        """Whether the facts say what is stored; of what is settled a difference proves nothing, but is told."""
        if self.by_facts is None:
            return Verdict.UNKNOWN
        return Verdict.DIFFERENT if self.differences else Verdict.SAME


def due_sum(issue: Issue, rules: Rules) -> DueSum:
    """How due comes about by these rules, whatever is stored."""
    sla = sla_of(rules, issue.channel)
    spells = spent(issue.first_at, sla, rules.hours)
    return DueSum(sla=sla, spells=spells, closed=closed_days(issue.first_at, spells[-1].closes, rules.hours))


def unexplained(issue: Issue, rules: Rules) -> Explanation:
    """An issue whose facts are not here any more: only its due time can be worked out again."""
    due = due_sum(issue, rules)
    return Explanation(issue=issue, basis=Basis.NONE, by_facts=None, differences=(), events=(), due=due)


def explain(issue: Issue, book: Book, rules: Rules, basis: Basis, about: int) -> Explanation | None:
    """The issue as this book explains it; None where it is no issue of that part of the contact's life.

    `about` is the issue that has its messages now: itself, or the one it was merged into.
    """
    derived = derivation(book, rules)
    by_facts = next((entry.after for entry in derived.entries if entry.after.id == issue.id), None)
    if by_facts is None and not issue.withdrawn:
        return None
    by_facts = by_facts or issue  # no wait has taken the id back
    return Explanation(
        issue=issue,
        basis=basis,
        by_facts=by_facts,
        differences=_differences(issue, by_facts, frozenset() if basis is Basis.OPEN_PART else _NAMED),
        events=list(_Telling(book, derived, about).events()),
        due=due_sum(issue, rules),
    )


def _differences(stored: Issue, by_facts: Issue, but: frozenset[str]) -> list[Difference]:
    return [
        Difference(field=name, stored=getattr(stored, name), by_facts=getattr(by_facts, name))
        for name in (field.name for field in fields(Issue))
        if name not in but and getattr(stored, name) != getattr(by_facts, name)
    ]


class _Telling:
    """What a book holds as events, with the ids of the issues they belong to."""

    def __init__(self, book: Book, derived: Derivation, about: int) -> None:
        self.book = book
        self.derived = derived
        self.about = about
        self.issue_of = {key: entry.after.id for entry in derived.entries for key in entry.keys}
        self.own = {key for key, id_ in self.issue_of.items() if id_ == about}
        self.own |= {key for key, row in book.rows.items() if row.issue_id == about}
        self.behind: dict[str, list[Row]] = {}
        for key, other in sorted(derived.mates.items()):
            self.behind.setdefault(other, []).append(book.rows[key])

    def events(self) -> Iterator[Event]:
        """Every row and action by its instant; a row that another stands for comes right after it."""
        # Spam and snooze are read off the walk's end, and a note changes nothing.
        beside = [Turn(action) for action in self.book.actions if action.kind not in _WALKED]
        for turn in sorted([*self.derived.walk.turns, *beside], key=_at):
            told = self._event(turn)
            yield told
            for row in self.behind.get(told.key, ()):
                yield Event(at=row.at, key=row.key, row=row, same_as=told.key, own=told.own)

    def _event(self, turn: Turn) -> Event:
        deeds = tuple(Deed(e.did, self.issue_of.get(e.key) if e.key else None, e.by) for e in turn.effects)
        is_done_to_it = any(deed.issue == self.about for deed in deeds)
        if isinstance(turn.event, Action):
            action = turn.event
            is_own = is_done_to_it or action.through in self.own
            return Event(at=action.at, key=action.key, action=action, deeds=deeds, own=is_own)
        step, row = turn.event, self.book.rows[turn.event.message.key]
        is_own = is_done_to_it or row.key in self.own
        return Event(at=row.at, key=row.key, row=row, judgement=step.judgement, deeds=deeds, own=is_own)


def _at(turn: Turn) -> datetime:
    return turn.event.at if isinstance(turn.event, Action) else turn.event.message.at


def near(events: Sequence[Event], around: int) -> list[Event]:
    """The issue's own events and what lies between them, some before and after, and what they were measured by."""
    own = [place for place, event in enumerate(events) if event.own]
    first, last = (own[0], own[-1]) if own else (len(events), len(events))
    shown = range(first - around, last + around + 1)
    beside = [event for place, event in enumerate(events) if place in shown]
    cited = {event.judgement.ours.key for event in beside if event.judgement and event.judgement.ours}
    return [event for place, event in enumerate(events) if place in shown or event.key in cited]


def lines_naming(body: str, issue_id: int) -> list[str]:
    """The lines of a letter that name the issue as `#41`."""
    named = re.compile(rf"(?<!\w)#{issue_id}(?!\d)")
    return [line for line in body.splitlines() if named.search(line)]
