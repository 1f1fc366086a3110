"""Secrets taken out of raw bodies by value, however they are written; refuses to know where secrets come from."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

__all__ = ["secrets_mark", "without_secrets"]

_MARK = b"[secret]"
_SHORT_ESCAPES = {"/": "\\/", '"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
# Python's JSON reader detects these by itself, so a body in one of them may have been authenticated.
_WIDE_ENCODINGS = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")


def secrets_mark(secrets: Iterable[str], salt: bytes) -> str:
    """A mark by which two processes tell whether they know the same secrets; too dear to compute to guess one by it."""
    joined = "\n".join(sorted(set(secrets))).encode(errors="surrogatepass")
    return hashlib.scrypt(joined, salt=salt, n=2**14, r=8, p=1, dklen=16).hex()


def without_secrets(raw: bytes, secrets: Sequence[str]) -> bytes:
    """`raw` with every secret replaced by `[secret]`, whether plain, JSON-escaped or percent-encoded (DESIGN §5).

    The three may be mixed within one secret, and JSON may itself be percent-encoded. Works on any bytes; empty secrets
    are passed over; of two secrets that begin alike the longer one wins.
    """
    wanted = tuple(secrets)
    # Not any(): its generator would cost more than what it looks at, for each delivery.
    for sign in _signs(wanted):
        if sign in raw:
            return _pattern(wanted).sub(_MARK, raw)
    return raw


@lru_cache(maxsize=8)
def _signs(secrets: tuple[str, ...]) -> frozenset[bytes]:
    """What the bytes hold, one or the other, where they hold a secret: found at a fiftieth of the pattern's cost."""
    given = [secret for secret in secrets if secret]
    plain = {secret.encode("utf-8", "surrogatepass") for secret in given}
    # A wide encoding of ASCII is full of zeros.
    wide = {form for secret in given for form in ({b"\0"} if secret.isascii() else _wide(secret))}
    short = {b"\\" for secret in given if set(secret) & set(_SHORT_ESCAPES)}
    spaces = {b"+" for secret in given if " " in secret}
    return frozenset(plain | wide | short | spaces | ({b"%", b"\\u"} if given else set()))


def _wide(secret: str) -> set[bytes]:
    return {secret.encode(encoding, "surrogatepass") for encoding in _WIDE_ENCODINGS}


@lru_cache(maxsize=8)
def _pattern(secrets: tuple[str, ...]) -> re.Pattern[bytes]:
    wanted = sorted(set(filter(None, secrets)), key=lambda secret: (-len(secret), secret))
    return re.compile(b"|".join(form for secret in wanted for form in _forms(secret)))


def _forms(secret: str) -> Iterator[bytes]:
    yield b"".join(_any_of(map(_as_bytes, _spellings(character))) for character in secret)
    yield from map(re.escape, _wide(secret))


def _any_of(patterns: Iterable[bytes]) -> bytes:
    return b"(?:" + b"|".join(patterns) + b")"


def _spellings(character: str) -> Iterator[str]:
    r"""A character as JSON may write it: itself, `\/`, `\u002f`, and `\ud83d\ude00` beyond the first plane."""
    if character in _SHORT_ESCAPES:
        yield _SHORT_ESCAPES[character]
    units = character.encode("utf-16-be", "surrogatepass").hex()
    yield "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
    yield character


def _as_bytes(spelling: str) -> bytes:
    """The pattern of a spelling's bytes, each plain or percent-encoded, hex digits in either case."""
    escaped = spelling.startswith("\\u")
    return b"".join(
        _any_of(_byte_forms(byte, any_case=escaped and at % 6 > 1))
        for at, byte in enumerate(spelling.encode("utf-8", "surrogatepass"))
    )


def _byte_forms(byte: int, *, any_case: bool) -> Iterator[bytes]:
    # The encoded form comes first: of a `%25` at the end of a secret the plain `%` would leave the rest.
    for value in sorted({byte, ord(chr(byte).upper())} if any_case else {byte}):
        yield b"%%(?i:%02x)" % value
        yield re.escape(bytes([value]))
        if value == ord(" "):
            yield rb"\+"
