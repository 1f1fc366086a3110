"""What each command prints with `--json`, read off what it prints in the demo's company; knows no field by name."""

import io
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

from sentinel_cli.cli import main as sentinel
from sentinel_cli.cli import root
from sentinel_cli.commands.demo import stage
from sentinel_cli.commands.session import Session
from sentinel_cli.commands.tables import Screen
from sentinel_cli.sandbox.sample import MANAGERS

__all__ = ["shapes_section"]

_AT = "2026-11-23T14:20:00Z"
# What other people's programs wrote: its fields are theirs.
_OPAQUE = {"payload", "evidence"}
_WORDS = {bool: "true or false", int: "number", float: "number", dict: "object", type(None): "null"}
_VERBS = ("resolve", "reopen", "spam", "unspam", "note", "snooze", "unsnooze")
_EACH = [str(issue) for issue in range(1, 8)]
# What is typed in turn; of a command that is typed several times what was printed is taken together.
_TYPED: Sequence[Sequence[str]] = (
    ["--json"],
    ["issues", "resolve", "2", "3", "999"],
    ["issues", "reopen", "2"],
    ["issues", "spam", "6", "--yes"],
    ["issues", "unspam", "6"],
    ["issues", "note", "1", "gate code is 4471"],
    ["issues", "snooze", "1", "--for", "2h"],
    ["issues", "unsnooze", "7"],
    ["issues", "list", "--status", "all", "--snoozed"],
    ["issues", "list", "--status", "all"],
    *(["issues", "show", issue] for issue in _EACH),
    *(["issues", "explain", issue] for issue in _EACH),
    ["issues", "open", "3"],
    ["deliveries", "list"],
    *(["deliveries", "show", delivery] for delivery in _EACH),
    ["deliveries", "replay", "1", "--dry-run"],
    ["jobs", "list"],
    ["jobs", "show", "1"],
    ["ghl", "whoami"],
    ["ghl", "managers"],
    ["ghl", "users"],
    ["cron", "show"],
    ["cron", "check"],
    ["kv", "show"],
    ["report"],
    ["doctor"],
    ["poll-resolver"],
    ["send-summary", "--slot", "midday", "--force"],
    ["run-orders"],
    ["send-alerts", "--dry-run"],
    ["prune"],
    ["db", "migrate"],
    ["db", "check"],
    ["db", "backup"],
    ["db", "restore", f"data/backups/sentinel-{_AT.translate({ord(mark): None for mark in '-:'})}.db"],
    ["db", "rebuild"],
)


def shapes_section() -> str:
    """Each command with the fields of its JSON, and what they hold."""
    return "\n\n".join(
        f"### sentinel {name}\n\n" + "\n".join(_objects(_merged([shape for _, shape in shapes])))
        for name, shapes in groupby(_printed(), key=lambda printed: printed[0])
    )


def _printed() -> Iterator[tuple[str, Any]]:
    """What every command of the list printed, by its name, once the demo has been played."""
    with tempfile.TemporaryDirectory() as home:
        silent = Session(environ={}, cwd=Path(home), checkout=None, screen=_screen())

        def typed(argv: Sequence[str], session: Session) -> object:
            return root().main(args=list(argv), prog_name="sentinel", standalone_mode=False, obj=session)

        with stage(silent, Path(home), typed) as played:
            played.run()
            played.world.inbound_text(next(iter(MANAGERS)), "List")
            for argv in _TYPED:
                session = replace(silent, environ={"SENTINEL_HOME": home, "SENTINEL_NOW": _AT}, screen=_screen())
                sentinel(argv if "--json" in argv else [*argv, "--json"], session)
                yield _name(argv), _shape(json.loads(session.screen.out.getvalue()))  # type: ignore[attr-defined]


def _screen() -> Screen:
    return Screen(out=io.StringIO(), err=io.StringIO())


def _name(argv: Sequence[str]) -> str:
    if argv[0] == "issues" and argv[1] in _VERBS:
        return f"issues {'&#124;'.join(_VERBS)} --json"
    inner = root().commands.get(argv[0])
    return " ".join(argv[: 2 if hasattr(inner, "commands") else 1]) + ("" if argv[0] == "--json" else " --json")


def _shape(value: Any, key: str = "") -> Any:
    """A value's shape: a mapping for an object, a list of one shape for a list, a set of words for anything else."""
    if isinstance(value, dict) and key not in _OPAQUE:
        return {name: _shape(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [_merged([_shape(inner) for inner in value])]
    if isinstance(value, str):
        return {"instant" if key.endswith("_ts") else "text"}
    return {_WORDS[type(value)]}


def _merged(shapes: Sequence[Any]) -> Any:
    """What fits all of them; a null beside an object or a list is not told."""
    objects = [shape for shape in shapes if isinstance(shape, Mapping)]
    lists = [shape for shape in shapes if isinstance(shape, list)]
    if objects:
        names = dict.fromkeys(name for shape in objects for name in shape)
        return {name: _merged([shape[name] for shape in objects if name in shape]) for name in names}
    if lists:
        return [_merged([inner for shape in lists for inner in shape])]
    return set[str]().union(*shapes)


def _objects(shape: Any, path: str = "") -> Iterator[str]:
    """A line for an object, and for each object in it."""
    if isinstance(shape, list):
        yield from _objects(shape[0], f"{path}[]")
    elif isinstance(shape, Mapping):
        fields = ", ".join(f"`{name}` {_said(inner)}" for name, inner in shape.items())
        yield f"- `{path}`: {fields}" if path else f"- {fields}"
        for name, inner in shape.items():
            yield from _objects(inner, f"{path}.{name}" if path else name)


def _said(shape: Any) -> str:
    if isinstance(shape, list):
        return f"list of {_said(shape[0])}s" if shape[0] else "list, empty here"
    if isinstance(shape, Mapping):
        return "object"
    return " or ".join(sorted(shape, key=lambda word: (word == "null", word)))
