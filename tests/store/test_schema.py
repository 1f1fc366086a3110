"""The schema comes in steps, each additive: taken once, never on somebody else's file."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from sentinel_cli.errors import StoreProblem
from sentinel_cli.store import kv, schema
from sentinel_cli.store.database import Database

NEWER = 99


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with Database.create(tmp_path / "sentinel.db") as database:
        yield database


@pytest.fixture
def foreign(db: Database) -> Database:
    """Another service's database."""
    db.write("create table visits (id integer primary key)")
    return db


def tables(db: Database) -> set[str]:
    return {row["name"] for row in db.read("select name from sqlite_master where type = 'table'")}


def test_a_new_file_gets_every_step(db: Database) -> None:
    assert schema.migrate(db) == list(schema.STEPS)


def test_a_new_file_has_the_tables_of_the_design(db: Database) -> None:
    schema.migrate(db)
    assert tables(db) >= {
        "raw_events", "contacts", "messages", "issues", "actions", "issue_log", "kv_store", "outbox", "job_runs",
        "spam_phones",
    }  # fmt: skip


def test_migrating_again_takes_no_step_and_keeps_the_rows(db: Database) -> None:
    schema.migrate(db)
    kv.put(db, "a", "1")
    assert (schema.migrate(db), kv.get(db, "a")) == ([], "1")


def test_a_migrated_file_is_current(db: Database) -> None:
    schema.migrate(db)
    assert schema.is_current(db)


def test_an_empty_file_is_not_current(db: Database) -> None:
    assert not schema.is_current(db)


def test_a_file_of_a_newer_release_is_current(db: Database) -> None:
    schema.migrate(db)
    db.read(f"pragma user_version = {NEWER}")
    schema.require_current(db)
    assert schema.is_current(db)


def test_migrating_a_file_of_a_newer_release_leaves_its_mark(db: Database) -> None:
    schema.migrate(db)
    db.read(f"pragma user_version = {NEWER}")
    schema.migrate(db)
    assert db.read("pragma user_version")[0][0] == NEWER


def test_somebody_else_s_database_is_refused_by_what_it_holds(foreign: Database) -> None:
    with pytest.raises(StoreProblem, match=r"is not a Sentinel database \(it holds visits\)"):
        schema.migrate(foreign)
    assert tables(foreign) == {"visits"}


def test_commands_refuse_somebody_else_s_database(foreign: Database) -> None:
    with pytest.raises(StoreProblem, match="has no Sentinel tables") as caught:
        schema.require_current(foreign)
    assert caught.value.advice == "run sentinel db migrate"


def test_commands_take_our_own_missing_steps(db: Database) -> None:
    schema.migrate(db)
    db.read("pragma user_version = 0")
    schema.require_current(db)
    assert schema.is_current(db)


def opened(db: Database, status: str, contact: int = 1, issue_type: str = "SMS") -> int:
    db.write("insert into contacts (id, key) values (?, ?) on conflict do nothing", contact, f"id:{contact}")
    return db.insert(
        "insert into issues (issue_type, status, contact, created_ts) values (?, ?, ?, '')", issue_type, status, contact
    )


def test_a_contact_has_one_open_issue_of_a_type(db: Database) -> None:
    schema.migrate(db)
    opened(db, "OPEN")
    with pytest.raises(sqlite3.IntegrityError, match=r"issues\.contact, issues\.issue_type"):
        opened(db, "OPEN")


@pytest.mark.parametrize(
    ("status", "contact", "issue_type"),
    [("RESOLVED", 1, "SMS"), ("SPAM", 1, "SMS"), ("OPEN", 2, "SMS"), ("OPEN", 1, "CALL")],
)
def test_beside_an_open_issue_stand_others_of_another_status_contact_or_type(
    db: Database, status: str, contact: int, issue_type: str
) -> None:
    schema.migrate(db)
    assert [opened(db, "OPEN"), opened(db, status, contact, issue_type)] == [1, 2]


def test_an_issue_of_no_known_status_is_refused(db: Database) -> None:
    schema.migrate(db)
    with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
        opened(db, "open")


def test_the_ids_of_issues_are_never_given_again(db: Database) -> None:
    schema.migrate(db)
    opened(db, "OPEN")
    db.write("delete from issues")
    assert opened(db, "OPEN") == 2
