"""The key-value store: watermarks, each an instant up to which a job has finished its work."""

from collections.abc import Sequence
from datetime import datetime

from sentinel_cli.domain.instants import instant_text, maybe_instant
from sentinel_cli.errors import StoreProblem

from .database import Database

__all__ = ["ADOPTED", "LETTERS_FORGOTTEN", "SILENT", "add", "get", "get_instant", "items", "put", "put_instant"]

ADOPTED = "adopted_ts"
"""When the older service's database was adopted: of what is from before it, that service was told."""

LETTERS_FORGOTTEN = "letters_forgotten_ts"
"""When a file that is gone or cannot be read was replaced: which letters that had sent, nobody knows."""

SILENT = "last_check_webhooks_silent"
"""Whether ("1") the newest complete check saw customers' messages of which no webhook told."""


def get(db: Database, key: str) -> str | None:
    """The value of a key, None where there is none."""
    row = db.one("select value from kv_store where key = ?", key)
    return None if row is None else row["value"]


def put(db: Database, key: str, value: str) -> None:
    """Set a key."""
    db.write(
        "insert into kv_store (key, value) values (?, ?) on conflict (key) do update set value = excluded.value",
        key,
        value,
    )


def add(db: Database, key: str, count: int) -> None:
    """Count on: the value becomes so much more."""
    db.write(
        """
        insert into kv_store (key, value) values (?, ?)
        on conflict (key) do update set value = cast(value as integer) + excluded.value
        """,
        key,
        str(count),
    )


def get_instant(db: Database, key: str) -> datetime | None:
    """The watermark of that name. Raises StoreProblem where a hand has written what is no instant."""
    text = get(db, key)
    try:
        return maybe_instant(text)
    except (ValueError, TypeError, AttributeError):
        raise StoreProblem(
            f"database {db.path}: the value of {key} in kv_store is no instant such as 2026-11-23T14:00:00.000Z",
            advice="correct it with sqlite3",
        ) from None


def put_instant(db: Database, key: str, at: datetime) -> None:
    """Move a watermark."""
    put(db, key, instant_text(at))


def items(db: Database, prefix: str = "") -> Sequence[tuple[str, str]]:
    """All keys and values, by key; only those that begin with `prefix`."""
    # The older service may have left a key without a value, or a number in it.
    rows = db.read(
        """
        select key, coalesce(cast(value as text), '') as value from kv_store
        where substr(key, 1, ?) = ? order by key
        """,
        len(prefix),
        prefix,
    )
    return [(row["key"], row["value"]) for row in rows]
