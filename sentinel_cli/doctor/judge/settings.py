"""Settings: are those present that everything needs, are they plausible, and who else can read them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sentinel_cli.doctor.findings import Finding, Lines, Pillar, many
from sentinel_cli.errors import Misconfigured

__all__ = ["SettingsSeen", "judge_settings"]

_LINES = Lines(Pillar.SETTINGS, Misconfigured.exit_code)
_NAME = re.compile(r"[A-Z][A-Z_]+[A-Z]")
# GHL.md 5: what every Private Integration token and location id seen so far looks like.
_TOKEN_BEGINS = "pit-"  # noqa: S105
_LOCATION_LENGTH = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsSeen:
    """`set_` counts each required setting's characters (of each secret, where there are two), never their text.

    `problems` are lines that begin with the setting they are about; `stray` pairs a setting with what nobody typed.
    `exposed` says how others can get at `.env`; `rehearsal` that GHL is a stand-in on this machine.
    """

    home: str
    env_file: bool = True
    exposed: str | None = None
    problems: Sequence[str] = ()
    stray: Sequence[tuple[str, str]] = ()
    set_: Sequence[tuple[str, Sequence[int]]] = ()
    token_begins: str = _TOKEN_BEGINS
    staff: int = 1
    rehearsal: bool = False
    secret_in_query: bool = False


def judge_settings(seen: SettingsSeen) -> list[Finding]:
    """The lines about `.env` and the environment."""
    return [
        _env(seen),
        *(_LINES.problem(_about(line), _said(line), _fix(seen, line)) for line in seen.problems),
        *(_required(seen, name, lengths) for name, lengths in seen.set_ if not _is_told(seen, name)),
        *(_stray(seen, name, what) for name, what in seen.stray),
        _staff(seen),
        *([_QUERY] if seen.secret_in_query else []),
    ]


_QUERY = _LINES.warning(
    "WEBHOOK_ALLOW_QUERY_SECRET",
    "the secret may come as ?secret=, and addresses end up in logs",
    "let the workflows send it as X-NTPP-Secret or customData.sentinel_secret, then remove the setting",
)


def _env_path(seen: SettingsSeen) -> str:
    return f"{seen.home}/.env"


def _env(seen: SettingsSeen) -> Finding:
    path = _env_path(seen)
    if not seen.env_file:
        fix = f"cp .env.example {path}, chmod 600, fill it in: cron has no other environment"
        return _LINES.warning(".env", f"{path} does not exist: only the environment counts", fix)
    if seen.exposed:
        return _LINES.problem(".env", f"{path} {seen.exposed}", f"chmod 600 {path}")
    return _LINES.ok(".env", f"{path}, only its owner can read it")


def _is_unread(seen: SettingsSeen, line: str) -> bool:
    return line.startswith(f"{_env_path(seen)} cannot be read")


def _fix(seen: SettingsSeen, line: str) -> str:
    path = _env_path(seen)
    if _is_unread(seen, line):
        return f"file {path}; ls -l {path}; save it as UTF-8, owned by the user who runs this and cron"
    return f"mend it in {path}"


def _about(line: str) -> str:
    name = _NAME.match(line)
    return name[0] if name else ".env"


def _said(line: str) -> str:
    """The line without the name that stands before it on the screen."""
    return line.removeprefix(_about(line)).lstrip("=: ")


def _is_told(seen: SettingsSeen, name: str) -> bool:
    return any(_about(line) == name for line in seen.problems)


def _required(seen: SettingsSeen, name: str, lengths: Sequence[int]) -> Finding:
    if not lengths and any(_is_unread(seen, line) for line in seen.problems):
        return _LINES.skipped(name, "not known: .env cannot be read")
    if not lengths:
        return _LINES.problem(name, "is not set", f"set {name} in {_env_path(seen)} (see .env.example)")
    if name == "GHL_TOKEN" and not seen.rehearsal and seen.token_begins != _TOKEN_BEGINS:
        fix = "copy the Private Integration token anew: GHL shows it once, it begins with pit-"
        return _LINES.warning(name, f"set, {lengths[0]} characters, but does not begin with pit-", fix)
    if name == "GHL_LOCATION_ID" and not seen.rehearsal and lengths[0] != _LOCATION_LENGTH:
        fix = "copy it from the address of the sub-account: .../location/<id>/..."
        return _LINES.warning(name, f"set, {lengths[0]} characters; GHL's have {_LOCATION_LENGTH}", fix)
    if name == "MANAGER_CONTACT_IDS":
        return _LINES.ok(name, many(len(lengths), "manager"))
    return _LINES.ok(name, f"set, {' and '.join(map(str, lengths))} characters")


def _stray(seen: SettingsSeen, name: str, what: str) -> Finding:
    if "quote" in what:
        fix = f"write {name}=value without quotes in {_env_path(seen)}, or in the environment"
        return _LINES.problem(name, f"holds {what}", fix)
    fix = f"sed -i 's/[[:space:]]*$//' {_env_path(seen)}"
    return _LINES.warning(name, f"holds {what}: Sentinel drops it, other readers may not", fix)


def _staff(seen: SettingsSeen) -> Finding:
    if seen.staff:
        return _LINES.ok("INTERNAL_USER_IDS", f"{many(seen.staff, 'person', 'people')} whose replies are answers")
    return _LINES.warning(
        "INTERNAL_USER_IDS",
        "is empty: every user of the location counts as staff, an AI bot with a login too",
        "list the GHL user ids of the people who answer customers",
    )
