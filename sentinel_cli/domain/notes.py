"""Notes on an issue: what people wrote with Sentinel, and what `meta.notes` holds from the service before it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .older_values import as_object

__all__ = ["Note", "adopted_notes", "joined_notes"]

_TEXTS = ("text", "note", "body", "message", "content")
_INSTANTS = ("at", "ts", "at_ts", "created_ts", "created_at", "time", "when")
_AUTHORS = ("by", "author", "user", "actor", "who")


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What somebody wrote; `at` is an instant's text as it was written, None where nobody said."""

    text: str
    at: str | None = None
    by: str | None = None


def adopted_notes(meta: object) -> list[Note]:
    """The notes in an issue's `meta`: one text, a list of texts, or a list of objects with text, instant, author."""
    written = as_object(meta).get("notes")
    notes = [_note(each) for each in (written if isinstance(written, list) else [written])]
    return [note for note in notes if note.text]


def _note(written: object) -> Note:
    if not isinstance(written, Mapping):
        return Note(text="" if written is None else str(written).strip())
    return Note(
        text=_first(written, _TEXTS) or str(dict(written)), at=_first(written, _INSTANTS), by=_first(written, _AUTHORS)
    )


def _first(written: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    return next((str(written[name]).strip() for name in names if written.get(name)), None)


def joined_notes(meta: Mapping[str, Any], more: object) -> dict[str, Any]:
    """`meta` with the notes of another issue's `meta` after its own."""
    added = as_object(more).get("notes")
    if not added:
        return dict(meta)
    own = meta.get("notes")
    return {**meta, "notes": [*_listed(own), *_listed(added)]}


def _listed(notes: object) -> list[object]:
    return notes if isinstance(notes, list) else [notes] if notes else []
