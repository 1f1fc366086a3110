"""`send-summary`: a fresh check, then one letter to each manager, at most once for each slot and local date.

The letters that are owed already are taken up before anything new is written; what was sent is never sent again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import time, timedelta

from sentinel_cli.clock import Clock, Sleep
from sentinel_cli.domain.letters import Letter, LetterState, Slot
from sentinel_cli.domain.summary import Check as Trust
from sentinel_cli.domain.summary import Edition, Summary, SummaryRules, summary_of
from sentinel_cli.errors import GhlRefused, Incomplete, Misconfigured, SentinelError
from sentinel_cli.store import issues, kv

from .deliver_outbox import DeliveryReport, deliver, deliver_left_over, last_key, problem_of
from .direct_reads import Reads
from .drafts import Draft, Month, drafts_of, month_of_summaries
from .fresh_check import (
    checked,
    orders_are_read,
    outside_letter_hours,
    read_accused,
    resolver_at_rest,
    taken_over,
    unread_problem,
)
from .poll_resolver import Resolver
from .runner import Run
from .summary_letters import KIND, SlotLetters

__all__ = ["JOB", "Order", "Summarizer", "SummaryReport", "send_summary"]

JOB = "send-summary"

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
class SummaryReport:
    """What a run of the summary did. `closed` names the holiday on which nothing is sent.

    `unchecked_for` is the error that left the check incomplete, or else a line unchecked; `notes` and `month` are what
    a dry run has to add.
    """

    slot: Slot
    closed: str | None = None
    unchecked_for: SentinelError | None = None
    notes: Sequence[str] = ()
    already: bool = False
    drafts: Sequence[Draft] = ()
    month: Month | None = None
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
        lacking = problem_of(self.delivery, "the summary")
        if lacking is not None:
            return lacking
        why = self.unchecked_for
        if self.summary is not None and self.summary.check.complete:
            return unread_problem(self.unread, why)
        if self.dry_run and isinstance(why, GhlRefused):
            return why  # in earnest the letters meet the same refusal, and say so themselves
        if why is not None:
            return Incomplete(f"the summary says NOT CHECKED: {why.message}", advice=why.advice)
        return None

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
    outside = outside_letter_hours(parts.rules.hours, parts.letter_hours, run.now)
    if outside and not order.dry_run:
        raise Misconfigured([outside], advice=f"{_ZONE_ADVICE}; the host's zone is {parts.host_zone}")
    left = DeliveryReport() if order.dry_run else _left_over(parts, run, order)
    if _is_over(parts, run, order):
        return SummaryReport(
            slot=order.slot, already=True, delivery=left + _deliver(parts, _slot_letters(parts, run, order).there())
        )
    with resolver_at_rest(parts.resolver, parts.sleep, dry_run=order.dry_run) as at_rest:
        # The wait may have been long: what follows goes by the clock after it.
        run = replace(run, now=parts.clock())
        summary, why = _written(parts, run, order, at_rest=at_rest)
    slot = _slot_letters(parts, run, order)
    report = SummaryReport(slot=order.slot, summary=summary, unchecked_for=why, dry_run=order.dry_run)
    if order.dry_run:
        drafts = drafts_of(slot.drafted(summary), slot.unspelled(summary))
        month = month_of_summaries(drafts, slot.on, parts.rules.hours)
        return replace(report, drafts=drafts, month=month, notes=_notes(parts, run, order, summary))
    letters = slot.written(summary)
    report = replace(report, drafts=drafts_of(letters))
    known = {letter.id: letter for letter in (*letters, *slot.there())}
    return replace(report, delivery=left + _deliver(parts, list(known.values())))


def _notes(parts: Summarizer, run: Run, order: Order, summary: Summary) -> list[str]:
    """What a dry run shows that a run in earnest would not do, and on what it relies."""
    notes = [outside_letter_hours(parts.rules.hours, parts.letter_hours, run.now)]
    sent = sum(letter.state is LetterState.SENT for letter in _slot_letters(parts, run, order).there())
    if sent and not order.force:
        notes.append(f"this slot is sent already to {sent} of {len(parts.managers)}; they would get nothing")
    notes.append(taken_over(parts.rules.hours, summary.check, run.now))
    return [note for note in notes if note]


def _is_over(parts: Summarizer, run: Run, order: Order) -> bool:
    """Whether no manager's letter of this slot can take a newer text, so that no check is needed for it."""
    if order.force or order.dry_run:
        return False
    return not _slot_letters(parts, run, order).can_take_newer_text()


def _written(parts: Summarizer, run: Run, order: Order, *, at_rest: bool) -> tuple[Summary, SentinelError | None]:
    """A fresh check and the summary of what it leaves open; and why the check, or a line of it, is not complete."""
    trust, threads, why = checked(parts.resolver, run, at_rest=at_rest)
    summary, reads = _read_closely(parts, run, _edition(parts, run, order), trust, threads)
    return summary, why or reads.why


def _edition(parts: Summarizer, run: Run, order: Order) -> Edition:
    db = parts.resolver.db
    last = kv.get_instant(db, last_key(KIND))
    return Edition(
        slot=order.slot,
        at=run.now,
        since=last if last is not None and last <= run.now else run.now - _FIRST_LOOKS_BACK,
        orders_active=orders_are_read(db, run.now),
    )


def _read_closely(
    parts: Summarizer, run: Run, edition: Edition, trust: Trust, threads: frozenset[str]
) -> tuple[Summary, Reads]:
    """No letter accuses on the sweep alone: what it names is read directly, and what cannot be read says so."""
    reads = Reads()
    if trust.complete:
        reads = read_accused(parts.resolver, run, _summary(parts, edition, trust).accused)
        trust = replace(trust, threads=max(trust.threads, len(threads | reads.threads)))
    # Asked again: what was read may have put another customer on a line.
    accused = _summary(parts, edition, trust).accused
    unread = frozenset(issue.id for issue in accused if issue.contact_id not in reads.read)
    return _summary(parts, edition, replace(trust, unread=unread)), reads


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
    """What became of the letters of other slots: ended first, for only then is it known which were not sent."""
    letters = _slot_letters(parts, run, order).unfinished_elsewhere()
    return deliver_left_over(parts.resolver.db, parts.resolver.ghl, letters, parts.clock)


def _deliver(parts: Summarizer, letters: Sequence[Letter]) -> DeliveryReport:
    return deliver(parts.resolver.db, parts.resolver.ghl, letters, parts.clock)
