"""GHL's answers as our values (GHL.md 4); refuses to know how they were fetched.

Only what we use is looked at, and every complaint names the field: answers hold more fields, and other words, than the
vendor's OpenAPI lists. A word that we do not know is taken so that it can resolve nothing and hide nobody, or refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sentinel_cli.domain.kinds import channel_of, kind_of, outcome_word
from sentinel_cli.domain.model import Channel, Direction, Origin, Report, User
from sentinel_cli.domain.payloads.values import is_known_kind
from sentinel_cli.errors import GhlShapeUnknown
from sentinel_cli.ghl.fields import Row, answer_of
from sentinel_cli.phones import e164
from sentinel_cli.ports import ContactCard, Conversation, LocationCard, Sent

__all__ = [
    "ExportPage",
    "Found",
    "MessagesPage",
    "SearchPage",
    "contact_card",
    "contact_cards",
    "export_page",
    "location_card",
    "messages_page",
    "search_page",
    "sent",
    "users",
]

_BLOCKING = frozenset({"active", "permanent"})
_ACTIVITY = "TYPE_ACTIVITY_"
# Our clock and GHL's may differ; a text dated further ahead would answer all that is still to come.
_AHEAD = timedelta(days=1)


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
    """A page of `messages/export`."""
    body = answer_of(answer)
    rows = body.rows("messages")
    return ExportPage(
        reports=_reports(rows, location_id, seen_at),
        rows=len(rows),
        total=body.number("total"),
        next_cursor=body.word("nextCursor"),
    )


def messages_page(answer: object, location_id: str, seen_at: datetime) -> MessagesPage:
    """A page of a conversation's messages, nested as on the wire or flat as in the vendor's OpenAPI (#54)."""
    body = answer_of(answer)
    page = body if isinstance(body.raw("messages"), list) else Row(values=body.needed_part("messages").values)
    rows = page.rows("messages")
    return MessagesPage(
        reports=_reports(rows, location_id, seen_at),
        next_cursor=page.id("lastMessageId") or (rows[-1].id("id") if rows else None),
        has_more=page.flag("nextPage"),
    )


def search_page(answer: object, location_id: str, region: str) -> SearchPage:
    """The conversations of a search, in GHL's order."""
    body = answer_of(answer)
    rows = body.rows("conversations")
    return SearchPage(
        found=tuple(_found(_ours(row, location_id), region) for row in rows),
        rows=len(rows),
        total=body.number("total"),
        edge=_place(rows[-1]) if rows else None,
    )


def contact_card(answer: object, region: str) -> ContactCard:
    """A contact; DND for texts is a `dndSettings.SMS` that is active or permanent, or DND as a whole."""
    return _card(answer_of(answer).needed_part("contact"), region)


def contact_cards(answer: object, region: str) -> Sequence[ContactCard]:
    """The contacts that a search found."""
    return [_card(row, region) for row in answer_of(answer).rows("contacts")]


def location_card(answer: object) -> LocationCard:
    """The sub-account; nothing is judged by it, so that no form of it is wrong."""
    row = answer_of(answer).needed_part("location")
    lines = (row.trimming(name) for name in ("address", "city", "state", "postalCode", "country"))
    return LocationCard(
        name=row.trimming("name"), address=", ".join(filter(None, lines)) or None, zone=row.trimming("timezone")
    )


def _card(row: Row, region: str) -> ContactCard:
    sms = row.part("dndSettings").part("SMS")
    return ContactCard(
        contact_id=row.needed_id("id"),
        name=_name(row, "name", "contactName"),
        phone=e164(row.trimming("phone"), region),
        sms_blocked=sms.word("status") in _BLOCKING or row.flag("dnd") is True,
    )


def users(answer: object) -> Sequence[User]:
    """The people with a login in the location."""
    return tuple(_user(row) for row in answer_of(answer).rows("users"))


def _user(row: Row) -> User:
    roles = row.raw("roles")
    role = Row(values=roles).trimming("role") if isinstance(roles, dict) else None
    return User(user_id=row.needed_id("id"), name=_name(row, "name"), role=role)


def sent(answer: object) -> Sent:
    """GHL's acceptance of a text. Raises GhlShapeUnknown when it names no message."""
    row = answer_of(answer)
    # Accepted is accepted: no other field may make it a text that must be looked for.
    return Sent(message_id=row.needed_id("messageId"), conversation_id=row.trimming("conversationId"))


def _ours(row: Row, location_id: str) -> Row:
    """The row, which must be of our location: we ask for no other, and to leave it out could lose a customer."""
    if (row.word("locationId") or location_id) != location_id:
        raise row.wrong("locationId")
    return row


def _reports(rows: Sequence[Row], location_id: str, seen_at: datetime) -> Sequence[Report]:
    read = (_report(_ours(row, location_id), seen_at) for row in rows)
    return tuple(report for report in read if report is not None)


def _report(row: Row, seen_at: datetime) -> Report | None:
    """The row in our words; None for an activity row or comment too bare to be placed in a timeline."""
    kind = _kind(row)
    channel = channel_of(kind)
    try:
        return Report(
            origin=Origin.API,
            seen_at=seen_at,
            at=_at(row, seen_at),
            at_is_receipt=False,
            channel=channel,
            direction=_direction(row, channel),
            kind=kind,
            message_id=row.needed_id("id"),
            contact_id=row.needed_id("contactId"),
            conversation_id=row.id("conversationId"),
            user_id=row.id("userId"),
            source=row.word("source"),
            updated_at=row.instant("dateUpdated"),
            outcome=_call_outcome(row) if channel is Channel.CALL else outcome_word(row.word("status")),
            duration=_duration(row) if channel is Channel.CALL else None,
            text=row.text("body"),
            attachments=bool(row.raw("attachments")),
        )
    except GhlShapeUnknown:
        if channel is Channel.OTHER:
            return None
        raise


def _kind(row: Row) -> str | None:
    """The kind by name, else by number; by number too where the name is one we do not know.

    A row of an unknown kind may be a customer's text under a new name: unless it is ours, it is not passed over.
    """
    name, number = row.word("messageType") or "", row.raw("type")
    if name.isdigit():
        raise row.wrong("messageType")
    if isinstance(number, dict | list | bool):
        raise row.wrong("type")
    kinds = [kind for kind in (kind_of(name), kind_of(number)) if kind]
    known = next((kind for kind in kinds if is_known_kind(kind) or kind.startswith(_ACTIVITY)), None)
    if known is None and _direction(row, Channel.OTHER) is not Direction.OUTBOUND:
        raise row.wrong("messageType")
    return known or next(iter(kinds), None)


def _direction(row: Row, channel: Channel) -> Direction | None:
    word = (row.word("direction") or "").casefold()
    if word in set(Direction):
        return Direction(word)
    if channel is Channel.OTHER:
        return None
    raise row.wrong("direction")


def _at(row: Row, seen_at: datetime) -> datetime:
    at = row.instant("dateAdded")
    if at is None or (at > seen_at + _AHEAD and row.word("status") != "scheduled"):
        raise row.wrong("dateAdded")
    return at


def _call_outcome(row: Row) -> str | None:
    """How a call ended, from wherever GHL says it (GHL.md 4); a voicemail outranks a `completed` beside it."""
    meta = row.part("meta")
    places = (meta.part("call").word("status"), meta.word("callStatus"), row.word("callStatus"), row.word("status"))
    words = [word for place in places if (word := outcome_word(place)) is not None]
    return "voicemail" if {"voicemail", "voice-mail"} & set(words) else next(iter(words), None)


def _duration(row: Row) -> int | None:
    """The call's length in seconds; null (long or transferred calls, GHL.md 4) stays unknown."""
    meta = row.part("meta")
    places = (meta.part("call").number("duration"), meta.number("callDuration"), row.number("callDuration"))
    return next((seconds for seconds in places if seconds is not None), None)


def _found(row: Row, region: str) -> Found:
    return Found(
        conversation=Conversation(
            conversation_id=row.needed_id("id"),
            contact_id=row.needed_id("contactId"),
            name=_name(row, "contactName", "fullName"),
            phone=e164(row.trimming("phone"), region),
        ),
        last_message_at=row.instant("lastMessageDate"),
    )


def _place(row: Row) -> int | None:
    sort = row.raw("sort")
    if isinstance(sort, list) and sort:
        return Row(values={"sort": sort[0]}, at=row.at).number("sort")
    at = row.instant("lastMessageDate")
    return None if at is None else round(at.timestamp() * 1000)


def _name(row: Row, *names: str) -> str | None:
    """A person's name; GHL lower-cases many (GHL.md 4), and people are told of "Lou Becker"."""
    halves = [half for name in ("firstName", "lastName") if (half := row.trimming(name))]
    name = row.trimming(*names) or " ".join(halves)
    return (name.title() if name.islower() else name) or None
