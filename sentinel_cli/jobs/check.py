"""The fresh check: ask GHL what happened since the watermark, and make the issues say so.

Gather (network, nothing written), then apply (database, no network), the watermark last. Used by `poll-resolver` and
inside the summary. A GHL outage is *unknown*: it raises, and nothing is resolved by what was not read.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sentinel_cli import intake, log
from sentinel_cli.domain.ledger import SETTLED_AFTER, Rules
from sentinel_cli.domain.model import Direction, Report, User
from sentinel_cli.errors import GhlRefused, GhlRejected, GhlShapeUnknown, GhlUnavailable
from sentinel_cli.ports import Ghl
from sentinel_cli.store import checks, kv, users
from sentinel_cli.store.database import Database

from .direct_reads import Reads, read_directly, threads_of
from .doubts import LAG, doubt, doubt_directions

__all__ = [
    "POLICY",
    "WATERMARK",
    "Check",
    "Depth",
    "Gathered",
    "Remembered",
    "RulesFor",
    "absorb_reads",
    "apply",
    "gather",
    "remembered",
    "with_reads",
]

RulesFor = Callable[[Sequence[User]], Rules]
"""The rules in force, given everyone who has a login."""

WATERMARK = "resolver_watermark_ts"
POLICY = "resolver_policy"
_BEGUN = "last_check_ts"
_THREADS = "last_check_threads"
_USERS_SEEN = "users_seen_ts"

_TICK = timedelta(minutes=30)
_DEEP = timedelta(hours=48)
FIRST = timedelta(hours=96)
_USERS_FRESH = timedelta(hours=24)
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
    users: Sequence[User]
    reads: Reads


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What a check did. `threads` are the conversations it looked at; `unread` the contacts it could not read,
    `unread_for` why not the first of them.

    `silent` says that three or more customer messages came without a single delivery; `unrouted` counts missed calls
    that opened nothing because no delivery said they were ours (`CALL_ROUTE_FIELD`). `stale_receiver` says that the
    receiver goes by other settings than this run.
    """

    begun_at: datetime
    since: datetime
    reports: int
    threads: frozenset[str]
    new: int = 0
    late: int = 0
    opened: int = 0
    resolved: int = 0
    reopened: int = 0
    withdrawn: int = 0
    unread: frozenset[str] = frozenset()
    unread_for: str = ""
    silent: bool = False
    unrouted: int = 0
    stale_receiver: bool = False


def gather(db: Database, ghl: Ghl, depth: Depth, now: datetime, *, staff_listed: bool) -> Gathered:
    """Everything to know, read and not yet written.

    Raises the GHL error that left the check incomplete, or says that what it shows cannot be true.
    """
    since = _since(db, depth, now)
    reports = [report for page in ghl.sweep(since, now) for report in page]
    known = _users(db, ghl, now, reports, staff_listed=staff_listed)
    doubt(db, reports, since, now)
    # Adopted issues may be older than the first sweep reaches.
    in_full = depth.full or (kv.get(db, kv.ADOPTED) is not None and kv.get(db, WATERMARK) is None)
    reads = read_directly(ghl, checks.issues_to_read(db)) if in_full else Reads()
    if isinstance(reads.why, GhlShapeUnknown):
        raise reads.why
    doubt_directions(db, reads.reports)
    return Gathered(begun_at=now, since=since, reports=reports, users=known, reads=reads)


def _since(db: Database, depth: Depth, now: datetime) -> datetime:
    """The watermark less the overlap; 96 hours back when there is none, unless told (DESIGN, poll-resolver).

    What is asked for can only reach further: the watermark will say that everything before it is stored.
    """
    watermark = kv.get_instant(db, WATERMARK)
    if watermark is None:
        return depth.since or now - FIRST
    if watermark > now:
        # The host's clock was wrong once: nobody knows what was covered since.
        return min(now - FIRST, depth.since or now)
    reaches = [watermark - _TICK]
    if depth.deep or depth.full:
        reaches.append(now - _DEEP)
    return min([*reaches, *([depth.since] if depth.since else [])])


def _users(db: Database, ghl: Ghl, now: datetime, reports: Sequence[Report], *, staff_listed: bool) -> Sequence[User]:
    """The location's users when ours are a day old, or a new one has answered somebody.

    Where nobody is known otherwise, not knowing them is an error.
    """
    asked = kv.get_instant(db, _USERS_SEEN)
    # One that lies ahead is of a clock that was wrong.
    is_fresh = asked is not None and timedelta() <= now - asked < _USERS_FRESH
    if is_fresh and (staff_listed or not _has_newcomer(db, reports)):
        return ()
    try:
        found = ghl.users()
        if not found:
            raise GhlShapeUnknown(
                "GoHighLevel lists no user of the location: users is empty",
                field="users",
                advice="set INTERNAL_USER_IDS, or look at the token's scope users.readonly",
            )
    except (GhlRefused, GhlRejected, GhlShapeUnknown, GhlUnavailable) as error:
        if not staff_listed and not users.all_users(db):
            raise
        log.event("request.failed", what="users", error=type(error).__name__)
        return ()
    return found


def _has_newcomer(db: Database, reports: Sequence[Report]) -> bool:
    """Whether somebody wrote in GHL's app whom we do not know: hired since we have asked, or no user at all."""
    known = {user.user_id for user in users.all_users(db)}
    return any(
        report.user_id and report.user_id not in known
        for report in reports
        if report.direction is Direction.OUTBOUND and (report.source or "app") == "app"
    )


def apply(db: Database, gathered: Gathered, rules_for: RulesFor, now: datetime, cause: str) -> Check:
    """Write what was gathered, in transactions short enough for the receiver to slip in between; the watermark last."""
    with db.transaction():
        users.remember(db, gathered.users, gathered.begun_at)
        if gathered.users:
            kv.put_instant(db, _USERS_SEEN, gathered.begun_at)
    rules = rules_for(users.all_users(db))
    done = _absorb(db, gathered.reports, rules, now, cause)
    done += absorb_reads(db, gathered.reads, rules, now, cause)
    with db.transaction():
        stale = kv.get(db, intake.RECEIVER_POLICY) not in {None, intake.mark_of(rules_for(()))}
        events = intake.rederive(db, _rejudged(db, rules, now, stale=stale), rules, now, cause)
        result = replace(_summed(db, gathered, [*done, intake.Absorbed(events=events)], rules), stale_receiver=stale)
        _remember(db, result)
    return result


def absorb_reads(db: Database, reads: Reads, rules: Rules, now: datetime, cause: str) -> list[intake.Absorbed]:
    """Write what direct reads found. What no webhook could name then, and still has no mate, is *unconfirmed*."""
    done = _absorb(db, reads.reports, rules, now, cause)
    with db.transaction():
        looked = [checks.mark_looked(db, contact_id, since, now - LAG, now) for contact_id, since in reads.read.items()]
        events = intake.rederive(db, frozenset().union(*looked), rules, now, cause)
    return [*done, intake.Absorbed(events=events)]


def with_reads(done: Check, reads: Reads, absorbed: Sequence[intake.Absorbed]) -> Check:
    """The check with what was read directly after it."""
    return replace(
        done,
        threads=done.threads | reads.threads,
        new=done.new + sum(each.new for each in absorbed),
        opened=done.opened + sum(each.count("opened") for each in absorbed),
        resolved=done.resolved + sum(each.count("resolved") for each in absorbed),
        unread=done.unread | reads.unread,
    )


def _absorb(db: Database, reports: Sequence[Report], rules: Rules, now: datetime, cause: str) -> list[intake.Absorbed]:
    """By contact, so that each is derived once; in transactions that let the receiver slip in between."""
    ordered = sorted(reports, key=lambda report: (report.contact_id or "", report.at, report.message_id or ""))
    done = []
    for start in range(0, len(ordered), _CHUNK):
        with db.transaction():
            done.append(intake.absorb(db, ordered[start : start + _CHUNK], rules, now, cause))
    return done


def _rejudged(db: Database, rules: Rules, now: datetime, *, stale: bool) -> set[int]:
    """The contacts that other rules may have judged: ours changed, or the receiver derives by others.

    A receiver keeps the settings it was started with; what it has derived since is put right by every run.
    """
    mark = intake.mark_of(rules)
    if kv.get(db, POLICY) == mark and not stale:
        return set()
    kv.put(db, POLICY, mark)
    return set(checks.contacts_to_derive(db, now - SETTLED_AFTER))


def _summed(db: Database, gathered: Gathered, done: Sequence[intake.Absorbed], rules: Rules) -> Check:
    keys = [key for absorbed in done for key in absorbed.keys]
    covered = checks.coverage(db, keys, [channel.value for channel in rules.policy.channels], rules.internal_contacts)
    return Check(
        begun_at=gathered.begun_at,
        since=gathered.since,
        reports=len(gathered.reports),
        threads=threads_of(gathered.reports) | gathered.reads.threads,
        new=sum(absorbed.new for absorbed in done),
        late=sum(absorbed.late for absorbed in done),
        opened=sum(absorbed.count("opened") for absorbed in done),
        resolved=sum(absorbed.count("resolved") for absorbed in done),
        reopened=sum(absorbed.count("reopened") for absorbed in done),
        withdrawn=sum(absorbed.count("withdrawn") for absorbed in done),
        unread=gathered.reads.unread,
        unread_for=gathered.reads.why.message if gathered.reads.why else "",
        silent=covered.messages >= _SILENT_FROM and covered.delivered == 0,
        unrouted=checks.unrouted(db, keys, rules.internal_contacts) if rules.policy.calls_need_route else 0,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """The newest complete check, as a later job may still rely on it."""

    begun_at: datetime
    threads: int
    silent: bool


def _remember(db: Database, result: Check) -> None:
    kv.put_instant(db, WATERMARK, result.begun_at)
    kv.put_instant(db, _BEGUN, result.begun_at)
    kv.put(db, _THREADS, str(len(result.threads)))
    kv.put(db, kv.SILENT, "1" if result.silent else "0")


def remembered(db: Database) -> Remembered | None:
    """The newest complete check, None when there was none yet."""
    begun_at = kv.get_instant(db, _BEGUN)
    if begun_at is None:
        return None
    return Remembered(begun_at=begun_at, threads=int(kv.get(db, _THREADS) or 0), silent=kv.get(db, kv.SILENT) == "1")
