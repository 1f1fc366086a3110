"""What happens, as one line per event on stderr: a name from a closed list, then fields; refuses to know any text.

    2026-11-23T14:00:02.118Z INFO letter.sent run=81 kind=summary slot=morning segments=3

For whoever reads `logs/cron.log` at night, and for grep. Never a message text, a full phone, a customer name or a
token: fields are ids, counts, codes and instants, and a field with a telltale name is printed as `***`.
"""

import json
import logging
import re
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Literal, TextIO, get_args

from sentinel_cli.domain.instants import instant_text
from sentinel_cli.errors import SentinelError

__all__ = ["EVENTS", "EventName", "bug", "configure", "event", "json_line", "running", "traceback_of"]

EventName = Literal[
    "delivery.failed",
    "delivery.recorded",
    "delivery.refused",
    "heartbeat.failed",
    "letter.claimed",
    "letter.doubted",
    "letter.expired",
    "letter.found",
    "letter.refused",
    "letter.sent",
    "letter.unfinished",
    "letter.unmarked",
    "order.answered",
    "order.dropped",
    "receiver.started",
    "receiver.stopped",
    "request.failed",
    "request.retried",
    "settings.exposed",
    "signature.unchecked",
]
EVENTS: frozenset[str] = frozenset(get_args(EventName))

Field = str | int | float | bool | datetime | None

_LEFT_OUT = "(its words are left out of a log: on a terminal they are shown)"
_LOGGER = logging.getLogger("sentinel")
_RUN: ContextVar[str] = ContextVar("run", default="-")
_BARE = re.compile(r"[A-Za-z0-9_.:/+@*-]+")
_TELLTALE = frozenset({"body", "message", "name", "payload", "phone", "secret", "text", "token"})


class _OneLine(logging.Formatter):
    """Instant, level, message: events and foreign records alike, and never more than one line without a traceback."""

    def format(self, record: logging.LogRecord) -> str:
        at = instant_text(datetime.fromtimestamp(record.created, UTC))
        line = f"{at} {record.levelname} {' '.join(_words(record).splitlines())}"
        error = record.exc_info[1] if record.exc_info else None
        return f"{line}\n{traceback_of(error)}" if error else line


def _words(record: logging.LogRecord) -> str:
    known = record.name.partition(".")[0] in {"sentinel", "uvicorn"}
    return record.getMessage() if known else f"{record.name} {_LEFT_OUT}"


class _Json(logging.Formatter):
    """The same as one JSON object a line: `at`, `level`, then `event`, `run` and its fields, or else `said`."""

    def format(self, record: logging.LogRecord) -> str:
        at = instant_text(datetime.fromtimestamp(record.created, UTC))
        told: Mapping[str, object] = getattr(record, "told", None) or {"said": _words(record)}
        error = record.exc_info[1] if record.exc_info else None
        return json_line({"at": at, "level": record.levelname, **told}, traceback_of(error) if error else None)


def _plain(value: object) -> str:
    return instant_text(value) if isinstance(value, datetime) else str(value)


def json_line(fields: Mapping[str, object], traceback: str | None = None) -> str:
    """One line of a log as a JSON object."""
    return json.dumps({**fields, **({"traceback": traceback} if traceback else {})}, ensure_ascii=False, default=_plain)


class _Handler(logging.StreamHandler[TextIO]):
    """Ours, so that a second `configure` finds and replaces it."""


def traceback_of(error: BaseException) -> str:
    """Where an error and those behind it were raised; of their words only ours, which hold nothing of a customer's.

    The words of any other may: a KeyError repeats the key, a UnicodeError the text.
    """
    parts: list[str] = []
    seen: set[int] = set()
    behind: BaseException | None = error
    while behind is not None and id(behind) not in seen:
        seen.add(id(behind))
        name = f"{type(behind).__module__}.{type(behind).__qualname__}".removeprefix("builtins.")
        words = f": {behind}" if isinstance(behind, SentinelError) else f" {_LEFT_OUT}"
        trace = "".join(traceback.format_tb(behind.__traceback__))
        parts.insert(0, f"Traceback (most recent call last):\n{trace}{name}{words}")
        behind = behind.__cause__ or (None if behind.__suppress_context__ else behind.__context__)
    return "\n\nafter which:\n\n".join(parts)


def bug(error: BaseException | None, stream: TextIO) -> None:
    """Tell a bug of this process on `stream` without the words of its errors (DESIGN §10).

    Once logs are JSON it is a line of theirs.
    """
    if any(isinstance(each.formatter, _Json) for each in _LOGGER.handlers):
        _LOGGER.critical("a bug", exc_info=error)
    else:
        print(traceback_of(error) if error else "an error without a trace", file=stream, flush=True)


def configure(stream: TextIO | None = None, level: int = logging.INFO, *, as_json: bool = False) -> None:
    """Events from `level` on go to `stream` (stderr) once each, however often this is called."""
    root = logging.getLogger()
    for logger in (_LOGGER, root):
        for handler in [each for each in logger.handlers if isinstance(each, _Handler)]:
            logger.removeHandler(handler)
    handler = _Handler(stream or sys.stderr)
    handler.setFormatter(_Json() if as_json else _OneLine())
    _LOGGER.addHandler(handler)
    # What libraries have to say would reach stderr in another form, and in their words.
    root.addHandler(handler)
    _LOGGER.setLevel(level)
    _LOGGER.propagate = False


@contextmanager
def running(run: int | str) -> Iterator[None]:
    """Every event within carries `run=`; outside of any run it is `-`."""
    token = _RUN.set(str(run))
    try:
        yield
    finally:
        _RUN.reset(token)


def event(name: EventName, /, *, level: int = logging.INFO, **fields: Field) -> None:
    """Log one event with its fields in the order given. Raises ValueError for a name outside the list."""
    if name not in EVENTS:
        raise ValueError(f"{name!r} is no event; the list is in log.py")
    if _LOGGER.isEnabledFor(level):
        kept = {key: "***" if key in _TELLTALE else value for key, value in fields.items()}
        told = {"event": name, "run": _RUN.get(), **kept}
        _LOGGER.log(level, "%s", _line(name, kept), extra={"told": told})


def _line(name: str, fields: Mapping[str, Field]) -> str:
    return " ".join((name, f"run={_RUN.get()}", *(f"{key}={_shown(value)}" for key, value in fields.items())))


def _shown(value: Field) -> str:
    match value:
        case None:
            return "-"
        case bool():
            return "1" if value else "0"
        case datetime():
            return instant_text(value)
        case _:
            text = str(value)
            return text if _BARE.fullmatch(text) else json.dumps(text)
