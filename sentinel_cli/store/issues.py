"""Issues as operators and letters see them; who waits, since when, and what is known of it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sentinel_cli.domain.instants import instant_text, parse_instant
from sentinel_cli.domain.model import Issue
from sentinel_cli.domain.notes import Note, adopted_notes
from sentinel_cli.errors import NoSuchIssue

from .database import Database, Row
from .issue_rows import issue_of

__all__ = [
    "LogLine",
    "TimelineLine",
    "last_words",
    "log_of",
    "notes_of",
    "one",
    "open_beside",
    "open_issues",
    "resolved_since",
    "timeline_of",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One transition of an issue with its cause."""

    at: datetime
    event: str
    cause: str
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineLine:
    """One message as a person reads it."""

    key: str
    at: datetime
    channel: str
    direction: str
    author: str
    user_id: str | None
    outcome: str | None
    duration: int | None
    text: str | None
    provisional: bool
    delivered: bool
    api_seen: bool
    issue_id: int | None


def one(db: Database, issue_id: int) -> Issue:
    """The issue of that id. Raises NoSuchIssue."""
    row = db.one("select * from issues where id = ?", issue_id)
    if row is None:
        raise NoSuchIssue(f"no issue #{issue_id}", advice="sentinel issues list --status all shows those there are")
    return issue_of(row)


def open_beside(db: Database, issue: Issue) -> Issue | None:
    """Another issue of the same contact and type that is open; there is at most one."""
    row = db.one(
        "select * from issues where contact = ? and issue_type = ? and status = 'OPEN' and id <> ?",
        issue.contact,
        issue.channel.value,
        issue.id,
    )
    return issue_of(row) if row else None


def open_issues(db: Database) -> Sequence[Issue]:
    """Every open issue, by due."""
    return [issue_of(row) for row in db.read("select * from issues where status = 'OPEN' order by due_ts, id")]


def resolved_since(db: Database, since: datetime | None, until: datetime) -> Sequence[Issue]:
    """Issues whose answer was recorded in (since, until], withdrawn ones left out."""
    rows = db.read(
        """
        select * from issues
        where recorded_ts > ? and recorded_ts <= ? and +status = 'RESOLVED' and resolved_by <> 'withdrawn'
        order by recorded_ts, id
        """,
        instant_text(since) if since else "",
        instant_text(until),
    )
    return [issue_of(row) for row in rows]


def log_of(db: Database, issue_id: int) -> Sequence[LogLine]:
    """The issue's transitions, oldest first."""
    rows = db.read("select * from issue_log where issue_id = ? order by id", issue_id)
    return [
        LogLine(at=parse_instant(r["at_ts"]), event=r["event"], cause=r["cause"], evidence=r["evidence"]) for r in rows
    ]


def notes_of(db: Database, issue_id: int) -> Sequence[Note]:
    """What people wrote on the issue, oldest first: with the older service, then with Sentinel."""
    row = db.one("select meta from issues where id = ?", issue_id)
    actions = db.read(
        "select note, at_ts, actor from actions where issue_id = ? and note is not null order by id", issue_id
    )
    written = [Note(text=action["note"], at=action["at_ts"], by=action["actor"]) for action in actions]
    return [*adopted_notes(row["meta"] if row else None), *written]


def timeline_of(db: Database, issue: Issue, limit: int) -> Sequence[TimelineLine]:
    """The newest messages of the issue's contact, oldest first, without those another row stands for."""
    rows = db.read(
        """
        select * from (select * from messages where contact = ? and same_as is null
                       order by at_ts desc, key desc limit ?)
        order by at_ts, key
        """,
        issue.contact,
        limit,
    )
    return [_line(row) for row in rows]


def last_words(db: Database, ids: Sequence[int]) -> Mapping[int, str]:
    """The newest text of each issue's customer; issues that hold none are left out."""
    rows = db.read(
        """
        select issue_id, text, max(at_ts) from messages
        where issue_id in (select value from json_each(?)) and same_as is null and text <> '' group by issue_id
        """,
        json.dumps(ids),
    )
    return {row["issue_id"]: row["text"] for row in rows}


def _line(row: Row) -> TimelineLine:
    return TimelineLine(
        key=row["key"],
        at=parse_instant(row["at_ts"]),
        channel=row["channel"],
        direction=row["direction"],
        author=row["author"],
        user_id=row["user_id"],
        outcome=row["outcome"],
        duration=row["duration"],
        text=row["text"],
        provisional=bool(row["provisional"]),
        delivered=row["delivery_id"] is not None,
        api_seen=row["api_seen_ts"] is not None,
        issue_id=row["issue_id"],
    )
