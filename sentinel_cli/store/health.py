"""What `doctor` asks of the store, read only but for one write that is taken back; refuses to judge the answers."""

import json
import os
import shutil
import sqlite3
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sentinel_cli.domain.instants import instant_text, parse_instant
from sentinel_cli.errors import StoreProblem

from .database import Database

__all__ = [
    "FileSeen",
    "Inbox",
    "Space",
    "damage",
    "deliveries_kept",
    "files_beside",
    "inbox",
    "letters_lost",
    "pragma",
    "short_calls",
    "shown_keys",
    "space_for",
    "starts_since",
    "unrouted_calls",
    "write_problem",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """Bytes: what the database and its log take, and what is free on their disk."""

    used: int
    free: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSeen:
    """A file or folder of the store: who owns it, and what its mode lets whom do."""

    name: str
    is_folder: bool
    uid: int
    gid: int
    mode: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """The deliveries: the newest, those that still break our reading, those nobody could read lately."""

    newest_at: datetime | None
    broken: int
    undecodable: int


def pragma(db: Database, name: str) -> str:
    """What SQLite says of itself."""
    return str(db.read(f"pragma {name}")[0][0])


def damage(db: Database, within: float) -> str | None:
    """What SQLite's quick check finds wrong, "" for nothing, None when it was not through `within` seconds."""
    deadline = time.monotonic() + within
    db.raw.set_progress_handler(lambda: time.monotonic() > deadline, 20_000)
    try:
        found = str(db.read("pragma quick_check(1)")[0][0])
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
            raise
        return None
    finally:
        db.raw.set_progress_handler(None, 0)
    return "" if found == "ok" else " ".join(found.split())


def write_problem(path: Path) -> StoreProblem | None:
    """Why this user cannot write the database now; the write that proves it is taken back."""
    try:
        with Database.look(path, writing=True) as db:
            db.write("begin immediate")
            db.write("insert into kv_store (key, value) values ('doctor', '') on conflict (key) do nothing")
            db.write("rollback")
    except StoreProblem as problem:
        return problem
    return None


def space_for(path: Path) -> Space:
    """What the database takes, and what is left."""
    sizes = [part.stat().st_size for part in (path, path.with_name(f"{path.name}-wal")) if part.exists()]
    return Space(used=sum(sizes), free=shutil.disk_usage(path.parent).free)


def files_beside(path: Path) -> Sequence[FileSeen]:
    """The folder, the database, its log and shared memory, and the jobs' locks."""
    return [
        _seen(path.parent),
        *(_seen(file) for file in sorted(path.parent.glob(f"{path.name}*")) if _is_ours(file, path)),
    ]


def _is_ours(file: Path, database: Path) -> bool:
    return file == database or file.name.endswith(("-wal", "-shm", ".lock"))


def _seen(path: Path) -> FileSeen:
    found = os.stat(path)  # noqa: PTH116 - one call for all that is asked
    return FileSeen(
        name=path.name, is_folder=path.is_dir(), uid=found.st_uid, gid=found.st_gid, mode=found.st_mode & 0o777
    )


def inbox(db: Database, since: datetime) -> Inbox:
    """What has come by webhook; `undecodable` counts from `since`."""
    newest = db.one("select received_ts from raw_events order by id desc limit 1")
    counts = db.read(
        """
        select (select count(*) from raw_events where outcome >= 'error:' and outcome < 'error;') as broken,
               (select count(*) from raw_events where outcome = 'undecodable' and received_ts >= ?) as undecodable
        """,
        instant_text(since),
    )[0]
    return Inbox(
        newest_at=parse_instant(newest["received_ts"]) if newest else None,
        broken=counts["broken"],
        undecodable=counts["undecodable"],
    )


def deliveries_kept(db: Database) -> int:
    """How many deliveries there are."""
    return int(db.read("select count(*) from raw_events")[0][0])


def shown_keys(db: Database, since: datetime) -> Sequence[str]:
    """The messages that GHL has shown us since then, by key; a delivery should have told of each customer's."""
    rows = db.read("select key from messages where api_seen_ts is not null and at_ts >= ?", instant_text(since))
    return [row["key"] for row in rows]


def short_calls(db: Database, since: datetime, seconds: int) -> int:
    """How many inbound calls since then count as taken at GHL, but were shorter than that."""
    row = db.one(
        """
        select count(*) from messages
        where channel = 'CALL' and direction = 'inbound' and outcome in ('completed', 'answered')
          and duration < ? and at_ts >= ?
        """,
        seconds,
        instant_text(since),
    )
    return int(row[0]) if row else 0


def unrouted_calls(
    db: Database, since: datetime, until: datetime | None = None, *, internal: Iterable[str] = ()
) -> int:
    """How many missed calls of customers since then, and before `until`, belong to no issue.

    Those of `internal` contacts and of numbers that were spam then are none: they open nothing anyway.
    """
    row = db.one(
        """
        select count(*) from messages m join contacts c on c.id = m.contact
        where m.at_ts >= ?1 and (?2 is null or m.at_ts < ?2)
          and m.channel = 'CALL' and m.author = 'customer' and m.issue_id is null and m.same_as is null
          and coalesce(m.outcome, '') not in ('completed', 'answered')
          and coalesce(c.contact_id, '') not in (select value from json_each(?3))
          and not exists (
            select 1 from spam_phones s where s.phone in (c.phone, 'id:' || c.contact_id, 'row:' || c.id)
            and s.since_ts <= m.at_ts and (s.until_ts is null or m.at_ts < s.until_ts)
          )
        """,
        instant_text(since),
        instant_text(until) if until else None,
        json.dumps(sorted(internal)),
    )
    return int(row[0]) if row else 0


def letters_lost(db: Database, since: datetime) -> Mapping[str, int]:
    """Of the letters written since then, how many did not get through, or may not have, by state."""
    rows = db.read(
        """
        select state, count(*) as letters from outbox
        where created_ts >= ? and state in ('refused', 'expired', 'unknown') and kind <> 'test' group by state
        """,
        instant_text(since),
    )
    return {row["state"]: row["letters"] for row in rows}


def starts_since(db: Database, since: datetime) -> Sequence[tuple[str, datetime, str | None]]:
    """Job, instant and, where the run noted it, slot of every run that began since then, oldest first."""
    rows = db.read(
        """
        select job, started_ts, json_extract(counts, '$.slot') as slot from job_runs
        where started_ts >= ? order by id
        """,
        instant_text(since),
    )
    return [(row["job"], parse_instant(row["started_ts"]), row["slot"]) for row in rows]
