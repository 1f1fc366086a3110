"""What people do to issues: done, or refused with the reason and where to look; never half."""

from collections.abc import Iterator

import pytest

from sentinel_cli import intake
from sentinel_cli.domain.model import Channel, Direction
from sentinel_cli.domain.timeline import ActionKind
from sentinel_cli.errors import NoSuchIssue
from sentinel_cli.store import issues
from sentinel_cli.store.database import Database
from sentinel_cli.triage import Done, Intent, Refusal, perform
from tests.builders import CASEY, RULES, at, report, store

PHONE = "+12175550101"


@pytest.fixture
def db() -> Iterator[Database]:
    with store() as db:
        yield db


def tell(db: Database, key: str, minutes: float, **fields: object) -> None:
    with db.transaction():
        told = report(key, minutes, **{"phone": PHONE, **fields})
        intake.absorb(db, [told], RULES, at(minutes), "test")


def casey_answers(db: Database, key: str, minutes: float) -> None:
    tell(db, key, minutes, direction=Direction.OUTBOUND, user_id=CASEY, source="app", outcome="delivered")


def act(db: Database, kind: ActionKind, minutes: float, issue: int = 1, **rest: object) -> Done:
    intent = Intent(kind=kind, actor="morgan", at=at(minutes), **rest)
    with db.transaction():
        return perform(db, issue, intent, RULES)


def status(db: Database, issue: int = 1) -> str:
    return issues.one(db, issue).status.value


def log(db: Database, issue: int = 1) -> list[tuple[str, str, str]]:
    return [(line.event, line.cause, line.evidence) for line in issues.log_of(db, issue)][1:]


def test_a_resolved_issue_is_resolved_and_its_log_says_who_and_why(db: Database) -> None:
    tell(db, "M1", 0)
    done = act(db, ActionKind.RESOLVE, 5, note="she rang my own phone")
    assert (done.refusal, done.after.status.value, status(db)) == (None, "RESOLVED", "RESOLVED")
    assert [line[:2] for line in log(db)] == [("resolve", "morgan"), ("resolved", "resolve by morgan")]
    assert log(db)[0][2] == '{"note": "she rang my own phone"}'


def test_what_was_resolved_can_be_opened_again(db: Database) -> None:
    tell(db, "M1", 0)
    act(db, ActionKind.RESOLVE, 5)
    assert act(db, ActionKind.REOPEN, 6).after.status.value == "OPEN"


def test_a_note_is_kept_with_its_author(db: Database) -> None:
    tell(db, "M1", 0)
    act(db, ActionKind.NOTE, 5, note="Gate code is 12")
    assert [(note.text, note.by) for note in issues.notes_of(db, 1)] == [("Gate code is 12", "morgan")]


@pytest.mark.parametrize("kind", ActionKind)
def test_an_issue_that_is_not_there_is_an_error(db: Database, kind: ActionKind) -> None:
    with pytest.raises(NoSuchIssue, match="#9"):
        act(db, kind, 5, issue=9)


def test_a_snooze_holds_until_its_time(db: Database) -> None:
    tell(db, "M1", 0)
    assert act(db, ActionKind.SNOOZE, 5, until=at(125)).after.snoozed_until == at(125)


def test_a_snooze_is_ended_early(db: Database) -> None:
    tell(db, "M1", 0)
    act(db, ActionKind.SNOOZE, 5, until=at(125))
    assert act(db, ActionKind.UNSNOOZE, 10).after.snoozed_until is None


def test_the_older_half_of_a_split_names_the_newer(db: Database) -> None:
    tell(db, "M1", 0)
    casey_answers(db, "M2", 5)
    tell(db, "M3", 10)
    done = act(db, ActionKind.RESOLVE, 20)
    assert (done.refusal, done.other and done.other.id, status(db, 2)) == (Refusal.ALREADY, 2, "OPEN")


def test_spam_of_a_stranger_needs_no_asking(db: Database) -> None:
    tell(db, "M1", 0)
    assert act(db, ActionKind.SPAM, 5).after.status.value == "SPAM"


def test_spam_of_a_customer_whom_staff_answered_asks_first(db: Database) -> None:
    tell(db, "M1", 0)
    casey_answers(db, "M2", 5)
    tell(db, "M3", 10)
    assert act(db, ActionKind.SPAM, 20, issue=2).refusal is Refusal.ASKS_FIRST
    assert act(db, ActionKind.SPAM, 21, issue=2, sure=True).refusal is None


def merged(db: Database) -> None:
    """Two issues of one contact become one when the text between them turns out to have failed."""
    tell(db, "M1", 0)
    casey_answers(db, "M2", 5)
    tell(db, "M3", 10)
    tell(db, "M2", 5, direction=Direction.OUTBOUND, user_id=CASEY, source="app", outcome="failed", seen_at=at(30))


def withdrawn(db: Database) -> None:
    """A missed call turns out to have been taken."""
    call = {"channel": Channel.CALL, "kind": "TYPE_CALL", "text": None}
    tell(db, "M1", 0, **call, outcome="ringing")
    tell(db, "M1", 0, **call, outcome="completed", duration=300, seen_at=at(30))


def is_open(db: Database) -> None:
    tell(db, "M1", 0)


def answered(db: Database) -> None:
    is_open(db)
    casey_answers(db, "M2", 5)


def answered_with_another_open(db: Database) -> None:
    answered(db)
    tell(db, "M3", 10)


def spam(db: Database) -> None:
    is_open(db)
    act(db, ActionKind.SPAM, 5)


def long_over(db: Database) -> None:
    """Answered three weeks before the next message, which settles it."""
    answered(db)
    tell(db, "M3", 21 * 24 * 60, contact_id="CTC1")
    casey_answers(db, "M4", 21 * 24 * 60 + 5)


@pytest.mark.parametrize(
    ("story", "issue", "kind", "refusal", "other"),
    [
        (merged, 2, ActionKind.RESOLVE, Refusal.MERGED, 1),
        (merged, 2, ActionKind.NOTE, Refusal.MERGED, 1),
        (withdrawn, 1, ActionKind.RESOLVE, Refusal.WITHDRAWN, None),
        (answered, 1, ActionKind.RESOLVE, Refusal.ALREADY, None),
        (spam, 1, ActionKind.RESOLVE, Refusal.IS_SPAM, None),
        (is_open, 1, ActionKind.REOPEN, Refusal.ALREADY, None),
        (spam, 1, ActionKind.REOPEN, Refusal.IS_SPAM, None),
        (answered_with_another_open, 1, ActionKind.REOPEN, Refusal.ANOTHER_IS_OPEN, 2),
        (long_over, 1, ActionKind.REOPEN, Refusal.SETTLED, None),
        (long_over, 1, ActionKind.SPAM, Refusal.ASKS_FIRST, None),
        (spam, 1, ActionKind.SPAM, Refusal.ALREADY, None),
        (is_open, 1, ActionKind.UNSPAM, Refusal.ALREADY, None),
        (answered, 1, ActionKind.SNOOZE, Refusal.NOT_OPEN, None),
        (answered, 1, ActionKind.UNSNOOZE, Refusal.NOT_OPEN, None),
        (is_open, 1, ActionKind.UNSNOOZE, Refusal.ALREADY, None),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_refused_and_changes_nothing(
    db: Database, story: object, issue: int, kind: ActionKind, refusal: Refusal, other: int | None
) -> None:
    story(db)  # type: ignore[operator]
    before, logged = issues.one(db, issue), log(db, issue)
    done = act(db, kind, 22 * 24 * 60, issue=issue, note="why")
    assert (done.refusal, done.other and done.other.id) == (refusal, other)
    assert (issues.one(db, issue), log(db, issue), issues.notes_of(db, issue)) == (before, logged, [])


def test_spam_undoes_unspam(db: Database) -> None:
    spam(db)
    act(db, ActionKind.UNSPAM, 6)
    assert act(db, ActionKind.SPAM, 7).refusal is None
    tell(db, "M2", 10)
    assert [row["status"] for row in db.read("select status from issues")] == ["SPAM"]


def test_what_came_after_its_author_last_looked_is_not_resolved(db: Database) -> None:
    tell(db, "M1", 0)
    tell(db, "M2", 10)
    done = act(db, ActionKind.RESOLVE, 20, saw_until=at(5))
    assert (status(db), status(db, 2), done.other and done.other.id) == ("RESOLVED", "OPEN", 2)


def test_the_first_message_was_seen_whatever_the_clocks_say(db: Database) -> None:
    tell(db, "M1", 0)
    act(db, ActionKind.RESOLVE, 20, saw_until=at(-1))
    assert status(db) == "RESOLVED"


def test_after_unspam_new_messages_open_issues_again(db: Database) -> None:
    tell(db, "M1", 0)
    act(db, ActionKind.SPAM, 5)
    tell(db, "M2", 10, text="Buy now")
    assert act(db, ActionKind.UNSPAM, 15).refusal is None
    tell(db, "M3", 20, text="My pump broke")
    assert [issue.first_at for issue in issues.open_issues(db)] == [at(20)]
