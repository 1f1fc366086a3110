"""Secrets leave a raw body in whatever form they stand in it, and nothing else does."""

import json
import re
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel_cli.domain.redaction import without_secrets

SECRET = 'p4ss/w0rd "q\\t" é😀+&'
CHARACTERS = st.characters(exclude_categories=("Cs",))
SECRETS = st.text(CHARACTERS, min_size=16, max_size=40)


def as_escapes(text: str, form: str = "\\u{:04x}") -> bytes:
    units = text.encode("utf-16-be")
    return "".join(form.format(int.from_bytes(units[at : at + 2])) for at in range(0, len(units), 2)).encode()


def as_percent(text: str, form: str = "%{:02x}") -> bytes:
    return "".join(form.format(byte) for byte in text.encode()).encode()


@pytest.mark.parametrize(
    "form",
    [
        SECRET.encode(),
        json.dumps(SECRET)[1:-1].encode(),
        json.dumps(SECRET, ensure_ascii=False)[1:-1].encode(),
        json.dumps(SECRET)[1:-1].replace("/", "\\/").encode(),
        as_escapes(SECRET),
        as_escapes(SECRET, "\\u{:04X}"),
        as_percent(SECRET),
        as_percent(SECRET, "%{:02X}"),
        quote(SECRET).encode(),
        quote(SECRET, safe="").encode(),
        quote_plus(SECRET).encode(),
        quote_plus(SECRET).lower().encode(),
        quote_plus(json.dumps(SECRET)[1:-1]).encode(),
        quote_plus(as_escapes(SECRET, "\\u{:04X}")).encode(),
        SECRET.encode("utf-16-le"),
        SECRET.encode("utf-16-be"),
        SECRET.encode("utf-32-le"),
        SECRET.encode("utf-32-be"),
    ],
)
def test_a_secret_is_removed_in_every_form(form):
    assert without_secrets(b"<<" + form + b">>", [SECRET]) == b"<<[secret]>>"


@pytest.mark.parametrize("last", ["%", "\\", '"', "/", "+", " ", "u", "5"])
@pytest.mark.parametrize("form", [quote, quote_plus, lambda text: json.dumps(text)[1:-1], as_percent, as_escapes, str])
def test_the_last_letter_of_a_secret_leaves_nothing_behind(form, last):
    secret = f"sixteen-letters-{last}"
    written = form(secret)
    raw = written if isinstance(written, bytes) else written.encode()
    assert without_secrets(raw + b"&x", [secret]) == b"[secret]&x"


@pytest.mark.parametrize("control", ["\b", "\f", "\n", "\r", "\t", "\x01"])
def test_a_control_character_is_known_by_its_escape(control):
    secret = f"sixteen-{control}-letters"
    assert without_secrets(json.dumps(secret).encode(), [secret]) == b'"[secret]"'


def test_every_occurrence_is_removed():
    assert without_secrets(b"abcabc abc", ["abc"]) == b"[secret][secret] [secret]"


def test_the_longer_of_two_secrets_wins():
    assert without_secrets(b"first-secret-rotated", ["first-secret", "first-secret-rotated"]) == b"[secret]"


@pytest.mark.parametrize("secrets", [[], [""], ["", "elsewhere"]])
def test_a_body_without_the_secrets_is_left_as_it_came(secrets):
    assert without_secrets(b"\xff\x00 body", secrets) == b"\xff\x00 body"


def test_undecodable_bytes_around_a_secret_stay():
    assert without_secrets(b"\xff\xfe%zz" + SECRET.encode() + b"\xc3", [SECRET]) == b"\xff\xfe%zz[secret]\xc3"


def test_letters_of_another_case_are_another_word():
    assert without_secrets(b"SIXTEEN-LETTERS!", ["sixteen-letters!"]) == b"SIXTEEN-LETTERS!"


@settings(deadline=None)
@given(SECRETS, st.sampled_from([True, False]), st.dictionaries(st.text(), st.text(), max_size=3))
def test_no_secret_survives_in_a_json_body(secret, ascii_only, others):
    raw = json.dumps(others | {"customData": {"sentinel_secret": secret}}, ensure_ascii=ascii_only)
    left = json.loads(without_secrets(raw.encode("utf-8", "surrogatepass"), [secret]).decode("utf-8", "surrogatepass"))
    assert left["customData"]["sentinel_secret"] == "[secret]"


@settings(deadline=None)
@given(SECRETS)
def test_no_secret_survives_in_a_form_body(secret):
    raw = urlencode({"a": "b", "customData[sentinel_secret]": secret}).encode()
    assert without_secrets(raw, [secret]).endswith(b"=[secret]")


@settings(deadline=None)
@given(SECRETS, st.data())
def test_no_secret_survives_a_mixture_of_forms(secret, data):
    spellings = [
        data.draw(st.sampled_from([one.encode(), as_escapes(one), as_escapes(one, "\\u{:04X}"), as_percent(one)]))
        for one in secret
    ]
    assert without_secrets(b"".join(spellings), [secret]) == b"[secret]"


@settings(deadline=None)
@given(st.binary(), SECRETS, st.binary())
def test_no_secret_survives_in_any_bytes(before, secret, after):
    assert secret.encode() not in without_secrets(before + secret.encode() + after, [secret])


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_bytes_that_hold_no_secret_are_not_touched(raw):
    assert without_secrets(raw, ["a-secret-of-some-length"]) == raw


def test_it_takes_secrets_as_text_and_never_as_patterns():
    secret = ".*[a-z]+(x|y)?$^"
    assert without_secrets(b"anything at all", [secret]) == b"anything at all"
    assert without_secrets(re.escape(secret).encode(), [secret]) != b"[secret]"
