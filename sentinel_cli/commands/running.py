"""A job as it is run from the command line: cron's two log lines, a dry run on a copy, its report, its exit code."""

import logging
from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from datetime import tzinfo
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from sentinel_cli import log
from sentinel_cli.clock import Clock, pause, system_clock
from sentinel_cli.errors import Misconfigured
from sentinel_cli.jobs.runner import CronLines, Report, Run, execute
from sentinel_cli.opening import clock_of, open_store
from sentinel_cli.settings import exposed, logs_json, zone_of
from sentinel_cli.store.database import Database

from .heartbeat import Heartbeat
from .progress import working
from .session import Session

if TYPE_CHECKING:
    from sentinel_cli.settings import Settings

__all__ = ["Job", "Phone", "Shown", "Start", "run", "settings_of"]

R = TypeVar("R", bound=Report)


class Phone(NamedTuple):
    """A text on somebody's phone: to whom, what, and its size in words."""

    to: str
    text: str
    foot: str


def _no_phones(_report: object) -> Sequence[Phone]:
    return ()


_SKIPPED = "another run is at work"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown(Generic[R]):
    """How a report is shown: lines for a person, fields for a program; texts to phones stand above the lines."""

    lines: Callable[[R], list[str]]
    fields: Callable[[R], dict[str, object]]
    phones: Callable[[R], Sequence[Phone]] = _no_phones


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """How a job was started: its label in the cron log, what was typed, and whether stdout is for JSON alone.

    One that is `seldom` worth its two log lines has none where it had nothing to do.
    """

    label: str
    typed: str
    as_json: bool
    seldom: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Job(Generic[R]):
    """What is run: its name, its start, the work itself, and how its report is shown.

    `needs` names the settings without which it does not begin; `slot` is that of a summary.
    """

    name: str
    start: Start
    work: Callable[[Database, Run], R]
    shown: Shown[R]
    needs: tuple[str, ...] = ()
    slot: str | None = None


def settings_of(session: Session, start: Start) -> "Settings":
    """The settings in force. Raises Misconfigured; off a terminal after the two log lines, which date the failure."""
    try:
        return session.settings()
    except Misconfigured:
        if not session.screen.terminal:
            place = session.environ, session.cwd, session.checkout
            cron = _cron_lines(session, start, zone_of(*place), system_clock)
            cron.as_json = logs_json(*place)
            with suppress(Misconfigured), cron.around():
                raise
        raise


def run(session: Session, settings: "Settings", job: Job[R], *, dry_run: bool) -> None:
    """Run the job once and show its report. Raises what it failed with, or left undone, after the report is shown.

    Off a terminal its two log lines go to stdout, beside JSON to stderr, and of events only warnings are logged, so
    that `logs/cron.log` stays two lines a run.
    """
    logs_json = settings.log_format == "json" and not session.screen.terminal
    log.configure(session.screen.err, logging.WARNING, as_json=logs_json)
    cron, as_json = _cron_lines(session, job.start, settings.timezone, clock_of(settings)), job.start.as_json
    cron.as_json = logs_json
    heartbeat = Heartbeat(job.name, "" if dry_run else settings.healthcheck_url(job.name))
    with nullcontext() if session.screen.terminal else cron.around(), heartbeat.around():
        settings.require(*job.needs)
        with working(session.screen, f"{job.name} is at work"):
            report = _report(settings, job, heartbeat, dry_run=dry_run)
        if report is None:
            heartbeat.leaves()
            cron.counts["skipped"] = _SKIPPED
            if as_json:
                session.screen.json({"skipped": _SKIPPED})
            elif session.screen.terminal:
                session.screen.note(f"{_SKIPPED}: this one leaves it to that")
            return
        cron.counts.update(report.counts)
        if (report.counts or not job.start.seldom) and (how := exposed(settings.home)):
            cron.counts["env"] = how.removeprefix("is ").partition(" (")[0].replace(" ", "-")
        _show(session, job, report, dry_run=dry_run, as_json=as_json)
        if report.problem is not None:
            raise report.problem


def _cron_lines(session: Session, start: Start, zone: tzinfo, clock: Clock) -> CronLines:
    return CronLines(
        label=start.label,
        command=f"sentinel {start.typed}",
        zone=zone,
        clock=clock,
        say=session.screen.note if start.as_json else session.screen.line,
        seldom=start.seldom,
    )


def _report(settings: "Settings", job: Job[R], heartbeat: Heartbeat, *, dry_run: bool) -> R | None:
    """A dry run is the same work on a copy of the database in memory: nothing of it stays."""
    clock = clock_of(settings)
    with open_store(settings) as db:
        if not dry_run:

            def work(run: Run) -> R:
                heartbeat.begins()
                return job.work(db, run)

            return execute(job.name, db, work, clock=clock, sleep=pause, slot=job.slot)
        with db.copy() as copy:
            return job.work(copy, Run(id=0, now=clock()))


def _show(session: Session, job: Job[R], report: R, *, dry_run: bool, as_json: bool) -> None:
    screen = session.screen
    if as_json:
        screen.json({**job.shown.fields(report), "dry_run": dry_run})
    elif screen.terminal or dry_run:
        for phone in job.shown.phones(report):
            screen.phone(*phone)
        for line in job.shown.lines(report):
            screen.line(line)
