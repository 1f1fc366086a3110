"""Lengths, instants, numbers and names as people say and type them; refuses to know what they are of."""

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from sentinel_cli.domain.instants import parse_instant
from sentinel_cli.errors import UsageProblem

__all__ = ["ago", "duration", "instant_typed", "local_time", "open_duration", "phone_end", "who_typed"]

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_WHOLE_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEKDAY_OF = {name: day for names in (map(str.lower, _DAYS), _WHOLE_DAYS) for day, name in enumerate(names)}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_LENGTH = re.compile(r"([0-9]{1,4})\s*([mhdw])", re.IGNORECASE)


def open_duration(length: timedelta) -> str:
    """Business time in hours and minutes, `3h10m`, `5h`, `40m`: a "day" of it would mean different things to people."""
    hours, minutes = divmod(max(length, timedelta()) // timedelta(minutes=1), 60)
    if not hours:
        return f"{minutes}m"
    return f"{hours}h{minutes:02d}m" if minutes else f"{hours}h"


def duration(length: timedelta) -> str:
    """Time by the clock, `3h10m`, from a day on `2d 4h`."""
    days, rest = divmod(max(length, timedelta()), timedelta(days=1))
    if not days:
        return open_duration(rest)
    hours = rest // timedelta(hours=1)
    return f"{days}d {hours}h" if hours else f"{days}d"


def ago(at: datetime, now: datetime) -> str:
    """How far an instant lies from now: `3h10m ago`, `in 2d 4h`."""
    return f"in {duration(at - now)}" if at > now else f"{duration(now - at)} ago"


def local_time(at: datetime, now: datetime, zone: tzinfo) -> str:
    """An instant as people there say it: `today 10:05am`, `Fri 4:30pm`, `Nov 3 9am`, `Nov 3 2025 9am`.

    The weekday alone stands only within six days of today, where it can mean one date in each direction.
    """
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    return f"{_day(local.date(), today)} {_clock(local)}"


def _day(on: date, today: date) -> str:
    if on == today:
        return "today"
    if abs(on - today) < timedelta(days=7):
        return _DAYS[on.weekday()]
    year = f" {on.year}" if on.year != today.year else ""
    return f"{_MONTHS[on.month - 1]} {on.day}{year}"


def _clock(local: datetime) -> str:
    minutes = f":{local.minute:02d}" if local.minute else ""
    return f"{local.hour % 12 or 12}{minutes}{'am' if local.hour < 12 else 'pm'}"


def instant_typed(text: str, now: datetime, zone: ZoneInfo) -> datetime:
    """The instant that `2d`, `12h`, `today`, `Fri`, `2026-11-20`, or an ISO 8601 instant names.

    A day begins at its midnight, and a weekday is the last one of that name. Dates and times without zone are local.
    Raises UsageProblem when it is none of these, or lies ahead.
    """
    typed = text.strip()
    if (days := _days_back(typed.lower(), now.astimezone(zone).date())) is not None:
        on = now.astimezone(zone).date() - timedelta(days=days)
        return datetime.combine(on, time(), zone).astimezone(UTC)
    length = _LENGTH.fullmatch(typed)
    try:
        at = now - timedelta(**{_UNITS[length[2].lower()]: int(length[1])}) if length else _iso(typed, zone)
    except (ValueError, OverflowError):
        raise UsageProblem(f"{text!r} is no length of time and no date", advice=_TYPED_LIKE) from None
    if at > now:
        raise UsageProblem(f"{text!r} lies ahead", advice=_TYPED_LIKE)
    return at


def _days_back(word: str, today: date) -> int | None:
    if word in {"today", "yesterday"}:
        return int(word == "yesterday")
    return (today.weekday() - _WEEKDAY_OF[word]) % 7 if word in _WEEKDAY_OF else None


_TYPED_LIKE = "type it like 90m, 12h, 2d, yesterday, Fri, 2026-11-20 or 2026-11-20T14:00:00Z"


def _iso(text: str, zone: ZoneInfo) -> datetime:
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return datetime.combine(date.fromisoformat(text), time(), zone).astimezone(UTC)
    found = datetime.fromisoformat(text)
    return parse_instant(text) if found.tzinfo else found.replace(tzinfo=zone).astimezone(UTC)


def phone_end(text: str) -> str:
    """How a stored number ends that is meant by `text`: a whole number in any usual form, or its last digits.

    A number as tables and texts mask it (`+1***0141`) is its last digits. Raises UsageProblem for fewer than two.
    """
    from sentinel_cli.phones import e164

    text = text.rpartition("*")[2]
    digits = "".join(character for character in text if character in "0123456789")
    if len(digits) < 2:
        advice = "type its last digits, two at least, or all of it"
        raise UsageProblem(f"{text!r} is {'too little of a' if digits else 'no'} phone number", advice=advice)
    return e164(text) or digits


def who_typed(text: str) -> str:
    """The id or the part of a name; `Pat E.`, as texts write it, is the beginning of one."""
    # As every filter: one that came out empty in a script must not choose everybody.
    if not text.strip():
        raise UsageProblem(f"{text!r} is no contact", advice="type GHL's id, or a part of the name")
    shortened = re.fullmatch(r"(\S.* \w)\.", text.strip())
    return shortened[1] if shortened else text.strip()
