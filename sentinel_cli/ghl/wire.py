"""GHL's answers as our values (GHL.md 4); refuses to know how they were fetched.

Only what we use is demanded, and every complaint names the field: answers hold more fields, and other words, than the
vendor's OpenAPI lists.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sentinel_cli.domain.kinds import channel_of, kind_of, outcome_word
from sentinel_cli.domain.model import Channel, Direction, Origin, Report, User
from sentinel_cli.errors import GhlShapeUnknown
from sentinel_cli.ghl.fields import Row, instant_in, list_in, number_in, object_in, word_in, wrong
from sentinel_cli.phones import e164
from sentinel_cli.ports import ContactCard, Conversation, Sent

__all__ = [
    "ExportPage",
    "Found",
    "MessagesPage",
    "SearchPage",
    "contact_card",
    "export_page",
    "messages_page",
    "search_page",
    "sent",
    "users",
]

_BLOCKING = frozenset({"active", "permanent"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportPage:
    """One page of the location's messages; `rows` counts all that came, `total` is what GHL says there are."""

    reports: Sequence[Report]
    rows: int
    total: int | None
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagesPage:
    """One page of a conversation, newest first; `has_more` is what GHL says, None where it says nothing."""

    reports: Sequence[Report]
    next_cursor: str | None
    has_more: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A conversation as a search shows it."""

    conversation: Conversation
    last_message_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPage:
    """One page of a search; `rows` counts all that came, `edge` is the last one's place in milliseconds since 1970."""

    found: Sequence[Found]
    rows: int
    total: int | None
    edge: int | None


def export_page(answer: object, location_id: str, seen_at: datetime) -> ExportPage:
    """A page of `messages/export`; rows of another location are left out."""
    body = object_in(answer, "answer")
    rows = _rows(body, "messages")
    return ExportPage(
        reports=tuple(_reports(rows, location_id, seen_at)),
        rows=len(rows),
        total=number_in(body.get("total")),
        next_cursor=word_in(body, "nextCursor"),
    )


def messages_page(answer: object, location_id: str, seen_at: datetime) -> MessagesPage:
    """A page of a conversation's messages, nested as on the wire or flat as in the vendor's OpenAPI (#54)."""
    body = object_in(answer, "answer")
    inner = body.get("messages")
    page = body if isinstance(inner, list) else object_in(inner, "messages")
    rows = _rows(page, "messages")
    more = page.get("nextPage")
    return MessagesPage(
        reports=tuple(_reports(rows, location_id, seen_at)),
        next_cursor=word_in(page, "lastMessageId") or (word_in(rows[-1][1], "id") if rows else None),
        has_more=more if isinstance(more, bool) else None,
    )


def search_page(answer: object, location_id: str, region: str) -> SearchPage:
    """The conversations of a search, in GHL's order; those of another location are left out."""
    body = object_in(answer, "answer")
    rows = _rows(body, "conversations")
    return SearchPage(
        found=tuple(_found(row, field, region) for field, row in rows if _is_ours(row, location_id)),
        rows=len(rows),
        total=number_in(body.get("total")),
        edge=_place(rows[-1][1]) if rows else None,
    )


def contact_card(answer: object, region: str) -> ContactCard:
    """A contact; DND for texts is a `dndSettings.SMS` that is active or permanent, or DND as a whole."""
    row = object_in(object_in(answer, "answer").get("contact"), "contact")
    settings = row.get("dndSettings")
    sms = settings.get("SMS") if isinstance(settings, dict) else None
    blocked = isinstance(sms, dict) and word_in(sms, "status") in _BLOCKING
    return ContactCard(
        contact_id=_needed(row, "id", "contact"),
        name=_name(row, "name", "contactName"),
        phone=e164(word_in(row, "phone"), region),
        sms_blocked=blocked or row.get("dnd") is True,
    )


def users(answer: object) -> Sequence[User]:
    """The people with a login in the location."""
    return tuple(
        User(user_id=_needed(row, "id", field), name=_name(row, "name")) for field, row in _rows(answer, "users")
    )


def sent(answer: object) -> Sent:
    """GHL's acceptance of a text. Raises GhlShapeUnknown when it names no message."""
    row = object_in(answer, "answer")
    return Sent(message_id=_needed(row, "messageId"), conversation_id=word_in(row, "conversationId"))


def _rows(answer: object, name: str) -> Sequence[tuple[str, Row]]:
    """The objects of the array `name`, each with how a complaint names it, e.g. `messages[3]`."""
    values = list_in(object_in(answer, "answer").get(name), name)
    return [(f"{name}[{number}]", object_in(value, f"{name}[{number}]")) for number, value in enumerate(values)]


def _is_ours(row: Row, location_id: str) -> bool:
    return (word_in(row, "locationId") or location_id) == location_id


def _reports(rows: Sequence[tuple[str, Row]], location_id: str, seen_at: datetime) -> Iterator[Report]:
    for field, row in rows:
        report = _report(row, field, seen_at) if _is_ours(row, location_id) else None
        if report is not None:
            yield report


def _report(row: Row, field: str, seen_at: datetime) -> Report | None:
    """The row in our words; None for an activity row or comment too bare to be placed in a timeline."""
    kind = _kind(row, field)
    channel = channel_of(kind)
    try:
        return Report(
            origin=Origin.API,
            seen_at=seen_at,
            at=_needed_instant(row, field),
            at_is_receipt=False,
            channel=channel,
            direction=_direction(row, channel, field),
            kind=kind,
            message_id=_needed(row, "id", field),
            contact_id=_needed(row, "contactId", field),
            conversation_id=word_in(row, "conversationId"),
            user_id=word_in(row, "userId"),
            source=word_in(row, "source"),
            updated_at=instant_in(row.get("dateUpdated")),
            outcome=_call_outcome(row) if channel is Channel.CALL else outcome_word(row.get("status")),
            duration=_duration(row) if channel is Channel.CALL else None,
            text=_text(row),
            attachments=bool(row.get("attachments")),
        )
    except GhlShapeUnknown:
        if channel is Channel.OTHER:
            return None
        raise


def _kind(row: Row, field: str) -> str | None:
    """The kind by name, else by number; a row that says neither could be a customer's text and is not passed over."""
    if not row.get("messageType") and row.get("type") in (None, ""):
        raise wrong(f"{field}.messageType")
    return kind_of(row.get("messageType")) or kind_of(row.get("type"))


def _direction(row: Row, channel: Channel, field: str) -> Direction | None:
    word = (word_in(row, "direction") or "").casefold()
    if word in set(Direction):
        return Direction(word)
    if channel is Channel.OTHER:
        return None
    raise wrong(f"{field}.direction")


def _text(row: Row) -> str | None:
    body = row.get("body")
    return body if isinstance(body, str) and body.strip() else None


def _call_outcome(row: Row) -> str | None:
    """How a call ended, from wherever GHL says it (GHL.md 4); a voicemail outranks a `completed` beside it."""
    meta = _part(row, "meta")
    places = (_part(meta, "call").get("status"), meta.get("callStatus"), row.get("callStatus"), row.get("status"))
    words = [word for place in places if (word := outcome_word(place)) is not None]
    return "voicemail" if {"voicemail", "voice-mail"} & set(words) else next(iter(words), None)


def _duration(row: Row) -> int | None:
    """The call's length in seconds; null (long or transferred calls, GHL.md 4) stays unknown."""
    meta = _part(row, "meta")
    places = (_part(meta, "call").get("duration"), meta.get("callDuration"), row.get("callDuration"))
    return next((seconds for place in places if (seconds := number_in(place)) is not None), None)


def _found(row: Row, field: str, region: str) -> Found:
    return Found(
        conversation=Conversation(
            conversation_id=_needed(row, "id", field),
            contact_id=_needed(row, "contactId", field),
            name=_name(row, "contactName", "fullName"),
            phone=e164(word_in(row, "phone"), region),
        ),
        last_message_at=instant_in(row.get("lastMessageDate")),
    )


def _place(row: Row) -> int | None:
    sort = row.get("sort")
    return number_in(sort[0] if isinstance(sort, list) and sort else row.get("lastMessageDate"))


def _part(row: Row, name: str) -> Row:
    part = row.get(name)
    return part if isinstance(part, dict) else {}


def _needed(row: Row, name: str, field: str = "") -> str:
    word = word_in(row, name)
    if word is None:
        raise wrong(f"{field}.{name}".lstrip("."))
    return word


def _needed_instant(row: Row, field: str) -> datetime:
    at = instant_in(row.get("dateAdded"))
    if at is None:
        raise wrong(f"{field}.dateAdded")
    return at


def _name(row: Row, *names: str) -> str | None:
    """A person's name; GHL lower-cases many (GHL.md 4), and people are told of "Lou Becker"."""
    halves = [half for name in ("firstName", "lastName") if (half := word_in(row, name))]
    name = word_in(row, *names) or " ".join(halves)
    return (name.title() if name.islower() else name) or None
