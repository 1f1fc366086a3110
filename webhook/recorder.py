"""Deliveries reach the store one after another, in one thread with a connection of its own; knows nothing of HTTP.

Endpoints hand over and wait for the commit; how many deliveries share a commit is decided here alone.
"""

import asyncio
import json
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from sentinel_cli import __version__
from sentinel_cli.domain.ledger import Rules
from sentinel_cli.domain.model import User
from sentinel_cli.domain.payloads import ReadingPolicy
from sentinel_cli.domain.redaction import secrets_mark
from sentinel_cli.errors import StoreProblem
from sentinel_cli.intake import RECEIVER_POLICY, Incoming, Recorded, mark_of, record
from sentinel_cli.store import kv
from sentinel_cli.store.database import Database
from sentinel_cli.store.users import all_users

__all__ = ["CHECKED_KEY", "RECEIVER_KEY", "Intake", "Recorder"]

T = TypeVar("T")

CHECKED_KEY = "receiver_checked_ts"
"""When the receiver last proved, without a delivery, that it can write."""

RECEIVER_KEY = "receiver"
"""Which process writes here and into which file it believes to write: for `doctor`, which compares."""

# What a slow disk (20 ms for each commit) still stores before GHL, which waits about 10 s, gives up.
CAPACITY = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """What recording needs: how to open the store, the rules where these users work, and how bodies are read.

    `secrets` are those that admit a delivery: a mark of them is stored, by which `doctor` sees that they are old.
    """

    open_store: Callable[[], Database]
    rules_of: Callable[[Sequence[User]], Rules]
    reading: ReadingPolicy
    secrets: Sequence[str] = ()


class Recorder:
    """Stores what it is handed, or raises. Cancelling a wait takes back what the thread has not begun."""

    def __init__(self, intake: Intake, *, capacity: int = CAPACITY) -> None:
        self._writer = _Writer(intake)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="recorder")
        self._room = threading.BoundedSemaphore(capacity)

    async def record(self, incoming: Incoming) -> Recorded:
        """What became of the delivery, once it is on disk. Raises StoreProblem when it is not."""
        return await self._done(lambda: self._writer.record(incoming))

    async def check(self, now: datetime) -> None:
        """Prove that a delivery could be stored, by storing something. Raises StoreProblem when it could not."""
        await self._done(lambda: self._writer.check(now))

    async def close(self) -> None:
        """Finish what was handed over, then give the database back."""
        self._thread.submit(self._writer.close)
        await asyncio.to_thread(self._thread.shutdown)

    async def _done(self, work: Callable[[], T]) -> T:
        if not self._room.acquire(blocking=False):
            raise StoreProblem("too many deliveries wait for the store", advice="look for a slow or full disk")
        waiting = self._thread.submit(work)
        waiting.add_done_callback(lambda _: self._room.release())
        return await asyncio.wrap_future(waiting)


class _Writer:
    """The thread's own part: its connection, opened again after any failure, and the rules for the users known."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._db: Database | None = None
        self._known: tuple[Sequence[User], Rules] | None = None

    def record(self, incoming: Incoming) -> Recorded:
        return self._with_store(lambda db: record(db, incoming, self._rules(db), self._intake.reading))

    def check(self, now: datetime) -> None:
        def prove(db: Database) -> None:
            with db.transaction():
                kv.put_instant(db, CHECKED_KEY, now)

        self._with_store(prove)

    def close(self) -> None:
        if self._db is not None:
            self._db.close()
        self._db = None

    def _with_store(self, work: Callable[[Database], T]) -> T:
        try:
            return work(self._store())
        except BaseException:
            self.close()
            raise

    def _store(self) -> Database:
        """The connection; a new one when another file was put in its place, which would lose what is acknowledged."""
        if self._db is not None and not self._db.is_in_place():
            self.close()
        if self._db is None:
            self._db = self._intake.open_store()
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
