"""Until when a snooze lasts, as people type it; refuses to know what is snoozed."""

import re
from datetime import UTC, date, datetime, time, timedelta

from .hours import BusinessHours
from .instants import instant

__all__ = ["LIKE", "LONGEST", "length_typed", "moment_typed", "until_typed"]

LONGEST = timedelta(days=90)
"""A snooze is no way to close an issue."""

_LENGTH = re.compile(r"(?:(\d{1,3}) ?w)? ?(?:(\d{1,3}) ?d)? ?(?:(\d{1,4}) ?h)? ?(?:(\d{1,5}) ?m)?")
_LONG_UNITS = re.compile(r"(?<=\d)( ?)(w|d|h|m)(?:eeks?|ays?|ours?|rs?|inutes?|ins?)\b")
_TIME = re.compile(r"(\d{1,2})(?::(\d{2}))? ?([ap]m)?")
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEKDAY_OF = {name[:size]: day for day, name in enumerate(_WEEKDAYS) for size in {3, 4, 5, len(name)}}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_DAY = re.compile(rf"({'|'.join(_MONTHS)})[a-z]* (\d{{1,2}})(?= |$)")
_MONTH_SLASH_DAY = re.compile(r"(\d{1,2})/(\d{1,2})(?= |$)")
_NAMED_TIMES = {"noon": time(12), "midday": time(12)}
LIKE = "type it like 2h, 3pm, tomorrow, Mon 8am or 2026-11-30 8am"


def until_typed(text: str, now: datetime, hours: BusinessHours) -> datetime:
    """The instant that `2h`, `3pm`, `tomorrow`, `Mon`, `Fri 4:30pm`, `2026-11-30 8am` or an ISO instant names.

    Times are local. A day without a time is its opening, or the next one where it has none. Raises ValueError with a
    sentence where it is none of these, is not ahead, or lies more than 90 days ahead.
    """
    at = moment_typed(text, now, hours)
    if at is None:
        raise ValueError(f"{text!r} is no time to snooze until; {LIKE}")
    return _ahead(text, at, now)


def moment_typed(text: str, now: datetime, hours: BusinessHours) -> datetime | None:
    """The instant that is typed as for `until_typed`, ahead or past; None where it is none."""
    typed = " ".join(text.lower().replace(",", " ").split())
    if typed == "now":
        return now
    length = _length(typed)
    try:
        return now + length if length is not None else _iso(text.strip(), hours) or _day_and_time(typed, now, hours)
    except (ValueError, OverflowError):
        return None


def length_typed(text: str, now: datetime) -> datetime:
    """The instant after a length of time: `2h`, `90m`, `1d 4h`, `1w`. Raises ValueError with a sentence."""
    length = _length(" ".join(text.lower().split()))
    if length is None:
        raise ValueError(f"{text!r} is no length of time; type it like 90m, 2h, 1d 4h or 1w")
    return _ahead(text, now + length, now)


def _ahead(text: str, found: datetime, now: datetime) -> datetime:
    at = instant(found)
    if at <= now:
        raise ValueError(f"{text!r} is not ahead; {LIKE}")
    if at - now > LONGEST:
        raise ValueError(f"{text!r} is more than {LONGEST.days} days ahead: resolve it, or snooze it for less")
    return at


def _length(typed: str) -> timedelta | None:
    found = _LENGTH.fullmatch(_LONG_UNITS.sub(r"\1\2", typed))
    if not typed or found is None:
        return None
    weeks, days, hours, minutes = (int(number or 0) for number in found.groups())
    return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes)


def _iso(text: str, hours: BusinessHours) -> datetime | None:
    """An ISO instant; one without a zone is local."""
    if not re.match(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}", text):
        return None
    found = datetime.fromisoformat(text)
    return instant(found) if found.tzinfo else found.replace(tzinfo=hours.zone).astimezone(UTC)


def _day_and_time(typed: str, now: datetime, hours: BusinessHours) -> datetime | None:
    today = hours.local(now).date()
    first, rest, on = _dated(typed, today)
    if on is None:
        at_time = _time(typed)
        return _next(at_time, today, now, hours) if at_time else None
    rest = rest.removeprefix("at ").strip()
    if not rest:
        return _opening(on, today, hours)
    at_time = _time(rest)
    if at_time is None:
        return None
    soonest = on - timedelta(days=7)
    # Said on a Monday morning, "Mon 3pm" is this afternoon.
    if first in _WEEKDAY_OF and soonest == today and _at(soonest, at_time, hours) > now:
        on = soonest
    return _at(on, at_time, hours)


def _day(word: str, today: date) -> date | None:
    """The date that a word names: a weekday is the next one of that name, and not today."""
    if word in {"today", "tomorrow"}:
        return today + timedelta(days=word == "tomorrow")
    if word in _WEEKDAY_OF:
        return today + timedelta(days=(_WEEKDAY_OF[word] - today.weekday() - 1) % 7 + 1)
    return date.fromisoformat(word) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", word) else None


def _dated(typed: str, today: date) -> tuple[str, str, date | None]:
    """The word or words that may name a day, what follows them, and the day: `nov 30 8am`, `11/30`, `mon 8am`."""
    found = _MONTH_DAY.match(typed) or _MONTH_SLASH_DAY.match(typed)
    if found:
        month = _MONTHS.index(found[1][:3]) + 1 if found[1].isalpha() else int(found[1])
        on = date(today.year, month, int(found[2]))
        return found[0].strip(), typed[found.end() :].strip(), on if on >= today else on.replace(year=today.year + 1)
    first, _, rest = typed.partition(" ")
    return first, rest, _day(first, today)


def _time(typed: str) -> time | None:
    if typed in _NAMED_TIMES:
        return _NAMED_TIMES[typed]
    found = _TIME.fullmatch(typed)
    # A bare "8" may be a length, an hour or an issue.
    if found is None or not (found[2] or found[3]):
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    if found[3] and not 1 <= hour <= 12:
        return None
    return time(hour % 12 + 12 * (found[3] == "pm") if found[3] else hour, minute)


def _at(on: date, at_time: time, hours: BusinessHours) -> datetime:
    return datetime.combine(on, at_time, hours.zone).astimezone(UTC)


def _next(at_time: time, today: date, now: datetime, hours: BusinessHours) -> datetime:
    at = _at(today, at_time, hours)
    return at if at > now else _at(today + timedelta(days=1), at_time, hours)


def _opening(on: date, today: date, hours: BusinessHours) -> datetime | None:
    """When the business opens on that day, or next after it; today has no opening ahead."""
    return None if on == today else hours.next_opening(_at(on, time(), hours))
