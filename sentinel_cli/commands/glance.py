"""`sentinel` alone: how things stand, at a glance; asks nobody but the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sentinel_cli.domain.instants import instant_text
from sentinel_cli.errors import SentinelError

from .session import Session
from .tables import Cell

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sentinel_cli.settings import Settings
    from sentinel_cli.store.database import Database
    from sentinel_cli.store.health import Inbox
    from sentinel_cli.store.issue_lists import Found
    from sentinel_cli.store.runs import Execution

__all__ = ["glance"]

# A run may wait for another, and for GHL.
_LONGEST_RUN = timedelta(minutes=15)
_SILENT = timedelta(days=3)
_LATELY = timedelta(days=1)
# In business time, by deploy/crontab: the summary's longest gap is three hours, the others come every few minutes.
_AT_LEAST_EVERY = {
    "poll-resolver": timedelta(hours=1),
    "run-orders": timedelta(hours=1),
    "send-alerts": timedelta(hours=1),
    "send-summary": timedelta(hours=4),
}
_NEEDED = ("poll-resolver", "send-summary")
_LONGEST_ABSENCE = timedelta(days=30)
_INTERRUPTED = 130


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What a glance takes in; `calls` of the open issues are calls. `absent` jobs have not run for too long."""

    now: "datetime"
    open: "Found"
    calls: int
    inbox: "Inbox"
    runs: "Sequence[Execution]"
    absent: Sequence[str]
    silent: bool
    letters: "Mapping[str, int]"


def glance(session: Session, *, as_json: bool) -> None:
    """Show who waits, what ran last, and what needs care. Raises as any command where there is nothing to look at."""
    from sentinel_cli.opening import clock_of, open_store

    try:
        settings = session.settings()
        with open_store(settings) as db:
            seen = _look(db, clock_of(settings)(), settings)
    except SentinelError:
        session.screen.note("sentinel --help shows every command")
        raise
    if as_json:
        session.screen.json(_fields(seen))
    else:
        session.screen.facts([*_waiting(seen, settings), *_work(seen), *_care(seen)])
        session.screen.note("next: sentinel issues list, sentinel doctor; sentinel --help shows every command")


def _look(db: "Database", now: "datetime", settings: "Settings") -> _Seen:
    from sentinel_cli.domain.sla import escalated_before
    from sentinel_cli.store import health, kv, runs
    from sentinel_cli.store.issue_lists import IssueFilter, Moment, find

    edge = escalated_before(now, settings.business_hours, settings.escalate_after)
    moment = Moment(now=now, escalated_before=edge, hours=settings.business_hours)
    last = runs.last_runs(db)
    return _Seen(
        now=now,
        open=find(db, IssueFilter(limit=1), moment),
        calls=find(db, IssueFilter(issue_type="CALL", limit=1), moment).total,
        inbox=health.inbox(db, now - _LATELY),
        runs=last,
        absent=_absent(last, now, settings),
        silent=kv.get(db, kv.SILENT) == "1",
        letters=health.letters_lost(db, now - _LATELY),
    )


def _waiting(seen: _Seen, settings: "Settings") -> list[tuple[str, Cell]]:
    from .human import open_duration
    from .issue_screens import shown_name
    from .standing import standing_of

    found = seen.open
    counts = {"overdue": found.overdue, "escalated": found.escalated, "snoozed beside them": found.left_out}
    said = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    kinds = f"{_many(seen.calls, 'call')}, {_many(found.total - seen.calls, 'text')}"
    rows = [("waiting", Cell(f"{_many(found.total, 'issue')} ({kinds}){f': {said}' if said else ''}"))]
    if found.issues:
        issue = found.issues[0]
        late = standing_of(issue, seen.now, settings)
        who = shown_name(issue.contact_name, whole=False) or "somebody without a name"
        text = f"#{issue.id} {who}, {issue.channel.value.lower()}, waits {open_duration(late.waiting)}"
        rows.append(("most urgent", Cell(text, "red" if late.overdue else "")))
    return rows


def _work(seen: _Seen) -> list[tuple[str, Cell]]:
    from .human import ago

    newest = seen.inbox.newest_at
    rows = [("last delivery", Cell(ago(newest, seen.now) if newest else "none yet"))]
    for run in seen.runs:
        ended = "" if run.exit_code in {0, None} else f", exit {run.exit_code}"
        rows.append((run.job, Cell(f"{ago(run.started_at, seen.now)}{ended}", "red" if ended else "")))
    return rows


def _absent(last: "Sequence[Execution]", now: "datetime", settings: "Settings") -> list[str]:
    """Each job that has not run for too long, or not yet though nothing works without it."""
    from sentinel_cli.domain.sla import open_time_between

    from .human import duration

    began = {run.job: run.started_at for run in last}
    missing = [f"{job} has not run yet" for job in _NEEDED if job not in began]
    return missing + [
        f"{job} has not run for {duration(now - began[job])}"
        for job, least in _AT_LEAST_EVERY.items()
        if job in began
        and open_time_between(max(began[job], now - _LONGEST_ABSENCE), now, settings.business_hours) > least
    ]


def _care(seen: _Seen) -> list[tuple[str, Cell]]:
    """What somebody should look at, a line each."""
    from .human import duration

    found = [
        f"{run.job} ended with {run.exit_code}: {run.error or 'see logs/cron.log'}"
        for run in seen.runs
        if run.exit_code not in {0, None, _INTERRUPTED}
    ]
    found += [
        f"{run.job} died, or is at work for {duration(seen.now - run.started_at)}"
        for run in seen.runs
        if run.ended_at is None and seen.now - run.started_at > _LONGEST_RUN
    ]
    found += [f"{each}: is cron at work?" for each in seen.absent]
    if seen.silent:
        found.append("webhooks silent: the last check saw customers' messages of which none told")
    if seen.inbox.newest_at and seen.now - seen.inbox.newest_at > _SILENT:
        found.append(f"no webhook for {duration(seen.now - seen.inbox.newest_at)}")
    if seen.inbox.broken:
        found.append(f"{_many(seen.inbox.broken, 'delivery', 'deliveries')} could not be read, and will be tried again")
    found += [f"{_many(count, 'text')} to managers {state} since yesterday" for state, count in seen.letters.items()]
    return [("needs care", Cell(text, "yellow")) for text in found]


def _many(count: int, noun: str, plural: str = "") -> str:
    return f"{count} {noun if count == 1 else plural or f'{noun}s'}"


def _fields(seen: _Seen) -> dict[str, object]:
    return {
        "open": seen.open.total,
        "calls": seen.calls,
        "overdue": seen.open.overdue,
        "escalated": seen.open.escalated,
        "snoozed": seen.open.left_out,
        "most_urgent": seen.open.issues[0].id if seen.open.issues else None,
        "last_delivery_ts": instant_text(seen.inbox.newest_at) if seen.inbox.newest_at else None,
        "jobs": [
            {"job": run.job, "started_ts": instant_text(run.started_at), "exit_code": run.exit_code, "error": run.error}
            for run in seen.runs
        ],
        "care": [cell.text for _, cell in _care(seen)],
    }
