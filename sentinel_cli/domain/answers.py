"""What each message means for a wait: the two tables of DESIGN §3; refuses to know other messages than it is shown."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from .closeout import asks, is_acknowledgement, is_auto_reply, is_opt_word, is_reaction
from .kinds import TEXT_CHANNELS, VOICEMAIL_KINDS
from .model import Author, Channel, Direction, Message, Rule

__all__ = ["Judgement", "Keeps", "Ours", "Policy", "Reason", "Role", "judged", "ours_of", "role_of", "rule_ending"]

_TAKEN = frozenset({"completed", "answered"})
_MISSED = frozenset({"no-answer", "busy", "canceled", "failed", "missed"})
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


class Reason(StrEnum):
    """Why a message plays its role: the line of the tables by which it was judged, and what it nearly was."""

    # Ours.
    SYSTEM_ROW = "system_row"
    AUTOMATION = "automation"
    AUTOMATION_NOT_SENT = "automation_not_sent"
    STAFF_TEXT = "staff_text"
    STAFF_TEXT_NOT_SENT = "staff_text_not_sent"
    TEXT_NOT_SENT = "text_not_sent"
    OUTBOUND_OFF_CHANNEL = "outbound_off_channel"
    UNLISTED_USER = "unlisted_user"
    CALL_CONNECTED = "call_connected"
    CALL_NOT_MADE = "call_not_made"
    CALL_NOT_CONNECTED = "call_not_connected"
    CALL_TO_VOICEMAIL = "call_to_voicemail"
    CALL_WITHOUT_USER = "call_without_user"
    ATTEMPTS_DO_NOT_COUNT = "attempts_do_not_count"
    # The customer's calls.
    TAKEN = "taken"
    TAKEN_FOR_UNKNOWN_LENGTH = "taken_for_unknown_length"
    TOO_SHORT = "too_short"
    TAKEN_BY_MENU = "taken_by_menu"
    MISSED = "missed"
    LEFT_VOICEMAIL = "left_voicemail"
    TOLD_MISSED = "told_missed"
    NOT_KNOWN_TO_BE_TAKEN = "not_known_to_be_taken"
    NOT_ROUTED = "not_routed"
    # The customer's texts.
    OFF_CHANNEL = "off_channel"
    REACTION = "reaction"
    OPT_WORD = "opt_word"
    AUTO_REPLY = "auto_reply"
    AUTO_REPLY_TO_NOTHING = "auto_reply_to_nothing"
    AUTO_REPLY_TO_PERSON = "auto_reply_to_person"
    CLOSES_PERSON = "closes_person"
    CLOSES_AUTOMATION = "closes_automation"
    THANKS_SWITCHED_OFF = "thanks_switched_off"
    THANKS_FOR_NOTHING = "thanks_for_nothing"
    THANKS_WITH_ATTACHMENT = "thanks_with_attachment"
    THANKS_TOO_LATE = "thanks_too_late"
    THANKS_TO_A_QUESTION = "thanks_to_a_question"
    TEXT = "text"


class Keeps(StrEnum):
    """Why a wait goes on although something else happened."""

    NO_ANSWER = "no_answer"
    ATTEMPT_ENDS_CALLS_ONLY = "attempt_ends_calls_only"
    EMAIL_ENDS_EMAILS_ONLY = "email_ends_emails_only"


_RULES = {
    Role.STAFF_TEXT: Rule.STAFF_TEXT,
    Role.STAFF_CALL: Rule.STAFF_CALL,
    Role.CALL_TAKEN: Rule.CALL_TAKEN,
    Role.STAFF_CALL_ATTEMPT: Rule.STAFF_CALL_ATTEMPT,
}


def rule_ending(wait: Channel, message: Message, role: Role) -> Rule | Keeps:
    """The rule by which `message` ends a wait of the channel `wait`, or why it does not.

    An attempt answers only calls; an e-mail answers only e-mails (DESIGN §10: by e-mail, `Resolve` is the way).
    """
    rule = _RULES.get(role)
    if rule is None:
        return Keeps.NO_ANSWER
    if role is Role.STAFF_CALL_ATTEMPT and wait is not Channel.CALL:
        return Keeps.ATTEMPT_ENDS_CALLS_ONLY
    if message.channel is Channel.EMAIL and wait is not Channel.EMAIL:
        return Keeps.EMAIL_ENDS_EMAILS_ONLY
    return rule


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
    """Our newest word to a contact: the text `key` that did not fail, or the call that connected."""

    at: datetime
    automated: bool
    asks: bool
    is_text: bool
    key: str = ""


class Judgement(NamedTuple):
    """The role of a message and why; `ours` is the word of ours that it was measured by, if one was."""

    role: Role
    reason: Reason
    ours: Ours | None = None


def role_of(message: Message, policy: Policy, ours: tuple[Ours | None, Ours | None] = (None, None)) -> Role:
    """The role of `message`; `ours` as in `judged`."""
    return judged(message, policy, ours).role


def judged(message: Message, policy: Policy, ours: tuple[Ours | None, Ours | None] = (None, None)) -> Judgement:
    """The role of `message` and why; `ours` is (our newest text or connected call, our newest text) before it."""
    if message.author is Author.SYSTEM:
        return Judgement(Role.SYSTEM, Reason.SYSTEM_ROW)
    if message.direction is Direction.OUTBOUND:
        return _outbound(message, policy)
    if message.channel is Channel.CALL:
        return _inbound_call(message, policy)
    return _inbound_text(message, policy, ours)


def _outbound(message: Message, policy: Policy) -> Judgement:
    if message.author is Author.AUTOMATION:
        return _automated(message)
    if message.channel is Channel.CALL:
        return _outbound_call(message, policy)
    is_listed = message.user_id in policy.staff
    if message.outcome in _NOT_SENT:
        return Judgement(Role.NOT_SENT, Reason.STAFF_TEXT_NOT_SENT if is_listed else Reason.TEXT_NOT_SENT)
    if message.channel not in TEXT_CHANNELS and message.channel not in policy.channels:
        return Judgement(Role.OFF_CHANNEL, Reason.OUTBOUND_OFF_CHANNEL)
    if not is_listed:
        return Judgement(Role.UNLISTED_USER, Reason.UNLISTED_USER)
    return Judgement(Role.STAFF_TEXT, Reason.STAFF_TEXT)


def _automated(message: Message) -> Judgement:
    if message.outcome in _NOT_SENT:
        return Judgement(Role.NOT_SENT, Reason.AUTOMATION_NOT_SENT)
    return Judgement(Role.AUTOMATION, Reason.AUTOMATION)


def _outbound_call(message: Message, policy: Policy) -> Judgement:
    """A call without a user is a person's attempt even when completed: nobody can say who spoke, or to what."""
    if message.outcome == "failed":
        return Judgement(Role.NOT_SENT, Reason.CALL_NOT_MADE)
    if message.user_id is not None and message.user_id not in policy.staff:
        return Judgement(Role.UNLISTED_USER, Reason.UNLISTED_USER)
    if message.outcome not in _TAKEN:
        return _attempt(Reason.CALL_NOT_CONNECTED, policy)
    if message.kind in VOICEMAIL_KINDS:
        return _attempt(Reason.CALL_TO_VOICEMAIL, policy)
    if message.user_id is None:
        return _attempt(Reason.CALL_WITHOUT_USER, policy)
    return Judgement(Role.STAFF_CALL, Reason.CALL_CONNECTED)


def _attempt(reason: Reason, policy: Policy) -> Judgement:
    if policy.call_attempt_resolves:
        return Judgement(Role.STAFF_CALL_ATTEMPT, reason)
    return Judgement(Role.NOT_SENT, Reason.ATTEMPTS_DO_NOT_COUNT)


def _inbound_call(message: Message, policy: Policy) -> Judgement:
    taken = _taken(message, policy)
    if taken is not None:
        return taken
    if Channel.CALL not in policy.channels:
        return Judgement(Role.OFF_CHANNEL, Reason.OFF_CHANNEL)
    if policy.calls_need_route and not message.routed:
        return Judgement(Role.NOT_ROUTED, Reason.NOT_ROUTED)
    return Judgement(Role.OPENS, _missed(message))


def _taken(message: Message, policy: Policy) -> Judgement | None:
    """Whether staff took the call, or may have; None when it was missed."""
    if message.outcome not in _TAKEN or message.kind in VOICEMAIL_KINDS:
        return None
    is_menu = message.kind == "TYPE_IVR_CALL"
    if not is_menu and message.duration is None:
        # GHL.md 6: an unknown duration is not 0.
        return Judgement(Role.CALL_TAKEN, Reason.TAKEN_FOR_UNKNOWN_LENGTH)
    if not is_menu and timedelta(seconds=message.duration or 0) >= policy.answered_call_min:
        return Judgement(Role.CALL_TAKEN, Reason.TAKEN)
    if message.reported_missed:
        return None
    # GHL.md 6: a forwarded call taken by a mobile's voicemail is "completed" too.
    return Judgement(Role.UNCLEAR_CALL, Reason.TAKEN_BY_MENU if is_menu else Reason.TOO_SHORT)


def _missed(message: Message) -> Reason:
    if message.kind in VOICEMAIL_KINDS or message.outcome == "voicemail":
        return Reason.LEFT_VOICEMAIL
    if message.outcome in _MISSED:
        return Reason.MISSED
    return Reason.TOLD_MISSED if message.reported_missed else Reason.NOT_KNOWN_TO_BE_TAKEN


def _inbound_text(message: Message, policy: Policy, ours: tuple[Ours | None, Ours | None]) -> Judgement:
    newest, newest_text = ours
    text = message.text or ""
    if message.channel not in policy.channels:
        return Judgement(Role.OFF_CHANNEL, Reason.OFF_CHANNEL)
    if is_reaction(message.kind, text):
        return Judgement(Role.REACTS, Reason.REACTION)
    if is_opt_word(text):
        return Judgement(Role.OPTS, Reason.OPT_WORD)
    is_reply = is_auto_reply(text, policy.auto_reply_words)
    if is_reply and newest_text is not None and newest_text.automated:
        return Judgement(Role.AUTO_REPLIES, Reason.AUTO_REPLY, newest_text)
    if is_acknowledgement(text, policy.staff_names):
        return _thanks(message, newest, policy)
    nearly = Reason.AUTO_REPLY_TO_PERSON if newest_text else Reason.AUTO_REPLY_TO_NOTHING
    return Judgement(Role.OPENS, nearly, newest_text) if is_reply else Judgement(Role.OPENS, Reason.TEXT)


def _thanks(message: Message, ours: Ours | None, policy: Policy) -> Judgement:
    if not policy.ack_window:
        return Judgement(Role.OPENS, Reason.THANKS_SWITCHED_OFF)
    if ours is None:
        return Judgement(Role.OPENS, Reason.THANKS_FOR_NOTHING)
    if message.attachments:
        return Judgement(Role.OPENS, Reason.THANKS_WITH_ATTACHMENT, ours)
    if message.at - ours.at > policy.ack_window:
        return Judgement(Role.OPENS, Reason.THANKS_TOO_LATE, ours)
    if ours.automated and ours.asks:
        return Judgement(Role.OPENS, Reason.THANKS_TO_A_QUESTION, ours)
    return Judgement(Role.ACKNOWLEDGES, Reason.CLOSES_AUTOMATION if ours.automated else Reason.CLOSES_PERSON, ours)


def ours_of(message: Message, role: Role) -> Ours | None:
    """`message` as our newest word; None when it is the customer's, failed, or a call that never connected."""
    if role in {Role.CALL_TAKEN, Role.STAFF_CALL}:
        return Ours(message.at, automated=False, asks=False, is_text=False, key=message.key)
    if message.direction is not Direction.OUTBOUND or message.channel not in TEXT_CHANNELS or role is Role.NOT_SENT:
        return None
    automated = role is not Role.STAFF_TEXT
    return Ours(message.at, automated=automated, asks=asks(message.text or ""), is_text=True, key=message.key)
