"""GET /conversations/search: threads by their last message, with a value cursor (GHL.md 4)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from .faults import View
from .gate import check_location
from .reading import choice, number, page_size
from .replies import Answer, Ask, trace_id
from .rows import Contact, Conversation, Row
from .shapes import conversation_row, millis, unread
from .world import World

__all__ = ["search"]

_SORTS = ("last_message_date", "last_manual_message_date", "score_profile", "overdue_at", "due_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Thread:
    conversation: Conversation
    contact: Contact
    rows: Sequence[Row]

    def sort_value(self, sort_by: str | None) -> int:
        manual_only = sort_by == "last_manual_message_date"
        dated = [row for row in self.rows if row.is_manual or not manual_only]
        return millis(dated[-1].at if dated else self.conversation.added_at)


def search(world: World, ask: Ask, view: View) -> Answer:
    """A page of threads, newest first; `startAfterDate` leaves out ties at the page's edge, as the real cursor does."""
    check_location(ask, world.location)
    sort_by = choice(ask.query, "sortBy", _SORTS, "last_message_date")
    ascending = choice(ask.query, "sort", ("asc", "desc"), "desc") == "asc"
    limit = page_size(ask.query, 20)
    found = [thread for thread in _threads(world, view) if _fits(thread, ask)]
    keyed = sorted(((thread.sort_value(sort_by), thread) for thread in found), key=lambda pair: pair[0])
    ordered = keyed if ascending else keyed[::-1]
    after = number(ask.query, "startAfterDate")
    left = [pair for pair in ordered if after is None or (pair[0] > after if ascending else pair[0] < after)]
    page = [] if view.empty else left[:limit]
    rows = [conversation_row(each.conversation, each.contact, each.rows, world.location, sort) for sort, each in page]
    return Answer(body={"conversations": rows, "total": len(found), "traceId": trace_id()})


def _threads(world: World, view: View) -> list[_Thread]:
    by_conversation: dict[str, list[Row]] = defaultdict(list)
    for row in sorted(view.indexed_rows(world.account), key=lambda row: (row.at, row.message_id)):
        by_conversation[row.conversation_id].append(row)
    return [
        _Thread(
            conversation=conversation,
            contact=world.account.contact(conversation.contact_id),
            rows=by_conversation[conversation.conversation_id],
        )
        for conversation in world.account.conversations.values()
        if conversation.added_at <= view.now - view.index_lag
    ]


def _fits(thread: _Thread, ask: Ask) -> bool:
    return _fits_identity(thread, ask) and _fits_dates(thread, ask) and _fits_last_message(thread, ask)


def _fits_identity(thread: _Thread, ask: Ask) -> bool:
    ids = {"contactId": thread.contact.contact_id, "id": thread.conversation.conversation_id}
    words = " ".join(filter(None, (thread.contact.name, thread.contact.phone, thread.contact.email))).casefold()
    known = all(ask.query.get(name, value) == value for name, value in ids.items())
    return known and ask.query.get("query", "").casefold() in words


def _fits_dates(thread: _Thread, ask: Ask) -> bool:
    # These two mean when the thread was made, not its activity (GHL.md 4).
    added = millis(thread.conversation.added_at)
    start, end = number(ask.query, "startDate"), number(ask.query, "endDate")
    return (start is None or added >= start) and (end is None or added <= end)


def _fits_last_message(thread: _Thread, ask: Ask) -> bool:
    last = thread.rows[-1] if thread.rows else None
    outbound = [row for row in thread.rows if not row.is_inbound]
    action = None if not outbound else "manual" if outbound[-1].is_manual else "automated"
    facts = {
        "lastMessageType": last and last.kind,
        "lastMessageDirection": last and last.direction,
        "lastMessageAction": action,
    }
    read = {"read": unread(thread.rows) == 0, "unread": unread(thread.rows) > 0, "starred": False}
    return read.get(ask.query.get("status", "all"), True) and all(
        ask.query.get(name, value) == value for name, value in facts.items()
    )
