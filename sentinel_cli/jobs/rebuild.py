"""The proof that nothing was lost or edited by hand: all issues derived anew from the facts, in a copy, and compared.

Facts are deliveries, messages, contacts and actions. The database itself is never written to.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path

from sentinel_cli import intake
from sentinel_cli.domain.ledger import Rules
from sentinel_cli.domain.payloads import Arrival, ReadingPolicy, read_delivery
from sentinel_cli.errors import StoreProblem
from sentinel_cli.store import messages, rebuilding
from sentinel_cli.store.backups import as_plain_file, write_copy
from sentinel_cli.store.database import Database
from sentinel_cli.store.deliveries import Delivery
from sentinel_cli.store.rebuilding import Difference

from .invariants import NONSENSE

__all__ = ["MOST_TOLD", "Rebuilt", "Terms", "rebuild"]

MOST_TOLD = 1000
"""So many differences are told one by one; of a database that differs in more, the first say enough."""


Tell = Callable[[int, int], None]
"""Is told how many contacts and bodies are done, and of how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """By what a database is derived anew: how issues are judged, how bodies are read, and when."""

    rules: Rules
    reading: ReadingPolicy
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """What came of it. `issues` were derived anew, `kept` ones have facts that are not here; `bodies` were read again.

    `differing` counts all; `differences` tells the first of them, and the first of those that are `settled`.
    """

    copy: Path
    issues: int
    kept: int
    bodies: int
    differing: int
    settled: int
    differences: Sequence[Difference]

    @property
    def equal(self) -> bool:
        """Whether every issue is what its facts say."""
        return self.differing == 0


class _Pruned(Exception):
    """A body told of a message that was pruned, and has told it once more for nothing."""


def rebuild(db: Database, target: Path, by: Terms, tell: Tell = lambda _done, _of: None) -> Rebuilt:
    """Derive everything anew in a copy at `target`, which is left there. Raises StoreProblem, and leaves none then."""
    write_copy(db, target)
    try:
        return _rebuilt(target, by, tell)
    except BaseException as error:
        target.unlink(missing_ok=True)
        if isinstance(error, NONSENSE):
            raise StoreProblem(f"{db.path} has rows that nobody can read", advice="sentinel db check") from error
        raise


def _rebuilt(target: Path, by: Terms, tell: Tell) -> Rebuilt:
    with Database.open(target) as copy:
        copy.read("pragma synchronous=off")  # it is on disk, or is removed, when this ends
        rebuilding.remember(copy)
        with copy.transaction():
            issues, kept = rebuilding.forget(copy, by.now)
            edited = list(rebuilding.put_right(copy))
        of = rebuilding.pieces(copy)
        bodies, told_otherwise = _replayed(copy, by.reading, lambda done: tell(done, of))
        done = bodies
        for batch in rebuilding.contacts_in_order(copy):
            with copy.transaction():
                intake.rederive(copy, batch, by.rules, by.now, "rebuild")
            done += len(batch)
            tell(done, of)
        counted = _Counted()
        for difference in chain(edited, told_otherwise, rebuilding.differences(copy)):
            counted.add(difference)
        with copy.transaction():
            rebuilding.finish(copy, by.now)
    as_plain_file(target)
    return Rebuilt(
        copy=target,
        issues=issues,
        kept=kept,
        bodies=bodies,
        differing=counted.differing,
        settled=counted.settled,
        differences=counted.told,
    )


class _Counted:
    """Differences as they come: all counted, the first kept."""

    def __init__(self) -> None:
        self.differing = self.settled = 0
        self.told: list[Difference] = []

    def add(self, found: Difference) -> None:
        self.settled += found.settled
        self.differing += not found.settled
        if (self.settled if found.settled else self.differing) <= MOST_TOLD:
            self.told.append(found)


def _replayed(copy: Database, reading: ReadingPolicy, tell: Callable[[int], None]) -> tuple[int, list[Difference]]:
    """How many bodies were merged once more, which changes nothing where nothing was lost; and what it changed."""
    after, bodies, found = 0, 0, list[Difference]()
    while page := rebuilding.to_replay(copy, after):
        with copy.transaction():
            told = [difference for delivery in page for difference in _told_again(copy, delivery, reading)]
        found += told[: MOST_TOLD - len(found)]
        after, bodies = page[-1].id, bodies + len(page)
        tell(bodies)
    return bodies, found


def _told_again(copy: Database, delivery: Delivery, reading: ReadingPolicy) -> Iterator[Difference]:
    body = intake.body_of(delivery.payload, delivery.content_type)
    arrival = Arrival(route=delivery.route, received_at=delivery.received_at)
    report = read_delivery(body, arrival, reading).report if body else None
    key = delivery.message_key or ""
    what = f"delivery {delivery.id}"
    if report is None or intake.key_of(report) != key:
        # Another release or other settings read it so, or somebody has edited the body.
        yield Difference(what=what, field="reading", here=key, by_facts="another message", settled=True)
        return
    before = rebuilding.facts_text(copy, key)
    try:
        with copy.savepoint():
            if messages.merge_report(copy, report, key, delivery.id).is_late:
                raise _Pruned
    except _Pruned:
        return
    if before is None:
        yield Difference(what=what, field="message", by_facts=key)
    elif before != rebuilding.facts_text(copy, key):
        yield Difference(what=what, field="facts", here=key, by_facts=key)
