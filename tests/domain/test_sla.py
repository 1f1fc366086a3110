"""Due, overdue, escalated: literal instants on both sides of each boundary, and a walker that counts minutes."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel_cli.domain.hours import BusinessHours, Shift, parse_business_hours
from sentinel_cli.domain.sla import (
    closed_days,
    due_at,
    escalated_before,
    is_escalated,
    is_overdue,
    open_clock,
    open_time_between,
    spent,
)

CLOSED = {
    date(2026, 3, 9): "Day after the spring night",
    date(2026, 10, 31): "Halloween",
    date(2026, 11, 26): "Thanksgiving Day",
    date(2026, 11, 27): "Friday After Thanksgiving",
}
TWO_HOURS = timedelta(hours=2)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def hours(text: str = "Mon-Fri 08:00-17:00", zone: str = "America/Chicago") -> BusinessHours:
    return BusinessHours(weekly=parse_business_hours(text), zone=ZoneInfo(zone), closed_on=CLOSED.get)


@pytest.mark.parametrize(
    ("start", "sla", "due"),
    [
        # Monday, within the day, at its edges, and across the night.
        ("2026-11-23T15:10:00", 2, "2026-11-23T17:10:00"),
        ("2026-11-23T15:10:07.250", 2, "2026-11-23T17:10:07.250"),
        ("2026-11-23T13:59:59", 2, "2026-11-23T16:00:00"),
        ("2026-11-23T14:00:00", 2, "2026-11-23T16:00:00"),
        ("2026-11-23T14:00:01", 2, "2026-11-23T16:00:01"),
        ("2026-11-23T20:59:59", 2, "2026-11-23T22:59:59"),
        ("2026-11-23T21:00:00", 2, "2026-11-23T23:00:00"),
        ("2026-11-23T21:00:01", 2, "2026-11-24T14:00:01"),
        ("2026-11-23T22:59:59", 2, "2026-11-24T15:59:59"),
        ("2026-11-23T23:00:00", 2, "2026-11-24T16:00:00"),
        # Saturday; the evening before Thanksgiving's long weekend; more than a day of open time.
        ("2026-11-21T18:00:00", 2, "2026-11-23T16:00:00"),
        ("2026-11-25T22:30:00", 2, "2026-11-30T15:30:00"),
        ("2026-11-23T14:00:00", 9, "2026-11-23T23:00:00"),
        ("2026-11-23T14:00:00", 18, "2026-11-24T23:00:00"),
        ("2026-11-23T14:00:00", 24, "2026-11-25T20:00:00"),
        # The Friday before each DST night; the Monday after it is an hour off in UTC. March 9 is closed.
        ("2026-03-06T22:00:00", 2, "2026-03-10T14:00:00"),
        ("2026-10-30T21:00:00", 2, "2026-11-02T15:00:00"),
        # No time at all: at once, or at the next opening.
        ("2026-11-23T15:10:00", 0, "2026-11-23T15:10:00"),
        ("2026-11-23T22:59:59", 0, "2026-11-23T22:59:59"),
        ("2026-11-23T23:00:00", 0, "2026-11-24T14:00:00"),
        ("2026-11-25T23:00:00", 0, "2026-11-30T14:00:00"),
    ],
)
def test_due_is_the_start_plus_the_sla_in_open_time(start: str, sla: int, due: str) -> None:
    assert due_at(utc(start), timedelta(hours=sla), hours()) == utc(due)


@pytest.mark.parametrize(
    ("start", "due"),
    [
        ("2026-11-23T15:59:59", "2026-11-23T17:59:59"),
        ("2026-11-23T16:00:00", "2026-11-23T18:00:00"),
        ("2026-11-23T16:00:01", "2026-11-23T19:00:01"),
        ("2026-11-23T18:00:00", "2026-11-23T21:00:00"),
        ("2026-11-23T18:59:59", "2026-11-23T21:00:00"),
        ("2026-11-23T19:00:00", "2026-11-23T21:00:00"),
    ],
)
def test_a_lunch_break_is_not_counted(start: str, due: str) -> None:
    assert due_at(utc(start), TWO_HOURS, hours("Mon-Fri 08:00-12:00,13:00-17:00")) == utc(due)


@pytest.mark.parametrize(
    ("start", "due"),
    [
        # Spring: 01:30 CST and two elapsed hours are 04:30 CDT. Autumn: 00:30 CDT and two are 01:30 CST.
        ("2026-03-08T07:30:00", "2026-03-08T09:30:00"),
        ("2026-11-01T05:30:00", "2026-11-01T07:30:00"),
    ],
)
def test_open_time_in_a_dst_night_is_elapsed_time(start: str, due: str) -> None:
    assert due_at(utc(start), TWO_HOURS, hours("Sun-Sat 00:00-24:00")) == utc(due)


def test_a_start_may_come_in_local_time() -> None:
    start = datetime(2026, 10, 30, 16, 0, tzinfo=ZoneInfo("America/Chicago"))
    assert due_at(start, TWO_HOURS, hours()) == utc("2026-11-02T15:00")


def test_a_negative_sla_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be negative"):
        due_at(utc("2026-11-23T15:00"), timedelta(seconds=-1), hours())


def test_no_due_is_found_when_the_hours_end_before_the_sla_does() -> None:
    dwindling = BusinessHours(
        weekly=parse_business_hours("Mon 08:00-09:00"),
        zone=ZoneInfo("UTC"),
        closed_on=lambda on: "gone" if on > date(2026, 11, 23) else None,
    )
    with pytest.raises(ValueError, match="no opening"):
        due_at(utc("2026-11-23T08:30"), TWO_HOURS, dwindling)


@pytest.mark.parametrize(
    ("start", "end", "open_hours"),
    [
        ("2026-11-23T13:00:00", "2026-11-23T14:00:00", 0),
        ("2026-11-23T13:00:00", "2026-11-23T15:00:00", 1),
        ("2026-11-23T15:00:00", "2026-11-23T17:30:00", 2.5),
        ("2026-11-23T22:00:00", "2026-11-24T15:00:00", 2),
        ("2026-11-23T23:00:00", "2026-11-24T14:00:00", 0),
        ("2026-11-20T14:00:00", "2026-11-23T23:00:00", 18),
        ("2026-11-25T14:00:00", "2026-11-30T15:00:00", 10),
        ("2026-01-01T06:00:00", "2026-12-31T06:00:00", 9 * (260 - 3)),
        ("2026-11-23T15:00:00", "2026-11-23T15:00:00", 0),
        ("2026-11-24T15:00:00", "2026-11-23T15:00:00", 0),
    ],
)
def test_open_time_between_two_instants_leaves_out_what_was_closed(start: str, end: str, open_hours: float) -> None:
    assert open_time_between(utc(start), utc(end), hours()) == timedelta(hours=open_hours)


@pytest.mark.parametrize(
    ("now", "overdue"),
    [
        ("2026-11-23T16:59:59.999", False),
        ("2026-11-23T17:00:00.000", False),
        ("2026-11-23T17:00:00.001", True),
    ],
)
def test_an_issue_is_overdue_strictly_after_due(now: str, overdue: bool) -> None:
    assert is_overdue(utc("2026-11-23T17:00:00"), utc(now)) is overdue


@pytest.mark.parametrize(
    ("now", "escalated"),
    [
        # Twenty-four open hours after Monday 9:00 are Wednesday 15:00.
        ("2026-11-25T20:59:59", False),
        ("2026-11-25T21:00:00", False),
        ("2026-11-25T21:00:00.001", True),
    ],
)
def test_an_issue_is_escalated_after_more_than_its_business_hours(now: str, escalated: bool) -> None:
    assert is_escalated(utc("2026-11-23T15:00"), utc(now), hours(), timedelta(hours=24)) is escalated


@pytest.mark.parametrize(("now", "escalated"), [("2026-11-30T14:00:00", False), ("2026-11-30T14:00:00.001", True)])
def test_closed_time_does_not_escalate(now: str, escalated: bool) -> None:
    # Nine hours of Wednesday are over at closing; the next open second is on Monday.
    assert is_escalated(utc("2026-11-25T14:00"), utc(now), hours(), timedelta(hours=9)) is escalated


# The oracle: a row of minutes, each open or not, along which a walker goes one minute at a time. It knows the
# calendar as local clock readings only: a minute is open when the clock, were it never set back, stands in a shift.


@dataclass(frozen=True, slots=True, kw_only=True)
class Minutes:
    start: datetime
    open: bytes
    jumps: tuple[int, ...]

    def due(self, at: datetime, sla: timedelta) -> datetime:
        seconds, left = int((at - self.start).total_seconds()), int(sla.total_seconds())
        while True:
            minute, second = divmod(seconds, 60)
            if self.open[minute]:
                if left <= 60 - second:
                    return self.start + timedelta(seconds=seconds + left)
                left -= 60 - second
            seconds += 60 - second

    def open_time(self, start: datetime, end: datetime) -> timedelta:
        seconds, last, total = (int((at - self.start).total_seconds()) for at in (start, end, self.start))
        while seconds < last:
            step = min(60 - seconds % 60, last - seconds)
            total += step * self.open[seconds // 60]
            seconds += step
        return timedelta(seconds=total)


@cache
def minutes(text: str, zone: str, start: str, days: int) -> Minutes:
    weekly, first, where = parse_business_hours(text), utc(start), ZoneInfo(zone)
    row, offsets, clock = bytearray(), [], datetime(1970, 1, 1)  # noqa: DTZ001
    for minute in range(days * 1440):
        local = (first + timedelta(minutes=minute)).astimezone(where)
        offsets.append(local.utcoffset())
        clock = max(clock, local.replace(tzinfo=None, fold=0))
        reading = clock.hour * 60 + clock.minute
        is_open = any(opens <= reading < closes for opens, closes in weekly[clock.weekday()])
        row.append(is_open and clock.date() not in CLOSED)
    jumps = [minute for minute, (before, after) in enumerate(pairwise(offsets), 1) if before != after]
    return Minutes(start=first, open=bytes(row), jumps=tuple(jumps))


CALENDARS = [
    ("Mon-Fri 08:00-17:00", "America/Chicago"),
    ("Mon-Fri 08:00-12:00,13:00-17:00; Sat 09:00-12:00", "America/Chicago"),
    ("Sun-Sat 00:00-24:00", "America/Chicago"),
    ("Sun-Sat 00:00-01:30,01:45-02:30,02:45-05:15,23:00-24:00", "America/Chicago"),
    ("Sat 20:00-24:00; Sun 00:00-03:30,08:00-12:00; Wed 09:00-10:00", "America/Chicago"),
    ("Sun-Thu 00:00-00:45,09:30-18:15", "Africa/Cairo"),
    ("Mon-Sun 00:30-02:10,12:00-13:00", "Australia/Lord_Howe"),
]
# Two months that hold every zone's DST night (Chicago's are 2026-03-08 and 2026-11-01) and the closed days near them.
SEASONS = ["2026-03-01", "2026-10-01"]
STARTS_WITHIN = 60
SLAS = [timedelta(seconds=seconds) for seconds in (0, 1, 59, 60, 61, 900, 3600, 7200, 14400, 28800)]


def seeded(seed: str) -> Random:
    return Random(seed)


def starts(walker: Minutes, random: Random, count: int) -> list[datetime]:
    """Instants at the edges of open time and a second beside them, around the DST night, and anywhere."""
    edges = [minute for minute in range(1, STARTS_WITHIN * 1440) if walker.open[minute] != walker.open[minute - 1]]
    seconds = [random.randrange(STARTS_WITHIN * 86400) for _ in range(count)]
    seconds[::3] = [60 * random.choice(edges or [0]) + random.choice((0, 0, 1, 1, 59, -1)) for _ in seconds[::3]]
    seconds[1::3] = [60 * random.choice(walker.jumps) + random.randrange(-21600, 21600) for _ in seconds[1::3]]
    return [walker.start + timedelta(seconds=second) for second in seconds]


@pytest.mark.parametrize("season", SEASONS)
@pytest.mark.parametrize(("text", "zone"), CALENDARS)
def test_due_times_equal_those_of_a_walker(text: str, zone: str, season: str) -> None:
    """14 calendars and seasons of 800 cases each: 11,200 in all."""
    walker, calendar, random = minutes(text, zone, season, 90), hours(text, zone), seeded(f"{text} {season}")
    slas = [*SLAS, *(timedelta(seconds=random.randrange(36000)) for _ in SLAS)]
    cases = [(start, random.choice(slas)) for start in starts(walker, random, 800)]
    assert [due_at(start, sla, calendar) for start, sla in cases] == [walker.due(start, sla) for start, sla in cases]


@pytest.mark.parametrize("season", SEASONS)
@pytest.mark.parametrize(("text", "zone"), CALENDARS)
def test_open_time_equals_that_of_a_walker(text: str, zone: str, season: str) -> None:
    walker, calendar, random = minutes(text, zone, season, 90), hours(text, zone), seeded(f"{season} {text}")
    cases = list(zip(starts(walker, random, 40), starts(walker, random, 40), strict=True))
    assert [open_time_between(*case, calendar) for case in cases] == [walker.open_time(*case) for case in cases]


@pytest.mark.parametrize("season", SEASONS)
@pytest.mark.parametrize(("text", "zone"), CALENDARS)
def test_being_open_equals_the_walkers_minutes(text: str, zone: str, season: str) -> None:
    walker, calendar, random = minutes(text, zone, season, 90), hours(text, zone), seeded(f"{zone} {season}")
    cases = starts(walker, random, 100)
    expected = [bool(walker.open[int((at - walker.start).total_seconds()) // 60]) for at in cases]
    assert [calendar.is_open(at) for at in cases] == expected


@st.composite
def any_hours(draw: st.DrawFn) -> BusinessHours:
    edges = st.sets(st.integers(0, 1440), max_size=6).map(sorted)
    day = edges.map(lambda e: tuple(Shift(a, b) for a, b in zip(e[::2], e[1::2], strict=False)))
    weekly = draw(st.tuples(*[day] * 7).filter(any))
    zone = draw(st.sampled_from(["America/Chicago", "UTC", "Africa/Cairo", "Australia/Lord_Howe", "America/St_Johns"]))
    return BusinessHours(weekly=weekly, zone=ZoneInfo(zone), closed_on=CLOSED.get)


INSTANTS = st.datetimes(datetime(2008, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001
    lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000)
)
SPANS = st.integers(0, 30 * 3600).map(lambda seconds: timedelta(seconds=seconds))


@settings(max_examples=300, deadline=None)
@given(start=INSTANTS, sla=SPANS, calendar=any_hours())
def test_exactly_the_sla_of_open_time_lies_before_due(start: datetime, sla: timedelta, calendar: BusinessHours) -> None:
    assert open_time_between(start, due_at(start, sla, calendar), calendar) == sla


@settings(max_examples=300, deadline=None)
@given(start=INSTANTS, later=SPANS, sla=SPANS, calendar=any_hours())
def test_a_later_start_is_never_due_earlier(
    start: datetime, later: timedelta, sla: timedelta, calendar: BusinessHours
) -> None:
    assert due_at(start, sla, calendar) <= due_at(start + later, sla, calendar)


@settings(max_examples=200, deadline=None)
@given(instants=st.tuples(INSTANTS, SPANS, SPANS), calendar=any_hours())
def test_open_time_adds_up(instants: tuple[datetime, timedelta, timedelta], calendar: BusinessHours) -> None:
    start, first, second = instants
    middle, end = start + first, start + first + second
    total = open_time_between(start, end, calendar)
    assert total == open_time_between(start, middle, calendar) + open_time_between(middle, end, calendar)


@pytest.mark.parametrize("season", SEASONS)
@pytest.mark.parametrize(("text", "zone"), CALENDARS)
def test_the_intervals_make_up_the_sla_exactly_and_are_all_open_time_till_due(
    text: str, zone: str, season: str
) -> None:
    """14 calendars and seasons of 200 cases each, across DST nights, holidays and split shifts."""
    walker, calendar, random = minutes(text, zone, season, 90), hours(text, zone), seeded(f"{text} {zone} {season}")
    for start in starts(walker, random, 200):
        sla = random.choice(SLAS)
        found = spent(start, sla, calendar)
        assert sum((walker.open_time(*spell) for spell in found), timedelta()) == sla
        assert sum((spell.closes - spell.opens for spell in found), timedelta()) == sla
        assert walker.open_time(start, found[-1].closes) == sla
        assert [at for spell in found for at in spell] == sorted(at for spell in found for at in spell)


@pytest.mark.parametrize(
    ("start", "spells"),
    [
        ("2026-11-23T15:10:00", ["15:10-17:10"]),
        ("2026-11-20T22:40:00", ["22:40-23:00", "14:00-15:40"]),
        ("2026-11-20T23:00:00", ["14:00-16:00"]),
        ("2026-11-23T21:00:00", ["21:00-23:00"]),
        ("2026-10-30T21:40:00", ["21:40-22:00", "14:00-15:40"]),
    ],
)
def test_the_sla_is_used_up_interval_by_interval(start: str, spells: list[str]) -> None:
    found = spent(utc(start), TWO_HOURS, hours())
    assert [f"{spell.opens:%H:%M}-{spell.closes:%H:%M}" for spell in found] == spells


@pytest.mark.parametrize(
    ("start", "end", "closed"),
    [
        ("2026-11-20T22:40", "2026-11-23T15:40", [("21", None), ("22", None)]),
        ("2026-11-23T15:00", "2026-11-23T17:00", []),
        (
            "2026-11-25T22:40",
            "2026-11-30T15:40",
            [("26", "Thanksgiving Day"), ("27", "Friday After Thanksgiving"), ("28", None), ("29", None)],
        ),
        ("2026-11-22T05:59", "2026-11-22T06:01", [("21", None), ("22", None)]),
    ],
)
def test_the_days_without_open_time_are_named(start: str, end: str, closed: list[tuple[str, str | None]]) -> None:
    assert [(f"{day.on:%d}", day.holiday) for day in closed_days(utc(start), utc(end), hours())] == closed


@settings(max_examples=300, deadline=None)
@given(instants=st.tuples(INSTANTS, SPANS, SPANS, SPANS), calendar=any_hours())
def test_the_business_clock_reads_the_open_time_between(
    instants: tuple[datetime, timedelta, timedelta, timedelta], calendar: BusinessHours
) -> None:
    since, first, second, rest = instants
    start, end = since + first, since + first + second
    clock = open_clock(since, end + rest, calendar)
    assert clock(end) - clock(start) == open_time_between(start, end, calendar)


@settings(max_examples=300, deadline=None)
@given(now=INSTANTS, back=SPANS, after=SPANS, calendar=any_hours())
def test_one_comparison_says_what_is_escalated(
    now: datetime, back: timedelta, after: timedelta, calendar: BusinessHours
) -> None:
    edge = escalated_before(now, calendar, after)
    millisecond = timedelta(milliseconds=1)
    firsts = [now - back, edge - millisecond, edge]
    assert [first < edge for first in firsts] == [is_escalated(first, now, calendar, after) for first in firsts]


def test_without_an_opening_in_the_year_before_nothing_can_be_escalated() -> None:
    calendar = BusinessHours(weekly=parse_business_hours("Mon-Sun 08:00-17:00"), zone=ZoneInfo("UTC"), closed_on=str)
    with pytest.raises(ValueError, match="no opening in the 366 days after"):
        escalated_before(utc("2026-11-23T15:00"), calendar, timedelta())
