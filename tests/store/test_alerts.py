"""Who was told of which breach: one row for each pair, which only a letter that told nothing gives up."""

import sqlite3
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from sentinel_cli.domain.letters import Letter, LetterState
from sentinel_cli.store import alerts, outbox, schema
from sentinel_cli.store.database import Database
from tests.builders import at

CASEY = "CTCcasey"
SENT_STATES = [LetterState.SENT, LetterState.REFUSED, LetterState.CLAIMED, LetterState.UNKNOWN]
UNSENT_STATES = [LetterState.OWED, LetterState.EXPIRED, LetterState.WITHDRAWN]


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with Database.create(tmp_path / "sentinel.db") as database:
        schema.migrate(database)
        for issue_id in (1, 2, 3):
            issue(database, issue_id)
        yield database


def issue(db: Database, issue_id: int, **columns: str) -> None:
    db.write("insert into contacts (id, key) values (?, ?)", issue_id, f"id:{issue_id}")
    db.write(
        "insert into issues (id, issue_type, status, contact, created_ts, due_ts) values (?, 'SMS', 'OPEN', ?, ?, ?)",
        issue_id,
        issue_id,
        "2026-11-23T12:00:00.000Z",
        "2026-11-23T13:00:00.000Z",
    )


def letter(db: Database, key: str, state: LetterState = LetterState.OWED, kind: str = "alert") -> None:
    outbox.owe(
        db,
        Letter(
            key=key,
            kind=kind,
            slot=None,
            on=date(2026, 11, 23),
            contact_id=CASEY,
            body=key,
            as_of=at(0),
            created_at=at(0),
            expires_at=at(120),
            state=state,
        ),
    )


def told(db: Database) -> frozenset[int]:
    return alerts.told_to(db, CASEY, [1, 2, 3])


@pytest.mark.parametrize(
    ("state", "is_told"),
    [*((state, True) for state in SENT_STATES), *((state, False) for state in UNSENT_STATES)],
)
def test_a_letter_has_told_what_it_says_once_it_may_be_out(db: Database, state: LetterState, is_told: bool) -> None:
    letter(db, "a", state)
    alerts.tell(db, "a", CASEY, [2])
    assert told(db) == ({2} if is_told else set())


def test_another_manager_is_not_told_by_it(db: Database) -> None:
    letter(db, "a", LetterState.SENT)
    alerts.tell(db, "a", CASEY, [2])
    assert alerts.told_to(db, "CTCmorgan", [1, 2, 3]) == frozenset()


@pytest.mark.parametrize(
    ("state", "owner"),
    [(LetterState.SENT, "a"), (LetterState.REFUSED, "a"), (LetterState.OWED, "b"), (LetterState.EXPIRED, "b")],
)
def test_only_what_was_not_sent_gives_its_pairs_to_another_letter(db: Database, state: LetterState, owner: str) -> None:
    letter(db, "a", state)
    letter(db, "b")
    alerts.tell(db, "a", CASEY, [1])
    alerts.tell(db, "b", CASEY, [1])
    assert [tuple(row) for row in db.read("select issue_id, letter_key from alerts")] == [(1, owner)]


def test_a_letter_with_a_newer_text_tells_that_alone(db: Database) -> None:
    letter(db, "a")
    alerts.tell(db, "a", CASEY, [1, 2])
    alerts.tell(db, "a", CASEY, [2, 3])
    assert [row["issue_id"] for row in db.read("select issue_id from alerts order by 1")] == [2, 3]


def test_the_database_allows_no_second_row_for_a_pair(db: Database) -> None:
    add = "insert into alerts (issue_id, contact_id, letter_key) values (1, 'CTCcasey', ?)"
    db.write(add, "a")
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        db.write(add, "b")


def test_what_was_told_of_a_withdrawn_issue_is_told_of_its_survivor_s_survivor(db: Database) -> None:
    letter(db, "a", LetterState.SENT)
    alerts.tell(db, "a", CASEY, [3])
    for child, parent in ((3, 2), (2, 1)):
        db.write(
            "update issues set status = 'RESOLVED', resolved_by = 'withdrawn', merged_into = ? where id = ?",
            parent,
            child,
        )
    assert alerts.told_to(db, CASEY, [1]) == {1}


def test_a_sent_letter_leaves_its_instant_on_the_issues_once(db: Database) -> None:
    letter(db, "a", LetterState.SENT)
    alerts.tell(db, "a", CASEY, [1])
    alerts.mark_notified(db, "a", at(0))
    alerts.mark_notified(db, "a", at(5))
    assert [row[0] for row in db.read("select breach_notified_ts from issues order by id")] == [
        "2026-11-23T14:00:00.000Z",
        None,
        None,
    ]


class TestMigration:
    """A database of the release before, whose last summary was sent at 8:00."""

    def migrated(self, db: Database) -> list[tuple[int, str]]:
        letter(db, "summary", LetterState.SENT, kind="summary")
        db.write("drop table alerts")
        db.write("delete from _sqlite_migrations where name = 'told_breaches'")
        assert schema.migrate(db) == ["told_breaches"]
        return [tuple(row) for row in db.read("select issue_id, letter_key from alerts order by 1")]

    def test_what_its_last_summary_listed_is_told(self, db: Database) -> None:
        assert self.migrated(db) == [(1, "summary"), (2, "summary"), (3, "summary")]

    @pytest.mark.parametrize(
        "change",
        [
            "due_ts = '2026-11-23T14:00:00.000Z'",
            "created_ts = '2026-11-23T14:00:00.001Z'",
            "snoozed_until_ts = '2026-11-23T15:00:00.000Z'",
            "status = 'RESOLVED'",
        ],
    )
    def test_what_it_did_not_list_is_not(self, db: Database, change: str) -> None:
        db.write(f"update issues set {change} where id = 2")  # noqa: S608
        assert [issue_id for issue_id, _ in self.migrated(db)] == [1, 3]


def test_the_texts_of_a_month_are_those_sent_since_then(db: Database) -> None:
    for key in ("a", "b", "c"):
        letter(db, key)
    for row, when in zip(outbox.unfinished(db, "alert"), (at(0), at(60)), strict=False):
        outbox.mark_sent(db, row, message_id=row.key, conversation_id=None, at=when)
    assert outbox.bodies_sent(db, ["alert", "outage"], at(0) + timedelta(minutes=1)) == ["b"]
