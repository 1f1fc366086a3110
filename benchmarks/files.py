"""Databases of any size: a few contacts through Sentinel's own intake, then every row again under other names."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sentinel_cli.clock import system_clock
from sentinel_cli.domain.payloads import ReadingPolicy
from sentinel_cli.intake import Incoming, record
from sentinel_cli.phones import e164
from sentinel_cli.store.database import Database
from sentinel_cli.store.schema import migrate
from tests.builders import RULES

__all__ = ["FIRST", "LOCATION", "READING", "STAFF", "event", "filled"]

LOCATION = "LOCaaaaaaaaaaaaaaaa1"
STAFF = next(iter(RULES.policy.staff))
READING = ReadingPolicy(location_id=LOCATION, e164=e164)
FIRST = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
_CONTACTS, _ISSUES = 10, 10
_TABLES = ("contacts", "raw_events", "issues", "messages", "issue_log")
_IDS = {"id", "contact", "issue_id", "delivery_id", "merged_into"}
_NAMES = {
    "key", "contact_id", "conversation_id", "payload", "delivery_key", "message_key", "answer_key", "evidence", "facts",
    "same_as", "cause", "meta",
}  # fmt: skip
# In every id of the pattern, and never in a word: what stands in its place makes each copy's ids its own.
_MARK = "k0000k"


def event(contact: str, message: str, at: datetime, *, answer: bool = False) -> Incoming:
    """An app's event of a text: the customer's, or the answer of somebody who works here."""
    body = {
        "type": "OutboundMessage" if answer else "InboundMessage",
        "locationId": LOCATION,
        "webhookId": f"W{message}",
        "contactId": contact,
        "conversationId": f"CNV{contact}",
        "messageId": f"MSG{message}",
        "messageType": "SMS",
        "direction": "outbound" if answer else "inbound",
        "dateAdded": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "body": "We are on our way." if answer else "Is anyone coming? The pump is leaking again.",
    }
    by = {"userId": STAFF, "source": "app"} if answer else {}
    return Incoming(route="ghl", received_at=at + timedelta(seconds=1), payload=json.dumps(body | by).encode())


def _delivered(path: Path, incoming: Sequence[Incoming]) -> None:
    """Every one, as the receiver records it."""
    with Database.open(path) as db:
        for each in incoming:
            record(db, each, RULES, READING)


def filled(path: Path, issues: int, waiting: int = 10) -> Path:
    """A database with so many issues, all answered but the newest `waiting`: two messages and deliveries for each."""
    with Database.create(path) as db:
        migrate(db)
    settled = max(issues - waiting, 0)
    copies = settled // (_CONTACTS * _ISSUES)
    if copies:
        _delivered(path, list(_pattern(_CONTACTS, _ISSUES)))
        _multiplied(path, copies)
    rest = settled - copies * _CONTACTS * _ISSUES
    _delivered(path, list(_pattern(rest, 1, "REST")))
    began = system_clock() - timedelta(hours=20)
    _delivered(path, [event(f"CTCopen{n}", f"open{n}", began + timedelta(seconds=n)) for n in range(waiting)])
    with closing(sqlite3.connect(path)) as db:
        db.execute("pragma wal_checkpoint(truncate)")
    return path


def _pattern(contacts: int, issues: int, name: str = _MARK) -> Iterator[Incoming]:
    """Customers who write and are answered, again and again."""
    for number in range(contacts):
        for issue in range(issues):
            at, contact = FIRST + timedelta(days=issue, minutes=number), f"CTC{name}{number:03}"
            yield event(contact, f"{name}{number:03}-{issue}-0", at)
            yield event(contact, f"{name}{number:03}-{issue}-1", at + timedelta(minutes=30), answer=True)


def _multiplied(path: Path, copies: int) -> None:
    """Every row again, until all are there so often; ids are moved apart, and marks of names are each copy's own."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        # Nothing is lost that could not be made again.
        db.execute("pragma synchronous=off")
        db.execute("pragma cache_size=-500000")
        highest = [db.execute(f"select coalesce(max(id), 0) from {table}").fetchone()[0] for table in _TABLES]
        again = {"copies": copies, "step": max(highest) + 1, "mark": _MARK}
        db.execute("begin")
        for table in _TABLES:
            columns = [row[1] for row in db.execute(f"pragma table_info({table})")]
            db.execute(
                f"""
                with recursive copy(n) as (select 1 union all select n + 1 from copy where n < :copies)
                insert into {table} ({", ".join(columns)})
                select {", ".join(map(_again, columns))} from copy cross join (select * from {table} order by id)
                where n < :copies
                """,
                again,
            )
        db.execute("commit")


def _again(column: str) -> str:
    if column in _IDS:
        return f"{column} + :step * n"
    return f"replace({column}, :mark, printf('k%07dk', n))" if column in _NAMES else column
