"""Facts come in: reports are merged, and the issues of every contact they touch are derived again, in one transaction.

Used by the receiver (one delivery) and by the sweep (many reports); refuses to know GHL's API.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import parse_qsl

from sentinel_cli.domain.ledger import Rules, derive
from sentinel_cli.domain.model import Report
from sentinel_cli.domain.payloads import (
    Arrival,
    ReadingPolicy,
    digest,
    from_form,
    is_deeper,
    read_delivery,
    webhook_id_of,
)
from sentinel_cli.errors import SentinelError
from sentinel_cli.store import books, deliveries, messages
from sentinel_cli.store.contacts import survivors_first
from sentinel_cli.store.database import Database
from sentinel_cli.store.deliveries import Incoming

__all__ = [
    "RECEIVER_POLICY",
    "Absorbed",
    "Incoming",
    "Recorded",
    "absorb",
    "body_of",
    "is_waiting",
    "keep",
    "key_of",
    "mark_of",
    "read_next",
    "read_waiting",
    "record",
    "rederive",
    "replay",
    "retry",
    "window_of",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Absorbed:
    """What some reports did: keys of their messages in order, how many were new or late, and (issue, event) pairs."""

    keys: Sequence[str] = ()
    new: int = 0
    late: int = 0
    events: Sequence[tuple[int, str]] = field(default_factory=list)

    def count(self, event: str) -> int:
        """How many issues that happened to."""
        return sum(name == event for _, name in self.events)


RECEIVER_POLICY = "receiver_policy"
"""Where the receiver notes by which rules it derives."""


def mark_of(rules: Rules) -> str:
    """A short mark of all that issues are judged by; equal rules have equal marks, in every process."""
    policy, hours = rules.policy, rules.hours
    judged_by = (
        sorted(policy.channels),
        sorted(policy.staff),
        sorted(policy.staff_names),
        sorted(policy.auto_reply_words),
        (policy.call_attempt_resolves, policy.answered_call_min, policy.ack_window, policy.calls_need_route),
        sorted(rules.internal_contacts),
        sorted(rules.sla.items()),
        (hours.weekly, str(hours.zone), repr(hours.closed_on)),
    )
    return hashlib.sha256(repr(judged_by).encode()).hexdigest()[:16]


def key_of(report: Report) -> str:
    """The key of the message a report is about: GHL's id, else one made of its content and instant."""
    if report.message_id:
        return report.message_id
    return messages.provisional_key(report, digest(report, report.contact_id or report.phone or ""))


def absorb(
    db: Database,
    reports: Iterable[Report],
    rules: Rules,
    now: datetime,
    cause: str,
    *,
    delivery_id: int | None = None,
) -> Absorbed:
    """Merge the reports and derive what they touch. Call inside a transaction."""
    merged = [messages.merge_report(db, report, key_of(report), delivery_id) for report in reports]
    touched = frozenset().union(*(m.contacts for m in merged))
    return Absorbed(
        keys=[m.key for m in merged],
        new=sum(m.is_new for m in merged),
        late=sum(m.is_late for m in merged),
        events=rederive(db, touched, rules, now, cause),
    )


def window_of(rules: Rules) -> timedelta:
    """How far before what is settled the rules look back."""
    return max(rules.policy.ack_window, timedelta(hours=2))


def rederive(db: Database, touched: Iterable[int], rules: Rules, now: datetime, cause: str) -> list[tuple[int, str]]:
    """Make the issues of these contacts what their timelines say; (issue id, event) for each that changed.

    Contacts that were merged away come last: by then their messages and ids belong to the survivor.
    """
    window = window_of(rules)
    events: list[tuple[int, str]] = []
    for contact_id in survivors_first(db, touched):
        changes = derive(books.load(db, contact_id, window), rules, now)
        events += books.apply(db, changes, cause, now)
    return events


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What became of a delivery.

    Outcomes: `received`, `opened`, `extended`, `resolved`, `recorded`, `repeated`, `duplicate`, `late`, `undecodable`,
    `ignored:<reason>`, `error:<class>`.
    """

    outcome: str
    delivery_id: int
    issue_id: int | None = None


DEEPEST = 64
"""Levels of objects and lists; bodies seen have 5, and no reader of the archive should meet its own limit."""


def body_of(payload: bytes, content_type: str | None) -> Mapping[str, object] | None:
    """The JSON object or form that the bytes hold, None when they hold neither or one nested deeper than `DEEPEST`.

    JSON is tried first, always.
    """
    try:
        body = json.loads(payload.decode().removeprefix("\ufeff"))
        # No body is deeper than it has brackets, and to count those is cheap.
        may_be_deep = payload.count(b"{") + payload.count(b"[") > DEEPEST
    except (ValueError, RecursionError):
        is_form = (content_type or "").partition(";")[0].strip().lower() == "application/x-www-form-urlencoded"
        body, may_be_deep = _form(payload) if is_form else None, True
    return body if isinstance(body, dict) and not (may_be_deep and is_deeper(body, DEEPEST)) else None


def _form(payload: bytes) -> Mapping[str, object] | None:
    try:
        return from_form(parse_qsl(payload.decode(), keep_blank_values=True, max_num_fields=1000)) or None
    except ValueError:
        return None


def record(db: Database, incoming: Incoming, rules: Rules, reading: ReadingPolicy) -> Recorded:
    """Keep the delivery, then read and derive it, in one transaction; a body that breaks our reading is kept too.

    A delivery whose `webhookId` is kept already is a duplicate and changes nothing. Raises StoreProblem when nothing
    could be stored.
    """
    body = body_of(incoming.payload, incoming.content_type)
    with db.transaction():
        kept = _kept(db, incoming, body)
        return _settle(db, kept.delivery_id, incoming, rules, reading) if kept.outcome == deliveries.WAITING else kept


def keep(db: Database, incoming: Sequence[Incoming]) -> list[Recorded]:
    """Keep the deliveries, in one transaction, to be read by `read_next`; what became of each, in their order.

    All of them or none: raises StoreProblem when they could not be stored.
    """
    bodies = [body_of(each.payload, each.content_type) for each in incoming]
    with db.transaction():
        return [_kept(db, each, body) for each, body in zip(incoming, bodies, strict=True)]


def _kept(db: Database, incoming: Incoming, body: Mapping[str, object] | None) -> Recorded:
    """Keep it; `duplicate` names the one that is kept under the same key already."""
    key = _key(body, incoming)
    outcome = deliveries.WAITING if body is not None else "undecodable"
    delivery_id = deliveries.archive(db, incoming, key, outcome)
    if not delivery_id and key and (first := deliveries.with_key(db, key)):
        return Recorded(outcome="duplicate", delivery_id=first.id, issue_id=first.issue_id)
    return Recorded(outcome=outcome, delivery_id=delivery_id)


def is_waiting(recorded: Recorded) -> bool:
    """Whether the delivery is stored and not read yet."""
    return recorded.outcome == deliveries.WAITING


def read_next(db: Database, rules: Rules, reading: ReadingPolicy) -> Recorded | None:
    """Read and derive the oldest delivery that is only kept so far; None when there is none left."""
    with db.transaction():
        delivery = deliveries.next_waiting(db)
        return _settle(db, delivery.id, _as_it_came(delivery), rules, reading) if delivery else None


def read_waiting(db: Database, rules: Rules, reading: ReadingPolicy) -> int:
    """Read all that is only kept so far, each in its own transaction; how many there were."""
    count = 0
    while read_next(db, rules, reading) is not None:
        count += 1
    return count


def _as_it_came(delivery: deliveries.Delivery) -> Incoming:
    return Incoming(
        route=delivery.route,
        received_at=delivery.received_at,
        payload=delivery.payload,
        content_type=delivery.content_type,
    )


def _key(body: Mapping[str, object] | None, incoming: Incoming) -> str | None:
    """Only an app's event brings an id of its own; bodies of a workflow are told apart by what they say and when."""
    arrival = Arrival(route=incoming.route, received_at=incoming.received_at)
    webhook_id = webhook_id_of(body, arrival) if body else None
    return f"webhook:{webhook_id}" if webhook_id else None


def _settle(db: Database, delivery_id: int, incoming: Incoming, rules: Rules, reading: ReadingPolicy) -> Recorded:
    """Read and derive a kept delivery; whatever breaks in our own code becomes its outcome, and it is tried again."""
    try:
        with db.savepoint():
            recorded = _derived(db, delivery_id, incoming, rules, reading)
    except SentinelError:
        raise
    except Exception as error:  # noqa: BLE001 - a bug of ours must not lose the customer's delivery
        recorded = Recorded(outcome=f"error:{type(error).__name__}", delivery_id=delivery_id)
        deliveries.set_outcome(db, delivery_id, recorded.outcome)
    return recorded


def _derived(db: Database, delivery_id: int, incoming: Incoming, rules: Rules, reading: ReadingPolicy) -> Recorded:
    body = body_of(incoming.payload, incoming.content_type)
    if body is None:
        deliveries.set_outcome(db, delivery_id, "undecodable")
        return Recorded(outcome="undecodable", delivery_id=delivery_id)
    read = read_delivery(body, Arrival(route=incoming.route, received_at=incoming.received_at), reading)
    if read.report is None:
        outcome = f"ignored:{read.ignored}"
        deliveries.set_outcome(db, delivery_id, outcome, contact_id=read.contact_id)
        return Recorded(outcome=outcome, delivery_id=delivery_id)
    cause = f"delivery:{delivery_id}"
    absorbed = absorb(db, [read.report], rules, incoming.received_at, cause, delivery_id=delivery_id)
    outcome, issue_id = _outcome(db, absorbed)
    deliveries.set_outcome(
        db, delivery_id, outcome, contact_id=read.contact_id, message_key=absorbed.keys[0], issue_id=issue_id
    )
    return Recorded(outcome=outcome, delivery_id=delivery_id, issue_id=issue_id)


def _outcome(db: Database, absorbed: Absorbed) -> tuple[str, int | None]:
    """What the one report did, in a word, and the issue its message belongs to."""
    same_as, issue_id = messages.standing(db, absorbed.keys[0])
    if absorbed.late:
        return "late", issue_id
    if same_as is not None and absorbed.new:
        return "repeated", issue_id
    events = [event for _, event in absorbed.events if event in {"opened", "extended", "resolved"}]
    return (events[0] if events else "recorded"), issue_id


def retry(db: Database, rules: Rules, reading: ReadingPolicy) -> tuple[int, int]:
    """Try again the deliveries that broke our reading, each in its own transaction; (mended, still broken)."""
    tried = [replay(db, delivery.id, rules, reading) for delivery in deliveries.to_retry(db)]
    broken = sum(each.outcome.startswith("error:") for each in tried if each)
    return sum(each is not None for each in tried) - broken, broken


def replay(db: Database, delivery_id: int, rules: Rules, reading: ReadingPolicy) -> Recorded | None:
    """Read and derive a kept delivery again as if it came when it did; None where there is nothing to do again.

    What was understood once has its place in the timeline, and what was pruned has no body.
    """
    with db.transaction():
        delivery = deliveries.one_delivery(db, delivery_id)
        if delivery is None or delivery.understood or delivery.pruned_at:
            return None
        return _settle(db, delivery_id, _as_it_came(delivery), rules, reading)
