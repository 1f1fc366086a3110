"""The older service's deliveries, keys and spam numbers, as rows of ours; its issues are in `adopted_issues`.

Runs inside one transaction of the caller; refuses to know when it is done, and to throw anything away.
"""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sentinel_cli.domain.instants import instant_text
from sentinel_cli.domain.model import Channel
from sentinel_cli.domain.older_values import instant_meant, text_meant
from sentinel_cli.errors import StoreProblem

from . import kv, schema
from .database import BUSY_ADVICE, Database, Row
from .older_tables import OlderTable, fill, id_of, set_aside, widen

__all__ = [
    "Reading",
    "adopt_deliveries",
    "adopt_keys",
    "adopt_spam",
    "count",
    "open_alone",
    "relaxed",
    "renamed",
]

_RECEIVED = ("received_ts", "received_at", "created_ts", "created_at", "ts", "timestamp")
_SOURCES = ("source", "route", "event_source", "endpoint", "path", "event_type", "type", "kind")
_PAYLOADS = ("payload", "payload_json", "body", "raw", "raw_body", "raw_json", "raw_payload", "data", "json")
_PHONES = ("phone", "phone_number", "number", "phone_e164")
_SINCE = ("since_ts", "created_ts", "created_at", "added_ts", "added_at", "marked_ts", "ts", "timestamp")
_REASONS = ("reason", "note", "source")
_KEYS, _VALUES = ("key", "k", "name"), ("value", "v", "val")
_SUMMARY = "last_summary_ts"
_OUR_KEYS = frozenset(
    {"last_check_threads", "last_check_ts", "last_check_webhooks_silent", "receiver_policy", "resolver_policy"}
    | {"resolver_watermark_ts", "users_seen_ts", kv.ADOPTED}
)


@dataclass(kw_only=True)
class Reading:
    """How the older values are read, and what was found on the way.

    `without_secrets` takes our secrets out of a body, `e164` reads a phone, `due_of` says when an answer is owed that
    was asked for then. `unread` counts, by column, the instants that nobody can read.
    """

    now: datetime
    without_secrets: Callable[[bytes], bytes]
    e164: Callable[[str], str | None]
    due_of: Callable[[Channel, datetime], datetime]
    unread: Counter[str] = field(default_factory=Counter)

    def instant(self, row: Row, column: str | None, table: str) -> datetime | None:
        """The column's instant; None where there is none, or it cannot be read, which is counted."""
        value = row[column] if column else None
        found = instant_meant(value)
        if found is None and text_meant(value):
            self.unread[f"{table}.{column}"] += 1
        return found

    def past(self, row: Row, column: str | None, table: str) -> datetime | None:
        """As `instant`, of something that has happened: what lies ahead cannot be meant."""
        found = self.instant(row, column, table)
        if found is not None and found > self.now:
            self.unread[f"{table}.{column}"] += 1
            return None
        return found


def open_alone(path: Path) -> Database:
    """The database, for writing. Raises StoreProblem while the older service writes to it."""
    with ExitStack() as opened:
        try:
            db = opened.enter_context(Database.open(path))
            with db.transaction():
                opened.pop_all()
                return db
        except StoreProblem as problem:
            if problem.advice != BUSY_ADVICE:
                raise
            raise StoreProblem(problem.message, advice="stop the older service first, then run it again") from None


@contextmanager
def relaxed(db: Database) -> Iterator[None]:
    """Tables may be renamed under what refers to them: it will refer to their successors. Outside a transaction.

    Text that is no UTF-8 is read as the bytes it is.
    """
    db.raw.text_factory = _text
    db.read("pragma foreign_keys=off")
    db.read("pragma legacy_alter_table=on")
    # What is dropped may hold secrets that its successor does not: its pages are overwritten.
    db.read("pragma secure_delete=on")
    try:
        yield
    finally:
        db.raw.text_factory = str
        db.read("pragma legacy_alter_table=off")
        db.read("pragma foreign_keys=on")


def _text(raw: bytes) -> str | bytes:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw


def _our_tables() -> list[str]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        scratch = Database(connection, Path(":memory:"))
        schema.make(scratch)
        tables = scratch.read("select name from sqlite_master where type = 'table' and name <> 'sqlite_sequence'")
        return [table["name"] for table in tables]


def renamed(db: Database) -> tuple[dict[str, OlderTable], list[str]]:
    """The shared tables of the older service set aside, ours in their place; and what had to give way for good.

    That is also a table of keys without keys, or of numbers without numbers: nobody can say what is in it.
    """
    found, kept = set_aside(db, _our_tables())
    schema.make(db)
    wanted = {"spam_phones": _PHONES, "kv_store": _KEYS}
    strange = [name for name, table in found.items() if name in wanted and not table.pick(*wanted[name])]
    return found, kept + [found.pop(name).aside for name in strange]


def adopt_deliveries(db: Database, older: OlderTable, reading: Reading) -> int:
    """Every delivery under its id, secrets removed; how many.

    Where ids are no whole numbers they are numbered anew in their order, and `older_id` keeps what they were.
    Where its instant cannot be read it has that of the one before it; the older text stays in a column of its own.
    """
    at, source, payload = older.pick(*_RECEIVED), older.pick(*_SOURCES), older.pick(*_PAYLOADS)
    told = [name for name in ("contact_id", "content_type") if name in older.columns]
    extras = older.extras([source, payload, *told, *(["id"] if older.is_numbered(db) else [])])
    names = ["id", "received_ts", "source", "payload", "outcome", *told, *widen(db, older, extras)]
    return fill(db, "raw_events", names, _deliveries(db, older, reading, (at, source, payload), [*told, *extras]))


def _deliveries(
    db: Database, older: OlderTable, reading: Reading, roles: Sequence[str | None], others: Sequence[str]
) -> Iterator[Sequence[Any]]:
    at, source, payload = roles
    before = _first_instant(db, older, at) or reading.now
    for number, row in enumerate(older.rows(db, by_place="id" in others), 1):
        before = reading.past(row, at, "raw_events") or before
        yield (
            number if "id" in others else id_of(older, row),
            instant_text(before),
            text_meant(row[source] if source else None) or "unknown",
            _clean(row[payload] if payload else "", reading) or "",
            "adopted",
            *(_clean(row[name], reading) for name in others),
        )


def _first_instant(db: Database, older: OlderTable, column: str | None) -> datetime | None:
    return next((at for row in older.rows(db) if column and (at := instant_meant(row[column]))), None)


def _clean(value: Any, reading: Reading) -> Any:
    """The value without our secrets; what is neither text nor bytes holds none."""
    if isinstance(value, str):
        cleaned = reading.without_secrets(value.encode(errors="surrogatepass"))
        return cleaned.decode(errors="surrogatepass")
    return reading.without_secrets(value) if isinstance(value, bytes) else value


def adopt_keys(db: Database, older: OlderTable | None, reading: Reading) -> list[str]:
    """Every key with its value; those whose name means something else to us become `older_…`, and are given back.

    `last_summary_ts` (and `last_summary_ts:<slot>`) stays in force as an instant of ours, when it can be read.
    """
    key, value = (older.pick(*_KEYS), older.pick(*_VALUES)) if older else (None, None)
    moved: list[str] = []
    if older is not None and key is not None:
        extras = older.extras([key, value])
        names = ["key", "value", *widen(db, older, extras)]
        rows = {}
        for row in older.rows(db):
            name, text = _key(row[key], row[value] if value else None, reading)
            moved += [name] if name != row[key] else []
            rows[name] = (name, text, *(row[extra] for extra in extras))
        fill(db, "kv_store", names, rows.values())
    fill(db, "kv_store", ["key", "value"], [(kv.ADOPTED, instant_text(reading.now))])
    return moved


def _key(name: Any, value: Any, reading: Reading) -> tuple[Any, Any]:
    if str(name).startswith(_SUMMARY):
        at = instant_meant(value)
        if at is not None and at <= reading.now:
            return name, instant_text(at)
        reading.unread[f"kv_store.{name}"] += 1
        return f"older_{name}", value
    return (f"older_{name}", value) if name in _OUR_KEYS else (name, value)


def adopt_spam(db: Database, older: OlderTable | None, reading: Reading) -> int:
    """Every number of spam, as E.164 where it is one, from its own instant on; how many have an open issue.

    Where it has no instant: from the first inbound of its oldest SPAM issue on. Where its number has an open issue:
    from now on, for a customer who waits must not vanish. Call when the issues are there.
    """
    phone = older.pick(*_PHONES) if older else None
    if older is None or phone is None:
        return 0
    at, reason = older.pick(*_SINCE), older.pick(*_REASONS)
    extras = older.extras(["id", phone, at, reason])
    names = ["id", "phone", "since_ts", "reason", *widen(db, older, extras)]
    waiting = _numbers(db, "OPEN", "max")
    marked = _numbers(db, "SPAM", "min")
    rows = []
    for row in older.rows(db):
        written = text_meant(row[phone]) or ""
        number = reading.e164(written) or written
        own = reading.past(row, at, "spam_phones")
        since = instant_text(reading.now if number in waiting or own is None else own)
        if own is None and number not in waiting:
            since = marked.get(number, since)
        note = text_meant(row[reason] if reason else None)
        id_ = row["older_id"] if isinstance(row["older_id"], int) else None
        rows.append((id_, number, since, note, *(row[extra] for extra in extras)))
    fill(db, "spam_phones", names, rows)
    return len({row[1] for row in rows} & set(waiting))


def _numbers(db: Database, status: str, which: str) -> dict[str, str]:
    found = db.read(
        f"select phone, {which}(first_inbound_ts) as at from issues"  # noqa: S608 - one of two words of ours
        " where status = ? and phone is not null group by phone",
        status,
    )
    return {row["phone"]: row["at"] for row in found}


def count(db: Database, table: str) -> int:
    """How many rows a table of ours has."""
    row = db.one(f"select count(*) from {table}")  # noqa: S608 - the name is ours
    return int(row[0]) if row else 0
