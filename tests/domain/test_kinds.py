"""GHL's words in ours: types, channels, outcomes, and who made a message."""

import pytest

from sentinel_cli.domain.kinds import TEXT_CHANNELS, author_of, channel_of, is_final, kind_of, outcome_word
from sentinel_cli.domain.model import Author, Channel, Direction
from tests.builders import CASEY

IN, OUT = Direction.INBOUND, Direction.OUTBOUND


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (1, "TYPE_CALL"), (2, "TYPE_SMS"), ("2", "TYPE_SMS"), (" 10 ", "TYPE_VOICEMAIL"), (2.0, "TYPE_SMS"),
        ("SMS", "TYPE_SMS"), ("TYPE_SMS", "TYPE_SMS"), ("type_call", "TYPE_CALL"), ("CALL", "TYPE_CALL"),
        ("VoiceMail", "TYPE_VOICEMAIL"), ("Voice Mail", "TYPE_VOICEMAIL"), ("SMSReaction", "TYPE_SMS_REACTION"),
        ("Phone", "TYPE_CALL"), ("live-chat", "TYPE_LIVE_CHAT"), ("Brand New", "TYPE_BRAND_NEW"),
        (99, None), ("12345", None), (2.5, None), (None, None), (True, None), ("", None), ("  ", None),
        ("{{message.type}}", None), ("Ä", None), ("___", None),
    ],
)  # fmt: skip
def test_a_type_is_known_by_number_and_by_any_spelling_of_its_name(said: object, kind: str | None) -> None:
    assert kind_of(said) == kind


@pytest.mark.parametrize(
    ("kind", "channel"),
    [
        ("TYPE_SMS", Channel.SMS), ("TYPE_SMS_REACTION", Channel.SMS), ("TYPE_CAMPAIGN_SMS", Channel.SMS),
        ("TYPE_CALL", Channel.CALL), ("TYPE_IVR_CALL", Channel.CALL), ("TYPE_VOICEMAIL", Channel.CALL),
        ("TYPE_CUSTOM_CALL", Channel.CALL), ("TYPE_WHATSAPP", Channel.WHATSAPP), ("TYPE_LIVE_CHAT", Channel.WEBCHAT),
        ("TYPE_EMAIL", Channel.EMAIL), ("TYPE_ACTIVITY_CONTACT", Channel.OTHER),
        ("TYPE_INTERNAL_COMMENT", Channel.OTHER), ("TYPE_BRAND_NEW", Channel.OTHER), (None, Channel.OTHER),
    ],
)  # fmt: skip
def test_a_kind_belongs_to_a_channel(kind: str | None, channel: Channel) -> None:
    assert channel_of(kind) is channel


def test_calls_and_emails_are_no_texts() -> None:
    assert {Channel.CALL, Channel.EMAIL, Channel.OTHER} & TEXT_CHANNELS == set()


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ("completed", "completed"), (" No_Answer ", "no-answer"), ("not answered", "no-answer"),
        ("unanswered", "no-answer"), ("cancelled", "canceled"), ("inProgress", "in-progress"), ("opt_out", "opt_out"),
        ("Opt-Out", "opt_out"), ("Teleported", "teleported"), ("", None), ("  ", None), (None, None), (7, None),
    ],
)  # fmt: skip
def test_an_outcome_has_one_spelling(said: object, word: str | None) -> None:
    assert outcome_word(said) == word


@pytest.mark.parametrize("word", ["delivered", "read", "opened", "clicked", "failed", "undelivered", "opt_out"])
def test_these_outcomes_of_a_text_are_final(word: str) -> None:
    assert is_final(Channel.SMS, word)


@pytest.mark.parametrize("word", ["pending", "sent", "scheduled", "teleported", None])
def test_other_outcomes_of_a_text_may_change(word: str | None) -> None:
    assert not is_final(Channel.SMS, word)


@pytest.mark.parametrize("word", ["completed", "no-answer", "voicemail", "failed", "teleported"])
def test_these_outcomes_of_a_call_are_final(word: str) -> None:
    assert is_final(Channel.CALL, word)


@pytest.mark.parametrize("word", ["pending", "ringing", "in-progress", None])
def test_other_outcomes_of_a_call_may_change(word: str | None) -> None:
    assert not is_final(Channel.CALL, word)


@pytest.mark.parametrize(
    ("message", "author"),
    [
        pytest.param((Channel.SMS, IN, "TYPE_SMS", None, None), Author.CUSTOMER, id="inbound"),
        pytest.param((Channel.OTHER, IN, "TYPE_ACTIVITY_CONTACT", None, None), Author.SYSTEM, id="activity row"),
        pytest.param((Channel.OTHER, OUT, "TYPE_INTERNAL_COMMENT", "app", CASEY), Author.SYSTEM, id="comment"),
        pytest.param((Channel.SMS, OUT, "TYPE_SMS", "app", CASEY), Author.STAFF, id="text from the app"),
        pytest.param((Channel.SMS, OUT, "TYPE_SMS", None, CASEY), Author.STAFF, id="text of no source"),
        pytest.param((Channel.SMS, OUT, "TYPE_SMS", "app", None), Author.AUTOMATION, id="text without user"),
        pytest.param((Channel.SMS, OUT, "TYPE_SMS", "workflow", CASEY), Author.AUTOMATION, id="workflow's text"),
        pytest.param((Channel.SMS, OUT, "TYPE_CAMPAIGN_SMS", None, CASEY), Author.AUTOMATION, id="campaign's text"),
        pytest.param((Channel.SMS, OUT, "TYPE_SMS_REVIEW_REQUEST", None, CASEY), Author.AUTOMATION, id="review"),
        pytest.param((Channel.CALL, OUT, "TYPE_CALL", None, None), Author.STAFF, id="call without user"),
        pytest.param((Channel.CALL, OUT, "TYPE_CALL", "api", CASEY), Author.AUTOMATION, id="call by the API"),
        pytest.param((Channel.CALL, OUT, "TYPE_VOICEMAIL", None, None), Author.AUTOMATION, id="voicemail drop"),
        pytest.param((Channel.CALL, OUT, "TYPE_VOICEMAIL", None, CASEY), Author.STAFF, id="a person's voicemail"),
    ],
)  # fmt: skip
def test_the_row_itself_tells_who_made_it(
    message: tuple[Channel, Direction, str | None, str | None, str | None], author: Author
) -> None:
    assert author_of(*message) is author
