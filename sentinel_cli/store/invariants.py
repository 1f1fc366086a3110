"""What is true of every sound database, as queries: each finds the rows that break it. Nothing is written."""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sentinel_cli.domain.instants import instant_text
from sentinel_cli.errors import StoreProblem

from .database import RESTORE_ADVICE, Database
from .messages import edited
from .schema import is_current, is_ours

__all__ = ["Problem", "broken_rows", "broken_structure", "contacts_at_work", "is_damage", "stored_otherwise"]

_PAGE = 500
_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong, and what to do about it."""

    what: str
    advice: str


_REBUILD = "sentinel db rebuild shows what it should be"

# What is wrong, a query for the ids of the rows, and what to do.
_RULES = (
    ("contact {}: two OPEN issues of one type",
     "select contact from issues where status = 'OPEN' group by contact, issue_type having count(contact) > 1",
     _REBUILD),
    ("message {}: the message that stands for it is missing",
     """
     select m.id from messages m join contacts c on c.id = m.contact where m.same_as is not null
     and m.same_as not in (select key from messages) and m.at_ts >= coalesce(c.settled_before_ts, c.facts_from_ts, '')
     """, _REBUILD),
    ("issue #{}: resolved, and nobody knows when or by what",
     "select id from issues where status = 'RESOLVED' and (resolved_ts is null or resolved_by is null)", _REBUILD),
    ("issue #{}: open, and answered",
     "select id from issues where status = 'OPEN' and resolved_ts is not null", _REBUILD),
    ("issue #{}: merged into another, yet not withdrawn",
     "select id from issues where merged_into is not null and resolved_by is not 'withdrawn'", _REBUILD),
    ("contact {}: merged into itself",
     "select id from contacts where merged_into = id", RESTORE_ADVICE),
    # What comes in a crowd is stored first, and read a moment later.
    ("delivery {}: received, and never read",
     """
     select id from raw_events where outcome = 'received' and received_ts <
     (select strftime('%Y-%m-%dT%H:%M:%fZ', max(received_ts), '-10 minutes') from raw_events)
     """, "sentinel poll-resolver reads it"),
    ("deliveries with the key of delivery {}: kept twice",
     "select min(id) from raw_events where delivery_key is not null group by delivery_key having count(*) > 1",
     RESTORE_ADVICE),
    ("letter {}: sent, but not when or as which message",
     "select id from outbox where state = 'sent' and (sent_ts is null or message_id is null)",
     "look into the manager's conversation in GHL"),
    ("letter {}: claimed without a lease, or in no known state",
     """
     select id from outbox where state not in ('owed', 'claimed', 'unknown', 'sent', 'refused', 'expired', 'withdrawn')
     or state = 'claimed' and (lease_until_ts is null or claimed_ts is null)
     """,
     "look into the manager's conversation in GHL"),
)  # fmt: skip

_INSTANTS = (
    ("contacts", "settled_before_ts"), ("contacts", "asked_ts"), ("contacts", "facts_from_ts"),
    ("raw_events", "received_ts"), ("raw_events", "pruned_ts"),
    ("issues", "created_ts"), ("issues", "due_ts"), ("issues", "first_inbound_ts"), ("issues", "last_inbound_ts"),
    ("issues", "snoozed_until_ts"), ("issues", "resolved_ts"), ("issues", "recorded_ts"),
    ("messages", "at_ts"), ("messages", "api_seen_ts"), ("messages", "looked_ts"),
    ("actions", "at_ts"), ("actions", "until_ts"), ("issue_log", "at_ts"),
    ("outbox", "as_of_ts"), ("outbox", "created_ts"), ("outbox", "expires_ts"), ("outbox", "sent_ts"),
    ("job_runs", "started_ts"), ("job_runs", "ended_ts"), ("spam_phones", "since_ts"), ("users", "seen_ts"),
)  # fmt: skip
_WATERMARKS = frozenset(
    {"adopted_ts", "last_check_ts", "last_summary_ts", "letters_forgotten_ts", "receiver_checked_ts"}
    | {"resolver_watermark_ts", "users_seen_ts"}
)
_INSTANT = "[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9].[0-9][0-9][0-9]Z"


def broken_structure(db: Database) -> Iterator[Problem]:
    """Why its rows are not worth a look: the file is damaged, or not of this release.

    Raises StoreProblem where it cannot be looked at, for who holds a lock has damaged nothing.
    """
    try:
        found = [row[0] for row in db.read(f"pragma integrity_check({_SHOWN})") if row[0] != "ok"]
    except StoreProblem as problem:
        if not is_damage(problem):
            raise
        yield Problem(what=f"damaged: {problem.__cause__}", advice=RESTORE_ADVICE)
        return
    yield from (Problem(what=f"damaged: {' '.join(str(line).split())}", advice=RESTORE_ADVICE) for line in found)
    if not is_ours(db):
        yield Problem(what="it is not a Sentinel database", advice="look at DB_PATH")
    elif not is_current(db):
        yield Problem(
            what="its schema lacks steps of this release", advice="sentinel db migrate, or db restore, adds them"
        )


def is_damage(problem: StoreProblem) -> bool:
    """Whether the file itself is at fault, and not a lock, a right or a disk."""
    code = getattr(problem.__cause__, "sqlite_errorcode", 0) & 0xFF
    return code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def broken_rows(db: Database, now: datetime) -> Iterator[Problem]:
    """Rows that break a rule; of each rule the first few. Raises sqlite3.Error or StoreProblem where they are torn."""
    for table, rowid, parent, _ in db.read("pragma foreign_key_check")[:_SHOWN]:
        yield Problem(what=f"{table} {rowid}: what it belongs to in {parent} is missing", advice=_REBUILD)
    for what, sql, advice in _RULES:
        for found in db.read(f"{sql} limit {_SHOWN}"):
            yield Problem(what=what.format(found[0]), advice=advice)
    for table, column in _INSTANTS:
        wrong = f"{column} is not null and ({column} not glob '{_INSTANT}' or julianday({column}) is null)"
        for found in db.read(f"select rowid from {table} where {wrong} limit {_SHOWN}"):  # noqa: S608 - names are ours
            yield Problem(what=f"{table} {found[0]}: {column} is no instant", advice=RESTORE_ADVICE)
    yield from _broken_watermarks(db, now)


def _broken_watermarks(db: Database, now: datetime) -> Iterator[Problem]:
    """Of our own keys: the older service's may mean anything."""
    for found in db.read("select key, value from kv_store order by key"):
        name, value = str(found["key"]), str(found["value"])
        if name.partition(":")[0] not in _WATERMARKS:
            continue
        if not _has_form(db, value):
            yield Problem(what=f"kv {name} is no instant", advice="correct it with sqlite3")
        elif value > instant_text(now):
            yield Problem(what=f"kv {name} lies ahead", advice="was the clock wrong? the next run of its job sets it")


def _has_form(db: Database, value: str) -> bool:
    row = db.one(f"select ? glob '{_INSTANT}'", value)
    return bool(row and row[0])


def contacts_at_work(db: Database) -> Iterator[int]:
    """Every contact with an open issue or a message that is not settled."""
    after = 0
    while page := db.read(
        """
        select id from contacts c where id > ? and (
          exists (select 1 from issues i where i.contact = c.id and i.status = 'OPEN')
          or exists (select 1 from messages m where m.contact = c.id and m.late = 0
                     and m.at_ts >= coalesce(c.settled_before_ts, '')))
        order by id limit ?
        """,
        after,
        _PAGE,
    ):
        yield from (row["id"] for row in page)
        after = page[-1]["id"]


def stored_otherwise(db: Database, contact_id: int) -> Sequence[int]:
    """The contact's messages whose columns are not what their facts say. Raises ValueError where facts are torn."""
    return [each["id"] for each in db.read("select * from messages where contact = ?", contact_id) if edited(each)]
