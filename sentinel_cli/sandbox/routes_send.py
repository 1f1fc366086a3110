"""POST /conversations/messages: a text goes out, or is refused with the vendor's words (GHL.md 4)."""

from collections.abc import Mapping

from .replies import Answer, Ask, bad_request, unprocessable
from .rows import Contact
from .world import World

__all__ = ["send"]

_TYPES = ("SMS", "RCS", "Email", "WhatsApp", "IG", "FB", "Custom", "Live_Chat", "TIKTOK")


def send(world: World, ask: Ask, squeeze: bool = False) -> Answer:
    """The text is in the conversation as `pending`; nothing of it can be sent twice by mistake but by asking twice."""
    body = ask.body if isinstance(ask.body, Mapping) else {}
    _check(body)
    contact = _receiver(world, str(body["contactId"]))
    text = " ".join(str(body["message"]).split()) if squeeze else str(body["message"])
    conversation_id = _conversation(world, contact, body.get("conversationId"))
    if conversation_id is None:
        row = world.api_text(contact.contact_id, text)
    else:
        row = world.api_text(contact.contact_id, text, conversation_id=conversation_id)
    return Answer(body={"conversationId": row.conversation_id, "messageId": row.message_id, "status": "pending"})


def _check(body: Mapping[object, object]) -> None:
    problems = []
    if body.get("type") not in _TYPES:
        problems.append(f"type must be one of the following values: {', '.join(_TYPES)}")
    for name in ("contactId", "message"):
        value = body.get(name)
        if not isinstance(value, str):
            problems.append(f"{name} must be a string")
        elif not value.strip():
            problems.append(f"{name} should not be empty")
    if problems:
        raise unprocessable(*problems)
    if body["type"] != "SMS":
        raise bad_request("The sandbox sends SMS only")


def _receiver(world: World, contact_id: str) -> Contact:
    contact = world.account.contacts.get(contact_id)
    if contact is None:
        raise bad_request(f"Contact with id {contact_id} not found")
    if contact.dnd or contact.sms_blocked or contact.landline:
        raise bad_request("Cannot send message as DND is active for SMS.")
    if not contact.phone:
        raise bad_request("Missing phone number")
    return contact


def _conversation(world: World, contact: Contact, conversation_id: object) -> str | None:
    if conversation_id is None:
        return None
    threads = [thread.conversation_id for thread in world.account.conversations_of(contact.contact_id)]
    if conversation_id not in threads:
        raise bad_request(f"Conversation with id {conversation_id} not found")
    return str(conversation_id)
