"""Contacts as rows: found by GHL id or phone, merged when GHL merges them."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime

from sentinel_cli.domain.facts import Facts, contact_facts, joined
from sentinel_cli.domain.instants import instant_text, maybe_instant, parse_instant
from sentinel_cli.domain.ledger import Contact
from sentinel_cli.domain.model import Report
from sentinel_cli.domain.pairing import REAL_BEFORE

from .database import Database, Row
from .history import LATE_ELSEWHERE, part, quiet_before

__all__ = [
    "contact",
    "contact_of",
    "facts_json",
    "facts_of",
    "followed",
    "learn",
    "merge",
    "names_of",
    "phone_rows_rehomed",
    "rehome",
    "survivors_first",
]


def facts_json(facts: Facts) -> str:
    """Facts as the text that `facts_of` reads."""
    return json.dumps(facts, separators=(",", ":"), ensure_ascii=False, sort_keys=True)


def facts_of(text: str) -> Facts:
    """Facts as they were before `facts_json`: ranks are tuples again."""
    return {name: (tuple(rank), value) for name, (rank, value) in json.loads(text).items()}


def contact(db: Database, id_: int) -> Contact:
    """The contact of that row."""
    row = db.one("select * from contacts where id = ?", id_)
    assert row is not None, f"contact {id_} is referenced but missing"  # noqa: S101 - foreign keys forbid it
    return _contact(row)


def names_of(db: Database, contact_ids: Iterable[str]) -> dict[str, str]:
    """The names of those GHL ids that are known."""
    rows = db.read(
        """
        select contact_id, name from contacts
        where name is not null and key in (select 'id:' || value from json_each(?))
        """,
        json.dumps(list(contact_ids)),
    )
    return {row["contact_id"]: row["name"] for row in rows}


def _contact(row: Row) -> Contact:
    settled = row["settled_before_ts"]
    return Contact(
        id=row["id"],
        contact_id=row["contact_id"],
        phone=row["phone"],
        name=row["name"],
        merged_into=row["merged_into"],
        opted_out=bool(row["opted_out"]),
        settled_before=maybe_instant(settled),
        facts=facts_of(row["facts"]),
    )


def contact_of(db: Database, report: Report, message_key: str) -> Contact:
    """The contact a report is about, made if it is new; merges are followed.

    By GHL id; by phone the contact that owns it; with neither, a contact of its own.
    """
    if report.contact_id:
        return followed(db, _found(db, f"id:{report.contact_id}", report))
    if report.phone:
        owner = owner_of_phone(db, report.phone, report.at)
        return owner if owner else _found(db, f"tel:{report.phone}", report)
    return _found(db, f"own:{message_key}", report)


def _found(db: Database, key: str, report: Report) -> Contact:
    row = db.one("select * from contacts where key = ?", key)
    if row is None:
        phone = None if key.startswith("id:") else report.phone
        id_ = db.insert("insert into contacts (key, contact_id, phone) values (?, ?, ?)", key, report.contact_id, phone)
        return contact(db, id_)
    return _contact(row)


def followed(db: Database, found: Contact) -> Contact:
    """The contact that has its messages now, however often it was merged."""
    while found.merged_into is not None:
        found = contact(db, found.merged_into)
    return found


def learn(db: Database, known: Contact, report: Report) -> bool:
    """Merge what the report knows of the contact; whether name or phone changed."""
    facts = joined(known.facts, contact_facts(report))
    if facts == known.facts:
        return False
    values = {name: stamped[1] for name, stamped in facts.items()}
    phone = values.get("phone", known.phone)
    db.write(
        "update contacts set facts = ?, phone = ?, name = ? where id = ?",
        facts_json(facts),
        phone,
        values.get("name", known.name),
        known.id,
    )
    return values != {name: stamped[1] for name, stamped in known.facts.items()}


def owner_of_phone(db: Database, phone: str, at: datetime) -> Contact | None:
    """The contact with a GHL id that has this phone; of several, the one whose newest message by `at` is the newest.

    Where none had a message by then, the one that has the next: GHL's own row of a body may be a little younger.
    """
    owners = _owners(db, phone)
    if len(owners) > 1:
        owners = db.read(
            """
            select *, (select min(at_ts) from messages where contact = c.id and contact_id is not null) as first
            from contacts c where id in (select value from json_each(?))
            order by (select max(at_ts) from messages
                      where contact = c.id and contact_id is not null and at_ts <= ?) desc,
                     first is null, first, c.contact_id
            limit 1
            """,
            json.dumps([owner["id"] for owner in owners]),
            instant_text(at),
        )
    return _contact(owners[0]) if owners else None


def _owners(db: Database, phone: str) -> list[Row]:
    return db.read("select * from contacts where phone = ? and contact_id is not null and merged_into is null", phone)


def merge(db: Database, gone: Contact, survivor: Contact) -> None:
    """All of `gone` becomes `survivor`'s, as when GHL merges two contacts; what was pruned of either stays history."""
    quiet = part(db, gone.id, survivor.id)
    db.write("update contacts set merged_into = ? where id = ?", survivor.id, gone.id)
    db.write("update messages set contact = ? where contact = ?", survivor.id, gone.id)
    db.write("update actions set contact = ? where contact = ?", survivor.id, gone.id)
    floor = min((c.settled_before for c in (gone, survivor) if c.settled_before), default=None)
    if gone.settled_before is None or survivor.settled_before is None:
        floor = None
    floor = max((end for end in (floor, quiet) if end), default=None)
    db.write(
        "update contacts set settled_before_ts = ? where id = ?", instant_text(floor) if floor else None, survivor.id
    )


def rehome(db: Database, message_id: int, owner: int) -> None:
    """Give one message to another contact; its issue stays with the messages that stay, and goes with the last.

    In what is settled there it comes late, as any other fact would; but one that waits for an answer goes on waiting,
    so that what was settled since its instant is derived again there.
    """
    waiting = db.one(
        """
        select m.at_ts from messages m join issues i on i.id = m.issue_id join contacts c on c.id = ?
        where m.id = ? and i.status = 'OPEN' and m.at_ts < c.settled_before_ts
        """,
        owner,
        message_id,
    )
    if waiting is not None:
        # GHL's own row of a body may be as much older, and no wait is cut in two.
        quiet = quiet_before(db, [owner], parse_instant(waiting["at_ts"]) - REAL_BEFORE)
        db.write("update contacts set settled_before_ts = ? where id = ?", instant_text(quiet), owner)
    db.write(
        "update messages set late = 1 where id = ? and at_ts < (select settled_before_ts from contacts where id = ?)",
        message_id,
        owner,
    )
    db.write(
        f"""
        update messages set {LATE_ELSEWHERE}, contact = ?, issue_id = case when exists (
            select 1 from messages o where o.issue_id = messages.issue_id and o.contact = messages.contact
            and o.id <> messages.id) then null else issue_id end
        where id = ?
        """,  # noqa: S608 - the clause is ours
        owner,
        message_id,
    )


def phone_rows_rehomed(db: Database, phone: str) -> set[int]:
    """Give each message that only has this phone to the contact that owns the phone at its instant.

    The ids of all contacts that lost or won one.
    """
    owners = [owner["id"] for owner in _owners(db, phone)]
    touched: set[int] = set()
    for row in _astray(db, phone, owners) if owners else ():
        owner = owner_of_phone(db, phone, parse_instant(row["at_ts"]))
        if owner is not None and owner.id != row["contact"]:
            rehome(db, row["id"], owner.id)
            touched |= {owner.id, row["contact"]}
    return touched


def _astray(db: Database, phone: str, owners: Sequence[int]) -> list[Row]:
    """The messages with this phone alone that may be another contact's than whose they are.

    What is settled with one of several owners stays there, and so does all that an only owner has.
    """
    return db.read(
        """
        with recursive holders(id) as (
          select min(contact) from messages where phone = ?1 and contact_id is null and late = 0
          union all
          select (select min(contact) from messages
                  where phone = ?1 and contact_id is null and late = 0 and contact > holders.id)
          from holders where id is not null
        )
        select m.id, m.contact, m.at_ts from holders h join contacts c on c.id = h.id
        join messages m on m.phone = ?1 and m.contact_id is null and m.late = 0 and m.contact = h.id
          and m.at_ts >= case when h.id in (select value from json_each(?2)) then coalesce(c.settled_before_ts, '')
                         else '' end
        where ?2 <> json_array(h.id) order by m.id
        """,
        phone,
        json.dumps(owners, separators=(",", ":")),
    )


def survivors_first(db: Database, ids: Iterable[int]) -> list[int]:
    """The contacts in the order to derive them: one that was merged away comes after who has its messages now."""
    rows = db.read(
        """
        select id from contacts where id in (select value from json_each(?))
        order by merged_into is not null or contact_id is null, id
        """,
        json.dumps(sorted(ids)),
    )
    return [row["id"] for row in rows]
