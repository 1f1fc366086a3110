"""How fast customers were answered in a period, as figures; refuses to know where issues are stored or figures shown.

Which issues count: those whose first message lies in `[since, until)`, at whatever time they were answered. Spam is
left out, and withdrawn issues are never handed in. All is said as it stands at `now`, so the same period read later may
look better.

An issue is *in time* when it was answered at or before due; *late* when it was answered after due, or is open and past
due; *not yet due* when it is open and there is time left, so that nobody can say; *untimed* when the older service
closed it, which wrote down when it noticed and not when somebody answered. The rate of those in time is of the first
two. What a person closed by hand counts as answered then: the wait was no longer, and perhaps shorter.

Answer times are business time from an issue's first message to its answer. An open issue has none: it counts in the
rate, and among those open. The weekday and hour of an issue, and its week, are those of its first message, local time.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from .hours import BusinessHours
from .model import Channel, IssueStatus, Rule
from .sla import is_overdue, open_clock

__all__ = [
    "FEWEST",
    "Figures",
    "Heard",
    "Period",
    "Person",
    "Report",
    "Week",
    "Who",
    "percentile",
    "report_of",
    "weeks_of",
]

FEWEST = 5
"""Of fewer answers a person's figures would say more of chance, and of one customer, than of the person."""

_BY_A_PERSON = {Rule.STAFF_TEXT, Rule.STAFF_CALL, Rule.STAFF_CALL_ATTEMPT, Rule.CALL_TAKEN}
_DAY, _WEEK = timedelta(days=1), timedelta(days=7)

Group = TypeVar("Group", bound=Any)


class Begun(NamedTuple):
    """An issue as a report sees it: of its customer nothing. `answered_at`, `rule` and `by` are its answer's."""

    channel: Channel
    status: IssueStatus
    first_at: datetime
    due_at: datetime
    messages: int = 1
    automated_replies: int = 0
    answered_at: datetime | None = None
    rule: Rule | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From `since` on, up to but not including `until`, as it is known at `now`."""

    since: datetime
    until: datetime
    now: datetime

    def holds(self, at: datetime) -> bool:
        """Whether the instant lies in it."""
        return self.since <= at < self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """The part of a week that lies in a period; `begins_on` is its Monday, which may lie before the period."""

    begins_on: date
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Of the customers' messages of a week and channel that GHL shows, how many a delivery told of."""

    begins_on: date
    channel: Channel
    shown: int
    told: int


class Standing(StrEnum):
    """How an issue counts (see above)."""

    IN_TIME = "in time"
    LATE = "late"
    NOT_YET_DUE = "not yet due"
    UNTIMED = "untimed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What is said of a group of issues: `in_time + late + not_yet_due + untimed == issues`.

    `answered` are those with an answer time; of those times `median` and `p90` are, None where there is none.
    """

    issues: int = 0
    in_time: int = 0
    late: int = 0
    not_yet_due: int = 0
    untimed: int = 0
    answered: int = 0
    median: timedelta | None = None
    p90: timedelta | None = None

    @property
    def judged(self) -> int:
        """Those of which it is known whether the answer came in time."""
        return self.in_time + self.late

    @property
    def percent_in_time(self) -> int | None:
        """Whole percent, rounded down, so that 100 means all of them; None where none is judged."""
        return 100 * self.in_time // self.judged if self.judged else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody whose messages were the first answer to at least `FEWEST` issues; no two have the same `name`."""

    user_id: str
    name: str
    figures: Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """Who answered first. `people` stand with the busiest first.

    Whoever answered fewer than `FEWEST` issues is only counted: `few` people with `answers_of_few`. `unnamed` answers
    are staff's, by whom nobody said; `by_hand` issues were closed by an order or at the terminal.
    """

    people: tuple[Person, ...]
    few: int
    answers_of_few: int
    unnamed: int
    by_hand: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All figures of a period. `by_week` holds every week of it, the other groups those in which an issue began.

    `auto_replied` issues had an automatic reply before any person's; of those open, `auto_reply_only` have had nothing
    else. `longest_open` is business time.
    """

    period: Period
    total: Figures
    by_type: Mapping[Channel, Figures]
    by_week: Mapping[date, Figures]
    by_week_and_type: Mapping[tuple[date, Channel], Figures]
    by_weekday: Mapping[int, Figures]
    by_hour: Mapping[int, Figures]
    by_weekday_and_hour: Mapping[tuple[int, int], Figures]
    who: Who
    messages: int
    open: int
    longest_open: timedelta | None
    auto_replied: int
    auto_reply_only: int
    spam: int
    heard: tuple[Heard, ...] = ()
    calls_left_out: int | None = None

    @property
    def busiest(self) -> list[tuple[tuple[int, int], int]]:
        """(weekday, hour) and how many issues began then, the most first, then in the order of the week."""
        begun = [(group, figures.issues) for group, figures in self.by_weekday_and_hour.items()]
        return sorted(begun, key=lambda each: (-each[1], each[0]))

    @property
    def heard_by_week(self) -> dict[date, tuple[int, int]]:
        """(shown, told) of each week in which GHL shows any message of a customer."""
        weeks: dict[date, tuple[int, int]] = {}
        for each in self.heard:
            shown, told = weeks.get(each.begins_on, (0, 0))
            weeks[each.begins_on] = shown + each.shown, told + each.told
        return weeks


class _Seen(NamedTuple):
    """An issue as it counts; `waited` is None without an answer time."""

    issue: Begun
    local: datetime
    week: date
    standing: Standing
    waited: timedelta | None


def report_of(
    issues: Iterable[Begun],
    period: Period,
    hours: BusinessHours,
    names: Mapping[str, str | None],
    heard: Sequence[Heard] = (),
    calls_left_out: int | None = None,
) -> Report:
    """The figures of the issues that count in the period; `names` are the users'. The order of issues does not matter.

    `heard` and `calls_left_out` (None: no filter is set) are said as they are given.
    """
    begun = [issue for issue in issues if period.holds(issue.first_at)]
    counted = [issue for issue in begun if issue.status is not IssueStatus.SPAM]
    clock = _clock_for(counted, period, hours)
    seen = [_seen(issue, period.now, hours.zone, clock) for issue in counted]
    waiting = [issue for issue in counted if issue.status is IssueStatus.OPEN]
    by_week = _grouped(seen, lambda each: each.week)
    return Report(
        period=period,
        total=_figures(seen),
        by_type=_grouped(seen, lambda each: each.issue.channel),
        by_week={week.begins_on: by_week.get(week.begins_on, Figures()) for week in weeks_of(period, hours)},
        by_week_and_type=_grouped(seen, lambda each: (each.week, each.issue.channel)),
        by_weekday=_grouped(seen, lambda each: each.local.weekday()),
        by_hour=_grouped(seen, lambda each: each.local.hour),
        by_weekday_and_hour=_grouped(seen, lambda each: (each.local.weekday(), each.local.hour)),
        who=_who(seen, names),
        messages=sum(issue.messages for issue in counted),
        open=len(waiting),
        longest_open=max((clock(period.now) - clock(issue.first_at) for issue in waiting), default=None),
        auto_replied=sum(issue.automated_replies > 0 for issue in counted),
        auto_reply_only=sum(issue.automated_replies > 0 for issue in waiting),
        spam=len(begun) - len(counted),
        heard=tuple(heard),
        calls_left_out=calls_left_out,
    )


def without_days_before(period: Period, known: datetime | None, hours: BusinessHours) -> Period:
    """The period from the local day of `known` on, where it began earlier; as it is where that lies after it."""
    if known is None or known >= period.until:
        return period
    return replace(period, since=max(period.since, _midnight(hours.local(known).date(), hours)))


def weeks_of(period: Period, hours: BusinessHours) -> list[Week]:
    """The weeks of the period in order, which together are the whole of it; the first and last may be parts."""
    begins_on, found = _monday(hours.local(period.since).date()), []
    while (begins := _midnight(begins_on, hours)) < period.until:
        ends = _midnight(begins_on + _WEEK, hours)
        found.append(Week(begins_on=begins_on, since=max(begins, period.since), until=min(ends, period.until)))
        begins_on += _WEEK
    return found


def percentile(spans: Sequence[timedelta], percent: int) -> timedelta | None:
    """The span that so many percent do not exceed, None of none: between two neighbours by its distance to each.

    As in spreadsheets (PERCENTILE.INC): the first of n stands at 0 percent, the last at 100; 50 is the median.
    """
    if not spans:
        return None
    ordered = sorted(spans)
    place, rest = divmod((len(ordered) - 1) * percent, 100)
    below, above = ordered[place], ordered[min(place + 1, len(ordered) - 1)]
    return below + (above - below) * rest / 100


def _monday(on: date) -> date:
    return on - on.weekday() * _DAY


def _midnight(on: date, hours: BusinessHours) -> datetime:
    return datetime.combine(on, time(), hours.zone).astimezone(UTC)


def _clock_for(issues: Iterable[Begun], period: Period, hours: BusinessHours) -> Callable[[datetime], timedelta]:
    """The business clock from the period's begin to the last instant that the issues ask for."""
    ends = (issue.answered_at for issue in issues if issue.answered_at)
    return open_clock(period.since, max(period.now, *ends, period.until), hours)


def _seen(issue: Begun, now: datetime, zone: ZoneInfo, clock: Callable[[datetime], timedelta]) -> _Seen:
    local = issue.first_at.astimezone(zone)
    timed = issue.answered_at is not None and issue.rule is not Rule.ADOPTED
    waited = clock(issue.answered_at) - clock(issue.first_at) if issue.answered_at and timed else None
    return _Seen(issue, local, _monday(local.date()), _standing(issue, now), waited)


def _standing(issue: Begun, now: datetime) -> Standing:
    if issue.status is IssueStatus.OPEN:
        return Standing.LATE if is_overdue(issue.due_at, now) else Standing.NOT_YET_DUE
    if issue.answered_at is None or issue.rule is Rule.ADOPTED:
        return Standing.UNTIMED
    return Standing.LATE if is_overdue(issue.due_at, issue.answered_at) else Standing.IN_TIME


def _grouped(seen: Iterable[_Seen], group_of: Callable[[_Seen], Group]) -> dict[Group, Figures]:
    """The figures of each group, in the order of the groups."""
    groups: dict[Group, list[_Seen]] = defaultdict(list)
    for each in seen:
        groups[group_of(each)].append(each)
    return {group: _figures(groups[group]) for group in sorted(groups)}


def _figures(seen: Sequence[_Seen]) -> Figures:
    count = Counter(each.standing for each in seen)
    times = sorted(each.waited for each in seen if each.waited is not None)
    return Figures(
        issues=len(seen),
        in_time=count[Standing.IN_TIME],
        late=count[Standing.LATE],
        not_yet_due=count[Standing.NOT_YET_DUE],
        untimed=count[Standing.UNTIMED],
        answered=len(times),
        median=percentile(times, 50),
        p90=percentile(times, 90),
    )


def _who(seen: Sequence[_Seen], names: Mapping[str, str | None]) -> Who:
    """An issue ends with its first answer, so that whoever gave it is the first responder."""
    by_user: dict[str | None, list[_Seen]] = defaultdict(list)
    for each in seen:
        if each.issue.rule in _BY_A_PERSON:
            by_user[each.issue.by].append(each)
    unnamed = by_user.pop(None, [])
    shared = {name for name, count in Counter(names.values()).items() if count > 1}
    people = [
        Person(user_id=user, name=_name(user, names, shared), figures=_figures(theirs))
        for user, theirs in by_user.items()
        if user is not None and len(theirs) >= FEWEST
    ]
    few = [len(theirs) for theirs in by_user.values() if len(theirs) < FEWEST]
    return Who(
        people=tuple(sorted(people, key=lambda each: (-each.figures.answered, each.name, each.user_id))),
        few=len(few),
        answers_of_few=sum(few),
        unnamed=len(unnamed),
        by_hand=sum(each.issue.rule is Rule.RESOLVE for each in seen),
    )


def _name(user: str, names: Mapping[str, str | None], shared: Container[str | None]) -> str:
    """The user's name, with the id where others have the same; the id alone where nobody knows a name."""
    name = names.get(user)
    if not name:
        return user
    return f"{name} ({user})" if name in shared else name
