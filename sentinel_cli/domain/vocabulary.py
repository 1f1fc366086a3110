"""The kinds of what a contact's timeline holds and of what becomes of it, word for word as they are stored."""

from enum import StrEnum

__all__ = ["Author", "Channel", "Direction", "IssueStatus", "Origin", "Rule"]


class Channel(StrEnum):
    """How a message travelled; the first two open issues unless `CHANNELS` says otherwise."""

    SMS = "SMS"
    CALL = "CALL"
    WHATSAPP = "WHATSAPP"
    FACEBOOK = "FACEBOOK"
    INSTAGRAM = "INSTAGRAM"
    GMB = "GMB"
    RCS = "RCS"
    TIKTOK = "TIKTOK"
    WEBCHAT = "WEBCHAT"
    EMAIL = "EMAIL"
    OTHER = "OTHER"


class Direction(StrEnum):
    """Seen from the business: `inbound` comes from the customer."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


class Author(StrEnum):
    """Who made a message (DESIGN, words)."""

    CUSTOMER = "customer"
    STAFF = "staff"
    AUTOMATION = "automation"
    SYSTEM = "system"


class Origin(StrEnum):
    """Where a report comes from; a later member outranks an earlier one when both know a field."""

    ADOPTED = "adopted"
    DELIVERY = "delivery"
    API = "api"


class IssueStatus(StrEnum):
    """The stored states of an issue; overdue, escalated and snoozed are derived."""

    OPEN = "OPEN"
    RESOLVED = "RESOLVED"
    SPAM = "SPAM"


class Rule(StrEnum):
    """What ended a wait (DESIGN, "What answers a wait")."""

    STAFF_TEXT = "staff_text"
    STAFF_CALL = "staff_call"
    STAFF_CALL_ATTEMPT = "staff_call_attempt"
    CALL_TAKEN = "call_taken"
    RESOLVE = "resolve"
    ADOPTED = "adopted"
