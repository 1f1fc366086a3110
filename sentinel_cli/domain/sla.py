"""When an answer is owed and how late it is, in business time; refuses to know what an answer is."""

from bisect import bisect_right
from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import accumulate
from typing import NamedTuple

from sentinel_cli.domain.hours import BusinessHours, Interval
from sentinel_cli.domain.instants import instant

__all__ = [
    "ClosedDay",
    "closed_days",
    "due_at",
    "escalated_before",
    "is_escalated",
    "is_overdue",
    "open_clock",
    "open_time_between",
    "spent",
]

_NONE = timedelta()


class ClosedDay(NamedTuple):
    """A local date without open time; without a `holiday` it is a weekday without shifts."""

    on: date
    holiday: str | None


def due_at(start: datetime, sla: timedelta, hours: BusinessHours) -> datetime:
    """The instant at which `sla` of open time has passed since `start` (DESIGN, SLA).

    Open time counts as really elapsed seconds. A start outside business hours counts from the next opening, also
    when `sla` is zero; an SLA that runs out exactly at closing is due at the closing instant.
    Raises ValueError for a negative `sla`, a start without zone, and hours that never open.
    """
    return spent(start, sla, hours)[-1].closes


def spent(start: datetime, sla: timedelta, hours: BusinessHours) -> list[Interval]:
    """The open time that an SLA uses up, in order: together it is `sla` long, and ends when the answer is due."""
    if sla < _NONE:
        raise ValueError(f"an SLA cannot be negative: {sla}")
    start, left, found = instant(start), sla, list[Interval]()
    intervals = hours.intervals_from(start)
    while True:
        opens, closes = next(intervals)
        begins = max(start, opens)
        if left <= closes - begins:
            return [*found, Interval(begins, begins + left)]
        found.append(Interval(begins, closes))
        left -= closes - begins


def closed_days(start: datetime, end: datetime, hours: BusinessHours) -> list[ClosedDay]:
    """The local dates from `start` to `end`, both included, that have no open time at all."""
    first, last = hours.local(start).date(), hours.local(end).date()
    dates = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [ClosedDay(on, hours.closed_on(on)) for on in dates if not hours.intervals(on)]


def open_time_between(start: datetime, end: datetime, hours: BusinessHours) -> timedelta:
    """The business time in `[start, end)`; zero when `end` is not after `start`. Costs one step per local date."""
    start, end = instant(start), instant(end)
    on, last = hours.local(start).date(), hours.local(end).date() + timedelta(days=1)
    total = _NONE
    while on <= last:
        for opens, closes in hours.intervals(on):
            total += max(_NONE, min(closes, end) - max(opens, start))
        on += timedelta(days=1)
    return total


def is_overdue(due: datetime, now: datetime) -> bool:
    """Whether the answer is late: strictly after `due`, for an answer at the due instant is still in time."""
    return now > due


def is_escalated(first_at: datetime, now: datetime, hours: BusinessHours, after: timedelta) -> bool:
    """Whether a wait that began at `first_at` has been open for more than `after` of business time."""
    return open_time_between(first_at, now, hours) > after


def open_clock(since: datetime, until: datetime, hours: BusinessHours) -> Callable[[datetime], timedelta]:
    """A clock that runs in business time alone, to be read at instants in `[since, until]`.

    The difference of two readings is `open_time_between`, without its step per date: for many waits of one period.
    """
    on, last = hours.local(since).date(), hours.local(until).date() + timedelta(days=1)
    dates = (on + timedelta(days=day) for day in range((last - on).days + 1))
    intervals = sorted(interval for date in dates for interval in hours.intervals(date))
    opens = [interval.opens for interval in intervals]
    before = list(accumulate((interval.closes - interval.opens for interval in intervals), initial=_NONE))

    def reading(at: datetime) -> timedelta:
        place = bisect_right(opens, at)
        if not place:
            return _NONE
        interval = intervals[place - 1]
        return before[place - 1] + min(at, interval.closes) - interval.opens

    return reading


def escalated_before(now: datetime, hours: BusinessHours, after: timedelta) -> datetime:
    """The instant before which a wait began that is escalated `now`: `is_escalated` as one comparison, for a query."""
    now, left = instant(now), after
    intervals = hours.intervals_back(now)
    while True:
        opens, closes = next(intervals)
        ends = min(closes, now)
        # Strictly: where it is used up exactly at the opening, the closed time before it has no more of it either.
        if left < ends - opens:
            return ends - left
        left -= ends - opens
