"""The texts between summaries as tables: who has become overdue, what has no room, and that GHL does not answer."""

from dataclasses import replace

import pytest

from sentinel_cli.domain.alert_text import Alert, render_alert, render_outage
from sentinel_cli.domain.model import Issue
from sentinel_cli.domain.sms import segments
from sentinel_cli.domain.summary import Check
from tests.builders import MONDAY
from tests.domain.test_summary import CHECK, RULES, call, chicago, issue

DOWN = Check(complete=False, at=MONDAY, problem="GHL did not answer", problem_since=chicago("Nov 23 07:28"))


def alert(*breached: Issue, max_items: int = 8, **given: object) -> list[str]:
    told = Alert(issues=breached, check=CHECK, at=MONDAY)
    return render_alert(replace(told, **given), RULES, max_items=max_items).splitlines()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("breached", "line"),
    [
        (issue(1, "Nov 20 11:50"), "#1 Pat E. text, waits 5h10m"),
        (call(1, "Nov 20 11:50", inbound_count=2), "#1 Pat E. 2 calls, waits 5h10m"),
        (call(1, "Nov 20 11:50", automated_replies=1), "#1 Pat E. call, waits 5h10m, auto-reply only"),
        (issue(1, "Nov 20 11:50", None), "#1 +1***0147 text, waits 5h10m"),
        (issue(1, "Nov 18 16:30"), "#1 Pat E. text, since Wed 4:30pm"),
        (issue(1, "Nov 20 11:50", unconfirmed=True), "#1 Pat E. text, waits 5h10m, unconfirmed"),
    ],
)
def test_a_line_says_who_about_what_and_how_long(breached: Issue, line: str) -> None:
    assert alert(breached)[2] == line


def test_who_has_been_due_the_longest_stands_first() -> None:
    lines = alert(issue(1, "Nov 20 11:50"), issue(2, "Nov 20 11:40"), call(3, "Nov 20 11:45"))
    assert [line[:2] for line in lines[2:5]] == ["#2", "#3", "#1"]


def test_both_issues_of_a_customer_stand_on_one_line() -> None:
    lines = alert(call(1, "Nov 20 11:50", contact=7), issue(2, "Nov 20 11:55", contact=7, inbound_count=2))
    assert lines[1:3] == ["Now overdue 1:", "#1 #2 Pat E. call + 2 texts, waits 5h10m"]


def test_what_has_no_room_is_counted() -> None:
    lines = alert(*(issue(n, f"Nov 20 11:{n:02d}") for n in range(1, 12)), max_items=3)
    assert (len([line for line in lines if line.startswith("#")]), lines[5]) == (3, "+8 more")


def test_the_longest_text_loses_whole_lines_and_fits_ten_segments() -> None:
    crowd = [issue(1000 + n, "Nov 20 11:50", f"Bartholomew{chr(97 + n % 26)} E", inbound_count=9) for n in range(300)]
    size = segments("\n".join(alert(*crowd, max_items=500)))
    assert (1440 < size.units <= 1500, size.segments) == (True, 10)


def test_it_fits_three_segments_with_as_many_lines_as_a_section_may_have() -> None:
    eight = [call(100 + n, f"Nov 20 11:0{n}", f"Pat{chr(97 + n)} Ellis", automated_replies=1) for n in range(8)]
    assert segments("\n".join(alert(*eight, orders_active=True))).segments == 4
    assert segments("\n".join(alert(*eight[:5], orders_active=True))).segments <= 3


def test_the_reply_line_names_the_first_issue() -> None:
    assert alert(issue(5, "Nov 20 11:50"), orders_active=True)[-1] == "Reply List, Open 5, Resolve 5"


@pytest.mark.parametrize(
    ("count", "said"), [(1, "1 customer seems overdue, NOT CHECKED"), (3, "3 customers seem overdue, NOT CHECKED")]
)
def test_an_outage_is_told_with_how_many_seem_overdue(count: int, said: str) -> None:
    waiting = [issue(n, "Nov 20 11:50") for n in range(1, count + 1)]
    assert render_outage(waiting, DOWN, MONDAY, RULES).splitlines() == [
        "Sentinel, GHL trouble, Mon Nov 23 8am",
        "GHL did not answer since 7:28am",
        said,
        "Look into GHL's own inbox",
    ]


def test_an_outage_names_nobody() -> None:
    text = render_outage([issue(1, "Nov 20 11:50")], DOWN, MONDAY, RULES)
    assert "Pat" not in text
    assert "#" not in text
