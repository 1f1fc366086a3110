"""Phone numbers as E.164, through the phonenumbers library; refuses to know whose number it is."""

from phonenumbers import (
    NumberParseException,
    PhoneNumber,
    PhoneNumberFormat,
    ValidationResult,
    format_number,
    is_possible_number_with_reason,
    parse,
    region_code_for_country_code,
)

__all__ = ["e164", "masked", "national"]

_NANP = 1
# Withheld callers as the carriers' keypad words ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN, UNAVAILABLE, PRIVATE
# (Twilio's "From" values). Only with the plus: 737-874-2833 without it is a number in Austin.
_WITHHELD = frozenset({"+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253", "+7748283"})


def e164(text: str | None, region: str = "US") -> str | None:
    """The number that `text` writes in any usual form, as E.164, or None when it names no dialable number.

    `region` is where a number without country code is read. Numbers count when their length is possible, so that
    fictional ones (555-01xx) do; local ones without area code, withheld callers and placeholders do not.
    An extension is dropped; of a SIP address only the user part is read.
    """
    number = _read(text or "", region)
    if number is None or is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        return None
    # NANPA: neither area codes nor toll-free ones begin with 0 or 1; 000-000-0000 is a placeholder.
    if number.country_code == _NANP and str(number.national_number)[0] in "01":
        return None
    dialable = format_number(number, PhoneNumberFormat.E164)
    return None if dialable in _WITHHELD else dialable


def masked(number: str) -> str:
    """`number` with only its country code and last four digits, `+1***0147`; less where there is less to hide.

    What is no E.164 number keeps its last four digits if it has more than seven, else nothing.
    """
    digits = "".join(character for character in number if character.isdecimal())
    if len(digits) <= 7:
        return "***"
    parsed = _read(number, None) if number.startswith("+") else None
    code = f"+{parsed.country_code}" if parsed else ""
    return f"{code}***{digits[-4:]}"


def national(number: str, region: str = "US") -> str:
    """An E.164 number as people in `region` write it: `(217) 555-0164`, abroad `+44 20 7946 0958`; else unchanged."""
    parsed = _read(number, None)
    if parsed is None:
        return number
    at_home = region_code_for_country_code(parsed.country_code or 0) == region
    return format_number(parsed, PhoneNumberFormat.NATIONAL if at_home else PhoneNumberFormat.INTERNATIONAL)


def _read(text: str, region: str | None) -> PhoneNumber | None:
    written = text.strip()
    if written.casefold().startswith(("sip:", "sips:")):
        written = written.partition(":")[2].partition("@")[0]
    try:
        return parse(written, region)
    except NumberParseException:
        return None
