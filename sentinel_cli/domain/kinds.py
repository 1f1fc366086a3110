"""GHL's message types and outcome words in ours; the one place that knows the vendor's words (GHL.md 3, 4)."""

from .model import Author, Channel, Direction

__all__ = ["TEXT_CHANNELS", "author_of", "channel_of", "is_final", "kind_of", "outcome_word"]

TEXT_CHANNELS = frozenset(Channel) - {Channel.CALL, Channel.EMAIL, Channel.OTHER}

# GHL.md 4: anchors 1, 2, 3, 10 are documented, the others inferred from the order of the vendor's enum.
_NUMBERS = {
    1: "TYPE_CALL", 2: "TYPE_SMS", 3: "TYPE_EMAIL", 4: "TYPE_SMS_REVIEW_REQUEST", 5: "TYPE_WEBCHAT",
    6: "TYPE_SMS_NO_SHOW_REQUEST", 7: "TYPE_CAMPAIGN_SMS", 8: "TYPE_CAMPAIGN_CALL", 9: "TYPE_CAMPAIGN_EMAIL",
    10: "TYPE_VOICEMAIL", 11: "TYPE_FACEBOOK", 12: "TYPE_CAMPAIGN_FACEBOOK", 13: "TYPE_CAMPAIGN_MANUAL_CALL",
    14: "TYPE_CAMPAIGN_MANUAL_SMS", 15: "TYPE_GMB", 16: "TYPE_CAMPAIGN_GMB", 17: "TYPE_REVIEW", 18: "TYPE_INSTAGRAM",
    19: "TYPE_WHATSAPP", 20: "TYPE_CUSTOM_SMS", 21: "TYPE_CUSTOM_EMAIL", 22: "TYPE_CUSTOM_PROVIDER_SMS",
    23: "TYPE_CUSTOM_PROVIDER_EMAIL", 24: "TYPE_IVR_CALL", 25: "TYPE_ACTIVITY_CONTACT", 26: "TYPE_ACTIVITY_INVOICE",
    27: "TYPE_ACTIVITY_PAYMENT", 28: "TYPE_ACTIVITY_OPPORTUNITY", 29: "TYPE_LIVE_CHAT",
    30: "TYPE_LIVE_CHAT_INFO_MESSAGE", 31: "TYPE_ACTIVITY_APPOINTMENT", 32: "TYPE_FACEBOOK_COMMENT",
    33: "TYPE_INSTAGRAM_COMMENT", 34: "TYPE_CUSTOM_CALL", 35: "TYPE_INTERNAL_COMMENT",
}  # fmt: skip

_CHANNELS = {
    "TYPE_SMS": Channel.SMS, "TYPE_SMS_REACTION": Channel.SMS, "TYPE_SMS_REVIEW_REQUEST": Channel.SMS,
    "TYPE_SMS_NO_SHOW_REQUEST": Channel.SMS, "TYPE_CAMPAIGN_SMS": Channel.SMS, "TYPE_CAMPAIGN_MANUAL_SMS": Channel.SMS,
    "TYPE_CUSTOM_SMS": Channel.SMS, "TYPE_CUSTOM_PROVIDER_SMS": Channel.SMS,
    "TYPE_CALL": Channel.CALL, "TYPE_IVR_CALL": Channel.CALL, "TYPE_CUSTOM_CALL": Channel.CALL,
    "TYPE_VOICEMAIL": Channel.CALL, "TYPE_CAMPAIGN_VOICEMAIL": Channel.CALL, "TYPE_CAMPAIGN_CALL": Channel.CALL,
    "TYPE_CAMPAIGN_MANUAL_CALL": Channel.CALL,
    "TYPE_WHATSAPP": Channel.WHATSAPP, "TYPE_FACEBOOK": Channel.FACEBOOK, "TYPE_CAMPAIGN_FACEBOOK": Channel.FACEBOOK,
    "TYPE_INSTAGRAM": Channel.INSTAGRAM, "TYPE_GMB": Channel.GMB, "TYPE_CAMPAIGN_GMB": Channel.GMB,
    "TYPE_RCS": Channel.RCS, "TYPE_TIKTOK": Channel.TIKTOK,
    "TYPE_WEBCHAT": Channel.WEBCHAT, "TYPE_LIVE_CHAT": Channel.WEBCHAT,
    "TYPE_EMAIL": Channel.EMAIL, "TYPE_CAMPAIGN_EMAIL": Channel.EMAIL, "TYPE_CUSTOM_EMAIL": Channel.EMAIL,
    "TYPE_CUSTOM_PROVIDER_EMAIL": Channel.EMAIL,
}  # fmt: skip

VOICEMAIL_KINDS = frozenset({"TYPE_VOICEMAIL", "TYPE_CAMPAIGN_VOICEMAIL"})
_AUTOMATED_KINDS = frozenset(
    {"TYPE_CAMPAIGN_SMS", "TYPE_CAMPAIGN_CALL", "TYPE_CAMPAIGN_EMAIL", "TYPE_CAMPAIGN_VOICEMAIL",
     "TYPE_CAMPAIGN_FACEBOOK", "TYPE_CAMPAIGN_GMB", "TYPE_SMS_REVIEW_REQUEST", "TYPE_SMS_NO_SHOW_REQUEST"}
)  # fmt: skip
_ALIASES = {"TYPE_VOICE_MAIL": "TYPE_VOICEMAIL", "TYPE_SMSREACTION": "TYPE_SMS_REACTION", "TYPE_PHONE": "TYPE_CALL"}
_OUTCOMES = {
    "cancelled": "canceled",
    "not-answered": "no-answer",
    "noanswer": "no-answer",
    "unanswered": "no-answer",
    "inprogress": "in-progress",
}
_NOT_FINAL_CALL = frozenset({"pending", "ringing", "in-progress"})
_FINAL_TEXT = frozenset({"delivered", "read", "opened", "clicked", "failed", "undelivered", "opt_out"})


def kind_of(value: object) -> str | None:
    """GHL's type as its string name, e.g. `TYPE_CALL`, from a number, a digit string, or any spelling of the name."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value).strip()
    if text.isascii() and text.isdigit():
        return _NUMBERS.get(int(text)) if len(text) < 4 else None
    name = text.upper().replace("-", "_").replace(" ", "_")
    if not name or not name.isascii() or not name.replace("_", "").isalnum():
        return None
    name = name if name.startswith("TYPE_") else f"TYPE_{name}"
    return _ALIASES.get(name, name)


def channel_of(kind: str | None) -> Channel:
    """The channel a kind belongs to; activity rows, comments and words we do not know are `OTHER`."""
    return _CHANNELS.get(kind or "", Channel.OTHER)


def outcome_word(value: object) -> str | None:
    """An outcome in one spelling: `No_Answer` is `no-answer`; `opt_out` keeps the vendor's underscore."""
    if not isinstance(value, str) or not value.strip():
        return None
    word = value.strip().casefold().replace("_", "-").replace(" ", "-")
    return "opt_out" if word == "opt-out" else _OUTCOMES.get(word, word)


def is_final(channel: Channel, outcome: str | None) -> bool:
    """Whether no later outcome is expected (DESIGN, "Facts merge")."""
    if outcome is None:
        return False
    return outcome not in _NOT_FINAL_CALL if channel is Channel.CALL else outcome in _FINAL_TEXT


def author_of(
    channel: Channel, direction: Direction, kind: str | None, source: str | None, user_id: str | None
) -> Author:
    """Who made it, as far as the row itself tells; whether a staff user is *listed* is policy's question.

    An outbound text without a user is automation's; an outbound call without one is a person's attempt,
    save a voicemail drop (GHL.md 3: type 10 without userId is a workflow's).
    """
    if channel is Channel.OTHER:
        return Author.SYSTEM
    if direction is Direction.INBOUND:
        return Author.CUSTOMER
    if (source or "app") != "app" or kind in _AUTOMATED_KINDS:
        return Author.AUTOMATION
    if user_id is not None:
        return Author.STAFF
    return Author.STAFF if channel is Channel.CALL and kind not in VOICEMAIL_KINDS else Author.AUTOMATION
