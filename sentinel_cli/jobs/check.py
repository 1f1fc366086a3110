"""The fresh check: ask GHL what happened since the watermark, and make the issues say so.

Gather (network, nothing written), then apply (database, no network), the watermark last. Used by `poll-resolver` and
inside the summary. A GHL outage is *unknown*: it raises, and nothing is resolved by what was not read.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sentinel_cli import intake, log
from sentinel_cli.domain.ledger import SETTLED_AFTER, Rules
from sentinel_cli.domain.model import Report, User
from sentinel_cli.errors import GhlRefused, GhlRejected, GhlUnavailable
from sentinel_cli.ports import ContactCard, Ghl
from sentinel_cli.store import checks, contacts, kv, users
from sentinel_cli.store.database import Database

__all__ = [
    "WATERMARK",
    "Check",
    "Depth",
    "Gathered",
    "RulesFor",
    "apply",
    "gather",
    "introduce",
    "last_begun",
    "read_directly",
]

RulesFor = Callable[[Sequence[User]], Rules]
"""The rules in force, given everyone who has a login."""

WATERMARK = "resolver_watermark_ts"
_POLICY = "resolver_policy"
_BEGUN = "last_check_begun_ts"
_USERS_SEEN = "users_seen_ts"

_TICK = timedelta(minutes=30)
_DEEP = timedelta(hours=48)
FIRST = timedelta(hours=96)
_USERS_FRESH = timedelta(hours=24)
_ASK_AGAIN = timedelta(hours=24)
_CARDS_PER_RUN = 40
# A body's real message is at most two hours older than its receipt, and the index lags some minutes (GHL.md 4).
_MATE_BEFORE = timedelta(hours=2)
_MATE_AFTER = timedelta(minutes=5)
_CHUNK = 200
_SILENT_FROM = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """How far a check reaches: `deep` 48 hours instead of 30 minutes, `full` each open issue's conversation too."""

    deep: bool = False
    full: bool = False
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """All that was read from GHL in one check."""

    begun_at: datetime
    since: datetime
    reports: Sequence[Report]
    users: Sequence[User] = ()
    read: Sequence[str] = ()
    unread: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What a check did. `threads` is how many conversations it looked at; `unread` the contacts it could not read.

    `silent_since` is the last delivery's instant when three or more customer messages came without a single one.
    """

    begun_at: datetime
    since: datetime
    reports: int
    threads: int
    new: int = 0
    late: int = 0
    opened: int = 0
    extended: int = 0
    resolved: int = 0
    reopened: int = 0
    withdrawn: int = 0
    unread: frozenset[str] = frozenset()
    silent: bool = False
    silent_since: datetime | None = None
    keys: Sequence[str] = field(default=(), repr=False)


def gather(db: Database, ghl: Ghl, depth: Depth, now: datetime, *, staff_listed: bool) -> Gathered:
    """Everything to know, read and not yet written. Raises the GHL error that left the check incomplete."""
    since = _since(db, depth, now)
    known = _users(db, ghl, now, staff_listed=staff_listed)
    reports = [report for page in ghl.sweep(since, now) for report in page]
    read = _read_open_issues(db, ghl, now) if depth.full else Reads()
    return Gathered(
        begun_at=now,
        since=since,
        reports=[*reports, *read.reports],
        users=known,
        read=read.read,
        unread=read.unread,
    )


def _since(db: Database, depth: Depth, now: datetime) -> datetime:
    """The watermark less the overlap; 96 hours back when there is none (DESIGN, poll-resolver)."""
    if depth.since is not None:
        return depth.since
    watermark = kv.get_instant(db, WATERMARK)
    if watermark is None:
        return now - FIRST
    tick = watermark - _TICK
    return min(tick, now - _DEEP) if depth.deep or depth.full else tick


def _users(db: Database, ghl: Ghl, now: datetime, *, staff_listed: bool) -> Sequence[User]:
    """The location's users when ours are a day old. Where nobody is known otherwise, not knowing them is an error."""
    asked = kv.get_instant(db, _USERS_SEEN)
    if asked is not None and now - asked < _USERS_FRESH:
        return ()
    try:
        return ghl.users()
    except (GhlRefused, GhlRejected, GhlUnavailable) as error:
        if not staff_listed and not users.all_users(db):
            raise
        log.event("request.failed", what="users", error=type(error).__name__)
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reads:
    """Conversations read directly: their reports, the contacts read whole, and those that could not be."""

    reports: Sequence[Report] = ()
    read: Sequence[str] = ()
    unread: Sequence[str] = ()


def _read_open_issues(db: Database, ghl: Ghl, now: datetime) -> Reads:
    oldest: dict[str, datetime] = {}
    for issue in checks.issues_to_read(db):
        if issue.contact_id:
            oldest[issue.contact_id] = min(issue.first_at, oldest.get(issue.contact_id, now))
    return read_directly(ghl, oldest)


def read_directly(ghl: Ghl, oldest: dict[str, datetime]) -> Reads:
    """Every conversation of these contacts since two hours before the given instants; one that fails is `unread`."""
    reports: list[Report] = []
    read, unread = [], []
    for contact_id, since in oldest.items():
        try:
            for thread in ghl.conversations_of(contact_id):
                reports += ghl.conversation(thread.conversation_id, since - _MATE_BEFORE)
        except (GhlRejected, GhlUnavailable) as error:
            log.event("request.failed", what="conversation", contact=contact_id, error=type(error).__name__)
            unread.append(contact_id)
        else:
            read.append(contact_id)
    return Reads(reports=reports, read=read, unread=unread)


def apply(db: Database, gathered: Gathered, rules_for: RulesFor, now: datetime, cause: str) -> Check:
    """Write what was gathered, in transactions short enough for the receiver to slip in between; the watermark last."""
    with db.transaction():
        users.remember(db, gathered.users, gathered.begun_at)
        if gathered.users:
            kv.put_instant(db, _USERS_SEEN, gathered.begun_at)
    rules = rules_for(users.all_users(db))
    done = [_absorb(db, chunk, rules, now, cause) for chunk in _chunks(gathered.reports)]
    with db.transaction():
        again = _looked(db, gathered, now) | _rejudged(db, rules, now)
        events = intake.rederive(db, again, rules, now, cause)
        kv.put_instant(db, WATERMARK, gathered.begun_at)
        kv.put_instant(db, _BEGUN, gathered.begun_at)
    return _summed(db, gathered, [*done, intake.Absorbed(events=events)], rules)


def _chunks(reports: Sequence[Report]) -> Iterable[Sequence[Report]]:
    """By contact, so that each is derived once; a chunk is one transaction."""
    ordered = sorted(reports, key=lambda report: (report.contact_id or "", report.at, report.message_id or ""))
    return (ordered[n : n + _CHUNK] for n in range(0, len(ordered), _CHUNK))


def _absorb(db: Database, chunk: Sequence[Report], rules: Rules, now: datetime, cause: str) -> intake.Absorbed:
    with db.transaction():
        return intake.absorb(db, chunk, rules, now, cause)


def _looked(db: Database, gathered: Gathered, now: datetime) -> set[int]:
    """Messages without id whose whole window the sweep covered, of contacts that were read directly as well."""
    since, until = gathered.since + _MATE_BEFORE, gathered.begun_at - _MATE_AFTER
    found: set[int] = set()
    for contact_id in gathered.read:
        found |= checks.mark_looked(db, contact_id, since, until, now)
    return found


def _rejudged(db: Database, rules: Rules, now: datetime) -> set[int]:
    """The contacts that a changed policy, calendar or list of users may judge anew; none when nothing changed."""
    fingerprint = hashlib.sha256(repr(_judged_by(rules, _month_before(rules, now))).encode()).hexdigest()
    if kv.get(db, _POLICY) == fingerprint:
        return set()
    kv.put(db, _POLICY, fingerprint)
    return set(checks.contacts_to_derive(db, now - SETTLED_AFTER))


def _month_before(rules: Rules, now: datetime) -> date:
    """The first day of last month: a fixed place from which to compare the closed days that open issues may meet."""
    this = rules.hours.local(now).date().replace(day=1)
    return (this - timedelta(days=1)).replace(day=1)


def _judged_by(rules: Rules, month: date) -> tuple[object, ...]:
    policy = rules.policy
    return (
        sorted(policy.channels),
        sorted(policy.staff),
        sorted(policy.staff_names),
        sorted(policy.auto_reply_words),
        (policy.call_attempt_resolves, policy.answered_call_min, policy.ack_window, policy.calls_need_route),
        sorted(rules.internal_contacts),
        sorted(rules.sla.items()),
        rules.hours.weekly,
        str(rules.hours.zone),
        [rules.hours.closed_on(month + timedelta(days=n)) for n in range(120)],
    )


def _summed(db: Database, gathered: Gathered, done: Sequence[intake.Absorbed], rules: Rules) -> Check:
    keys = [key for absorbed in done for key in absorbed.keys]
    covered = checks.coverage(db, keys, [channel.value for channel in rules.policy.channels])
    silent = covered.messages >= _SILENT_FROM and covered.delivered == 0
    return Check(
        begun_at=gathered.begun_at,
        since=gathered.since,
        reports=len(gathered.reports),
        threads=len({report.conversation_id or report.contact_id for report in gathered.reports}),
        new=sum(absorbed.new for absorbed in done),
        late=sum(absorbed.late for absorbed in done),
        opened=sum(absorbed.count("opened") for absorbed in done),
        extended=sum(absorbed.count("extended") for absorbed in done),
        resolved=sum(absorbed.count("resolved") for absorbed in done),
        reopened=sum(absorbed.count("reopened") for absorbed in done),
        withdrawn=sum(absorbed.count("withdrawn") for absorbed in done),
        unread=frozenset(gathered.unread),
        silent=silent,
        silent_since=checks.last_delivery(db) if silent else None,
        keys=keys,
    )


def introduce(db: Database, ghl: Ghl, rules_for: RulesFor, now: datetime, cause: str) -> int:
    """Give names and phones to contacts with an open issue that have none; how many were asked about."""
    strangers = checks.strangers(db, now - _ASK_AGAIN, _CARDS_PER_RUN)
    cards = [(stranger.id, _card(ghl, stranger.contact_id)) for stranger in strangers]
    if not cards:
        return 0
    with db.transaction():
        touched = {id_ for id_, _ in cards}
        for id_, card in cards:
            name, phone = (card.name, card.phone) if card else (None, None)
            checks.learn_card(db, id_, name, phone, now)
            touched |= contacts.phone_rows_rehomed(db, phone) if phone else set()
        intake.rederive(db, touched, rules_for(users.all_users(db)), now, cause)
    return len(cards)


def _card(ghl: Ghl, contact_id: str) -> ContactCard | None:
    """A contact's record; a name is a trimming, so failing to get it stops nothing."""
    try:
        return ghl.contact(contact_id)
    except (GhlRejected, GhlRefused, GhlUnavailable) as error:
        log.event("request.failed", what="contact", error=type(error).__name__)
        return None


def last_begun(db: Database) -> datetime | None:
    """When the newest complete check began."""
    return kv.get_instant(db, _BEGUN)
