"""Adopting the older service's database: everything in one transaction, a verified copy before it.

Refuses to know which commands ask for it, and GHL: what staff have answered since is the next check's question.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sentinel_cli import intake
from sentinel_cli.domain.ledger import Rules
from sentinel_cli.store import adoption
from sentinel_cli.store.adopted_issues import adopt_issues
from sentinel_cli.store.adoption import Reading
from sentinel_cli.store.database import Database
from sentinel_cli.store.older_tables import drop

__all__ = ["AdoptionReport", "adopt"]

_CAUSE = "adoption"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptionReport:
    """What was adopted.

    `merged` maps open issues to the older one of their contact and type; `withdrawn` are those that our rules
    keep no issue for; `unread` counts instants by column; `spam_open` are numbers of spam that have an open issue.
    """

    deliveries: int
    issues: int
    contacts: int
    pending: int
    unknown_statuses: int
    unknown_types: int
    merged: Mapping[int, int]
    withdrawn: Sequence[int]
    due_changed: int
    spam_numbers: int
    spam_open: int
    keys: int
    keys_renamed: Sequence[str]
    tables_renamed: Sequence[str]
    unread: Mapping[str, int]


def adopt(db: Database, rules: Rules, reading: Reading, back_up: Callable[[], None]) -> AdoptionReport:
    """Make the file ours, every row and id kept; all of it or, whatever fails, nothing.

    `back_up` is called when nobody else can write any more and nothing is changed yet.
    """
    with adoption.relaxed(db), db.transaction():
        back_up()
        tables, gave_way = adoption.renamed(db)
        deliveries = adoption.adopt_deliveries(db, tables["raw_events"], reading)
        issues = adopt_issues(db, tables["issues"], reading)
        spam_open = adoption.adopt_spam(db, tables.get("spam_phones"), reading)
        keys = adoption.adopt_keys(db, tables.get("kv_store"), reading)
        drop(db, tables.values())
        events = intake.rederive(db, issues.to_derive, rules, reading.now, _CAUSE)
        return AdoptionReport(
            deliveries=deliveries,
            issues=issues.issues,
            contacts=issues.contacts,
            pending=issues.pending,
            unknown_statuses=issues.unknown_statuses,
            unknown_types=issues.unknown_types,
            merged=issues.merged,
            withdrawn=sorted(id_ for id_, event in events if event == "withdrawn"),
            due_changed=issues.due_changed,
            spam_numbers=adoption.count(db, "spam_phones"),
            spam_open=spam_open,
            keys=adoption.count(db, "kv_store"),
            keys_renamed=keys,
            tables_renamed=gave_way,
            unread=dict(reading.unread),
        )
