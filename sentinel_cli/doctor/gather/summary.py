"""What the store knows of the letters, and what the calendar says of the days ahead."""

from datetime import datetime, timedelta

from sentinel_cli.doctor.judge.summary import LettersSeen
from sentinel_cli.settings import Settings
from sentinel_cli.store import health, kv

from .looking import look

__all__ = ["see_letters"]

_DAYS_AHEAD = 90


def see_letters(settings: Settings, now: datetime) -> LettersSeen:
    """The letters of the last two days, and the closed days ahead. Raises StoreProblem."""
    with look(settings) as db:
        last = kv.get_instant(db, "last_summary_ts")
        lost = health.letters_lost(db, now - timedelta(days=2))
    hours = settings.business_hours
    today = hours.local(now).date()
    days = [today + timedelta(days=ahead) for ahead in range(_DAYS_AHEAD)]
    return LettersSeen(
        age=now - last if last else None,
        lost=lost,
        closed=[(on, name) for on in days if (name := hours.closed_on(on))],
        days_ahead=_DAYS_AHEAD,
    )
