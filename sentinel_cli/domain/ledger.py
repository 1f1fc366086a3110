"""The books of one contact: what is known of it, and what must change so that its issues are what its timeline says.

`derive` is pure: it takes the rows, issues and actions of a contact (and of those merged into it) and answers with
changes as data. Refuses to know how books are loaded or changes applied.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from .answers import Policy, Role, role_of
from .closeout import is_opt_word, opts_out
from .facts import Facts, Row
from .hours import BusinessHours
from .model import Channel, Direction, Issue, IssueStatus, Wait
from .pairing import REAL_BEFORE, stand_ins
from .sla import due_at
from .timeline import Action, SpamSpan, Timeline
from .waits import Walk, walked

__all__ = [
    "Book",
    "Changes",
    "Contact",
    "Derivation",
    "Entry",
    "Rules",
    "derivation",
    "derive",
    "due",
    "sla_of",
]

SETTLED_AFTER = timedelta(days=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Policy and calendar together: all that derivation depends on beside the facts."""

    policy: Policy
    hours: BusinessHours
    sla: Mapping[Channel, timedelta]
    internal_contacts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A customer record: by GHL id, by phone until an id with that phone is seen, or of its own."""

    id: int
    contact_id: str | None
    phone: str | None
    name: str | None
    merged_into: int | None = None
    opted_out: bool = False
    settled_before: datetime | None = None
    facts: Facts = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """What is known of one contact and of all that was merged into it."""

    contact: Contact
    rows: Mapping[str, Row]
    issues: Mapping[int, Issue] = field(default_factory=dict)
    actions: Sequence[Action] = ()
    spam: Sequence[SpamSpan] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One issue to write: what it was (None: new), what it is, and the keys of the rows it holds."""

    before: Issue | None
    after: Issue
    keys: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What to write so that the store says what the timeline says; empty when it already does."""

    contact: Contact | None = None
    rows: Sequence[Row] = ()
    entries: Sequence[Entry] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivation:
    """What a book's facts say: which rows stand for others, how the waits came about, and the entry of every issue."""

    mates: Mapping[str, str]
    walk: Walk
    entries: Sequence[Entry]


def derive(book: Book, rules: Rules, now: datetime) -> Changes:
    """The changes after which the contact's issues are exactly its waits. Deriving again then changes nothing."""
    derived = derivation(book, rules)
    return Changes(
        contact=_contact(book, derived.walk.waits, now),
        rows=_restated(book, derived),
        entries=[entry for entry in derived.entries if entry.before != entry.after or _moves(entry, book)],
    )


def derivation(book: Book, rules: Rules) -> Derivation:
    """What the facts say by these rules, whatever is stored."""
    mates = stand_ins(book.rows.values(), lambda row: _is_taken(row, rules.policy))
    walk = walked(_timeline(book, mates, rules), rules.policy)
    held = _held_keys(walk.waits, mates)
    kept = [
        Entry(before=book.issues.get(id_), after=_issue(wait, id_, book, rules), keys=keys)
        for wait, keys, id_ in zip(walk.waits, held, _assigned(held, book), strict=True)
    ]
    return Derivation(mates=mates, walk=walk, entries=[*kept, *_left_over(kept, book)])


def _is_taken(row: Row, policy: Policy) -> bool:
    return role_of(row.message(), policy) is Role.CALL_TAKEN


def _timeline(book: Book, mates: Mapping[str, str], rules: Rules) -> Timeline:
    stood_for: dict[str, list[Row]] = {}
    for key, other in mates.items():
        stood_for.setdefault(other, []).append(book.rows[key])
    return Timeline(
        messages=[row.message(stood_for.get(key, ())) for key, row in book.rows.items() if key not in mates],
        actions=book.actions,
        aliases=dict(mates),
        internal=book.contact.contact_id in rules.internal_contacts,
        spam=book.spam,
        settled_before=book.contact.settled_before,
    )


def _held_keys(found: Sequence[Wait], mates: Mapping[str, str]) -> list[frozenset[str]]:
    """Of each wait the keys of all rows in it, those it stands for included."""
    behind: dict[str, set[str]] = {}
    for key, other in mates.items():
        behind.setdefault(other, set()).add(key)
    return [frozenset().union(*({m.key} | behind.get(m.key, set()) for m in wait.messages)) for wait in found]


def _assigned(held: Sequence[frozenset[str]], book: Book) -> list[int]:
    """Oldest wait first, each takes the lowest id among its rows that no earlier wait took, else 0 (a new one)."""
    free = set(book.issues)
    ids = []
    for keys in held:
        id_ = min({book.rows[key].issue_id or 0 for key in keys} & free, default=0)
        free.discard(id_)
        ids.append(id_)
    return ids


def _issue(wait: Wait, id_: int, book: Book, rules: Rules) -> Issue:
    rows = [book.rows[message.key] for message in wait.messages]
    return Issue(
        id=id_,
        contact=book.contact.id,
        channel=wait.channel,
        status=_status(wait),
        contact_id=book.contact.contact_id,
        contact_name=book.contact.name,
        phone=book.contact.phone,
        conversation_id=_conversation(rows) or _conversation(book.rows.values()),
        due_at=due(rules, wait.channel, wait.first.at),
        first_at=wait.first.at,
        last_at=wait.last.at,
        inbound_count=sum(row.value("count") or 1 for row in rows),
        automated_replies=wait.automated_replies,
        unlisted_user=wait.unlisted_user,
        snoozed_until=wait.snoozed_until,
        unconfirmed=all(row.provisional and row.looked for row in rows),
        answer=wait.answer,
    )


def due(rules: Rules, channel: Channel, first_at: datetime) -> datetime:
    """When an answer is owed to a wait of the channel that began then."""
    return due_at(first_at, sla_of(rules, channel), rules.hours)


def sla_of(rules: Rules, channel: Channel) -> timedelta:
    """How much business time an answer may take; what has no SLA of its own is answered like a text."""
    return rules.sla.get(channel, rules.sla[Channel.SMS])


def _conversation(rows: Iterable[Row]) -> str | None:
    """The thread of the newest of these messages whose thread is known."""
    known = [(row.at, row.key, str(c)) for row in rows if (c := row.value("conversation_id"))]
    return max(known)[2] if known else None


def _status(wait: Wait) -> IssueStatus:
    if wait.spam:
        return IssueStatus.SPAM
    return IssueStatus.OPEN if wait.answer is None else IssueStatus.RESOLVED


def _left_over(kept: Sequence[Entry], book: Book) -> list[Entry]:
    """Ids no wait took: closed as withdrawn, with the survivor that holds their messages now, if there is one."""
    taken = {entry.after.id for entry in kept}
    found = []
    for id_, issue in book.issues.items():
        if id_ not in taken:
            keys = {key for key, row in book.rows.items() if row.issue_id == id_}
            survivor = next((entry.after.id for entry in kept if entry.keys & keys), None)
            found.append(Entry(before=issue, after=_withdrawn(issue, survivor or issue.merged_into)))
    return found


def _withdrawn(issue: Issue, survivor: int | None) -> Issue:
    return replace(
        issue, status=IssueStatus.RESOLVED, withdrawn=True, merged_into=survivor, answer=None, snoozed_until=None
    )


def _moves(entry: Entry, book: Book) -> bool:
    """Whether rows come to the issue that it did not hold; a changed count alone would not show an exchange."""
    return any(book.rows[key].issue_id != entry.after.id for key in entry.keys)


def _restated(book: Book, derived: Derivation) -> list[Row]:
    """Rows with another mate, and rows that left an issue which goes on without them.

    A row keeps the id of an issue that nothing holds, so that the id can come back with it.
    """
    held = frozenset().union(*(entry.keys for entry in derived.entries))
    taken = {entry.after.id for entry in derived.entries if entry.keys}
    found = []
    for key, row in book.rows.items():
        is_left = row.issue_id in taken and key not in held
        restated = replace(row, same_as=derived.mates.get(key), issue_id=None if is_left else row.issue_id)
        if restated != row:
            found.append(restated)
    return found


def _contact(book: Book, found: Sequence[Wait], now: datetime) -> Contact | None:
    contact = replace(book.contact, opted_out=_opted_out(book), settled_before=_settled_before(book, found, now))
    return None if contact == book.contact else contact


def _opted_out(book: Book) -> bool:
    """What the contact's newest opt-in or opt-out word says; that may be settled history, which is not shown again."""
    words = [
        row
        for row in sorted(book.rows.values(), key=lambda row: (row.at, row.key))
        if row.direction is Direction.INBOUND and is_opt_word(row.value("text") or "")
    ]
    if words:
        return opts_out(words[-1].value("text"))
    return book.contact.opted_out and book.contact.settled_before is not None


def _over_at(wait: Wait) -> datetime | None:
    """When the wait was over; None while it is not."""
    return wait.answer.at if wait.answer else (wait.last.at if wait.spam else None)


def _settled_before(book: Book, found: Sequence[Wait], now: datetime) -> datetime | None:
    """The instant before which nothing is derived again: no wait was open at it, and all before it ended 14 days ago.

    It moves by whole days, so that it is not written with each delivery.
    """
    limit = now - SETTLED_AFTER
    # Newest first: a wait that reaches across the limit moves it to its start, where an older one may reach across.
    for wait in sorted(found, key=lambda wait: wait.first.at, reverse=True):
        end = _over_at(wait)
        if wait.first.at < limit and (end is None or end > limit):
            # What a body told of may turn out to be that much older, and must not be taken for history then.
            limit = wait.first.at - (timedelta() if wait.first.confirmed else REAL_BEFORE)
    before = book.contact.settled_before
    oldest = min((row.at for row in book.rows.values()), default=limit)
    floor = before if before is not None else oldest
    return limit if limit - floor >= timedelta(days=1) else before
