"""What is known around an issue beside messages: deliveries, looks at GHL, letters; refuses to judge any of it."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sentinel_cli.domain.explanation import lines_naming
from sentinel_cli.domain.instants import instant_text, maybe_instant, parse_instant

from .contacts import contact, followed
from .database import Database, Row

__all__ = [
    "CheckRun",
    "NamedIn",
    "Sighting",
    "SpamMark",
    "ToldBy",
    "check_runs",
    "deliveries_about",
    "holder",
    "late_messages",
    "letters_naming",
    "recorded_at",
    "sightings",
    "spam_marks",
    "survivor",
    "words_of",
]

_CHECKING = ("poll-resolver", "send-summary", "send-alerts")
"""The jobs that ask GHL what happened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """How one message is known: by which delivery first, since when GHL shows it, when it was looked for in vain."""

    delivery_id: int | None
    api_seen_at: datetime | None
    looked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldBy:
    """A delivery of the contact; without `message_key` it told of no message."""

    id: int
    received_at: datetime
    source: str
    outcome: str
    message_key: str | None
    pruned: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRun:
    """A run of a job that asks GHL; complete where it ended with 0."""

    id: int
    job: str
    started_at: datetime
    exit_code: int | None
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedIn:
    """A letter and those of its lines that name the issue; `to` is its reader's name where it is known, else the id."""

    id: int
    kind: str
    slot: str | None
    to: str
    state: str
    at: datetime
    lines: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpamMark:
    """Since when a number opens nothing, and why."""

    since: datetime
    until: datetime | None
    reason: str | None


def holder(db: Database, contact_id: int) -> int:
    """The contact that has its messages now."""
    return followed(db, contact(db, contact_id)).id


def survivor(db: Database, issue_id: int) -> int:
    """The issue that has its messages now: itself, or where it was merged into."""
    row = db.one("select merged_into from issues where id = ?", issue_id)
    return survivor(db, row["merged_into"]) if row and row["merged_into"] else issue_id


def recorded_at(db: Database, issue_id: int) -> datetime | None:
    """When it was recorded that the issue is over."""
    row = db.one("select recorded_ts from issues where id = ?", issue_id)
    return maybe_instant(row["recorded_ts"]) if row else None


def sightings(db: Database, keys: Iterable[str]) -> dict[str, Sighting]:
    """How each of those messages is known."""
    rows = db.read(
        "select key, delivery_id, api_seen_ts, looked_ts from messages where key in (select value from json_each(?))",
        json.dumps(sorted(keys)),
    )
    return {
        row["key"]: Sighting(
            delivery_id=row["delivery_id"],
            api_seen_at=maybe_instant(row["api_seen_ts"]),
            looked_at=maybe_instant(row["looked_ts"]),
        )
        for row in rows
    }


def deliveries_about(
    db: Database, contact_id: str | None, ids: Iterable[int], since: datetime, until: datetime
) -> Sequence[ToldBy]:
    """The deliveries of those ids, and all that named the GHL contact in that span, in the order they came."""
    rows = db.read(
        """
        select id, received_ts, source, outcome, message_key, pruned_ts from raw_events
        where id in (select value from json_each(?1)) or contact_id = ?2 and received_ts between ?3 and ?4
        order by id
        """,
        json.dumps(sorted(ids)),
        contact_id,
        instant_text(since),
        instant_text(until),
    )
    return [
        ToldBy(
            id=row["id"],
            received_at=parse_instant(row["received_ts"]),
            source=row["source"],
            outcome=row["outcome"],
            message_key=row["message_key"],
            pruned=row["pruned_ts"] is not None,
        )
        for row in rows
    ]


# By what a run has noted: a summary that was sent already, a holiday, an hour at which nothing is told or that is a
# summary's, settings that kept it from all. Alerts of nobody ask only where somebody seemed late, which no row says:
# such a run is one that asked where it changed the issue.
_ASKED = """
exit_code is not 78
and json_extract(counts, '$.already_sent') is null and json_extract(counts, '$.closed') is null
and json_extract(counts, '$.quiet') is null and json_extract(counts, '$.waits_for') is null
and (json_extract(counts, '$.breached') is not 0 or json_extract(counts, '$.checked') is not null
     or id in (select cast(substr(cause, 5) as integer) from issue_log where issue_id = :issue and cause like 'run:%'))
"""


def check_runs(db: Database, issue_id: int, since: datetime, until: datetime) -> Sequence[CheckRun]:
    """The runs that asked GHL and began in that span, in order."""
    rows = db.read(
        f"""
        select id, job, started_ts, exit_code, error from job_runs
        where job in (select value from json_each(:jobs)) and started_ts between :since and :until and {_ASKED}
        order by id
        """,  # noqa: S608 - the clause is ours
        jobs=json.dumps(_CHECKING),
        since=instant_text(since),
        until=instant_text(until),
        issue=issue_id,
    )
    return [
        CheckRun(
            id=row["id"],
            job=row["job"],
            started_at=parse_instant(row["started_ts"]),
            exit_code=row["exit_code"],
            error=row["error"],
        )
        for row in rows
    ]


def late_messages(db: Database, contact_id: int) -> int:
    """How many messages of the contact came when their time was settled: they are in no derivation."""
    row = db.one("select count(*) from messages where contact = ? and late = 1", contact_id)
    return int(row[0]) if row else 0


def letters_naming(db: Database, issue_id: int) -> Sequence[NamedIn]:
    """The letters that name the issue, oldest first; in what state they are."""
    rows = db.read(
        """
        select o.*, (select name from contacts c where c.key = 'id:' || o.contact_id) as name from outbox o
        where o.body like ? order by o.id
        """,
        f"%#{issue_id}%",
    )
    found = [(row, lines_naming(row["body"], issue_id)) for row in rows]
    return [_letter(row, lines) for row, lines in found if lines]


def _letter(row: Row, lines: Sequence[str]) -> NamedIn:
    return NamedIn(
        id=row["id"],
        kind=row["kind"],
        slot=row["slot"],
        to=row["name"] or row["contact_id"],
        state=row["state"],
        at=parse_instant(row["sent_ts"] or row["created_ts"]),
        lines=lines,
    )


def words_of(db: Database, keys: Iterable[str]) -> dict[str, str]:
    """What was written with each of those actions, by the action's key."""
    ids = {int(key.removeprefix("action:")): key for key in keys if key.startswith("action:")}
    rows = db.read(
        "select id, note from actions where note is not null and id in (select value from json_each(?))",
        json.dumps(sorted(ids)),
    )
    return {ids[row["id"]]: row["note"] for row in rows}


def spam_marks(db: Database, numbers: Sequence[str]) -> Sequence[SpamMark]:
    """When those numbers were spam, oldest first; `numbers` as in `numbers_of`."""
    rows = db.read(
        "select * from spam_phones where phone in (select value from json_each(?)) order by since_ts, id",
        json.dumps(list(numbers)),
    )
    return [
        SpamMark(since=parse_instant(r["since_ts"]), until=maybe_instant(r["until_ts"]), reason=r["reason"])
        for r in rows
    ]
