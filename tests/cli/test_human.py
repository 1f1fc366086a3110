"""Lengths, instants and numbers as people say and type them."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from sentinel_cli.commands.human import ago, duration, instant_typed, local_time, open_duration, phone_end
from sentinel_cli.errors import UsageProblem

from .installation import at

CHICAGO = ZoneInfo("America/Chicago")
NOW = at("2026-11-23T16:00:00Z")  # Monday, 10am


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(seconds=-5), "0m"),
        (timedelta(seconds=59), "0m"),
        (timedelta(minutes=40), "40m"),
        (timedelta(hours=5), "5h"),
        (timedelta(hours=3, minutes=5), "3h05m"),
        (timedelta(hours=3, minutes=10, seconds=59), "3h10m"),
        (timedelta(hours=29), "29h"),
    ],
)
def test_business_time_is_said_in_hours_and_minutes(length: timedelta, said: str) -> None:
    assert open_duration(length) == said


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(hours=23, minutes=59), "23h59m"),
        (timedelta(days=1), "1d"),
        (timedelta(days=2, hours=4, minutes=59), "2d 4h"),
        (timedelta(seconds=-1), "0m"),
    ],
)
def test_time_by_the_clock_has_days(length: timedelta, said: str) -> None:
    assert duration(length) == said


@pytest.mark.parametrize(
    ("when", "said"), [("2026-11-23T12:50:00Z", "3h10m ago"), ("2026-11-25T20:00:00Z", "in 2d 4h")]
)
def test_it_says_how_far_an_instant_lies_from_now(when: str, said: str) -> None:
    assert ago(at(when), NOW) == said


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("2026-11-23T16:05:00Z", "today 10:05am"),
        ("2026-11-23T06:00:00Z", "today 12am"),
        ("2026-11-23T18:00:00Z", "today 12pm"),
        ("2026-11-23T05:59:00Z", "Sun 11:59pm"),
        ("2026-11-20T22:30:00Z", "Fri 4:30pm"),
        ("2026-11-17T15:00:00Z", "Tue 9am"),
        ("2026-11-16T15:00:00Z", "Nov 16 9am"),
        ("2026-11-29T15:00:00Z", "Sun 9am"),
        ("2026-11-30T15:00:00Z", "Nov 30 9am"),
        ("2025-11-23T15:00:00Z", "Nov 23 2025 9am"),
        ("2026-07-01T15:00:00Z", "Jul 1 10am"),
    ],
)
def test_an_instant_is_said_in_local_time(when: str, said: str) -> None:
    assert local_time(at(when), NOW, CHICAGO) == said


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("90m", "2026-11-23T14:30:00Z"),
        (" 12h ", "2026-11-23T04:00:00Z"),
        ("2D", "2026-11-21T16:00:00Z"),
        ("1w", "2026-11-16T16:00:00Z"),
        ("today", "2026-11-23T06:00:00Z"),
        ("Yesterday", "2026-11-22T06:00:00Z"),
        ("Mon", "2026-11-23T06:00:00Z"),
        ("friday", "2026-11-20T06:00:00Z"),
        ("2026-11-20", "2026-11-20T06:00:00Z"),
        ("2026-07-01", "2026-07-01T05:00:00Z"),
        ("2026-11-20T14:00", "2026-11-20T20:00:00Z"),
        ("2026-11-20T14:00:00Z", "2026-11-20T14:00:00Z"),
        ("2026-11-23T16:00:00Z", "2026-11-23T16:00:00Z"),
    ],
)
def test_an_instant_can_be_typed_in_many_ways(typed: str, meant: str) -> None:
    assert instant_typed(typed, NOW, CHICAGO) == at(meant)


@pytest.mark.parametrize("typed", ["", "soon", "2x", "-2d", "2026-13-01", "2026-11-24", "99999d"])
def test_what_names_no_instant_of_the_past_is_refused(typed: str) -> None:
    with pytest.raises(UsageProblem):
        instant_typed(typed, NOW, CHICAGO)


@pytest.mark.parametrize(
    ("typed", "end"),
    [
        ("0147", "0147"),
        ("555-0147", "5550147"),
        ("940 555 0147", "+19405550147"),
        ("(940) 555-0147", "+19405550147"),
        ("1-940-555-0147", "+19405550147"),
        ("+19405550147", "+19405550147"),
    ],
)
def test_a_number_is_found_by_its_end_or_in_any_format(typed: str, end: str) -> None:
    assert phone_end(typed) == end


@pytest.mark.parametrize("typed", ["", "Pat", "7", "%"])
def test_less_than_two_digits_find_no_number(typed: str) -> None:
    with pytest.raises(UsageProblem):
        phone_end(typed)
