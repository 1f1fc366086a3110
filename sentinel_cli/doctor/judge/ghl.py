"""GHL: does it answer, does it take our token for this location, and does the token carry each scope we need."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from sentinel_cli.doctor.findings import Finding, Lines, Pillar, many
from sentinel_cli.errors import GhlRefused, GhlRejected, SentinelError

__all__ = ["SCOPES", "Answered", "Asked", "GhlSeen", "judge_ghl"]

_LINES = Lines(Pillar.GHL, GhlRefused.exit_code)
SCOPES = (
    "users.readonly",
    "conversations.readonly",
    "conversations/message.readonly",
    "contacts.readonly",
    "conversations/message.write",
)
_FEW_LEFT = 10_000


class Answered(StrEnum):
    """What became of one question."""

    WELL = "well"
    NO_SCOPE = "no scope"
    NO_TOKEN = "no token"  # noqa: S105
    NO_LOCATION = "no location"
    AWAY = "away"
    STRANGELY = "strangely"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One harmless question; `error` is what it ended with."""

    answered: Answered
    error: SentinelError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GhlSeen:
    """`asked` has an entry for each scope that could be asked about, in order; `cause` says why none could.

    `unknown_staff` are ids of INTERNAL_USER_IDS that no user of the location has, `unknown_colleagues` ids of
    INTERNAL_CONTACT_IDS that no contact has.
    """

    cause: str = ""
    asked: Mapping[str, Asked] = field(default_factory=dict)
    export_withheld: bool = False
    users: int = 0
    unknown_staff: Sequence[str] = ()
    unknown_colleagues: Sequence[str] = ()
    left_today: int | None = None


def judge_ghl(seen: GhlSeen) -> list[Finding]:
    """The lines about GHL's API."""
    if seen.cause:
        return [_LINES.skipped("token and scopes", seen.cause)]
    away = next((each for each in seen.asked.values() if each.answered is Answered.AWAY), None)
    if away and away.error and not _with(seen, Answered.WELL):
        return [_LINES.failed("GHL answers", away.error)]
    if token := _with(seen, Answered.NO_TOKEN):
        found = "GHL does not know it (401)"
        return [_LINES.problem("token", found, token.error.advice if token.error else "")]
    said = [_LINES.ok("token", "GHL knows it"), _location(seen), *(_scope(seen, scope) for scope in SCOPES)]
    return said + _ids(seen) + _left(seen)


def _with(seen: GhlSeen, answered: Answered) -> Asked | None:
    return next((each for each in seen.asked.values() if each.answered is answered), None)


def _location(seen: GhlSeen) -> Finding:
    if _with(seen, Answered.NO_LOCATION):
        fix = "copy GHL_LOCATION_ID from the address of the sub-account in which the token was made"
        return _LINES.problem("location", "the token does not open GHL_LOCATION_ID", fix)
    if any(scope != "contacts.readonly" and one.answered is Answered.WELL for scope, one in seen.asked.items()):
        return _LINES.ok("location", "the token opens it")
    return _LINES.skipped("location", "no question about it was answered")


def _scope(seen: GhlSeen, scope: str) -> Finding:
    asked, check = seen.asked.get(scope), scope.rpartition("/")[2]
    if asked is None:
        nobody = scope == "contacts.readonly" and not _with(seen, Answered.AWAY)
        why = "MANAGER_CONTACT_IDS names nobody to ask about" if nobody else "GHL fell silent before it came to that"
        return _LINES.skipped(check, why)
    if asked.answered is Answered.WELL:
        return _granted(seen, scope, check)
    if asked.answered is Answered.NO_SCOPE:
        fix = f"GHL, Settings, Private Integrations: edit this one and tick {scope} (docs/ghl-setup.md, 1)"
        return _LINES.problem(check, f"the token lacks {scope}", fix)
    if asked.answered is Answered.NO_LOCATION or asked.error is None:
        return _LINES.skipped(check, "GHL refused the location before it came to that")
    return _LINES.failed(check, asked.error)


def _granted(seen: GhlSeen, scope: str, check: str) -> Finding:
    if scope == "conversations/message.readonly" and seen.export_withheld:
        found = "granted, but not the export: sweeps read conversation by conversation, slower"
        return _LINES.warning(check, found, "nothing is lost; ask GHL's support why messages/export is refused")
    if scope == "conversations/message.write":
        return _LINES.ok(check, "GHL read an empty text to nobody; --send-test proves a real one")
    return _LINES.ok(check, "granted" if check == scope else f"{scope} is granted")


def _ids(seen: GhlSeen) -> list[Finding]:
    found = []
    if seen.unknown_staff:
        said = f"no user of the location has {', '.join(seen.unknown_staff)}: replies of theirs count"
        found.append(_LINES.warning("INTERNAL_USER_IDS", said, "remove ids of people who left; look for typing errors"))
    elif seen.users:
        found.append(_LINES.ok("users", many(seen.users, "user")))
    if seen.unknown_colleagues:
        said = f"GHL has no contact {', '.join(seen.unknown_colleagues)}"
        fix = "copy the id from the contact's address in GHL"
        found.append(_LINES.problem("INTERNAL_CONTACT_IDS", said, fix, GhlRejected.exit_code))
    return found


def _left(seen: GhlSeen) -> list[Finding]:
    if seen.left_today is None:
        return []
    said = f"{seen.left_today} left for today"
    if seen.left_today < _FEW_LEFT:
        return [_LINES.warning("requests", said, "look for what else asks that much of this location's API")]
    return [_LINES.ok("requests", said)]
