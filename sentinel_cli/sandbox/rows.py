"""What an account holds, as frozen values: contacts, users, conversations, message rows; refuses to know HTTP."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

__all__ = [
    "ALL_SCOPES",
    "CALL_KINDS",
    "TYPE_NUMBERS",
    "Contact",
    "ContactFields",
    "Conversation",
    "Draft",
    "Location",
    "Row",
    "RowChanges",
    "RowFields",
    "Seen",
    "TextFields",
    "User",
]

ALL_SCOPES = frozenset(
    {
        "contacts.readonly",
        "conversations.readonly",
        "conversations/message.readonly",
        "conversations/message.write",
        "users.readonly",
    }
)

# GHL.md 4: 1, 2, 3 and 10 are documented, up to 35 inferred from the order of the vendor's enum; 41 is a guess by the
# same order. The table is the vendor's, so it is not taken from the client's reading of it.
TYPE_NUMBERS = {
    "TYPE_CALL": 1,
    "TYPE_SMS": 2,
    "TYPE_EMAIL": 3,
    "TYPE_WEBCHAT": 5,
    "TYPE_CAMPAIGN_SMS": 7,
    "TYPE_CAMPAIGN_VOICEMAIL": 10,
    "TYPE_VOICEMAIL": 10,
    "TYPE_FACEBOOK": 11,
    "TYPE_INSTAGRAM": 18,
    "TYPE_WHATSAPP": 19,
    "TYPE_CUSTOM_SMS": 20,
    "TYPE_IVR_CALL": 24,
    "TYPE_ACTIVITY_CONTACT": 25,
    "TYPE_ACTIVITY_OPPORTUNITY": 28,
    "TYPE_LIVE_CHAT": 29,
    "TYPE_ACTIVITY_APPOINTMENT": 31,
    "TYPE_CUSTOM_CALL": 34,
    "TYPE_INTERNAL_COMMENT": 35,
    "TYPE_SMS_REACTION": 41,
}
CALL_KINDS = frozenset({"TYPE_CALL", "TYPE_IVR_CALL", "TYPE_CUSTOM_CALL", "TYPE_VOICEMAIL", "TYPE_CAMPAIGN_VOICEMAIL"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """The sub-account and the Private Integration token that opens it."""

    location_id: str = "LOCsandbox0000000001"
    name: str = "Sandbox Pools LLC"
    phone: str = "+19405550100"
    timezone: str = "America/Chicago"
    token: str = "sandbox-token"  # noqa: S105 - opens nothing but the sandbox
    scopes: frozenset[str] = ALL_SCOPES


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A customer record; `landline` answers texts as GHL does for a number that takes none."""

    contact_id: str
    name: str
    added_at: datetime
    phone: str | None = None
    email: str | None = None
    dnd: bool = False
    sms_blocked: bool = False
    landline: bool = False
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person with a login."""

    user_id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A thread of one contact; `kind` is TYPE_PHONE or TYPE_EMAIL."""

    conversation_id: str
    contact_id: str
    added_at: datetime
    kind: str = "TYPE_PHONE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One message, call, activity or comment as the account holds it now.

    `duration` is in seconds, None where GHL says null. Reads show the row from `revealed_at` on; None is at once.
    """

    message_id: str
    conversation_id: str
    contact_id: str
    kind: str
    direction: str
    status: str
    at: datetime
    updated_at: datetime
    text: str = ""
    source: str | None = None
    user_id: str | None = None
    duration: int | None = None
    attachments: tuple[str, ...] = ()
    revealed_at: datetime | None = None

    @property
    def is_call(self) -> bool:
        """Whether it has a duration rather than a text."""
        return self.kind in CALL_KINDS

    @property
    def is_inbound(self) -> bool:
        """Whether it came from the customer."""
        return self.direction == "inbound"

    @property
    def is_manual(self) -> bool:
        """What `lastManualMessageDate` counts: anything but automation, in both directions (GHL.md 4)."""
        return self.is_inbound or self.source in {None, "app"}


class ContactFields(TypedDict, total=False):
    """What a script may set of a new contact."""

    contact_id: str
    email: str | None
    dnd: bool
    sms_blocked: bool
    landline: bool
    tags: tuple[str, ...]
    added_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What the kind of an event says of its row, before the script's own fields."""

    direction: str
    kind: str
    status: str = "delivered"
    text: str = ""
    source: str | None = None
    user_id: str | None = None
    duration: int | None = None


class RowFields(TypedDict, total=False):
    """What a script may set of any new row; `at` is now unless given."""

    at: datetime
    conversation_id: str
    message_id: str
    kind: str
    source: str | None
    attachments: tuple[str, ...]
    revealed_at: datetime | None


class TextFields(RowFields, total=False):
    """What a script may set of a new text."""

    status: str


class RowChanges(TypedDict, total=False):
    """What may change of a row after it was made."""

    status: str
    duration: int | None
    text: str
    attachments: tuple[str, ...]
    revealed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One request that reached the API (not the control prefix)."""

    method: str
    path: str
    query: dict[str, str]
    body: object
