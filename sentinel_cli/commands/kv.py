"""`sentinel kv`: the watermarks, each an instant up to which a job has finished its work."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from sentinel_cli.errors import UsageProblem

from .options import AsJson
from .session import session_of
from .tables import Cell, Column

__all__ = ["show"]

_COLUMNS = (
    Column(name="key", wraps=True, least=21),
    Column(name="value", wraps=True, least=24),
    Column(name="when", wraps=True),
)
_LONGEST = 40
"""Beyond every instant and fingerprint; what the receiver says of itself would push the last column off the screen."""


def show(
    context: typer.Context,
    key: Annotated[str | None, typer.Argument(help="Only this key.", show_default=False)] = None,
    as_json: AsJson = False,
) -> None:
    """Show the watermarks, and how long ago they were.

    A long value is cut. With KEY, stdout holds the value alone and whole,
    for scripts.

    For example:
      sentinel kv show
      sentinel kv show last_summary_ts

    Exit codes: 2 no such key, 74 no database.
    """
    from sentinel_cli.opening import clock_of, open_store
    from sentinel_cli.store import kv

    session = session_of(context)
    settings = session.settings()
    with open_store(settings) as db:
        found = kv.items(db)
    now, zone, screen = clock_of(settings)(), settings.timezone, session.screen
    if key is not None:
        value = _value(key, found)
        if as_json:
            screen.json(_fields(key, value, zone))
        else:
            screen.line(value)
            if words := _when(value, now, zone):
                screen.note(words)
    elif as_json:
        screen.json({"items": [_fields(name, value, zone) for name, value in found], "total": len(found)})
    elif found:
        screen.table(
            _COLUMNS, [[Cell(name), Cell(_cut(value)), Cell(_when(value, now, zone))] for name, value in found]
        )
        if any(len(value) > _LONGEST for _, value in found):
            screen.note("long values are cut; whole ones: sentinel kv show KEY, or --json")
    else:
        screen.note("nothing is remembered yet: no job has run")


def _value(key: str, found: Sequence[tuple[str, str]]) -> str:
    import difflib

    values = dict(found)
    if key in values:
        return values[key]
    near = difflib.get_close_matches(key, values, n=3)
    said = f"did you mean {' or '.join(near)}?" if near else "sentinel kv show lists those there are"
    raise UsageProblem(f"no key {key!r}", advice=said)


def _cut(value: str) -> str:
    return value if len(value) <= _LONGEST else f"{value[: _LONGEST - 3]}..."


def _instant(value: str) -> datetime | None:
    from sentinel_cli.domain.instants import parse_instant

    try:
        return parse_instant(value)
    except ValueError:
        return None


def _when(value: str, now: datetime, zone: ZoneInfo) -> str:
    from .human import ago, local_time

    at = _instant(value)
    return f"{ago(at, now)}, {local_time(at, now, zone)}" if at else ""


def _fields(key: str, value: str, zone: ZoneInfo) -> dict[str, object]:
    at = _instant(value)
    return {
        "key": key,
        "value": value,
        "local": at.astimezone(zone).isoformat(timespec="seconds") if at else None,
    }
