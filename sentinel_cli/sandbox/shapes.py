"""The JSON of the REST answers as seen on the wire (GHL.md 4, sample bodies); refuses to choose what is shown."""

from collections.abc import Sequence
from datetime import datetime

from sentinel_cli.domain.instants import instant_text

from .rows import TYPE_NUMBERS, Contact, Conversation, Location, Row, User

__all__ = [
    "contact_card",
    "conversation_row",
    "exported_row",
    "location_card",
    "message_row",
    "millis",
    "single_row",
    "user_card",
]


def millis(at: datetime) -> int:
    """An instant as search and its cursor count it: milliseconds since 1970."""
    return round(at.timestamp() * 1000)


def message_row(row: Row, location_id: str) -> dict[str, object]:
    """A row as its conversation lists it: calls without contentType, e-mails without body, no dateUpdated."""
    head: dict[str, object] = {
        "id": row.message_id,
        "locationId": location_id,
        "contactId": row.contact_id,
        "conversationId": row.conversation_id,
        "type": TYPE_NUMBERS[row.kind],
        "messageType": row.kind,
        "direction": row.direction,
        "status": row.status,
        "dateAdded": instant_text(row.at),
    }
    said = {"source": row.source, "userId": row.user_id}
    return head | _content(row) | {key: value for key, value in said.items() if value is not None}


def single_row(row: Row, location_id: str) -> dict[str, object]:
    """A row as read by its id."""
    return message_row(row, location_id) | {"dateUpdated": instant_text(row.updated_at)}


def exported_row(row: Row, location_id: str) -> dict[str, object]:
    """A row of the export: flat, every row with body, contentType, attachments and dateUpdated."""
    content = {"attachments": list(row.attachments), "body": row.text, "contentType": "text/plain"}
    return content | single_row(row, location_id)


def _content(row: Row) -> dict[str, object]:
    if row.is_call:
        call = {"duration": row.duration, "status": row.status}
        return {"altId": "CA" + row.message_id.ljust(32, "0"), "meta": {"call": call}}
    if row.kind == "TYPE_EMAIL":
        return {"contentType": "text/html", "meta": {"email": {"messageIds": [row.message_id]}}}
    return {"body": row.text, "contentType": "text/plain", "attachments": list(row.attachments)}


def conversation_row(
    thread: Conversation, contact: Contact, rows: Sequence[Row], location: Location, sort: int
) -> dict[str, object]:
    """A row of the search; `rows` are the thread's, oldest first, `sort` is its cursor value."""
    return {
        "id": thread.conversation_id,
        "locationId": location.location_id,
        "contactId": contact.contact_id,
        "fullName": contact.name,
        "contactName": contact.name,
        "companyName": None,
        "email": contact.email,
        "phone": contact.phone,
        "tags": list(contact.tags),
        "type": thread.kind,
        "unreadCount": unread(rows),
        "inbox": True,
        "starred": False,
        "deleted": False,
        "assignedTo": None,
        "followers": [],
        "mentions": [],
        "scoring": [],
        **_last_message(rows),
        "dateAdded": millis(thread.added_at),
        "dateUpdated": millis(rows[-1].updated_at if rows else thread.added_at),
        "sort": [sort],
    }


def unread(rows: Sequence[Row]) -> int:
    """How many customer messages follow the last outbound row."""
    answered = max((place for place, row in enumerate(rows, 1) if not row.is_inbound), default=0)
    return len(rows) - answered


def _last_message(rows: Sequence[Row]) -> dict[str, object]:
    # A thread without rows has none of these keys: many may be absent (GHL.md 4).
    if not rows:
        return {}
    last = rows[-1]
    said: dict[str, object] = {
        "isLastMessageInternalComment": last.kind == "TYPE_INTERNAL_COMMENT",
        "lastMessageBody": last.text,
        "lastMessageType": last.kind,
        "lastMessageDirection": last.direction,
        "lastMessageDate": millis(last.at),
    }
    manual = [row for row in rows if row.is_manual]
    outbound = [row for row in rows if not row.is_inbound]
    if manual:
        said["lastManualMessageDate"] = millis(manual[-1].at)
    if outbound:
        said["lastOutboundMessageAction"] = "manual" if outbound[-1].is_manual else "automated"
    return said


def contact_card(contact: Contact, location_id: str) -> dict[str, object]:
    """A contact as read by its id: names in lower case; a DND status `active` means blocked."""
    name = contact.name.lower()
    first, _, last = name.partition(" ")
    return {
        "id": contact.contact_id,
        "name": name,
        "locationId": location_id,
        "firstName": first,
        "lastName": last,
        "email": contact.email,
        "emailLowerCase": contact.email and contact.email.lower(),
        "phone": contact.phone,
        "dnd": contact.dnd,
        "dndSettings": {"Call": _dnd(contact.dnd), "SMS": _dnd(contact.dnd or contact.sms_blocked)},
        "type": "lead",
        "source": "public api",
        "assignedTo": None,
        "tags": list(contact.tags),
        "customFields": [],
        "dateAdded": instant_text(contact.added_at),
        "dateUpdated": instant_text(contact.added_at),
    }


def _dnd(blocked: bool) -> dict[str, object]:
    if blocked:
        return {"status": "active", "message": "STOP", "code": "103"}
    return {"status": "inactive", "message": "", "code": ""}


def user_card(user: User, location_id: str) -> dict[str, object]:
    """A person of the location's list of users."""
    first, _, last = user.name.partition(" ")
    return {
        "id": user.user_id,
        "name": user.name,
        "firstName": first,
        "lastName": last,
        "email": f"{first.lower()}@example.com",
        "phone": "+1 940-555-0199",
        "extension": "",
        "roles": {"type": "account", "role": "admin", "locationIds": [location_id]},
    }


def location_card(location: Location) -> dict[str, object]:
    """The sub-account as read by its id."""
    return {
        "id": location.location_id,
        "name": location.name,
        "address": "100 Example Street",
        "city": "Sandbox",
        "state": "TX",
        "country": "US",
        "postalCode": "75001",
        "timezone": location.timezone,
        "phone": location.phone,
        "email": "office@example.com",
    }
