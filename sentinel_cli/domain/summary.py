"""What managers are told of who waits: the facts of a summary as a value, and that value as a text.

Refuses to know how it is sent, and what a wait is: it counts and words issues, and says what was not checked.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum

from .hours import BusinessHours
from .letters import Slot
from .model import Channel, Issue
from .sla import is_escalated, is_overdue, open_time_between
from .sms import plain

__all__ = [
    "Check",
    "Edition",
    "Line",
    "Section",
    "Summary",
    "SummaryRules",
    "Urgency",
    "is_snoozed",
    "lines_of",
    "summary_of",
    "urgency_of",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryRules:
    """The calendar, when an issue is escalated, and how a phone is masked (`+1***0147`).

    `spelled` writes a name in the cheap alphabet; a rehearsal looks at what that has changed.
    """

    hours: BusinessHours
    escalate_after: timedelta
    masked: Callable[[str], str]
    spelled: Callable[[str], str] = plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """Which summary it is. `at` is its clock; `since` that of the last one that reached a manager.

    `again` is a forced repetition; `orders_active` says that a manager's reply would be read.
    """

    slot: Slot
    at: datetime
    since: datetime | None = None
    again: bool = False
    orders_active: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """How far GHL was asked before the summary: `threads` conversations, at `at`.

    Of a check that is not `complete`, `problem` says why in a few words ("GHL down"), since when, and when the last
    complete one was. `unread` are the ids of issues whose own conversation could not be read.
    """

    complete: bool
    at: datetime
    threads: int = 0
    problem: str = ""
    problem_since: datetime | None = None
    last_complete_at: datetime | None = None
    unread: frozenset[int] = frozenset()
    webhooks_silent: bool = False
    last_delivery_at: datetime | None = None


class Urgency(IntEnum):
    """How pressing an open issue is; the lower, the more."""

    ESCALATED = 0
    OVERDUE = 1
    NOT_YET_DUE = 2


class Section(StrEnum):
    """The lists of a summary, by the words that head them, in their order."""

    CALLS = "Overdue calls"
    TEXTS = "Overdue texts"
    ESCALATED = "Escalated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One waiting customer with all of its open issues that are not snoozed, the most urgent first.

    `waited` is business time since the first unanswered message, None where the line says since when instead.
    """

    section: Section
    issues: tuple[Issue, ...]
    waited: timedelta | None
    unchecked: bool = False

    @property
    def ids(self) -> tuple[int, ...]:
        """The issues that the line accuses somebody of."""
        return tuple(issue.id for issue in self.issues)

    @property
    def since(self) -> datetime:
        """When the customer's first unanswered message came."""
        return min(issue.first_at for issue in self.issues)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """All that a summary says. `lines` stand by urgency; `elsewhere` are sections some of whose issues stand on the
    lines of others. `overdue` and `waiting` count issues (snoozed ones wait too), `not_yet_due` those on no line.
    """

    edition: Edition
    check: Check
    lines: tuple[Line, ...]
    elsewhere: frozenset[Section]
    overdue: int
    waiting: int
    not_yet_due: int
    snoozed: int
    unlisted: int
    resolved: int
    median: timedelta | None

    def of(self, section: Section) -> tuple[Line, ...]:
        """The lines of a section, the most urgent first."""
        return tuple(line for line in self.lines if line.section is section)

    @property
    def accused(self) -> tuple[Issue, ...]:
        """The issues on the lines: those whose conversations are to be read before the text is sent."""
        return tuple(issue for line in self.lines for issue in line.issues)


def urgency_of(issue: Issue, now: datetime, hours: BusinessHours, escalate_after: timedelta) -> Urgency:
    """How pressing an open issue is at `now`."""
    if is_escalated(issue.first_at, now, hours, escalate_after):
        return Urgency.ESCALATED
    return Urgency.OVERDUE if is_overdue(issue.due_at, now) else Urgency.NOT_YET_DUE


def summary_of(
    waiting: Iterable[Issue], resolved: Iterable[Issue], check: Check, edition: Edition, rules: SummaryRules
) -> Summary:
    """What the summary says of these open issues, and of those whose answer was recorded since the last one.

    Snoozed issues are only counted; a customer with anything escalated or overdue gets one line, under that.
    """
    every = list(waiting)
    heard = [issue for issue in every if not is_snoozed(issue, edition.at)]
    lines = lines_of(heard, check, edition.at, rules)
    late = {issue.id for issue in heard if _urgency(issue, edition.at, rules) < Urgency.NOT_YET_DUE}
    beside = [issue for line in lines for issue in line.issues[1:] if issue.id in late]
    answers = [_answered_in(issue, rules.hours) for issue in resolved if not issue.withdrawn]
    return Summary(
        edition=edition,
        check=check,
        lines=lines,
        elsewhere=frozenset(_section(issue.channel) for issue in beside),
        overdue=len(late),
        waiting=len(every),
        not_yet_due=len(heard) - sum(len(line.issues) for line in lines),
        snoozed=len(every) - len(heard),
        unlisted=sum(issue.unlisted_user is not None for issue in heard),
        resolved=len(answers),
        median=_median([answer for answer in answers if answer is not None]),
    )


def is_snoozed(issue: Issue, now: datetime) -> bool:
    """Whether letters leave the issue out until its time."""
    return issue.snoozed_until is not None and issue.snoozed_until > now


def lines_of(heard: Iterable[Issue], check: Check, now: datetime, rules: SummaryRules) -> tuple[Line, ...]:
    """A line for each customer of these issues with anything escalated or overdue, the longest due first."""
    urgency = {issue: _urgency(issue, now, rules) for issue in heard}
    pressing = [group for group in _by_customer(urgency) if urgency[group[0]] < Urgency.NOT_YET_DUE]
    lines = [_line(group, urgency[group[0]], check, now, rules) for group in pressing]
    return tuple(sorted(lines, key=lambda line: (line.issues[0].due_at, line.ids)))


def _urgency(issue: Issue, now: datetime, rules: SummaryRules) -> Urgency:
    return urgency_of(issue, now, rules.hours, rules.escalate_after)


def _by_customer(urgency: Mapping[Issue, Urgency]) -> list[tuple[Issue, ...]]:
    """The issues of each customer, the most urgent first."""
    groups: dict[int, list[Issue]] = {}
    for issue in sorted(urgency, key=lambda issue: (urgency[issue], issue.due_at, issue.id)):
        groups.setdefault(issue.contact, []).append(issue)
    return [tuple(group) for group in groups.values()]


def _line(issues: tuple[Issue, ...], urgency: Urgency, check: Check, now: datetime, rules: SummaryRules) -> Line:
    waited = open_time_between(min(issue.first_at for issue in issues), now, rules.hours)
    escalated = urgency is Urgency.ESCALATED
    return Line(
        section=Section.ESCALATED if escalated else _section(issues[0].channel),
        issues=issues,
        waited=None if escalated or waited >= _business_day(rules.hours) else waited,
        unchecked=any(issue.id in check.unread for issue in issues),
    )


def _section(channel: Channel) -> Section:
    return Section.CALLS if channel is Channel.CALL else Section.TEXTS


def _business_day(hours: BusinessHours) -> timedelta:
    """The open time of the week's longest day: after that much, a weekday says more than hours do."""
    return timedelta(minutes=max(sum(closes - opens for opens, closes in shifts) for shifts in hours.weekly))


def _answered_in(issue: Issue, hours: BusinessHours) -> timedelta | None:
    return open_time_between(issue.first_at, issue.answer.at, hours) if issue.answer else None


def _median(spans: Sequence[timedelta]) -> timedelta | None:
    if not spans:
        return None
    ordered, middle = sorted(spans), len(spans) // 2
    return ordered[middle] if len(spans) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
