"""Texts that wait for no answer, and the many that look like them and do."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sentinel_cli.domain.closeout import (
    asks,
    is_acknowledgement,
    is_auto_reply,
    is_opt_word,
    is_reaction,
    normalised_text,
    opts_in,
    opts_out,
)

STAFF = frozenset({"Casey Jones", "José", "Mary-Jane O'Neil", "Will Help", "Call Center"})
AUTO_REPLIES = frozenset({"C", "CONFIRM", "CONFIRMED"})


def texts(row: str) -> list[str]:
    return row.split(" | ")


@pytest.mark.parametrize(
    "text",
    [
        *texts(
            "ok thanks! | Ok | OK. | ok... | k | K thx | Okay cool | oh ok | Ok then"
            " | Alright, sounds good. Thanks! | Sounds good | That sounds great! | Perfect | Perfect!!! | Great!"
            " | That's great, thank you | Got it, thanks | Will do | 10-4 | Copy that | Thanks again"
            " | Thank you so much y'all | Thank you so much y’all | Thanks ma'am | thankyou | Thankssss"
            " | Thank you all | Thank you for your help! | Thanks for the quick response"
            " | Thank you for letting me know. Have a great weekend | Thanks for everything | I really appreciate it"
            " | Much appreciated | Bless you | Muchas gracias | No problem | No worries | You too! | See you then"
            " | Perfect, see you then 👍 | thanks and see you then | Ok, thank you. Talk to you soon"
            ' | Looking forward to it | "Ok thanks" | Thanks :) | Thank you <3 | Thank you 😊 | Thanks 👍🏽'
            " | Thank you ❤️ 🏊\u200d♀️ | 👍 | 👍🏽 | 🙏🙏 | ❤️"
        ),
        "ok\n\nthanks",
        "  ok thanks  ",
        "thanks " * 11,
        f"{'ok ' * 26}ok",
    ],
)
def test_these_texts_close_a_conversation(text: str) -> None:
    assert is_acknowledgement(text, frozenset())


@pytest.mark.parametrize(
    "text",
    texts(
        "ok thanks, Casey | Thanks - Casey | Casey thank you | Thanks Casey Jones! | gracias José | gracias Jose"
        " | Thank you Mary-Jane | thanks O’Neil | Ok, will"
    ),
)
def test_the_name_of_a_user_is_no_further_word(text: str) -> None:
    assert is_acknowledgement(text, STAFF)


@pytest.mark.parametrize(
    "text",
    ["ok thanks, Lee", "Casey", "Hi Casey", "Thanks, Call", "ok help", "Ok Casey call", "Thanks Case", "Caseythanks"],
)
def test_other_names_and_names_alone_are_messages(text: str) -> None:
    assert not is_acknowledgement(text, STAFF)


@pytest.mark.parametrize("text", ["ok thanks, Casey", "Thanks - Casey"])
def test_a_name_that_is_none_of_ours_is_a_message(text: str) -> None:
    assert not is_acknowledgement(text, frozenset())


@pytest.mark.parametrize(
    "text",
    [
        *texts("!!! | ..."),
        # They go on.
        *texts(
            "Thanks but it is still broken | Thanks, call me | Thanks, when are you coming | ok when"
            " | ok what time | ok but | ok and | ok so | Thanks in advance | Thanks for nothing | ok I'll wait"
            " | ok thanks (still broken) | Thanks. Any update | Good morning | Hello | help"
        ),
        # They ask.
        *texts("ok? | ok ? | Thanks? | ok？ | ¿ok | ok❓ | ok ⁉️"),
        # They may accept, refuse or confirm something.
        *texts(
            "Yes | yes thanks | Yep | Sure, thanks | Ok please | That works | That would be great | Deal | C"
            " | Confirm | ✅ | No | no thanks | No thank you | Ok cancel | ok 3pm | thanks $50 | See you tomorrow"
            " | ok 10"
        ),
        # They are not happy.
        *texts("ok 😡 | Thanks 😢 | 👎 | 👍 😡 | ok :( | ok :/ | not ok"),
        # Nothing here thanks or agrees.
        *texts("again | so much | y'all | for everything | your help | 🏊 | :)"),
        # Whole words only, and words we know.
        *texts("Thanksgiving | okra | thank | ok_thanks | 谢谢 | спасибо"),
        None,
        "",
        "   ",
    ],
)
def test_these_texts_want_an_answer(text: str | None) -> None:
    assert not is_acknowledgement(text, frozenset())


@pytest.mark.parametrize(("text", "closes"), [("ok" + "!" * 78, True), ("ok" + "!" * 79, False)])
def test_an_acknowledgement_has_80_characters_at_most(text: str, closes: bool) -> None:
    assert is_acknowledgement(text, frozenset()) is closes


@given(st.text(max_size=70))
@example("call me")
def test_a_question_mark_anywhere_asks_for_an_answer(text: str) -> None:
    assert not is_acknowledgement(f"Thanks {text}?", frozenset())


@pytest.mark.parametrize(
    "text",
    [
        "Liked “Can we come at 3?”",
        'Liked "ok"',
        "Loved “See you Monday”",
        "Disliked “x”",
        "Laughed at “x”",
        "Emphasized “x”",
        "Emphasised “x”",
        "liked “x” ",
        "Liked “two\nlines”",
        "Liked “He said “ok” to me”",
        'Liked “He said "ok"”',
        "👍 to “x”",
        '👍 to "x"',
        "👍🏽 to “x”",
        "❤️ to “x”",
        "\u200a\u200b👍\u200b to “\u200ax\u200a”\u200a",
        "Reacted 😂 to “x”",
        "Removed a like from “x”",
        "Removed an exclamation mark from “x”",
        "Liked an image",
        "Loved a photo",
    ],
)
def test_a_reaction_is_the_whole_text(text: str) -> None:
    assert is_reaction("TYPE_SMS", text)


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "Liked",
        "Liked “”",
        "Liked “x",
        "👍",
        "Questioned “x”",
        "Questioned an image",
        "❓ to “x”",
        "⁉️ to “x”",
        "Liked your quote, when can you start?",
        "Liked “your quote”, when can you start?",
        "Loved “A” but can you fix “B”",
        'Loved "A" but can you fix "B"',
        "I liked “x”",
        "Liked “x” thanks",
        "yes to “x”",
        "Reacted to “x”",
        "Liked an image of a heater, can you install it",
    ],
)
def test_what_only_begins_like_a_reaction_is_a_message(text: str | None) -> None:
    assert not is_reaction("TYPE_SMS", text)


@pytest.mark.parametrize("text", ["👍", "", None, "Questioned “x”"])
def test_what_ghl_calls_a_reaction_is_one(text: str | None) -> None:
    assert is_reaction("TYPE_SMS_REACTION", text)


def test_a_reaction_needs_no_kind() -> None:
    assert is_reaction(None, "Liked “x”")


@pytest.mark.parametrize(
    "text", ["STOP", "stop", "Stop.", " STOP! ", '"STOP"', "STOPALL", "Stop all", "Unsubscribe", "unsubscribe 🛑"]
)
def test_these_whole_texts_opt_out(text: str) -> None:
    assert (opts_out(text), opts_in(text), is_opt_word(text)) == (True, False, True)


@pytest.mark.parametrize("text", ["START", "start.", "Unstop", " UNSTOP "])
def test_these_whole_texts_opt_in(text: str) -> None:
    assert (opts_out(text), opts_in(text), is_opt_word(text)) == (False, True, True)


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "!",
        "CANCEL",
        "END",
        "QUIT",
        "Stop?",
        "Start?",
        "stop by today",
        "please stop",
        "STOP it",
        "Stopped",
        "When do you start",
        "unsubscribe me",
        "stop the pump",
    ],
)
def test_other_texts_are_no_opt_words(text: str | None) -> None:
    assert not is_opt_word(text)


@pytest.mark.parametrize("text", ["C", "c", " C. ", "Confirm", "confirmed!", '"C"', "(c)"])
def test_a_reply_to_a_reminder_is_one_of_the_words(text: str) -> None:
    assert is_auto_reply(text, AUTO_REPLIES)


@pytest.mark.parametrize("text", [None, "", ".", "YES", "C?", "C but call me", "Confirm Tuesday", "cc", "👍"])
def test_other_texts_are_no_reply_to_a_reminder(text: str | None) -> None:
    assert not is_auto_reply(text, AUTO_REPLIES)


def test_a_blank_word_matches_no_text() -> None:
    assert not is_auto_reply("...", frozenset({"", "!"}))


@pytest.mark.parametrize(
    "text",
    [
        "Did we solve it?",
        "Does 3pm work？",
        "¿Todo bien",
        "Reply C to confirm",
        "REPLY STOP to opt out",
        "Just text  back",
        "Please confirm.",
        "Let us\nknow",
        # What we cannot see may ask.
        None,
        "",
        "  ",
    ],
)
def test_an_automatic_text_asks(text: str | None) -> None:
    assert asks(text)


@pytest.mark.parametrize(
    "text",
    [
        "Your technician is on the way.",
        "Your visit is confirmed",
        "Thanks for your replies",
        "Let us knowingly err",
        "Texting back and forth",
        "We will text you back soon",
    ],
)
def test_an_automatic_text_that_only_tells_asks_nothing(text: str) -> None:
    assert not asks(text)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        (None, ""),
        ("", ""),
        ("  Hello\n\tWorld\u00a0 ", "hello world"),
        ("It’s “ok”", 'it\'s "ok"'),
        ("‘a’ „b‟", "'a' \"b\""),
        ("wait…", "wait..."),
        ("Jose\u0301", "josé"),
        ("ＯＫ", "ok"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("👍", "👍"),
    ],
)
def test_texts_are_compared_without_case_quotes_and_spaces(text: str | None, normal: str) -> None:
    assert normalised_text(text) == normal


@given(st.text())
def test_a_normalised_text_is_its_own(text: str) -> None:
    assert normalised_text(normalised_text(text)) == normalised_text(text)
