"""What a check of GHL needs to know of the store, and leaves in it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sentinel_cli.domain.facts import joined
from sentinel_cli.domain.instants import instant_text, parse_instant
from sentinel_cli.domain.model import Channel, Direction, Issue

from .contacts import facts_json, facts_of
from .database import Database
from .issue_rows import issue_of
from .kv import ADOPTED

__all__ = [
    "Coverage",
    "Stranger",
    "Told",
    "contact_with_id",
    "contacts_to_derive",
    "coverage",
    "coverage_between",
    "customers_between",
    "directions",
    "issues_to_read",
    "last_delivery",
    "learn_card",
    "mark_looked",
    "shown_between",
    "strangers",
    "told_between",
    "unrouted",
]


# Of what happened before the adoption the older service's webhooks told that service.
_OURS_TO_HEAR = f"m.at_ts >= coalesce((select value from kv_store where key = '{ADOPTED}'), '')"  # noqa: S608


# A delivery tells of a message by itself, or by a body without id that the message stands for.
_TOLD = """
m.delivery_id is not null or exists (
  select 1 from messages p where p.contact = m.contact and p.same_as = m.key and p.delivery_id is not null
)
"""


# What colleagues write is no customer's message; :internal are their contacts' GHL ids.
_BY_A_CUSTOMER = """
m.author = 'customer'
and m.contact not in (select id from contacts where key in (select 'id:' || value from json_each(:internal)))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Of the customer messages in a check, how many a webhook told of."""

    messages: int
    delivered: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranger:
    """A contact with an open issue whose name, phone or GHL id nobody has told yet; id or phone is known."""

    id: int
    contact_id: str | None
    phone: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A customer's message that a body without id tells of, and that no message of GHL's stands for yet."""

    contact_id: str
    channel: Channel
    at: datetime
    text: str | None


def coverage(db: Database, keys: Iterable[str], channels: Iterable[str], internal: Iterable[str] = ()) -> Coverage:
    """How many of those messages are customers', and of how many a delivery tells, its own or one it stands for.

    `internal` are the GHL ids of contacts who are none.
    """
    [row] = db.read(
        f"""
        select count(*) as messages, coalesce(sum({_TOLD}), 0) as delivered
        from messages m
        where m.key in (select value from json_each(:keys)) and {_BY_A_CUSTOMER}
          and m.channel in (select value from json_each(:channels)) and {_OURS_TO_HEAR}
        """,  # noqa: S608 - conditions of ours
        keys=json.dumps(sorted(set(keys))),
        channels=json.dumps(sorted(channels)),
        internal=json.dumps(sorted(internal)),
    )
    return Coverage(messages=row["messages"], delivered=row["delivered"])


def coverage_between(
    db: Database, since: datetime, until: datetime, channels: Iterable[str], internal: Iterable[str] = ()
) -> Mapping[Channel, Coverage]:
    """The same of the customers' messages of that span that GHL has shown us, by channel, where there are any."""
    rows = db.read(
        f"""
        select m.channel, count(*) as messages, sum({_TOLD}) as delivered
        from messages m
        where m.at_ts >= :since and m.at_ts < :until and m.api_seen_ts is not null and {_BY_A_CUSTOMER}
          and m.channel in (select value from json_each(:channels)) and {_OURS_TO_HEAR}
        group by m.channel order by m.channel
        """,  # noqa: S608 - conditions of ours
        since=instant_text(since),
        until=instant_text(until),
        channels=json.dumps(sorted(channels)),
        internal=json.dumps(sorted(internal)),
    )
    return {Channel(row["channel"]): Coverage(messages=row["messages"], delivered=row["delivered"]) for row in rows}


def shown_between(db: Database, since: datetime, until: datetime) -> int:
    """How many messages of that span GHL has shown us before."""
    row = db.one(
        "select count(*) from messages where api_seen_ts is not null and at_ts >= ? and at_ts < ?",
        instant_text(since),
        instant_text(until),
    )
    return int(row[0]) if row else 0


def customers_between(db: Database, since: datetime, until: datetime) -> int:
    """How many messages of customers in that span a webhook or GHL has told of."""
    row = db.one(
        """
        select count(*) from messages
        where direction = 'inbound' and channel <> 'OTHER' and same_as is null and origin <> 'adopted'
          and at_ts >= ? and at_ts < ?
        """,
        instant_text(since),
        instant_text(until),
    )
    return int(row[0]) if row else 0


def directions(db: Database, keys: Iterable[str]) -> dict[str, Direction]:
    """Which way those messages go, as GHL has shown it before, or the webhook about a text.

    A call's webhook is no proof: the vendor's own samples call an inbound call outbound (GHL.md 3).
    """
    rows = db.read(
        """
        select key, direction from messages
        where key in (select value from json_each(?)) and channel <> 'OTHER'
          and (api_seen_ts is not null or (delivery_id is not null and channel <> 'CALL'))
        """,
        json.dumps(sorted(set(keys))),
    )
    return {row["key"]: Direction(row["direction"]) for row in rows}


def told_between(db: Database, since: datetime, until: datetime) -> Sequence[Told]:
    """The customers' messages of that span that only bodies without id tell of."""
    rows = db.read(
        """
        select contact_id, channel, at_ts, text from messages
        where provisional = 1 and same_as is null and direction = 'inbound' and contact_id is not null
          and at_ts >= ? and at_ts < ?
        """,
        instant_text(since),
        instant_text(until),
    )
    return [
        Told(
            contact_id=row["contact_id"],
            channel=Channel(row["channel"]),
            at=parse_instant(row["at_ts"]),
            text=row["text"],
        )
        for row in rows
    ]


def unrouted(db: Database, keys: Iterable[str], internal: Iterable[str] = ()) -> int:
    """How many of those messages are customers' missed calls that belong to no issue; `internal` contacts are none."""
    [row] = db.read(
        f"""
        select count(*) from messages m
        where m.key in (select value from json_each(:keys)) and {_BY_A_CUSTOMER} and m.channel = 'CALL'
          and m.issue_id is null and coalesce(m.outcome, '') not in ('completed', 'answered') and {_OURS_TO_HEAR}
        """,  # noqa: S608 - conditions of ours
        keys=json.dumps(sorted(set(keys))),
        internal=json.dumps(sorted(internal)),
    )
    return int(row[0])


def last_delivery(db: Database) -> datetime | None:
    """When the newest delivery reached us."""
    row = db.one("select received_ts from raw_events order by id desc limit 1")
    return parse_instant(row["received_ts"]) if row else None


def issues_to_read(db: Database) -> Sequence[Issue]:
    """Every open issue of a contact that GHL can be asked about."""
    rows = db.read("select * from issues where status = 'OPEN' and contact_id is not null order by due_ts, id")
    return [issue_of(row) for row in rows]


def mark_looked(db: Database, contact_id: str, since: datetime, until: datetime, at: datetime) -> set[int]:
    """Say of the contact's messages without id, received in [since, until], that a complete look found no mate.

    The contacts to derive again.
    """
    rows = db.read(
        """
        select m.id, m.contact from messages m join contacts c on c.id = m.contact
        where c.key = 'id:' || ? and m.provisional = 1 and m.same_as is null and m.looked_ts is null
          and m.at_ts between ? and ?
        """,
        contact_id,
        instant_text(since),
        instant_text(until),
    )
    for row in rows:
        db.write("update messages set looked_ts = ? where id = ?", instant_text(at), row["id"])
    return {row["contact"] for row in rows}


def strangers(db: Database, asked_before: datetime, limit: int, internal: Iterable[str] = ()) -> Sequence[Stranger]:
    """Contacts with an open issue and no name or phone, that were not asked about since `asked_before`.

    And of the `internal` ones, whose names stand in answers and logs, those who have texted us, after the customers.
    """
    rows = db.read(
        """
        select distinct c.id, c.contact_id, c.phone, 0 as internal from issues i join contacts c on c.id = i.contact
        where i.status = 'OPEN' and coalesce(c.contact_id, c.phone) is not null
          and (c.contact_id is null or c.name is null or c.phone is null)
          and (c.asked_ts is null or c.asked_ts < ?1)
        union
        select id, contact_id, phone, 1 from contacts
        where key in (select 'id:' || value from json_each(?3)) and name is null
          and (asked_ts is null or asked_ts < ?1)
        order by internal, id limit ?2
        """,
        instant_text(asked_before),
        limit,
        json.dumps(sorted(internal)),
    )
    return [Stranger(id=row["id"], contact_id=row["contact_id"], phone=row["phone"]) for row in rows]


def contact_with_id(db: Database, contact_id: str) -> int:
    """The row of the contact with that GHL id, made if it is new."""
    db.write(
        "insert into contacts (key, contact_id) values (?, ?) on conflict (key) do nothing",
        f"id:{contact_id}",
        contact_id,
    )
    row = db.one("select coalesce(merged_into, id) as id from contacts where key = ?", f"id:{contact_id}")
    return int(row["id"]) if row else 0


def learn_card(db: Database, id_: int, name: str | None, phone: str | None, seen_at: datetime) -> None:
    """Merge what GHL's contact record says into the contact, and remember that it was asked."""
    row = db.one("select facts, name, phone from contacts where id = ?", id_)
    if row is None:
        return
    stamp = instant_text(seen_at)
    told = {n: ((2, stamp, v), v) for n, v in (("name", name), ("phone", phone)) if v}
    facts = joined(facts_of(row["facts"]), told)
    db.write(
        "update contacts set facts = ?, name = ?, phone = ?, asked_ts = ? where id = ?",
        facts_json(facts),
        facts["name"][1] if "name" in facts else row["name"],
        facts["phone"][1] if "phone" in facts else row["phone"],
        stamp,
        id_,
    )


def contacts_to_derive(db: Database, since: datetime) -> Sequence[int]:
    """Every contact with an open issue or a message since an instant: what a changed policy may judge anew."""
    rows = db.read(
        """
        select contact from issues where status = 'OPEN'
        union select contact from messages where at_ts >= ?
        """,
        instant_text(since),
    )
    return [row["contact"] for row in rows if row["contact"] is not None]
