"""Executions of jobs, a row each: when, how it ended, what it did."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sentinel_cli.domain.instants import instant_text, maybe_instant, parse_instant

from .database import Database, Row
from .distinct import distinct

__all__ = ["Execution", "begin", "finish", "last_runs", "list_runs", "newest_start", "one_run"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """One run of a job. Without `ended_at` it is at work, or died; `counts` are those of its log line, and its slot."""

    id: int
    job: str
    started_at: datetime
    ended_at: datetime | None
    exit_code: int | None
    counts: Mapping[str, Any]
    error: str | None


def begin(db: Database, job: str, at: datetime, counts: Mapping[str, object] | None = None) -> int:
    """The id of the run that starts now, with what is known of it before its end."""
    return db.insert(
        "insert into job_runs (job, started_ts, counts) values (?, ?, ?)",
        job,
        instant_text(at),
        json.dumps(dict(counts or {})),
    )


def finish(
    db: Database, run_id: int, at: datetime, exit_code: int, counts: Mapping[str, object], error: str | None
) -> None:
    """How the run ended."""
    db.write(
        "update job_runs set ended_ts = ?, exit_code = ?, counts = ?, error = ? where id = ?",
        instant_text(at),
        exit_code,
        json.dumps(counts),
        error,
        run_id,
    )


def newest_start(db: Database, job: str) -> datetime | None:
    """When the job last started, however it ended."""
    row = db.one("select started_ts from job_runs where job = ? order by id desc limit 1", job)
    return parse_instant(row[0]) if row else None


_WANTED = """
from job_runs where (:job is null or job = :job) and (:since is null or started_ts >= :since)
and (not :failed or exit_code is not 0)
"""


def list_runs(
    db: Database, *, job: str | None, since: datetime | None, failed: bool, limit: int
) -> tuple[Sequence[Execution], int]:
    """The newest runs first, and how many there are; `failed` ones ended with another code than 0, or not at all."""
    wanted = {"job": job, "since": since and instant_text(since), "failed": failed}
    rows = db.read(f"select * {_WANTED} order by id desc limit :limit", **wanted, limit=limit)
    total = db.read(f"select count(*) {_WANTED}", **wanted)[0][0]
    return [_execution(row) for row in rows], int(total)


def last_runs(db: Database) -> Sequence[Execution]:
    """The newest run of every job that ever ran."""
    rows = db.read(
        """
        select r.* from json_each(?) as each
        join job_runs r on r.id = (select max(id) from job_runs where job = each.value) order by r.job
        """,
        json.dumps(distinct(db, "job_runs", "job")),
    )
    return [_execution(row) for row in rows]


def one_run(db: Database, run_id: int) -> Execution | None:
    """The run of that number."""
    row = db.one("select * from job_runs where id = ?", run_id)
    return _execution(row) if row else None


def _execution(row: Row) -> Execution:
    return Execution(
        id=row["id"],
        job=row["job"],
        started_at=parse_instant(row["started_ts"]),
        ended_at=maybe_instant(row["ended_ts"]),
        exit_code=row["exit_code"],
        counts=json.loads(row["counts"] or "{}"),
        error=row["error"],
    )
