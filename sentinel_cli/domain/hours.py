"""The hours in which an answer is owed: weekly shifts in a zone, minus holidays; refuses to know about SLAs.

Wall times become UTC instants before anything is compared or added: datetimes that share a zone object
subtract in wall-clock time, which is an hour wrong across a DST night.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sentinel_cli.domain.instants import instant

__all__ = ["BusinessHours", "Interval", "Shift", "Weekly", "never_closed", "parse_business_hours"]

_DAY = timedelta(days=1)
# A calendar that opens on no day of a whole year opens never, as far as a customer is concerned.
_LONGEST_CLOSURE = 366
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WEEKDAY_OF = {name[:length].casefold(): day for day, name in enumerate(_WEEKDAYS) for length in (3, len(name))}
_ENTRY = re.compile(r"(?P<days>[a-z,-]+) (?P<shifts>[0-9:,-]+)", re.IGNORECASE)
_SHIFT = re.compile(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})", re.ASCII)


class Shift(NamedTuple):
    """Minutes after local midnight, half-open; `closes` may be 1440, the end of the day."""

    opens: int
    closes: int

    def __str__(self) -> str:
        return "-".join(f"{minutes // 60:02d}:{minutes % 60:02d}" for minutes in self)


Weekly = tuple[tuple[Shift, ...], ...]
"""The shifts of Monday to Sunday, each day's in order and without overlap."""


class Interval(NamedTuple):
    """Open time as UTC instants, half-open."""

    opens: datetime
    closes: datetime


def never_closed(_on: date) -> None:
    """No date is a holiday."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessHours:
    """When the business is open; `closed_on` names the holiday of a local date, or gives None.

    A wall time stands for the first instant at which the local clock reads it or later: one that is skipped in
    spring is the instant of the jump, one that comes twice in autumn is the first of the two. So shifts never
    overlap, and one that lies wholly in the skipped hour is empty.
    """

    weekly: Weekly
    zone: ZoneInfo
    closed_on: Callable[[date], str | None] = never_closed

    def local(self, at: datetime) -> datetime:
        """`at` as people here see it; for display only, never for arithmetic."""
        return instant(at).astimezone(self.zone)

    def closed_reason(self, on: date) -> str | None:
        """The holiday, else the weekday when it has no shifts, else None: open at some time of that local date."""
        return self.closed_on(on) or (None if self.weekly[on.weekday()] else _WEEKDAYS[on.weekday()])

    def intervals(self, on: date) -> tuple[Interval, ...]:
        """The open time of a local date, in order; none on a holiday."""
        return _intervals(self, on)

    def intervals_from(self, at: datetime) -> Iterator[Interval]:
        """The open intervals that end after `at`, in order and without end.

        Raises ValueError when a year passes without an opening.
        """
        at, on, closed_days = instant(at), self.local(at).date(), 0
        while closed_days <= _LONGEST_CLOSURE:
            ahead = [interval for interval in self.intervals(on) if interval.closes > at]
            yield from ahead
            closed_days = 0 if ahead else closed_days + 1
            on += _DAY
        raise ValueError(f"the business hours have no opening in the {_LONGEST_CLOSURE} days before {on.isoformat()}")

    def intervals_back(self, at: datetime) -> Iterator[Interval]:
        """The open intervals that begin before `at`, newest first and without end.

        Raises ValueError when a year passes without an opening.
        """
        at, on, closed_days = instant(at), self.local(at).date() + _DAY, 0
        while closed_days <= _LONGEST_CLOSURE:
            behind = [interval for interval in reversed(self.intervals(on)) if interval.opens < at]
            yield from behind
            closed_days = 0 if behind else closed_days + 1
            on -= _DAY
        raise ValueError(f"the business hours have no opening in the {_LONGEST_CLOSURE} days after {on.isoformat()}")

    def is_open(self, at: datetime) -> bool:
        """Whether `at` lies in business hours; the opening instant does, the closing instant does not."""
        at = instant(at)
        today = self.local(at).date()
        # The day after as well: some zones have set the clock back across midnight (St. John's until 2011).
        return any(i.opens <= at < i.closes for on in (today, today + _DAY) for i in self.intervals(on))

    def next_opening(self, at: datetime) -> datetime:
        """The first instant from `at` on that is in business hours: `at` itself when it is open.

        Raises ValueError when a year passes without an opening.
        """
        return max(instant(at), next(self.intervals_from(at)).opens)


# Each wait of a list walks over the same dates.
@lru_cache(maxsize=1024)
def _intervals(hours: BusinessHours, on: date) -> tuple[Interval, ...]:
    shifts = hours.weekly[on.weekday()]
    if not shifts or hours.closed_on(on) is not None:
        return ()
    found = (Interval(*(_instant_of(hours.zone, on, minutes) for minutes in shift)) for shift in shifts)
    return tuple(interval for interval in found if interval.opens < interval.closes)


def _instant_of(zone: ZoneInfo, on: date, minutes: int) -> datetime:
    """The first instant at which the local clock reads `minutes` after midnight of `on`, or later."""
    wall = datetime.combine(on, time()) + timedelta(minutes=minutes)
    first = wall.replace(tzinfo=zone).astimezone(UTC)
    if _wall(zone, first) == wall:
        return first
    # Skipped: PEP 495 puts fold=1 before the jump and fold=0 after it, so the jump lies in between.
    before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    span = range(int((first - before).total_seconds()))
    jump = bisect_left(span, True, key=lambda seconds: _wall(zone, before + timedelta(seconds=seconds)) >= wall)
    return before + timedelta(seconds=jump)


def _wall(zone: ZoneInfo, at: datetime) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None, fold=0)


def parse_business_hours(text: str) -> Weekly:
    """The week that a text such as `Mon-Fri 08:00-12:00,13:00-17:00; Sat 09:00-12:00` describes.

    Days are names or their first three letters, single, listed or as a range of a week that begins on Monday or
    Sunday; 24:00 closes a day. Raises ValueError with a sentence that names the piece that is wrong.
    """
    tidy = re.sub(r"\s*([-,;])\s*", r"\1", text.replace("–", "-").strip())
    shifts: list[list[Shift]] = [[] for _ in _WEEKDAYS]
    for entry in filter(None, tidy.split(";")):
        match = _ENTRY.fullmatch(" ".join(entry.split()))
        if match is None:
            raise ValueError(f"business hours: {entry!r} is not like 'Mon-Fri 08:00-17:00'")
        found = [_shift(piece) for piece in match["shifts"].split(",")]
        for day in _days(match["days"]):
            shifts[day] += found
    if not any(shifts):
        raise ValueError("business hours: none are given; 'Mon-Fri 08:00-17:00' is an example")
    return tuple(_in_order(day, found) for day, found in enumerate(shifts))


def _days(text: str) -> list[int]:
    return [day for piece in text.split(",") for day in _day_range(piece)]


def _day_range(piece: str) -> list[int]:
    ends = [_WEEKDAY_OF.get(name.casefold()) for name in piece.split("-")]
    match ends:
        case [int(day)]:
            return [day]
        case [int(first), int(last)] if first <= last:
            return list(range(first, last + 1))
        case [6, int(last)]:
            return [6, *range(last + 1)]
        case [int(), int()]:
            raise ValueError(f"business hours: {piece!r} runs backwards; list its days instead")
        case _:
            raise ValueError(f"business hours: {piece!r} is no weekday or range of weekdays such as 'Mon' or 'Mon-Fri'")


def _shift(piece: str) -> Shift:
    match = _SHIFT.fullmatch(piece)
    if match is None:
        raise ValueError(f"business hours: {piece!r} is not like '08:00-17:00'")
    opens, closes = _minutes(match[1], match[2], piece), _minutes(match[3], match[4], piece)
    if opens >= closes:
        raise ValueError(f"business hours: {piece!r} ends before it begins; split a night at 24:00")
    return Shift(opens, closes)


def _minutes(hour: str, minute: str, piece: str) -> int:
    minutes = int(hour) * 60 + int(minute)
    if int(minute) > 59 or minutes > 24 * 60:
        raise ValueError(f"business hours: {hour}:{minute} in {piece!r} is no time of day")
    return minutes


def _in_order(day: int, shifts: list[Shift]) -> tuple[Shift, ...]:
    ordered = sorted(shifts)
    for earlier, later in pairwise(ordered):
        if later.opens < earlier.closes:
            raise ValueError(f"business hours: {later} overlaps {earlier} on {_WEEKDAYS[day]}")
    return tuple(ordered)
