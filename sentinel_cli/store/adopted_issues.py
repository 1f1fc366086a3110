"""The older service's issues as issues of ours, each with its contact and what is needed to derive it again.

The plan, which of them go on and which are settled, is the domain's (`domain/adoption.py`).
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sentinel_cli.domain.adoption import SPAM_MARGIN, OlderIssue, Plan, plan_of
from sentinel_cli.domain.facts import Facts, adopted_row, contact_facts, joined
from sentinel_cli.domain.instants import instant_text
from sentinel_cli.domain.model import Channel, Direction, IssueStatus, Origin, Report
from sentinel_cli.domain.notes import joined_notes
from sentinel_cli.domain.older_values import as_object, channel_meant, status_meant, text_meant

from .adoption import Reading
from .contacts import facts_json
from .database import Database, Row
from .messages import columns_of
from .older_tables import OlderTable, fill, id_of, widen

__all__ = ["AdoptedIssues", "adopt_issues"]

ACTOR = "adopted"
_USED = (
    "id", "issue_type", "status", "owner_id", "contact_id", "contact_name", "phone", "conversation_id", "created_ts",
    "due_ts", "first_inbound_ts", "last_inbound_ts", "inbound_count", "outbound_count", "resolved_ts",
    "breach_notified_ts", "meta",
)  # fmt: skip
_OURS = (
    *_USED, "contact", "resolved_by", "answered_by", "answer_key", "recorded_ts", "merged_into",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """An older issue in our words; `said` is what the older service said where that is not what we say now."""

    id: int
    channel: Channel
    status: IssueStatus
    contact_id: str | None
    phone: str | None
    name: str | None
    conversation_id: str | None
    created_at: datetime
    first_at: datetime
    last_at: datetime
    due_at: datetime | None
    closed_at: datetime | None
    breach_at: datetime | None
    inbound: int
    outbound: int
    owner_id: Any
    meta: Any
    said: Mapping[str, Any]
    extras: Sequence[Any]

    def as_older(self) -> OlderIssue:
        return OlderIssue(
            id=self.id,
            channel=self.channel,
            first_at=self.first_at,
            last_at=self.last_at,
            over_at=self.closed_at,
            is_spam=self.status is IssueStatus.SPAM,
        )

    def report(self, at: datetime) -> Report:
        """What the older service's webhook told of a message of this issue: that it came, and by when."""
        is_call = self.channel is Channel.CALL
        return Report(
            origin=Origin.ADOPTED,
            seen_at=self.last_at,
            at=at,
            at_is_receipt=True,
            channel=self.channel,
            direction=Direction.INBOUND,
            contact_id=self.contact_id,
            phone=self.phone,
            contact_name=self.name,
            conversation_id=self.conversation_id,
            routed=is_call,
            reported_missed=is_call,
        )

    @property
    def keys(self) -> list[tuple[str, datetime, int]]:
        """Its adopted messages: key, instant, and how many messages each stands for."""
        first = (f"adopted:{self.id}:first", self.first_at)
        if self.first_at == self.last_at:
            return [(*first, max(1, self.inbound))]
        return [(*first, 1), (f"adopted:{self.id}:last", self.last_at, max(1, self.inbound - 1))]


@dataclass(kw_only=True)
class AdoptedIssues:
    """What became of the issues. `to_derive` are the contacts whose open part the older service has left to us."""

    issues: int = 0
    pending: int = 0
    unknown_statuses: int = 0
    unknown_types: int = 0
    merged: Mapping[int, int] = field(default_factory=dict)
    due_changed: int = 0
    contacts: int = 0
    to_derive: Sequence[int] = ()


def adopt_issues(db: Database, older: OlderTable, reading: Reading) -> AdoptedIssues:
    """Every issue under its id, with a contact each; messages and actions for those that go on."""
    extras = older.extras(_USED)
    widened = widen(db, older, extras)
    done = AdoptedIssues()
    issues = [_read(older, row, reading, extras, done) for row in older.rows(db)]
    people = _people(issues)
    plans = {
        key: plan_of([issue.as_older() for issue in own], reading.now, has_id=key[:3] == "id:")
        for key, own in people.items()
    }
    places = {key: place for place, key in enumerate(people, 1)}
    done.merged = {gone: into for plan in plans.values() for gone, into in plan.merged.items()}
    done.issues, done.contacts = len(issues), len(people)
    done.to_derive = [places[key] for key, plan in plans.items() if plan.go_on]
    fill(db, "contacts", _CONTACT, (_contact(places[key], key, own, plans[key]) for key, own in people.items()))
    actions: list[Sequence[Any]] = []
    writing = [(issue, places[key], plans[key]) for key, own in people.items() for issue in own]
    writing.sort(key=lambda each: each[0].id)
    parts = _merged_into(issues, done.merged)
    rows = [_issue_row(each, reading, parts.get(each[0].id, ()), actions, done) for each in writing]
    fill(db, "issues", (*_OURS, *widened), rows)
    fill(db, "actions", _ACTION, actions)
    _fill_messages(db, writing)
    fill(db, "issue_log", ("issue_id", "at_ts", "event", "cause", "evidence"), _log(writing, reading))
    return done


def _read(older: OlderTable, row: Row, reading: Reading, extras: Sequence[str], done: AdoptedIssues) -> _Read:
    def value(name: str) -> Any:
        return row[name] if name in older.columns else None

    def past(name: str) -> datetime | None:
        return reading.past(row, older.pick(name), "issues")

    resolved, created, last = past("resolved_ts"), past("created_ts"), past("last_inbound_ts")
    status, status_known = status_meant(value("status"), is_resolved=resolved is not None)
    channel, type_known = channel_meant(value("issue_type"))
    told_first = past("first_inbound_ts")
    first = told_first or created or last or reading.now
    due = reading.instant(row, older.pick("due_ts"), "issues")
    breach = reading.instant(row, older.pick("breach_notified_ts"), "issues")
    told = {
        "created_ts": created,
        "due_ts": due,
        "first_inbound_ts": told_first,
        "last_inbound_ts": last,
        "resolved_ts": resolved,
        "breach_notified_ts": breach,
    }
    last = max(first, last or first)
    phone, meta = text_meant(value("phone")), as_object(value("meta"))
    done.pending += str(value("status")).strip().upper() == "PENDING"
    done.unknown_statuses += not status_known
    done.unknown_types += not type_known
    ours = {"status": status.value, "issue_type": channel.value, "phone": reading.e164(phone or "")}
    return _Read(
        id=id_of(older, row),
        channel=channel,
        status=status,
        contact_id=text_meant(value("contact_id")),
        phone=ours["phone"],
        name=text_meant(value("contact_name")) or text_meant(meta.get("contact_name")),
        conversation_id=text_meant(value("conversation_id")),
        created_at=created or first,
        first_at=first,
        last_at=last,
        due_at=due,
        closed_at=None if status is IssueStatus.OPEN else resolved or last,
        breach_at=breach,
        inbound=_count(value("inbound_count")),
        outbound=_count(value("outbound_count")),
        owner_id=value("owner_id"),
        meta=value("meta"),
        said={name: value(name) for name, our in {**ours, **told}.items() if _is_other(value(name), our)},
        extras=[row[name] for name in extras],
    )


def _is_other(said: Any, ours: object) -> bool:
    """Whether the older value said something that ours does not; another spelling of an instant does not."""
    return text_meant(said) is not None and said != ours and not isinstance(ours, datetime)


def _count(value: Any) -> int:
    text = text_meant(value) or ""
    return int(text) if text.isascii() and text.isdigit() else 0


def _people(issues: Iterable[_Read]) -> dict[str, list[_Read]]:
    """The issues by whose they are: GHL id, else phone, else each its own.

    A number that a contact with an id has too is that contact's; of several, the one's who wrote last.
    """
    ordered = sorted(issues, key=lambda issue: (issue.last_at, issue.id))
    owners = {issue.phone: issue.contact_id for issue in ordered if issue.phone and issue.contact_id}
    found: dict[str, list[_Read]] = {}
    for issue in ordered:
        owner = issue.contact_id or owners.get(issue.phone or "")
        key = f"id:{owner}" if owner else f"tel:{issue.phone}" if issue.phone else f"own:adopted:{issue.id}"
        found.setdefault(key, []).append(issue)
    return found


_CONTACT = ("id", "key", "contact_id", "phone", "name", "settled_before_ts", "facts_from_ts", "facts")


def _contact(place: int, key: str, own: Sequence[_Read], plan: Plan) -> Sequence[Any]:
    facts: Facts = joined(*(contact_facts(issue.report(issue.first_at)) for issue in own))
    known = {name: stamped[1] for name, stamped in facts.items()}
    floor = instant_text(plan.floor)
    contact_id = key[3:] if key.startswith("id:") else None
    return place, key, contact_id, known.get("phone"), known.get("name"), floor, floor, facts_json(facts)


def _merged_into(issues: Iterable[_Read], merged: Mapping[int, int]) -> dict[int, list[_Read]]:
    """Of each survivor the issues that were merged into it."""
    found: dict[int, list[_Read]] = {}
    for issue in issues:
        if issue.id in merged:
            found.setdefault(merged[issue.id], []).append(issue)
    return found


_Writing = tuple[_Read, int, Plan]
_ACTION = ("id", "issue_id", "contact", "kind", "at_ts", "actor", "channel", "first_key", "through_key")


def _issue_row(
    each: _Writing, reading: Reading, parts: Sequence[_Read], actions: list[Sequence[Any]], done: AdoptedIssues
) -> Sequence[Any]:
    issue, contact, plan = each
    whole = (issue, *parts)
    goes_on = issue.id in plan.go_on
    # What goes on is judged by our rules at once, so that deriving it again changes nothing.
    due = reading.due_of(issue.channel, issue.first_at) if goes_on or issue.due_at is None else issue.due_at
    done.due_changed += issue.closed_at is None and issue.due_at is not None and due != issue.due_at
    survivor = plan.merged.get(issue.id)
    closing = _closing(issue, contact, reading, survivor, actions if goes_on else None)
    return (
        issue.id, issue.channel.value, closing.pop("status"), issue.owner_id, issue.contact_id, issue.name,
        issue.phone or (None if goes_on else text_meant(issue.said.get("phone"))),
        issue.conversation_id, instant_text(issue.created_at),
        instant_text(due), instant_text(issue.first_at), instant_text(max(part.last_at for part in whole)),
        sum(count for part in whole for *_, count in part.keys), 0 if goes_on else issue.outbound,
        closing.pop("resolved_ts"),
        instant_text(issue.breach_at) if issue.breach_at else None, _meta(issue, parts), contact,
        *closing.values(), *issue.extras,
    )  # fmt: skip


def _closing(
    issue: _Read, contact: int, reading: Reading, survivor: int | None, actions: list[Sequence[Any]] | None
) -> dict[str, Any]:
    """How the issue ended; one that goes on ended by an adopted action, which deriving it again will find."""
    ended: dict[str, Any] = dict.fromkeys(
        ("status", "resolved_ts", "resolved_by", "answered_by", "answer_key", "recorded_ts", "merged_into")
    )
    ended["status"] = issue.status.value
    if survivor is not None:
        now = instant_text(reading.now)
        return ended | {
            "status": "RESOLVED",
            "resolved_ts": now,
            "resolved_by": "withdrawn",
            "recorded_ts": now,
            "merged_into": survivor,
        }
    if issue.closed_at is None:
        return ended
    ended["recorded_ts"] = instant_text(issue.closed_at)
    is_spam = issue.status is IssueStatus.SPAM
    if not is_spam:
        ended |= {"resolved_ts": ended["recorded_ts"], "resolved_by": "adopted"}
    if actions is not None:
        _act(issue, contact, actions)
        if not is_spam:
            ended |= {"resolved_by": "resolve", "answered_by": ACTOR, "answer_key": f"action:{len(actions):09}"}
    return ended


def _act(issue: _Read, contact: int, actions: list[Sequence[Any]]) -> None:
    done = [("resolve", issue.closed_at or issue.last_at)]
    if issue.status is IssueStatus.SPAM:
        # Its own messages are spam and no others: whether the number's later ones are is what spam_phones says.
        done = [("spam", issue.last_at), ("unspam", issue.last_at + SPAM_MARGIN)]
    first, through = issue.keys[0][0], issue.keys[-1][0]
    for kind, at in done:
        told = (issue.id, contact, kind, instant_text(at), ACTOR, issue.channel.value, first, through)
        actions.append((len(actions) + 1, *told))


def _meta(issue: _Read, parts: Sequence[_Read]) -> Any:
    """`meta` as it came; with what no other column holds, where there is such a thing."""
    written = issue.said.get("phone")
    if written is None and not parts:
        return issue.meta
    meta = as_object(issue.meta)
    if not meta and text_meant(issue.meta) not in {None, "{}"}:
        meta = {"older_meta": text_meant(issue.meta)}
    if written is not None:
        meta["older_phone"] = text_meant(written)
    for part in parts:
        meta = joined_notes(meta, part.meta)
    # Half a character cannot be stored, its escape can; in JSON both are the same.
    return json.dumps(meta, ensure_ascii=False).encode(errors="backslashreplace").decode()


def _fill_messages(db: Database, writing: Iterable[_Writing]) -> None:
    rows = list(_messages(writing))
    if rows:
        fill(db, "messages", list(rows[0]), (tuple(row.values()) for row in rows))


def _messages(writing: Iterable[_Writing]) -> Iterator[dict[str, Any]]:
    for issue, contact, plan in writing:
        if issue.id in plan.go_on:
            for key, at, count in issue.keys:
                columns = columns_of(adopted_row(key, issue.report(at), count))
                yield columns | {"key": key, "contact": contact, "issue_id": plan.merged.get(issue.id, issue.id)}


def _log(writing: Iterable[_Writing], reading: Reading) -> Iterator[Sequence[Any]]:
    now = instant_text(reading.now)
    for issue, _, plan in writing:
        said: dict[str, Any] = {name: text_meant(value) for name, value in issue.said.items() if name != "phone"}
        if issue.id in plan.go_on:
            due = {"due_ts": instant_text(issue.due_at)} if issue.due_at else {}
            said |= {**due, "inbound_count": issue.inbound, "outbound_count": issue.outbound}
        yield issue.id, now, "adopted", "adoption", json.dumps(said, ensure_ascii=False)
