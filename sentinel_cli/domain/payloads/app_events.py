"""Bodies of a marketplace app (GHL.md 3), which name event, message and time; refuses to read a workflow's."""

import re
from collections.abc import Mapping

from sentinel_cli.domain.kinds import channel_of
from sentinel_cli.domain.model import Channel, Direction, Origin, Report

from .reading import (
    Arrival,
    Body,
    Reading,
    ReadingPolicy,
    call_outcome,
    has_attachments,
    ignored,
    is_elsewhere,
    is_routed,
    reported,
)
from .values import (
    Fields,
    direction_said,
    event_instant,
    fields,
    first,
    id_said,
    is_known_kind,
    kind_said,
    outcome_said,
    said,
    seconds_said,
)

__all__ = ["is_app_event", "read_app_event", "webhook_id_said"]

_DIRECTIONS = {"InboundMessage": Direction.INBOUND, "OutboundMessage": Direction.OUTBOUND}
_KIND_FIELDS = ("messagetypestring", "messagetypeid", "messagetype")
_CALL_FIELDS = ("callstatus", "callduration")
_OF_A_CONTACT_DUMP = frozenset({"contact_id", "customData", "workflow"})
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_EVENT_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.]{0,39}")


def is_app_event(body: Body, route: str) -> bool:
    """Whether `body` is an app's event: it has a `type`, and nothing that only a workflow's contact dump has.

    On the two routes of workflows, where a custom body may have a `type` of its own, it must say more:
    what message it is about, or the envelope of an app.
    """
    if said(body.get("type")) is None or _is_contact_dump(body):
        return False
    if "webhookId" in body or "appId" in body:
        return True
    if route == "ghl":
        return "locationId" in body or body["type"] in _DIRECTIONS
    return body["type"] in _DIRECTIONS and first(kind_said, fields(body), _KIND_FIELDS) is not None


def webhook_id_said(body: Body) -> str | None:
    """The id of the envelope; a UUID is the same in either case."""
    said_id = id_said(body.get("webhookId"))
    return said_id.lower() if said_id and _UUID.fullmatch(said_id) else said_id


def _is_contact_dump(body: Body) -> bool:
    return not _OF_A_CONTACT_DUMP.isdisjoint(body) or isinstance(body.get("message"), Mapping)


def read_app_event(body: Body, delivery: Arrival, policy: ReadingPolicy) -> Reading:
    """What an app's event reports; other events than messages and other locations are ignored."""
    event = said(body.get("type")) or ""
    webhook_id = webhook_id_said(body)
    if is_elsewhere(body, policy.location_id):
        return ignored("other-location", webhook_id)
    if event not in _DIRECTIONS:
        return ignored(event if _EVENT_NAME.fullmatch(event) else "unknown-event", webhook_id)
    return reported(_report(body, _DIRECTIONS[event], delivery, policy), webhook_id)


def _report(body: Body, event_direction: Direction, delivery: Arrival, policy: ReadingPolicy) -> Report:
    root = fields(body)
    kind = first(kind_said, root, _KIND_FIELDS)
    text = first(said, root, ("body", "messagebody", "message"))
    attachments = has_attachments(root.get("attachments", ()))
    has_words = text is not None or attachments
    channel = _channel(root, kind, is_customers=has_words and event_direction is Direction.INBOUND)
    direction = _direction(root, channel, event_direction)
    at = first(lambda value: event_instant(value, delivery.received_at), root, ("dateadded",))
    return Report(
        origin=Origin.DELIVERY,
        seen_at=delivery.received_at,
        at=at or delivery.received_at,
        at_is_receipt=at is None,
        channel=channel,
        direction=direction,
        kind=kind,
        message_id=first(id_said, root, ("messageid",)),
        contact_id=first(id_said, root, ("contactid",)),
        phone=_phone(root, direction, policy),
        conversation_id=first(id_said, root, ("conversationid",)),
        user_id=first(id_said, root, ("userid",)),
        source=(first(said, root, ("source",)) or "").casefold() or None,
        updated_at=first(lambda value: event_instant(value, delivery.received_at), root, ("dateupdated",)),
        outcome=_outcome(root, channel),
        duration=first(seconds_said, root, ("callduration",)) if channel is Channel.CALL else None,
        text=text,
        attachments=attachments,
        routed=channel is not Channel.CALL or is_routed(body, policy),
    )


def _channel(root: Fields, kind: str | None, *, is_customers: bool) -> Channel:
    """The channel of its kind; where that says nothing a customer's words are a text, ours answer nothing.

    Both errors are corrected by the sweep; only these ones hide no customer until then.
    """
    if kind is not None and is_known_kind(kind):
        return channel_of(kind)
    if first(said, root, _CALL_FIELDS) is not None:
        return Channel.CALL
    return Channel.SMS if is_customers else Channel.OTHER


def _direction(root: Fields, channel: Channel, event_direction: Direction) -> Direction:
    """DESIGN, "What answers a wait": the event's name for texts, the field for calls."""
    field = first(direction_said, root, ("direction",)) if channel is Channel.CALL else None
    return field or event_direction


def _phone(root: Fields, direction: Direction, policy: ReadingPolicy) -> str | None:
    """The customer's number; with a custom provider `from` and `to` are `{}` (GHL.md 3)."""
    name = "from" if direction is Direction.INBOUND else "to"
    return first(lambda value: policy.e164(said(value) or ""), root, (name,))


def _outcome(root: Fields, channel: Channel) -> str | None:
    status = first(outcome_said, root, ("status",))
    if channel is not Channel.CALL:
        return status
    return call_outcome([first(outcome_said, root, ("callstatus",))], [status])
