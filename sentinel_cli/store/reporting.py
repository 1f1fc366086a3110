"""What a report over a period is made of; refuses to judge which of it counts."""

from collections.abc import Sequence
from datetime import datetime

from sentinel_cli.domain.instants import instant_text, parse_instant
from sentinel_cli.domain.ledger import Issue

from .books import issue_of
from .database import Database

__all__ = ["begun_between", "first_known"]


def begun_between(db: Database, since: datetime, until: datetime) -> Sequence[Issue]:
    """Every issue whose first message lies in [since, until), whatever became of it."""
    rows = db.read(
        "select * from issues where first_inbound_ts >= ? and first_inbound_ts < ?",
        instant_text(since),
        instant_text(until),
    )
    return [issue_of(row) for row in rows]


def first_known(db: Database) -> datetime | None:
    """When the oldest message was, or the oldest issue began; None where there is neither."""
    row = db.one(
        """
        select min(oldest) as at
        from (select min(at_ts) as oldest from messages union all select min(first_inbound_ts) from issues)
        """
    )
    return parse_instant(row["at"]) if row and row["at"] else None
