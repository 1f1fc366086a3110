"""The size of texts in segments, and their plain form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel_cli.domain.sms import Encoding, SmsSize, encoding, first_foreign, plain, segments


def gsm(units: int, parts: int) -> SmsSize:
    return SmsSize(encoding=Encoding.GSM_7, units=units, segments=parts)


def ucs(units: int, parts: int) -> SmsSize:
    return SmsSize(encoding=Encoding.UCS_2, units=units, segments=parts)


@pytest.mark.parametrize(
    "text", ["", "#41 Pat E. 3h10m late", "é ñ Ä ö ü à Ç ß £ ¥ € Ω Δ @", "^{}[]~|\\", "a\nb\r\n\f"]
)
def test_the_gsm_alphabet_and_its_extension_are_gsm_7(text: str) -> None:
    assert encoding(text) == "GSM-7"


@pytest.mark.parametrize("text", ["—", "“hi”", "it’s", "•", "👍", "Zoë", "ç", "`", "\u00a0", "\t", "…", "\x1b", "李"])
def test_one_character_outside_turns_a_text_into_ucs_2(text: str) -> None:
    assert encoding(f"plain {text}") == "UCS-2"


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("", gsm(0, 0)),
        ("a", gsm(1, 1)),
        ("a" * 160, gsm(160, 1)),
        ("a" * 161, gsm(161, 2)),
        ("a" * 306, gsm(306, 2)),
        ("a" * 307, gsm(307, 3)),
        ("a" * 459, gsm(459, 3)),
        ("a" * 460, gsm(460, 4)),
        # An escaped character takes two septets ...
        ("€", gsm(2, 1)),
        ("a" * 158 + "€", gsm(160, 1)),
        ("a" * 159 + "€", gsm(161, 2)),
        ("[" * 80, gsm(160, 1)),
        ("[" * 81, gsm(162, 2)),
        # ... and moves whole into the next part: 153 septets hold 76 of them.
        ("[" * 152, gsm(304, 2)),
        ("[" * 153, gsm(306, 3)),
        ("a" * 152 + "€" + "a" * 152, gsm(306, 3)),
        ("a" * 151 + "€" + "a" * 153, gsm(306, 2)),
    ],
)
def test_gsm_texts_fill_160_septets_alone_and_153_in_parts(text: str, size: SmsSize) -> None:
    assert segments(text) == size


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("李", ucs(1, 1)),
        ("李" * 70, ucs(70, 1)),
        ("李" * 71, ucs(71, 2)),
        ("李" * 134, ucs(134, 2)),
        ("李" * 135, ucs(135, 3)),
        # The escape of GSM-7 costs nothing here.
        ("€" * 69 + "李", ucs(70, 1)),
        # An emoji is a surrogate pair, which moves whole into the next part: 67 units hold 33 of them.
        ("👍", ucs(2, 1)),
        ("👍" * 35, ucs(70, 1)),
        ("👍" * 66, ucs(132, 2)),
        ("👍" * 67, ucs(134, 3)),
        ("a" * 66 + "👍" + "a" * 66, ucs(134, 3)),
        ("a" * 65 + "👍" + "a" * 67, ucs(134, 2)),
    ],
)
def test_ucs_2_texts_fill_70_units_alone_and_67_in_parts(text: str, size: SmsSize) -> None:
    assert segments(text) == size


@pytest.mark.parametrize(
    ("text", "found"),
    [("", None), ("all plain €", None), ("Zoë — hi", (2, "ë")), ("—", (0, "—")), ("ok 👍", (3, "👍"))],
)
def test_the_first_foreign_character_is_named_with_its_place(text: str, found: tuple[int, str] | None) -> None:
    assert first_foreign(text) == found


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("José", "José"),
        ("Jose\u0301", "José"),
        ("Zoë", "Zoe"),
        ("Łukasz", "Lukasz"),
        ("Nguyễn Văn", "Nguyen Van"),
        ("Anaïs Çelik-Façade", "Anais Çelik-Facade"),
        ("Þóra Œuvre Đặng", "Thora OEuvre Dang"),
        ("İpek Işık", "Ipek Isik"),
        ("D’Angelo", "D'Angelo"),
        ("“hi” ‘yo’ «so» `code´", "\"hi\" 'yo' \"so\" 'code'"),
        ("a – b — c • d", "a - b - c - d"),
        ("wait…", "wait..."),
        ("Pat\u00a0E.", "Pat E."),
        ("a\tb", "a b"),
        ("½ → ™", "1/2 -> TM"),
        ("𝓙𝓸𝓱𝓷", "John"),
        ("85°F", "85F"),
        ("Perfect 👍🏽 see you", "Perfect see you"),
        ("a \u200b b\u200d", "a b"),
        ("one 👍\n👍 two\n\nthree", "one\ntwo\n\nthree"),
        ("€ [x] ~", "€ [x] ~"),
        ("Li 李", "Li"),
        ("李", ""),
        ("Иван", ""),
        ("", ""),
    ],
)
def test_the_plain_form_is_readable(text: str, written: str) -> None:
    assert plain(text) == written


@given(st.text())
def test_the_plain_form_is_always_gsm_7(text: str) -> None:
    assert encoding(plain(text)) is Encoding.GSM_7


@given(st.text())
def test_the_plain_form_of_a_plain_form_is_itself(text: str) -> None:
    assert plain(plain(text)) == plain(text)


@given(st.text(st.sampled_from("a€[李👍\n"), max_size=400))
def test_parts_hold_what_is_said_and_no_more_than_they_can(text: str) -> None:
    size = segments(text)
    room = 153 if size.encoding is Encoding.GSM_7 else 67
    assert size.units <= max(160 if room == 153 else 70, size.segments * room)
    assert (size.segments - 1) * (room - 1) <= size.units
