"""What managers text, read as orders: never guessed, never an error, whatever a phone makes of it."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sentinel_cli.domain.orders import LONGEST_NOTE, MOST_IDS, Mistake, Order, Verb, Wrong, order_of

V = Verb


@pytest.mark.parametrize(
    ("text", "verb", "ids", "rest"),
    [
        ("List", V.LIST, (), ""),
        ("  list.  ", V.LIST, (), ""),
        ("LIST please!", V.LIST, (), ""),
        ("More", V.MORE, (), ""),
        ("Help", V.HELP, (), ""),
        ("done 12", V.RESOLVE, (12,), ""),
        ("Close #12, 13", V.RESOLVE, (12, 13), ""),
        ("show 12", V.OPEN, (12,), ""),
        ("Please resolve 12", V.RESOLVE, (12,), ""),
        ("help me with this", V.HELP, (), ""),
        ("?", V.HELP, (), ""),
        ("??", V.HELP, (), ""),
        ("Open 12", V.OPEN, (12,), ""),
        ("open #12", V.OPEN, (12,), ""),
        ("Resolve 12 13", V.RESOLVE, (12, 13), ""),
        ("resolve #12,13", V.RESOLVE, (12, 13), ""),
        ("resolve #12, #13.", V.RESOLVE, (12, 13), ""),
        ("resolve 12; 13 and 14 & 15 + 16", V.RESOLVE, (12, 13, 14, 15, 16), ""),
        ("resolve\n12\n13", V.RESOLVE, (12, 13), ""),
        ("resolve12", V.RESOLVE, (12,), ""),
        ("resolve 12 12 #12", V.RESOLVE, (12,), ""),
        ("“Resolve” ‘12’", V.RESOLVE, (12,), ""),
        ("👍 resolve 12 🙏", V.RESOLVE, (12,), ""),
        ("RESOLVE ＃１２，１３", V.RESOLVE, (12, 13), ""),
        ("Resolve ١٢", V.RESOLVE, (12,), ""),
        ("Resolve 12, thank you!", V.RESOLVE, (12,), ""),
        ("Reopen 12", V.REOPEN, (12,), ""),
        ("Spam 12", V.SPAM, (12,), ""),
        ("Unspam 12", V.UNSPAM, (12,), ""),
        ("Unsnooze 12.", V.UNSNOOZE, (12,), ""),
        ("Note 12 said they are fine", V.NOTE, (12,), "said they are fine"),
        ("note #12: “Gate code is 44#”", V.NOTE, (12,), "Gate code is 44#"),
        ("Note 12 2 techs came, Pat is HAPPY", V.NOTE, (12,), "2 techs came, Pat is HAPPY"),
        ("re-open 12", V.REOPEN, (12,), ""),
        ("Un-spam #12", V.UNSPAM, (12,), ""),
        ("un-snooze 12", V.UNSNOOZE, (12,), ""),
        ("Note #12,13 they are fine", V.NOTE, (12, 13), "they are fine"),
        ("Note #12, #13: they are fine", V.NOTE, (12, 13), "they are fine"),
        ("Note 12 and #13 they are fine", V.NOTE, (12, 13), "they are fine"),
        ("Note 12, 2 techs came", V.NOTE, (12,), "2 techs came"),
        ("Note 12 and 2 others called", V.NOTE, (12,), "and 2 others called"),
        ("Note 12 #4471 is the gate code", V.NOTE, (12,), "#4471 is the gate code"),
        ("Note 12,5pm works for them", V.NOTE, (12,), "5pm works for them"),
        ("Note 12 pm works for them", V.NOTE, (12,), "pm works for them"),
        ("Note 12\nline one\nline two", V.NOTE, (12,), "line one\nline two"),
        ("Snooze 12 2h", V.SNOOZE, (12,), "2h"),
        ("snooze #12 for 2 hours.", V.SNOOZE, (12,), "2 hours"),
        ("snooze 12, 13 until Mon 8am", V.SNOOZE, (12, 13), "Mon 8am"),
        ("Snooze 12 till tomorrow", V.SNOOZE, (12,), "tomorrow"),
        ("snooze 12 3 pm", V.SNOOZE, (12,), "3 pm"),
        ("snooze 12 10:30", V.SNOOZE, (12,), "10:30"),
        ("snooze 12 1h30m", V.SNOOZE, (12,), "1h30m"),
        ("snooze 12 2.5h", V.SNOOZE, (12,), "2.5h"),
        ("resolve 1\u200b2", V.RESOLVE, (12,), ""),
        ("Re\u2060solve\u202e #1\ufeff2", V.RESOLVE, (12,), ""),
        ("note 12 a \N{WOMAN}\u200d\N{GIRL}", V.NOTE, (12,), "a \N{WOMAN}\u200d\N{GIRL}"),
        ("snooze 12 2026-11-30 8am", V.SNOOZE, (12,), "2026-11-30 8am"),
    ],
)  # fmt: skip
def test_an_order_is_read_however_it_is_typed(text: str, verb: Verb, ids: tuple[int, ...], rest: str) -> None:
    assert order_of(text) == Order(verb=verb, ids=ids, text=rest)


@pytest.mark.parametrize("text", ["Spam 12 yes", "spam #12 YES!", "Spam 12, yes please"])
def test_a_yes_to_the_question_is_heard(text: str) -> None:
    assert order_of(text) == Order(verb=V.SPAM, ids=(12,), sure=True)


@pytest.mark.parametrize(
    ("text", "verb", "wrong"),
    [
        ("reslove 12", V.RESOLVE, Wrong.WORD),
        ("resolved 12", V.RESOLVE, Wrong.WORD),
        ("resolv 12", V.RESOLVE, Wrong.WORD),
        ("esolve 12", V.RESOLVE, Wrong.WORD),
        ("rezolve #12", V.RESOLVE, Wrong.WORD),
        ("snoze 12 2h", V.SNOOZE, Wrong.WORD),
        ("lsit", V.LIST, Wrong.WORD),
        ("lists!", V.LIST, Wrong.WORD),
        ("hlep", V.HELP, Wrong.WORD),
        ("Resolve", V.RESOLVE, Wrong.NO_ID),
        ("Resolve all", V.RESOLVE, Wrong.NO_ID),
        ("Resolve 2175550147", V.RESOLVE, Wrong.NO_ID),
        ("Resolve 12/13", V.RESOLVE, Wrong.NO_ID),
        ("Open the gate for me", V.OPEN, Wrong.NO_ID),
        ("Note to myself", V.NOTE, Wrong.NO_ID),
        ("Snooze", V.SNOOZE, Wrong.NO_ID),
        ("Snooze 2h", V.SNOOZE, Wrong.NO_ID),
        ("Resolve 12.5", V.RESOLVE, Wrong.NO_ID),
        (f"Resolve {' '.join(map(str, range(1, MOST_IDS + 2)))}", V.RESOLVE, Wrong.TOO_MANY),
        (f"Snooze {' '.join(map(str, range(1, MOST_IDS + 2)))} until 3pm", V.SNOOZE, Wrong.TOO_MANY),
        (f"Note {','.join(map(str, range(1, MOST_IDS + 2)))} they are fine", V.NOTE, Wrong.TOO_MANY),
        ("Note 12", V.NOTE, Wrong.NO_TEXT),
        ("Note 12 ...", V.NOTE, Wrong.NO_TEXT),
        ("Snooze 12", V.SNOOZE, Wrong.NO_TIME),
        ("Snooze 12 until", V.SNOOZE, Wrong.NO_TIME),
        ("Resolve 12 or 13?", V.RESOLVE, Wrong.REST),
        ("Resolve 12 not yet", V.RESOLVE, Wrong.REST),
        ("Resolve 12 yes", V.RESOLVE, Wrong.REST),
        ("Spam 12 yes 13", V.SPAM, Wrong.REST),
        ("List of parts is in the truck", V.LIST, Wrong.REST),
        ("More 12", V.MORE, Wrong.REST),
    ],
)  # fmt: skip
def test_what_only_looks_like_an_order_is_not_guessed(text: str, verb: Verb, wrong: Wrong) -> None:
    assert order_of(text) == Mistake(verb=verb, wrong=wrong)


@pytest.mark.parametrize(
    "text",
    [
        "", "   ", "👍", "...", "12", "#12", "ok thanks", "On my way", "Not now", "Last one is done", "lst please",
        "Did you resolve 12?", "12 resolve", "rsolv 12", "listen 12", "unresolve 12", "Liked “List”", "_resolve 12",
        "Thanks, resolve 12", "lift it", "done", "Close the gate", "Show me", "STOP", "Sentinel, List, 8:05am",
    ],
)  # fmt: skip
def test_who_is_only_talking_is_left_alone(text: str) -> None:
    assert order_of(text) is None


def test_a_note_has_an_end() -> None:
    read = order_of(f"Note 12 {'x' * 2000}")
    assert isinstance(read, Order)
    assert len(read.text) == LONGEST_NOTE


WORDS = st.sampled_from(
    [*Verb, "reslove", "thanks", "#12", "12", "13,", "and", "2h", "yes", "until", "👍", "“", "１２", "\n"]
)


@given(st.one_of(st.text(), st.lists(WORDS).map(" ".join)))
@example("resolve \u0660")
@example("\u1c80\ud800 12")
def test_any_text_is_an_order_a_mistake_or_talk(text: str) -> None:
    read = order_of(text)
    assert read is None or isinstance(read, Order | Mistake)


@given(st.one_of(st.text(), st.lists(WORDS).map(" ".join)))
def test_case_does_not_matter(text: str) -> None:
    upper, lower = order_of(text.upper()), order_of(text.upper().lower())
    assert _without_words(upper) == _without_words(lower)


def _without_words(read: Order | Mistake | None) -> object:
    return (read.verb, read.ids, read.sure) if isinstance(read, Order) else read
