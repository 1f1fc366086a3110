"""What people did to issues: append-only, each with the messages its author could see; refuses to judge any of it."""

import json
from datetime import datetime

from sentinel_cli.domain.instants import instant_text, parse_instant
from sentinel_cli.domain.ledger import Contact
from sentinel_cli.domain.timeline import ActionKind
from sentinel_cli.errors import NoSuchIssue

from .contacts import contact
from .database import Database

__all__ = ["is_muted", "mark_number", "numbers_of", "record_action", "was_ever_answered"]


_OF_A_NUMBER = {ActionKind.SPAM, ActionKind.UNSPAM}


def record_action(  # noqa: PLR0913 - an action has as many parts
    db: Database,
    issue_id: int,
    kind: ActionKind,
    *,
    actor: str,
    at: datetime,
    until: datetime | None = None,
    note: str | None = None,
    saw_until: datetime | None = None,
) -> set[int]:
    """The contacts to derive again. Raises NoSuchIssue. Call inside a transaction.

    Its author saw the issue's messages up to `saw_until`, all of them where nobody says; the first one in any case.
    The issue's log says who did it, and why: `note`. `spam` also names the number in `spam_phones`, so that other
    contacts with it open nothing either.
    """
    issue = db.one("select * from issues where id = ?", issue_id)
    if issue is None:
        raise NoSuchIssue(f"no issue #{issue_id}", advice="sentinel issues list shows those there are")
    first, through = _seen(db, issue_id, saw_until)
    db.insert(
        """
        insert into actions (issue_id, contact, kind, at_ts, actor, channel, first_key, through_key, until_ts, note)
        values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        issue_id,
        issue["contact"],
        kind.value,
        instant_text(at),
        actor,
        issue["issue_type"],
        first,
        through,
        instant_text(until) if until else None,
        note,
    )
    said = {"until": until and instant_text(until), "note": note}
    db.insert(
        "insert into issue_log (issue_id, at_ts, event, cause, evidence) values (?, ?, ?, ?, ?)",
        issue_id,
        instant_text(at),
        kind.value,
        actor,
        json.dumps({name: value for name, value in said.items() if value}),
    )
    owner = contact(db, issue["contact"])
    if kind is ActionKind.SPAM:
        since = parse_instant(issue["first_inbound_ts"])
        mark_number(db, numbers_of(owner)[0], since=since, reason=f"issue {issue_id} by {actor}")
    if kind is ActionKind.UNSPAM:
        db.write(
            "update spam_phones set until_ts = ? where until_ts is null and phone in (select value from json_each(?))",
            instant_text(at),
            json.dumps(numbers_of(owner)),
        )
    sharing = db.read("select id from contacts where phone = ?", owner.phone)
    return {owner.id} | ({row["id"] for row in sharing} if kind in _OF_A_NUMBER else set())


def _seen(db: Database, issue_id: int, until: datetime | None) -> tuple[str, str]:
    """Keys of the oldest and the newest message of the issue that were there to be seen; "" where it has none."""
    keys = db.read(
        "select key, at_ts from messages where issue_id = ? and same_as is null order by at_ts, key", issue_id
    )
    seen = [row for row in keys if until is None or row["at_ts"] <= instant_text(until)] or keys[:1]
    return (keys[0]["key"], seen[-1]["key"]) if keys else ("", "")


def was_ever_answered(db: Database, issue_id: int) -> bool:
    """Whether staff have ever written to the issue's contact, or called it: such a number is hardly spam."""
    row = db.one(
        """
        select 1 from issues i where i.id = ? and (
            exists (select 1 from messages m
                    where m.contact = i.contact and m.direction = 'outbound' and m.author = 'staff')
            or exists (select 1 from issues o where o.contact = i.contact and o.resolved_by in
                       ('staff_text', 'staff_call', 'staff_call_attempt', 'call_taken')))
        """,
        issue_id,
    )
    return row is not None


def is_muted(db: Database, issue_id: int) -> bool:
    """Whether messages of the issue's contact open nothing now."""
    issue = db.one("select contact from issues where id = ?", issue_id)
    numbers = numbers_of(contact(db, issue["contact"])) if issue else []
    row = db.one(
        "select 1 from spam_phones where until_ts is null and phone in (select value from json_each(?))",
        json.dumps(numbers),
    )
    return row is not None


def numbers_of(owner: Contact) -> list[str]:
    """Under what a contact may stand in `spam_phones`: its phone, else its GHL id, else its row."""
    known = (owner.phone, owner.contact_id and f"id:{owner.contact_id}", f"row:{owner.id}")
    return [number for number in known if number]


def mark_number(db: Database, number: str, *, since: datetime, reason: str) -> None:
    """From then on messages of the number open no issue; `number` is as in `numbers_of`."""
    db.insert("insert into spam_phones (phone, since_ts, reason) values (?, ?, ?)", number, instant_text(since), reason)
