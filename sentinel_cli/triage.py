"""What people do to issues: judged, recorded and derived in one transaction; refuses to know who is told, and how.

Used by the operator's commands and by managers' orders.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sentinel_cli.domain.ledger import Rules
from sentinel_cli.domain.model import Issue, IssueStatus
from sentinel_cli.domain.timeline import ActionKind
from sentinel_cli.intake import rederive
from sentinel_cli.store import actions, issues
from sentinel_cli.store.database import Database

__all__ = ["Done", "Intent", "Refusal", "judge", "perform"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What somebody wants done, to whichever issue.

    `until` belongs to a snooze, `note` is the note itself or the reason why. `sure` is said by whoever was asked
    whether a customer whom staff have answered is spam. `saw_until` is when they last knew the issue, where that is
    before `at`: what the customer wrote since is not meant.
    """

    kind: ActionKind
    actor: str
    at: datetime
    until: datetime | None = None
    note: str | None = None
    sure: bool = False
    saw_until: datetime | None = None


class Refusal(StrEnum):
    """Why nothing was done."""

    MERGED = "merged"
    WITHDRAWN = "withdrawn"
    ALREADY = "already"
    IS_SPAM = "spam"
    WAS_SPAM = "was spam"
    NOT_OPEN = "not open"
    ANOTHER_IS_OPEN = "another is open"
    SETTLED = "settled"
    WROTE_AGAIN = "wrote again"
    ASKS_FIRST = "asks first"


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What became of the issue; with a `refusal` nothing did, and `after` is `before`.

    `other` is the issue to look at instead or as well: the one it was merged into, or, of the same contact and type,
    the open one.
    """

    kind: ActionKind
    before: Issue
    after: Issue
    refusal: Refusal | None = None
    other: Issue | None = None


class _WithoutEffectError(Exception):
    """Takes back what was recorded."""


def perform(db: Database, issue_id: int, intent: Intent, rules: Rules) -> Done:
    """Do it, or say why not. Raises NoSuchIssue. Call inside a transaction."""
    judged = judge(db, issue_id, intent)
    before, refusal = judged.before, judged.refusal
    if refusal is None:
        try:
            with db.savepoint():
                _record(db, before, intent, rules)
        except _WithoutEffectError:
            ended = intent.kind is ActionKind.SNOOZE and before.status is IssueStatus.OPEN
            refusal = Refusal.WROTE_AGAIN if ended else Refusal.SETTLED
    after = issues.one(db, issue_id)
    return Done(kind=intent.kind, before=before, after=after, refusal=refusal, other=_other(db, after))


def judge(db: Database, issue_id: int, intent: Intent) -> Done:
    """What `perform` would refuse, and nothing done. Raises NoSuchIssue."""
    found = issues.one(db, issue_id)
    return Done(
        kind=intent.kind, before=found, after=found, refusal=_refusal(db, found, intent), other=_other(db, found)
    )


def _record(db: Database, before: Issue, intent: Intent, rules: Rules) -> None:
    touched = actions.record_action(
        db,
        before.id,
        intent.kind,
        actor=intent.actor,
        at=intent.at,
        until=intent.until,
        note=intent.note,
        saw_until=intent.saw_until,
    )
    rederive(db, touched, rules, intent.at, f"{intent.kind} by {intent.actor}")
    # A wait that is settled is never derived again, whatever is recorded of it.
    if not _HOLDS[intent.kind](issues.one(db, before.id), intent):
        raise _WithoutEffectError


_HOLDS: dict[ActionKind, Callable[[Issue, Intent], bool]] = {
    ActionKind.RESOLVE: lambda issue, _: issue.status is IssueStatus.RESOLVED,
    ActionKind.REOPEN: lambda issue, _: issue.status is IssueStatus.OPEN,
    ActionKind.SPAM: lambda issue, _: issue.status is IssueStatus.SPAM,
    ActionKind.UNSPAM: lambda _issue, _: True,
    ActionKind.SNOOZE: lambda issue, intent: issue.snoozed_until == intent.until,
    ActionKind.UNSNOOZE: lambda issue, _: issue.snoozed_until is None,
    ActionKind.NOTE: lambda _issue, _: True,
}


def _refusal(db: Database, issue: Issue, intent: Intent) -> Refusal | None:
    if issue.withdrawn:
        return Refusal.WITHDRAWN if issue.merged_into is None else Refusal.MERGED
    judged = _JUDGES.get(intent.kind)
    return judged(db, issue, intent) if judged else None


def _resolve(db: Database, issue: Issue, _intent: Intent) -> Refusal | None:
    if issue.status is IssueStatus.SPAM:
        return _spammed(db, issue)
    return Refusal.ALREADY if issue.status is IssueStatus.RESOLVED else None


def _spammed(db: Database, issue: Issue) -> Refusal:
    """The issue stays spam, also where its number is so no more."""
    return Refusal.IS_SPAM if actions.is_muted(db, issue.id) else Refusal.WAS_SPAM


def _reopen(db: Database, issue: Issue, _intent: Intent) -> Refusal | None:
    if issue.status is IssueStatus.SPAM:
        return _spammed(db, issue)
    if issue.status is IssueStatus.OPEN:
        return Refusal.ALREADY
    return Refusal.ANOTHER_IS_OPEN if _other(db, issue) else None


def _spam(db: Database, issue: Issue, intent: Intent) -> Refusal | None:
    if issue.status is IssueStatus.SPAM and actions.is_muted(db, issue.id):
        return Refusal.ALREADY
    return Refusal.ASKS_FIRST if not intent.sure and actions.was_ever_answered(db, issue.id) else None


def _unspam(db: Database, issue: Issue, _intent: Intent) -> Refusal | None:
    return None if actions.is_muted(db, issue.id) else Refusal.ALREADY


def _snooze(_db: Database, issue: Issue, _intent: Intent) -> Refusal | None:
    return None if issue.status is IssueStatus.OPEN else Refusal.NOT_OPEN


def _unsnooze(_db: Database, issue: Issue, intent: Intent) -> Refusal | None:
    if issue.status is not IssueStatus.OPEN:
        return Refusal.NOT_OPEN
    is_snoozed = issue.snoozed_until is not None and issue.snoozed_until > intent.at
    return None if is_snoozed else Refusal.ALREADY


_JUDGES: dict[ActionKind, Callable[[Database, Issue, Intent], Refusal | None]] = {
    ActionKind.RESOLVE: _resolve,
    ActionKind.REOPEN: _reopen,
    ActionKind.SPAM: _spam,
    ActionKind.UNSPAM: _unspam,
    ActionKind.SNOOZE: _snooze,
    ActionKind.UNSNOOZE: _unsnooze,
}


def _other(db: Database, issue: Issue) -> Issue | None:
    """Where to look instead or as well."""
    if issue.merged_into is None:
        return issues.open_beside(db, issue)
    survivor = issues.one(db, issue.merged_into)
    return survivor if survivor.merged_into is None else _other(db, survivor)
