"""What each message means for a wait: the two tables of DESIGN §3; refuses to know other messages than it is shown."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from .closeout import asks, is_acknowledgement, is_auto_reply, is_opt_word, is_reaction
from .kinds import TEXT_CHANNELS, VOICEMAIL_KINDS
from .model import Author, Channel, Direction, Message, Rule

__all__ = ["Ours", "Policy", "Role", "ours_of", "role_of", "rule_ending"]

_TAKEN = frozenset({"completed", "answered"})
# `scheduled` is a text before its time: its row says `sent` or better once it went out.
_NOT_SENT = frozenset({"failed", "undelivered", "opt_out", "scheduled"})


class Role(StrEnum):
    """What a message does to the waits of its contact."""

    OPENS = "opens"
    ACKNOWLEDGES = "acknowledges"
    REACTS = "reacts"
    OPTS = "opts"
    AUTO_REPLIES = "auto_replies"
    NOT_ROUTED = "not_routed"
    UNCLEAR_CALL = "unclear_call"
    OFF_CHANNEL = "off_channel"
    CALL_TAKEN = "call_taken"
    STAFF_TEXT = "staff_text"
    STAFF_CALL = "staff_call"
    STAFF_CALL_ATTEMPT = "staff_call_attempt"
    UNLISTED_USER = "unlisted_user"
    AUTOMATION = "automation"
    NOT_SENT = "not_sent"
    SYSTEM = "system"


_RULES = {
    Role.STAFF_TEXT: Rule.STAFF_TEXT,
    Role.STAFF_CALL: Rule.STAFF_CALL,
    Role.CALL_TAKEN: Rule.CALL_TAKEN,
    Role.STAFF_CALL_ATTEMPT: Rule.STAFF_CALL_ATTEMPT,
}


def rule_ending(wait: Channel, message: Message, role: Role) -> Rule | None:
    """The rule by which `message` ends a wait of the channel `wait`, None when it does not.

    An attempt answers only calls; an e-mail answers only e-mails (DESIGN §10: by e-mail, `Resolve` is the way).
    """
    if role is Role.STAFF_CALL_ATTEMPT and wait is not Channel.CALL:
        return None
    if message.channel is Channel.EMAIL and wait is not Channel.EMAIL:
        return None
    return _RULES.get(role)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The settings the model depends on. `staff` are user ids; `staff_names` case-folded words of their names."""

    channels: frozenset[Channel] = frozenset({Channel.SMS, Channel.CALL})
    staff: frozenset[str] = frozenset()
    staff_names: frozenset[str] = frozenset()
    call_attempt_resolves: bool = True
    answered_call_min: timedelta = timedelta(seconds=60)
    ack_window: timedelta = timedelta(hours=96)
    auto_reply_words: frozenset[str] = frozenset({"c", "confirm", "confirmed"})
    calls_need_route: bool = False


@dataclass(frozen=True, slots=True)
class Ours:
    """Our newest word to a contact: a text that did not fail, or a call that connected."""

    at: datetime
    automated: bool
    asks: bool
    is_text: bool


def role_of(message: Message, policy: Policy, ours: tuple[Ours | None, Ours | None] = (None, None)) -> Role:
    """The role of `message`; `ours` is (our newest text or connected call, our newest text) before it."""
    if message.author is Author.SYSTEM:
        return Role.SYSTEM
    if message.direction is Direction.OUTBOUND:
        return _outbound_role(message, policy)
    if message.channel is Channel.CALL:
        return _inbound_call_role(message, policy)
    return _inbound_text_role(message, policy, ours)


def _outbound_role(message: Message, policy: Policy) -> Role:
    if message.author is Author.AUTOMATION:
        return Role.NOT_SENT if message.outcome in _NOT_SENT else Role.AUTOMATION
    if message.channel is Channel.CALL:
        return _outbound_call_role(message, policy)
    if message.outcome in _NOT_SENT:
        return Role.NOT_SENT
    if message.channel not in TEXT_CHANNELS and message.channel not in policy.channels:
        return Role.OFF_CHANNEL
    return Role.STAFF_TEXT if message.user_id in policy.staff else Role.UNLISTED_USER


def _outbound_call_role(message: Message, policy: Policy) -> Role:
    """A call without a user is a person's attempt even when completed: nobody can say who spoke, or to what."""
    if message.outcome == "failed":
        return Role.NOT_SENT
    if message.user_id is not None and message.user_id not in policy.staff:
        return Role.UNLISTED_USER
    connected = message.outcome in _TAKEN and message.kind not in VOICEMAIL_KINDS
    return Role.STAFF_CALL if connected and message.user_id is not None else _attempt(policy)


def _attempt(policy: Policy) -> Role:
    return Role.STAFF_CALL_ATTEMPT if policy.call_attempt_resolves else Role.NOT_SENT


def _inbound_call_role(message: Message, policy: Policy) -> Role:
    if message.outcome in _TAKEN and message.kind not in VOICEMAIL_KINDS:
        if message.kind != "TYPE_IVR_CALL" and _long_enough(message, policy):
            return Role.CALL_TAKEN
        if not message.reported_missed:
            return Role.UNCLEAR_CALL
    if Channel.CALL not in policy.channels:
        return Role.OFF_CHANNEL
    return Role.NOT_ROUTED if policy.calls_need_route and not message.routed else Role.OPENS


def _long_enough(message: Message, policy: Policy) -> bool:
    """GHL.md 6: a forwarded call taken by a mobile's voicemail is "completed" too; an unknown duration is not 0."""
    return message.duration is None or timedelta(seconds=message.duration) >= policy.answered_call_min


def _inbound_text_role(message: Message, policy: Policy, ours: tuple[Ours | None, Ours | None]) -> Role:
    newest, newest_text = ours
    text = message.text or ""
    if message.channel not in policy.channels:
        return Role.OFF_CHANNEL
    if is_reaction(message.kind, text):
        return Role.REACTS
    if is_opt_word(text):
        return Role.OPTS
    if newest_text is not None and newest_text.automated and is_auto_reply(text, policy.auto_reply_words):
        return Role.AUTO_REPLIES
    if is_acknowledgement(text, policy.staff_names) and _closes(message, newest, policy):
        return Role.ACKNOWLEDGES
    return Role.OPENS


def _closes(message: Message, ours: Ours | None, policy: Policy) -> bool:
    if ours is None or message.attachments or message.at - ours.at > policy.ack_window:
        return False
    return bool(policy.ack_window) and not (ours.automated and ours.asks)


def ours_of(message: Message, role: Role) -> Ours | None:
    """`message` as our newest word; None when it is the customer's, failed, or a call that never connected."""
    if role in {Role.CALL_TAKEN, Role.STAFF_CALL}:
        return Ours(message.at, automated=False, asks=False, is_text=False)
    if message.direction is not Direction.OUTBOUND or message.channel not in TEXT_CHANNELS or role is Role.NOT_SENT:
        return None
    automated = role is not Role.STAFF_TEXT
    return Ours(message.at, automated=automated, asks=asks(message.text or ""), is_text=True)
