"""Copies of the whole database, made while others write to it; each is read back before it counts."""

import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from sentinel_cli.errors import StoreProblem

from .backup_files import backups_in
from .database import Database

__all__ = ["as_plain_file", "on_disk", "rotate", "write_copy"]

_COUNTED = ("raw_events", "messages", "contacts", "issues", "issue_log", "actions", "outbox", "kv_store")


def rotate(database: Path, keep: int) -> Sequence[Path]:
    """Delete all but the newest `keep` backups, and what killed runs left unfinished; the backups that went."""
    gone = backups_in(database)[: -max(keep, 1)]
    litter = (database.parent / "backups").glob(f".{database.stem}-*.unfinished*")
    for path in (*gone, *litter):
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise StoreProblem(f"cannot remove {path}: {error.strerror}", advice="look at the folder") from error
    return gone


def write_copy(database: Database, target: Path) -> None:
    """Write a verified copy of the database to `target`, readable by its owner alone.

    The copy is one moment of the database, whoever writes meanwhile. It takes its name only when it is whole and on
    disk, so that what bears the name can be restored. Raises StoreProblem, also when `target` exists.
    """
    if target.exists():
        raise StoreProblem(f"{target} exists already", advice="name another file, or move that one away")
    unfinished = target.with_name(f".{target.name}.unfinished")
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished.unlink(missing_ok=True)
        unfinished.touch(mode=0o600)
        _copy(database, unfinished)
        os.link(unfinished, target)  # unlike a rename it refuses to replace what somebody put there meanwhile
        on_disk(target.parent)
    except (OSError, sqlite3.Error) as error:
        why = getattr(error, "strerror", None) or error
        raise StoreProblem(f"cannot write a copy to {target}: {why}", advice="look at the folder and df") from error
    finally:
        with suppress(OSError):
            unfinished.unlink()


def _copy(database: Database, target: Path) -> None:
    # One moment for the rows that are counted and the pages that are copied.
    with closing(sqlite3.connect(target)) as copy, database.snapshot():
        expected = _counts(database.raw)
        database.raw.backup(copy)
        # A copy in WAL mode would want two files more beside it to be read.
        copy.execute("pragma journal_mode=delete")
    on_disk(target)
    with closing(sqlite3.connect(target)) as copy:
        verdict = copy.execute("pragma integrity_check").fetchone()[0]
        if verdict == "ok" and _counts(copy) != expected:
            verdict = "rows are missing"
    if verdict != "ok":
        raise StoreProblem(
            f"the copy of {database.path} is damaged: {verdict}", advice=f"sentinel db check {database.path}"
        )


def _counts(connection: sqlite3.Connection) -> Mapping[str, int]:
    there = {row[0] for row in connection.execute("select name from sqlite_master where type = 'table'")}
    return {
        table: connection.execute(f"select count(*) from {table}").fetchone()[0]  # noqa: S608 - the names are ours
        for table in _COUNTED
        if table in there
    }


def as_plain_file(path: Path) -> None:
    """Make a database that nobody has open one file, without a log beside it, and see it to disk."""
    with _said(path), closing(sqlite3.connect(path)) as plain:
        plain.execute("pragma journal_mode=delete")
        on_disk(path)


@contextmanager
def _said(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise StoreProblem(f"cannot write {path}: {error}", advice="look at the folder and df") from error


def on_disk(path: Path) -> None:
    """See a file or folder to disk. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
