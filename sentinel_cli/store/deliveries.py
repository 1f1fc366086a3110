"""Deliveries: what the receiver accepted, as it came, once for each key."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sentinel_cli.domain.instants import instant_text, maybe_instant, parse_instant

from .database import Database, Row

__all__ = [
    "WAITING",
    "Delivery",
    "Incoming",
    "archive",
    "delivery_of",
    "failed",
    "next_waiting",
    "one_delivery",
    "set_outcome",
    "to_retry",
    "with_key",
]


WAITING = "received"
"""The outcome of a delivery that is stored and not read yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One accepted HTTP request; `payload` is its body without secrets, `route` the end of its path.

    Empty since `pruned_at`, when its time was over.
    """

    id: int
    received_at: datetime
    route: str
    payload: bytes
    content_type: str | None
    outcome: str
    contact_id: str | None
    message_key: str | None
    issue_id: int | None
    tries: int
    pruned_at: datetime | None = None

    @property
    def understood(self) -> bool:
        """Whether a message was read from it, which has its place in the timeline since."""
        return not self.outcome.startswith(("error:", "undecodable", "ignored:"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """An authenticated request: `payload` is its body with the secrets removed, `route` the end of its path."""

    route: str
    received_at: datetime
    payload: bytes
    content_type: str | None = None


def archive(db: Database, incoming: Incoming, key: str | None, outcome: str = WAITING) -> int:
    """The id of the delivery now kept; 0 where one with its key is kept already."""
    return db.insert(
        """
        insert into raw_events (received_ts, source, payload, content_type, delivery_key, outcome)
        values (?, ?, ?, ?, ?, ?) on conflict (delivery_key) do nothing
        """,
        instant_text(incoming.received_at),
        incoming.route,
        _kept(incoming.payload),
        incoming.content_type,
        key,
        outcome,
    )


def with_key(db: Database, key: str) -> Delivery | None:
    """The delivery that is kept under that key."""
    row = db.one("select * from raw_events where delivery_key = ?", key)
    return delivery_of(row) if row else None


def _kept(payload: bytes) -> str | bytes:
    """Text where it is text, so that `sqlite3` shows it and its JSON functions read it; else the bytes."""
    try:
        return payload.decode()
    except UnicodeDecodeError:
        return payload


def set_outcome(
    db: Database,
    delivery_id: int,
    outcome: str,
    *,
    contact_id: str | None = None,
    message_key: str | None = None,
    issue_id: int | None = None,
) -> None:
    """What became of the delivery."""
    db.write(
        """
        update raw_events set outcome = ?, contact_id = ?, message_key = ?, issue_id = ?, tries = tries + 1
        where id = ?
        """,
        outcome,
        contact_id,
        message_key,
        issue_id,
        delivery_id,
    )


def next_waiting(db: Database) -> Delivery | None:
    """The oldest delivery that is stored and not read yet."""
    row = db.one("select * from raw_events where outcome = 'received' order by id limit 1")
    return delivery_of(row) if row else None


def to_retry(db: Database) -> Sequence[Delivery]:
    """The deliveries whose reading or deriving failed, oldest first."""
    rows = db.read("select * from raw_events where outcome >= 'error:' and outcome < 'error;' order by id")
    return [delivery_of(row) for row in rows]


def failed(db: Database) -> Sequence[int]:
    """The ids of deliveries that broke our reading or could not be read, and whose bodies are still here."""
    rows = db.read(
        """
        select id from raw_events
        where (outcome >= 'error:' and outcome < 'error;' or outcome = 'undecodable') and pruned_ts is null order by id
        """
    )
    return [row["id"] for row in rows]


def one_delivery(db: Database, delivery_id: int) -> Delivery | None:
    """The delivery of that id."""
    row = db.one("select * from raw_events where id = ?", delivery_id)
    return delivery_of(row) if row else None


def delivery_of(row: Row) -> Delivery:
    """A stored delivery as a value."""
    return Delivery(
        id=row["id"],
        received_at=parse_instant(row["received_ts"]),
        route=row["source"],
        payload=bytes(row["payload"]) if isinstance(row["payload"], bytes) else str(row["payload"]).encode(),
        content_type=row["content_type"],
        outcome=row["outcome"],
        contact_id=row["contact_id"],
        message_key=row["message_key"],
        issue_id=row["issue_id"],
        tries=row["tries"],
        pruned_at=maybe_instant(row["pruned_ts"]),
    )
