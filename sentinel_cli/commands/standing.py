"""Where an issue stands at an instant: what is derived of it, as words for people and as fields for programs."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sentinel_cli.domain.instants import instant_text
from sentinel_cli.domain.issue import Issue
from sentinel_cli.domain.sla import is_escalated, is_overdue, open_time_between
from sentinel_cli.domain.vocabulary import IssueStatus

from .human import local_time

if TYPE_CHECKING:
    from sentinel_cli.settings import Settings

__all__ = ["FIELDS", "Standing", "fields_of", "flags", "standing_of"]

FIELDS = (
    "id", "issue_type", "status", "contact_id", "contact_name", "phone", "conversation_id", "first_inbound_ts",
    "last_inbound_ts", "inbound_count", "auto_replies", "due_ts", "due_local", "waiting_minutes", "late_minutes",
    "overdue", "breached", "escalated", "auto_reply_only", "unconfirmed", "unlisted_user", "snoozed_until_ts",
    "resolved_ts", "resolved_by", "answered_by", "answer_key", "merged_into",
)  # fmt: skip
"""The names of an issue's fields for programs, in order: columns where they are stored, the glossary's words else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An issue and what is derived of it.

    `waiting` is business time from its first message to its answer, or to now; `late` is how much of it lies after
    due. `breached` is an issue whose answer came, or would come, after due; `overdue` one that is open as well.
    """

    issue: Issue
    now: datetime
    waiting: timedelta
    late: timedelta
    overdue: bool
    breached: bool
    escalated: bool
    snoozed: bool

    @property
    def auto_reply_only(self) -> bool:
        """Whether nobody but automation has written back."""
        return self.issue.status is IssueStatus.OPEN and self.issue.automated_replies > 0


def standing_of(issue: Issue, now: datetime, settings: "Settings") -> Standing:
    """Where the issue stands at `now`."""
    is_open, hours = issue.status is IssueStatus.OPEN, settings.business_hours
    until = issue.answer.at if issue.answer else now if is_open else issue.last_at
    breached = is_overdue(issue.due_at, until)
    return Standing(
        issue=issue,
        now=now,
        waiting=open_time_between(issue.first_at, until, hours),
        late=open_time_between(issue.due_at, until, hours),
        overdue=is_open and breached,
        breached=breached,
        escalated=is_open and is_escalated(issue.first_at, now, hours, settings.escalate_after),
        snoozed=is_open and issue.snoozed_until is not None and issue.snoozed_until > now,
    )


def flags(standing: Standing, settings: "Settings") -> list[str]:
    """What a person should know of the issue beside its columns, the gravest first."""
    issue, until = standing.issue, standing.issue.snoozed_until
    words = {
        "overdue": standing.overdue,
        "escalated": standing.escalated,
        "breached": standing.breached and not standing.overdue and issue.status is IssueStatus.RESOLVED,
        "auto-reply only": standing.auto_reply_only,
        "unlisted user": issue.unlisted_user is not None,
        "unconfirmed": issue.unconfirmed,
        "withdrawn": issue.withdrawn,
    }
    found = [word for word, holds in words.items() if holds]
    if standing.snoozed and until is not None:
        found.append(f"snoozed until {local_time(until, standing.now, settings.timezone)}")
    return found


def fields_of(standing: Standing, settings: "Settings") -> dict[str, object]:
    """The issue for programs, under the names of its columns; instants as stored, and local where a person may look."""
    issue = standing.issue
    return {
        "id": issue.id,
        "issue_type": issue.channel.value,
        "status": issue.status.value,
        "contact_id": issue.contact_id,
        "contact_name": issue.contact_name,
        "phone": issue.phone,
        "conversation_id": issue.conversation_id,
        "first_inbound_ts": instant_text(issue.first_at),
        "last_inbound_ts": instant_text(issue.last_at),
        "inbound_count": issue.inbound_count,
        "auto_replies": issue.automated_replies,
        "due_ts": instant_text(issue.due_at),
        "due_local": issue.due_at.astimezone(settings.timezone).isoformat(timespec="minutes"),
        "waiting_minutes": standing.waiting // timedelta(minutes=1),
        "late_minutes": standing.late // timedelta(minutes=1),
        "overdue": standing.overdue,
        "breached": standing.breached,
        "escalated": standing.escalated,
        "auto_reply_only": standing.auto_reply_only,
        "unconfirmed": issue.unconfirmed,
        "unlisted_user": issue.unlisted_user,
        "snoozed_until_ts": _text(issue.snoozed_until),
        **_answer(issue),
        "merged_into": issue.merged_into,
    }


def _answer(issue: Issue) -> dict[str, object]:
    answer = issue.answer
    if answer is None:
        by = "withdrawn" if issue.withdrawn else None
        return {"resolved_ts": None, "resolved_by": by, "answered_by": None, "answer_key": None}
    return {
        "resolved_ts": instant_text(answer.at),
        "resolved_by": answer.rule.value,
        "answered_by": answer.by,
        "answer_key": answer.key,
    }


def _text(at: datetime | None) -> str | None:
    return instant_text(at) if at else None
