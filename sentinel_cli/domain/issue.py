"""An issue and what answered it: all that a list shows, which loads no more of the words of the trade than this."""

from dataclasses import dataclass
from datetime import datetime

from .vocabulary import Channel, IssueStatus, Rule

__all__ = ["Answer", "Issue"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The evidence that ended a wait: which message or action, when, who (user id or actor), by which rule."""

    key: str
    at: datetime
    by: str | None
    rule: Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One recorded wait. `id` is 0 until the database has given one."""

    id: int
    contact: int
    channel: Channel
    status: IssueStatus
    contact_id: str | None
    contact_name: str | None
    phone: str | None
    conversation_id: str | None
    due_at: datetime
    first_at: datetime
    last_at: datetime
    inbound_count: int
    automated_replies: int = 0
    unlisted_user: str | None = None
    snoozed_until: datetime | None = None
    unconfirmed: bool = False
    answer: Answer | None = None
    withdrawn: bool = False
    merged_into: int | None = None
