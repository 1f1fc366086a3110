"""One SQLite file, opened the same way everywhere; refuses to know what is in it, and to create it.

An error of the file or its disk leaves here as `StoreProblem` with the path and what to do. Any other, such as a broken
constraint, is a bug of ours and stays what it is.
"""

import sqlite3
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sentinel_cli.errors import StoreProblem

from .backup_files import backups_in

__all__ = ["BUSY_ADVICE", "RESTORE_ADVICE", "Database", "Row", "is_file", "no_database"]

Row = sqlite3.Row

RESTORE_ADVICE = "restore a backup: sentinel db restore FILE (it keeps this file); ls -lt data/backups shows them"
BUSY_ADVICE = "another process holds the database; it frees it by itself, so try again"
# So many may turn a file to a write-ahead log before us.
_TURNS = 10
_ADVICE = {
    sqlite3.SQLITE_BUSY: BUSY_ADVICE,
    sqlite3.SQLITE_LOCKED: BUSY_ADVICE,
    sqlite3.SQLITE_FULL: "the disk is full; free some space",
    sqlite3.SQLITE_READONLY: "this user may not write it; compare its owner with `id -un`",
    sqlite3.SQLITE_IOERR: "the disk failed or is full; look at dmesg and df",
    sqlite3.SQLITE_CANTOPEN: "this user may not open it; compare the folder's owner with `id -un`",
    sqlite3.SQLITE_CORRUPT: RESTORE_ADVICE,
    sqlite3.SQLITE_NOTADB: "the file is no SQLite database; look at DB_PATH",
}


class Database:
    """A connection that belongs to its thread. Rows are read by name; writes happen inside `transaction()`."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self.path = path
        self._connection = connection
        self._translated = _Translated(path)
        self.opened: _Opened | None = None
        connection.row_factory = sqlite3.Row

    @classmethod
    def open(cls, path: Path, *, busy_timeout: float = 5.0, shared: bool = False) -> "Database":
        """The database at `path`. Raises StoreProblem when there is none: only `sentinel db migrate` makes one.

        `shared` lets one connection be used by several threads, one at a time.
        """
        if not is_file(path):
            raise no_database(path)
        return cls._opened(path, "rw", busy_timeout, shared=shared)

    @classmethod
    def look(cls, path: Path, *, writing: bool = False) -> "Database":
        """The database at `path`, to read only unless `writing`; neither its schema nor its journal is touched."""
        if not is_file(path):
            raise no_database(path)
        return cls._connected(path, "rw" if writing else "ro", 2.0, shared=False)

    @classmethod
    def create(cls, path: Path) -> "Database":
        """The database at `path`, made if missing, readable by its owner alone."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or error
            raise StoreProblem(f"cannot make {path}: {why}", advice="look at DB_PATH and its folder") from None
        return cls._opened(path, "rw", 5.0, shared=False)

    @classmethod
    def _opened(cls, path: Path, mode: str, busy_timeout: float, *, shared: bool) -> "Database":
        file = _id_of(path)
        database = cls._connected(path, mode, busy_timeout, shared=shared)
        # FULL: an acknowledged delivery survives a power cut. WAL: readers never wait for the receiver; it is begun by
        # the first read, which the schema's version is.
        try:
            _begin_log(database)
            for pragma in ("synchronous=full", "foreign_keys=on", "schema_version"):
                database.read(f"pragma {pragma}")
        except StoreProblem:
            database.close()
            raise
        index = Path(f"{path.resolve()}-shm")
        database.opened = _Opened(file=file, index=index, index_file=_id_of(index))
        return database

    @classmethod
    def _connected(cls, path: Path, mode: str, busy_timeout: float, *, shared: bool) -> "Database":
        uri = f"{path.resolve().as_uri()}?mode={mode}"
        try:
            connection = sqlite3.connect(
                uri, uri=True, isolation_level=None, timeout=busy_timeout, check_same_thread=not shared
            )
        except sqlite3.Error as error:
            raise (_problem(error, path) or error) from None
        return cls(connection, path)

    def copy(self) -> "Database":
        """A private copy in memory, for a dry run: whatever is written to it is gone with it."""
        target = sqlite3.connect(":memory:", isolation_level=None)
        with self._translated:
            self._connection.backup(target)
        return Database(target, self.path)

    def is_in_place(self) -> bool:
        """Whether its path still leads to the file that was opened, and to the index of the log that goes with it.

        What is committed elsewhere nobody would ever see: a restore has put another file there, or died doing so.
        """
        was = self.opened
        return was is None or (was.file, was.index_file) == (_id_of(self.path), _id_of(was.index))

    @property
    def raw(self) -> sqlite3.Connection:
        """The sqlite3 connection, for migrations and backups."""
        return self._connection

    def read(self, sql: str, *parameters: Any, **named: Any) -> list[Row]:
        """All rows of a query; its parameters stand in order, or are named."""
        with self._translated:
            return self._connection.execute(sql, named or parameters).fetchall()

    def one(self, sql: str, *parameters: Any) -> Row | None:
        """The first row of a query, or None."""
        with self._translated:
            row: Row | None = self._connection.execute(sql, parameters).fetchone()
            return row

    def write(self, sql: str, *parameters: Any) -> int:
        """How many rows a statement changed: in a guarded update the count *is* the answer."""
        with self._translated:
            return self._connection.execute(sql, parameters).rowcount

    def insert(self, sql: str, *parameters: Any) -> int:
        """The id of the row that was inserted; 0 where a conflict left none (`on conflict do nothing`)."""
        with self._translated:
            cursor = self._connection.execute(sql, parameters)
            return cursor.lastrowid or 0 if cursor.rowcount else 0

    def write_many(self, sql: str, parameters: Sequence[Sequence[Any]]) -> None:
        """One statement for each set of parameters."""
        with self._translated:
            self._connection.executemany(sql, parameters)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; takes the write lock at once, so that what is read inside stays true until the commit.

        Raises StoreProblem where the file has been replaced, perhaps while the lock was waited for.
        """
        try:
            self.write("begin immediate")
            if not self.is_in_place():
                raise StoreProblem(f"database {self.path}: another file was put in its place", advice="try again")
            yield
            self.write("commit")
        except BaseException:
            with suppress(sqlite3.Error):
                self._connection.rollback()
            raise

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """All that is read inside is of one moment; nobody waits for it, and nothing is written."""
        self.read("begin")
        try:
            yield
        finally:
            with suppress(sqlite3.Error):
                self._connection.rollback()

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """A part of a transaction that can fail alone. A StoreProblem is the whole transaction's, and ends it."""
        self.write("savepoint part")
        try:
            yield
        except StoreProblem:
            raise
        except BaseException:
            # Raises where the part cannot be taken back, for it must not be committed with the rest.
            self.write("rollback to part")
            self.write("release part")
            raise
        self.write("release part")

    def checkpoint_after(self, pages: int) -> None:
        """Let this connection's commits move the write-ahead log into the file only when it has so many pages."""
        self.read(f"pragma wal_autocheckpoint={pages}")

    def checkpoint(self) -> None:
        """Move the write-ahead log into the file, so that a plain copy of a stopped system is whole; never waits."""
        self.read("pragma wal_checkpoint(passive)")

    def close(self) -> None:
        """Give the file back."""
        self._connection.close()

    def __enter__(self) -> "Database":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Translated:
    """Inside, an error of the file or its disk becomes a StoreProblem."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, sqlite3.Error) and (problem := _problem(error, self._path)):
            raise problem from error


def _begin_log(database: Database) -> None:
    """Turn to a write-ahead log. SQLite does not wait for who reads without one, or turns at the same moment."""
    if database.read("pragma journal_mode")[0][0] == "wal":
        return
    for _ in range(_TURNS):
        try:
            database.read("pragma journal_mode=wal")
        except StoreProblem as problem:
            if problem.advice != BUSY_ADVICE:
                raise
        else:
            return
        # For this it waits.
        database.write("begin exclusive")
        database.write("rollback")
    database.read("pragma journal_mode=wal")


_FileId = tuple[int, int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    """Which file was opened, and which index of its log: whoever has the database open shares that."""

    file: _FileId
    index: Path
    index_file: _FileId


def _id_of(path: Path) -> _FileId:
    """Which file is there, None where none is."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def is_file(path: Path) -> bool:
    """Whether there is a file; a path that no file can have (too long, a NUL in it) has none.

    Raises StoreProblem where this user may not look: that is no reason to make another.
    """
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except PermissionError:
        advice = _ADVICE[sqlite3.SQLITE_CANTOPEN]
        raise StoreProblem(f"database {path}: this user may not enter its folder", advice=advice) from None
    except (OSError, ValueError):
        return False


def no_database(path: Path, settings: str = "DB_PATH") -> StoreProblem:
    """That there is none at `path`, and what to do: one that is gone is restored, never made anew."""
    backups = backups_in(path)
    mend = f"sentinel db restore {backups[-1]}" if backups else "sentinel db migrate makes it"
    return StoreProblem(f"no database at {path}", advice=f"look at {settings}; if it is right, {mend}")


def _problem(error: sqlite3.Error, path: Path) -> StoreProblem | None:
    advice = _ADVICE.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
    return StoreProblem(f"database {path}: {error}", advice=advice) if advice else None
