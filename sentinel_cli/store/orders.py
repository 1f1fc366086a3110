"""What `run-orders` asks of the store: which texts of ours deliveries tell of, and which orders were answered."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sentinel_cli.domain.instants import instant_text, parse_instant

from .database import Database

__all__ = ["Heard", "answered", "forget_quiet_runs", "heard_from", "name_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A text from an internal contact that is in the timeline; `shown` says that the API shows it."""

    contact_id: str
    at: datetime
    text: str | None
    delivery_id: int | None
    shown: bool


def heard_from(db: Database, contact_ids: Iterable[str], since: datetime) -> Sequence[Heard]:
    """The texts of these contacts since then, oldest first, however they became known."""
    rows = db.read(
        """
        select c.contact_id, m.at_ts, m.text, m.delivery_id,
               m.api_seen_ts is not null or m.same_as is not null as shown
        from contacts c join messages m on m.contact = c.id
        where c.key in (select 'id:' || value from json_each(?))
              and m.direction = 'inbound' and m.channel = 'SMS' and m.at_ts >= ?
        order by m.at_ts, m.key
        """,
        json.dumps(sorted(contact_ids)),
        instant_text(since),
    )
    return [
        Heard(
            contact_id=row["contact_id"],
            at=parse_instant(row["at_ts"]),
            text=row["text"],
            delivery_id=row["delivery_id"],
            shown=bool(row["shown"]),
        )
        for row in rows
    ]


def answered(db: Database, keys: Iterable[str]) -> set[str]:
    """Of these letters' keys those that are in the outbox: their orders are carried out."""
    rows = db.read(
        "select letter_key from outbox where letter_key in (select value from json_each(?))", json.dumps(list(keys))
    )
    return {row["letter_key"] for row in rows}


def name_of(db: Database, who: str) -> str | None:
    """The name of a user or a contact, None where nobody has told it."""
    row = db.one(
        "select name from users where user_id = ?1 union all select name from contacts where key = 'id:' || ?1", who
    )
    return row["name"] if row else None


def forget_quiet_runs(db: Database, job: str, before: datetime) -> int:
    """Drop the rows of the job's older runs in which nothing was to be done; how many they were."""
    return db.write(
        "delete from job_runs where job = ? and exit_code = 0 and counts = '{}' and started_ts < ?",
        job,
        instant_text(before),
    )
