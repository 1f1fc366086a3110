"""The words of a letter as tables: each customer's line, what has no room, customers, instants, spans of time."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from sentinel_cli.domain.letters import Slot
from sentinel_cli.domain.model import Channel, Issue
from sentinel_cli.domain.sms import segments
from sentinel_cli.domain.summary import Check
from sentinel_cli.domain.summary_text import customer_of, render, short_name, span_text, when_text
from sentinel_cli.phones import masked
from tests.builders import HOURS, MONDAY
from tests.domain.test_summary import CHECK, PHONE, RULES, call, chicago, issue, line_of, text_of, told


@pytest.mark.parametrize(
    ("waiting", "line"),
    [
        (issue(1, "Nov 20 11:50"), "#1 Pat E. waits 5h10m"),
        (call(1, "Nov 20 11:50", inbound_count=2), "#1 Pat E. waits 5h10m, 2 calls"),
        (issue(1, "Nov 20 11:50", channel=Channel.EMAIL, inbound_count=2), "#1 Pat E. waits 5h10m, 2 e-mails"),
        (issue(1, "Nov 20 11:50", channel=Channel.WHATSAPP, inbound_count=2), "#1 Pat E. waits 5h10m, 2 texts"),
        # A business day has nine hours: less is said in hours, more as a day and a time.
        (issue(1, "Nov 20 08:01"), "#1 Pat E. waits 8h59m"),
        (issue(1, "Nov 20 08:00"), "#1 Pat E. since Fri 8am"),
        # The night and the weekend count nothing.
        (issue(1, "Nov 20 15:00"), "#1 Pat E. waits 2h"),
        (issue(1, "Nov 20 14:59"), "#1 Pat E. waits 2h1m"),
        (issue(1, "Nov 16 15:00"), "#1 Pat E. since Nov 16"),
        (issue(1, "Nov 20 11:50", automated_replies=2), "#1 Pat E. waits 5h10m, auto-reply only"),
        (
            issue(1, "Nov 20 11:50", automated_replies=2, unlisted_user="USRnew"),
            "#1 Pat E. waits 5h10m, answered by unlisted user",
        ),
        (issue(1, "Nov 20 11:50", unconfirmed=True), "#1 Pat E. waits 5h10m, unconfirmed"),
        (issue(1, "Nov 20 11:50", None, phone=None), "#1 unknown waits 5h10m"),
        (issue(1, "Nov 20 11:50", snoozed_until=MONDAY), "#1 Pat E. waits 5h10m"),
    ],
)
def test_a_customer_s_line_says_who_waits_and_how_long(waiting: Issue, line: str) -> None:
    assert line_of(waiting) == line


def test_a_line_whose_conversation_could_not_be_read_is_unchecked() -> None:
    check = replace(CHECK, unread=frozenset({1}))
    assert line_of(issue(1, "Nov 20 11:50"), check=check) == "#1 Pat E. waits 5h10m, unchecked"


def test_a_section_shows_its_most_urgent_and_counts_the_rest() -> None:
    waiting = [issue(n, f"Nov 20 10:{n:02d}") for n in range(5, 0, -1)]
    text = render(told(*waiting), RULES, max_items=2)
    assert text.splitlines()[2:6] == ["Overdue texts 5:", "#1 Pat E. waits 6h59m", "#2 Pat E. waits 6h58m", "+3 more"]


def test_two_customers_with_one_short_name_are_told_apart_by_their_phones() -> None:
    waiting = [issue(1, "Nov 20 10:01", phone="+12175550138"), issue(2, "Nov 20 10:02", phone="+12175550147")]
    lines = render(told(*waiting), RULES, max_items=8).splitlines()
    assert lines[3:5] == ["#1 Pat E. (0138) waits 6h59m", "#2 Pat E. (0147) waits 6h58m"]


def test_two_callers_without_a_name_are_told_apart_already() -> None:
    waiting = [issue(n, "Nov 20 10:01", None, phone=f"+1217555013{n}") for n in (1, 2)]
    assert "(013" not in render(told(*waiting), RULES, max_items=8)


def crowd() -> str:
    names = [f"Bartholomew{chr(97 + n % 26)} Example" for n in range(400)]
    texts = [issue(1000 + n, "Nov 20 10:00", names[n], inbound_count=9, automated_replies=1) for n in range(300)]
    calls = [call(2000 + n, "Nov 20 10:00", names[n]) for n in range(20)]
    return render(told(*texts, *calls), RULES, max_items=500)


def test_a_text_that_would_be_too_long_loses_whole_lines() -> None:
    assert 1440 < segments(crowd()).units <= 1500


def test_what_a_long_text_has_no_room_for_is_counted() -> None:
    shown = [line for line in crowd().splitlines() if line.startswith("#1")]
    assert f"+{300 - len(shown)} more" in crowd().splitlines()


def test_the_longest_text_fits_ten_segments() -> None:
    assert segments(crowd()).segments <= 10


def test_a_text_without_room_for_any_line_says_how_many_there_are() -> None:
    text = render(told(issue(1, "Nov 20 10:00")), RULES, max_items=0)
    assert text.splitlines()[2:4] == ["Overdue texts 1:", "+1 more"]


def test_a_problem_s_description_cannot_fill_the_text() -> None:
    text = text_of(check=Check(complete=False, at=MONDAY, problem="x" * 5000))
    assert text.splitlines()[1] == "x" * 80


@pytest.mark.parametrize(
    ("missed", "said"),
    [
        ([], []),
        ([(date(2026, 11, 23), Slot.MORNING)], ["Morning summary was not sent"]),
        (
            [(date(2026, 11, 20), Slot.AFTERNOON), (date(2026, 11, 23), Slot.MORNING)],
            ["Fri afternoon summary was not sent", "Morning summary was not sent"],
        ),
        ([(date(2026, 11, day), Slot.MIDDAY) for day in (18, 19, 20)], ["3 summaries were not sent"]),
    ],
)
def test_it_opens_with_the_summaries_that_were_not_sent(missed: list[tuple[date, Slot]], said: list[str]) -> None:
    lines = render(told(), RULES, max_items=8, missed=missed).splitlines()
    assert lines[1 : lines.index("Nobody is waiting.")] == said


def test_webhooks_that_never_came_are_silent_without_a_date() -> None:
    check = replace(CHECK, webhooks_silent=True)
    assert "Webhooks silent" in text_of(check=check).splitlines()


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Pat Example", "Pat E."),
        ("pat example", "Pat E."),
        ("PAT Q. EXAMPLE", "Pat E."),
        ("JD Example", "JD E."),
        ("McKay o'example", "McKay O."),
        ("mary-ann example", "Mary-Ann E."),
        ("Pat", "Pat"),
        ("José Núñez", "José N."),
        ("Łukasz Żak", "Lukasz Z."),
        ("Pat 🏊", "Pat"),
        ("Pat (Example)", "Pat E."),
        ("Bartholomew-Maximilian Example", "Bartholomew-Maxi E."),
        ("  Pat \n Example ", "Pat E."),
        ("李 雷", ""),
        ("+12175550147", ""),
        ("(217) 555-0147", ""),
        ("tel:+12175550147 Pat", "Pat"),
        ("", ""),
    ],
)
def test_a_customer_is_named_by_first_name_and_initial(name: str, short: str) -> None:
    assert short_name(name) == short


@pytest.mark.parametrize(
    ("name", "phone", "customer"),
    [
        ("Pat Example", PHONE, "Pat E."),
        ("(217) 555-0147", PHONE, "+1***0147"),
        ("李 雷", PHONE, "+1***0147"),
        (None, PHONE, "+1***0147"),
        (None, None, "unknown"),
    ],
)
def test_a_customer_without_a_name_is_known_by_a_masked_phone(
    name: str | None, phone: str | None, customer: str
) -> None:
    assert customer_of(issue(1, "Nov 20 10:00", name, phone=phone), masked) == customer


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("Nov 23 00:00", "12am"),
        ("Nov 23 07:58", "7:58am"),
        ("Nov 23 12:05", "12:05pm"),
        ("Nov 22 23:59", "Sun 11:59pm"),
        ("Nov 17 08:00", "Tue 8am"),
        ("Nov 16 23:59", "Nov 16"),
    ],
)
def test_an_instant_is_said_as_people_say_it(at: str, said: str) -> None:
    assert when_text(chicago(at), MONDAY, HOURS) == said


@pytest.mark.parametrize(
    ("minutes", "said"), [(0, "0m"), (0.9, "0m"), (40, "40m"), (60, "1h"), (190.5, "3h10m"), (1800, "30h")]
)
def test_a_span_is_said_in_whole_minutes(minutes: float, said: str) -> None:
    assert span_text(timedelta(minutes=minutes)) == said
