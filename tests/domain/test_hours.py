"""Business hours: the texts they are written in, and the instants they mean on ordinary days and in DST nights."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sentinel_cli.domain.hours import BusinessHours, Interval, Shift, Weekly, parse_business_hours

CHICAGO = ZoneInfo("America/Chicago")
OFFICE = (Shift(480, 1020),)
MORNING = (Shift(480, 720),)
THANKSGIVING = date(2026, 11, 26)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def thanksgiving(on: date) -> str | None:
    return "Thanksgiving Day" if on == THANKSGIVING else None


def hours(text: str = "Mon-Fri 08:00-17:00", zone: str = "America/Chicago") -> BusinessHours:
    return BusinessHours(weekly=parse_business_hours(text), zone=ZoneInfo(zone), closed_on=thanksgiving)


def intervals(calendar: BusinessHours, on: str) -> list[tuple[str, str]]:
    found = calendar.intervals(date.fromisoformat(on))
    return [(i.opens.isoformat()[:16], i.closes.isoformat()[:16]) for i in found]


@pytest.mark.parametrize(
    ("text", "weekly"),
    [
        ("Mon-Fri 08:00-17:00", (OFFICE,) * 5 + ((), ())),
        ("mon-fri 8:00-17:00", (OFFICE,) * 5 + ((), ())),
        (" Mon - Fri  08:00 – 17:00 ; ", (OFFICE,) * 5 + ((), ())),
        ("Monday-Friday 08:00-17:00", (OFFICE,) * 5 + ((), ())),
        (
            "Mon-Fri 08:00-12:00,13:00-17:00; Sat 09:00-12:00",
            ((Shift(480, 720), Shift(780, 1020)),) * 5 + ((Shift(540, 720),), ()),
        ),
        ("Mon,Wed 08:00-12:00", (MORNING, (), MORNING, (), (), (), ())),
        ("Mon, Wed-Thu 08:00-12:00", (MORNING, (), MORNING, MORNING, (), (), ())),
        ("Sun 08:00-12:00", ((),) * 6 + (MORNING,)),
        ("Sat-Sun 08:00-12:00", ((),) * 5 + (MORNING, MORNING)),
        ("Sun-Tue 08:00-12:00", (MORNING, MORNING, (), (), (), (), MORNING)),
        ("Sun-Sat 00:00-24:00", ((Shift(0, 1440),),) * 7),
        ("Mon 13:00-17:00; Mon 08:00-12:00", ((Shift(480, 720), Shift(780, 1020)), (), (), (), (), (), ())),
        ("Mon 08:00-12:00,12:00-17:00", ((Shift(480, 720), Shift(720, 1020)), (), (), (), (), (), ())),
    ],
)
def test_a_text_means_these_shifts(text: str, weekly: Weekly) -> None:
    assert parse_business_hours(text) == weekly


@pytest.mark.parametrize(
    ("text", "piece", "complaint"),
    [
        ("", "none are given", "an example"),
        (" ; ", "none are given", "an example"),
        ("always", "'always'", "is not like 'Mon-Fri 08:00-17:00'"),
        ("Mon-Fri", "'Mon-Fri'", "is not like 'Mon-Fri 08:00-17:00'"),
        ("08:00-17:00", "'08:00-17:00'", "is not like 'Mon-Fri 08:00-17:00'"),
        ("Mon 08:00-12:00, Sat 09:00-12:00", "'Mon 08:00-12:00,Sat 09:00-12:00'", "is not like"),
        ("Mon-Fri 8-17", "'8-17'", "is not like '08:00-17:00'"),
        ("Mon-Fri 08:00-", "'08:00-'", "is not like '08:00-17:00'"),
        ("Mon-Fri 08:00-12:00,", "''", "is not like '08:00-17:00'"),
        ("Mon-Fry 08:00-17:00", "'Mon-Fry'", "is no weekday"),
        ("Mo 08:00-17:00", "'Mo'", "is no weekday"),
        ("Mon-Tue-Wed 08:00-17:00", "'Mon-Tue-Wed'", "is no weekday"),
        ("Mon, 08:00-17:00", "'Mon,08:00-17:00'", "is not like"),
        ("Fri-Mon 08:00-17:00", "'Fri-Mon'", "runs backwards"),
        ("Mon 17:00-08:00", "'17:00-08:00'", "ends before it begins; split a night at 24:00"),
        ("Mon 08:00-08:00", "'08:00-08:00'", "ends before it begins"),
        ("Mon 08:60-09:00", "08:60 in '08:60-09:00'", "is no time of day"),
        ("Mon 08:00-24:01", "24:01 in '08:00-24:01'", "is no time of day"),
        ("Mon 25:00-26:00", "25:00 in '25:00-26:00'", "is no time of day"),
        ("Mon 08:00-12:00,11:59-17:00", "11:59-17:00 overlaps 08:00-12:00", "on Monday"),
        ("Mon-Fri 08:00-17:00; Fri 12:00-13:00", "12:00-13:00 overlaps 08:00-17:00", "on Friday"),
        ("Sat 09:00-12:00; Sat 09:00-12:00", "09:00-12:00 overlaps 09:00-12:00", "on Saturday"),
    ],
)
def test_a_strange_text_is_refused_by_naming_the_piece(text: str, piece: str, complaint: str) -> None:
    with pytest.raises(ValueError, match="business hours: ") as refused:
        parse_business_hours(text)
    assert piece in str(refused.value)
    assert complaint in str(refused.value)


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        ("2026-11-23T13:59:59.999", False),
        ("2026-11-23T14:00:00", True),
        ("2026-11-23T22:59:59.999", True),
        ("2026-11-23T23:00:00", False),
        ("2026-11-21T18:00:00", False),
        ("2026-11-25T18:00:00", True),
        ("2026-11-26T18:00:00", False),
        ("2026-11-27T18:00:00", True),
        # 8:00 in summer time, an hour earlier in UTC.
        ("2026-10-30T12:59:59", False),
        ("2026-10-30T13:00:00", True),
    ],
)
def test_it_is_open_from_the_opening_until_just_before_the_closing(at: str, is_open: bool) -> None:
    assert hours().is_open(utc(at)) is is_open


def test_an_instant_may_come_in_any_zone() -> None:
    assert hours().is_open(datetime(2026, 11, 23, 8, 0, tzinfo=CHICAGO))


@pytest.mark.parametrize("ask", [BusinessHours.is_open, BusinessHours.next_opening, BusinessHours.local])
def test_an_instant_without_zone_is_refused(ask: object) -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        ask(hours(), datetime(2026, 11, 23, 8, 0))  # type: ignore[operator]  # noqa: DTZ001


@pytest.mark.parametrize(
    ("at", "opening"),
    [
        ("2026-11-23T13:59:59", "2026-11-23T14:00:00"),
        ("2026-11-23T14:00:00", "2026-11-23T14:00:00"),
        ("2026-11-23T22:59:59", "2026-11-23T22:59:59"),
        ("2026-11-23T23:00:00", "2026-11-24T14:00:00"),
        # Wednesday evening before Thanksgiving; Friday evening before a weekend with a DST night.
        ("2026-11-25T23:00:00", "2026-11-27T14:00:00"),
        ("2026-10-30T22:00:00", "2026-11-02T14:00:00"),
        ("2026-03-06T23:00:00", "2026-03-09T13:00:00"),
    ],
)
def test_the_next_opening_is_the_first_open_instant(at: str, opening: str) -> None:
    assert hours().next_opening(utc(at)) == utc(opening)


@pytest.mark.parametrize(
    ("on", "reason"),
    [
        (date(2026, 11, 23), None),
        (THANKSGIVING, "Thanksgiving Day"),
        (date(2026, 11, 28), "Saturday"),
        (date(2026, 11, 29), "Sunday"),
    ],
)
def test_a_closed_date_has_a_reason(on: date, reason: str | None) -> None:
    assert hours().closed_reason(on) == reason


def test_a_split_day_has_two_intervals() -> None:
    calendar = hours("Mon-Fri 08:00-12:00,13:00-17:00")
    assert intervals(calendar, "2026-11-23") == [
        ("2026-11-23T14:00", "2026-11-23T18:00"),
        ("2026-11-23T19:00", "2026-11-23T23:00"),
    ]


def test_a_holiday_has_no_interval() -> None:
    assert hours().intervals(THANKSGIVING) == ()


def test_without_holidays_every_date_counts() -> None:
    calendar = BusinessHours(weekly=parse_business_hours("Thu 08:00-09:00"), zone=CHICAGO)
    assert calendar.intervals(THANKSGIVING) == (Interval(utc("2026-11-26T14:00"), utc("2026-11-26T15:00")),)


@pytest.mark.parametrize(
    ("shifts", "expected"),
    [
        # 2026-03-08 in Chicago: the clock jumps from 02:00 CST to 03:00 CDT at 08:00 UTC.
        ("00:00-24:00", [("2026-03-08T06:00", "2026-03-09T05:00")]),
        ("01:00-04:00", [("2026-03-08T07:00", "2026-03-08T09:00")]),
        ("01:30-02:30", [("2026-03-08T07:30", "2026-03-08T08:00")]),
        ("02:30-03:30", [("2026-03-08T08:00", "2026-03-08T08:30")]),
        ("02:00-03:00", []),
        ("02:15-02:45", []),
        (
            "01:00-02:30,02:30-04:00",
            [("2026-03-08T07:00", "2026-03-08T08:00"), ("2026-03-08T08:00", "2026-03-08T09:00")],
        ),
    ],
)
def test_a_skipped_wall_time_is_the_instant_of_the_jump(shifts: str, expected: list[tuple[str, str]]) -> None:
    assert intervals(hours(f"Sun {shifts}"), "2026-03-08") == expected


@pytest.mark.parametrize(
    ("shifts", "expected"),
    [
        # 2026-11-01 in Chicago: the clock goes back from 02:00 CDT to 01:00 CST at 07:00 UTC.
        ("00:00-24:00", [("2026-11-01T05:00", "2026-11-02T06:00")]),
        ("01:30-05:00", [("2026-11-01T06:30", "2026-11-01T11:00")]),
        ("00:00-01:30", [("2026-11-01T05:00", "2026-11-01T06:30")]),
        ("01:00-02:00", [("2026-11-01T06:00", "2026-11-01T08:00")]),
        (
            "00:00-01:30,01:30-02:00",
            [("2026-11-01T05:00", "2026-11-01T06:30"), ("2026-11-01T06:30", "2026-11-01T08:00")],
        ),
    ],
)
def test_a_wall_time_that_comes_twice_is_the_first(shifts: str, expected: list[tuple[str, str]]) -> None:
    assert intervals(hours(f"Sun {shifts}"), "2026-11-01") == expected


@pytest.mark.parametrize(
    ("zone", "on", "expected"),
    [
        # Cairo's clock jumps at midnight: 24:00 of Thursday and 00:00 of Friday are both the jump.
        ("Africa/Cairo", "2026-04-23", [("2026-04-22T22:00", "2026-04-23T22:00")]),
        ("Africa/Cairo", "2026-04-24", [("2026-04-23T22:00", "2026-04-24T21:00")]),
        # Lord Howe moves by half an hour.
        ("Australia/Lord_Howe", "2026-10-04", [("2026-10-03T13:30", "2026-10-04T13:00")]),
        # Samoa went without 30 December 2011.
        ("Pacific/Apia", "2011-12-30", []),
    ],
)
def test_odd_zones_have_their_days(zone: str, on: str, expected: list[tuple[str, str]]) -> None:
    assert intervals(hours("Sun-Sat 00:00-24:00", zone), on) == expected


def test_a_clock_set_back_across_midnight_leaves_a_day_and_night_calendar_open() -> None:
    # St. John's, 2010-11-07: from 00:01 back to 23:01 of the day before, at 02:31 UTC.
    assert hours("Sun-Sat 00:00-24:00", "America/St_Johns").is_open(utc("2010-11-07T02:31:30"))


def test_intervals_go_on_from_the_one_that_is_under_way() -> None:
    ahead = hours().intervals_from(utc("2026-11-25T22:00"))
    assert [next(ahead).opens, next(ahead).opens] == [utc("2026-11-25T14:00"), utc("2026-11-27T14:00")]


@pytest.mark.parametrize(
    "calendar",
    [
        BusinessHours(weekly=((),) * 7, zone=CHICAGO),
        BusinessHours(weekly=(OFFICE,) * 7, zone=CHICAGO, closed_on=lambda _on: "for good"),
    ],
)
def test_a_calendar_that_never_opens_is_an_error_not_a_loop(calendar: BusinessHours) -> None:
    with pytest.raises(ValueError, match="no opening in the 366 days before 2027-11-25"):
        calendar.next_opening(utc("2026-11-23T15:00"))


def test_local_time_is_what_people_see() -> None:
    assert hours().local(utc("2026-11-23T14:00")).isoformat() == "2026-11-23T08:00:00-06:00"


def test_a_shift_reads_as_it_is_written() -> None:
    assert str(Shift(480, 1440)) == "08:00-24:00"


def test_opening_hours_hold_for_years() -> None:
    assert hours().next_opening(utc("2026-11-23T15:00") + timedelta(days=3650)) == utc("2036-11-20T15:00")
