"""What the checklist says of the clock and the host's zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sentinel_cli.doctor.judge.clock import ClockSeen, judge_clock, judge_skew

from .said import judged, one, unmended, verdicts

NOW = datetime(2026, 11, 23, 16, tzinfo=UTC)
CHICAGO = ZoneInfo("America/Chicago")
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("skew", "verdict", "code"),
    [
        (30 * SECOND, "ok", 0),
        (-30 * SECOND, "ok", 0),
        (31 * SECOND, "problem", 78),
        (-31 * SECOND, "problem", 78),
        (None, "skipped", 0),
    ],
)
def test_a_clock_may_differ_from_ghl_s_by_half_a_minute(skew: timedelta | None, verdict: str, code: int) -> None:
    assert judged(judge_skew(skew), "clock") == (verdict, code)


def test_it_says_which_way_the_clock_is_wrong() -> None:
    assert [each.found for skew in (90, -90) for each in judge_skew(skew * SECOND)] == [
        "1m ahead of GHL's",
        "1m behind GHL's",
    ]


@pytest.mark.parametrize(
    ("host", "verdict", "says"),
    [
        (CHICAGO, "ok", "those of America/Chicago"),
        (ZoneInfo("US/Central"), "ok", "those of America/Chicago"),
        (ZoneInfo("Etc/GMT+6"), "problem", "from Mar 14 on -1 h"),
        (ZoneInfo("America/New_York"), "problem", "cron goes by America/New_York, now +1 h"),
        (UTC, "problem", "cron goes by UTC, now +6 h"),
        (None, "skipped", "cannot be seen"),
    ],
)
def test_offsets_are_compared_a_year_ahead_not_names(host: ZoneInfo | None, verdict: str, says: str) -> None:
    findings = judge_clock(ClockSeen(now=NOW, business=CHICAGO, host=host))
    assert judged(findings, "time zone")[0] == verdict
    assert says in one(findings, "time zone").found
    assert unmended(findings) == []


def test_a_clock_that_stands_still_is_said() -> None:
    findings = judge_clock(ClockSeen(now=NOW, business=CHICAGO, host=CHICAGO, held_at=NOW))
    assert verdicts(findings) == [("SENTINEL_NOW", "warning"), ("time zone", "ok")]
