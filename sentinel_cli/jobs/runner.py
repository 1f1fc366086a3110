"""One execution of a job: its lock, its row in `job_runs`, its two log lines; refuses to know what the job does."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Protocol, TypeVar

from sentinel_cli import log
from sentinel_cli.clock import Clock, Sleep
from sentinel_cli.errors import SentinelError, StoreProblem
from sentinel_cli.store import runs
from sentinel_cli.store.database import Database

from .locks import lock_path, locked

__all__ = ["CronLines", "Report", "Run", "execute"]

Count = int | float | str
# What a shell says of a command that Ctrl-C has ended.
INTERRUPTED = 130


class Report(Protocol):
    """What a job has done: counts for its log line, and what is left to do, if anything."""

    @property
    def counts(self) -> Mapping[str, Count]:
        """For the log line, in order."""

    @property
    def problem(self) -> SentinelError | None:
        """Why the run does not end with 0, although it ended."""


R = TypeVar("R", bound=Report)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One execution: its number (0 for a dry run) and the one instant at which its clock was read."""

    id: int
    now: datetime

    @property
    def cause(self) -> str:
        """How the issues' log names it."""
        return f"run:{self.id}"


def execute(
    job: str, db: Database, work: Callable[[Run], R], *, clock: Clock, sleep: Sleep, slot: str | None = None
) -> R | None:
    """The report of `work`, or None when another run of this job holds the lock. Its row is written however it ends.

    The row names the slot from the start: whether each slot had a run is asked of it, of one that was killed too.
    """
    known: Mapping[str, Count] = {"slot": slot} if slot else {}
    with locked(lock_path(db.path, job), wait_seconds=0, sleep=sleep) as held:
        if not held:
            return None
        now = clock()
        run = Run(id=runs.begin(db, job, now, known), now=now)
        try:
            with log.running(run.id):
                report = work(run)
        except BaseException as error:
            # What ended the run is told, and not that its row could not say so.
            with suppress(StoreProblem):
                _record(db, run, clock(), error, known)
            raise
        try:
            _record(db, run, clock(), report.problem, {**known, **report.counts})
        except StoreProblem:
            # A run that left something undone says that; it ends with an error either way.
            if report.problem is None:
                raise
        return report


def _record(db: Database, run: Run, at: datetime, ended_by: BaseException | None, counts: Mapping[str, Count]) -> None:
    exit_code, error = _ending(ended_by)
    runs.finish(db, run.id, at, exit_code, counts, error)
    db.checkpoint()


def _ending(ended_by: BaseException | None) -> tuple[int, str | None]:
    match ended_by:
        case None:
            return 0, None
        case SentinelError():
            return ended_by.exit_code, ended_by.message
        case KeyboardInterrupt():
            return INTERRUPTED, "interrupted"
    return 1, "a bug: see the traceback in the log"


@dataclass(slots=True)
class CronLines:
    """The two lines of `logs/cron.log` for a run; their form is older than Sentinel, and people grep it.

    2026-11-23 08:00:00 CST cron: morning -> sentinel send-summary --slot morning
    2026-11-23 08:00:02 CST cron: morning <- exit=0 sent=2 overdue=3 open=7 resolved_since=4

    A run that is `seldom` worth them says both at its end, and neither where it ended well with nothing to say. As
    `as_json` each is an object, `job.started` and `job.ended`, and the second holds the error's advice too.
    """

    label: str
    command: str
    zone: tzinfo
    clock: Clock
    say: Callable[[str], None]
    seldom: bool = False
    as_json: bool = False
    counts: dict[str, Count] = field(default_factory=dict)
    exit_code: int = 0

    @contextmanager
    def around(self) -> Iterator["CronLines"]:
        """Say the first line now, and the second with the exit code however the work ends."""
        first = self._first()
        if not self.seldom:
            self._say(first)
        try:
            yield self
        except SentinelError as problem:
            self.exit_code = problem.exit_code
            self.counts["error"] = problem.message.replace("\n", "; ")
            if self.as_json:
                self.counts["advice"] = problem.advice
                problem.is_told = True
            raise
        except KeyboardInterrupt:
            self.exit_code = INTERRUPTED
            raise
        except BaseException:
            self.exit_code = 1
            raise
        finally:
            last = self._last({"exit": self.exit_code, **self.counts})
            if not self.seldom:
                self._say(last)
            elif self.exit_code or self.counts:
                self._say(first)
                self._say(last)

    def _first(self) -> str:
        if self.as_json:
            return self._object("job.started", {"command": self.command})
        return self._dated("->", self.command)

    def _last(self, fields: Mapping[str, Count]) -> str:
        if self.as_json:
            return self._object("job.ended", fields)
        return self._dated("<-", " ".join(f"{name}={_shown(value)}" for name, value in fields.items()))

    def _object(self, event: str, fields: Mapping[str, Count]) -> str:
        level = "ERROR" if fields.get("exit") else "INFO"
        return log.json_line({"at": self.clock(), "level": level, "event": event, "job": self.label, **fields})

    def _dated(self, arrow: str, rest: str) -> str:
        return f"{self.clock().astimezone(self.zone):%Y-%m-%d %H:%M:%S %Z} cron: {self.label} {arrow} {rest}"

    def _say(self, line: str) -> None:
        # A log that cannot be written (its disk is full) keeps no job from its work.
        with suppress(OSError):
            self.say(line)


def _shown(value: Count) -> str:
    text = str(value)
    return json.dumps(text, ensure_ascii=False) if " " in text or '"' in text else text
