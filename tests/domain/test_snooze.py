"""Until when a snooze lasts, as people type it. It is Monday 10:00 in Chicago; the business is open Mon-Fri 08-17."""

from datetime import UTC, datetime

import pytest

from sentinel_cli.domain.instants import instant_text
from sentinel_cli.domain.snooze import length_typed, until_typed
from tests.builders import HOURS, at

NOW = at(120)


@pytest.mark.parametrize(
    ("typed", "until"),
    [
        ("2h", "2026-11-23T18:00"),
        ("90m", "2026-11-23T17:30"),
        ("1h30m", "2026-11-23T17:30"),
        ("1d 4h", "2026-11-24T20:00"),
        ("2 hours", "2026-11-23T18:00"),
        ("45 mins", "2026-11-23T16:45"),
        ("1W", "2026-11-30T16:00"),
        ("90d", "2027-02-21T16:00"),
        ("3pm", "2026-11-23T21:00"),
        ("8am", "2026-11-24T14:00"),
        ("12am", "2026-11-24T06:00"),
        ("12pm", "2026-11-23T18:00"),
        ("noon", "2026-11-23T18:00"),
        ("14:30", "2026-11-23T20:30"),
        ("today 4:30pm", "2026-11-23T22:30"),
        ("tomorrow", "2026-11-24T14:00"),
        ("Tomorrow at 9am", "2026-11-24T15:00"),
        ("Fri", "2026-11-27T14:00"),
        ("Mon 8am", "2026-11-30T14:00"),
        ("monday, 8 am", "2026-11-30T14:00"),
        ("Mon 3pm", "2026-11-23T21:00"),
        ("Nov 30 3pm", "2026-11-30T21:00"),
        ("november 30", "2026-11-30T14:00"),
        ("11/30 at 8:30am", "2026-11-30T14:30"),
        ("Jan 4", "2027-01-04T14:00"),
        ("mon 10:01", "2026-11-23T16:01"),
        ("mon 10:00", "2026-11-30T16:00"),
        ("Sat", "2026-11-30T14:00"),
        ("Sat 9am", "2026-11-28T15:00"),
        ("2026-12-01", "2026-12-01T14:00"),
        ("2026-12-05", "2026-12-07T14:00"),
        ("2026-12-01 9am", "2026-12-01T15:00"),
        ("2026-12-01 09:30", "2026-12-01T15:30"),
        ("2026-12-01T09:30", "2026-12-01T15:30"),
        ("2026-12-01T09:30:00Z", "2026-12-01T09:30"),
    ],
)  # fmt: skip
def test_it_is_the_instant_that_people_mean(typed: str, until: str) -> None:
    assert instant_text(until_typed(typed, NOW, HOURS)) == f"{until}:00.000Z"


def test_on_a_friday_tomorrow_is_the_next_day_with_an_opening() -> None:
    friday = datetime(2026, 11, 27, 16, tzinfo=UTC)
    assert instant_text(until_typed("tomorrow", friday, HOURS)) == "2026-11-30T14:00:00.000Z"


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "is no time"),
        ("later", "is no time"),
        ("8", "is no time"),
        ("25:00", "is no time"),
        ("13pm", "is no time"),
        ("today", "is no time"),
        ("Mon soon", "is no time"),
        ("2026-13-01", "is no time"),
        ("2026-12-01T99:00", "is no time"),
        ("today 9am", "is not ahead"),
        ("now", "is not ahead"),
        ("0h", "is not ahead"),
        ("2026-11-20", "is not ahead"),
        ("2026-11-23T16:00:00Z", "is not ahead"),
        ("91d", "is more than 90 days ahead"),
        ("999w 99999m", "is more than 90 days ahead"),
        ("2030-01-01", "is more than 90 days ahead"),
    ],
)
def test_what_is_no_time_ahead_is_refused_with_a_sentence(typed: str, why: str) -> None:
    with pytest.raises(ValueError, match=why) as refused:
        until_typed(typed, NOW, HOURS)
    assert repr(typed) in str(refused.value)


def test_a_length_alone_is_read_too() -> None:
    assert length_typed("2h", NOW) == at(240)


@pytest.mark.parametrize(("typed", "why"), [("Mon 8am", "no length"), ("0m", "not ahead"), ("91d", "more than 90")])
def test_what_is_no_length_ahead_is_refused(typed: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        length_typed(typed, NOW)
