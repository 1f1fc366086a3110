"""The figures of a report: tables reckoned by hand, and what holds of any issues."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel_cli.domain.hours import BusinessHours, parse_business_hours
from sentinel_cli.domain.model import Channel, IssueStatus, Rule
from sentinel_cli.domain.report import (
    Begun,
    Figures,
    Heard,
    Period,
    Report,
    Week,
    percentile,
    report_of,
    weeks_of,
    without_days_before,
)
from tests.builders import CASEY, CHICAGO, HOURS, MORGAN

NAMES = {CASEY: "Casey Rivera", MORGAN: "Morgan Blake"}
SLA = timedelta(hours=2)


def local(text: str) -> datetime:
    """`Nov 16 08:00`, Chicago's wall clock in 2026."""
    return datetime.strptime(f"2026 {text}", "%Y %b %d %H:%M").replace(tzinfo=CHICAGO).astimezone(UTC)


NOVEMBER = Period(since=local("Nov 02 00:00"), until=local("Nov 23 10:00"), now=local("Nov 23 10:00"))


def waiting(first: str, due: str, **fields: Any) -> Begun:
    """An open text."""
    return Begun(Channel.SMS, IssueStatus.OPEN, local(first), local(due), **fields)


def answered(first: str, due: str, at: str, by: str | None = CASEY, **fields: Any) -> Begun:
    """A text that a person answered."""
    given: dict[str, Any] = {"rule": Rule.STAFF_TEXT, "by": by, **fields}
    return waiting(first, due, answered_at=local(at), **given)._replace(status=IssueStatus.RESOLVED)


def called(issue: Begun) -> Begun:
    return issue._replace(channel=Channel.CALL)


def told(*issues: Begun, period: Period = NOVEMBER, names: dict[str, str | None] | None = None) -> Report:
    return report_of(issues, period, HOURS, NAMES if names is None else names)


def minutes(*spans: float) -> list[timedelta]:
    return [timedelta(minutes=span) for span in spans]


# Percentiles.


@pytest.mark.parametrize(
    ("spans", "percent", "expected"),
    [
        ([7], 50, 7),
        ([7], 90, 7),
        ([1, 3], 50, 2),
        ([3, 1, 2], 50, 2),
        ([1, 2, 3, 4], 50, 2.5),
        ([0, 10], 90, 9),
        (range(1, 12), 90, 10),
        ([1, 2, 3, 4, 5], 90, 4.6),  # =PERCENTILE.INC({1,2,3,4,5},0.9)
        ([1, 2, 3, 4, 5], 0, 1),
        ([1, 2, 3, 4, 5], 100, 5),
    ],
)
def test_a_percentile_is_that_of_a_spreadsheet(spans: Sequence[float], percent: int, expected: float) -> None:
    assert percentile(minutes(*spans), percent) == timedelta(minutes=expected)


def test_there_is_no_percentile_of_nothing() -> None:
    assert percentile([], 50) is None


# How one issue counts.


@pytest.mark.parametrize(
    ("issue", "counts"),
    [
        (answered("Nov 16 08:00", "Nov 16 10:00", "Nov 16 09:00"), {"in_time": 1, "answered": 1}),
        (answered("Nov 16 08:00", "Nov 16 10:00", "Nov 16 10:00"), {"in_time": 1, "answered": 1}),
        (answered("Nov 16 08:00", "Nov 16 10:00", "Nov 16 10:01"), {"late": 1, "answered": 1}),
        (waiting("Nov 23 08:00", "Nov 23 10:00"), {"not_yet_due": 1}),
        (waiting("Nov 23 07:00", "Nov 23 09:59"), {"late": 1}),
        (answered("Nov 16 08:00", "Nov 16 10:00", "Nov 16 09:00", None, rule=Rule.ADOPTED), {"untimed": 1}),
        (
            answered("Nov 16 08:00", "Nov 16 10:00", "Nov 16 09:00", "Jo", rule=Rule.RESOLVE),
            {"in_time": 1, "answered": 1},
        ),
        (waiting("Nov 16 08:00", "Nov 16 10:00")._replace(status=IssueStatus.RESOLVED), {"untimed": 1}),
    ],
    ids=["early", "when due", "after due", "due now", "past due", "adopted", "by hand", "nobody knows"],
)
def test_an_issue_counts_once(issue: Begun, counts: dict[str, int]) -> None:
    total = told(issue).total
    assert replace(total, median=None, p90=None) == Figures(issues=1, **counts)


@pytest.mark.parametrize(
    ("first", "issues"), [("Nov 01 23:59", 0), ("Nov 02 00:00", 1), ("Nov 23 09:59", 1), ("Nov 23 10:00", 0)]
)
def test_an_issue_counts_where_its_first_message_lies_in_the_period(first: str, issues: int) -> None:
    assert told(waiting(first, "Nov 23 12:00")).total.issues == issues


def test_spam_is_only_counted_as_spam() -> None:
    report = told(waiting("Nov 16 08:00", "Nov 16 10:00", automated_replies=1)._replace(status=IssueStatus.SPAM))
    assert (report.total, report.spam, report.auto_replied, report.messages) == (Figures(), 1, 0, 0)


def test_an_answer_after_the_period_is_an_answer() -> None:
    early = replace(NOVEMBER, until=local("Nov 17 00:00"))
    report = told(answered("Nov 16 16:00", "Nov 17 09:00", "Nov 18 09:00"), period=early)
    assert (report.total.late, report.total.median) == (1, timedelta(hours=11))


@pytest.mark.parametrize(
    ("first", "at", "expected"),
    [
        ("Nov 16 08:00", "Nov 16 08:25", 25),
        ("Nov 20 16:40", "Nov 23 08:10", 30),  # Friday evening to Monday morning
        ("Nov 21 12:00", "Nov 21 13:00", 0),  # all on a Saturday
        ("Nov 16 06:00", "Nov 16 08:05", 5),
    ],
)
def test_an_answer_time_is_business_time(first: str, at: str, expected: float) -> None:
    assert told(answered(first, "Nov 23 09:00", at)).total.median == timedelta(minutes=expected)


# A few weeks, reckoned by hand.

FEW = (
    answered("Nov 02 08:00", "Nov 02 10:00", "Nov 02 08:10"),  # Mon, 10m
    answered("Nov 02 08:30", "Nov 02 10:30", "Nov 02 09:00"),  # Mon, 30m
    called(answered("Nov 03 16:00", "Nov 04 09:00", "Nov 04 10:00", MORGAN)),  # Tue, 3h, late
    called(answered("Nov 16 14:00", "Nov 16 16:00", "Nov 16 14:50", MORGAN, automated_replies=1)),  # Mon, 50m
    called(waiting("Nov 20 15:00", "Nov 20 17:00", automated_replies=2, messages=3)),  # Fri, overdue
    waiting("Nov 23 09:30", "Nov 23 11:30"),  # Mon, not yet due
)


@pytest.fixture(scope="module")
def few() -> Report:
    return told(*FEW)


def test_the_whole_is_reckoned(few: Report) -> None:
    # 10, 30, 50 and 180 minutes: the median lies between 30 and 50, p90 at 0.7 of the way from 50 to 180.
    median, p90 = minutes(40, 141)
    assert few.total == Figures(issues=6, in_time=3, late=2, not_yet_due=1, answered=4, median=median, p90=p90)


def test_the_rate_is_of_those_that_are_judged_and_rounded_down(few: Report) -> None:
    assert (few.total.judged, few.total.percent_in_time) == (5, 60)
    assert Figures(issues=201, in_time=200, late=1).percent_in_time == 99
    assert Figures(issues=1, not_yet_due=1).percent_in_time is None


def test_types_are_reckoned(few: Report) -> None:
    assert {str(channel): (f.issues, f.median) for channel, f in few.by_type.items()} == {
        "CALL": (3, timedelta(minutes=115)),
        "SMS": (3, timedelta(minutes=20)),
    }


def test_every_week_of_the_period_is_there_the_empty_one_too(few: Report) -> None:
    found = {week.isoformat(): (f.issues, f.in_time, f.late, f.percent_in_time) for week, f in few.by_week.items()}
    assert found == {
        "2026-11-02": (3, 2, 1, 66),
        "2026-11-09": (0, 0, 0, None),
        "2026-11-16": (2, 1, 1, 50),
        "2026-11-23": (1, 0, 0, None),
    }


def test_weeks_and_types_together_are_reckoned(few: Report) -> None:
    assert {(str(week), str(channel)): f.issues for (week, channel), f in few.by_week_and_type.items()} == {
        ("2026-11-02", "CALL"): 1,
        ("2026-11-02", "SMS"): 2,
        ("2026-11-16", "CALL"): 2,
        ("2026-11-23", "SMS"): 1,
    }


def test_weekdays_and_hours_are_local(few: Report) -> None:
    assert {day: f.issues for day, f in few.by_weekday.items()} == {0: 4, 1: 1, 4: 1}
    assert {hour: f.issues for hour, f in few.by_hour.items()} == {8: 2, 9: 1, 14: 1, 15: 1, 16: 1}
    assert few.by_weekday_and_hour[0, 8] == Figures(
        issues=2, in_time=2, answered=2, median=timedelta(minutes=20), p90=timedelta(minutes=28)
    )


def test_the_busiest_hours_stand_first_then_the_earlier_in_the_week(few: Report) -> None:
    assert few.busiest == [((0, 8), 2), ((0, 9), 1), ((0, 14), 1), ((1, 16), 1), ((4, 15), 1)]


def test_open_ones_and_automatic_replies_are_counted(few: Report) -> None:
    # From Friday 15:00 to Monday 10:00 are four hours of business time.
    assert (few.open, few.longest_open, few.auto_replied, few.auto_reply_only) == (2, timedelta(hours=4), 2, 1)
    assert few.messages == 8


def test_nothing_gives_no_figures_but_the_weeks() -> None:
    empty = told()
    assert (empty.total, empty.by_type, empty.longest_open, empty.busiest) == (Figures(), {}, None, [])
    assert len(empty.by_week) == 4


# Who answered.


def many(count: int, by: str | None, **fields: Any) -> list[Begun]:
    return [answered("Nov 16 08:00", "Nov 16 10:00", "Nov 16 08:20", by, **fields)] * count


def test_people_are_shown_from_five_answers_on() -> None:
    who = told(*many(5, CASEY), *many(4, MORGAN)).who
    assert [(each.name, each.figures.answered) for each in who.people] == [("Casey Rivera", 5)]
    assert (who.few, who.answers_of_few) == (1, 4)


def test_the_busiest_person_stands_first_then_by_name() -> None:
    who = told(*many(5, MORGAN), *many(5, CASEY), *many(6, "USRnew")).who
    assert [each.name for each in who.people] == ["USRnew", "Casey Rivera", "Morgan Blake"]


def test_people_of_one_name_are_told_apart() -> None:
    who = told(*many(5, CASEY), *many(5, MORGAN), names={CASEY: "Sam Lee", MORGAN: "Sam Lee"}).who
    assert [each.name for each in who.people] == ["Sam Lee (USRcasey)", "Sam Lee (USRmorgan)"]


@pytest.mark.parametrize(
    ("rule", "by", "unnamed", "by_hand"),
    [
        (Rule.STAFF_CALL_ATTEMPT, None, 5, 0),
        (Rule.CALL_TAKEN, None, 5, 0),
        (Rule.RESOLVE, "operator", 0, 5),
        (Rule.ADOPTED, None, 0, 0),
    ],
)
def test_only_messages_of_known_people_are_credited(rule: Rule, by: str | None, unnamed: int, by_hand: int) -> None:
    who = told(*many(5, by, rule=rule)).who
    assert (who.people, who.few, who.unnamed, who.by_hand) == ((), 0, unnamed, by_hand)


# Weeks.


def test_weeks_begin_on_monday_at_local_midnight_and_end_with_the_period() -> None:
    period = replace(NOVEMBER, since=local("Oct 28 12:00"), until=local("Nov 05 00:00"))
    assert weeks_of(period, HOURS) == [
        # Seven days and an hour: clocks go back on November 1.
        Week(begins_on=date(2026, 10, 26), since=local("Oct 28 12:00"), until=datetime(2026, 11, 2, 6, tzinfo=UTC)),
        Week(begins_on=date(2026, 11, 2), since=datetime(2026, 11, 2, 6, tzinfo=UTC), until=local("Nov 05 00:00")),
    ]


@pytest.mark.parametrize(
    ("known", "since"),
    [
        (None, "Nov 02 00:00"),
        ("Oct 28 09:00", "Nov 02 00:00"),
        ("Nov 02 09:00", "Nov 02 00:00"),
        ("Nov 16 09:00", "Nov 16 00:00"),
        ("Nov 23 10:00", "Nov 02 00:00"),
    ],
)
def test_a_period_begins_no_earlier_than_the_day_of_the_first_that_is_known(known: str | None, since: str) -> None:
    found = without_days_before(NOVEMBER, local(known) if known else None, HOURS)
    assert found == replace(NOVEMBER, since=local(since))


def test_what_webhooks_told_is_summed_by_week() -> None:
    week = date(2026, 11, 2)
    heard = [
        Heard(begins_on=week, channel=Channel.CALL, shown=3, told=1),
        Heard(begins_on=week, channel=Channel.SMS, shown=4, told=4),
        Heard(begins_on=date(2026, 11, 9), channel=Channel.SMS, shown=2, told=0),
    ]
    report = report_of([], NOVEMBER, HOURS, NAMES, heard, 7)
    assert (report.heard_by_week, report.calls_left_out) == ({week: (7, 5), date(2026, 11, 9): (2, 0)}, 7)


# What holds of any issues.


@st.composite
def begun(draw: st.DrawFn) -> Begun:
    """Any issue of three weeks, of whole minutes."""
    first = NOVEMBER.since + timedelta(minutes=draw(st.integers(-300, 31_000)))
    rule = draw(st.sampled_from([None, *Rule]))
    waited = timedelta(minutes=draw(st.integers(1, 9_000)))
    return Begun(
        channel=draw(st.sampled_from([Channel.CALL, Channel.SMS])),
        status=draw(st.sampled_from([IssueStatus.RESOLVED, IssueStatus.SPAM])) if rule else IssueStatus.OPEN,
        first_at=first,
        due_at=first + SLA,
        automated_replies=draw(st.integers(0, 2)),
        answered_at=first + waited if rule else None,
        rule=rule,
        by=draw(st.sampled_from([CASEY, MORGAN, None])),
    )


ANY = st.lists(begun(), max_size=40)


@given(ANY)
def test_every_grouping_sums_up_to_the_whole(issues: list[Begun]) -> None:
    report = told(*issues)
    groupings: list[list[Figures]] = [
        list(report.by_type.values()),
        list(report.by_week.values()),
        list(report.by_week_and_type.values()),
        list(report.by_weekday.values()),
        list(report.by_hour.values()),
        list(report.by_weekday_and_hour.values()),
    ]
    for name in ("issues", "in_time", "late", "not_yet_due", "untimed", "answered"):
        assert {sum(getattr(figures, name) for figures in each) for each in groupings} == {getattr(report.total, name)}


@given(ANY)
def test_every_issue_is_counted_in_one_way(issues: list[Begun]) -> None:
    total, held = told(*issues).total, sum(NOVEMBER.holds(issue.first_at) for issue in issues)
    assert total.in_time + total.late + total.not_yet_due + total.untimed == total.issues
    assert total.issues + told(*issues).spam == held


@given(ANY)
def test_every_answer_is_credited_once(issues: list[Begun]) -> None:
    report = told(*issues)
    named = sum(each.figures.answered for each in report.who.people)
    assert named + report.who.answers_of_few + report.who.unnamed + report.who.by_hand == report.total.answered


@given(st.data())
def test_the_order_of_issues_does_not_matter(data: st.DataObject) -> None:
    issues = data.draw(ANY)
    assert told(*data.draw(st.permutations(issues))) == told(*issues)


@given(ANY, st.integers(-11, 11))
def test_a_company_in_another_zone_has_the_same_figures_at_its_own_hours(issues: list[Begun], east: int) -> None:
    here, there = (_hours_in(offset) for offset in (0, east))
    earlier = timedelta(hours=east)
    moved = [
        issue._replace(
            first_at=issue.first_at - earlier,
            due_at=issue.due_at - earlier,
            answered_at=issue.answered_at - earlier if issue.answered_at else None,
        )
        for issue in issues
    ]
    period = Period(since=NOVEMBER.since - earlier, until=NOVEMBER.until - earlier, now=NOVEMBER.now - earlier)
    ours = report_of(issues, NOVEMBER, here, NAMES)
    assert replace(report_of(moved, period, there, NAMES), period=NOVEMBER) == ours


def _hours_in(east: int) -> BusinessHours:
    return BusinessHours(weekly=parse_business_hours("Mon-Fri 08:00-17:00"), zone=ZoneInfo(f"Etc/GMT{-east:+}"))


@given(ANY)
def test_half_of_the_answers_do_not_exceed_the_median_and_nine_of_ten_not_p90(issues: list[Begun]) -> None:
    total = told(*issues).total
    assert (total.median is None) == (total.answered == 0)
    assert total.median is None or total.p90 is None or total.median <= total.p90
