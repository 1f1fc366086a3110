"""Retention: what of settled history is removed, and what derivation still needs of it; issues are never touched."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sentinel_cli.domain.instants import instant_text, parse_instant

from .database import Database
from .history import quiet_before

__all__ = ["Pruned", "contacts_with_history", "prune_bodies", "prune_contact"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """What a batch removed, and the last row that it looked at; None when there are no more."""

    rows: int
    last: int | None


def contacts_with_history(db: Database, before: datetime, after_id: int, limit: int) -> Sequence[int]:
    """The next contacts that have messages from before then."""
    rows = db.read(
        """
        select id from contacts c where id > ? and merged_into is null
          and exists (select 1 from messages m where m.contact = c.id and m.at_ts < ?)
        order by id limit ?
        """,
        after_id,
        instant_text(before),
        limit,
    )
    return [row["id"] for row in rows]


def prune_contact(db: Database, contact_id: int, before: datetime, window: timedelta) -> int:
    """Settle what of the contact was over by then, and remove its messages; how many. Call inside a transaction.

    What stays: `window`, as far as the rules look back; our newest text before it, which says whether the next text
    answers an automation; and the newest message by GHL id, which says whose a shared phone is.
    """
    row = db.one("select settled_before_ts, phone from contacts where id = ?", contact_id)
    assert row is not None, f"contact {contact_id} is gone"  # noqa: S101 - rows are never deleted
    quiet = quiet_before(db, [contact_id], before)
    _settle(db, contact_id, row["settled_before_ts"], quiet)
    if row["phone"] and _is_shared(db, contact_id, row["phone"]):
        return 0
    removed = _remove(db, contact_id, instant_text(quiet - window))
    if removed:
        db.write(
            "update contacts set facts_from_ts = max(coalesce(facts_from_ts, ''), ?) where id = ?",
            instant_text(quiet),
            contact_id,
        )
    return removed


def _settle(db: Database, contact_id: int, settled: str | None, quiet: datetime) -> None:
    """A contact that nothing was heard of since was not derived since: its last messages are settled by now."""
    fresh = db.one(
        "select 1 from messages where contact = ? and late = 0 and at_ts >= ? and at_ts < ?",
        contact_id,
        settled or "",
        instant_text(quiet),
    )
    if fresh and (settled is None or parse_instant(settled) < quiet):
        db.write("update contacts set settled_before_ts = ? where id = ?", instant_text(quiet), contact_id)


def _is_shared(db: Database, contact_id: int, phone: str) -> bool:
    """Whether old messages decide between this contact and another whose a body with the phone alone is."""
    others = "select 1 from contacts where phone = ? and id <> ? and contact_id is not null and merged_into is null"
    return db.one(others, phone, contact_id) is not None


def _remove(db: Database, contact_id: int, before: str) -> int:
    return db.write(
        """
        delete from messages where contact = ?1 and at_ts < ?2
          and id is not (select id from messages where contact = ?1 and at_ts < ?2 and contact_id is not null
                         order by at_ts desc, id desc limit 1)
          and id is not (select id from messages where contact = ?1 and at_ts < ?2 and late = 0
                         and direction = 'outbound' and channel not in ('CALL', 'EMAIL', 'OTHER')
                         and coalesce(outcome, '') not in ('failed', 'undelivered', 'opt_out', 'scheduled')
                         order by at_ts desc limit 1)
        """,
        contact_id,
        before,
    )


def prune_bodies(db: Database, before: datetime, now: datetime, after_id: int, limit: int) -> Pruned:
    """Empty the next bodies received before then whose message is settled. Call inside a transaction.

    Row, key and outcome stay, so that a repeated delivery is still a duplicate. What could not be read stays whole, and
    so does a body whose message is missing, though it was not pruned: it is all that is left of it.
    """
    rows = db.read(
        """
        select e.id from raw_events e
        left join messages m on m.key = e.message_key
        left join contacts c on c.id = m.contact
        where e.id > ?1 and e.received_ts < ?2 and e.pruned_ts is null
          and e.outcome not like 'error:%' and e.outcome <> 'received'
          and (e.message_key is null or m.late = 1 or m.at_ts < c.settled_before_ts or m.id is null and exists (
               select 1 from contacts k where k.key = 'id:' || e.contact_id and k.facts_from_ts > e.received_ts))
        order by e.id limit ?3
        """,
        after_id,
        instant_text(before),
        limit,
    )
    for row in rows:
        db.write("update raw_events set payload = '', pruned_ts = ? where id = ?", instant_text(now), row["id"])
    return Pruned(rows=len(rows), last=rows[-1]["id"] if len(rows) == limit else None)
