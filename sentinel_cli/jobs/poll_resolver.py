"""`poll-resolver`: ask GHL what staff have answered since, and make every issue say so."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from datetime import datetime

from sentinel_cli import intake
from sentinel_cli.domain.ledger import Rules
from sentinel_cli.domain.payloads import ReadingPolicy
from sentinel_cli.errors import Incomplete, SentinelError
from sentinel_cli.ports import Ghl
from sentinel_cli.store import checks, issues, users
from sentinel_cli.store.database import Database

from . import check
from .check import Check, Depth, RulesFor
from .direct_reads import read_directly
from .introductions import introduce
from .runner import Run

__all__ = ["JOB", "Resolver", "ResolverReport", "poll_resolver"]

JOB = "poll-resolver"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolver:
    """What the job works with. `staff_listed` says that `INTERNAL_USER_IDS` names the staff."""

    db: Database
    ghl: Ghl
    rules_for: RulesFor
    reading: ReadingPolicy
    staff_listed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolverReport:
    """What a run of the resolver did. Unless `staff_listed`, every user of the location counts as staff: it warns."""

    check: Check
    open: int
    caught_up: int
    mended: int
    broken: int
    introduced: int
    staff_listed: bool

    @property
    def counts(self) -> Mapping[str, int | str]:
        """For the log line; what was zero and says nothing is left out."""
        done = self.check
        shown = {
            "new": done.new,
            "opened": done.opened,
            "resolved": done.resolved,
            "open": self.open,
            "threads": len(done.threads),
        }
        rare = {
            "reopened": done.reopened,
            "withdrawn": done.withdrawn,
            "late": done.late,
            "caught_up": self.caught_up,
            "mended": self.mended,
            "broken": self.broken,
            "unread": len(done.unread),
            "unrouted": done.unrouted,
            "webhooks": "silent" if done.silent else "",
            "receiver": "other-settings" if done.stale_receiver else "",
            "staff": "" if self.staff_listed else "every-user",
        }
        return shown | {name: count for name, count in rare.items() if count}

    @property
    def problem(self) -> SentinelError | None:
        """Deliveries that still break our reading, and conversations that could not be read, are work left over."""
        if self.broken:
            return Incomplete(
                f"{self.broken} deliveries cannot be read", advice="sentinel deliveries list --outcome error shows them"
            )
        if self.check.unread:
            return Incomplete(
                f"{len(self.check.unread)} conversations could not be read: {self.check.unread_for}",
                advice="the next run tries them again",
            )
        return None


def poll_resolver(parts: Resolver, run: Run, depth: Depth) -> ResolverReport:
    """One run: mend what broke, gather, apply, introduce strangers. Raises the GHL error that left it incomplete."""
    caught_up = intake.read_waiting(parts.db, _rules(parts), parts.reading)
    mended, broken = intake.retry(parts.db, _rules(parts), parts.reading)
    reach = replace(depth, deep=depth.deep or _is_first_today(parts, run.now))
    gathered = check.gather(parts.db, parts.ghl, reach, run.now, staff_listed=parts.staff_listed)
    done = check.apply(parts.db, gathered, parts.rules_for, run.now, run.cause)
    known = {issue.id for issue in checks.issues_to_read(parts.db)}
    introduced = introduce(parts.db, parts.ghl, parts.rules_for, run.now, run.cause)
    done = _caught_up(parts, run, done, known)
    return ResolverReport(
        check=done,
        open=len(issues.open_issues(parts.db)),
        caught_up=caught_up,
        mended=mended,
        broken=broken,
        introduced=introduced,
        staff_listed=parts.staff_listed,
    )


def _caught_up(parts: Resolver, run: Run, done: Check, known: Set[int]) -> Check:
    """The check, and the conversations of those whose GHL id was learnt just now: they may begin before its sweep."""
    met = [issue for issue in checks.issues_to_read(parts.db) if issue.id not in known]
    if not met:
        return done
    reads = read_directly(parts.ghl, met)
    absorbed = check.absorb_reads(parts.db, reads, _rules(parts), run.now, run.cause)
    return check.with_reads(done, reads, absorbed)


def _rules(parts: Resolver) -> Rules:
    return parts.rules_for(users.all_users(parts.db))


def _is_first_today(parts: Resolver, now: datetime) -> bool:
    """Whether no check was completed yet on this local day: the first reaches back 48 hours."""
    last = check.remembered(parts.db)
    local = _rules(parts).hours.local
    return last is None or local(last.begun_at).date() < local(now).date()
