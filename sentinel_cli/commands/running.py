"""A job as it is run from the command line: cron's two log lines, a dry run on a copy, its report, its exit code."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from sentinel_cli import log
from sentinel_cli.clock import pause
from sentinel_cli.jobs.runner import CronLines, Report, Run, execute
from sentinel_cli.store.database import Database
from sentinel_cli.wiring import clock_of, open_store

from .session import Session

if TYPE_CHECKING:
    from sentinel_cli.settings import Settings

__all__ = ["Job", "Shown", "run"]

R = TypeVar("R", bound=Report)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown(Generic[R]):
    """How a report is shown: lines for a person, fields for a program."""

    lines: Callable[[R], list[str]]
    fields: Callable[[R], dict[str, object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job(Generic[R]):
    """What is run: its name, its label in the cron log, how it was typed, and the work itself."""

    name: str
    label: str
    typed: str
    work: Callable[[Database, Run], R]
    shown: Shown[R]


def run(session: Session, settings: "Settings", job: Job[R], *, dry_run: bool, as_json: bool) -> None:
    """Run the job once and show its report. Raises what it failed with, or left undone, after the report is shown.

    A dry run works on a copy of the database in memory: the same code, and nothing is written.
    """
    log.configure(session.screen.err)
    lines = CronLines(
        label=job.label,
        command=f"sentinel {job.typed}",
        zone=settings.timezone,
        clock=clock_of(settings),
        say=session.screen.note if as_json else session.screen.line,
    )
    with nullcontext() if session.screen.terminal else lines.around():
        report = _report(settings, job, dry_run=dry_run)
        if report is None:
            lines.counts["skipped"] = "another run is at work"
            session.screen.note(f"another run of {job.name} is at work; it does what this one would")
            return
        lines.counts.update(report.counts)
        if as_json:
            session.screen.json({**job.shown.fields(report), "dry_run": dry_run})
        elif session.screen.terminal or dry_run:
            for line in job.shown.lines(report):
                session.screen.line(line)
        if report.problem is not None:
            raise report.problem


def _report(settings: "Settings", job: Job[R], *, dry_run: bool) -> R | None:
    clock = clock_of(settings)
    with open_store(settings) as db:
        if not dry_run:
            return execute(job.name, db, lambda run: job.work(db, run), clock=clock, sleep=pause)
        with db.copy() as copy:
            return job.work(copy, Run(id=0, now=clock()))
