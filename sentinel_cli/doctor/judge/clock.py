"""Clock: is it right, is it running, and does cron count the hours as the business does."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from sentinel_cli.doctor.findings import Finding, Lines, Pillar, lasting
from sentinel_cli.errors import Misconfigured

__all__ = ["ClockSeen", "judge_clock", "judge_skew"]

_LINES = Lines(Pillar.CLOCK, Misconfigured.exit_code)
# GHL's Date header has whole seconds, and an answer takes a moment.
_SKEW = timedelta(seconds=30)
_YEAR = 366


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockSeen:
    """`host` is the zone that cron goes by, None where it cannot be seen; `held_at` is SENTINEL_NOW."""

    now: datetime
    business: tzinfo
    host: tzinfo | None
    held_at: datetime | None = None


def judge_skew(skew: timedelta | None) -> list[Finding]:
    """The line about how far this clock is from GHL's; ahead is positive."""
    if skew is None:
        return [_LINES.skipped("clock", "not compared: GHL did not answer")]
    if abs(skew) <= _SKEW:
        return [_LINES.ok("clock", f"within {lasting(_SKEW)} of GHL's")]
    found = f"{lasting(skew)} {'ahead of' if skew > timedelta() else 'behind'} GHL's"
    return [_LINES.problem("clock", found, "sudo timedatectl set-ntp true; timedatectl timesync-status")]


def judge_clock(seen: ClockSeen) -> list[Finding]:
    """The lines about what the time is taken for."""
    return [*_held(seen), _zone(seen)]


def _held(seen: ClockSeen) -> list[Finding]:
    if seen.held_at is None:
        return []
    found = f"stands still at {seen.held_at:%Y-%m-%d %H:%M} UTC: a rehearsal"
    return [_LINES.warning("SENTINEL_NOW", found, "remove SENTINEL_NOW from .env before production")]


def _zone(seen: ClockSeen) -> Finding:
    check = "time zone"
    if seen.host is None:
        return _LINES.skipped(check, "the host's cannot be seen from within a container", "run doctor on the host")
    fix = f"sudo timedatectl set-timezone {seen.business}, then restart cron"
    differs = next(_differing(seen, seen.host), None)
    if differs is None:
        return _LINES.ok(check, f"cron's hours are those of {seen.business}, a year ahead")
    at, hours = differs
    when = "now" if at == seen.now else f"from {at:%b} {at.day} on"
    found = f"cron goes by {_name(seen.host, at)}, {when} {hours:+g} h from {seen.business}: letters go at wrong hours"
    return _LINES.problem(check, found, fix)


def _differing(seen: ClockSeen, host: tzinfo) -> Iterator[tuple[datetime, float]]:
    """When in the year ahead the two zones differ, and by how many hours; names prove nothing, offsets do."""
    for day in range(_YEAR):
        at = seen.now + timedelta(days=day)
        theirs, ours = at.astimezone(host).utcoffset(), at.astimezone(seen.business).utcoffset()
        if theirs != ours and theirs is not None and ours is not None:
            yield at, (theirs - ours) / timedelta(hours=1)


def _name(zone: tzinfo, at: datetime) -> str:
    return str(getattr(zone, "key", None) or at.astimezone(zone).tzname())
