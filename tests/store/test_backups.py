"""A copy counts only when it is whole."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from sentinel_cli.domain.instants import parse_instant
from sentinel_cli.errors import StoreProblem
from sentinel_cli.jobs.backup import backup
from sentinel_cli.jobs.runner import Run
from sentinel_cli.store import kv, schema
from sentinel_cli.store.backup_files import backups_in
from sentinel_cli.store.backups import rotate, write_copy
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


class TestRotation:
    @pytest.fixture
    def folder(self, db: Database) -> Path:
        """Four backups, a file of somebody's, and what a killed run left."""
        folder = db.path.parent / "backups"
        folder.mkdir()
        for day in (20, 21, 22, 23):
            (folder / f"sentinel-202611{day}T022500Z.db").write_text("")
        (folder / "sentinel-before-the-move.db").write_text("")
        (folder / ".sentinel-20261119T022500Z.db.unfinished").write_text("")
        return folder

    def test_it_keeps_the_newest_and_what_is_not_ours(self, db: Database, folder: Path) -> None:
        rotate(db.path, 2)
        assert sorted(path.name for path in folder.iterdir()) == [
            "sentinel-20261122T022500Z.db",
            "sentinel-20261123T022500Z.db",
            "sentinel-before-the-move.db",
        ]

    def test_the_newest_stays_whatever_is_asked(self, db: Database, folder: Path) -> None:
        rotate(db.path, 0)
        assert [path.name for path in backups_in(db.path)] == ["sentinel-20261123T022500Z.db"]

    def test_a_backup_that_fails_removes_none(self, db: Database, folder: Path) -> None:
        run = Run(id=1, now=parse_instant("2026-11-23T02:25:00Z"))
        with pytest.raises(StoreProblem, match="exists already"):
            backup(db, run, lambda: run.now, output=None, keep=1)
        assert len(backups_in(db.path)) == 4

    def test_a_backup_elsewhere_removes_none(self, db: Database, folder: Path, tmp_path: Path) -> None:
        run = Run(id=1, now=parse_instant("2026-11-25T02:25:00Z"))
        backup(db, run, lambda: run.now, output=tmp_path / "elsewhere.db", keep=1)
        assert len(backups_in(db.path)) == 4
