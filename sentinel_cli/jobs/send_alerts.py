"""`send-alerts`: one text to each manager when issues pass their due, once ever for each issue and manager.

In business hours only, and on a check that is complete; where a summary is about to tell it, the summary does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta

from sentinel_cli.clock import Clock, Sleep
from sentinel_cli.domain.letters import Letter, Slot
from sentinel_cli.domain.model import Issue
from sentinel_cli.domain.summary import Check as Trust
from sentinel_cli.domain.summary import SummaryRules
from sentinel_cli.domain.summary_text import clock_text
from sentinel_cli.errors import GhlRefused, Incomplete, SentinelError
from sentinel_cli.store import kv, outbox
from sentinel_cli.store.database import Database

from . import summary_letters
from .alert_letters import KIND, OUTAGE, AlertLetters, Breaches
from .deliver_outbox import DeliveryReport, deliver, deliver_left_over, last_key, problem_of
from .drafts import Draft, Month, drafts_of, month_of_alerts
from .fresh_check import (
    checked,
    outside_letter_hours,
    read_accused,
    resolver_at_rest,
    taken_over,
    unread_problem,
)
from .poll_resolver import Resolver
from .runner import Run

__all__ = ["JOB", "OUTAGE_SINCE", "Alerter", "AlertsReport", "send_alerts"]

JOB = "send-alerts"

OUTAGE_SINCE = "ghl_outage_ts"
"""When a check for alerts first failed; the outage ends with the first complete check that begins after it."""

_OUTAGE_TOLD_AFTER = timedelta(minutes=30)
_LATELY = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerter:
    """What the job works with."""

    resolver: Resolver
    managers: Sequence[str]
    rules: SummaryRules
    letter_hours: tuple[time, time]
    max_items: int
    clock: Clock
    sleep: Sleep


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertsReport:
    """What a run did. `quiet` says why nothing is sent at this hour; `waits_for` is the summary that tells instead.

    `breached` counts the issues of which managers are told, or would be. `unchecked_for` is the error that left the
    check incomplete, so that nobody is accused, or left `unread` customers on the lines unread. `notes` and `month` are
    what a dry run has to add.
    """

    quiet: str = ""
    waits_for: Slot | None = None
    breached: int = 0
    check: Trust | None = None
    unread: int = 0
    unchecked_for: SentinelError | None = None
    drafts: Sequence[Draft] = ()
    month: Month | None = None
    notes: Sequence[str] = ()
    delivery: DeliveryReport = field(default_factory=DeliveryReport)
    dry_run: bool = False

    @property
    def counts(self) -> Mapping[str, int | str]:
        """For the log line: `sent=2 breached=1`."""
        shown: dict[str, int | str] = {"sent": len(self.delivery.accepted)}
        if self.quiet and not self.dry_run:
            return shown | {"quiet": self.quiet}
        shown |= {"breached": self.breached}
        shown |= {"waits_for": self.waits_for.value} if self.waits_for else {}
        shown |= {"unread": self.unread} if self.unread else {}
        shown |= {"checked": "no"} if self.check and not self.check.complete else {}
        left = ("refused", "owed", "unknown", "claimed", "expired")
        return shown | {name: count for name in left if (count := len(getattr(self.delivery, name)))}

    @property
    def problem(self) -> SentinelError | None:
        """What a manager did not get, or could not be told without a complete check."""
        lacking, why = problem_of(self.delivery, "the alert"), self.unchecked_for
        if lacking is not None or why is None:
            return lacking
        if self.check is not None and self.check.complete:
            return unread_problem(self.unread, why)
        if isinstance(why, GhlRefused):
            return why
        overdue = "1 overdue issue" if self.breached == 1 else f"{self.breached} overdue issues"
        return Incomplete(f"nobody is told of {overdue}: {why.message}", advice=why.advice)


def send_alerts(parts: Alerter, run: Run, *, dry_run: bool = False) -> AlertsReport:
    """One run. A dry run works on a copy of the database and stops before any letter is written."""
    quiet = _quiet(parts, run.now)
    if quiet and not dry_run:
        return AlertsReport(quiet=quiet)
    left = DeliveryReport() if dry_run else _left_over(parts, run)
    report = AlertsReport(quiet=quiet, delivery=left, dry_run=dry_run)
    letters = _letters(parts, run.now)
    if not (letters.breaches() if dry_run else letters.due()):
        return _nothing_to_tell(parts, letters, report, run.now)
    with resolver_at_rest(parts.resolver, parts.sleep, dry_run=dry_run) as at_rest:
        # The wait may have been long: what follows goes by the clock after it.
        run = replace(run, now=parts.clock())
        quiet = _quiet(parts, run.now)
        if quiet and not dry_run:
            return replace(report, quiet=quiet)
        trust, threads, why = checked(parts.resolver, run, at_rest=at_rest)
        if why is None:
            trust, why = _read_closely(parts, run, trust, threads)
    report = replace(report, check=trust, unchecked_for=why)
    if not trust.complete:
        return _not_checked(parts, run, report, trust)
    return _rehearsed(parts, run, report, trust) if dry_run else _told(parts, run, report, trust)


def _quiet(parts: Alerter, now: datetime) -> str:
    """Why nothing is sent now, "" when it may be: a breach waits for the opening, and for the hours of letters."""
    hours = parts.rules.hours
    if not hours.is_open(now):
        holiday, opens = hours.closed_on(hours.local(now).date()), hours.local(hours.next_opening(now))
        return f"closed{f' ({holiday})' if holiday else ''} until {opens:%a} {clock_text(opens)}"
    return outside_letter_hours(hours, parts.letter_hours, now)


def _letters(parts: Alerter, now: datetime) -> AlertLetters:
    return AlertLetters(
        db=parts.resolver.db, managers=parts.managers, rules=parts.rules, max_items=parts.max_items, now=now
    )


def _left_over(parts: Alerter, run: Run) -> DeliveryReport:
    """What became of earlier letters: known first, for only then is it known who was told of what."""
    earlier = _letters(parts, run.now)
    with parts.resolver.db.transaction():
        earlier.withdraw()
    left = deliver_left_over(parts.resolver.db, parts.resolver.ghl, earlier.in_doubt(), parts.clock, again=False)
    # What is owed again says who waits as of a new check, or nothing where a summary has told it or it was answered.
    return replace(left, owed=())


def _deliver(parts: Alerter, letters: Sequence[Letter]) -> DeliveryReport:
    return deliver(parts.resolver.db, parts.resolver.ghl, letters, parts.clock)


def _nothing_to_tell(parts: Alerter, letters: AlertLetters, report: AlertsReport, now: datetime) -> AlertsReport:
    """Nothing is overdue that was not told, or a summary is about to tell it; GHL is not asked."""
    untold = letters.breaches()
    waits_for = next((slot for manager in untold if (slot := letters.summary_for(manager))), None)
    return _with_month(parts, replace(report, waits_for=waits_for, breached=len(_issues(untold))), now)


def _read_closely(
    parts: Alerter, run: Run, trust: Trust, threads: frozenset[str]
) -> tuple[Trust, SentinelError | None]:
    """The conversations of all that would be named; and the ids of the issues whose own could not be read."""
    letters = _letters(parts, run.now)
    reads = read_accused(parts.resolver, run, _issues(letters.breaches()))
    # Asked again: what was read may have made another customer overdue.
    unread = frozenset(issue.id for issue in _issues(letters.breaches()) if issue.contact_id not in reads.read)
    return replace(trust, threads=max(trust.threads, len(threads | reads.threads)), unread=unread), reads.why


def _issues(breaches: Breaches) -> list[Issue]:
    """Each issue once, by due."""
    found = {issue.id: issue for news in breaches.values() for issue in news}
    return sorted(found.values(), key=lambda issue: (issue.due_at, issue.id))


def _told(parts: Alerter, run: Run, report: AlertsReport, trust: Trust) -> AlertsReport:
    letters = _letters(parts, run.now)
    due = letters.due()
    written = letters.written(trust)
    delivery = report.delivery + _deliver(parts, written)
    return replace(_counted(report, due, trust), drafts=drafts_of(written), delivery=delivery)


def _counted(report: AlertsReport, due: Breaches, trust: Trust) -> AlertsReport:
    named = _issues(due)
    unread = sum(issue.id in trust.unread and issue.contact_id is not None for issue in named)
    return replace(report, breached=len(named), unread=unread)


def _rehearsed(parts: Alerter, run: Run, report: AlertsReport, trust: Trust) -> AlertsReport:
    letters = _letters(parts, run.now)
    due = letters.breaches()
    drafts = drafts_of(letters.drafted(due, trust), letters.unspelled().drafted(due, trust))
    slots = {slot for manager in due if (slot := letters.summary_for(manager))}
    notes = [
        report.quiet,
        taken_over(parts.rules.hours, trust, run.now),
        *(f"the {slot} summary would tell it instead" for slot in sorted(slots)),
    ]
    report = replace(_counted(report, due, trust), drafts=drafts, notes=[note for note in notes if note])
    return _with_month(parts, report, run.now)


def _with_month(parts: Alerter, report: AlertsReport, now: datetime) -> AlertsReport:
    if not report.dry_run:
        return report
    return replace(report, month=month_of_alerts(outbox.bodies_sent(parts.resolver.db, [KIND, OUTAGE], now - _LATELY)))


def _not_checked(parts: Alerter, run: Run, report: AlertsReport, trust: Trust) -> AlertsReport:
    """Nobody is accused; managers are told once that GHL does not answer, when it has not for half an hour."""
    letters = _letters(parts, run.now)
    due = letters.breaches() if report.dry_run else letters.due()
    report = replace(report, breached=len(_issues(due)))
    if type(report.unchecked_for) is Incomplete:
        return report  # a resolver is at work, and GHL may be well
    since = _outage_since(parts.resolver.db, run.now, trust.last_complete_at)
    told_at = kv.get_instant(parts.resolver.db, last_key(summary_letters.KIND))
    if run.now - since < _OUTAGE_TOLD_AFTER or (told_at is not None and told_at >= since):
        return report
    trust = replace(trust, problem_since=since)
    if report.dry_run:
        return replace(report, drafts=drafts_of(letters.outage_drafted(due, trust, since)))
    written = letters.outage_written(due, trust, since)
    return replace(report, drafts=drafts_of(written), delivery=report.delivery + _deliver(parts, written))


def _outage_since(db: Database, now: datetime, last_complete_at: datetime | None) -> datetime:
    """When the outage began for us: at the first failed check since the last complete one."""
    since = kv.get_instant(db, OUTAGE_SINCE)
    # One that lies ahead is of a clock that was wrong.
    if since is not None and since <= now and (last_complete_at is None or since > last_complete_at):
        return since
    with db.transaction():
        kv.put_instant(db, OUTAGE_SINCE, now)
    return now
