"""What a rebuild does to its copy: remember what was derived, forget it, and tell where the two differ afterwards.

What was remembered stands in temporary tables, which are SQLite's own files: memory does not grow with the database.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sentinel_cli.domain.instants import instant_text

from .database import Database, Row
from .deliveries import Delivery, delivery_of
from .messages import edited
from .messages import put_right as put_message_right

__all__ = [
    "Difference",
    "contacts_in_order",
    "differences",
    "facts_text",
    "finish",
    "forget",
    "pieces",
    "put_right",
    "remember",
    "to_replay",
]

# What came before its contact's facts is kept as it is, unless it is open; so is what belongs to no contact.
_KEPT = """
resolved_by is 'withdrawn' or contact is null or first_inbound_ts is null or status <> 'OPEN' and exists (
    select 1 from contacts c where c.id = issues.contact and issues.first_inbound_ts < c.facts_from_ts)
"""
_JUDGED = (
    "status", "issue_type", "first_inbound_ts", "last_inbound_ts", "due_ts", "inbound_count", "outbound_count",
    "auto_replies", "unlisted_user", "unconfirmed", "snoozed_until_ts", "resolved_ts", "resolved_by", "answered_by",
    "answer_key", "merged_into",
)  # fmt: skip
# Of settled issues these stay what they were when they settled.
_NAMED = ("contact", "contact_id", "contact_name", "phone", "conversation_id")
_CONTACT = ("phone", "name", "merged_into", "facts", "opted_out")
_PRIVATE = frozenset({"contact_name", "phone", "name", "facts"})
_PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One field that is not what the facts say; None for either side is "not there".

    `settled` ones are no proof of anything: settings of their time may have judged so. Names and numbers are not told.
    """

    what: str
    field: str
    here: object = None
    by_facts: object = None
    settled: bool = False


def remember(db: Database) -> None:
    """Keep what is derived now, beside the tables that hold it."""
    for table, columns in (
        ("issues", "*"),
        ("contacts", f"id, settled_before_ts, {', '.join(_CONTACT)}"),
        ("messages", "id, contact, same_as, issue_id"),
    ):
        db.write(f"create temp table was_{table} as select {columns} from {table}")  # noqa: S608 - the names are ours
        db.write(f"create unique index temp.was_{table}_by_id on was_{table}(id)")
    db.write("create index temp.was_messages_by_issue on was_messages(issue_id)")
    db.write("create temp table was_log as select coalesce(max(id), 0) as newest from issue_log")


def forget(db: Database, now: datetime) -> tuple[int, int]:
    """Scrub what is derived, but for the ids; (how many issues are derived anew, how many kept as they are)."""
    scrubbed = db.write(
        f"""
        update issues set status = 'RESOLVED', resolved_by = 'withdrawn', resolved_ts = ?, contact_id = null,
          contact_name = null, phone = null, conversation_id = null, due_ts = created_ts, first_inbound_ts = created_ts,
          last_inbound_ts = created_ts, inbound_count = 0, outbound_count = 0, auto_replies = 0, unlisted_user = null,
          unconfirmed = 0, snoozed_until_ts = null, answered_by = null, answer_key = null, merged_into = null
        where not ({_KEPT})
        """,  # noqa: S608 - the clause is ours
        instant_text(now),
    )
    db.write("update messages set same_as = null where same_as is not null")
    _bring_back_issues(db)
    db.write(
        "update contacts set settled_before_ts = min(facts_from_ts, coalesce(settled_before_ts, facts_from_ts)),"
        " opted_out = opted_out and facts_from_ts is not null where merged_into is null"
    )
    kept = db.one("select count(*) from was_issues where resolved_by is not 'withdrawn'")
    return scrubbed, int(kept[0] if kept else 0) - scrubbed


def _bring_back_issues(db: Database) -> None:
    """Every id that is still spoken of has an issue again, as a withdrawn one: what belongs to it may take it back."""
    db.write(
        """
        insert into issues (id, issue_type, status, resolved_by, contact, created_ts, due_ts, first_inbound_ts,
                            last_inbound_ts, resolved_ts)
        select id, max(channel), 'RESOLVED', 'withdrawn', max(contact), min(ts), min(ts), min(ts), min(ts), min(ts)
        from (select issue_id as id, channel, contact, at_ts as ts from messages
              union all select issue_id, channel, contact, at_ts from actions
              union all select issue_id, 'SMS', null, at_ts from issue_log
              union all select merged_into, issue_type, contact, created_ts from issues)
        where id is not null and id not in (select id from issues) group by id
        """
    )


def put_right(db: Database) -> Iterator[Difference]:
    """Store each message as its facts say; every column that was not so."""
    after = 0
    while page := db.read("select * from messages where id > ? order by id limit ?", after, _PAGE):
        for record in page:
            for name in (names := edited(record)):
                yield Difference(what=f"message {record['key']}", field=name, here="another", by_facts="one")
            if names:
                put_message_right(db, record)
        after = page[-1]["id"]


def pieces(db: Database) -> int:
    """How much there is to do: the bodies that will be read again, and the contacts that will be derived anew."""
    row = db.read(
        """
        select (select count(*) from raw_events where message_key is not null and pruned_ts is null)
             + (select count(*) from contacts) as pieces
        """
    )[0]
    return int(row["pieces"])


def to_replay(db: Database, after_id: int) -> Sequence[Delivery]:
    """The next deliveries that told of a message and still have their body."""
    rows = db.read(
        "select * from raw_events where id > ? and message_key is not null and pruned_ts is null order by id limit ?",
        after_id,
        _PAGE,
    )
    return [delivery_of(row) for row in rows]


def facts_text(db: Database, key: str) -> str | None:
    """The facts of a message as they are stored; None when it is not there."""
    row = db.one("select facts from messages where key = ?", key)
    return row["facts"] if row else None


def contacts_in_order(db: Database) -> Iterator[Sequence[int]]:
    """All contacts in batches, in the order to derive them: who was merged away after who has the messages now."""
    for last in (0, 1):
        after = 0
        while page := db.read(
            """
            select id from contacts where (merged_into is not null or contact_id is null) = ? and id > ?
            order by id limit ?
            """,
            last,
            after,
            _PAGE,
        ):
            yield [row["id"] for row in page]
            after = page[-1]["id"]


def finish(db: Database, now: datetime) -> None:
    """What came out as it was has no new line in its log; what is over by the facts was recorded now."""
    db.write(
        f"""
        delete from issue_log where id > (select newest from was_log) and issue_id in (
          select i.id from issues i join was_issues w on w.id = i.id where {_same(_JUDGED)})
        """,  # noqa: S608 - the names are ours
    )
    db.write(
        "update issues set recorded_ts = ? where status <> 'OPEN' and resolved_by is not 'withdrawn'"
        " and id in (select id from was_issues where status = 'OPEN')",
        instant_text(now),
    )


def _same(columns: Sequence[str]) -> str:
    return " and ".join(f"i.{column} is w.{column}" for column in columns)


def differences(db: Database) -> Iterator[Difference]:
    """Every derived field that is not what it was: of issues, contacts and messages, by id."""
    for row in _pages(db, _ISSUES):
        yield from _of_issue(db, row["id"], settled=bool(row["settled"]))
    for row in _pages(db, _CONTACTS):
        what, settled = f"contact {row['id']}", bool(row["settled"])
        yield from _fields(db, "contacts", row["id"], _CONTACT[:-1], what)
        # What settled history said stays said, though the message has gone to another contact since.
        yield from _fields(db, "contacts", row["id"], _CONTACT[-1:], what, settled=settled)
    for row in _pages(db, _MESSAGES):
        what, settled = f"message {row['key']}", bool(row["settled"])
        yield from _fields(db, "messages", row["id"], ("contact", "same_as", "issue_id"), what, settled=settled)


def _pages(db: Database, sql: str) -> Iterator[Row]:
    after = 0
    while page := db.read(f"{sql} order by i.id limit {_PAGE}", after):
        yield from page
        after = page[-1]["id"]


# Open on neither side, and before either floor; or its messages are in the settled past of another contact by now. One
# that is not here is settled when it lies before the floor, and none of its messages belonged to one that is gone.
_ISSUES = f"""
select i.id, 'OPEN' not in (i.status, coalesce(w.status, '')) and (
  w.first_inbound_ts < max(coalesce(c.settled_before_ts, ''), coalesce(wc.settled_before_ts, ''))
  or w.id is not null and coalesce((
    select max(m.at_ts >= coalesce(wm.settled_before_ts, '') and m.late = 0) from was_messages m0
    join messages m on m.id = m0.id join was_contacts wm on wm.id = m0.contact where m0.issue_id = i.id), 1) = 0
  or w.id is null and i.first_inbound_ts < wc.settled_before_ts and not exists (
    select 1 from messages m join was_messages m0 on m0.id = m.id
    where m.issue_id = i.id and m0.issue_id not in (select id from was_issues))
) as settled
from issues i left join was_issues w on w.id = i.id
left join contacts c on c.id = coalesce(w.contact, i.contact)
left join was_contacts wc on wc.id = coalesce(w.contact, i.contact)
where i.id > ? and not ({_same([*_JUDGED, *_NAMED])})
"""  # noqa: S608 - the names are ours
_CONTACTS = f"""
select i.id, w.settled_before_ts is not null as settled
from contacts i join was_contacts w on w.id = i.id where i.id > ? and not ({_same(_CONTACT)})
"""  # noqa: S608 - the names are ours
# Which row a settled one stands for is told by more rows here than are looked at when its contact is derived.
_MESSAGES = """
select i.id, i.key, i.at_ts < coalesce(c.settled_before_ts, '') as settled
from messages i join was_messages w on w.id = i.id
join was_contacts wc on wc.id = w.contact join contacts c on c.id = w.contact
where i.id > ? and (i.contact is not w.contact or i.issue_id is not w.issue_id
  or i.same_as is not w.same_as and i.at_ts >= coalesce(wc.settled_before_ts, ''))
"""


def _of_issue(db: Database, id_: int, *, settled: bool) -> Iterator[Difference]:
    columns = _JUDGED if settled else (*_JUDGED, *_NAMED)
    found = list(_fields(db, "issues", id_, columns, f"#{id_}", settled=settled))
    here = db.one("select resolved_by from was_issues where id = ?", id_)
    now = db.one("select resolved_by from issues where id = ?", id_)
    if here and now and "withdrawn" in (here["resolved_by"], now["resolved_by"]):
        # It is another thing altogether: that is said once.
        found = [each for each in found if each.field in {"status", "resolved_by"}]
    yield from (each for each in found if each.field != "conversation_id" or None not in (each.here, each.by_facts))


def _fields(
    db: Database, table: str, id_: int, columns: Sequence[str], what: str, *, settled: bool = False
) -> Iterator[Difference]:
    here = db.one(f"select * from was_{table} where id = ?", id_)  # noqa: S608 - the names are ours
    now = db.one(f"select * from {table} where id = ?", id_)  # noqa: S608 - the names are ours
    if here is None or now is None:
        yield Difference(what=what, field="status", by_facts=now["status"] if now else None, settled=settled)
        return
    for name in columns:
        if here[name] != now[name]:
            told = ("another", "one") if name in _PRIVATE else (here[name], now[name])
            yield Difference(what=what, field=name, here=told[0], by_facts=told[1], settled=settled)
