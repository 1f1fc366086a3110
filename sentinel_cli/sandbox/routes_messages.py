"""GET of a conversation's messages and of one message by its id (GHL.md 4)."""

from .faults import View
from .reading import page_size
from .replies import Answer, Ask, bad_request, trace_id
from .rows import Row
from .shapes import message_row, single_row
from .world import World

__all__ = ["message", "messages"]


def messages(world: World, ask: Ask, view: View) -> Answer:
    """A page of a conversation, newest first, in the nested shape the vendor's file does not show."""
    rows = _conversation(world, ask, view)
    start = _start(rows, ask.query.get("lastMessageId"))
    limit = page_size(ask.query, 20)
    page = [] if view.empty else rows[start : start + limit]
    reached = start + len(page)
    inner = {
        "lastMessageId": rows[reached - 1].message_id if reached else None,
        "nextPage": reached < len(rows),
        "messages": [message_row(row, world.location.location_id) for row in page],
    }
    return Answer(body={"messages": inner, "traceId": trace_id()})


def message(world: World, ask: Ask, view: View) -> Answer:
    """One message. 400 for an id nobody knows, the only client error that the vendor's file lists for it."""
    message_id = ask.path_values["message_id"]
    found = next((row for row in view.rows(world.account) if row.message_id == message_id), None)
    if found is None:
        raise bad_request(f"Message with id {message_id} not found")
    return Answer(body={"message": single_row(found, world.location.location_id), "traceId": trace_id()})


def _conversation(world: World, ask: Ask, view: View) -> list[Row]:
    conversation_id = ask.path_values["conversation_id"]
    if conversation_id not in world.account.conversations:
        raise bad_request(f"Conversation with id {conversation_id} not found")
    kinds = {kind for kind in ask.query.get("type", "").split(",") if kind}
    rows = [row for row in view.rows(world.account) if row.conversation_id == conversation_id]
    wanted = [row for row in rows if not kinds or row.kind in kinds]
    return sorted(wanted, key=lambda row: (row.at, row.message_id), reverse=True)


def _start(rows: list[Row], last_message_id: str | None) -> int:
    if last_message_id is None:
        return 0
    places = [place for place, row in enumerate(rows, 1) if row.message_id == last_message_id]
    if not places:
        raise bad_request("lastMessageId is invalid")
    return places[0]
