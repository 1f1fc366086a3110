"""The words of the trade as frozen values: reports, messages, waits, answers; refuses to know where they are stored."""

from dataclasses import dataclass
from datetime import datetime

from .issue import Answer, Issue
from .vocabulary import Author, Channel, Direction, IssueStatus, Origin, Rule

__all__ = [
    "Answer",
    "Author",
    "Channel",
    "Direction",
    "Issue",
    "IssueStatus",
    "Message",
    "Origin",
    "Report",
    "Rule",
    "User",
    "Wait",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one source said of one message, in our words; None is "not said".

    `message_id` is GHL's id of the message, None for a body without one (a *provisional* message).
    `at` is aware UTC; when `at_is_receipt` it is only the instant the body reached us.
    `seen_at` is when this report was made (receipt of the delivery, start of the API read).
    `outcome` is a lower-case word with hyphens, e.g. `delivered`, `no-answer`, `voicemail`.
    `duration` is the call's length in seconds; None is unknown, never 0.
    `routed` says whether a call's delivery passed `CALL_ROUTE_FIELD` (True where no filter is set).
    `reported_missed` is True for a call that came by the unanswered-call route.
    """

    origin: Origin
    seen_at: datetime
    at: datetime
    at_is_receipt: bool
    channel: Channel
    direction: Direction | None
    kind: str | None = None
    message_id: str | None = None
    contact_id: str | None = None
    phone: str | None = None
    contact_name: str | None = None
    conversation_id: str | None = None
    user_id: str | None = None
    source: str | None = None
    updated_at: datetime | None = None
    outcome: str | None = None
    duration: int | None = None
    text: str | None = None
    attachments: bool = False
    routed: bool = False
    reported_missed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One text or call in a contact's timeline, after all that was reported of it has merged.

    `key` orders messages of one instant. `confirmed` is False while only a body without message id tells of it.
    """

    key: str
    at: datetime
    channel: Channel
    direction: Direction
    author: Author
    kind: str | None = None
    user_id: str | None = None
    outcome: str | None = None
    duration: int | None = None
    text: str | None = None
    attachments: bool = False
    routed: bool = False
    reported_missed: bool = False
    confirmed: bool = True

    @property
    def place(self) -> tuple[datetime, str]:
        """Where it stands in its timeline."""
        return self.at, self.key


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """A maximal run of customer messages of one channel with no answer strictly in between (oldest first)."""

    channel: Channel
    messages: tuple[Message, ...]
    answer: Answer | None = None
    spam: bool = False
    automated_replies: int = 0
    unlisted_user: str | None = None
    snoozed_until: datetime | None = None

    @property
    def first(self) -> Message:
        """The message that started the SLA clock."""
        return self.messages[0]

    @property
    def last(self) -> Message:
        """The newest message of the run."""
        return self.messages[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person with a login in the GHL location; `role` is GHL's word, where GHL was asked."""

    user_id: str
    name: str | None
    role: str | None = None
