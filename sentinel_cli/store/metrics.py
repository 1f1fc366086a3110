"""What is counted for whoever watches from outside: issues, deliveries, runs, letters; refuses to know any format."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sentinel_cli.domain.instants import instant_text, maybe_instant, parse_instant

from .database import Database
from .distinct import distinct

__all__ = ["Counted", "LastRun", "counted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRun:
    """A job: when it last started, when it last ended with 0, and the code it last ended with."""

    job: str
    started_at: datetime
    succeeded_at: datetime | None
    exit_code: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """All of one moment. Issues are counted by (status, type); `late`, `escalated`, `snoozed` by type, of open ones.

    `oldest_at` is when the customer who waits longest first wrote or called.
    """

    issues: Sequence[tuple[str, str, int]]
    late: Sequence[tuple[str, int]]
    escalated: Sequence[tuple[str, int]]
    snoozed: Sequence[tuple[str, int]]
    oldest_at: datetime | None
    deliveries: Sequence[tuple[str, int]]
    newest_delivery_at: datetime | None
    letters: Sequence[tuple[str, str, int]]
    runs: Sequence[LastRun]


def counted(db: Database, now: datetime, escalated_before: datetime) -> Counted:
    """What there is now; an open issue that began before `escalated_before` is escalated."""
    at = instant_text(now)
    return Counted(
        issues=_rows(
            db,
            """
            select status, issue_type, count(*) from issues where resolved_by is not 'withdrawn'
            group by status, issue_type order by 1, 2
            """,
        ),
        late=_rows(
            db,
            """
            select issue_type, count(*) from issues
            where status = 'OPEN' and due_ts < ?1 and coalesce(snoozed_until_ts, '') <= ?1
            group by issue_type order by 1
            """,
            at,
        ),
        escalated=_rows(
            db,
            """
            select issue_type, count(*) from issues
            where status = 'OPEN' and first_inbound_ts < ? and coalesce(snoozed_until_ts, '') <= ?
            group by issue_type order by 1
            """,
            instant_text(escalated_before),
            at,
        ),
        snoozed=_rows(
            db,
            """
            select issue_type, count(*) from issues where status = 'OPEN' and snoozed_until_ts > ?
            group by issue_type order by 1
            """,
            at,
        ),
        oldest_at=_instant(
            db,
            """
            select min(first_inbound_ts) from issues where status = 'OPEN' and coalesce(snoozed_until_ts, '') <= ?
            """,
            at,
        ),
        deliveries=_rows(
            db,
            """
            select substr(outcome, 1, instr(outcome || ':', ':') - 1) as word, sum(deliveries)
            from (select outcome, count(*) as deliveries from raw_events group by outcome) group by word order by word
            """,
        ),
        newest_delivery_at=_instant(db, "select received_ts from raw_events order by id desc limit 1"),
        letters=_rows(db, "select kind, state, count(*) from outbox group by kind, state order by 1, 2"),
        runs=_last_runs(db),
    )


def _last_runs(db: Database) -> Sequence[LastRun]:
    rows = db.read(
        """
        select r.job, r.started_ts,
               (select ended_ts from job_runs where job = r.job and exit_code = 0
                order by id desc limit 1) as succeeded_ts,
               (select exit_code from job_runs where job = r.job and ended_ts is not null
                order by id desc limit 1) as exit_code
        from json_each(?) as each join job_runs r on r.id = (select max(id) from job_runs where job = each.value)
        order by r.job
        """,
        json.dumps(distinct(db, "job_runs", "job")),
    )
    return [
        LastRun(
            job=row["job"],
            started_at=parse_instant(row["started_ts"]),
            succeeded_at=maybe_instant(row["succeeded_ts"]),
            exit_code=row["exit_code"],
        )
        for row in rows
    ]


def _rows(db: Database, sql: str, *parameters: object) -> Sequence[tuple[Any, ...]]:
    return [tuple(row) for row in db.read(sql, *parameters)]


def _instant(db: Database, sql: str, *parameters: object) -> datetime | None:
    row = db.one(sql, *parameters)
    return parse_instant(row[0]) if row and row[0] else None
