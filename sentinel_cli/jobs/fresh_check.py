"""The check before a text that accuses: fresh, shared with a resolver at work, and close where it names somebody.

Used by the summary and by alerts; refuses to know what they say.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, time, timedelta

from sentinel_cli import intake, log
from sentinel_cli.clock import Sleep
from sentinel_cli.domain.hours import BusinessHours
from sentinel_cli.domain.model import Issue
from sentinel_cli.domain.summary import Check as Trust
from sentinel_cli.errors import (
    GhlRefused,
    GhlRejected,
    GhlShapeUnknown,
    Incomplete,
    SentinelError,
)
from sentinel_cli.store import checks, runs, users
from sentinel_cli.store.database import Database

from . import check, poll_resolver
from .direct_reads import Reads, read_directly
from .doubts import doubt_directions
from .introductions import introduce
from .locks import lock_path, locked
from .poll_resolver import Resolver
from .runner import Run

__all__ = [
    "checked",
    "orders_are_read",
    "outside_letter_hours",
    "read_accused",
    "resolver_at_rest",
    "taken_over",
    "unread_problem",
]

_RESOLVER_WAIT_SECONDS = 180
_STILL_FRESH = timedelta(minutes=2)
_ORDERS_ALIVE = timedelta(minutes=15)


@contextmanager
def resolver_at_rest(tools: Resolver, sleep: Sleep, *, dry_run: bool) -> Iterator[bool]:
    """Whether no resolver is at work; one that is, is waited for. A dry run has its own copy, and need not wait."""
    if dry_run:
        yield True
        return
    path = lock_path(tools.db.path, poll_resolver.JOB)
    with locked(path, wait_seconds=_RESOLVER_WAIT_SECONDS, sleep=sleep) as held:
        yield held


def checked(tools: Resolver, run: Run, *, at_rest: bool) -> tuple[Trust, frozenset[str], SentinelError | None]:
    """The fresh check, and the threads it looked at where it was our own; else why there was none."""
    try:
        if not at_rest:
            raise Incomplete("The resolver is still at work", advice="the next run checks again")
        return (*_fresh(tools, run), None)
    except (Incomplete, GhlRejected, GhlRefused, GhlShapeUnknown) as error:
        last = check.remembered(tools.db)
        last_at = last.begun_at if last else None
        trust = Trust(complete=False, at=run.now, problem=_in_few_words(error), last_complete_at=last_at)
        return trust, frozenset(), error


def _in_few_words(error: SentinelError) -> str:
    """Why there was no check, for somebody with a phone in the hand: no endpoint, no id."""
    return {77: "GHL refused us", 76: "GHL answers strangely", 69: "GHL rejected our request"}.get(
        error.exit_code, str(error) if type(error) is Incomplete else "GHL did not answer"
    )


def _fresh(tools: Resolver, run: Run) -> tuple[Trust, frozenset[str]]:
    """A check of our own, unless one began less than two minutes ago; what came in a crowd is read first."""
    intake.read_waiting(tools.db, tools.rules_for(users.all_users(tools.db)), tools.reading)
    last = check.remembered(tools.db)
    if last is not None and timedelta() <= run.now - last.begun_at < _STILL_FRESH:
        return _trust(tools.db, last.begun_at, last.threads, silent=last.silent), frozenset()
    gathered = check.gather(tools.db, tools.ghl, check.Depth(deep=True), run.now, staff_listed=tools.staff_listed)
    done = check.apply(tools.db, gathered, tools.rules_for, run.now, run.cause)
    introduce(tools.db, tools.ghl, tools.rules_for, run.now, run.cause)
    return _trust(tools.db, done.begun_at, len(done.threads), silent=done.silent), done.threads


def _trust(db: Database, at: datetime, threads: int, *, silent: bool) -> Trust:
    return Trust(
        complete=True, at=at, threads=threads, webhooks_silent=silent, last_delivery_at=checks.last_delivery(db)
    )


def read_accused(tools: Resolver, run: Run, accused: Sequence[Issue]) -> Reads:
    """Their conversations, read and written down; what may not be read, or cannot be true, leaves them unread."""
    try:
        reads = read_directly(tools.ghl, accused)
        doubt_directions(tools.db, reads.reports)
    except (GhlRefused, GhlShapeUnknown) as error:
        log.event("request.failed", what="conversation", error=type(error).__name__)
        reads = Reads(why=error)
    rules = tools.rules_for(users.all_users(tools.db))
    check.absorb_reads(tools.db, reads, rules, run.now, run.cause)
    return reads


def unread_problem(unread: int, why: SentinelError | None) -> SentinelError | None:
    """That lines had to say `unchecked`, None where none did."""
    if not unread:
        return None
    return Incomplete(
        f"{unread} conversations could not be read, their lines say unchecked: {why.message if why else ''}",
        advice="sentinel poll-resolver --full says more",
    )


def orders_are_read(db: Database, now: datetime) -> bool:
    """Whether a manager's reply would be read soon: `run-orders` has run lately."""
    orders = runs.newest_start(db, "run-orders")
    return orders is not None and now - orders < _ORDERS_ALIVE


def outside_letter_hours(hours: BusinessHours, letter_hours: tuple[time, time], now: datetime) -> str:
    """Why no text is sent at this hour, "" when it is."""
    local = hours.local(now)
    first, last = letter_hours
    if first <= local.time() < last:
        return ""
    return f"it is {local:%H:%M} in {local.tzinfo}, and no text is sent outside {first:%H:%M}-{last:%H:%M}"


def taken_over(hours: BusinessHours, trust: Trust, now: datetime) -> str:
    """That the check is another run's, "" when it is our own."""
    if not trust.complete or trust.at >= now:
        return ""
    return f"the check of {hours.local(trust.at):%H:%M:%S} was taken over: it is fresh enough"
