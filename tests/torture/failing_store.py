"""A store whose Nth statement fails as a bad disk makes it fail, or at which the process dies."""

import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from itertools import count
from pathlib import Path
from typing import Any

from sentinel_cli.store.database import Database
from tests.fakes import Crash

__all__ = ["Ailment", "Counter", "count_from_here", "counters", "dump", "opened"]


class Ailment(StrEnum):
    """What becomes of the Nth statement. `UNHEARD` is done, and its answer lost; after `DIES` nothing is done."""

    DISK = "disk I/O error"
    FULL = "database or disk is full"
    LOCKED = "database is locked"
    UNHEARD = "disk I/O error after it was done"
    DIES = "the process dies"

    @property
    def error(self) -> BaseException:
        """What Python raises of it."""
        if self is Ailment.DIES:
            return Crash()
        error = sqlite3.OperationalError(self.value)
        error.sqlite_errorcode = _CODES[self]
        return error


_CODES = {
    Ailment.DISK: sqlite3.SQLITE_IOERR_WRITE,
    Ailment.FULL: sqlite3.SQLITE_FULL,
    Ailment.LOCKED: sqlite3.SQLITE_BUSY,
    Ailment.UNHEARD: sqlite3.SQLITE_IOERR_FSYNC,
}


@dataclass
class Counter:
    """Counts statements; the one of that number fails, none where it is 0."""

    fails_at: int = 0
    ailment: Ailment = Ailment.DISK
    count: int = 0
    healed: bool = False

    @property
    def was_reached(self) -> bool:
        return 0 < self.fails_at <= self.count

    def heals(self) -> None:
        """From now on nothing fails: as for the next process."""
        self.healed = True

    def around(self, work: Callable[[], sqlite3.Cursor]) -> sqlite3.Cursor:
        """Do the next statement, or fail it."""
        if self.healed:
            return work()
        self.count += 1
        if self.ailment is Ailment.DIES and self.was_reached:
            raise self.ailment.error
        if self.count != self.fails_at:
            return work()
        if self.ailment is Ailment.UNHEARD:
            work()
        raise self.ailment.error


class _Connection(sqlite3.Connection):
    """A connection that asks its counter before each statement."""

    counter: Counter

    def execute(self, sql: str, parameters: Any = ()) -> sqlite3.Cursor:
        return self.counter.around(lambda: super(_Connection, self).execute(sql, parameters))

    def executemany(self, sql: str, parameters: Iterable[Any]) -> sqlite3.Cursor:
        return self.counter.around(lambda: super(_Connection, self).executemany(sql, parameters))


def counters(ailment: Ailment, *, first: int = 1, step: int = 1) -> Iterator[Counter]:
    """One for the first statement, one for the next, and so on without an end."""
    return (Counter(fails_at=n, ailment=ailment) for n in count(first, step))


def count_from_here(db: Database, counter: Counter) -> None:
    """Let `counter` count the statements of a store that `opened` gave."""
    assert isinstance(db.raw, _Connection)
    db.raw.counter = counter


@contextmanager
def opened(template: Path, counter: Counter) -> Iterator[Database]:
    """A copy of a store that was closed, its statements counted."""
    path = template.with_name("copy.db")
    for old in path.parent.glob("copy.db*"):
        old.unlink()
    shutil.copy(template, path)
    connection = sqlite3.connect(path, isolation_level=None, timeout=0, factory=_Connection)
    with Database(connection, path) as db:
        db.raw.executescript("pragma journal_mode = wal; pragma foreign_keys = on")
        count_from_here(db, counter)
        yield db


def dump(db: Database, *, apart_from: Iterable[str] = ()) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table but `apart_from`."""
    names = [row["name"] for row in db.read("select name from sqlite_master where type = 'table' order by name")]
    wanted = [name for name in names if name not in set(apart_from)]
    return {name: [tuple(row) for row in db.read(f"select * from {name} order by 1")] for name in wanted}  # noqa: S608
