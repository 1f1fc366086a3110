"""`send-summary`: a fresh check, then one letter to each manager, at most once for each slot and local date.

The letters that are owed already are taken up before anything new is written; what was sent is never sent again.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta

from sentinel_cli import log
from sentinel_cli.clock import Clock, Sleep
from sentinel_cli.domain.ledger import Issue
from sentinel_cli.domain.letters import Letter, LetterState, Slot
from sentinel_cli.domain.sms import SmsSize, segments
from sentinel_cli.domain.summary import Check as Trust
from sentinel_cli.domain.summary import Edition, Summary, SummaryRules, summary_of
from sentinel_cli.errors import (
    GhlRefused,
    GhlRejected,
    GhlShapeUnknown,
    Incomplete,
    Misconfigured,
    SentinelError,
)
from sentinel_cli.store import checks, issues, kv, outbox, runs, users

from . import check, poll_resolver
from .deliver_outbox import DeliveryReport, deliver, last_key
from .direct_reads import Reads, read_directly
from .doubts import doubt_directions
from .introductions import introduce
from .locks import lock_path, locked
from .poll_resolver import Resolver
from .runner import Run
from .summary_letters import KIND, SlotLetters

__all__ = ["JOB", "Draft", "Order", "Summarizer", "SummaryReport", "send_summary"]

JOB = "send-summary"

_RESOLVER_WAIT_SECONDS = 180
_STILL_FRESH = timedelta(minutes=2)
_ORDERS_ALIVE = timedelta(minutes=15)
_ZONE_ADVICE = "cron goes by the host's zone: set it (timedatectl set-timezone), or TIMEZONE or LETTER_HOURS"
_FIRST_LOOKS_BACK = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What was asked for. A dry run works on a copy of the database and stops before any letter is written."""

    slot: Slot
    force: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Summarizer:
    """What the job works with. `host_zone` is the zone that cron goes by, named when the hour is wrong."""

    resolver: Resolver
    managers: Sequence[str]
    rules: SummaryRules
    letter_hours: tuple[time, time]
    max_items: int
    host_zone: str
    clock: Clock
    sleep: Sleep


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One manager's text, as it is or would be sent."""

    contact_id: str
    body: str

    @property
    def size(self) -> SmsSize:
        """Encoding and segments."""
        return segments(self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryReport:
    """What a run of the summary did. `closed` names the holiday on which nothing is sent.

    `unchecked_for` is the error that left the check incomplete, or else a line unchecked; `notes` are what a dry run
    has to add.
    """

    slot: Slot
    closed: str | None = None
    unchecked_for: SentinelError | None = None
    notes: Sequence[str] = ()
    already: bool = False
    drafts: Sequence[Draft] = ()
    summary: Summary | None = None
    delivery: DeliveryReport = field(default_factory=DeliveryReport)
    dry_run: bool = False

    @property
    def counts(self) -> Mapping[str, int | str]:
        """For the log line: `sent=2 overdue=3 open=7 resolved_since=4`."""
        if self.closed:
            return {"sent": 0, "closed": self.closed}
        shown: dict[str, int | str] = {"sent": len(self.delivery.accepted)}
        if self.already:
            shown["already_sent"] = sum(letter.state is LetterState.SENT for letter in self.delivery.over)
        if self.summary is not None:
            said = self.summary
            shown |= {"overdue": said.overdue, "open": said.waiting, "resolved_since": said.resolved}
            shown |= {"unread": self.unread} if said.check.complete and self.unread else {}
            shown |= {} if said.check.complete else {"checked": "no"}
        left = ("refused", "owed", "unknown", "claimed", "expired")
        return shown | {name: count for name in left if (count := len(getattr(self.delivery, name)))}

    @property
    def problem(self) -> SentinelError | None:
        """What a manager did not get, or was told without a complete check."""
        told = "; ".join(self.delivery.problems())
        if self.delivery.exit_code == Incomplete.exit_code:
            return Incomplete(f"not every manager has the summary: {told}", advice="the next run takes it up")
        if self.delivery.exit_code:
            return GhlRejected(
                f"a manager cannot be texted: {told}", status=400, advice="look at DND and the phone of that contact"
            )
        why = self.unchecked_for
        if self.summary is not None and self.summary.check.complete:
            return self._unread(why)
        if self.dry_run and isinstance(why, GhlRefused):
            return why  # in earnest the letters meet the same refusal, and say so themselves
        if why is not None:
            return Incomplete(f"the summary says NOT CHECKED: {why.message}", advice=why.advice)
        return None

    def _unread(self, why: SentinelError | None) -> SentinelError | None:
        if not self.unread:
            return None
        return Incomplete(
            f"{self.unread} conversations could not be read, their lines say unchecked: {why.message if why else ''}",
            advice="sentinel poll-resolver --full says more",
        )

    @property
    def unread(self) -> int:
        """How many customers on the lines GHL knows and did not show."""
        lines = self.summary.lines if self.summary else ()
        return sum(line.unchecked and line.issues[0].contact_id is not None for line in lines)


def send_summary(parts: Summarizer, run: Run, order: Order) -> SummaryReport:
    """One run for a slot (DESIGN, send-summary). Raises Misconfigured outside `LETTER_HOURS`."""
    today = parts.rules.hours.local(run.now).date()
    closed = parts.rules.hours.closed_on(today)
    if closed and not order.force:
        return SummaryReport(slot=order.slot, closed=closed, dry_run=order.dry_run)
    outside = _outside_letter_hours(parts, run.now)
    if outside and not order.dry_run:
        raise Misconfigured([outside], advice=f"{_ZONE_ADVICE}; the host's zone is {parts.host_zone}")
    left = DeliveryReport() if order.dry_run else _left_over(parts, run, order)
    if _is_over(parts, run, order):
        return SummaryReport(
            slot=order.slot, already=True, delivery=left + _deliver(parts, _slot_letters(parts, run, order).there())
        )
    with _resolver_at_rest(parts, order) as at_rest:
        # The wait may have been long: what follows goes by the clock after it.
        run = replace(run, now=parts.clock())
        summary, why = _written(parts, run, order, at_rest=at_rest)
    slot = _slot_letters(parts, run, order)
    letters = slot.drafted(summary) if order.dry_run else slot.written(summary)
    drafts = [Draft(contact_id=letter.contact_id, body=letter.body) for letter in letters]
    report = SummaryReport(slot=order.slot, drafts=drafts, summary=summary, unchecked_for=why, dry_run=order.dry_run)
    if order.dry_run:
        return replace(report, notes=_notes(parts, run, order, summary))
    known = {letter.id: letter for letter in (*letters, *slot.there())}
    return replace(report, delivery=left + _deliver(parts, list(known.values())))


def _outside_letter_hours(parts: Summarizer, now: datetime) -> str:
    """Why no text is sent at this hour, "" when it is."""
    local = parts.rules.hours.local(now)
    first, last = parts.letter_hours
    if first <= local.time() < last:
        return ""
    return f"it is {local:%H:%M} in {local.tzinfo}, and no text is sent outside {first:%H:%M}-{last:%H:%M}"


def _notes(parts: Summarizer, run: Run, order: Order, summary: Summary) -> list[str]:
    """What a dry run shows that a run in earnest would not do, and on what it relies."""
    notes = [_outside_letter_hours(parts, run.now)]
    sent = sum(letter.state is LetterState.SENT for letter in _slot_letters(parts, run, order).there())
    if sent and not order.force:
        notes.append(f"this slot is sent already to {sent} of {len(parts.managers)}; they would get nothing")
    checked_at = summary.check.at
    if summary.check.complete and checked_at < run.now:
        notes.append(f"the check of {parts.rules.hours.local(checked_at):%H:%M:%S} was taken over: it is fresh enough")
    return [note for note in notes if note]


def _is_over(parts: Summarizer, run: Run, order: Order) -> bool:
    """Whether no manager's letter of this slot can take a newer text, so that no check is needed for it."""
    if order.force or order.dry_run:
        return False
    return not _slot_letters(parts, run, order).can_take_newer_text()


@contextmanager
def _resolver_at_rest(parts: Summarizer, order: Order) -> Iterator[bool]:
    """Whether no resolver is at work; one that is, is waited for. A dry run has its own copy, and need not wait."""
    if order.dry_run:
        yield True
        return
    path = lock_path(parts.resolver.db.path, poll_resolver.JOB)
    with locked(path, wait_seconds=_RESOLVER_WAIT_SECONDS, sleep=parts.sleep) as held:
        yield held


def _written(parts: Summarizer, run: Run, order: Order, *, at_rest: bool) -> tuple[Summary, SentinelError | None]:
    """A fresh check and the summary of what it leaves open; and why the check, or a line of it, is not complete."""
    trust, threads, why = _checked(parts, run, at_rest=at_rest)
    summary, reads = _read_closely(parts, run, _edition(parts, run, order), trust, threads)
    return summary, why or reads.why


def _checked(parts: Summarizer, run: Run, *, at_rest: bool) -> tuple[Trust, frozenset[str], SentinelError | None]:
    """The fresh check, and the threads it looked at where it was our own; else why there was none."""
    try:
        if not at_rest:
            raise Incomplete("The resolver is still at work", advice="the next run checks again")
        return (*_fresh(parts, run), None)
    except (Incomplete, GhlRejected, GhlRefused, GhlShapeUnknown) as error:
        last = check.remembered(parts.resolver.db)
        last_at = last.begun_at if last else None
        trust = Trust(complete=False, at=run.now, problem=_in_few_words(error), last_complete_at=last_at)
        return trust, frozenset(), error


def _in_few_words(error: SentinelError) -> str:
    """Why there was no check, for somebody with a phone in the hand: no endpoint, no id."""
    return {77: "GHL refused us", 76: "GHL answers strangely", 69: "GHL rejected our request"}.get(
        error.exit_code, str(error) if type(error) is Incomplete else "GHL did not answer"
    )


def _fresh(parts: Summarizer, run: Run) -> tuple[Trust, frozenset[str]]:
    """A check of our own, unless one began less than two minutes ago."""
    tools = parts.resolver
    last = check.remembered(tools.db)
    if last is not None and timedelta() <= run.now - last.begun_at < _STILL_FRESH:
        return _trust(parts, last.begun_at, last.threads, silent=last.silent), frozenset()
    gathered = check.gather(tools.db, tools.ghl, check.Depth(deep=True), run.now, staff_listed=tools.staff_listed)
    done = check.apply(tools.db, gathered, tools.rules_for, run.now, run.cause)
    introduce(tools.db, tools.ghl, tools.rules_for, run.now, run.cause)
    return _trust(parts, done.begun_at, len(done.threads), silent=done.silent), done.threads


def _trust(parts: Summarizer, at: datetime, threads: int, *, silent: bool) -> Trust:
    last_delivery_at = checks.last_delivery(parts.resolver.db)
    return Trust(complete=True, at=at, threads=threads, webhooks_silent=silent, last_delivery_at=last_delivery_at)


def _edition(parts: Summarizer, run: Run, order: Order) -> Edition:
    db = parts.resolver.db
    orders = runs.newest_start(db, "run-orders")
    last = kv.get_instant(db, last_key(KIND))
    return Edition(
        slot=order.slot,
        at=run.now,
        since=last if last is not None and last <= run.now else run.now - _FIRST_LOOKS_BACK,
        orders_active=orders is not None and run.now - orders < _ORDERS_ALIVE,
    )


def _read_closely(
    parts: Summarizer, run: Run, edition: Edition, trust: Trust, threads: frozenset[str]
) -> tuple[Summary, Reads]:
    """No letter accuses on the sweep alone: what it names is read directly, and what cannot be read says so."""
    tools = parts.resolver
    reads = Reads()
    if trust.complete:
        reads = _reads(tools, _summary(parts, edition, trust).accused)
        rules = tools.rules_for(users.all_users(tools.db))
        check.absorb_reads(tools.db, reads, rules, run.now, run.cause)
        trust = replace(trust, threads=max(trust.threads, len(threads | reads.threads)))
    # Asked again: what was read may have put another customer on a line.
    accused = _summary(parts, edition, trust).accused
    unread = frozenset(issue.id for issue in accused if issue.contact_id not in reads.read)
    return _summary(parts, edition, replace(trust, unread=unread)), reads


def _reads(tools: Resolver, accused: Sequence[Issue]) -> Reads:
    """What their conversations hold; what may not be read, or cannot be true, leaves lines `unchecked`."""
    try:
        reads = read_directly(tools.ghl, accused)
        doubt_directions(tools.db, reads.reports)
    except (GhlRefused, GhlShapeUnknown) as error:
        log.event("request.failed", what="conversation", error=type(error).__name__)
        return Reads(why=error)
    return reads


def _summary(parts: Summarizer, edition: Edition, trust: Trust) -> Summary:
    db = parts.resolver.db
    return summary_of(
        issues.open_issues(db), issues.resolved_since(db, edition.since, edition.at), trust, edition, parts.rules
    )


def _slot_letters(parts: Summarizer, run: Run, order: Order) -> SlotLetters:
    return SlotLetters(
        db=parts.resolver.db,
        managers=parts.managers,
        rules=parts.rules,
        max_items=parts.max_items,
        slot=order.slot,
        forced=order.force,
        now=run.now,
    )


def _left_over(parts: Summarizer, run: Run, order: Order) -> DeliveryReport:
    """What became of the letters of other slots: ended first, for only then is it known which were not sent.

    A refusal is not the end here: it comes again when this slot's letters, owed by then, are to be sent.
    """
    letters = _slot_letters(parts, run, order).unfinished_elsewhere()
    try:
        return _deliver(parts, letters)
    except (GhlRefused, Misconfigured) as error:
        log.event("request.failed", what="letter", error=type(error).__name__)
        left = [outbox.one(parts.resolver.db, letter.id) for letter in letters]
        return DeliveryReport(unknown=tuple(letter for letter in left if not letter.state.is_final))


def _deliver(parts: Summarizer, letters: Sequence[Letter]) -> DeliveryReport:
    return deliver(parts.resolver.db, parts.resolver.ghl, letters, parts.clock)
