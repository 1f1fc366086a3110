"""Letters as rows: each owed once by its unique key, and changed only by who saw it as it is.

A transition is a guarded UPDATE; its row count says whether it was ours. Refuses to know when one is due:
that is for `domain.letters`. Call the functions that write inside a transaction.
"""

import json
from collections.abc import Sequence
from datetime import date, datetime

from sentinel_cli.domain.instants import instant_text, maybe_instant, parse_instant
from sentinel_cli.domain.letters import LEASE, LOOKS_APART, Letter, LetterState, Slot

from .database import Database, Row

__all__ = [
    "bodies_sent",
    "claim",
    "expire",
    "give_back",
    "is_text_of_another",
    "mark_refused",
    "mark_sent",
    "mark_unknown",
    "missed",
    "of_slot",
    "one",
    "owe",
    "record_failed_look",
    "record_look",
    "supersede",
    "take_back",
    "unfinished",
    "withdraw",
]


def owe(db: Database, letter: Letter) -> Letter:
    """The letter as it stands in the outbox: a new one, or the one of that key.

    One that is still owed, and so certainly not sent, takes the newer text; it keeps its age and expiry.
    """
    db.write(
        """
        insert into outbox (letter_key, kind, slot, on_date, contact_id, body, state, as_of_ts, created_ts, expires_ts,
                            claimed_ts)
        values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        on conflict (letter_key) do update set body = excluded.body, as_of_ts = excluded.as_of_ts
        where outbox.state = 'owed'
        """,
        letter.key,
        letter.kind,
        letter.slot,
        letter.on.isoformat(),
        letter.contact_id,
        letter.body,
        letter.state,
        instant_text(letter.as_of),
        instant_text(letter.created_at),
        instant_text(letter.expires_at),
        instant_text(letter.claimed_at) if letter.claimed_at else None,
    )
    row = db.one("select * from outbox where letter_key = ?", letter.key)
    assert row is not None, f"letter {letter.key} was just written"  # noqa: S101 - rows are never deleted here
    return _letter(row)


def claim(db: Database, letter: Letter, now: datetime) -> bool:
    """Lease the letter to this run alone, unless another run has claimed or changed it since it was read.

    The first claim is remembered: an earlier attempt's text may show up after a later claim.
    """
    changed = db.write(
        """
        update outbox set state = 'claimed', lease_until_ts = ?, claimed_ts = coalesce(claimed_ts, ?),
                          attempts = attempts + 1, looks = 0, last_look_ts = null, error = null
        where id = ? and state = ? and state in ('owed', 'unknown') and attempts = ? and looks = ?
              and (lease_until_ts is null or lease_until_ts <= ?)
        """,
        instant_text(now + LEASE),
        instant_text(now),
        letter.id,
        letter.state,
        letter.attempts,
        letter.looks,
        instant_text(now),
    )
    return changed == 1


def mark_sent(db: Database, letter: Letter, *, message_id: str, conversation_id: str | None, at: datetime) -> bool:
    """GHL has accepted it, whatever was believed of it before; False when that was known already."""
    changed = db.write(
        """
        update outbox set state = 'sent', message_id = ?, conversation_id = ?, sent_ts = ?, lease_until_ts = null,
                          error = null
        where id = ? and state <> 'sent'
        """,
        message_id,
        conversation_id,
        instant_text(at),
        letter.id,
    )
    return changed == 1


def mark_refused(db: Database, letter: Letter, error: str) -> bool:
    """GHL will never take it for this contact. False when the claim was lost meanwhile."""
    return _end_claim(db, letter, LetterState.REFUSED, error)


def mark_unknown(db: Database, letter: Letter, error: str) -> bool:
    """Nobody knows whether it went out; it must be looked for. False when the claim was lost meanwhile."""
    return _end_claim(db, letter, LetterState.UNKNOWN, error)


def give_back(db: Database, letter: Letter, error: str) -> bool:
    """It is owed again, since it is known not to be sent. False when the claim was lost meanwhile."""
    return _end_claim(db, letter, LetterState.OWED, error)


def _end_claim(db: Database, letter: Letter, state: LetterState, error: str) -> bool:
    changed = db.write(
        """
        update outbox set state = ?, error = ?, lease_until_ts = null
        where id = ? and state = 'claimed' and attempts = ?
        """,
        state,
        error,
        letter.id,
        letter.attempts,
    )
    return changed == 1


def record_look(db: Database, letter: Letter, now: datetime) -> bool:
    """A complete look has not found it. Counts once in `LOOKS_APART`, whoever looks; False when it did not count."""
    changed = db.write(
        """
        update outbox set state = 'unknown', looks = looks + 1, last_look_ts = ?, lease_until_ts = null
        where id = ? and state in ('claimed', 'unknown') and attempts = ?
              and (last_look_ts is null or last_look_ts <= ?)
              and (lease_until_ts is null or lease_until_ts <= ?)
        """,
        instant_text(now),
        letter.id,
        letter.attempts,
        instant_text(now - LOOKS_APART),
        instant_text(now),
    )
    return changed == 1


def take_back(db: Database, letter: Letter, now: datetime) -> bool:
    """Looks have not found it, so it is owed again. False when another run holds or has changed it."""
    changed = db.write(
        """
        update outbox set state = 'owed', lease_until_ts = null
        where id = ? and state in ('claimed', 'unknown') and attempts = ? and looks = ?
              and (lease_until_ts is null or lease_until_ts <= ?)
        """,
        letter.id,
        letter.attempts,
        letter.looks,
        instant_text(now),
    )
    return changed == 1


def record_failed_look(db: Database, letter: Letter, error: str) -> bool:
    """It could not be looked for; that proves nothing, and is shown. False when it is neither claimed nor unknown."""
    changed = db.write("update outbox set error = ? where id = ? and state in ('claimed', 'unknown')", error, letter.id)
    return changed == 1


def expire(db: Database, letter: Letter, now: datetime) -> bool:
    """It is too old to be sent. False when another run holds or has changed it."""
    changed = db.write(
        """
        update outbox set state = 'expired', lease_until_ts = null
        where id = ? and state in ('owed', 'claimed', 'unknown') and attempts = ?
              and (lease_until_ts is null or lease_until_ts <= ?)
        """,
        letter.id,
        letter.attempts,
        instant_text(now),
    )
    return changed == 1


def withdraw(db: Database, letter: Letter) -> bool:
    """There is nothing left to tell, and it is certainly not sent. False when another run has changed it."""
    return db.write("update outbox set state = 'withdrawn' where id = ? and state = 'owed'", letter.id) == 1


def supersede(db: Database, letter: Letter) -> bool:
    """It is not sent any more, for a newer text takes its place or it is true no more. False when out or at work."""
    changed = db.write("update outbox set state = 'withdrawn' where id = ? and state in ('owed', 'unknown')", letter.id)
    return changed == 1


def one(db: Database, letter_id: int) -> Letter:
    """The letter of that row."""
    row = db.one("select * from outbox where id = ?", letter_id)
    assert row is not None, f"letter {letter_id} is gone"  # noqa: S101 - rows are never deleted here
    return _letter(row)


def is_text_of_another(db: Database, letter: Letter, message_id: str) -> bool:
    """Whether GHL's message is known to be the text of another letter."""
    return db.one("select 1 from outbox where message_id = ? and id <> ?", message_id, letter.id) is not None


def of_slot(db: Database, kind: str, on: date, slot: Slot) -> Sequence[Letter]:
    """Every letter of a slot and local date, forced ones included, oldest first."""
    rows = db.read(
        "select * from outbox where kind = ? and on_date = ? and slot = ? order by id", kind, on.isoformat(), slot
    )
    return [_letter(row) for row in rows]


def unfinished(db: Database, kind: str) -> Sequence[Letter]:
    """The letters of a kind about which something is still to be done, oldest first."""
    rows = db.read("select * from outbox where kind = ? and state in ('owed', 'claimed', 'unknown') order by id", kind)
    return [_letter(row) for row in rows]


def bodies_sent(db: Database, kinds: Sequence[str], since: datetime) -> Sequence[str]:
    """The texts of these kinds that were sent since then, oldest first."""
    rows = db.read(
        """
        select body from outbox where kind in (select value from json_each(?)) and state = 'sent' and sent_ts >= ?
        order by id
        """,
        json.dumps(list(kinds)),
        instant_text(since),
    )
    return [row["body"] for row in rows]


def missed(db: Database, kind: str, contact_id: str, now: datetime) -> Sequence[tuple[date, Slot]]:
    """Date and slot of what expired for a contact since it last got such a letter, oldest first: still to be told.

    One that is owed and past its expiry counts, though no run has said so yet.
    """
    rows = db.read(
        """
        select on_date, slot from outbox
        where kind = ? and contact_id = ? and slot is not null
              and (state in ('expired', 'refused') or (state = 'owed' and expires_ts <= ?))
              and id > (select coalesce(max(id), 0) from outbox where kind = ? and contact_id = ? and state = 'sent')
        group by on_date, slot order by min(id)
        """,
        kind,
        contact_id,
        instant_text(now),
        kind,
        contact_id,
    )
    return [(date.fromisoformat(row["on_date"]), Slot(row["slot"])) for row in rows]


def _letter(row: Row) -> Letter:
    return Letter(
        id=row["id"],
        key=row["letter_key"],
        kind=row["kind"],
        slot=Slot(row["slot"]) if row["slot"] else None,
        on=date.fromisoformat(row["on_date"]),
        contact_id=row["contact_id"],
        body=row["body"],
        as_of=parse_instant(row["as_of_ts"]),
        created_at=parse_instant(row["created_ts"]),
        expires_at=parse_instant(row["expires_ts"]),
        state=LetterState(row["state"]),
        lease_until=maybe_instant(row["lease_until_ts"]),
        claimed_at=maybe_instant(row["claimed_ts"]),
        attempts=row["attempts"],
        looks=row["looks"],
        last_look_at=maybe_instant(row["last_look_ts"]),
        message_id=row["message_id"],
        conversation_id=row["conversation_id"],
        sent_at=maybe_instant(row["sent_ts"]),
        error=row["error"],
    )
