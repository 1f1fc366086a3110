"""What a text costs on the wire, and how to write it in the cheap alphabet; refuses to know what it says.

Source: 3GPP TS 23.038 (the GSM 7-bit default alphabet and its extension) and TS 23.040 (concatenation: the header
of a part takes 7 septets or 3 UTF-16 units).
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Encoding", "SmsSize", "encoding", "first_foreign", "plain", "segments"]

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("\f^{}\\[~]|€")
_GSM_7 = _BASIC | _EXTENSION

# What Unicode does not decompose by itself, or decomposes into a space and an accent.
_PLAIN = str.maketrans(
    dict.fromkeys("‘’‚‛′`´ʼʹ", "'")
    | dict.fromkeys("“”„‟″«»", '"')
    | dict.fromkeys("‐‑‒–—―−•‣◦∙·", "-")
    | {"⁄": "/", "×": "x", "→": "->", "\t": " ", "ı": "i", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D"}
    | {"þ": "th", "Þ": "Th", "œ": "oe", "Œ": "OE", "ħ": "h", "Ħ": "H", "ŧ": "t", "Ŧ": "T", "ŋ": "n", "Ŋ": "N"}
)


class Encoding(StrEnum):
    """How a carrier sends a text; one character outside GSM-7 turns all of it into UCS-2."""

    GSM_7 = "GSM-7"
    UCS_2 = "UCS-2"


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsSize:
    """What a text costs: `units` are septets (GSM-7) or UTF-16 units (UCS-2); `segments` are what is charged."""

    encoding: Encoding
    units: int
    segments: int


def encoding(text: str) -> Encoding:
    """GSM-7 when every character is in its alphabet or extension, else UCS-2."""
    return Encoding.GSM_7 if _GSM_7.issuperset(text) else Encoding.UCS_2


def first_foreign(text: str) -> tuple[int, str] | None:
    """The index and character that first force UCS-2, or None."""
    return next(((place, character) for place, character in enumerate(text) if character not in _GSM_7), None)


def segments(text: str) -> SmsSize:
    """The size of `text`: 160 septets or 70 units in a single SMS, 153 or 67 in each part of a longer one.

    An escaped GSM-7 character takes two septets and a surrogate pair two units; neither is cut by the end of a
    part, which may leave one unit of it unused. An empty text has no segments.
    """
    kind = encoding(text)
    if kind is Encoding.GSM_7:
        costs, alone, in_parts = [2 if character in _EXTENSION else 1 for character in text], 160, 153
    else:
        costs, alone, in_parts = [2 if character > "\uffff" else 1 for character in text], 70, 67
    units = sum(costs)
    return SmsSize(encoding=kind, units=units, segments=min(units, 1) if units <= alone else _parts(costs, in_parts))


def plain(text: str) -> str:
    """`text` in GSM-7 alone: look-alikes for typography, base letters for accents, the rest dropped.

    A name in another script ends as the empty text, so that the caller shows something else (the phone) in its
    place; spaces around what was dropped close up.
    """
    letters = "".join(_plain_character(character) for character in unicodedata.normalize("NFC", text))
    return re.sub(r" *\n *", "\n", re.sub(r" {2,}", " ", letters)).strip(" ")


def _plain_character(character: str) -> str:
    if character in _GSM_7:
        return character
    spelled = unicodedata.normalize("NFKD", character.translate(_PLAIN)).translate(_PLAIN)
    return "".join(part for part in spelled if part in _GSM_7)


def _parts(costs: Sequence[int], room: int) -> int:
    parts, used = 1, 0
    for cost in costs:
        if used + cost > room:
            parts, used = parts + 1, 0
        used += cost
    return parts
