"""An explanation tells what derivation did: nothing of its own, everything around the issue."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from sentinel_cli.domain.answers import Keeps, Reason
from sentinel_cli.domain.explanation import Basis, Deed, Explanation, Verdict, explain, lines_naming, near, unexplained
from sentinel_cli.domain.facts import Row
from sentinel_cli.domain.model import Direction, Issue, IssueStatus, Rule
from sentinel_cli.domain.timeline import Action, ActionKind
from sentinel_cli.domain.waits import Did
from tests.builders import CASEY, RULES, at

from .test_ledger import answered, asked, book, called, issue, told

ASKED = asked("M1", 0, 1)
ANSWERED = answered("M2", 5)
OPEN = issue(1, ASKED)
RESOLVED = issue(1, ASKED, ANSWERED)


def explained(
    stored: Issue, rows: Iterable[Row], basis: Basis = Basis.OPEN_PART, actions: Sequence[Action] = ()
) -> Explanation:
    found = explain(stored, book(rows, [stored], actions=actions), RULES, basis, stored.id)
    assert found is not None
    return found


def deeds(found: Explanation) -> dict[str, list[Deed]]:
    """What each event did."""
    return {event.key: list(event.deeds) for event in found.events}


def test_what_the_facts_make_is_what_is_stored() -> None:
    found = explained(RESOLVED, [ASKED, ANSWERED])
    assert (found.verdict, found.by_facts, found.differences) == (Verdict.SAME, RESOLVED, [])


def test_each_event_tells_what_it_did_to_which_issue() -> None:
    assert deeds(explained(RESOLVED, [ASKED, ANSWERED])) == {
        "M1": [Deed(Did.OPENED, 1)],
        "M2": [Deed(Did.ENDED, 1, Rule.STAFF_TEXT)],
    }


def test_what_nearly_answered_says_why_not() -> None:
    found = explained(OPEN, [ASKED, answered("M2", 5, outcome="failed")])
    assert deeds(found)["M2"] == [Deed(Did.LEFT_OPEN, 1, Keeps.NO_ANSWER)]
    assert [event.judgement and event.judgement.reason for event in found.events] == [
        Reason.TEXT,
        Reason.STAFF_TEXT_NOT_SENT,
    ]


def test_one_event_may_end_one_wait_and_leave_another() -> None:
    rows = [asked("M1", 0, 1), called("M2", 1, 2), called("M3", 5, direction=Direction.OUTBOUND, user_id=CASEY)]
    stored = issue(1, rows[0])
    found = explain(stored, book(rows, [stored, issue(2, rows[1])]), RULES, Basis.OPEN_PART, 1)
    assert found is not None
    assert deeds(found)["M3"] == [
        Deed(Did.LEFT_OPEN, 1, Keeps.ATTEMPT_ENDS_CALLS_ONLY),
        Deed(Did.ENDED, 2, Rule.STAFF_CALL_ATTEMPT),
    ]


def test_a_field_that_differs_is_named_with_both_values() -> None:
    found = explained(replace(OPEN, inbound_count=7), [ASKED])
    assert [(each.field, each.stored, each.by_facts) for each in found.differences] == [("inbound_count", 7, 1)]
    assert found.verdict is Verdict.DIFFERENT


@pytest.mark.parametrize(("basis", "differs"), [(Basis.OPEN_PART, True), (Basis.HISTORY, False)])
def test_names_of_settled_issues_are_as_they_were(basis: Basis, differs: bool) -> None:
    found = explained(replace(OPEN, contact_name="Lee as he was", phone="+12175550199"), [ASKED], basis)
    assert bool(found.differences) is differs


def test_an_issue_that_the_book_does_not_hold_is_not_explained_by_it() -> None:
    assert explain(replace(OPEN, id=9), book([ASKED], [OPEN]), RULES, Basis.OPEN_PART, 9) is None


def test_a_withdrawn_issue_is_told_by_what_has_its_messages_now() -> None:
    gone = replace(OPEN, id=2, status=IssueStatus.RESOLVED, withdrawn=True, merged_into=1)
    found = explain(gone, book([ASKED], [OPEN]), RULES, Basis.OPEN_PART, 1)
    assert found is not None
    assert (found.verdict, [event.own for event in found.events]) == (Verdict.SAME, [True])


def test_a_message_told_twice_stands_beside_the_one_that_stands_for_it() -> None:
    found = explained(replace(OPEN), [ASKED, told(1)])
    assert [(event.key, event.same_as, event.own) for event in found.events] == [
        ("M1", None, True),
        ("p:1", "M1", True),
    ]


@pytest.mark.parametrize("kind", [ActionKind.NOTE, ActionKind.SNOOZE, ActionKind.SPAM])
def test_an_action_on_its_messages_is_its_own(kind: ActionKind) -> None:
    taken = Action(key="action:1", kind=kind, at=at(9), actor="o", channel=OPEN.channel, first="M1", through="M1")
    found = explained(OPEN, [ASKED], actions=[taken])
    assert [(event.action, event.own) for event in found.events][-1] == (taken, True)


def test_nothing_is_known_where_the_facts_are_gone_but_how_due_comes_about() -> None:
    found = unexplained(OPEN, RULES)
    assert (found.verdict, found.events, found.due.due_at) == (Verdict.UNKNOWN, (), OPEN.due_at)
    assert sum((spell.closes - spell.opens for spell in found.due.spells), timedelta()) == found.due.sla


# What is shown of a long conversation.

LONG = [answered("A", 0), *(called(f"B{n}", n, outcome="completed", duration=9) for n in range(1, 6))]
THANKS = asked("C", 10, text="Thanks! 👍", attachments=True)


@pytest.mark.parametrize(
    ("around", "keys"),
    [(0, ["A", "C"]), (1, ["A", "B5", "C", "D1"]), (3, ["A", "B3", "B4", "B5", "C", "D1", "D2", "D3"])],
)
def test_around_the_issue_s_own_stands_what_it_was_measured_by(around: int, keys: list[str]) -> None:
    after = [called(f"D{n}", 10 + n, outcome="completed", duration=9) for n in range(1, 6)]
    rows = [*LONG, replace(THANKS, issue_id=1)]
    found = explained(issue(1, *rows), rows)
    shown = near([*found.events, *(replace(found.events[0], key=row.key, own=False) for row in after)], around)
    assert [event.key for event in shown] == keys


def test_where_nothing_is_the_issue_s_own_the_newest_are_shown() -> None:
    events = [replace(event, own=False) for event in explained(OPEN, [ASKED, ANSWERED, asked("M3", 9)]).events]
    assert [event.key for event in near(events, 2)] == ["M2", "M3"]


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("#41 Pat E. 3h late", True),
        ("#40 #41 Pat E. call + text", True),
        ("Done: #41.", True),
        ("#410 Lee E.", False),
        ("Reply List, Open 41, Resolve 41", False),
        ("A#41", False),
    ],
)
def test_a_letter_names_an_issue_in_whole_lines(line: str, named: bool) -> None:
    assert lines_naming(f"Sentinel, morning, Mon Nov 23\n{line}\n#4 x", 41) == [line] * named
