"""A rebuild finds what was lost or edited by hand, and nothing where nothing was."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from sentinel_cli import intake
from sentinel_cli.domain.model import Direction, User
from sentinel_cli.domain.payloads import ReadingPolicy
from sentinel_cli.domain.timeline import ActionKind
from sentinel_cli.errors import StoreProblem
from sentinel_cli.jobs.invariants import problems
from sentinel_cli.jobs.rebuild import Rebuilt, Terms, rebuild
from sentinel_cli.phones import e164
from sentinel_cli.store import schema, users
from sentinel_cli.store.actions import record_action
from sentinel_cli.store.database import Database
from tests.builders import CASEY, RULES, absorb, at, report

LOCATION = "LOCaaaaaaaaaaaaaaaa1"
READING = ReadingPolicy(location_id=LOCATION, e164=e164)
DAY = 24 * 60
NOW = at(100 * DAY)


def posted(db: Database, contact: str, words: str, minutes: float) -> None:
    body = {
        "contact_id": contact,
        "phone": f"+1217555010{contact[-1]}",
        "full_name": "Lee Example",
        "location": {"id": LOCATION},
        "message": {"type": 2, "body": words},
    }
    incoming = intake.Incoming(route="inbound_sms", received_at=at(minutes), payload=json.dumps(body).encode())
    intake.record(db, incoming, RULES, READING)


def answered(minutes: float, contact: str = "CTC1", **fields: Any) -> Any:
    ours = {
        "direction": Direction.OUTBOUND,
        "user_id": CASEY,
        "source": "app",
        "outcome": "delivered",
        "text": "On our way.",
    }
    return report(f"OUT{contact}{minutes:g}", minutes, contact_id=contact, **(ours | fields))


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    """Two customers: #1 answered long ago, #2 and #3 of today, #2 resolved by hand, #3 open."""
    with Database.create(tmp_path / "sentinel.db") as db:
        schema.migrate(db)
        with db.transaction():
            users.remember(db, [User(user_id=CASEY, name="Casey")], at(0))
        posted(db, "CTC1", "Is anyone coming?", 0)
        absorb(db, answered(5), now=at(10))
        posted(db, "CTC1", "Pump is broken", 99 * DAY)
        with db.transaction():
            touched = record_action(db, 2, ActionKind.RESOLVE, actor="operator", at=at(99 * DAY + 5))
            intake.rederive(db, touched, RULES, at(99 * DAY + 5), "action")
        posted(db, "CTC2", "Is anyone coming?", 99 * DAY + 10)
        absorb(db, report("M2", 99 * DAY + 9.9, contact_id="CTC2", text="Is anyone coming?"), now=at(99 * DAY + 20))
        yield db


def rebuilt(db: Database, now: datetime = NOW) -> Rebuilt:
    return rebuild(db, db.path.with_name("rebuilt.db"), Terms(rules=RULES, reading=READING, now=now))


def told(done: Rebuilt) -> list[tuple[str, str, object, object]]:
    return [(each.what, each.field, each.here, each.by_facts) for each in done.differences if not each.settled]


def test_where_nothing_was_lost_there_is_no_difference(db: Database) -> None:
    done = rebuilt(db)
    assert (told(done), done.issues, done.kept, done.bodies, done.settled) == ([], 3, 0, 3, 0)


@pytest.mark.parametrize(
    ("edit", "what", "field"),
    [
        ("update issues set status = 'RESOLVED', resolved_by = 'staff_text' where id = 3", "#3", "status"),
        ("update issues set resolved_by = 'withdrawn', status = 'RESOLVED' where id = 3", "#3", "status"),
        ("update issues set due_ts = '2030-01-01T00:00:00.000Z' where id = 3", "#3", "due_ts"),
        ("update issues set contact_name = 'Somebody' where id = 3", "#3", "contact_name"),
        ("update messages set text = 'Never mind' where key = 'M2'", "message M2", "text"),
        ("update messages set author = 'staff' where key = 'M2'", "message M2", "author"),
        ("update messages set same_as = null where same_as is not null", "message ", "same_as"),
        ("update contacts set name = null, facts = '{}' where id = 2", "contact 2", "facts"),
        ("update contacts set opted_out = 1 where id = 2", "contact 2", "opted_out"),
        ("delete from actions", "#2", "status"),
    ],
)
def test_what_was_edited_by_hand_is_told(db: Database, edit: str, what: str, field: str) -> None:
    db.write(edit)
    assert [each[1] for each in told(rebuilt(db)) if each[0].startswith(what) and each[1] == field] == [field]


@pytest.mark.parametrize(
    "edit",
    [
        "update issues set created_ts = 'yesterday'",
        "update messages set facts = '{}'",
        "update messages set facts = 'torn'",
        "update contacts set facts = 'torn'",
    ],
)
def test_what_nobody_can_read_is_said_and_leaves_no_copy(db: Database, edit: str) -> None:
    db.write(edit)
    with pytest.raises(StoreProblem, match="rows that nobody can read"):
        rebuilt(db)
    assert not db.path.with_name("rebuilt.db").exists()


def test_the_copy_has_a_message_as_it_was_told(db: Database) -> None:
    db.write("update messages set text = 'Never mind' where key = 'M2'")
    with Database.open(rebuilt(db).copy) as copy:
        assert copy.read("select text from messages where key = 'M2'")[0][0] == "Is anyone coming?"


def test_a_message_that_was_deleted_is_told_by_its_delivery(db: Database) -> None:
    db.write("delete from messages where delivery_id = 3")
    assert next(each[:2] for each in told(rebuilt(db))) == ("delivery 3", "message")


def test_an_issue_that_was_deleted_is_found_again(db: Database) -> None:
    db.write("pragma foreign_keys=off")
    db.write("delete from issues where id = 3")
    assert ("#3", "status", None, "OPEN") in told(rebuilt(db))


@pytest.mark.parametrize("issue", [1, 2, 3])
def test_the_copy_with_an_issue_that_was_deleted_is_sound(db: Database, issue: int) -> None:
    db.write("pragma foreign_keys=off")
    db.write("delete from issues where id = ?", issue)
    with Database.look(rebuilt(db).copy) as copy:
        assert list(problems(copy, RULES, NOW)) == []


def test_how_much_is_done_is_told_to_the_end(db: Database) -> None:
    heard: list[tuple[int, int]] = []
    terms = Terms(rules=RULES, reading=READING, now=NOW)
    done = rebuild(db, db.path.with_name("rebuilt.db"), terms, lambda done, of: heard.append((done, of)))
    assert (heard[0][0], heard[-1]) == (done.bodies, (5, 5))


def test_what_is_settled_may_have_been_judged_by_older_settings(db: Database) -> None:
    db.write("update issues set due_ts = '2030-01-01T00:00:00.000Z' where id = 1")
    done = rebuilt(db)
    assert (done.equal, done.settled) == (True, 1)


def test_a_customer_who_waits_is_never_a_settled_matter(db: Database) -> None:
    absorb(db, report("M3", 0, contact_id="CTC3"), answered(5, "CTC3"), now=at(10))
    db.write("update contacts set settled_before_ts = '2027-01-01T00:00:00.000Z' where contact_id = 'CTC3'")
    db.write("delete from messages where key = 'OUTCTC35'")
    assert ("#4", "status", "RESOLVED", "OPEN") in told(rebuilt(db))


def test_the_copy_says_what_the_facts_say(db: Database) -> None:
    db.write("update issues set status = 'RESOLVED', resolved_by = 'staff_text' where id = 3")
    with Database.open(rebuilt(db).copy) as copy:
        assert copy.read("select status from issues where id = 3")[0][0] == "OPEN"


def test_the_copy_s_log_says_what_changed_alone(db: Database) -> None:
    db.write("update issues set due_ts = '2030-01-01T00:00:00.000Z' where id = 3")
    with Database.open(rebuilt(db).copy) as copy:
        assert [row[0] for row in copy.read("select issue_id from issue_log where cause = 'rebuild'")] == [3]


def test_the_database_itself_is_not_written_to(db: Database) -> None:
    before = "\n".join(db.raw.iterdump())
    rebuilt(db)
    assert "\n".join(db.raw.iterdump()) == before
