"""Facts come in: reports are merged, and the issues of every contact they touch are derived again, in one transaction.

Used by the receiver (one delivery) and by the sweep (many reports); refuses to know GHL's API.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sentinel_cli.domain.ledger import Rules, derive
from sentinel_cli.domain.model import Report
from sentinel_cli.domain.payloads import digest
from sentinel_cli.store import books, messages
from sentinel_cli.store.database import Database

__all__ = ["Absorbed", "absorb", "rederive"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Absorbed:
    """What some reports did: keys of their messages in order, how many were new or late, and (issue, event) pairs."""

    keys: Sequence[str] = ()
    new: int = 0
    late: int = 0
    events: Sequence[tuple[int, str]] = field(default_factory=list)

    def count(self, event: str) -> int:
        """How many issues that happened to."""
        return sum(name == event for _, name in self.events)


def key_of(report: Report) -> str:
    """The key of the message a report is about: GHL's id, else one made of its content and instant."""
    if report.message_id:
        return report.message_id
    return messages.provisional_key(report, digest(report, report.contact_id or report.phone or ""))


def absorb(
    db: Database,
    reports: Iterable[Report],
    rules: Rules,
    now: datetime,
    cause: str,
    *,
    delivery_id: int | None = None,
) -> Absorbed:
    """Merge the reports and derive what they touch. Call inside a transaction."""
    merged = [messages.merge_report(db, report, key_of(report), delivery_id) for report in reports]
    touched = frozenset().union(*(m.contacts for m in merged))
    return Absorbed(
        keys=[m.key for m in merged],
        new=sum(m.is_new for m in merged),
        late=sum(m.is_late for m in merged),
        events=rederive(db, touched, rules, now, cause),
    )


def rederive(db: Database, contacts: Iterable[int], rules: Rules, now: datetime, cause: str) -> list[tuple[int, str]]:
    """Make the issues of these contacts what their timelines say; (issue id, event) for each that changed.

    Contacts that were merged away come last: by then their messages and ids belong to the survivor.
    """
    window = max(rules.policy.ack_window, timedelta(hours=2))
    events: list[tuple[int, str]] = []
    for contact_id in sorted(contacts, key=lambda id_: _is_merged_away(db, id_)):
        changes = derive(books.load(db, contact_id, window), rules, now)
        events += books.apply(db, changes, cause, now)
    return events


def _is_merged_away(db: Database, contact_id: int) -> tuple[bool, int]:
    row = db.one("select merged_into is not null or contact_id is null from contacts where id = ?", contact_id)
    return bool(row and row[0]), contact_id
