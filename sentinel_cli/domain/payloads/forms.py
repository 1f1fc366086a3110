"""Form-encoded bodies in the nested shape of JSON ones; refuses to know what the fields mean."""

import json
import re
from collections.abc import Iterable

from .values import plain

__all__ = ["from_form"]

_DOTTED = re.compile(r"\w+(?:\.\w+)+")
_BRACKETED = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])+)")
_DEEPEST = 8
_WORDS = frozenset({"body", "message", "text", "messagebody"})

_Object = dict[str, object]


def from_form(pairs: Iterable[tuple[str, str]]) -> dict[str, object]:
    """The fields of a form as nested objects: `customData[Phone Number]`, `message.body` and `message[body]` are paths.

    A field given twice is a list; one given both whole and in parts keeps the whole as its `body`, which is what a
    `message` beside a `message[type]` means. JSON is read where a whole object or list stands in one field, but a
    customer's words stay words. Never raises: a name that is no path is a name.
    """
    form: _Object = {}
    for name, text in pairs:
        *parents, last = _path(name)
        place = form
        for parent in parents:
            place = _inner(place, parent)
        _put(place, last, text if parents else _decoded(name, text))
    return form


def _path(name: str) -> list[str]:
    path = [name]
    if _DOTTED.fullmatch(name):
        path = name.split(".")
    elif bracketed := _BRACKETED.fullmatch(name):
        inner = bracketed[2][1:-1].split("][")
        path = [bracketed[1], *(inner[:-1] if inner[-1] == "" else inner)]
    return path if len(path) <= _DEEPEST else [name]


def _inner(place: _Object, name: str) -> _Object:
    """The object at `name`, made if need be; a text that stood there is its body."""
    there = place.get(name)
    if isinstance(there, dict):
        return there
    inner: _Object = {} if there is None else {"body": there}
    place[name] = inner
    return inner


def _put(place: _Object, name: str, value: object) -> None:
    there = place.get(name)
    if isinstance(there, dict) and isinstance(value, dict):
        there.update(value)
    elif isinstance(there, dict):
        _put(there, "body", value)
    elif isinstance(value, dict) and there is not None:
        place[name] = {"body": there, **value}
    elif there is None or there == value:
        place[name] = value
    else:
        place[name] = [*_items(there), *_items(value)]


def _items(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _decoded(name: str, text: str) -> object:
    """The object or list that `text` is in JSON, else `text`; a customer may write brackets."""
    if not text.lstrip().startswith("{" if plain(name) in _WORDS else ("{", "[")):
        return text
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return value
