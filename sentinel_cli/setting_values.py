"""How each kind of setting is read from its text; refuses to know which setting it is, and where the text came from.

Every reader takes stripped text and raises ValueError with what is wrong, fit to stand after the setting's name.
"""

import base64
import ipaddress
import re
from datetime import datetime, time, timedelta
from decimal import Decimal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sentinel_cli.domain.instants import parse_instant
from sentinel_cli.domain.vocabulary import Channel

__all__ = [
    "channels",
    "clock_time",
    "count",
    "days",
    "fixed_clock",
    "flag",
    "hours",
    "hours_or_off",
    "id_set",
    "ids",
    "is_loopback",
    "is_placeholder",
    "items",
    "letter_hours",
    "log_format",
    "one_word",
    "ping_url",
    "price",
    "public_keys",
    "seconds",
    "secret_text",
    "secret_texts",
    "stray",
    "url",
    "whole",
    "words",
    "zone",
]

_ID = re.compile(r"[A-Za-z0-9_-]+")
_DIGITS = re.compile(r"[0-9]{1,6}")
_DECIMAL = re.compile(r"[0-9]{1,4}(\.[0-9]{1,4})?")
_PRICE = re.compile(r"[0-9]{1,4}(\.[0-9]{1,6})?")
_TIME = re.compile(r"([0-9]{1,2})(?::([0-9]{2}))?")
_PEM_LINE = re.compile(r"-----(?:BEGIN|END) PUBLIC KEY-----")
# What stands before the 32 bytes of the key in its SubjectPublicKeyInfo (RFC 8410).
_ED25519 = bytes.fromhex("302a300506032b6570032100")
# What httpx can ask, and nothing that would get between it and the path that is added: no user, query or fragment.
_LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_URL = re.compile(
    rf"https?://({_LABEL}(\.{_LABEL})*\.?|\[[0-9a-f:.]+\])(:(?P<port>[0-9]{{1,5}}))?(/[^\s?#]*)?", re.IGNORECASE
)
_LAST_PORT = 65_535
_YES = frozenset({"1", "true", "yes"})
_NO = frozenset({"0", "false", "no"})
_QUOTES = frozenset("\"'`\u2018\u2019\u201c\u201d")
_FILLER = re.compile(
    r"(change|me|your|my|the|a|webhook|shared|secret|token|password|placeholder|example|replace|this|with|put|goes|"
    r"here|value|random|string|long|super|very|strong|insert|enter|set|paste|generate|generated|default|dummy|demo|test|"
    r"testing|sample|local|dev|prod|production|key|api|hook|ghl|ntpp|sentinel|admin|foo|bar|baz|to|be|in|for|at|least|"
    r"characters|chars|of|letters|16|24|32|64|123(4(5(6(7(89?0?)?)?)?)?)?|0123456789|abc(def(gh(i)?)?)?|qwerty(uiop)?|"
    r"x|[^a-z0-9])+"
)


def items(text: str) -> tuple[str, ...]:
    """The comma-separated parts, trimmed, without blanks and repetitions, in order."""
    return tuple(dict.fromkeys(part for part in (part.strip() for part in text.split(",")) if part))


def ids(text: str) -> tuple[str, ...]:
    """GHL ids, comma-separated."""
    found = items(text)
    if any(_ID.fullmatch(part) is None for part in found):
        raise ValueError("is not a list of ids separated by commas")
    return found


def id_set(text: str) -> frozenset[str]:
    """GHL ids whose order means nothing."""
    return frozenset(ids(text))


def words(text: str) -> frozenset[str]:
    """Words in one case, comma-separated."""
    return frozenset(word.casefold() for word in items(text))


def one_word(text: str) -> str:
    """Text without white space in it."""
    if len(text.split()) > 1:
        raise ValueError("holds white space")
    return text


def secret_text(text: str) -> str:
    """Text fit for an HTTP header: printable ASCII without white space. The error never quotes it."""
    if any(not "!" <= letter <= "~" for letter in text):
        raise ValueError("holds white space or other characters that no header can carry")
    return text


def secret_texts(text: str) -> tuple[str, ...]:
    """Secrets, comma-separated, each fit for an HTTP header."""
    return tuple(secret_text(part) for part in items(text))


def public_keys(text: str) -> tuple[bytes, ...]:
    r"""Ed25519 keys of 32 bytes, comma-separated: each PEM or its base64 alone; a PEM's line ends may be `\n`."""
    return tuple(map(_public_key, items(_PEM_LINE.sub(",", text.replace("\\n", "\n")))))


def _public_key(text: str) -> bytes:
    try:
        der = base64.b64decode("".join(text.split()), validate=True)
    except ValueError:
        der = b""
    if len(der) != len(_ED25519) + 32 or not der.startswith(_ED25519):
        raise ValueError("is no list of Ed25519 public keys, each in PEM or the base64 of one")
    return der[len(_ED25519) :]


def url(text: str) -> str:
    """An http(s) address without its last slash."""
    found = _URL.fullmatch(text)
    if found is None or int(found["port"] or 0) > _LAST_PORT:
        raise ValueError("is not an http or https address")
    return text.rstrip("/")


def ping_url(text: str) -> str:
    """An http(s) address, which may have a query, or nothing."""
    if text:
        url(text.partition("?")[0])
        if not text.isprintable() or " " in text:
            raise ValueError("is not an http or https address")
    return text


def log_format(text: str) -> str:
    """`text` or `json`."""
    if (found := text.lower()) not in {"text", "json"}:
        raise ValueError("is neither text nor json")
    return found


def is_loopback(address: str) -> bool:
    """Whether a URL names this very machine: localhost, 127.0.0.0/8 or ::1."""
    try:
        host = urlsplit(address).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def zone(text: str) -> ZoneInfo:
    """A time zone by its IANA name."""
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("is not a time zone's IANA name") from None


def hours(text: str) -> timedelta:
    """A length of time above zero, in hours."""
    length = hours_or_off(text)
    if not length:
        raise ValueError("must be above 0")
    return length


def hours_or_off(text: str) -> timedelta:
    """A length of time in hours; 0 switches off what it is for."""
    if _DECIMAL.fullmatch(text) is None:
        raise ValueError("is not a number of hours")
    return timedelta(seconds=int(Decimal(text) * 3600))


def price(text: str) -> Decimal | None:
    """What one segment costs, above zero; empty is not known."""
    if not text:
        return None
    if _PRICE.fullmatch(text) is None or not Decimal(text):
        raise ValueError("is not a price such as 0.0079")
    return Decimal(text)


def seconds(text: str) -> timedelta:
    """A length of time in whole seconds; 0 switches off what it is for."""
    return timedelta(seconds=whole(text))


def days(text: str) -> timedelta:
    """A length of time in whole days, at least one."""
    return timedelta(days=count(text))


def count(text: str) -> int:
    """A whole number, at least 1."""
    number = whole(text)
    if not number:
        raise ValueError("must be at least 1")
    return number


def whole(text: str) -> int:
    """A whole number, 0 or more."""
    if _DIGITS.fullmatch(text) is None:
        raise ValueError("is not a whole number")
    return int(text)


def flag(text: str) -> bool:
    """Yes or no, written 1 or 0."""
    word = text.casefold()
    if word not in _YES | _NO:
        raise ValueError("is neither 1 nor 0")
    return word in _YES


def channels(text: str) -> frozenset[Channel]:
    """Channels by name, in any case; `OTHER` holds what no customer sends and is refused."""
    known = frozenset(Channel) - {Channel.OTHER}
    named = {part.upper() for part in items(text)}
    if not named or not named <= set(known):
        raise ValueError(f"names a channel that is none of {', '.join(sorted(known))}")
    return frozenset(Channel(name) for name in named)


def clock_time(text: str) -> str:
    """A time of day as `HH:MM`, from `8`, `8:00` or `08:00`; `24:00` is the end of the day. Empty stays empty."""
    if not text:
        return ""
    match = _TIME.fullmatch(text)
    hour, minute = (int(match[1]), int(match[2] or 0)) if match else (99, 0)
    if minute > 59 or hour * 60 + minute > 24 * 60:
        raise ValueError("is not a time of day")
    return f"{hour:02d}:{minute:02d}"


def letter_hours(text: str) -> tuple[time, time]:
    """The local times between which letters may be sent, first included and last not; `24:00` is the day's end."""
    first, dash, last = (part.strip() for part in text.partition("-"))
    opens, closes = clock_time(first), clock_time(last)
    if not (dash and opens and closes):
        raise ValueError("is not two times of day with a hyphen between")
    if opens >= closes:
        raise ValueError("ends before it begins")
    return time.fromisoformat(opens), time.max if closes == "24:00" else time.fromisoformat(closes)


def fixed_clock(text: str) -> datetime | None:
    """An instant with its zone; empty is the real clock."""
    if not text:
        return None
    try:
        at = parse_instant(text)
    except (ValueError, OverflowError):
        raise ValueError("is not an ISO 8601 instant with a zone") from None
    if not 2000 <= at.year < 2100:
        raise ValueError("is not an instant between the years 2000 and 2100")
    return at


def is_placeholder(secret: str) -> bool:
    """Whether a secret is an example's text that nobody replaced: `changeme`, `your-secret…`, `<...>`, `xxxxxxxx…`."""
    text = secret.casefold()
    if text.startswith(("<", "{", "your", "changeme", "change-me", "change_me")):
        return True
    return len(set(text)) < 6 or _FILLER.fullmatch(text) is not None


def stray(text: str) -> str:
    """What stands at the ends of a value that nobody typed on purpose, "" where nothing does; the value stays unsaid.

    A carriage return is a Windows editor's; quotes are a shell's that was not there to take them off.
    """
    found = {
        "a carriage return": "\r" in text,
        "a line end": "\n" in text.rstrip("\r\n"),
        "blanks at an end": text.strip("\r\n") != text.strip(),
        "a quote at an end": text.strip()[:1] in _QUOTES or text.strip()[-1:] in _QUOTES,
    }
    return ", ".join(what for what, holds in found.items() if holds)
