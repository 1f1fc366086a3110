"""What a report over a period is made of; refuses to judge which of it counts."""

from datetime import datetime

from sentinel_cli.domain.instants import instant_text, parse_instant
from sentinel_cli.domain.model import Channel, IssueStatus, Rule
from sentinel_cli.domain.report import Begun

from .database import Database

__all__ = ["begun_between", "first_known"]


def begun_between(db: Database, since: datetime, until: datetime) -> list[Begun]:
    """Every issue whose first message lies in [since, until), withdrawn ones left out, as in every list."""
    rows = db.read(
        """
        select issue_type, status, first_inbound_ts, due_ts, inbound_count, auto_replies,
               resolved_ts, resolved_by, answered_by
        from issues
        where first_inbound_ts >= ? and first_inbound_ts < ? and resolved_by is not 'withdrawn'
        """,
        instant_text(since),
        instant_text(until),
    )
    return [_begun(*row) for row in rows]


def _begun(  # noqa: PLR0913, PLR0917 - as many columns
    channel: str,
    status: str,
    first: str,
    due: str,
    messages: int,
    replies: int,
    resolved: str | None,
    rule: str | None,
    by: str | None,
) -> Begun:
    """Instants are stored in one form, which needs no care: there may be very many."""
    return Begun(
        channel=Channel(channel),
        status=IssueStatus(status),
        first_at=datetime.fromisoformat(first),
        due_at=datetime.fromisoformat(due),
        messages=messages,
        automated_replies=replies,
        answered_at=datetime.fromisoformat(resolved) if resolved else None,
        rule=Rule(rule) if resolved and rule else None,
        by=by,
    )


def first_known(db: Database) -> datetime | None:
    """When the oldest message was, or the oldest issue began; None where there is neither."""
    row = db.one(
        """
        select min(oldest) as at
        from (select min(at_ts) as oldest from messages union all select min(first_inbound_ts) from issues)
        """
    )
    return parse_instant(row["at"]) if row and row["at"] else None
