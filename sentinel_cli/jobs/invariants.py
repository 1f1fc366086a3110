"""Whether a database is sound: its file, its rows, and whether deriving again would change nothing; it only reads."""

import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime

from sentinel_cli import intake
from sentinel_cli.domain.ledger import Rules, derive
from sentinel_cli.errors import StoreProblem
from sentinel_cli.store import books, invariants, kv
from sentinel_cli.store.database import RESTORE_ADVICE, Database
from sentinel_cli.store.invariants import Problem

from .check import POLICY

__all__ = ["NONSENSE", "judged_by_these", "problems"]

NONSENSE = (ValueError, LookupError, TypeError, AttributeError, AssertionError)
"""What reading rows raises when they hold what no code of ours writes."""

_REBUILD = "sentinel db rebuild shows what it should be"


def judged_by_these(db: Database, rules: Rules) -> bool:
    """Whether the issues were last judged by these settings: else it is no damage that they would be judged anew."""
    with suppress(sqlite3.Error, StoreProblem):
        return kv.get(db, POLICY) in {None, intake.mark_of(rules)}
    return True


def problems(db: Database, rules: Rules | None, now: datetime) -> Iterator[Problem]:
    """Everything that is wrong, as of one moment; without `rules` nothing is derived.

    Raises nothing of SQLite's, and StoreProblem where the file cannot be looked at.
    """
    damaged = list(invariants.broken_structure(db))
    yield from damaged
    if damaged:
        return
    try:
        with db.snapshot():
            yield from invariants.broken_rows(db, now)
            for contact_id in invariants.contacts_at_work(db) if rules else ():
                yield from _of_contact(db, contact_id, rules, now) if rules else ()
    except (sqlite3.Error, StoreProblem) as error:
        if isinstance(error, StoreProblem) and not invariants.is_damage(error):
            raise
        yield Problem(what=f"damaged: {error}", advice=RESTORE_ADVICE)


def _of_contact(db: Database, contact_id: int, rules: Rules, now: datetime) -> Iterator[Problem]:
    try:
        for message_id in invariants.stored_otherwise(db, contact_id):
            yield Problem(what=f"message {message_id}: stored otherwise than its facts say", advice=_REBUILD)
        book = books.load(db, contact_id, intake.window_of(rules))
        changes = derive(book, rules, now)
    except NONSENSE:
        yield Problem(what=f"contact {contact_id}: its rows cannot be read", advice=RESTORE_ADVICE)
        return
    for entry in changes.entries:
        here = entry.before.status.value if entry.before else "not there"
        facts = "withdrawn" if entry.after.withdrawn else entry.after.status.value
        issue = f"issue #{entry.after.id}" if entry.after.id else f"contact {contact_id}, an issue"
        otherwise = f"{here} here, {facts} by its facts" if here != facts else f"{here}, with other fields by its facts"
        yield Problem(what=f"{issue}: {otherwise}", advice=_REBUILD)
    settled = book.contact.settled_before
    for row in (row for row in changes.rows if settled is None or row.at >= settled):
        yield Problem(what=f"message {row.key}: belongs elsewhere by the facts", advice=_REBUILD)
