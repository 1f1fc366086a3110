"""Databases as the older service may have left them: nobody has the real file, so there are several kinds of it."""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

LISTED = (
    "issue_type", "owner_id", "contact_id", "phone", "created_ts", "due_ts", "status", "resolved_ts", "meta",
    "first_inbound_ts", "last_inbound_ts", "inbound_count", "outbound_count", "conversation_id", "contact_name",
    "breach_notified_ts",
)  # fmt: skip

SQLALCHEMY = """
create table raw_events (
  id INTEGER NOT NULL, received_ts VARCHAR NOT NULL, source VARCHAR(64), payload TEXT NOT NULL, PRIMARY KEY (id));
create index ix_raw_events_received_ts on raw_events (received_ts);
create table issues (
  id INTEGER NOT NULL, issue_type VARCHAR(16) NOT NULL, owner_id VARCHAR, contact_id VARCHAR, phone VARCHAR,
  created_ts VARCHAR NOT NULL, due_ts VARCHAR NOT NULL, status VARCHAR(16) NOT NULL, resolved_ts VARCHAR, meta JSON,
  first_inbound_ts VARCHAR, last_inbound_ts VARCHAR, inbound_count INTEGER DEFAULT 0, outbound_count INTEGER DEFAULT 0,
  conversation_id VARCHAR, contact_name VARCHAR, breach_notified_ts VARCHAR, PRIMARY KEY (id));
create index issues_by_status on issues (status, due_ts);
create table spam_phones (phone VARCHAR NOT NULL, reason VARCHAR, created_ts VARCHAR, PRIMARY KEY (phone));
create table kv_store (key VARCHAR NOT NULL, value VARCHAR, updated_ts VARCHAR, PRIMARY KEY (key));
create table conversation_state (conversation_id VARCHAR NOT NULL, state JSON, PRIMARY KEY (conversation_id));
create table conversation_ai_gate (
  conversation_id VARCHAR NOT NULL, issue_id INTEGER, verdict VARCHAR, PRIMARY KEY (conversation_id),
  FOREIGN KEY(issue_id) REFERENCES issues (id))
"""

BY_HAND = """
create table raw_events (id integer primary key autoincrement, received_ts text, source text, payload text,
  headers text);
create table issues (
  id integer primary key autoincrement, issue_type text, status text default 'PENDING', contact_id text, phone text,
  owner_id text, created_ts text, due_ts text, resolved_ts text, meta text, first_inbound_ts text,
  last_inbound_ts text, inbound_count integer, outbound_count integer, conversation_id text, contact_name text,
  breach_notified_ts text, priority integer, recorded_ts text);
create unique index one_open_issue on issues (contact_id, issue_type, status, phone, id);
create view open_issues as select id, phone, priority from issues where status in ('PENDING', 'OPEN');
create table audit (what text);
create trigger issues_audit after update on issues begin insert into audit values ('issue ' || new.id); end;
create trigger audit_reads after insert on audit begin select count(*) from issues; end;
create table spam_phones (id integer primary key, phone text unique, added_at text);
create table kv_store (key text primary key, value text) without rowid;
create table conversation_state (id text primary key, data text);
create table conversation_ai_gate (id text primary key, data text);
create table contacts (id integer primary key, nick text);
create index contacts_by_phone on contacts (nick)
"""

# What a careless hand leaves: no types, no keys, few columns, names in capitals.
BARE = """
create table Raw_Events (received_at, route, body);
create table Issues (ID, Issue_Type, Status, Phone, Created_TS);
create table spam_phones (number);
create table kv_store (k, v)
"""

DDL = {"sqlalchemy": SQLALCHEMY, "by hand": BY_HAND, "bare": BARE}


def older(path: Path, ddl: str = SQLALCHEMY, *, wal: bool = False, **tables: Iterable[Mapping[str, Any]]) -> Path:
    """A database of the older service with those rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute(f"pragma journal_mode={'wal' if wal else 'delete'}")
        db.executescript(ddl)
        db.execute("begin")
        for table, rows in tables.items():
            for row in rows:
                names, marks = ", ".join(row), ", ".join("?" * len(row))
                db.execute(f"insert into {table} ({names}) values ({marks})", tuple(row.values()))  # noqa: S608
        db.execute("commit")
    return path


def issue(id_: int, **fields: Any) -> dict[str, Any]:
    """An issue of the older service: Pat's open text of Monday 8:05 in Chicago, unless said otherwise."""
    first = fields.get("first_inbound_ts", "2026-11-23T08:05:00-06:00")
    told = {
        "issue_type": "SMS", "status": "OPEN", "contact_id": "CTCpat00000000000001", "phone": "+19405550141",
        "created_ts": first, "due_ts": "2026-11-23T10:05:00-06:00", "first_inbound_ts": first, "last_inbound_ts": first,
        "inbound_count": 1, "outbound_count": 0, "conversation_id": "CNVpat", "contact_name": "Pat Ellison",
    }  # fmt: skip
    return {"id": id_, **told, **fields}


def event(id_: int, received: str = "2026-11-23 14:05:01.123456", **body: Any) -> dict[str, Any]:
    """A delivery as the older service kept it."""
    return {"id": id_, "received_ts": received, "source": "inbound_sms", "payload": json.dumps(body)}


def rows(path: Path, sql: str) -> list[tuple[Any, ...]]:
    """What a query finds in the file."""
    with closing(sqlite3.connect(path)) as db:
        return db.execute(sql).fetchall()


def everything(path: Path) -> list[str]:
    """All that is in the file, tables, indexes and rows."""
    with closing(sqlite3.connect(path)) as db:
        return list(db.iterdump())
