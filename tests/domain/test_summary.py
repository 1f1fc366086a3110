"""Whole summaries as managers read them on a Monday at 8:00, and the rules of each line."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from sentinel_cli.domain.letters import Slot
from sentinel_cli.domain.model import Answer, Channel, Issue, IssueStatus, Rule
from sentinel_cli.domain.sla import due_at
from sentinel_cli.domain.sms import Encoding, segments
from sentinel_cli.domain.summary import Check, Edition, Summary, SummaryRules, Urgency, summary_of, urgency_of
from sentinel_cli.domain.summary_text import render
from sentinel_cli.phones import masked
from tests.builders import HOURS, MONDAY

RULES = SummaryRules(hours=HOURS, escalate_after=timedelta(hours=24), masked=masked)
PHONE = "+12175550147"


def chicago(text: str) -> datetime:
    """`Nov 20 11:50`, winter time."""
    return datetime.strptime(f"2026 {text}", "%Y %b %d %H:%M").replace(tzinfo=UTC) + timedelta(hours=6)


CHECK = Check(complete=True, at=chicago("Nov 23 07:58"), threads=214)
DOWN = Check(complete=False, at=MONDAY, problem="GHL down", problem_since=chicago("Nov 23 07:58"))
EDITION = Edition(slot=Slot.MORNING, at=MONDAY, since=chicago("Nov 20 15:00"))


def issue(id_: int, first: str, name: str | None = "Pat Example", **fields: Any) -> Issue:
    """An open text issue of a contact of its own, due two business hours after `first`."""
    began = chicago(first)
    given: dict[str, Any] = {
        "contact": id_,
        "channel": Channel.SMS,
        "status": IssueStatus.OPEN,
        "contact_id": f"CTC{id_}",
        "contact_name": name,
        "phone": PHONE,
        "conversation_id": f"CNV{id_}",
        "due_at": due_at(began, timedelta(hours=2), HOURS),
        "first_at": began,
        "last_at": began,
        "inbound_count": 1,
    }
    return Issue(id=id_, **(given | fields))


def call(id_: int, first: str, name: str | None = "Pat Example", **fields: Any) -> Issue:
    return issue(id_, first, name, channel=Channel.CALL, **fields)


def answered(id_: int, first: str, at: str, **fields: Any) -> Issue:
    answer = Answer(key=f"MSG{id_}", at=chicago(at), by="USRcasey", rule=Rule.STAFF_TEXT)
    return issue(id_, first, status=IssueStatus.RESOLVED, answer=answer, **fields)


def told(
    *waiting: Issue, check: Check = CHECK, edition: Edition = EDITION, resolved: tuple[Issue, ...] = ()
) -> Summary:
    return summary_of(waiting, resolved, check, edition, RULES)


def text_of(*waiting: Issue, **given: Any) -> str:
    return render(told(*waiting, **given), RULES, max_items=8)


def line_of(waiting: Issue, *others: Issue, **given: Any) -> str:
    """The line of the customer who waits longest."""
    return next(line for line in text_of(waiting, *others, **given).splitlines() if line.startswith("#"))


USUAL = (
    call(41, "Nov 20 11:50", "pat example", automated_replies=1),
    issue(38, "Nov 20 10:00", "Lee Example", inbound_count=3),
    issue(40, "Nov 20 14:20", None),
    issue(12, "Nov 18 16:30", "JO EXAMPLE"),
    *(issue(50 + n, "Nov 23 07:00", f"Sam Example{n}") for n in range(4)),
)
RESOLVED = (
    answered(30, "Nov 20 15:10", "Nov 20 15:20"),
    answered(31, "Nov 20 15:00", "Nov 20 15:20"),
    answered(32, "Nov 20 15:02", "Nov 20 15:22"),
    answered(33, "Nov 20 15:00", "Nov 20 15:24"),
    answered(34, "Nov 20 15:00", "Nov 20 15:50"),
    answered(35, "Nov 20 16:30", "Nov 23 07:50"),
    replace(answered(36, "Nov 20 15:00", "Nov 20 15:01"), withdrawn=True),
)
MORNING = """\
Sentinel, morning, Mon Nov 23
Overdue calls 1:
#41 Pat E. waits 5h10m, auto-reply only
Overdue texts 2:
#38 Lee E. waits 7h, 3 texts
#40 +1***0147 waits 2h40m
Escalated 1:
#12 Jo E. since Wed 4:30pm
Not yet due: 4
Resolved since Fri 3pm: 6, median 22m
Checked 214 threads at 7:58am
Reply List, Open 41, Resolve 41"""


def test_a_usual_morning_reads_like_this() -> None:
    rules = replace(RULES, escalate_after=timedelta(hours=18))
    summary = summary_of(USUAL, RESOLVED, CHECK, replace(EDITION, orders_active=True), rules)
    assert render(summary, rules, max_items=8) == MORNING


def test_a_usual_morning_fits_three_segments_of_the_cheap_alphabet() -> None:
    size = segments(MORNING)
    assert (size.encoding, size.segments) == (Encoding.GSM_7, 3)


def test_a_quiet_morning_reads_like_this() -> None:
    assert text_of() == (
        "Sentinel, morning, Mon Nov 23\nNobody is waiting.\nResolved since Fri 3pm: none\nChecked 214 threads at 7:58am"
    )


def test_a_day_on_which_nobody_is_late_reads_like_this() -> None:
    waiting = (issue(50, "Nov 23 07:00"), issue(51, "Nov 20 09:00", snoozed_until=chicago("Nov 24 08:00")))
    assert text_of(*waiting, edition=replace(EDITION, since=None, orders_active=True)) == (
        "Sentinel, morning, Mon Nov 23\n"
        "Overdue calls: none\n"
        "Overdue texts: none\n"
        "Escalated: none\n"
        "Not yet due: 1\n"
        "Snoozed: 1\n"
        "Resolved: none\n"
        "Checked 214 threads at 7:58am\n"
        "Reply List"
    )


def test_a_morning_without_a_check_says_so_wherever_none_would_stand() -> None:
    check = replace(DOWN, last_complete_at=chicago("Nov 20 16:45"))
    waiting = (call(41, "Nov 20 11:50", automated_replies=1), issue(50, "Nov 23 07:00"))
    assert text_of(*waiting, check=check, resolved=RESOLVED[:1]) == (
        "Sentinel, morning, Mon Nov 23\n"
        "GHL down since 7:58am\n"
        "Overdue calls NOT CHECKED, known 1:\n"
        "#41 Pat E. waits 5h10m, auto-reply only\n"
        "Overdue texts: NOT CHECKED\n"
        "Escalated: NOT CHECKED\n"
        "Not yet due: NOT CHECKED, known 1\n"
        "Resolved since Fri 3pm: NOT CHECKED, known 1, median 10m\n"
        "Last complete check Fri 4:45pm"
    )


def test_a_first_morning_without_a_check_never_says_none() -> None:
    check = Check(complete=False, at=MONDAY)
    assert text_of(check=check, edition=replace(EDITION, since=None)) == (
        "Sentinel, morning, Mon Nov 23\n"
        "The check was not completed\n"
        "Overdue calls: NOT CHECKED\n"
        "Overdue texts: NOT CHECKED\n"
        "Escalated: NOT CHECKED\n"
        "Not yet due: NOT CHECKED\n"
        "Resolved: NOT CHECKED"
    )


def test_all_that_can_be_wrong_at_once_reads_like_this() -> None:
    waiting = (
        call(41, "Nov 20 11:50", contact=7),
        issue(42, "Nov 20 12:00", contact=7, inbound_count=2, unlisted_user="USRnew"),
        issue(43, "Nov 20 12:10", "Lee Example", unconfirmed=True),
    )
    check = replace(
        CHECK, threads=1, unread=frozenset({43}), webhooks_silent=True, last_delivery_at=chicago("Nov 19 15:10")
    )
    summary = told(*waiting, check=check, edition=replace(EDITION, again=True, at=chicago("Nov 23 08:12")))
    assert render(summary, RULES, max_items=8, missed=[(date(2026, 11, 20), Slot.AFTERNOON)]) == (
        "Sentinel, morning, Mon Nov 23, again 8:12am\n"
        "Fri afternoon summary was not sent\n"
        "Overdue calls 1:\n"
        "#41 #42 Pat E. call + 2 texts, waits 5h22m, answered by unlisted user\n"
        "Overdue texts 1:\n"
        "#43 Lee E. waits 5h2m, unconfirmed, unchecked\n"
        "Escalated: none\n"
        "Not yet due: none\n"
        "1 answered by unlisted user\n"
        "Resolved since Fri 3pm: none\n"
        "Webhooks silent since Thu 3:10pm\n"
        "Checked 1 thread at 7:58am"
    )


def test_a_customer_has_one_line_with_the_most_urgent_issue_first() -> None:
    both = (issue(41, "Nov 20 11:50", contact=7), call(42, "Nov 23 07:00", contact=7))
    assert line_of(*both) == "#41 #42 Pat E. text + call, waits 5h10m"


def test_a_section_whose_issues_stand_on_other_lines_has_no_others() -> None:
    both = (call(41, "Nov 20 11:50", contact=7), issue(42, "Nov 20 11:55", contact=7))
    assert "Overdue texts: no others" in text_of(*both).splitlines()


def test_an_escalated_customer_is_listed_once() -> None:
    both = (issue(12, "Nov 12 16:30", contact=7, inbound_count=2), call(41, "Nov 20 11:50", contact=7))
    assert text_of(*both).splitlines()[1:6] == [
        "Overdue calls: no others",
        "Overdue texts: none",
        "Escalated 1:",
        "#12 #41 Pat E. 2 texts + call, since Nov 12",
        "Not yet due: none",
    ]


def test_what_is_not_due_but_stands_on_a_line_is_not_counted_again() -> None:
    both = (call(41, "Nov 20 11:50", contact=7), issue(42, "Nov 23 07:00", contact=7))
    assert told(*both).not_yet_due == 0


def test_the_accused_are_the_issues_on_the_lines() -> None:
    waiting = (issue(38, "Nov 20 10:00"), issue(50, "Nov 23 07:00"))
    assert [issue.id for issue in told(*waiting).accused] == [38]


def test_its_counts_are_of_issues() -> None:
    waiting = (issue(38, "Nov 20 10:00"), call(39, "Nov 20 10:00", contact=38), issue(50, "Nov 23 07:00"))
    snoozed = issue(51, "Nov 20 09:00", snoozed_until=chicago("Nov 24 08:00"))
    summary = told(*waiting, snoozed)
    assert (summary.overdue, summary.waiting, summary.snoozed) == (2, 4, 1)


@pytest.mark.parametrize(
    ("now", "urgency"),
    [
        ("Nov 18 18:30", Urgency.NOT_YET_DUE),
        ("Nov 19 09:30", Urgency.NOT_YET_DUE),
        ("Nov 19 09:31", Urgency.OVERDUE),
        ("Nov 23 13:30", Urgency.OVERDUE),
        ("Nov 23 13:31", Urgency.ESCALATED),
    ],
)
def test_an_issue_grows_more_urgent(now: str, urgency: Urgency) -> None:
    assert urgency_of(issue(1, "Nov 18 16:30"), chicago(now), HOURS, timedelta(hours=24)) is urgency


@pytest.mark.parametrize(
    ("resolved", "median"),
    [
        ([answered(1, "Nov 20 15:00", "Nov 20 15:10"), answered(2, "Nov 20 15:00", "Nov 20 15:21")], 15.5),
        ([answered(1, "Nov 20 16:50", "Nov 23 08:10")], 20),
        ([replace(answered(1, "Nov 20 15:00", "Nov 20 15:10"), answer=None)], None),
        ([], None),
    ],
)
def test_the_median_answer_time_is_business_time(resolved: list[Issue], median: float | None) -> None:
    expected = None if median is None else timedelta(minutes=median)
    assert told(resolved=tuple(resolved)).median == expected
