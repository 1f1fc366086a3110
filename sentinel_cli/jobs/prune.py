"""`prune`: settled messages and the bodies that told of them go after their time; the issues stay for ever.

In small transactions, so that the receiver slips in between; a run that is killed leaves the rest to the next one.
The file does not shrink (`vacuum` would keep the receiver out): its free pages are used again, so it stops growing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sentinel_cli.domain.ledger import SETTLED_AFTER
from sentinel_cli.errors import SentinelError
from sentinel_cli.store import pruning
from sentinel_cli.store.database import Database

from .runner import Run

__all__ = ["JOB", "PruneReport", "prune"]

JOB = "prune"
_BODIES = 500
_CONTACTS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class PruneReport:
    """What was removed: bodies of deliveries, and messages, all from before `before`."""

    before: datetime
    bodies: int
    messages: int

    @property
    def counts(self) -> Mapping[str, int | str]:
        """For the log line."""
        return {"bodies": self.bodies, "messages": self.messages}

    @property
    def problem(self) -> SentinelError | None:
        """Nothing is left over."""
        return None


def prune(db: Database, run: Run, retention: timedelta, window: timedelta) -> PruneReport:
    """Remove what is settled and older than the retention; `window` is how far before settled history rules look.

    Messages go first: that settles them, and a body goes with a settled message.
    """
    before = run.now - max(retention, SETTLED_AFTER)
    messages = sum(_messages(db, before, window))
    return PruneReport(before=before, messages=messages, bodies=sum(_bodies(db, run.now - retention, run.now)))


def _messages(db: Database, before: datetime, window: timedelta) -> Iterator[int]:
    page = pruning.contacts_with_history(db, before, 0, _CONTACTS)
    while page:
        with db.transaction():
            removed = sum(pruning.prune_contact(db, contact_id, before, window) for contact_id in page)
        yield removed
        page = pruning.contacts_with_history(db, before, page[-1], _CONTACTS)


def _bodies(db: Database, before: datetime, now: datetime) -> Iterator[int]:
    last: int | None = 0
    while last is not None:
        with db.transaction():
            batch = pruning.prune_bodies(db, before, now, last, _BODIES)
        yield batch.rows
        last = batch.last
