"""A restored database is the backup, whole; what it replaces is kept, and nobody is texted twice or forgotten."""

import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from sentinel_cli.domain.instants import instant_text
from sentinel_cli.domain.letters import Letter, LetterState, Slot
from sentinel_cli.errors import StoreProblem
from sentinel_cli.store import alerts, deliveries, kv, outbox, recovery, schema
from sentinel_cli.store.backups import write_copy
from sentinel_cli.store.database import Database
from sentinel_cli.store.recovery import Restored
from tests.builders import MONDAY

NOW = MONDAY + timedelta(hours=4)


def letter(key: str, **fields: Any) -> Letter:
    given: dict[str, Any] = {
        "key": key,
        "kind": "summary",
        "slot": Slot.MORNING,
        "on": date(2026, 11, 23),
        "contact_id": "CTCmanager",
        "body": "Sentinel, morning, Mon Nov 23",
        "as_of": MONDAY,
        "created_at": MONDAY,
        "expires_at": MONDAY + timedelta(hours=2),
    }
    return Letter(**(given | fields))


def delivered(db: Database, key: str, minutes: float) -> int:
    incoming = deliveries.Incoming(route="inbound_sms", received_at=MONDAY + timedelta(minutes=minutes), payload=b"{}")
    return deliveries.archive(db, incoming, key)


def sent(db: Database, key: str) -> None:
    outbox.mark_sent(db, outbox.owe(db, letter(key)), message_id="MSG1", conversation_id=None, at=MONDAY)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sentinel.db"


@pytest.fixture
def backup(path: Path, tmp_path: Path) -> Path:
    """Made when one delivery had come and one letter was owed."""
    with Database.create(path) as db:
        schema.migrate(db)
        delivered(db, "webhook:1", 0)
        kv.put_instant(db, "resolver_watermark_ts", MONDAY)
        outbox.owe(db, letter("owed then"))
        write_copy(db, tmp_path / "backup.db")
    return tmp_path / "backup.db"


@pytest.fixture
def moved_on(path: Path, backup: Path) -> Iterator[Database]:
    """The database as it went on; it stays open, so that its log stays beside it."""
    with Database.open(path) as db:
        delivered(db, "webhook:2", 5)
        delivered(db, "webhook:3", 6)
        sent(db, "owed then")
        sent(db, "new")
        kv.put_instant(db, "last_summary_ts", MONDAY)
        kv.put_instant(db, "resolver_watermark_ts", MONDAY + timedelta(hours=1))
        yield db


def restored(backup: Path, path: Path) -> Restored:
    return recovery.restore(backup, path, NOW, lambda _: None)


def rows(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as db:
        return db.execute(sql).fetchall()


def test_what_it_replaces_is_kept_whole_and_without_its_log(path: Path, backup: Path, moved_on: Database) -> None:
    replaced = restored(backup, path).replaced
    assert replaced == path.with_name("sentinel.db.replaced-20261123T180000Z")
    moved_on.close()
    assert rows(replaced, "select count(*) from raw_events") == [(3,)]


def test_the_log_of_the_old_file_is_not_replayed_into_the_new_one(path: Path, backup: Path, moved_on: Database) -> None:
    moved_on.write("update raw_events set outcome = 'of the old file'")
    restored(backup, path)
    assert rows(path, "select count(*) from raw_events where outcome = 'of the old file'") == [(0,)]
    assert rows(path, "pragma integrity_check") == [("ok",)]


def test_what_still_has_the_old_file_open_writes_into_the_old_one(path: Path, backup: Path, moved_on: Database) -> None:
    restored(backup, path)
    delivered(moved_on, "webhook:9", 9)
    moved_on.close()
    assert rows(path, "select count(*) from raw_events where delivery_key = 'webhook:9'") == [(0,)]
    assert rows(path, "pragma integrity_check") == [("ok",)]


def test_while_it_is_replaced_nobody_can_write_to_the_old_file(path: Path, backup: Path, moved_on: Database) -> None:
    moved_on.read("pragma busy_timeout=10")
    tried: list[str] = []

    def write_now(_: float) -> None:
        with pytest.raises(StoreProblem, match="locked"):
            delivered(moved_on, "webhook:9", 9)
        tried.append("refused")

    recovery.restore(backup, path, NOW, write_now)
    assert tried == ["refused"]


@contextmanager
def written_without_end(path: Path) -> Iterator[None]:
    """A delivery is stored, and the next, and the next: only between two of them is the file free."""
    ended = threading.Event()

    def write() -> None:
        with closing(sqlite3.connect(path, isolation_level=None, timeout=5)) as writer:
            while not ended.wait(0.0002):
                try:
                    writer.execute("insert or replace into kv_store (key, value) values ('a', 'b')")
                except sqlite3.OperationalError:
                    return

    writing = threading.Thread(target=write)
    writing.start()
    try:
        yield
    finally:
        ended.set()
        writing.join()


def test_writers_that_never_pause_do_not_hold_it_up(path: Path, backup: Path) -> None:
    for _ in range(5):
        with written_without_end(path):
            replaced = restored(backup, path).replaced
        assert replaced is not None
        assert rows(replaced, "select value from kv_store where key = 'a'") == [("b",)]


def test_who_reads_the_old_file_is_waited_for(path: Path, backup: Path, moved_on: Database) -> None:
    reading = moved_on.snapshot()
    reading.__enter__()
    moved_on.read("select 1 from raw_events")
    with Database.open(path) as db:
        delivered(db, "webhook:4", 4)
    slept: list[float] = []

    def pause(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 2:
            reading.__exit__(None, None, None)

    replaced = recovery.restore(backup, path, NOW, pause).replaced
    assert replaced is not None
    assert rows(path, "select count(*) from raw_events") == rows(replaced, "select count(*) from raw_events") == [(4,)]


def test_who_reads_the_old_file_without_end_is_named(path: Path, backup: Path, moved_on: Database) -> None:
    before = path.stat().st_ino
    with moved_on.snapshot():
        moved_on.read("select 1 from raw_events")
        with Database.open(path) as db:
            delivered(db, "webhook:4", 4)
        with pytest.raises(StoreProblem, match="reads it") as raised:
            restored(backup, path)
    assert "nothing was replaced" in raised.value.advice
    assert path.stat().st_ino == before


def test_deliveries_since_the_backup_wait_to_be_read_again(path: Path, backup: Path, moved_on: Database) -> None:
    carried = restored(backup, path).carried
    assert carried is not None
    assert (carried.deliveries, carried.first_delivery, carried.last_delivery) == (2, 2, 3)
    assert rows(path, "select id, delivery_key, outcome from raw_events where id > 1") == [
        (2, "webhook:2", "error:Restored"),
        (3, "webhook:3", "error:Restored"),
    ]


def test_a_letter_sent_since_the_backup_is_not_owed_again(path: Path, backup: Path, moved_on: Database) -> None:
    restored(backup, path)
    assert rows(path, "select letter_key, state, message_id from outbox order by letter_key") == [
        ("new", "sent", "MSG1"),
        ("owed then", "sent", "MSG1"),
    ]


def test_a_letter_that_the_backup_knows_to_be_sent_stays_so(path: Path, backup: Path) -> None:
    with Database.open(backup) as db:
        sent(db, "owed then")
    restored(backup, path)
    assert rows(path, "select state from outbox") == [(LetterState.SENT.value,)]


def test_the_last_summary_is_remembered_and_the_watermark_goes_back(
    path: Path, backup: Path, moved_on: Database
) -> None:
    done = restored(backup, path)
    assert (done.covers, dict(rows(path, "select key, value from kv_store"))) == (
        "2026-11-23T14:00:00.000Z",
        {"resolver_watermark_ts": "2026-11-23T14:00:00.000Z", "last_summary_ts": "2026-11-23T14:00:00.000Z"},
    )


def test_a_file_that_cannot_be_read_is_replaced_and_kept(path: Path, backup: Path) -> None:
    torn = b"no database at all" * 500
    path.write_bytes(torn)
    done = restored(backup, path)
    assert (done.carried, done.replaced is not None and done.replaced.read_bytes()) == (None, torn)
    assert rows(path, "select count(*) from raw_events") == [(1,)]


FORGOTTEN = "select value from kv_store where key = 'letters_forgotten_ts'"


def test_of_what_a_lost_file_had_sent_the_new_one_says_that_it_knows_nothing(path: Path, backup: Path) -> None:
    path.unlink()
    restored(backup, path)
    assert rows(path, FORGOTTEN) == [(instant_text(NOW),)]


def test_where_letters_were_carried_over_none_is_in_doubt(path: Path, backup: Path, moved_on: Database) -> None:
    restored(backup, path)
    assert rows(path, FORGOTTEN) == []


def test_where_there_is_no_file_it_makes_one(path: Path, backup: Path) -> None:
    path.unlink()
    assert restored(backup, path).replaced is None
    assert path.stat().st_mode & 0o777 == 0o600


def test_it_leaves_nothing_else_behind(path: Path, backup: Path) -> None:
    restored(backup, path)
    assert sorted(each.name for each in path.parent.iterdir()) == [
        "backup.db",
        "sentinel.db",
        "sentinel.db.replaced-20261123T180000Z",
    ]


def test_it_has_a_write_ahead_log_from_the_start(path: Path, backup: Path, moved_on: Database) -> None:
    restored(backup, path)
    assert rows(path, "pragma journal_mode") == [("wal",)]


def test_the_backup_itself_is_not_touched(path: Path, backup: Path) -> None:
    before = backup.read_bytes()
    restored(backup, path)
    assert backup.read_bytes() == before


def alerted(db: Database, issue_id: int, letter_key: str) -> None:
    db.write(
        "insert into issues (id, issue_type, status, created_ts) values (?, 'SMS', 'OPEN', '') on conflict do nothing",
        issue_id,
    )
    alerts.tell(db, letter_key, "CTCmanager", [issue_id])


def test_who_was_told_of_a_breach_since_the_backup_is_not_told_again(path: Path, backup: Path) -> None:
    with Database.open(backup) as db:
        alerted(db, 1, "expired then")
    with Database.open(path) as db:
        sent(db, "new")
        alerted(db, 1, "new")
    restored(backup, path)
    assert rows(path, "select issue_id, letter_key from alerts") == [(1, "new")]


def test_of_an_issue_that_the_backup_does_not_know_nobody_counts_as_told(path: Path, backup: Path) -> None:
    with Database.open(path) as db:
        sent(db, "new")
        alerted(db, 1, "new")
    restored(backup, path)
    assert rows(path, "select count(*) from alerts") == [(0,)]


def test_what_it_replaces_may_be_of_the_release_before(path: Path, backup: Path) -> None:
    with Database.open(path) as db:
        db.write("drop table alerts")
    assert restored(backup, path).carried is not None


def test_an_older_backup_is_brought_up_to_this_release(path: Path, backup: Path) -> None:
    with closing(sqlite3.connect(backup)) as db:
        db.execute("alter table contacts drop column facts_from_ts")
        db.execute("alter table raw_events drop column pruned_ts")
        db.execute("delete from _sqlite_migrations where name = 'incomplete_history'")
        db.execute("pragma user_version=1")
        db.commit()
    restored(backup, path)
    with Database.open(path) as db:
        assert schema.is_current(db)


@pytest.mark.parametrize(
    ("made", "said"), [(b"no database at all" * 500, "not a database"), (b"", "not a Sentinel database")]
)
def test_what_is_no_backup_replaces_nothing(path: Path, backup: Path, made: bytes, said: str) -> None:
    other = path.with_name("other.db")
    other.write_bytes(made)
    before = path.read_bytes()
    with pytest.raises(StoreProblem, match=said):
        restored(other, path)
    assert path.read_bytes() == before


def test_a_backup_that_is_not_there_is_not_said_to_be_the_database(path: Path) -> None:
    with pytest.raises(StoreProblem, match="no backup at") as raised:
        restored(path.with_name("mistyped.db"), path)
    assert "backups" in raised.value.advice


def test_a_damaged_backup_replaces_nothing(path: Path, backup: Path) -> None:
    whole = backup.read_bytes()
    backup.write_bytes(whole[:8192] + b"\xff" * 4096 + whole[12288:])
    before = path.read_bytes()
    with pytest.raises(StoreProblem):
        restored(backup, path)
    assert path.read_bytes() == before


def test_what_a_killed_restore_had_written_is_in_no_later_one(path: Path, backup: Path) -> None:
    with Database.open(path) as db:
        for number in range(50):
            db.insert("insert into kv_store (key, value) values (?, 'written by the one that died')", f"key {number}")
        for suffix in ("", "-wal"):
            shutil.copy(f"{path}{suffix}", path.with_name(f".sentinel.db.restoring{suffix}"))
    restored(backup, path)
    assert rows(path, "select count(*) from kv_store where value like 'written by%'") == [(0,)]


def test_where_the_path_is_a_link_its_file_is_replaced(path: Path, backup: Path, moved_on: Database) -> None:
    link = path.with_name("elsewhere") / "link.db"
    link.parent.mkdir()
    link.symlink_to(path)
    assert restored(backup, link).path == path
    assert link.readlink() == path
    assert rows(path, "select count(*) from raw_events") == [(3,)]


def test_two_of_one_second_keep_both_files_that_they_replace(path: Path, backup: Path) -> None:
    kept = [restored(backup, path).replaced, restored(backup, path).replaced]
    assert kept == [path.with_name(f"sentinel.db.replaced-20261123T180000Z{number}") for number in ("", "-2")]
