"""The one thread that writes, with a connection of its own; refuses to know who asks.

A delivery that comes alone is read at once. What comes in a crowd is stored first, many to a commit, and read when the
crowd is over: an issue is a function of what is stored, so it is the same one a moment later.
"""

import asyncio
import json
import logging
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TypeVar

from sentinel_cli import __version__
from sentinel_cli.clock import pause
from sentinel_cli.domain.ledger import Rules
from sentinel_cli.domain.model import User
from sentinel_cli.domain.payloads import ReadingPolicy
from sentinel_cli.domain.redaction import secrets_mark
from sentinel_cli.errors import StoreProblem
from sentinel_cli.intake import RECEIVER_POLICY, Incoming, Recorded, is_waiting, keep, mark_of, read_next, record
from sentinel_cli.log import event
from sentinel_cli.store import kv
from sentinel_cli.store.database import Database
from sentinel_cli.store.users import all_users

__all__ = ["CHECKED_KEY", "RECEIVER_KEY", "Intake", "Task", "Writer", "tell"]

T = TypeVar("T")

CHECKED_KEY = "receiver_checked_ts"
"""When the receiver last proved, without a delivery, that it can write."""

RECEIVER_KEY = "receiver"
"""Which process writes here and into which file it believes to write: for `doctor`, which compares."""

# So many deliveries are read before they are answered, and so many more each second: a pool company has a few a minute.
# More than a few at the same instant are a crowd, for the last of them would wait for all.
_TOGETHER = 4
_AT_ONCE = 50
_A_SECOND = 10
# Those who were just answered together come again at once: without this wait every other commit holds one delivery.
_COMPANY_SECONDS = 0.0001
# A crowd is over when nothing has come for so long.
_QUIET_SECONDS = 0.02
# Of a crowd without an end, what was left for so long gets its share.
_LONGEST_SECONDS = 10.0
# 1 MB. A longer log costs the disk more for each commit, and holds up all who wait when it is moved into the file.
_LOG_PAGES = 250
_AFTER_A_FAILURE_SECONDS = 1.0
# What is left then the next start reads, or the next poll-resolver.
_LAST_READING_SECONDS = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """What recording needs: how to open the store, the rules where these users work, and how bodies are read.

    `secrets` are those that admit a delivery: a mark of them is stored, by which `doctor` sees that they are old.
    """

    open_store: Callable[[], Database]
    rules_of: Callable[[Sequence[User]], Rules]
    reading: ReadingPolicy
    secrets: Sequence[str] = ()


@dataclass(slots=True)
class Task:
    """A delivery to store, or the instant at which to prove that one could be; somebody is `waiting` for it."""

    work: Incoming | datetime
    waiting: "asyncio.Future[Recorded | None]"
    recorded: Recorded | None = None
    problem: BaseException | None = None


@dataclass(slots=True)
class _Allowance:
    """How many deliveries may be read before they are answered: some at once, and a few more with every second."""

    left: float = _AT_ONCE
    at: float = field(default_factory=time.monotonic)

    def take(self, wanted: int) -> bool:
        now = time.monotonic()
        self.left, self.at = min(_AT_ONCE, self.left + (now - self.at) * _A_SECOND), now
        if wanted > min(self.left, _TOGETHER):
            return False
        self.left -= wanted
        return True


class Writer:
    """Does the tasks in their order until it is handed None, and reads what it has only stored.

    `answer` is called for each in the loop of who waits.
    """

    def __init__(self, intake: Intake, tasks: "SimpleQueue[Task | None]", answer: Callable[[Task], None]) -> None:
        self._tasks = tasks
        self._tell = answer
        self._store = _Store(intake)
        self._allowance = _Allowance()
        self._is_crowd = False
        # An earlier process may have left some.
        self._behind_since: float | None = time.monotonic()
        self._failed_at = 0.0

    def run(self) -> None:
        """In a thread of its own, which ends with it."""
        is_last = has_company = False
        while not is_last:
            try:
                first = self._tasks.get(timeout=self._patience())
            except Empty:
                self._read_while(self._tasks.empty)
                continue
            if has_company:
                pause(_COMPANY_SECONDS)
            # Nobody else takes from the queue, and the recorder lets in only so many.
            batch = [first, *(self._tasks.get_nowait() for _ in range(self._tasks.qsize()))]
            is_last, has_company = None in batch, len(batch) > 1
            # Asked once of each, for they may give up at any moment; of those who have, the place is free again.
            asked = [(task, task.waiting.cancelled()) for task in batch if task is not None]
            self._answer([task for task, is_gone in asked if is_gone])
            self._do([task for task, is_gone in asked if not is_gone])
            if self._behind_since is not None and time.monotonic() - self._behind_since > _LONGEST_SECONDS:
                self._read_one()
        ends_at = time.monotonic() + _LAST_READING_SECONDS
        self._read_while(lambda: time.monotonic() < ends_at)
        self._store.close()

    def _patience(self) -> float | None:
        """Seconds to wait for a task before something else is done; None where there is nothing else."""
        if self._behind_since is None:
            return None
        return max(_QUIET_SECONDS, self._failed_at + _AFTER_A_FAILURE_SECONDS - time.monotonic())

    def _do(self, tasks: Sequence[Task]) -> None:
        deliveries = [task for task in tasks if isinstance(task.work, Incoming)]
        is_crowd = self._is_crowd or not self._allowance.take(len(deliveries))
        if deliveries and is_crowd and self._kept(deliveries):
            tasks = [task for task in tasks if not isinstance(task.work, Incoming)]
        for task in tasks:
            self._do_one(task)

    def _do_one(self, task: Task) -> None:
        store, work = self._store, task.work
        if isinstance(work, Incoming):
            task.recorded, task.problem = _tried(lambda: store.record(work))
        else:
            _, task.problem = _tried(lambda: store.check(work))
        self._answer([task])

    def _kept(self, tasks: Sequence[Task]) -> bool:
        """Whether the deliveries share a commit, or its failure; where one of them breaks us, each goes alone."""
        recorded, problem = _tried(lambda: self._store.keep([t.work for t in tasks if isinstance(t.work, Incoming)]))
        if problem is not None and not isinstance(problem, StoreProblem):
            return False
        for task in tasks:
            task.problem = problem
        for task, each in zip(tasks, recorded or (), strict=False):
            task.recorded = each
        if recorded:
            self._is_crowd, self._behind_since = True, self._behind_since or time.monotonic()
        self._answer(tasks)
        return True

    def _answer(self, tasks: Sequence[Task]) -> None:
        """In one call, for waking the loop is dear."""
        if not tasks:
            return

        def answered() -> None:
            for task in tasks:
                self._tell(task)

        tasks[0].waiting.get_loop().call_soon_threadsafe(answered)

    def _read_while(self, there_is_time: Callable[[], bool]) -> None:
        """Read what is only stored, until all is read, or that fails."""
        self._read_one()
        while self._behind_since is not None and not self._failed_at and there_is_time():
            self._read_one()

    def _read_one(self) -> None:
        """Read one that is only stored; where that fails, wait a while."""
        recorded, problem = _tried(self._store.read_next)
        if problem is not None:
            if not self._failed_at:
                event("delivery.failed", level=logging.ERROR, error=type(problem).__name__, at="reading what is stored")
            self._failed_at = time.monotonic()
            return
        self._failed_at = 0.0
        if recorded is None:
            self._is_crowd, self._behind_since = False, None
        else:
            tell(recorded)


def _tried(work: Callable[[], T]) -> tuple[T | None, BaseException | None]:
    """What came of it, or what went wrong: the thread outlives every trouble, and whoever waits is told of it."""
    try:
        return work(), None
    except BaseException as problem:  # noqa: BLE001 - a thread that ended would leave every later delivery unanswered
        return None, problem


def tell(recorded: Recorded, **fields: str) -> None:
    """Log what became of a delivery; of one that is only stored, when it is read."""
    if is_waiting(recorded):
        return
    is_broken = recorded.outcome.startswith("error:")
    event(
        "delivery.recorded",
        level=logging.ERROR if is_broken else logging.INFO,
        delivery=recorded.delivery_id,
        outcome=recorded.outcome,
        issue=recorded.issue_id,
        **fields,
    )


class _Store:
    """The thread's connection, opened again after any failure, and the rules for the users known."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._db: Database | None = None
        self._known: tuple[Sequence[User], Rules] | None = None

    def record(self, incoming: Incoming) -> Recorded:
        return self._with(lambda db: record(db, incoming, self._rules(db), self._intake.reading))

    def keep(self, incoming: Sequence[Incoming]) -> Sequence[Recorded]:
        return self._with(lambda db: keep(db, incoming))

    def read_next(self) -> Recorded | None:
        return self._with(lambda db: read_next(db, self._rules(db), self._intake.reading))

    def check(self, now: datetime) -> None:
        def prove(db: Database) -> None:
            with db.transaction():
                kv.put_instant(db, CHECKED_KEY, now)

        self._with(prove)

    def close(self) -> None:
        if self._db is not None:
            self._db.close()
        self._db = None

    def _with(self, work: Callable[[Database], T]) -> T:
        """What comes of `work`. Where our file was replaced, nothing was written: once more, in the one there now."""
        before = self._db
        try:
            return self._attempt(work)
        except StoreProblem:
            if before is None or before.is_in_place():
                raise
        return self._attempt(work)

    def _attempt(self, work: Callable[[Database], T]) -> T:
        try:
            return work(self._opened())
        except BaseException:
            self.close()
            raise

    def _opened(self) -> Database:
        if self._db is None:
            self._db = self._intake.open_store()
            self._db.checkpoint_after(_LOG_PAGES)
            # Our settings are those we were started with: the jobs notice when theirs are others.
            with self._db.transaction():
                kv.put(self._db, RECEIVER_POLICY, mark_of(self._intake.rules_of(())))
                kv.put(self._db, RECEIVER_KEY, _itself(self._db.path, self._intake.secrets))
        return self._db

    def _rules(self, db: Database) -> Rules:
        """The rules, built anew when a sweep has learned of other users."""
        users = all_users(db)
        if self._known is None or self._known[0] != users:
            self._known = (users, self._intake.rules_of(users))
        return self._known[1]


def _itself(path: Path, secrets: Sequence[str]) -> str:
    try:
        file = path.stat()
        device, inode = file.st_dev, file.st_ino
    except OSError:
        device, inode = 0, 0
    told = {"version": __version__, "pid": os.getpid(), "uid": os.getuid(), "gid": os.getgid()}
    salt = os.urandom(16).hex()
    known = {"salt": salt, "secrets": secrets_mark(secrets, salt.encode())}
    return json.dumps({**told, "path": str(path), "device": device, "inode": inode, **known})
