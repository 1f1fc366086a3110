"""Issues are what the timeline says: which id each wait takes, what is withdrawn, what is settled, when it is due."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from sentinel_cli.domain.facts import Row, row_of
from sentinel_cli.domain.instants import parse_instant
from sentinel_cli.domain.ledger import Book, Changes, Contact, derive
from sentinel_cli.domain.model import Channel, Direction, Issue, IssueStatus
from sentinel_cli.domain.timeline import Action, ActionKind, SpamSpan
from tests.builders import CASEY, MONDAY, POLICY, RULES, at, report

DAY = 24 * 60
LEE = Contact(id=1, contact_id="CTC1", phone="+12175550147", name="Lee Example")


def asked(key: str, minutes: float, issue_id: int | None = None, **fields: Any) -> Row:
    """A customer's text as the API shows it."""
    return replace(row_of(key, report(key, minutes, **fields)), issue_id=issue_id)


def called(key: str, minutes: float, issue_id: int | None = None, outcome: str = "no-answer", **fields: Any) -> Row:
    """A customer's call as the API shows it."""
    given = {"channel": Channel.CALL, "kind": "TYPE_CALL", "text": None, "outcome": outcome, **fields}
    return asked(key, minutes, issue_id, **given)


def answered(key: str, minutes: float, **fields: Any) -> Row:
    """Casey's text as the API shows it."""
    given = {"direction": Direction.OUTBOUND, "user_id": CASEY, "text": "On our way.", "outcome": "delivered", **fields}
    return asked(key, minutes, **given)


def told(minutes: float, **fields: Any) -> Row:
    """A customer's text of which only a workflow told."""
    return row_of("p:1", report(None, minutes, **fields))


def book(rows: Iterable[Row], issues: Iterable[Issue] = (), contact: Contact = LEE, **fields: Any) -> Book:
    return Book(contact=contact, rows={row.key: row for row in rows}, issues={i.id: i for i in issues}, **fields)


def derived(rows: Iterable[Row], issues: Iterable[Issue] = (), now: datetime = MONDAY, **fields: Any) -> Changes:
    return derive(book(rows, issues, **fields), RULES, now)


def issue(id_: int, *rows: Row, **changes: Any) -> Issue:
    """The issue that these rows alone make, under that id."""
    (entry,) = derived([replace(row, issue_id=None) for row in rows]).entries
    return replace(entry.after, id=id_, **changes)


def entries(changes: Changes) -> list[tuple[int, str, list[str]]]:
    """Of each entry the id, what became of it, and the keys it holds."""
    return [(e.after.id, "withdrawn" if e.after.withdrawn else e.after.status, sorted(e.keys)) for e in changes.entries]


# What an issue says


def test_a_first_text_is_a_new_open_issue() -> None:
    assert entries(derived([asked("M1", 0)])) == [(0, "OPEN", ["M1"])]


def test_an_issue_says_who_waits_since_when_and_until_when_an_answer_is_owed() -> None:
    rows = [asked("M1", 0, conversation_id="CNV1"), asked("M2", 30)]
    assert issue(7, *rows) == Issue(
        id=7,
        contact=1,
        channel=Channel.SMS,
        status=IssueStatus.OPEN,
        contact_id="CTC1",
        contact_name="Lee Example",
        phone="+12175550147",
        conversation_id="CNV1",
        due_at=at(120),
        first_at=at(0),
        last_at=at(30),
        inbound_count=2,
    )


@pytest.mark.parametrize(
    ("asked_at", "due"),
    [
        ("2026-11-23T08:00:00-06:00", "2026-11-23T10:00:00-06:00"),
        ("2026-11-23T15:00:00-06:00", "2026-11-23T17:00:00-06:00"),
        ("2026-11-23T16:30:00-06:00", "2026-11-24T09:30:00-06:00"),
        ("2026-11-28T10:00:00-06:00", "2026-11-30T10:00:00-06:00"),
    ],
)
def test_due_is_the_first_message_and_the_sla_in_business_hours(asked_at: str, due: str) -> None:
    assert issue(1, asked("M1", 0, at=parse_instant(asked_at))).due_at == parse_instant(due)


def test_a_channel_without_an_sla_of_its_own_has_that_of_texts() -> None:
    rules = replace(RULES, policy=replace(POLICY, channels=frozenset({Channel.WHATSAPP})))
    rows = book([asked("M1", 0, channel=Channel.WHATSAPP, kind="TYPE_WHATSAPP")])
    assert derive(rows, rules, MONDAY).entries[0].after.due_at == at(120)


def test_the_newest_conversation_is_the_issue_s() -> None:
    rows = [asked("M1", 0, conversation_id="CNV1"), asked("M2", 5, conversation_id="CNV2"), asked("M3", 9)]
    assert issue(1, *rows).conversation_id == "CNV2"


def test_an_issue_whose_messages_name_no_conversation_has_the_contact_s_newest() -> None:
    rows = [answered("M1", -9, conversation_id="CNV1"), answered("M2", -5, conversation_id="CNV2"), asked("M3", 0)]
    assert issue(1, *rows).conversation_id == "CNV2"


def test_deriving_again_changes_nothing() -> None:
    rows = [asked("M1", 0, 1), called("M2", 1, 2)]
    assert derived(rows, [issue(1, rows[0]), issue(2, rows[1])]).entries == []


def test_messages_of_an_internal_contact_are_no_issue() -> None:
    assert entries(derived([asked("M1", 0)], contact=replace(LEE, contact_id="CTCmanager"))) == []


def test_an_issue_marked_spam_is_spam() -> None:
    spam = Action(
        key="action:1", kind=ActionKind.SPAM, at=at(9), actor="op", channel=Channel.SMS, first="M1", through="M1"
    )
    found = derived([asked("M1", 0, 1)], [issue(1, asked("M1", 0))], actions=[spam])
    assert entries(found) == [(1, "SPAM", ["M1"])]


def test_a_number_that_is_spam_opens_nothing() -> None:
    assert entries(derived([asked("M1", 0)], spam=[SpamSpan(since=at(0))])) == []


# Ids


def test_an_answer_closes_the_issue_under_its_id() -> None:
    rows = [asked("M1", 0, 1), answered("M2", 5)]
    assert entries(derived(rows, [issue(1, rows[0])])) == [(1, "RESOLVED", ["M1"])]


def test_a_late_older_message_joins_the_issue_it_belongs_to() -> None:
    rows = [asked("M1", 0), asked("M2", 5, 1)]
    assert entries(derived(rows, [issue(1, rows[1])])) == [(1, "OPEN", ["M1", "M2"])]


def test_two_issues_that_turn_out_to_be_one_wait_keep_the_lowest_id() -> None:
    rows = [asked("M1", 0, 4), answered("M2", 5, outcome="failed"), asked("M3", 10, 2)]
    found = derived(rows, [issue(4, rows[0]), issue(2, rows[2])])
    assert entries(found) == [(2, "OPEN", ["M1", "M3"]), (4, "withdrawn", [])]


def test_a_withdrawn_issue_names_the_one_that_holds_its_messages() -> None:
    rows = [asked("M1", 0, 1), asked("M3", 10, 2)]
    withdrawn = derived(rows, [issue(1, rows[0]), issue(2, rows[1])]).entries[1].after
    assert (withdrawn.withdrawn, withdrawn.status, withdrawn.merged_into) == (True, IssueStatus.RESOLVED, 1)


def test_a_withdrawn_issue_has_no_survivor_where_its_messages_wait_no_more() -> None:
    row = called("M1", 0, 1, outcome="completed", duration=90)
    withdrawn = derived([row], [issue(1, called("M1", 0))]).entries[0].after
    assert (withdrawn.withdrawn, withdrawn.merged_into) == (True, None)


def test_a_withdrawn_issue_stays_as_it_is() -> None:
    gone = issue(2, asked("M3", 10), status=IssueStatus.RESOLVED, withdrawn=True, merged_into=1)
    rows = [asked("M1", 0, 1), asked("M3", 10, 1)]
    assert derived(rows, [issue(1, *rows), gone]).entries == []


def test_a_withdrawn_id_comes_back_with_its_message() -> None:
    gone = issue(1, called("M1", 0), status=IssueStatus.RESOLVED, withdrawn=True)
    back = derived([called("M1", 0, 1)], [gone]).entries[0].after
    assert (back.id, back.status, back.withdrawn) == (1, IssueStatus.OPEN, False)


def test_after_a_split_the_older_half_keeps_the_id_and_the_newer_is_new() -> None:
    rows = [asked("M1", 0, 1), answered("M2", 5), asked("M3", 10, 1)]
    found = derived(rows, [issue(1, rows[0], rows[2])])
    assert entries(found) == [(1, "RESOLVED", ["M1"]), (0, "OPEN", ["M3"])]


def test_of_two_waits_that_share_ids_the_older_takes_the_lowest_and_the_newer_the_next() -> None:
    rows = [asked("M1", 0, 1), asked("M2", 1, 2), answered("M3", 5), asked("M4", 10, 1), asked("M5", 11, 3)]
    issues = [issue(1, rows[0]), issue(2, rows[1]), issue(3, rows[4])]
    found = [(id_, keys) for id_, _, keys in entries(derived(rows, issues))]
    assert found == [(1, ["M1", "M2"]), (3, ["M4", "M5"]), (2, [])]


def test_an_issue_whose_messages_change_at_the_same_count_is_written() -> None:
    rows = [asked("M1", 0), asked("M2", 5, 1)]
    assert entries(derived(rows, [issue(1, *rows)])) == [(1, "OPEN", ["M1", "M2"])]


def test_a_message_that_leaves_an_issue_which_goes_on_forgets_it() -> None:
    rows = [called("M1", 0, 1), called("M2", 5, 1, outcome="completed", duration=90)]
    found = derived(rows, [issue(1, rows[0], called("M2", 5))])
    assert [(row.key, row.issue_id) for row in found.rows] == [("M2", None)]


def test_a_message_remembers_an_issue_that_nothing_holds() -> None:
    row = called("M1", 0, 1, outcome="completed", duration=90)
    assert derived([row], [issue(1, called("M1", 0))]).rows == []


# Messages without an id


def test_an_issue_holds_the_rows_its_messages_stand_for() -> None:
    found = derived([told(1), asked("M1", 0)])
    assert (entries(found), [(row.key, row.same_as) for row in found.rows]) == (
        [(0, "OPEN", ["M1", "p:1"])],
        [("p:1", "M1")],
    )


def test_the_real_message_takes_the_id_of_the_provisional_one() -> None:
    provisional = replace(told(1), issue_id=1)
    assert entries(derived([provisional, asked("M1", 0)], [issue(1, told(1))])) == [(1, "OPEN", ["M1", "p:1"])]


def test_a_pair_that_parts_is_restated() -> None:
    apart = replace(told(1, text="Another text"), same_as="M1")
    assert [(row.key, row.same_as) for row in derived([apart, asked("M1", 0)]).rows] == [("p:1", None)]


@pytest.mark.parametrize(
    ("rows", "unconfirmed"),
    [
        pytest.param([told(0)], False, id="nobody has looked"),
        pytest.param([replace(told(0), looked=True)], True, id="a complete look found no mate"),
        pytest.param([replace(told(0), looked=True), asked("M2", 5, text="Hello?")], False, id="a real one waits too"),
    ],
)
def test_an_issue_is_unconfirmed_when_no_look_found_any_of_its_messages(rows: list[Row], unconfirmed: bool) -> None:
    assert issue(1, *rows).unconfirmed is unconfirmed


def test_a_call_told_as_missed_opens_an_issue_although_it_was_completed() -> None:
    body = row_of("p:1", report(None, 1, channel=Channel.CALL, kind="TYPE_CALL", text=None, reported_missed=True))
    found = derived([body, called("M1", 0, outcome="completed", duration=24)])
    assert entries(found) == [(0, "OPEN", ["M1", "p:1"])]


# The contact


@pytest.mark.parametrize(
    ("words", "opted_out"),
    [(["STOP"], True), (["STOP", "START"], False), (["START", "unsubscribe"], True), (["Stop by at 5"], False)],
)
def test_the_newest_opt_word_flags_the_contact(words: list[str], opted_out: bool) -> None:
    rows = [asked(f"M{n}", n, text=word) for n, word in enumerate(words)]
    found = derived(rows, contact=replace(LEE, opted_out=not opted_out and len(words) > 1))
    assert (found.contact or LEE).opted_out is opted_out


def test_a_contact_stays_opted_out_when_its_word_is_settled_history() -> None:
    contact = replace(LEE, opted_out=True, settled_before=at(-DAY))
    assert derived([asked("M1", 0)], contact=contact).contact is None


def test_a_contact_whose_word_belongs_to_another_contact_after_all_has_not_opted_out() -> None:
    found = derived([asked("M1", 0)], contact=replace(LEE, opted_out=True)).contact
    assert found == LEE


def test_stop_opens_no_issue() -> None:
    assert entries(derived([asked("M1", 0, text="STOP")])) == []


# What is settled


def settled_before(rows: list[Row], days: float, contact: Contact = LEE, **fields: Any) -> datetime | None:
    found = derived(rows, now=at(days * DAY), contact=contact, **fields).contact
    return (found or contact).settled_before


def test_a_wait_that_has_been_over_for_14_days_is_settled() -> None:
    assert settled_before([asked("M1", 0), answered("M2", 5)], 16) == at(2 * DAY)


def test_nothing_is_settled_while_a_wait_began_less_than_14_days_after() -> None:
    assert settled_before([asked("M1", 0), answered("M2", 5)], 14) is None


def test_an_open_wait_and_what_came_after_it_are_never_settled() -> None:
    rows = [asked("M1", 0), answered("M2", 5), called("M3", 3 * DAY), answered("M4", 9 * DAY, outcome="failed")]
    assert settled_before(rows, 300) == at(3 * DAY)


def test_a_wait_that_was_open_at_the_limit_is_not_settled() -> None:
    rows = [asked("M0", 0), answered("M1", 5), asked("M2", 3 * DAY), answered("M3", 9 * DAY)]
    assert settled_before(rows, 20) == at(3 * DAY)


def test_a_spam_issue_is_settled_14_days_after_its_last_message() -> None:
    spam = Action(
        key="action:1", kind=ActionKind.SPAM, at=at(9), actor="op", channel=Channel.SMS, first="M1", through="M1"
    )
    assert settled_before([asked("M1", 0)], 16, actions=[spam]) == at(2 * DAY)


def test_the_settled_instant_moves_by_whole_days() -> None:
    contact = replace(LEE, settled_before=at(2 * DAY))
    rows = [asked("M1", 0), answered("M2", 5)]
    assert [settled_before(rows, days, contact) for days in (16.9, 17)] == [at(2 * DAY), at(3 * DAY)]


def test_a_late_fact_before_the_settled_instant_changes_no_issue() -> None:
    contact = replace(LEE, settled_before=at(DAY))
    assert entries(derived([asked("M1", 0)], contact=contact)) == []


def test_our_text_before_the_settled_instant_is_context_for_an_acknowledgement() -> None:
    contact = replace(LEE, settled_before=at(DAY))
    rows = [answered("M1", DAY - 60), asked("M2", DAY + 60, text="Ok thanks")]
    assert entries(derived(rows, contact=contact)) == []


def test_a_contact_without_messages_has_nothing_to_settle() -> None:
    assert derived([], now=MONDAY + timedelta(days=300)).contact is None
