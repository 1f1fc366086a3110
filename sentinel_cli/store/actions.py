"""What people did to issues: append-only, each with the messages its author could see; refuses to judge any of it."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime

from sentinel_cli.domain.instants import instant_text, parse_instant
from sentinel_cli.domain.ledger import Contact
from sentinel_cli.domain.timeline import ActionKind
from sentinel_cli.errors import NoSuchIssue

from .contacts import contact
from .database import Database, Row

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
    owner = contact(db, issue["contact"])
    first, through = _seen(db, issue_id, saw_until)
    if kind is ActionKind.SNOOZE:
        through = _newest_seen(db, owner.id, saw_until) or through
    freed = _muting(db, owner, but=issue_id) if kind is ActionKind.UNSPAM else []
    _insert(db, issue, kind, actor, at, first, through, until=until, note=note)
    for spam in freed:
        _insert(db, spam, kind, actor, at, spam["first_key"], spam["through_key"])
    if kind is ActionKind.SPAM:
        since = parse_instant(issue["first_inbound_ts"])
        mark_number(db, numbers_of(owner)[0], since=since, reason=_reason(issue_id, actor))
    if kind is ActionKind.UNSPAM:
        _free_numbers(db, owner, [issue_id, *(spam["id"] for spam in freed)], at)
    sharing = db.read("select id from contacts where phone = ?", owner.phone) if kind in _OF_A_NUMBER else []
    return {owner.id} | {row["id"] for row in sharing} | {spam["contact"] for spam in freed}


def _insert(  # noqa: PLR0913, PLR0917 - an action has as many parts
    db: Database,
    issue: Row,
    kind: ActionKind,
    actor: str,
    at: datetime,
    first: str,
    through: str,
    *,
    until: datetime | None = None,
    note: str | None = None,
) -> None:
    """The action, and that it was taken in the issue's log."""
    db.insert(
        """
        insert into actions (issue_id, contact, kind, at_ts, actor, channel, first_key, through_key, until_ts, note)
        values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        issue["id"],
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
        issue["id"],
        instant_text(at),
        kind.value,
        actor,
        json.dumps({name: value for name, value in said.items() if value}),
    )


def _muting(db: Database, owner: Contact, *, but: int = 0) -> Sequence[Row]:
    """The issues of the contact, and of others with its phone, that were marked as spam, and by nobody as none since.

    Each is what its `spam` action says, whatever the contact's number has become: so that an unspam by any issue of a
    customer ends what any other of them began.
    """
    return db.read(
        """
        select i.id, i.contact, i.issue_type, s.first_key, s.through_key
        from issues i join actions s on s.issue_id = i.id
        where i.contact in (select ?1 union select id from contacts where phone = ?2)
          and s.id = (select max(id) from actions where issue_id = i.id and kind in ('spam', 'unspam'))
          and s.kind = 'spam' and i.id <> ?3
        """,
        owner.id,
        owner.phone,
        but,
    )


def _free_numbers(db: Database, owner: Contact, issue_ids: Iterable[int], at: datetime) -> None:
    """End the marks of the contact's numbers, and those that these issues have made of numbers it had before."""
    db.write(
        """
        update spam_phones set until_ts = ?1 where until_ts is null and (
          phone in (select value from json_each(?2))
          or exists (select 1 from json_each(?3) each where spam_phones.reason glob each.value))
        """,
        instant_text(at),
        json.dumps(numbers_of(owner)),
        json.dumps([_reason(issue_id, "*") for issue_id in issue_ids]),
    )


def _reason(issue_id: int, actor: str) -> str:
    return f"issue {issue_id} by {actor}"


def _newest_seen(db: Database, contact_id: int, until: datetime | None) -> str | None:
    """The contact's newest message that was there to be seen, whatever it belongs to."""
    row = db.one(
        """
        select key from messages where contact = ? and direction = 'inbound' and same_as is null
          and at_ts <= coalesce(?, at_ts) order by at_ts desc, key desc limit 1
        """,
        contact_id,
        instant_text(until) if until else None,
    )
    return row["key"] if row else None


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
    if issue is None:
        return False
    owner = contact(db, issue["contact"])
    row = db.one(
        "select 1 from spam_phones where until_ts is null and phone in (select value from json_each(?))",
        json.dumps(numbers_of(owner)),
    )
    return row is not None or bool(_muting(db, owner))


def numbers_of(owner: Contact) -> list[str]:
    """Under what a contact may stand in `spam_phones`: its phone, else its GHL id, else its row."""
    known = (owner.phone, owner.contact_id and f"id:{owner.contact_id}", f"row:{owner.id}")
    return [number for number in known if number]


def mark_number(db: Database, number: str, *, since: datetime, reason: str) -> None:
    """From then on messages of the number open no issue; `number` is as in `numbers_of`."""
    db.insert("insert into spam_phones (phone, since_ts, reason) values (?, ?, ?)", number, instant_text(since), reason)
