"""What became of an issue in words, for whoever asked: the operator and managers read the same sentences."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import pytest

from sentinel_cli.domain.timeline import ActionKind
from sentinel_cli.store.database import Database
from sentinel_cli.triage_words import Words, opposite, what_changed, why_not
from tests.builders import CHICAGO, at, store
from tests.test_triage import (
    act,
    answered,
    answered_with_another_open,
    is_open,
    long_over,
    merged,
    spam,
    withdrawn,
)


@pytest.fixture
def db() -> Iterator[Database]:
    with store() as db:
        yield db


def clock(instant: datetime) -> str:
    return f"{instant.astimezone(CHICAGO):%a %H:%M}"


WORDS = Words(
    now=at(30),
    customer="Lee",
    when=clock,
    who=lambda by: {"USRcasey": "Casey"}.get(by, by),
    order=lambda kind, issue: f"{kind} {issue}",
)


def snoozed(db: Database) -> None:
    is_open(db)
    act(db, ActionKind.SNOOZE, 5, until=at(240))


def unspammed(db: Database) -> None:
    spam(db)
    act(db, ActionKind.UNSPAM, 20)


def resolved(db: Database) -> None:
    is_open(db)
    act(db, ActionKind.RESOLVE, 5)


@pytest.mark.parametrize(
    ("story", "kind", "said", "undo"),
    [
        (is_open, ActionKind.RESOLVE, "resolved", ActionKind.REOPEN),
        (resolved, ActionKind.REOPEN, "open again, due Mon 10:00", ActionKind.RESOLVE),
        (is_open, ActionKind.SPAM, "spam: texts and calls of this number open nothing from now on", ActionKind.UNSPAM),
        (spam, ActionKind.UNSPAM, "texts and calls of this number open issues again; #1 itself stays spam",
         ActionKind.SPAM),
        (is_open, ActionKind.SNOOZE, "snoozed until Mon 11:00, or until they write or call again",
         ActionKind.UNSNOOZE),
        (snoozed, ActionKind.UNSNOOZE, "no longer snoozed, due Mon 10:00", ActionKind.SNOOZE),
        (is_open, ActionKind.NOTE, "noted", None),
    ],
)  # fmt: skip
def test_what_was_done_is_said_and_how_it_is_undone(
    db: Database, story: object, kind: ActionKind, said: str, undo: ActionKind | None
) -> None:
    story(db)  # type: ignore[operator]
    done = act(db, kind, 30, until=at(180) if kind is ActionKind.SNOOZE else None, note="gate is open")
    assert (done.refusal, what_changed(done, WORDS), opposite(done)) == (None, said, undo)


def test_what_is_past_its_due_by_then_is_said_to_be_overdue(db: Database) -> None:
    resolved(db)
    done = act(db, ActionKind.REOPEN, 30)
    assert what_changed(done, replace(WORDS, now=at(180))) == "open again, overdue since Mon 10:00"


@pytest.mark.parametrize(
    ("story", "issue", "kind", "said"),
    [
        (answered, 1, ActionKind.RESOLVE, "#1 was answered Mon 08:05 by Casey"),
        (answered_with_another_open, 1, ActionKind.RESOLVE,
         "#1 was answered Mon 08:05 by Casey; Lee wrote again Mon 08:10: that is #2"),
        (answered_with_another_open, 1, ActionKind.SNOOZE,
         "#1 was answered Mon 08:05 by Casey; Lee wrote again Mon 08:10: that is #2"),
        (resolved, 1, ActionKind.RESOLVE, "#1 was resolved Mon 08:05 by morgan"),
        (answered_with_another_open, 1, ActionKind.REOPEN, "#1 stays closed: Lee has an open one of that type, #2"),
        (merged, 2, ActionKind.NOTE, "#2 has become a part of #1: do it there"),
        (withdrawn, 1, ActionKind.RESOLVE, "#1 was withdrawn: nothing of it is left to answer"),
        (
            spam,
            1,
            ActionKind.RESOLVE,
            "#1 is spam and stays spam: unspam 1 lets later messages of Lee open issues again",
        ),
        (unspammed, 1, ActionKind.RESOLVE,
         "#1 is spam and stays spam; what Lee sends from now on opens issues again"),
        (unspammed, 1, ActionKind.REOPEN,
         "#1 is spam and stays spam; what Lee sends from now on opens issues again"),
        (spam, 1, ActionKind.SPAM, "#1 is spam already"),
        (spam, 1, ActionKind.SNOOZE, "#1 is spam"),
        (is_open, 1, ActionKind.REOPEN, "#1 is open already"),
        (is_open, 1, ActionKind.UNSPAM, "#1 is of no number that was named spam"),
        (is_open, 1, ActionKind.UNSNOOZE, "#1 is not snoozed"),
        (long_over, 1, ActionKind.REOPEN, "#1 was settled long ago, and is not judged again"),
        (answered, 1, ActionKind.SPAM, "#1 is of Lee, whom staff have answered before: surely spam?"),
    ],
)  # fmt: skip
def test_what_was_not_done_is_explained_in_a_sentence(
    db: Database, story: object, issue: int, kind: ActionKind, said: str
) -> None:
    story(db)  # type: ignore[operator]
    done = act(db, kind, 22 * 24 * 60, issue=issue, until=at(23 * 24 * 60))
    assert (why_not(done, WORDS), opposite(done)) == (said, None)
