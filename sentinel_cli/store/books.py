"""The books of a contact: loaded as values, and written back as the changes that derivation decided."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from sentinel_cli.domain.instants import instant_text, maybe_instant, parse_instant
from sentinel_cli.domain.ledger import Book, Changes, Contact, Entry
from sentinel_cli.domain.model import Channel, Issue, IssueStatus
from sentinel_cli.domain.timeline import Action, ActionKind, SpamSpan

from .actions import numbers_of
from .contacts import contact
from .database import Database
from .history import facts_from
from .issue_rows import issue_of
from .messages import rows_of_contact

__all__ = ["apply", "load", "load_history"]


def load(db: Database, contact_id: int, window: timedelta) -> Book:
    """The contact's open part; `window` is how far before it the rules look back."""
    return _book(db, contact(db, contact_id), window)


def load_history(db: Database, contact_id: int, window: timedelta) -> Book:
    """All of the contact that is kept, what is settled included, as if it had not been settled."""
    owner, whole_from = contact(db, contact_id), facts_from(db, contact_id)
    since = min(whole_from, owner.settled_before or whole_from) if whole_from else None
    return _book(db, replace(owner, settled_before=since), window)


def _book(db: Database, owner: Contact, window: timedelta) -> Book:
    rows = {row.key: row for row in rows_of_contact(db, owner.id, owner.settled_before, window)}
    floor = owner.settled_before
    # What stood for a row may have gone to another contact since.
    standing = (row for row in rows.values() if row.same_as not in rows and (floor is None or row.at >= floor))
    mentioned = {row.issue_id for row in standing if row.issue_id}
    issues = {**_open_issues(db, owner.id), **_issues(db, mentioned)}
    return Book(contact=owner, rows=rows, issues=issues, actions=_actions(db, issues), spam=_spans(db, owner))


def _open_issues(db: Database, contact_id: int) -> dict[int, Issue]:
    # By that order SQLite finds the open ones alone, and not by the index of all that the contact ever had.
    records = db.read("select * from issues where contact = ? and status = 'OPEN' order by issue_type", contact_id)
    return {record["id"]: issue_of(record) for record in records}


def _issues(db: Database, ids: Iterable[int]) -> dict[int, Issue]:
    wanted = json.dumps(sorted(ids))
    records = db.read("select * from issues where id in (select value from json_each(?))", wanted)
    return {record["id"]: issue_of(record) for record in records}


def _actions(db: Database, issues: Mapping[int, Issue]) -> list[Action]:
    records = [
        record for id_ in issues for record in db.read("select * from actions where issue_id = ? order by id", id_)
    ]
    return [
        Action(
            key=f"action:{record['id']:09}",  # padded: of one instant the order of the keys is that of the actions
            kind=ActionKind(record["kind"]),
            at=parse_instant(record["at_ts"]),
            actor=record["actor"],
            channel=Channel(record["channel"]),
            first=record["first_key"],
            through=record["through_key"],
            until=maybe_instant(record["until_ts"]),
        )
        for record in records
    ]


def _spans(db: Database, owner: Contact) -> list[SpamSpan]:
    records = db.read(
        "select since_ts, until_ts from spam_phones where phone in (select value from json_each(?))",
        json.dumps(numbers_of(owner)),
    )
    return [
        SpamSpan(since=parse_instant(record["since_ts"]), until=maybe_instant(record["until_ts"])) for record in records
    ]


def apply(db: Database, changes: Changes, cause: str, now: datetime) -> list[tuple[int, str]]:
    """Write the changes inside the caller's transaction; (issue id, event) for each issue that was written.

    What stops being OPEN is written first: the unique index allows one open issue of a type for each contact.
    """
    if changes.contact is not None:
        _write_contact(db, changes.contact)
    for row in changes.rows:
        db.write("update messages set same_as = ?, issue_id = ? where key = ?", row.same_as, row.issue_id, row.key)
    ordered = sorted(changes.entries, key=lambda entry: (entry.after.status is IssueStatus.OPEN, entry.after.id))
    return [_write_entry(db, entry, cause, now) for entry in ordered]


def _write_contact(db: Database, owner: Contact) -> None:
    settled = instant_text(owner.settled_before) if owner.settled_before else None
    db.write(
        "update contacts set opted_out = ?, settled_before_ts = ? where id = ?", int(owner.opted_out), settled, owner.id
    )


def _write_entry(db: Database, entry: Entry, cause: str, now: datetime) -> tuple[int, str]:
    event = _event(entry)
    columns = _columns(entry, now)
    if entry.before is None:
        id_ = _insert(db, columns, now)
    else:
        id_ = entry.after.id
        sets = ", ".join(f"{name} = ?" for name in columns)
        changed = db.write(
            f"update issues set {sets} where id = ? and status = ?",  # noqa: S608 - the names are ours
            *columns.values(),
            id_,
            entry.before.status.value,
        )
        assert changed == 1, f"issue {id_} changed under an open transaction"  # noqa: S101
    for key in entry.keys:
        db.write("update messages set issue_id = ? where key = ? and issue_id is not ?", id_, key, id_)
    if entry.after.withdrawn and entry.after.merged_into:
        db.write("update actions set issue_id = ? where issue_id = ?", entry.after.merged_into, id_)
    if event != "changed" or _is_news(entry):
        _log(db, id_, event, cause, entry, now)
    return id_, event


def _insert(db: Database, columns: Mapping[str, object], now: datetime) -> int:
    names = {**columns, "created_ts": instant_text(now)}
    marks = ", ".join("?" * len(names))
    return db.insert(f"insert into issues ({', '.join(names)}) values ({marks})", *names.values())  # noqa: S608


def _columns(entry: Entry, now: datetime) -> dict[str, object]:
    after, answer = entry.after, entry.after.answer
    columns: dict[str, object] = {
        "issue_type": after.channel.value,
        "status": after.status.value,
        "contact": after.contact,
        "contact_id": after.contact_id,
        "contact_name": after.contact_name,
        "phone": after.phone,
        "conversation_id": after.conversation_id,
        "due_ts": instant_text(after.due_at),
        "first_inbound_ts": instant_text(after.first_at),
        "last_inbound_ts": instant_text(after.last_at),
        "inbound_count": after.inbound_count,
        "outbound_count": after.automated_replies + int(answer is not None and not answer.key.startswith("action:")),
        "auto_replies": after.automated_replies,
        "unlisted_user": after.unlisted_user,
        "unconfirmed": int(after.unconfirmed),
        "snoozed_until_ts": instant_text(after.snoozed_until) if after.snoozed_until else None,
        "resolved_ts": instant_text(answer.at) if answer else None,
        "resolved_by": answer.rule.value if answer else None,
        "answered_by": answer.by if answer else None,
        "answer_key": answer.key if answer else None,
        "merged_into": after.merged_into,
    }
    if after.withdrawn:
        columns |= {"resolved_by": "withdrawn", "resolved_ts": instant_text(now)}
    if entry.before is None or entry.before.status is not after.status:
        columns["recorded_ts"] = None if after.status is IssueStatus.OPEN else instant_text(now)
    return columns


def _event(entry: Entry) -> str:
    """The transition's name in the issue's log."""
    before, after = entry.before, entry.after
    if after.withdrawn:
        return "withdrawn"
    if before is None:
        return "opened" if after.status is IssueStatus.OPEN else "recorded"
    if before.status is not after.status:
        return {IssueStatus.OPEN: "reopened", IssueStatus.RESOLVED: "resolved", IssueStatus.SPAM: "spam"}[after.status]
    return "extended" if after.inbound_count > before.inbound_count else "changed"


def _is_news(entry: Entry) -> bool:
    """Whether a change is more than a name or a thread that became known."""
    before, after = entry.before, entry.after
    return before is None or any(
        getattr(before, name) != getattr(after, name)
        for name in ("due_at", "first_at", "answer", "snoozed_until", "unconfirmed", "unlisted_user")
    )


def _log(db: Database, id_: int, event: str, cause: str, entry: Entry, now: datetime) -> None:
    answer = entry.after.answer
    evidence: dict[str, object] = {"status": entry.after.status.value, "messages": entry.after.inbound_count}
    if answer is not None:
        evidence |= {"answer": answer.key, "by": answer.by, "rule": answer.rule.value, "at": instant_text(answer.at)}
    if entry.after.merged_into:
        evidence["merged_into"] = entry.after.merged_into
    db.insert(
        "insert into issue_log (issue_id, at_ts, event, cause, evidence) values (?, ?, ?, ?, ?)",
        id_,
        instant_text(now),
        event,
        cause,
        json.dumps(evidence),
    )
