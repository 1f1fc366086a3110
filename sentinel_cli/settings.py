"""What the operator has set, from the environment and `.env`, as one frozen value; the only module that reads either.

Refuses to know what a command needs: a command asks with `Settings.require`.
"""

import difflib
import os
import re
import stat
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, time, timedelta, tzinfo
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from dotenv.parser import Binding, parse_stream

from sentinel_cli import setting_values as read
from sentinel_cli.domain.hours import BusinessHours, parse_business_hours
from sentinel_cli.domain.vocabulary import Channel
from sentinel_cli.errors import Misconfigured
from sentinel_cli.setting_table import SETTINGS, Setting

__all__ = [
    "CHECKOUT",
    "SETTINGS",
    "Salvage",
    "Setting",
    "Settings",
    "environment",
    "exposed",
    "load_settings",
    "logs_json",
    "salvage",
    "unused_names",
    "webhook_secrets",
    "zone_of",
]


def _checkout() -> Path:
    """Where the code comes from: the checkout that it runs from, or in whose environment `make install` has put it."""
    code = Path(__file__).resolve().parent.parent
    places = [code, *Path(sys.prefix).resolve().parents[:2]]
    return next((place for place in places if (place / "pyproject.toml").is_file()), code)


CHECKOUT = _checkout()
SHORTEST_SECRET = 16


_NAMES = {setting.name: setting for setting in SETTINGS}
_OURS = (*_NAMES, "SENTINEL_HOME")
# Shorter names of ours are words of other programs too (CHANNEL, TIME_ZONE): in the environment they prove nothing.
_UNMISTAKABLE = tuple(name for name in _OURS if len(name) > len("TIMEZONE"))
# compose.yaml reads them from the same file.
_OF_COMPOSE = frozenset({"SENTINEL_SITE", "SENTINEL_UID", "SENTINEL_GID"})
_ALIKE = 0.88
_LETTERS = {name: frozenset(name) for name in _OURS}
# So many letters and digits in one word are nobody's hours or zone; before the @ of an address is a password.
_LOOKS_SECRET = re.compile(r"(?=[\w+=-]*\d)(?=[\w+=-]*[A-Za-z])[\w+=-]{16,}|://[^/]*@")
_PRIVATE_INTEGRATION = r"pit-[0-9A-Za-z-]+"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything the operator has set, read and checked; secrets are in no repr. Paths are absolute."""

    home: Path
    webhook_secret: tuple[str, ...] = field(repr=False)
    webhook_public_keys: tuple[bytes, ...]
    ghl_token: str = field(repr=False)
    ghl_location_id: str
    manager_contact_ids: tuple[str, ...]
    internal_contact_ids: tuple[str, ...]
    internal_user_ids: frozenset[str]
    ghl_base_url: str
    ghl_version: str
    ghl_app_base: str
    db_path: Path
    timezone: ZoneInfo
    business_hours: BusinessHours
    sms_sla: timedelta
    call_sla: timedelta
    escalate_after: timedelta
    channels: frozenset[Channel]
    letter_hours: tuple[time, time]
    call_attempt_resolves: bool
    answered_call_min: timedelta
    ack_window: timedelta
    auto_reply_words: frozenset[str]
    call_route_field: str
    call_route_value: str
    summary_max_items: int
    sms_segment_price: Decimal | None
    raw_events_retention: timedelta
    backup_keep: int
    allow_query_secret: bool
    healthcheck_poll_resolver: str = field(repr=False)
    healthcheck_send_summary: str = field(repr=False)
    healthcheck_send_alerts: str = field(repr=False)
    healthcheck_run_orders: str = field(repr=False)
    healthcheck_db_backup: str = field(repr=False)
    healthcheck_prune: str = field(repr=False)
    log_format: str
    receiver_url: str
    site: str
    container_uid: int
    container_gid: int
    now: datetime | None

    @property
    def internal_contacts(self) -> frozenset[str]:
        """Contacts whose messages open no issue: colleagues and managers."""
        return frozenset(self.internal_contact_ids) | frozenset(self.manager_contact_ids)

    def healthcheck_url(self, job: str) -> str:
        """What is asked when the job begins and ends, "" where it is not set."""
        name = "db_backup" if job == "backup" else job.replace("-", "_")
        return str(getattr(self, f"healthcheck_{name}"))

    def require(self, *names: str) -> None:
        """Raise Misconfigured with a line for each named setting that is not set."""
        missing = [name for name in names if not getattr(self, _NAMES[name].field)]
        if missing:
            advice = f"set {'it' if len(missing) == 1 else 'them'} in {self.home / '.env'} (see .env.example)"
            raise Misconfigured([f"{name} is not set" for name in missing], advice=advice)


def environment() -> Mapping[str, str]:
    """The process's environment, for whoever starts things: the one place where it is read."""
    return os.environ  # noqa: TID251  # this is the place the ban points to


def load_settings(environ: Mapping[str, str], cwd: Path, checkout: Path | None) -> Settings:
    """The settings in force: `environ`, else home's `.env`, else the default; an empty value is the default.

    Nothing is required here. Raises Misconfigured with every strange value at once, secrets left out.
    """
    found = salvage(environ, cwd, checkout)
    if found.problems:
        raise Misconfigured(found.problems, advice=f"mend {found.settings.home / '.env'} or the environment")
    return found.settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Salvage:
    """What can be read where not all can. The `unreadable` settings hold their defaults; `stray` is what nobody typed.

    `problems` are those of `load_settings`; `stray` pairs a setting's name with `a carriage return` and the like.
    """

    settings: Settings
    problems: Sequence[str]
    unreadable: frozenset[str]
    stray: Sequence[tuple[str, str]]


def salvage(environ: Mapping[str, str], cwd: Path, checkout: Path | None) -> Salvage:
    """As `load_settings`, but every problem is told beside the settings. Raises Misconfigured where home is unknown."""
    home = _home(environ, cwd, checkout)
    in_file, problems = _env_file(home / ".env")
    texts = {name: text.strip() for name, text in {**in_file, **_ours_of(environ)}.items() if text.strip()}
    problems += _near_misses(in_file, _OURS) + _near_misses(environ, _UNMISTAKABLE)
    problems += _misplaced_home(in_file, home)
    values, strange = _values(texts)
    contradictions = _contradictions(values)
    problems += list(strange.values()) or list(contradictions.values())
    unreadable = frozenset([*strange, *(name for names in contradictions for name in names)])
    values |= _values({name: text for name, text in texts.items() if name not in unreadable})[0]
    values |= {"home": home, "db_path": home / values["db_path"], "business_hours": _business_hours(values, texts)}
    return Salvage(
        settings=Settings(**{each.name: values[each.name] for each in fields(Settings)}),
        problems=_without_secrets(problems, texts),
        unreadable=unreadable,
        stray=_stray(environ, home / ".env"),
    )


def zone_of(environ: Mapping[str, str], cwd: Path, checkout: Path | None) -> tzinfo:
    """The business's time zone as far as it can be read where `load_settings` fails, else UTC."""
    try:
        return read.zone(_text_of("TIMEZONE", environ, cwd, checkout))
    except (Misconfigured, ValueError):
        return UTC


def logs_json(environ: Mapping[str, str], cwd: Path, checkout: Path | None) -> bool:
    """Whether logs are wanted as JSON, as far as that can be read where `load_settings` fails, else not."""
    try:
        return read.log_format(_text_of("LOG_FORMAT", environ, cwd, checkout)) == "json"
    except (Misconfigured, ValueError):
        return False


def _text_of(name: str, environ: Mapping[str, str], cwd: Path, checkout: Path | None) -> str:
    in_file, _ = _env_file(_home(environ, cwd, checkout) / ".env")
    return {**in_file, **environ}.get(name, "").strip() or _NAMES[name].default


def exposed(home: Path) -> str | None:
    """How far `.env`, which holds the secrets, is open to others, e.g. `is readable by others (mode 644)`."""
    try:
        mode = stat.S_IMODE((home / ".env").stat().st_mode)
    except OSError:
        return None
    if mode & (stat.S_IWGRP | stat.S_IWOTH):
        return f"is writable by others (mode {mode:o})"
    return f"is readable by others (mode {mode:o})" if mode & (stat.S_IRGRP | stat.S_IROTH) else None


def webhook_secrets(settings: Settings) -> tuple[str, ...]:
    """The secrets a webhook may show. Raises Misconfigured when there is none, or one is short or a placeholder."""
    settings.require("WEBHOOK_SECRET")
    numbered = enumerate(settings.webhook_secret, 1)
    problems = [f"WEBHOOK_SECRET: secret {n} {wrong}" for n, secret in numbered if (wrong := _weakness(secret))]
    if problems:
        raise Misconfigured(problems, advice='make one: python3 -c "import secrets; print(secrets.token_urlsafe(32))"')
    return settings.webhook_secret


def _weakness(secret: str) -> str:
    if len(secret) < SHORTEST_SECRET:
        return f"is shorter than {SHORTEST_SECRET} characters"
    return "is a placeholder" if read.is_placeholder(secret) else ""


def _home(environ: Mapping[str, str], cwd: Path, checkout: Path | None) -> Path:
    named = environ.get("SENTINEL_HOME", "").strip()
    if named:
        home = cwd / named
        if _is(stat.S_ISDIR, home):
            return home
        raise Misconfigured(
            [f"SENTINEL_HOME: {home} is not a directory"],
            advice="set SENTINEL_HOME to the directory that holds Sentinel's .env; cron's is the crontab's first line",
        )
    for place in (cwd, checkout):
        if place is not None and _is(stat.S_ISREG, place / ".env"):
            return place
    raise Misconfigured(
        ["SENTINEL_HOME is not set, and neither the working directory nor the checkout holds a .env"],
        advice="set SENTINEL_HOME to the directory that holds Sentinel's .env, or run from there",
    )


def _is(kind: Callable[[int], bool], path: Path) -> bool:
    """Whether such a thing is there; a path that cannot be looked at leads to none."""
    try:
        return kind(path.stat().st_mode)
    except (OSError, ValueError):
        return False


def _env_file(path: Path) -> tuple[dict[str, str], list[str]]:
    """What `.env` says, nothing interpolated ($ is a letter like any other), and the lines nobody can read."""
    try:
        with path.open(encoding="utf-8-sig") as stream:
            # Not dotenv_values: it only logs a line that it cannot read, and a setting would be lost in silence.
            lines = list(parse_stream(stream))
    except FileNotFoundError:
        return {}, []
    except UnicodeDecodeError:
        return {}, [f"{path} cannot be read: it is not UTF-8 text"]
    except OSError as error:
        return {}, [f"{path} cannot be read: {error.strerror}"]
    values = {line.key: line.value for line in lines if line.key is not None and line.value is not None}
    return values, _strange_lines(lines)


def unused_names(settings: Settings) -> list[str]:
    """The names in `.env` that are neither ours nor compose's, such as those of another service, in order."""
    in_file, _ = _env_file(settings.home / ".env")
    return sorted(set(in_file) - set(_OURS) - _OF_COMPOSE)


def _stray(environ: Mapping[str, str], path: Path) -> list[tuple[str, str]]:
    """What stands at the ends of our settings' values as they are, before anything is trimmed."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            lines = [line for line in parse_stream(stream) if line.key is not None and line.value is not None]
    except (OSError, UnicodeDecodeError):
        lines = []
    ends = {line.key: "\r" if "\r" in line.original.string else "" for line in lines}
    as_they_are = {line.key: f"{line.value}{ends[line.key]}" for line in lines} | _ours_of(environ)
    return [(name, what) for name in _NAMES if (what := read.stray(as_they_are.get(name, "")))]


def _strange_lines(lines: Sequence[Binding]) -> list[str]:
    """A problem for each line that sets nothing, or one of ours once more: only one of the two can hold."""
    problems = []
    seen: dict[str, int] = {}
    for line in lines:
        number = _number(line)
        if line.error or (line.key is not None and line.value is None):
            problems.append(f".env line {number} is not NAME=value")
        elif line.key in seen:
            problems.append(f".env line {number}: {line.key} stands in line {seen[line.key]} already")
        elif line.key in _OURS:
            seen[line.key] = number
    return problems


def _number(line: Binding) -> int:
    """Where its name stands: dotenv counts from the blank lines above it."""
    text = line.original.string
    return line.original.line + text[: len(text) - len(text.lstrip())].count("\n")


def _ours_of(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: environ[name] for name in _NAMES if name in environ}


def _near_misses(given: Iterable[str], names: Sequence[str]) -> list[str]:
    """A line for each name that is nearly one of ours: somebody believes it is set."""
    problems = []
    for name in given:
        alike = () if name in _OURS else difflib.get_close_matches(name.upper(), _like(name.upper(), names), 1, _ALIKE)
        if alike:
            problems.append(f"{name} is no setting; did you mean {alike[0]}?")
    return problems


def _like(name: str, names: Iterable[str]) -> list[str]:
    """Those that can be so much alike by their letters: cheap, for every command asks it of the whole environment."""
    letters = set(name)
    return [each for each in names if len(letters ^ _LETTERS[each]) <= (1 - _ALIKE) * (len(name) + len(each))]


def _misplaced_home(in_file: Mapping[str, str], home: Path) -> list[str]:
    named = in_file.get("SENTINEL_HOME", "").strip()
    if not named or Path(named) == home:
        return []
    return [f"SENTINEL_HOME: it cannot move from within {home / '.env'}; set it in the environment"]


def _values(texts: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Every setting's value by field, and a line for each that cannot be read, by name; it holds its default then."""
    values: dict[str, Any] = {}
    problems = {}
    for setting in SETTINGS:
        try:
            values[setting.field] = setting.read(texts.get(setting.name, setting.default))
        except ValueError as error:
            problems[setting.name] = _problem(setting, texts[setting.name], error)
            values[setting.field] = setting.read(setting.default)
    return values, problems


def _problem(setting: Setting, text: str, error: ValueError) -> str:
    if setting.secret:
        return f"{setting.name} {error}"
    wrong = str(error).removeprefix("business hours: ").removeprefix(f"{text.strip()!r}: ")
    example = f"for example {setting.name}={setting.example or setting.default}"
    if _LOOKS_SECRET.search(text):
        # It may be one, in the wrong variable.
        return f"{setting.name} {'is strange' if _LOOKS_SECRET.search(wrong) else wrong}; {example}"
    return f"{setting.name}={text[:80]!r}: {wrong}; {example}"


def _contradictions(values: Mapping[str, Any]) -> dict[tuple[str, ...], str]:
    """A line for the settings that cannot hold together, by their names."""
    problems: dict[tuple[str, ...], str] = {}
    if values["now"] and not read.is_loopback(values["ghl_base_url"]):
        problems["SENTINEL_NOW",] = "SENTINEL_NOW: a fixed clock is refused unless GHL_BASE_URL is a loopback address"
    if bool(values["call_route_field"]) != bool(values["call_route_value"]):
        problems["CALL_ROUTE_FIELD", "CALL_ROUTE_VALUE"] = "CALL_ROUTE_FIELD and CALL_ROUTE_VALUE: set both or neither"
    opens, closes = _older_hours(values)
    if opens >= closes:
        problems["BUSINESS_HOURS_START", "BUSINESS_HOURS_END"] = (
            f"BUSINESS_HOURS_START ({opens}) is not before BUSINESS_HOURS_END ({closes})"
        )
    return problems


def _older_hours(values: Mapping[str, Any]) -> tuple[str, str]:
    return values["opens"] or "08:00", values["closes"] or "17:00"


def _business_hours(values: Mapping[str, Any], texts: Mapping[str, str]) -> BusinessHours:
    weekly = values["weekly"]
    if "BUSINESS_HOURS" not in texts:
        weekly = parse_business_hours("Mon-Fri {}-{}".format(*_older_hours(values)))
    return BusinessHours(weekly=weekly, zone=values["timezone"], closed_on=values["closed_on"])


def _without_secrets(problems: Iterable[str], texts: Mapping[str, str]) -> list[str]:
    """The lines with every secret removed by value: one may stand in the wrong variable."""
    secrets = [part for setting in SETTINGS if setting.secret for part in read.items(texts.get(setting.name, ""))]
    whole = [re.escape(secret) for secret in secrets if len(secret) >= SHORTEST_SECRET]
    hidden = re.compile("|".join([_PRIVATE_INTEGRATION, *whole]))
    return [hidden.sub("***", problem) for problem in problems]
