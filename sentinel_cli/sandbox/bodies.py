"""The bodies GHL would post for a row: workflow and marketplace-app webhooks (GHL.md 2, 3); refuses to post them."""

import uuid
from datetime import datetime
from zoneinfo import ZoneInfo

from sentinel_cli.domain.instants import instant_text

from .rows import TYPE_NUMBERS, Contact, Location, Row

__all__ = ["app_body", "workflow_body"]

_APP_ID = "698de27f00000000000000a1"
_EVENTS = uuid.UUID("00000000-0000-4000-8000-00000000e0e0")
_APP_WORDS = {"TYPE_SMS_REACTION": "SMS", "TYPE_EMAIL": "Email"}


def workflow_body(location: Location, contact: Contact, row: Row, secret: str | None = None) -> dict[str, object]:
    """The contact dump of a workflow's Webhook action: no event type, id or time.

    Texts as "Customer Replied", voicemails as production's unanswered-call workflow, other calls as a Call Status
    trigger is guessed to look. `secret` goes to `customData.sentinel_secret`. Raises ValueError for an outbound row.
    """
    if not row.is_inbound:
        raise ValueError("workflows of Sentinel are triggered by customers only")
    custom = _call_data() if row.is_call else _reply_data(location, contact, row)
    body = _contact_dump(location, contact) | _trigger(row)
    body["customData"] = custom if secret is None else custom | {"sentinel_secret": secret}
    return body


def app_body(location: Location, contact: Contact, row: Row, posted_at: datetime) -> dict[str, object]:
    """`InboundMessage` or `OutboundMessage` for the row as it is; equal states of a row share their `webhookId`."""
    numbers = (contact.phone, location.phone) if row.is_inbound else (location.phone, contact.phone)
    body: dict[str, object] = {
        "type": "InboundMessage" if row.is_inbound else "OutboundMessage",
        "locationId": location.location_id,
        "versionId": _APP_ID,
        "appId": _APP_ID,
        "contactId": row.contact_id,
        "conversationId": row.conversation_id,
        "messageId": row.message_id,
        "attachments": list(row.attachments),
        "dateAdded": instant_text(row.at),
        "direction": row.direction,
        "status": row.status,
        "from": numbers[0],
        "to": numbers[1],
        "timestamp": instant_text(posted_at),
        "webhookId": str(uuid.uuid5(_EVENTS, f"{row.message_id} {row.status} {row.updated_at.isoformat()}")),
    }
    said = {"source": None if row.is_inbound else row.source, "userId": row.user_id}
    return body | _app_type(row) | _app_content(row) | {key: value for key, value in said.items() if value is not None}


def _app_type(row: Row) -> dict[str, object]:
    # An unattended call is a call row over REST, and type 10 with the word CALL here; a drop is "VoiceMail" (GHL.md 3).
    if row.is_call and row.status == "voicemail" and row.is_inbound:
        return {"messageType": "CALL", "messageTypeId": 10, "messageTypeString": "TYPE_VOICEMAIL"}
    word = "VoiceMail" if TYPE_NUMBERS[row.kind] == 10 else "CALL" if row.is_call else _text_word(row.kind)
    return {"messageType": word, "messageTypeId": TYPE_NUMBERS[row.kind], "messageTypeString": row.kind}


def _text_word(kind: str) -> str:
    return _APP_WORDS.get(kind, kind.removeprefix("TYPE_"))


def _app_content(row: Row) -> dict[str, object]:
    if not row.is_call:
        return {"body": row.text, "contentType": "text/plain"}
    # The vendor's voicemail sample has neither callStatus nor callDuration.
    return {} if row.status == "voicemail" else {"callStatus": row.status, "callDuration": row.duration}


def _contact_dump(location: Location, contact: Contact) -> dict[str, object]:
    first, _, last = contact.name.partition(" ")
    said = {
        "contact_id": contact.contact_id,
        "first_name": first,
        "last_name": last,
        "full_name": contact.name,
        "email": contact.email,
        "phone": contact.phone,
    }
    # Empty contact fields are left out, but for tags and full_address (GHL.md 2).
    return {key: value for key, value in said.items() if value} | {
        "tags": ",".join(contact.tags),
        "country": "US",
        "date_created": instant_text(contact.added_at),
        "full_address": "",
        "contact_type": "lead",
        "location": _location(location),
    }


def _location(location: Location) -> dict[str, object]:
    return {
        "name": location.name,
        "address": "12 Sample St",
        "city": "Denton",
        "state": "TX",
        "country": "US",
        "postalCode": "76201",
        "fullAddress": "12 Sample St, Denton TX 76201",
        "id": location.location_id,
    }


def _trigger(row: Row) -> dict[str, object]:
    workflow = "Unanswered call - Sentinel" if row.is_call else "Customer Replied - Sentinel"
    return _event(row) | {
        "workflow": {"id": str(uuid.uuid5(_EVENTS, workflow)), "name": workflow},
        "triggerData": {},
        "contact": {"attributionSource": {}, "lastAttributionSource": {}},
        "attributionSource": {},
    }


def _event(row: Row) -> dict[str, object]:
    if not row.is_call:
        return {"message": {"type": TYPE_NUMBERS["TYPE_SMS"], "body": row.text}}
    if row.status == "voicemail":
        return {"voicemail_route": ["tech_sentinel"]}
    return {"message": {"type": 1, "body": "", "direction": row.direction, "status": row.status}}


def _call_data() -> dict[str, object]:
    return {"sentinel_missed_call": "true"}


def _reply_data(location: Location, contact: Contact, row: Row) -> dict[str, object]:
    first, _, last = contact.name.partition(" ")
    local = row.at.astimezone(ZoneInfo(location.timezone))
    return {
        "ID": contact.contact_id,
        "Phone Number": contact.phone or "",
        "First Name": first,
        "Last Name": last,
        "Email": contact.email or "",
        "Message": row.text,
        "Date": local.strftime("%m/%d/%Y"),
        "Time": local.strftime("%I:%M %p"),
    }
