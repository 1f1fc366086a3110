"""Messages as rows: a report is merged into the row it belongs to; nothing known is ever forgotten."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sentinel_cli.domain.facts import Row as Facts
from sentinel_cli.domain.facts import joined, row_of
from sentinel_cli.domain.instants import instant_text
from sentinel_cli.domain.model import Origin, Report

from .contacts import contact, contact_of, facts_json, facts_of, learn, merge, phone_rows_rehomed, rehome
from .database import Database, Row

__all__ = [
    "Merged",
    "columns_of",
    "edited",
    "merge_report",
    "provisional_key",
    "put_right",
    "row",
    "rows_of_contact",
    "standing",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What one report did: the row it is in now, whether that row is new or late, and the contacts to derive again."""

    key: str
    is_new: bool
    is_late: bool
    contacts: frozenset[int]


def provisional_key(report: Report, digest: str) -> str:
    """The key of a message without id: its content's digest and its instant, so that the same body is the same row."""
    return f"p:{digest}:{instant_text(report.at)}"


def merge_report(db: Database, report: Report, key: str, delivery_id: int | None = None) -> Merged:
    """Merge a report into the message `key` and its contact (DESIGN, "Facts merge"). Call inside a transaction."""
    owner = contact_of(db, report, key)
    touched: set[int] = set()
    if learn(db, owner, report):
        touched.add(owner.id)
        known_phones = {owner.phone, report.phone} - {None}
    else:
        known_phones = set()
    old = db.one("select * from messages where key = ?", key)
    is_late = False
    if old is None:
        is_late = owner.settled_before is not None and report.at < owner.settled_before
        _insert(db, replace(row_of(key, report), contact=owner.id, late=is_late), delivery_id)
        touched.add(owner.id)
    else:
        touched |= _merge_into(db, old, report, owner.id, delivery_id)
    for phone in known_phones | ({report.phone} if report.phone and not report.contact_id else set()):
        touched |= phone_rows_rehomed(db, str(phone))
    if old is None and report.contact_id and owner.phone:
        touched |= phone_rows_rehomed(db, owner.phone)
    return Merged(key=key, is_new=old is None, is_late=is_late, contacts=frozenset(touched))


def _merge_into(db: Database, old: Row, report: Report, owner: int, delivery_id: int | None) -> set[int]:
    before = row(old)
    report_row = row_of(before.key, report)
    after = replace(
        before,
        facts=joined(before.facts, report_row.facts),
        delivered=before.delivered or report_row.delivered,
        api_seen=before.api_seen or report_row.api_seen,
    )
    touched: set[int] = set()
    moved = after.value("contact_id") != before.value("contact_id")
    if moved and (before.value("contact_id") is None or report.origin is not Origin.API):
        # Only GHL's own word that a message is another contact's means that it merged the two.
        rehome(db, old["id"], owner)
        after = replace(after, contact=owner, late=_late(db, old["id"]))
        touched |= {owner, old["contact"]}
    elif moved and old["contact"] != owner:
        merge(db, contact(db, old["contact"]), contact(db, owner))
        after = replace(after, contact=owner, late=_late(db, old["id"]))
        touched |= {owner, old["contact"]}
    if after != before:
        # Ranks are kept even where no value changes: a report that comes late must meet the newest that was told.
        _update(db, after, delivery_id)
    if _values(after) != _values(before):
        touched.add(after.contact or owner)
    return touched


def _late(db: Database, id_: int) -> bool:
    row = db.one("select late from messages where id = ?", id_)
    return bool(row and row["late"])


def _values(known: Facts) -> tuple[object, ...]:
    return (
        {name: stamped[1] for name, stamped in known.facts.items()},
        known.delivered,
        known.api_seen,
        known.contact,
        known.at_is_receipt,
    )


def columns_of(known: Facts) -> dict[str, object]:
    """What is stored of a row beside its key and what derivation remembers of it."""
    origin = Origin.API if known.api_seen else Origin.DELIVERY if known.delivered else Origin.ADOPTED
    return {
        "contact": known.contact,
        "provisional": int(known.provisional),
        "contact_id": known.value("contact_id"),
        "phone": known.value("phone"),
        "conversation_id": known.value("conversation_id"),
        "channel": known.channel.value,
        "kind": known.value("kind"),
        "direction": known.direction.value,
        "author": known.author.value,
        "user_id": known.value("user_id"),
        "source": known.value("source"),
        "at_ts": instant_text(known.at),
        "outcome": known.value("outcome"),
        "duration": known.value("duration"),
        "text": known.value("text"),
        "origin": origin.value,
        "facts": facts_json(known.facts),
        "late": int(known.late),
    }


def edited(record: Row) -> Sequence[str]:
    """The columns of a stored message that are not what its facts say. Raises ValueError where those are torn."""
    columns = columns_of(row(record))
    # The same facts may be spelled otherwise; an adopted message is no longer one when the API has shown it.
    return [name for name, value in columns.items() if name not in {"facts", "origin"} and record[name] != value]


def put_right(db: Database, record: Row) -> None:
    """Store a message as its facts say."""
    _update(db, row(record), None)


def _insert(db: Database, known: Facts, delivery_id: int | None) -> None:
    columns = {
        "key": known.key,
        **columns_of(known),
        "delivery_id": delivery_id,
        "api_seen_ts": _api_seen(known),
    }
    names, marks = ", ".join(columns), ", ".join("?" * len(columns))
    db.insert(f"insert into messages ({names}) values ({marks})", *columns.values())  # noqa: S608 - names are ours


def _update(db: Database, known: Facts, delivery_id: int | None) -> None:
    columns = columns_of(known)
    sets = ", ".join(f"{name} = ?" for name in columns)
    db.write(
        f"update messages set {sets}, delivery_id = coalesce(delivery_id, ?),"  # noqa: S608 - names are ours
        " api_seen_ts = coalesce(api_seen_ts, ?) where key = ?",
        *columns.values(),
        delivery_id,
        _api_seen(known),
        known.key,
    )


def _api_seen(known: Facts) -> str | None:
    """When the API was seen to show it: the newest stamp of an API report in its facts."""
    stamps = [stamped[0] for name, stamped in known.facts.items() if name not in {"at", "outcome"}]
    return max((str(rank[1]) for rank in stamps if rank[0] == 2), default=None)


def row(record: Row) -> Facts:
    """A stored message as the pure middle knows it."""
    return Facts(
        key=record["key"],
        provisional=bool(record["provisional"]),
        facts=facts_of(record["facts"]),
        contact=record["contact"],
        same_as=record["same_as"],
        issue_id=record["issue_id"],
        delivered=record["delivery_id"] is not None,
        api_seen=record["api_seen_ts"] is not None,
        looked=record["looked_ts"] is not None,
        late=bool(record["late"]),
    )


def standing(db: Database, key: str) -> tuple[str | None, int | None]:
    """The key of the message that stands for this one, if any, and the issue it belongs to."""
    record = db.one("select same_as, issue_id from messages where key = ?", key)
    return (record["same_as"], record["issue_id"]) if record else (None, None)


def rows_of_contact(
    db: Database, contact_id: int, settled_before: datetime | None, window: timedelta
) -> Iterable[Facts]:
    """The contact's open part, with as much before it as the rules look back: `window`, and our newest text."""
    if settled_before is None:
        records = db.read("select * from messages where contact = ? and late = 0", contact_id)
        return [row(record) for record in records]
    since = instant_text(settled_before - window)
    records = db.read(
        """
        select * from messages where contact = ?1 and late = 0 and at_ts >= ?2
        union all
        select * from (select * from messages where contact = ?1 and late = 0 and at_ts < ?2
                       and direction = 'outbound' and channel not in ('CALL', 'EMAIL', 'OTHER')
                       and coalesce(outcome, '') not in ('failed', 'undelivered', 'opt_out', 'scheduled')
                       order by at_ts desc limit 1)
        """,
        contact_id,
        since,
    )
    return [row(record) for record in records]
