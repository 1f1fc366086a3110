"""Copies of the whole database, made while others write to it; each is read back before it counts."""

import os
import sqlite3
from contextlib import closing, suppress
from itertools import chain, count
from pathlib import Path

from sentinel_cli.errors import StoreProblem

from .database import Database

__all__ = ["free_name", "write_copy"]


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
        _to_disk(target.parent)
    except (OSError, sqlite3.Error) as error:
        why = getattr(error, "strerror", None) or error
        raise StoreProblem(f"cannot write a copy to {target}: {why}", advice="look at the folder and df") from error
    finally:
        with suppress(OSError):
            unfinished.unlink()


def free_name(folder: Path, stem: str) -> Path:
    """`stem`.db in the folder, or with a number where that is taken."""
    names = chain([stem], (f"{stem}-{number}" for number in count(2)))
    return next(path for name in names if not (path := folder / f"{name}.db").exists())


def _copy(database: Database, target: Path) -> None:
    with closing(sqlite3.connect(target)) as copy:
        database.raw.backup(copy)
        # A copy in WAL mode would want two files more beside it to be read.
        copy.execute("pragma journal_mode=delete")
        verdict = copy.execute("pragma integrity_check").fetchone()[0]
    if verdict != "ok":
        raise StoreProblem(f"the copy of {database.path} is damaged: {verdict}", advice="sentinel db check")
    _to_disk(target)


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
