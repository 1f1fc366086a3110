"""One file, opened the same way everywhere: never made by accident, all or nothing, every failure with advice."""

import os
import shutil
import sqlite3
import stat
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from sentinel_cli.domain.instants import instant_text
from sentinel_cli.errors import StoreProblem
from sentinel_cli.store import kv, schema
from sentinel_cli.store.database import Database
from tests.builders import MONDAY


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database on disk that holds one key, and that nobody has open."""
    path = tmp_path / "data" / "sentinel.db"
    with Database.create(path) as database:
        schema.migrate(database)
        kv.put(database, "a", "1")
    return path


@pytest.fixture
def db(path: Path) -> Iterator[Database]:
    with Database.open(path, busy_timeout=0.05) as database:
        yield database


@pytest.fixture
def other(path: Path) -> Iterator[sqlite3.Connection]:
    """Another process."""
    connection = sqlite3.connect(path, isolation_level=None)
    yield connection
    connection.close()


class Interrupted(Exception):
    """What ends a transaction before its time."""


def put_and_fail(db: Database, value: str) -> None:
    kv.put(db, "a", value)
    raise Interrupted


# Opening


def test_opening_never_creates(tmp_path: Path) -> None:
    with pytest.raises(StoreProblem, match=r"no database at .*missing\.db"):
        Database.open(tmp_path / "missing.db")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_database_is_told_with_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(StoreProblem) as caught:
        Database.open(tmp_path / "missing.db")
    assert caught.value.advice == "look at DB_PATH; if it is right, sentinel db migrate makes it"


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(StoreProblem, match="no database at"):
        Database.open(tmp_path)


def test_a_file_that_is_no_database_is_told_by_its_path(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("call Lee back " * 100)
    with pytest.raises(StoreProblem, match=r"notes\.txt: file is not a database") as caught:
        Database.open(tmp_path / "notes.txt")
    assert caught.value.advice == "the file is no SQLite database; look at DB_PATH"


def test_a_file_that_sqlite_cannot_open_is_a_store_problem(tmp_path: Path) -> None:
    deep = tmp_path / ("a" * 250) / ("b" * 250) / "sentinel.db"  # longer than SQLite takes, not than Linux does
    deep.parent.mkdir(parents=True)
    deep.touch()
    with pytest.raises(StoreProblem, match="unable to open database file") as caught:
        Database.open(deep)
    assert "may not open it" in caught.value.advice


@pytest.mark.parametrize(
    ("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 50)]
)
def test_it_is_opened_the_same_way_everywhere(db: Database, pragma: str, value: object) -> None:
    (found,) = db.read(f"pragma {pragma}")
    assert found[0] == value


@pytest.fixture
def plain_file(tmp_path: Path) -> Path:
    """A database that has no write-ahead log yet, as a backup is, or the file of the service before."""
    path = tmp_path / "plain.db"
    with closing(sqlite3.connect(path)) as plain:
        plain.execute("create table t (a)")
    return path


def test_many_may_open_a_file_that_has_no_write_ahead_log_yet(plain_file: Path) -> None:
    for _ in range(60):
        start = threading.Barrier(4)

        def opened(start: threading.Barrier = start) -> str:
            start.wait()
            with Database.open(plain_file) as database:
                return str(database.read("pragma journal_mode")[0][0])

        with ThreadPoolExecutor(4) as pool:
            assert [each.result() for each in [pool.submit(opened) for _ in range(4)]] == ["wal"] * 4
        with closing(sqlite3.connect(plain_file)) as plain:
            plain.execute("pragma journal_mode=delete")


def test_a_write_ahead_log_is_begun_when_who_reads_without_one_has_ended(plain_file: Path) -> None:
    with closing(sqlite3.connect(plain_file, isolation_level=None, check_same_thread=False)) as reader:
        reader.execute("begin")
        reader.execute("select * from t").fetchall()
        ending = threading.Timer(0.2, reader.rollback)
        ending.start()
        with Database.open(plain_file) as database:
            assert database.read("pragma journal_mode")[0][0] == "wal"
        ending.join()


def test_a_file_that_is_read_without_end_is_told_as_locked(plain_file: Path) -> None:
    with closing(sqlite3.connect(plain_file, isolation_level=None)) as reader:
        reader.execute("begin")
        reader.execute("select * from t").fetchall()
        with pytest.raises(StoreProblem, match="database is locked") as raised:
            Database.open(plain_file, busy_timeout=0.05)
        assert raised.value.retryable


def test_a_new_database_is_its_owner_s_alone(path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_creating_again_keeps_what_is_there(path: Path) -> None:
    with Database.create(path) as database:
        assert kv.get(database, "a") == "1"


def test_a_database_that_cannot_be_made_is_told_by_its_path(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where a folder should be")
    with pytest.raises(StoreProblem, match=r"cannot make .*sentinel\.db: Not a directory"):
        Database.create(tmp_path / "data" / "deep" / "sentinel.db")


def test_a_closed_database_is_no_store_problem_but_a_bug(path: Path) -> None:
    database = Database.open(path)
    database.close()
    with pytest.raises(sqlite3.ProgrammingError):
        database.read("select 1")


# What stands in the way


def test_a_locked_database_is_told_with_advice_and_can_be_tried_again(db: Database, other: sqlite3.Connection) -> None:
    other.execute("begin immediate")
    with pytest.raises(StoreProblem, match="database is locked") as caught, db.transaction():
        kv.put(db, "a", "2")
    assert (caught.value.retryable, caught.value.advice) == (
        True,
        "another process holds the database; it frees it by itself, so try again",
    )


def test_after_the_lock_is_gone_the_same_connection_writes(db: Database, other: sqlite3.Connection) -> None:
    other.execute("begin immediate")
    with pytest.raises(StoreProblem), db.transaction():
        kv.put(db, "a", "2")
    other.rollback()
    with db.transaction():
        kv.put(db, "a", "3")
    assert other.execute("select value from kv_store").fetchone() == ("3",)


def test_readers_do_not_wait_for_a_writer(db: Database, other: sqlite3.Connection) -> None:
    other.execute("begin immediate")
    other.execute("update kv_store set value = '2'")
    assert kv.get(db, "a") == "1"


def test_a_connection_that_may_not_write_says_so_with_advice(db: Database) -> None:
    db.read("pragma query_only = on")
    with pytest.raises(StoreProblem, match="readonly") as caught:
        kv.put(db, "a", "2")
    assert "may not write it" in caught.value.advice


@contextmanager
def of_another_user(path: Path, folder_mode: int) -> Iterator[Path]:
    """The file in a folder that another user left, seen by us who are not root for the moment."""
    with TemporaryDirectory() as folder:
        file = Path(shutil.copy(path, folder))
        file.chmod(0o444)
        Path(folder).chmod(folder_mode)
        we = os.geteuid()
        os.seteuid(we or 65534)
        try:
            yield file
        finally:
            os.seteuid(we)
            Path(folder).chmod(0o755)


@pytest.fixture
def foreign_file(path: Path) -> Iterator[Path]:
    """To be read and not written."""
    with of_another_user(path, 0o555) as file:
        yield file


@pytest.fixture
def hidden_file(path: Path) -> Iterator[Path]:
    """In a folder that we may not even enter."""
    with of_another_user(path, 0o000) as file:
        yield file


def test_a_read_only_file_is_told_with_advice(foreign_file: Path) -> None:
    with pytest.raises(StoreProblem) as caught, Database.open(foreign_file) as database, database.transaction():
        kv.put(database, "a", "2")
    assert "may not" in caught.value.advice


@pytest.mark.parametrize("attempt", [Database.open, Database.look])
def test_a_file_in_a_folder_that_we_may_not_enter_is_not_said_to_be_missing(
    hidden_file: Path, attempt: Callable[[Path], Database]
) -> None:
    with pytest.raises(StoreProblem, match="may not enter") as caught:
        attempt(hidden_file)
    assert "owner" in caught.value.advice


def test_a_mistake_in_our_sql_is_no_store_problem(db: Database) -> None:
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        db.read("select * from missing")


def test_a_broken_rule_of_the_schema_is_no_store_problem(db: Database) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        db.write("insert into messages (key, contact) values ('M1', 99)")


# Transactions


def test_a_transaction_that_fails_leaves_nothing(db: Database, other: sqlite3.Connection) -> None:
    with pytest.raises(Interrupted), db.transaction():
        put_and_fail(db, "2")
    assert other.execute("select value from kv_store").fetchone() == ("1",)


def test_a_transaction_shows_others_nothing_before_its_end(db: Database, other: sqlite3.Connection) -> None:
    with db.transaction():
        kv.put(db, "a", "2")
        assert other.execute("select value from kv_store").fetchone() == ("1",)


def test_a_savepoint_that_fails_leaves_the_rest_of_its_transaction(db: Database, other: sqlite3.Connection) -> None:
    with db.transaction():
        kv.put(db, "a", "2")
        with pytest.raises(Interrupted), db.savepoint():
            put_and_fail(db, "3")
        kv.put(db, "b", "4")
    assert other.execute("select key, value from kv_store order by key").fetchall() == [("a", "2"), ("b", "4")]


def test_a_savepoint_that_succeeds_is_kept_with_its_transaction(db: Database) -> None:
    with db.transaction(), db.savepoint():
        kv.put(db, "a", "2")
    assert kv.get(db, "a") == "2"


def test_many_rows_are_written_by_one_statement(db: Database) -> None:
    db.write_many("insert into kv_store values (?, ?)", [("b", "2"), ("c", "3")])
    assert kv.items(db) == [("a", "1"), ("b", "2"), ("c", "3")]


def test_a_write_says_how_many_rows_it_changed(db: Database) -> None:
    assert [db.write("update kv_store set value = '2' where value = ?", value) for value in ("1", "1")] == [1, 0]


def test_an_insert_says_the_id_of_its_row(db: Database) -> None:
    ids = [db.insert("insert into spam_phones (phone, since_ts) values ('+1', ?)", instant_text(MONDAY)) for _ in "ab"]
    assert ids == [1, 2]


# Copies


def test_writing_to_a_copy_leaves_the_file_byte_for_byte(path: Path) -> None:
    before = path.read_bytes()
    with Database.open(path) as database, database.copy() as copy, copy.transaction():
        kv.put(copy, "a", "2")
    assert path.read_bytes() == before


def test_a_copy_holds_what_the_database_holds(db: Database) -> None:
    with db.copy() as copy:
        assert (copy.path, kv.get(copy, "a")) == (db.path, "1")


def test_a_plain_copy_of_the_file_is_whole_after_a_checkpoint(db: Database, tmp_path: Path) -> None:
    kv.put(db, "a", "2")
    db.checkpoint()
    shutil.copy(db.path, tmp_path / "copy.db")
    with Database.open(tmp_path / "copy.db") as copy:
        assert kv.get(copy, "a") == "2"


# The runbook (DESIGN §4), as the operator types it


@pytest.mark.skipif(shutil.which("sqlite3") is None, reason="the sqlite3 shell is not installed")
@pytest.mark.parametrize(
    ("query", "printed"),
    [
        ("select id, issue_type, status from issues order by id desc limit 20;", "2|CALL|RESOLVED\n1|SMS|OPEN\n"),
        (
            "select id, issue_type, phone, due_ts from issues where status='OPEN';",
            "1|SMS|+12175550147|2026-11-23T16:00:00.000Z\n",
        ),
        ("select * from kv_store;", "a|1\n"),
    ],
)
def test_the_queries_of_the_runbook_work_in_the_shell(db: Database, query: str, printed: str) -> None:
    for type_, status, due in (("SMS", "OPEN", "2026-11-23T16:00:00.000Z"), ("CALL", "RESOLVED", None)):
        db.insert(
            "insert into issues (issue_type, status, phone, created_ts, due_ts) values (?, ?, '+12175550147', '', ?)",
            type_,
            status,
            due,
        )
    shell = subprocess.run(["sqlite3", db.path, query], capture_output=True, text=True, check=True)
    assert shell.stdout == printed


@pytest.mark.parametrize("name", ["x" * 300, "a\0b"], ids=["too long", "with a NUL"])
def test_a_path_that_no_file_can_have_is_a_store_problem(tmp_path: Path, name: str) -> None:
    for attempt in (Database.open, Database.create):
        with pytest.raises(StoreProblem):
            attempt(tmp_path / name)


# Another file in its place


def test_nothing_is_committed_to_a_file_that_was_replaced_while_its_lock_was_waited_for(path: Path) -> None:
    with Database.open(path) as db, closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("begin immediate")
        shutil.copy(path, path.with_name("restored.db"))
        path.with_name("restored.db").replace(path)
        other.rollback()
        with pytest.raises(StoreProblem, match="another file was put in its place"), db.transaction():
            kv.put(db, "a", "2")
        assert kv.get(db, "a") == "1"


def test_nothing_is_committed_to_a_log_that_nobody_else_will_find(db: Database, path: Path) -> None:
    for suffix in ("-wal", "-shm"):
        path.with_name(f"sentinel.db{suffix}").unlink()
    with pytest.raises(StoreProblem, match="another file was put in its place"), db.transaction():
        kv.put(db, "a", "2")
    with Database.open(path) as again:
        assert kv.get(again, "a") == "1"


# Watermarks


@pytest.mark.parametrize("value", ["gibberish", "2026-13-45", 5])
def test_a_watermark_that_is_no_instant_is_named(db: Database, value: str) -> None:
    kv.put(db, "resolver_watermark_ts", value)
    with pytest.raises(StoreProblem, match="the value of resolver_watermark_ts in kv_store is no instant"):
        kv.get_instant(db, "resolver_watermark_ts")
