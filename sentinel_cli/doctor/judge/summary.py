"""Summary: can every manager be texted, did the last letters reach them, and on which days is none sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from sentinel_cli.doctor.findings import Finding, Lines, Pillar, ago, many
from sentinel_cli.errors import GhlRejected, SentinelError

__all__ = ["LettersSeen", "ManagerSeen", "judge_letters", "judge_managers"]

_LINES = Lines(Pillar.SUMMARY)
_CANNOT = GhlRejected.exit_code
_LONG_AGO = timedelta(days=5)
_MOST_DAYS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagerSeen:
    """One of MANAGER_CONTACT_IDS as GHL has them; `name` is the first one, `phone` is masked."""

    contact_id: str
    name: str = ""
    phone: str = ""
    blocked: bool = False
    error: SentinelError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LettersSeen:
    """`age` is how long ago a summary last reached a manager; `lost` counts letters by state that did not lately.

    `closed` are the closed days ahead by name.
    """

    age: timedelta | None = None
    lost: Mapping[str, int] = field(default_factory=dict)
    closed: Sequence[tuple[date, str]] = ()
    days_ahead: int = 90


def judge_managers(managers: Sequence[ManagerSeen]) -> list[Finding]:
    """A line for each manager."""
    return [_manager(seen) for seen in managers] or [_LINES.skipped("managers", "GHL was not asked about any")]


def _manager(seen: ManagerSeen) -> Finding:
    check = seen.contact_id
    who = ", ".join(filter(None, (seen.name, seen.phone)))
    if seen.error and seen.error.exit_code == _CANNOT:
        fix = "copy the id from the contact's address in GHL into MANAGER_CONTACT_IDS"
        return _LINES.problem(check, "GHL has no contact of that id", fix, _CANNOT)
    if seen.error:
        return _LINES.failed(check, seen.error)
    if not seen.phone:
        fix = "enter the mobile number at that contact in GHL"
        return _LINES.problem(check, f"{who or 'this manager'} has no phone number", fix, _CANNOT)
    if seen.blocked:
        fix = "lift DND for SMS at that contact in GHL; if they texted STOP, they must text START"
        return _LINES.problem(check, f"{who}: texts are blocked (DND)", fix, _CANNOT)
    return _LINES.ok(check, f"{who}, texts allowed")


def judge_letters(seen: LettersSeen) -> list[Finding]:
    """The lines about what was sent, and when nothing will be."""
    return [_last(seen), *_lost(seen), _closed(seen)]


def _last(seen: LettersSeen) -> Finding:
    check = "last summary"
    if seen.age is None:
        fix = "sentinel send-summary --slot morning --dry-run shows one; cron sends the next"
        return _LINES.warning(check, "none has reached a manager yet", fix)
    if seen.age > _LONG_AGO:
        return _LINES.problem(check, f"reached a manager {ago(seen.age)}", "grep 'cron: m' logs/cron.log | tail")
    return _LINES.ok(check, f"reached a manager {ago(seen.age)}")


def _lost(seen: LettersSeen) -> list[Finding]:
    if not seen.lost:
        return []
    states = ", ".join(f"{count} {state}" for state, count in sorted(seen.lost.items()))
    found = f"{many(sum(seen.lost.values()), 'letter')} of the last two days did not get through: {states}"
    return [_LINES.problem("letters", found, "grep letter logs/cron.log | tail; look at DND and phones above")]


def _closed(seen: LettersSeen) -> Finding:
    check = "closed days"
    if not seen.closed:
        return _LINES.ok(check, f"none set in the next {seen.days_ahead} days (HOLIDAYS)")
    days = ", ".join(f"{on:%a %b} {on.day} {name}" for on, name in seen.closed[:_MOST_DAYS])
    more = len(seen.closed) - _MOST_DAYS
    return _LINES.ok(check, f"no summary on {days}{f' and {more} more' if more > 0 else ''}")
