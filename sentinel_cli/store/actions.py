"""What people did to issues: append-only, each with the messages its author could see."""

from datetime import datetime

from sentinel_cli.domain.instants import instant_text, parse_instant
from sentinel_cli.domain.timeline import ActionKind
from sentinel_cli.errors import NoSuchIssue

from .database import Database

__all__ = ["mark_number", "record_action"]


def record_action(
    db: Database, issue_id: int, kind: ActionKind, *, actor: str, at: datetime, until: datetime | None = None
) -> int:
    """The contact to derive again. Raises NoSuchIssue. Call inside a transaction.

    `spam` also names the number in `spam_phones`, so that other contacts with it open nothing either.
    """
    issue = db.one("select * from issues where id = ?", issue_id)
    if issue is None:
        raise NoSuchIssue(f"no issue #{issue_id}", advice="sentinel issues list shows those there are")
    keys = db.read("select key from messages where issue_id = ? and same_as is null order by at_ts, key", issue_id)
    db.insert(
        """
        insert into actions (issue_id, contact, kind, at_ts, actor, channel, first_key, through_key, until_ts)
        values (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        issue_id,
        issue["contact"],
        kind.value,
        instant_text(at),
        actor,
        issue["issue_type"],
        keys[0]["key"] if keys else "",
        keys[-1]["key"] if keys else "",
        instant_text(until) if until else None,
    )
    number = issue["phone"] or f"id:{issue['contact_id']}"
    if kind is ActionKind.SPAM:
        since = parse_instant(issue["first_inbound_ts"])
        mark_number(db, number, since=since, reason=f"issue {issue_id} by {actor}")
    if kind is ActionKind.UNSPAM:
        db.write("update spam_phones set until_ts = ? where phone = ? and until_ts is null", instant_text(at), number)
    return int(issue["contact"])


def mark_number(db: Database, number: str, *, since: datetime, reason: str) -> None:
    """From then on messages of the number open no issue; `number` is E.164, or `id:` and a contact's id."""
    db.insert("insert into spam_phones (phone, since_ts, reason) values (?, ?, ?)", number, instant_text(since), reason)
