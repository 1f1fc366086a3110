"""Bodies made of the samples and broken in every way we can think of; the same seed makes the same bodies."""

import copy
import json
import random
from collections.abc import Iterator
from urllib.parse import urlencode

from tests.domain.payload_bodies import SAMPLES, sample

__all__ = ["Broken", "bodies"]

Broken = tuple[bytes, str]
"""A body and its content type."""

_JSON, _FORM = "application/json", "application/x-www-form-urlencoded"
_NAMES = sorted({"sentinel_missed_call", "customData", "webhookId"}.union(*map(sample, SAMPLES)))
_ODD: list[object] = [
    None, True, False, 0, -1, 1, 2, 10, 2**63, -(2**63), 10**40, 1e308, -0.0, "", " ", "null", "undefined",
    "{{contact.id}}", "\0", "\ud800", "\udfff\ud800", "\u202e", "\ufeff", "🙂" * 50, "a" * 5000, "' or 1=1 --",
    "%s%n", "../../etc/passwd", "2026-11-23T15:06:30Z", "2026-13-45T99:99:99Z", "0000-00-00",
    "9999-12-31T23:59:59.999999+14:00", "1e999", "NaN", "+12175550123", "(217) 555-0164", "+0",
    "+" + "9" * 400, "inbound", "OUTBOUND", "voicemail", "no_answer", "TYPE_CALL", "InboundMessage",
    "OutboundMessage", "LOCaaaaaaaaaaaaaaaa1", [], {}, [[]], [None], {"": ""}, {"id": {}}, ["a", 1, {}],
]  # fmt: skip
_SNIPPETS = [
    b"{", b"}", b"[", b"]", b'"', b"\\", b"\\u", b"\\ud800", b"\0", b"\xff", b"\xef\xbb\xbf", b"NaN",
    b"-Infinity", b"1e400", b"9" * 5000, b"[" * 200, b'{"a":' * 100, b",", b":", b"//", b"\r\n", b"&", b"=",
    b"%00", b"%",
]  # fmt: skip


def bodies(seed: int, number: int) -> Iterator[Broken]:
    """So many bodies: most are still JSON, with fields swapped, lost, nested, retyped; the rest are mere bytes."""
    chance = random.Random(seed)
    for _ in range(number):
        body = _bent(chance)
        raw, content_type = _encoded(chance, body)
        yield (_torn(chance, raw) if chance.random() < 0.3 else raw), content_type


def _bent(chance: random.Random) -> dict[str, object]:
    body = sample(chance.choice(SAMPLES))
    if chance.random() < 0.2:
        body |= sample(chance.choice(SAMPLES))
    for _ in range(chance.choice((0, 1, 1, 2, 3, 8))):
        _bend(chance, chance.choice(list(_objects(body))))
    return body


def _objects(body: dict[str, object]) -> Iterator[dict[str, object]]:
    yield body
    for value in body.values():
        if isinstance(value, dict):
            yield value


def _bend(chance: random.Random, place: dict[str, object]) -> None:
    """Change one field of an object."""
    name = chance.choice(list(place) or _NAMES)
    kind = chance.randrange(7)
    if kind == 0:
        place.pop(name, None)
    elif kind == 1:
        place[chance.choice(_NAMES)] = copy.deepcopy(place.get(name))
    elif kind == 2:
        place[chance.choice((str.upper, str.lower, str.title))(name)] = _odd(chance)
    elif kind == 3:
        place[name] = [place.get(name), _odd(chance)]
    elif kind == 4:
        place[name] = {chance.choice(_NAMES): copy.deepcopy(place.get(name)), "id": _odd(chance)}
    else:
        place[chance.choice((name, chance.choice(_NAMES)))] = _odd(chance)


def _odd(chance: random.Random) -> object:
    if chance.random() < 0.05:
        deep: object = "x"
        for _ in range(chance.choice((10, 62, 66, 300))):
            deep = {"x": deep} if chance.random() < 0.5 else [deep]
        return deep
    return copy.deepcopy(chance.choice(_ODD))


def _encoded(chance: random.Random, body: dict[str, object]) -> Broken:
    way = chance.random()
    if way < 0.1:
        parts = {f"{name}": str(value) for name, value in body.items()}
        return urlencode(parts, errors="replace").encode(), _FORM
    customer = f"{chance.randrange(1000):03d}"
    text = json.dumps(body, ensure_ascii=chance.random() < 0.7).replace("CTCaaa", f"CTC{customer}")
    text = text.replace("217555", f"217{customer}").replace("(217) 555", f"(217) {customer}")
    encoding = chance.choice(("utf-8", "utf-8", "utf-8", "utf-8", "utf-16", "utf-32")) if way < 0.3 else "utf-8"
    return text.encode(encoding, "surrogatepass"), chance.choice((_JSON, _JSON, "", "text/plain", _FORM, "\xe9/\xff"))


def _torn(chance: random.Random, raw: bytes) -> bytes:
    """The bytes with some flipped, cut out, doubled or put in."""
    torn = bytearray(raw)
    for _ in range(chance.choice((1, 1, 2, 5))):
        at = chance.randrange(len(torn) + 1)
        kind = chance.randrange(4)
        if kind == 0 and at < len(torn):
            torn[at] = chance.randrange(256)
        elif kind == 1:
            del torn[at : at + chance.choice((1, 2, 10, 500))]
        elif kind == 2:
            torn[at:at] = torn[at : at + chance.choice((1, 5, 50))]
        else:
            torn[at:at] = chance.choice(_SNIPPETS)
    return bytes(torn)
