"""Answers to orders as texts: GSM-7, few segments, and a first line that no other answer has."""

import string
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel_cli.domain.model import Channel, Issue, IssueStatus
from sentinel_cli.domain.order_text import (
    answer_text,
    help_text,
    issue_text,
    mistake_text,
    moment_text,
    page_of,
    undo_text,
)
from sentinel_cli.domain.orders import MOST_IDS, Mistake, Order, Verb, Wrong, order_of
from sentinel_cli.domain.sms import Encoding, segments
from sentinel_cli.domain.summary import SummaryRules
from sentinel_cli.phones import masked
from tests.builders import HOURS, at

RULES = SummaryRules(hours=HOURS, escalate_after=timedelta(hours=24), masked=masked)
DAY = 24 * 60
NOW = at(240)


def issue(id_: int = 12, **fields: Any) -> Issue:
    """Pat's text of 8:30, due at 10:30; it is noon."""
    known = Issue(
        id=id_,
        contact=id_,
        channel=Channel.SMS,
        status=IssueStatus.OPEN,
        contact_id=f"CTC{id_}",
        contact_name="pat ellison",
        phone="+12175550147",
        conversation_id=f"CNV{id_}",
        due_at=at(150),
        first_at=at(30),
        last_at=at(30),
        inbound_count=1,
    )
    return replace(known, **fields)


def later(id_: int, due: float = 300, **fields: Any) -> Issue:
    return issue(id_, first_at=at(due - 120), due_at=at(due), **fields)


def page(*waiting: Issue, shown: tuple[int, ...] = (), checked: float | None = 230) -> tuple[str, ...]:
    return page_of(waiting, shown, NOW, None if checked is None else at(checked), RULES).lines


class TestPage:
    def test_the_most_urgent_stand_first(self) -> None:
        waiting = [
            later(14, contact_name="Jo King", inbound_count=2),
            issue(13, contact_name=None, channel=Channel.CALL, automated_replies=1, due_at=at(149)),
            issue(12),
            issue(11, contact_name="Lee", first_at=at(-5 * DAY), due_at=at(-5 * DAY + 120)),
        ]
        assert page(*waiting) == (
            "4 open, 3 overdue",
            "#11 Lee text, since Wed 8am",
            "#13 +1***0147 call, waits 3h30m, auto-reply only",
            "#12 Pat E. text, waits 3h30m",
            "#14 Jo K. 2 texts, due 1pm",
            "Checked 11:50am",
        )

    def test_snoozed_ones_are_only_counted(self) -> None:
        assert page(issue(12), issue(13, snoozed_until=at(600)))[0] == "1 open, 1 overdue, 1 snoozed"

    def test_a_snooze_that_is_over_hides_nothing(self) -> None:
        assert page(issue(12, snoozed_until=at(200)))[1] == "#12 Pat E. text, waits 3h30m"

    @pytest.mark.parametrize(
        ("fields", "said"),
        [
            ({"unlisted_user": "USRx", "automated_replies": 2}, "answered by unlisted user"),
            ({"automated_replies": 2}, "auto-reply only"),
            ({"unconfirmed": True}, "unconfirmed"),
        ],
    )
    def test_what_is_odd_about_it_is_said(self, fields: dict[str, Any], said: str) -> None:
        assert page(issue(12, **fields))[1] == f"#12 Pat E. text, waits 3h30m, {said}"

    def test_two_with_one_short_name_are_told_apart_on_whichever_page_they_stand(self) -> None:
        waiting = [issue(1), later(2, phone="+12175550142")]
        assert page(*waiting, shown=(1,))[1] == "#2 Pat E. (0142) text, due 1pm"
        assert page(*waiting)[1] == "#1 Pat E. (0147) text, waits 3h30m"

    def test_nobody_is_only_known_not_to_wait(self) -> None:
        assert page() == ("Nobody is known to wait.", "Checked 11:50am")

    @pytest.mark.parametrize(
        ("checked", "said"),
        [
            (210, "Checked 11:30am"),
            (209, "NOT CHECKED since 11:29am"),
            (-1000, "NOT CHECKED since Sun 3:20pm"),
            (None, "NOT CHECKED"),
        ],
    )
    def test_how_fresh_it_is_stands_at_its_end(self, checked: float | None, said: str) -> None:
        assert page(issue(12), checked=checked)[-1] == said

    def test_what_has_no_room_in_two_segments_is_counted(self) -> None:
        waiting = [issue(id_) for id_ in range(101, 121)]
        first = page_of(waiting, (), NOW, at(230), RULES)
        assert first.lines[-2] == f"+{20 - len(first.shown)} more: reply More"
        assert segments("\n".join(["Sentinel, List, 12:34pm", *first.lines])).segments == 2

    def test_more_goes_on_to_the_end_and_shows_each_once(self) -> None:
        waiting, shown = [issue(id_) for id_ in range(101, 121)], ()
        for _ in range(6):
            shown = page_of(waiting, shown, NOW, at(230), RULES).shown
        assert (len(shown), sorted(shown)) == (20, [issue.id for issue in waiting])
        assert page(*waiting, shown=shown) == ("That was all.", "20 open, 20 overdue", "Checked 11:50am")

    def test_one_that_has_come_meanwhile_is_shown_too(self) -> None:
        assert page(issue(12), issue(13), shown=(13,))[1] == "#12 Pat E. text, waits 3h30m"

    def test_a_line_that_is_alone_is_shown_however_long_it_is(self) -> None:
        odd = issue(12, contact_name=f"{'x' * 16} y", unlisted_user="USR", unconfirmed=True)
        assert len(page(odd)) == 3


class TestIssue:
    def test_an_issue_says_who_what_since_when_and_the_last_words(self) -> None:
        link = "https://app.example.com/CNV12"
        assert issue_text(issue(12, inbound_count=3), "Is anyone  coming\ntoday? 🙏", link, NOW, RULES) == [
            "#12 Pat E. +1***0147",
            "3 texts since 8:30am, overdue, waits 3h30m",
            '"Is anyone coming today?"',
            link,
        ]

    def test_without_a_name_the_phone_stands_once(self) -> None:
        call = later(12, contact_name=None, channel=Channel.CALL, snoozed_until=at(5 * DAY))
        assert issue_text(call, None, None, NOW, RULES) == [
            "#12 +1***0147",
            "call since 11am, due 1pm, snoozed until Sat 8am",
        ]

    def test_without_a_phone_the_name_stands_alone(self) -> None:
        assert issue_text(issue(12, phone=None), None, None, NOW, RULES)[0] == "#12 Pat E."

    def test_long_words_are_cut(self) -> None:
        assert issue_text(issue(12), "word " * 50, None, NOW, RULES)[2] == f'"{"word " * 19}wo..."'


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (0, "8am"),
        (241, "12:01pm"),
        (-6 * DAY, "Tue 8am"),
        (6 * DAY, "Sun 8am"),
        (7 * DAY, "Nov 30 8am"),
        (-9 * DAY, "Nov 14 8am"),
    ],
)
def test_a_weekday_alone_is_within_six_days(minutes: float, said: str) -> None:
    assert moment_text(at(minutes), NOW, RULES) == said


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("resolve #12,13", "Sentinel, Resolve 12 13, 12:01pm"),
        ("list", "Sentinel, List, 12:01pm"),
        ("reslove 12", 'Sentinel, not understood "reslove 12", 12:01pm'),
        ("Reslove 12 and tell\nhim I am on my way", 'Sentinel, not understood "Reslove 12 and tell h...", 12:01pm'),
    ],
)
def test_the_first_line_says_which_order_is_answered(text: str, first: str) -> None:
    assert answer_text(order_of(text), text, at(241), RULES, ["Done."]) == f"{first}\nDone."


def test_an_order_that_came_too_late_has_no_name() -> None:
    assert answer_text(None, "List", at(241), RULES, []) == "Sentinel, too late, 12:01pm"


def test_help_fits_into_two_segments() -> None:
    text = answer_text(Order(verb=Verb.HELP), "Help", at(241), RULES, help_text(to_manager=True))
    assert (segments(text).encoding, segments(text).segments) == (Encoding.GSM_7, 2)


def test_help_for_a_colleague_names_what_changes_nothing() -> None:
    assert help_text(to_manager=False) == ["List, More: who waits", "Open 12: what it is about"]


@pytest.mark.parametrize(
    "verb", [verb for verb in Verb if verb not in {Verb.LIST, Verb.MORE, Verb.HELP}]
)  # fmt: skip
def test_every_example_in_the_help_is_an_order(verb: Verb) -> None:
    said = next(
        word
        for line in help_text(to_manager=True)
        for word in line.partition(":")[0].split(", ")
        if word.startswith(f"{verb} ")
    )
    read = order_of(said)
    assert isinstance(read, Order)
    assert (read.verb, read.ids[0]) == (verb, 12)


@pytest.mark.parametrize(
    ("verb", "wrong", "said"),
    [
        (Verb.RESOLVE, Wrong.WORD, "Did you mean Resolve?"),
        (Verb.RESOLVE, Wrong.NO_ID, "Of which issue? Like this: Resolve 12."),
        (Verb.NOTE, Wrong.NO_ID, "Of which issue? Like this: Note 12 they are fine."),
        (Verb.SNOOZE, Wrong.NO_ID, "Of which issue? Like this: Snooze 12 2h."),
        (Verb.SPAM, Wrong.TOO_MANY, f"At most {MOST_IDS} issues in one text."),
        (Verb.NOTE, Wrong.NO_TEXT, "What shall it say? Like this: Note 12 they are fine."),
        (Verb.SNOOZE, Wrong.NO_TIME, "Until when? Like this: Snooze 12 2h, Snooze 12 until Mon 8am."),
        (Verb.RESOLVE, Wrong.REST, "Only numbers follow Resolve: Resolve 12 13."),
        (Verb.LIST, Wrong.REST, "List stands alone."),
    ],
)
def test_a_mistake_is_answered_with_what_would_do(verb: Verb, wrong: Wrong, said: str) -> None:
    assert mistake_text(Mistake(verb=verb, wrong=wrong)) == [said, "Nothing was done. Help says what I understand."]


def test_undo_names_the_opposite_and_the_issues() -> None:
    assert undo_text("Reopen", [12, 13]) == "Undo: Reopen 12 13"
    assert undo_text("Snooze", [12], "Tue 8am") == "Undo: Snooze 12 until Tue 8am"


@given(st.text(), st.text(), st.text(alphabet=string.printable))
def test_whatever_a_customer_is_called_and_writes_is_sent_in_the_cheap_alphabet(
    name: str, last: str, link: str
) -> None:
    who = issue(12, contact_name=name)
    body = [*issue_text(who, last, link, NOW, RULES), *page(who)]
    text = answer_text(Order(verb=Verb.OPEN, ids=(12,)), "Open 12", NOW, RULES, body)
    assert segments(text).encoding is Encoding.GSM_7


@pytest.mark.parametrize("verb", Verb)
def test_only_looking_is_for_everybody(verb: Verb) -> None:
    assert verb.changes == (verb not in {"List", "More", "Open", "Help"})
