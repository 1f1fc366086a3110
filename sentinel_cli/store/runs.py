"""Executions of jobs, a row each: when, how it ended, what it did."""

import json
from collections.abc import Mapping
from datetime import datetime

from sentinel_cli.domain.instants import instant_text, parse_instant

from .database import Database

__all__ = ["begin", "finish", "newest_start"]


def begin(db: Database, job: str, at: datetime) -> int:
    """The id of the run that starts now."""
    return db.insert("insert into job_runs (job, started_ts) values (?, ?)", job, instant_text(at))


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
