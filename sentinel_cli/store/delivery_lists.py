"""Which deliveries are listed: the newest, those of an outcome, those of somebody; refuses to know what they say."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .database import Database
from .deliveries import Delivery, delivery_of
from .distinct import distinct
from .issue_lists import literally

__all__ = ["DeliveryFilter", "list_deliveries", "names_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFilter:
    """Which deliveries to list; all that is said must hold.

    `outcome` is how one begins, `contact` GHL's id or a part of the name, `phone_ends` as in `phone_end`.
    """

    outcome: str | None = None
    contact: str | None = None
    phone_ends: str | None = None
    limit: int = 50


def list_deliveries(db: Database, wanted: DeliveryFilter) -> tuple[Sequence[Delivery], int]:
    """The newest that fit, and how many fit in all."""
    if wanted.contact or wanted.phone_ends:
        return _of_somebody(db, wanted)
    if not wanted.outcome:
        rows = db.read("select * from raw_events order by id desc limit ?", wanted.limit)
        return [delivery_of(row) for row in rows], int(db.read("select count(*) from raw_events")[0][0])
    like = _outcomes(db, wanted.outcome)
    newest = "select id from raw_events where outcome = ? order by id desc limit ?"
    ids = [row["id"] for each in like for row in db.read(newest, each, wanted.limit)]
    rows = db.read(
        "select * from raw_events where id in (select value from json_each(?)) order by id desc limit ?",
        json.dumps(ids),
        wanted.limit,
    )
    total = db.read(
        "select count(*) from raw_events where outcome in (select value from json_each(?))", json.dumps(like)
    )
    return [delivery_of(row) for row in rows], int(total[0][0])


def _outcomes(db: Database, beginning: str) -> list[str]:
    return [each for each in distinct(db, "raw_events", "outcome") if each.lower().startswith(beginning.lower())]


# A body without a contact's id is known to be somebody's by the message that it told of.
_THEIRS = """
from raw_events where id in (
  select id from raw_events where contact_id in (select value from json_each(:ids))
  union
  select delivery_id from messages
  where contact in (select value from json_each(:contacts)) and delivery_id is not null
) and (:like is null or +outcome in (select value from json_each(:like)))
"""


def _of_somebody(db: Database, wanted: DeliveryFilter) -> tuple[Sequence[Delivery], int]:
    contacts, ids = _who(db, wanted)
    values = {
        "contacts": json.dumps(contacts),
        "ids": json.dumps(ids),
        "like": json.dumps(_outcomes(db, wanted.outcome)) if wanted.outcome else None,
    }
    rows = db.read(f"select * {_THEIRS} order by id desc limit :limit", **values, limit=wanted.limit)
    total = db.read(f"select count(*) {_THEIRS}", **values)
    return [delivery_of(row) for row in rows], int(total[0][0])


def _who(db: Database, wanted: DeliveryFilter) -> tuple[list[int], list[str]]:
    """The contacts that are meant, by row and by GHL's id; one of whom nothing is known but an ignored delivery too."""
    key, end = f"id:{wanted.contact}", wanted.phone_ends
    is_id = wanted.contact is not None and (
        db.one("select 1 from contacts where key = ?", key) is not None
        or db.one("select 1 from raw_events where contact_id = ? limit 1", wanted.contact) is not None
    )
    conditions = {
        "key = :key": is_id,
        "name like :name escape '!'": wanted.contact and not is_id,
        "phone = :end": end and end.startswith("+"),
        "phone is not null and phone like '%' || :end": end and not end.startswith("+"),
    }
    fits = " and ".join(condition for condition in conditions if conditions[condition])
    rows = db.read(
        f"select id, contact_id from contacts where {fits}",  # noqa: S608 - the conditions are ours
        key=key,
        name=f"%{literally(wanted.contact or '')}%",
        end=end,
    )
    ids = {row["contact_id"] for row in rows if row["contact_id"]}
    if is_id and wanted.contact and not end:
        ids.add(wanted.contact)
    return [row["id"] for row in rows], sorted(ids)


def names_of(db: Database, ids: Iterable[str | None]) -> Mapping[str, str]:
    """The names of those of GHL's contacts that have one, by GHL's id."""
    rows = db.read(
        "select contact_id, name from contacts where name is not null and key in (select value from json_each(?))",
        json.dumps(sorted({f"id:{each}" for each in ids if each})),
    )
    return {row["contact_id"]: row["name"] for row in rows}
