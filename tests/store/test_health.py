"""What doctor asks of the store: deliveries, calls, letters, runs, and the file itself."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sentinel_cli.errors import StoreProblem
from sentinel_cli.store import health, schema
from sentinel_cli.store.database import Database

NOW = datetime(2026, 11, 23, 16, tzinfo=UTC)
WEEK_AGO = NOW - timedelta(days=7)
DAY = timedelta(days=1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "sentinel.db"


@pytest.fixture
def db(path: Path) -> Iterator[Database]:
    with Database.create(path) as made:
        schema.migrate(made)
        yield made


def text(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def message(db: Database, key: str, at: datetime, **fields: object) -> None:
    told = {
        "channel": "CALL", "direction": "inbound", "author": "customer", "outcome": None, "duration": None,
        "issue_id": None, "same_as": None, "api_seen_ts": text(at), **fields,
    }  # fmt: skip
    db.write("insert into contacts (key) values (?) on conflict do nothing", "id:1")
    columns = ", ".join(told)
    db.write(
        f"insert into messages (key, contact, provisional, at_ts, origin, facts, {columns})"  # noqa: S608
        f" values (?, 1, 0, ?, 'api', '{{}}', {', '.join('?' * len(told))})",
        key,
        text(at),
        *told.values(),
    )


def delivery(db: Database, at: datetime, outcome: str) -> None:
    db.write(
        "insert into raw_events (received_ts, source, payload, outcome) values (?, 'ghl', '{}', ?)", text(at), outcome
    )


class TestInbox:
    def test_it_counts_what_came_and_what_could_not_be_read(self, db: Database) -> None:
        delivery(db, NOW - 8 * DAY, "undecodable")
        delivery(db, NOW - 8 * DAY, "error:KeyError")
        delivery(db, NOW - DAY, "undecodable")
        delivery(db, NOW - timedelta(hours=1), "opened")
        assert health.inbox(db, WEEK_AGO) == health.Inbox(newest_at=NOW - timedelta(hours=1), broken=1, undecodable=1)

    def test_an_empty_one_has_no_newest(self, db: Database) -> None:
        assert health.inbox(db, WEEK_AGO) == health.Inbox(newest_at=None, broken=0, undecodable=0)


@pytest.mark.parametrize(
    ("fields", "count"),
    [
        ({"outcome": "completed", "duration": 59}, 1),
        ({"outcome": "answered", "duration": 0}, 1),
        ({"outcome": "completed", "duration": 60}, 0),
        ({"outcome": "completed", "duration": None}, 0),
        ({"outcome": "no-answer", "duration": 5}, 0),
        ({"outcome": "completed", "duration": 5, "direction": "outbound"}, 0),
        ({"outcome": "completed", "duration": 5, "channel": "SMS"}, 0),
    ],
)
def test_a_short_call_is_an_inbound_one_that_ghl_calls_taken(
    db: Database, fields: dict[str, object], count: int
) -> None:
    message(db, "m", NOW - DAY, **fields)
    message(db, "old", NOW - 8 * DAY, outcome="completed", duration=1)
    assert health.short_calls(db, WEEK_AGO, 60) == count


@pytest.mark.parametrize(
    ("fields", "count"),
    [
        ({"outcome": "no-answer"}, 1),
        ({"outcome": None}, 1),
        ({"outcome": "completed"}, 0),
        ({"outcome": "no-answer", "same_as": "other"}, 0),
        ({"outcome": "no-answer", "author": "staff"}, 0),
    ],
)
def test_an_unrouted_call_is_a_customer_s_missed_one_without_an_issue(
    db: Database, fields: dict[str, object], count: int
) -> None:
    message(db, "m", NOW - DAY, **fields)
    assert health.unrouted_calls(db, WEEK_AGO) == count


def test_an_unrouted_call_lies_before_the_end_that_is_asked_for(db: Database) -> None:
    message(db, "m", NOW - DAY, outcome="no-answer")
    assert [health.unrouted_calls(db, WEEK_AGO, end) for end in (NOW - DAY, NOW)] == [0, 1]


def test_a_call_of_an_internal_contact_is_not_unrouted(db: Database) -> None:
    db.write("insert into contacts (key, contact_id) values ('id:1', 'CTC1')")
    message(db, "m", NOW - DAY, outcome="no-answer")
    assert [health.unrouted_calls(db, WEEK_AGO, internal=each) for each in (["CTC1"], ["CTC2"])] == [0, 1]


@pytest.mark.parametrize(("since", "until", "count"), [(3, None, 0), (3, 2, 1), (0.5, None, 1)])
def test_a_call_of_a_number_that_is_spam_then_is_not_unrouted(
    db: Database, since: float, until: float | None, count: int
) -> None:
    db.write("insert into contacts (key, phone) values ('id:1', '+12175550141')")
    db.write(
        "insert into spam_phones (phone, since_ts, until_ts) values ('+12175550141', ?, ?)",
        text(NOW - since * DAY),
        text(NOW - until * DAY) if until else None,
    )
    message(db, "m", NOW - DAY, outcome="no-answer")
    assert health.unrouted_calls(db, WEEK_AGO) == count


def test_what_ghl_has_shown_lately_should_have_had_a_delivery(db: Database) -> None:
    message(db, "shown", NOW - DAY)
    message(db, "told only", NOW - DAY, api_seen_ts=None)
    message(db, "old", NOW - 8 * DAY)
    assert health.shown_keys(db, WEEK_AGO) == ["shown"]


def test_letters_that_reached_nobody_are_counted_but_for_tests(db: Database) -> None:
    letters = [("summary", "expired", 1), ("summary", "sent", 1), ("test", "unknown", 1), ("summary", "refused", 3)]
    for number, (kind, state, days) in enumerate(letters):
        db.write(
            "insert into outbox (letter_key, kind, on_date, contact_id, body, state, as_of_ts, created_ts, expires_ts)"
            " values (?, ?, '2026-11-23', 'c', 'b', ?, ?, ?, ?)",
            str(number),
            kind,
            state,
            *[text(NOW - days * DAY)] * 3,
        )
    assert health.letters_lost(db, NOW - 2 * DAY) == {"expired": 1}


class TestFile:
    def test_a_sound_one_has_no_damage(self, db: Database) -> None:
        assert health.damage(db, 5) == ""

    def test_one_too_large_for_the_time_is_not_judged(self, db: Database) -> None:
        with db.transaction():
            for number in range(20_000):
                db.write("insert into kv_store (key, value) values (?, ?)", f"{number:06d}", "x" * 50)
        assert health.damage(db, -1) is None

    def test_a_write_is_proven_and_taken_back(self, db: Database, path: Path) -> None:
        assert health.write_problem(path) is None
        assert db.read("select * from kv_store") == []

    def test_one_that_another_holds_cannot_be_written_now(self, db: Database, path: Path) -> None:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("begin immediate")
            problem = health.write_problem(path)
        assert isinstance(problem, StoreProblem)
        assert "locked" in problem.message

    def test_whose_the_files_are_is_seen_backups_left_out(self, db: Database, path: Path) -> None:
        db.write("insert into kv_store (key, value) values ('a', 'b')")
        path.with_name("sentinel.db.prune.lock").touch()
        path.with_name("sentinel.db.2026-11-22.bak").touch()
        names = [file.name for file in health.files_beside(path)]
        assert names == ["data", "sentinel.db", "sentinel.db-shm", "sentinel.db-wal", "sentinel.db.prune.lock"]

    def test_a_look_neither_changes_the_journal_nor_makes_a_file(self, path: Path) -> None:
        with pytest.raises(StoreProblem):
            Database.look(path)
        path.parent.mkdir()
        with closing(sqlite3.connect(path)) as plain:
            plain.execute("create table a (b)")
        with Database.look(path) as db:
            assert health.pragma(db, "journal_mode") == "delete"


class TestStanding:
    @pytest.mark.parametrize(
        ("script", "standing"),
        [
            ("", "current"),
            ("pragma user_version=99", "newer"),
            ("pragma user_version=1", "behind"),
            ("drop table _sqlite_migrations", "older service"),
        ],
    )
    def test_a_file_s_schema_stands_to_this_release_s(self, db: Database, script: str, standing: str) -> None:
        db.raw.executescript(script)
        assert schema.standing(db) == standing

    def test_when_it_was_made_no_job_can_have_run_before(self, db: Database) -> None:
        made = schema.made_at(db)
        assert made is not None
        assert made.tzinfo is UTC

    def test_another_s_was_never_made(self, db: Database) -> None:
        db.raw.executescript("drop table _sqlite_migrations")
        assert schema.made_at(db) is None
