"""A copy counts only when it is whole."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from sentinel_cli.errors import StoreProblem
from sentinel_cli.store import kv, schema
from sentinel_cli.store.backups import write_copy
from sentinel_cli.store.database import Database


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with Database.create(tmp_path / "sentinel.db") as database:
        schema.migrate(database)
        kv.put(database, "key", "value")
        yield database


def test_a_copy_holds_what_the_database_holds(db: Database, tmp_path: Path) -> None:
    write_copy(db, tmp_path / "copy.db")
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        assert copy.execute("select value from kv_store").fetchall() == [("value",)]


def test_a_copy_is_its_owner_s_alone(db: Database, tmp_path: Path) -> None:
    write_copy(db, tmp_path / "backups" / "copy.db")
    assert (tmp_path / "backups" / "copy.db").stat().st_mode & 0o777 == 0o600


def test_a_copy_replaces_nothing(db: Database, tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_text("somebody's")
    with pytest.raises(StoreProblem, match="exists already"):
        write_copy(db, tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_text() == "somebody's"


def test_a_copy_leaves_nothing_else_behind(db: Database, tmp_path: Path) -> None:
    write_copy(db, tmp_path / "copies" / "copy.db")
    assert [path.name for path in (tmp_path / "copies").iterdir()] == ["copy.db"]


def test_a_folder_that_cannot_be_made_is_said(db: Database, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreProblem, match="cannot write a copy"):
        write_copy(db, tmp_path / "file" / "copy.db")
