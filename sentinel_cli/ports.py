"""What the jobs ask of GoHighLevel, one screen; refuses to know that it is HTTP."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sentinel_cli.domain.model import Report, User

__all__ = ["ContactCard", "Conversation", "Ghl", "LocationCard", "Sent", "SentText"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A thread of one contact; a contact may have several. Its last message has an instant where GHL tells it."""

    conversation_id: str
    contact_id: str
    name: str | None
    phone: str | None
    last_message_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactCard:
    """What GHL knows of a contact; `sms_blocked` is DND for texts."""

    contact_id: str
    name: str | None
    phone: str | None
    sms_blocked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationCard:
    """The sub-account as GHL has it, as far as it says."""

    name: str | None
    address: str | None
    zone: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """GHL's acceptance of a text; acceptance is not delivery."""

    message_id: str
    conversation_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SentText:
    """An outbound text as a conversation shows it, for the read-back of a letter."""

    message_id: str
    at: datetime
    text: str
    outcome: str | None


class Ghl(Protocol):
    """The GoHighLevel API of one location; every method raises errors of `sentinel_cli.errors`, never a library's."""

    def sweep(self, since: datetime, until: datetime) -> Iterator[Sequence[Report]]:
        """All messages of the location made or changed in [since, until), page by page, oldest slice first."""

    def conversation(self, conversation_id: str, since: datetime) -> Sequence[Report]:
        """A conversation's messages from `since` on, complete (all pages)."""

    def conversations_of(self, contact_id: str) -> Sequence[Conversation]:
        """Every conversation of a contact, the one with the newest message first."""

    def conversations_with(self, phone: str) -> Sequence[Conversation]:
        """Every conversation with that phone (E.164): whose it is, where only the number is known."""

    def contact(self, contact_id: str) -> ContactCard:
        """The contact's name, phone and whether texts to it are blocked."""

    def users(self) -> Sequence[User]:
        """The people with a login in this location."""

    def send_text(self, contact_id: str, conversation_id: str | None, text: str) -> Sent:
        """Send one SMS, never retried. Raises SendOutcomeUnknown when nobody can know whether it went out."""

    def texts_sent_to(self, contact_id: str, since: datetime) -> Sequence[SentText]:
        """The outbound texts to a contact since an instant, by direct read of its conversations."""
