"""Bodies of a workflow's webhook action (GHL.md 2): a contact dump without event, id or time; refuses to read an app's.

Custom bodies, whatever somebody typed, are read by the same names.
"""

from sentinel_cli.domain.model import Channel, Direction, Origin, Report

from .contact_dumps import CALL_OUTCOMES, Dump, dumped
from .people import Person, person
from .reading import (
    Arrival,
    Body,
    Reading,
    ReadingPolicy,
    has_attachments,
    ignored,
    is_elsewhere,
    is_routed,
    is_taken,
    reported,
)
from .values import first, id_said, outcome_said

__all__ = ["read_workflow"]

_CALL_ROUTE, _TEXT_ROUTE = "unanswered_call", "inbound_sms"
# `failed` and `pending` are words of texts too (GHL.md 3).
_ONLY_OF_CALLS = CALL_OUTCOMES - {"failed", "pending"}


def read_workflow(body: Body, delivery: Arrival, policy: ReadingPolicy) -> Reading:
    """What a workflow's body reports; one whose trigger was no message reports nothing.

    Nobody named and nothing told is `no-contact`; a message of nobody named is still a report (DESIGN §3: "a contact
    of its own").
    """
    if is_elsewhere(body, policy.location_id):
        return ignored("other-location")
    told = dumped(body)
    dump = told.as_call() if _is_missed_call_notice(told, delivery.route) else told
    who = person(body, dump.custom, dump.direction, policy)
    channel = _channel(dump, delivery.route)
    if channel is None or not (who.is_named or who.has_caller or _tells(told)):
        return _nothing(who)
    return reported(_report(dump, channel, who, delivery, policy))


def _nothing(who: Person) -> Reading:
    return Reading(
        report=None,
        ignored="no-message" if who.is_named else "no-contact",
        contact_id=who.contact_id,
        phone=who.phone,
        contact_name=who.name,
    )


def _tells(dump: Dump) -> bool:
    return dump.marked or any(fact is not None for fact in (dump.kind, dump.text, dump.outcome))


def _channel(dump: Dump, route: str) -> Channel | None:
    """The channel of the message that a body tells of, None when it tells of none (DESIGN §3 and §5)."""
    if _is_missed_call_notice(dump, route):
        return Channel.CALL
    if dump.kind_channel is not None:
        return dump.kind_channel
    if dump.message is not None and dump.words is None and dump.outcome in _ONLY_OF_CALLS:
        return Channel.CALL
    if _is_text(dump, route):
        # A type of no known name is the customer's text or nothing of ours, so that it hides no customer.
        return Channel.SMS if dump.kind is None or dump.direction is Direction.INBOUND else Channel.OTHER
    return None if dump.kind is None else Channel.OTHER


def _is_missed_call_notice(dump: Dump, route: str) -> bool:
    """Whether route or marker say "missed call"; on the route of texts a text stays one, marker or not."""
    if route != _TEXT_ROUTE:
        return route == _CALL_ROUTE or dump.marked
    return dump.marked and dump.text is None and dump.kind_channel in {None, Channel.CALL}


def _is_text(dump: Dump, route: str) -> bool:
    """A message object without words is a text that is only an attachment, on the route of texts."""
    return dump.words is not None or (route == _TEXT_ROUTE and (dump.message is not None or dump.text is not None))


def _report(dump: Dump, channel: Channel, who: Person, delivery: Arrival, policy: ReadingPolicy) -> Report:
    is_call = channel is Channel.CALL
    return Report(
        origin=Origin.DELIVERY,
        seen_at=delivery.received_at,
        at=delivery.received_at,
        at_is_receipt=True,
        channel=channel,
        direction=dump.direction,
        kind=dump.kind,
        contact_id=who.contact_id,
        phone=who.phone,
        contact_name=who.name,
        conversation_id=_mapped_conversation(dump, who),
        outcome=dump.outcome if is_call else first(outcome_said, dump.message or {}, ("status",)),
        duration=dump.duration if is_call else None,
        text=dump.words if is_call else dump.text,
        attachments=has_attachments((dump.message or {}).get("attachments", ())),
        routed=not is_call or is_routed(dump.body, policy),
        reported_missed=is_call and _is_reported_missed(dump, delivery.route),
    )


def _is_reported_missed(dump: Dump, route: str) -> bool:
    """A notice of a missed call, unless the body's own fields say outbound or answered (DESIGN §3)."""
    is_otherwise = dump.direction is Direction.OUTBOUND or is_taken(dump.kind, dump.outcome)
    return _is_missed_call_notice(dump, route) and not is_otherwise


def _mapped_conversation(dump: Dump, who: Person) -> str | None:
    """The conversation where customData maps it (GHL.md 2: unproven).

    A message id is not taken from there: one wrongly mapped merge tag would make one message of many customers'.
    """
    mapped = first(id_said, dump.custom, ("conversationid",))
    return mapped if mapped is not None and len(mapped) >= 10 and mapped != who.contact_id else None
