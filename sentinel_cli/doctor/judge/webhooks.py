"""Webhooks, the traffic: do deliveries come, do they tell of what customers wrote, can they be read."""

from dataclasses import dataclass
from datetime import timedelta

from sentinel_cli.doctor.findings import Finding, Lines, Pillar, ago, lasting, many

__all__ = ["WebhooksSeen", "judge_webhooks"]

_LINES = Lines(Pillar.WEBHOOKS)
_SETUP = "look at both workflows in GHL: published, right URL and secret (docs/ghl-setup.md, 2)"
_QUIET = timedelta(hours=2)
_LONG_QUIET = timedelta(hours=18)
# As the resolver says it: one or two lost posts are what sweeps are for, three in a row are a closed door.
_SILENT_FROM = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhooksSeen:
    """`age` is the time since the newest delivery, None without one; `silent_for` is that in business time.

    `unseen_since` counts customers' messages after it that only GHL has shown us; `messages` and `missed` those of the
    last `days` days. `unrouted` is None where every call counts.
    """

    days: int
    deliveries: int
    age: timedelta | None
    silent_for: timedelta
    unseen_since: int
    messages: int
    missed: int
    broken: int = 0
    undecodable: int = 0
    short_calls: int = 0
    short_below: int = 60
    unrouted: int | None = None


def judge_webhooks(seen: WebhooksSeen) -> list[Finding]:
    """The lines about deliveries."""
    return [_newest(seen), _missed(seen), *_unreadable(seen), _short(seen), *_unrouted(seen)]


def _newest(seen: WebhooksSeen) -> Finding:
    check = "last delivery"
    if seen.age is None:
        return _LINES.problem(check, "none has ever come", _SETUP)
    said = ago(seen.age)
    if seen.silent_for > _QUIET and seen.unseen_since >= _SILENT_FROM:
        found = f"{said}; since then {many(seen.unseen_since, 'customer message')} came without any"
        return _LINES.problem(check, found, _SETUP)
    if seen.silent_for > _LONG_QUIET:
        return _LINES.warning(
            check, f"{said}, {lasting(seen.silent_for)} of business time", f"if customers wrote: {_SETUP}"
        )
    return _LINES.ok(check, said)


def _missed(seen: WebhooksSeen) -> Finding:
    check = "customer messages"
    span = f"of the last {seen.days} days"
    if not seen.messages:
        return _LINES.ok(check, f"GHL has shown none {span}")
    if seen.missed:
        found = f"{seen.missed} of {seen.messages} {span} had no delivery; sweeps found them, later"
        return _LINES.warning(check, found, f"{_SETUP}; re-entry allowed; no filter but SMS")
    return _LINES.ok(check, f"all {seen.messages} {span} had a delivery")


def _unreadable(seen: WebhooksSeen) -> list[Finding]:
    check = "readable"
    if seen.broken:
        found = f"{many(seen.broken, 'delivery', 'deliveries')} could not be read: customers may be in them"
        return [
            _LINES.problem(check, found, "sentinel deliveries list --outcome error; poll-resolver tries them again")
        ]
    if seen.undecodable:
        bodies = many(seen.undecodable, "body", "bodies")
        found = f"{bodies} of the last {seen.days} days: neither JSON nor a form"
        return [_LINES.warning(check, found, "sentinel deliveries list --outcome undecodable")]
    return [_LINES.ok(check, f"all of {seen.deliveries} deliveries")] if seen.deliveries else []


def _short(seen: WebhooksSeen) -> Finding:
    check = "short calls"
    if not seen.short_calls:
        return _LINES.ok(check, f"no completed call under {seen.short_below}s in the last {seen.days} days")
    calls = many(seen.short_calls, "completed call")
    found = f"{calls} under {seen.short_below}s in the last {seen.days} days: perhaps a mobile's voicemail took them"
    fix = "GHL, phone number: Call Connect on, or an Incoming Call Timeout below the carrier's voicemail"
    return _LINES.warning(check, found, fix)


def _unrouted(seen: WebhooksSeen) -> list[Finding]:
    check = "call route"
    if seen.unrouted is None:
        return []
    if not seen.unrouted:
        return [_LINES.ok(check, f"every missed call of the last {seen.days} days opened an issue")]
    found = f"{many(seen.unrouted, 'missed call')} opened nothing: no delivery held CALL_ROUTE_VALUE"
    return [
        _LINES.warning(check, found, "look at the workflow's route field, or empty CALL_ROUTE_FIELD: all calls count")
    ]
