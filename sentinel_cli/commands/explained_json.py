"""An explanation for programs; its fields are described in docs/explain.md."""

import json
from dataclasses import asdict
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sentinel_cli.domain.explanation import Deed, DueSum, Event
from sentinel_cli.domain.instants import instant_text
from sentinel_cli.domain.model import Answer
from sentinel_cli.domain.timeline import SpamSpan

from .explained_answers import answers
from .explained_words import meaning

if TYPE_CHECKING:
    from .explained import Explained

__all__ = ["explained_fields"]


def explained_fields(found: "Explained") -> dict[str, Any]:
    """The explanation, under the names of the columns and of the model."""
    explanation, issue = found.explanation, found.issue
    return {
        "id": issue.id,
        "issue_type": issue.channel.value,
        "status": issue.status.value,
        "contact_id": issue.contact_id,
        "contact_name": issue.contact_name,
        "phone": issue.phone,
        "answers": [{"question": question, "answer": text} for question, text in answers(found).items() if text],
        "verdict": explanation.verdict.value,
        "basis": explanation.basis.value,
        "same_settings": found.same_rules,
        "facts_from_ts": _plain(found.facts_from),
        "differences": [
            {"field": each.field, "stored": _plain(each.stored), "by_facts": _plain(each.by_facts)}
            for each in explanation.differences
        ],
        "due": _due(explanation.due, issue.due_at),
        "events": [_event(event, found) for event in found.events],
        "events_left_out": found.left_out,
        "late_messages": found.late,
        "deliveries": [_fields(each) for each in found.deliveries],
        "looks": [_fields(run) for run in found.runs],
        "letters": [_fields(letter) for letter in found.letters],
        "spam_number": [_fields(mark) for mark in found.spam],
        "log": [_fields(line) | {"evidence": json.loads(line.evidence)} for line in found.log],
    }


def _due(due: DueSum, stored: datetime) -> dict[str, Any]:
    return {
        "due_ts": instant_text(stored),
        "computed_ts": instant_text(due.due_at),
        "sla_seconds": due.sla / timedelta(seconds=1),
        "intervals": [
            {
                "opens_ts": instant_text(spell.opens),
                "closes_ts": instant_text(spell.closes),
                "seconds": (spell.closes - spell.opens) / timedelta(seconds=1),
            }
            for spell in due.spells
        ],
        "closed": [{"on": day.on.isoformat(), "holiday": day.holiday} for day in due.closed],
    }


def _event(event: Event, found: "Explained") -> dict[str, Any]:
    sighting = found.sightings.get(event.key)
    judgement = event.judgement
    return {
        "at_ts": instant_text(event.at),
        "key": event.key,
        "own": event.own,
        **(_row(event) if event.row else _action(event, found)),
        "role": judgement.role.value if judgement else None,
        "reason": judgement.reason.value if judgement else None,
        "measured_by": judgement.ours.key if judgement and judgement.ours else None,
        "same_as": event.same_as,
        "did": [_deed(deed) for deed in event.deeds],
        "meaning": meaning(event, found),
        "delivery_id": sighting.delivery_id if sighting else None,
        "api_seen_ts": _plain(sighting.api_seen_at) if sighting else None,
        "looked_ts": _plain(sighting.looked_at) if sighting else None,
    }


def _row(event: Event) -> dict[str, Any]:
    row = event.row
    assert row is not None  # noqa: S101 - the caller has looked
    return {
        "what": "message",
        "channel": row.channel.value,
        "direction": row.direction.value,
        "author": row.author.value,
        **{name: row.value(name) for name in ("user_id", "outcome", "duration", "text")},
        "provisional": row.provisional,
    }


def _action(event: Event, found: "Explained") -> dict[str, Any]:
    action = event.action
    assert action is not None  # noqa: S101 - an event is a row or an action
    return {
        "what": action.kind.value,
        "channel": action.channel.value,
        "actor": action.actor,
        "until_ts": _plain(action.until),
        "through": action.through,
        "note": found.notes.get(event.key),
    }


def _deed(deed: Deed) -> dict[str, Any]:
    span = deed.by if isinstance(deed.by, SpamSpan) else None
    by = {"since_ts": _plain(span.since), "until_ts": _plain(span.until)} if span else _plain(deed.by)
    return {"did": deed.did.value, "issue_id": deed.issue, "by": by}


def _fields(found: Any) -> dict[str, Any]:
    """A flat value of the store; its instants under the names of columns."""
    return {_column(name): _plain(value) for name, value in asdict(found).items()}


def _column(name: str) -> str:
    if name in {"at", "since", "until"}:
        return f"{name}_ts"
    return f"{name.removesuffix('_at')}_ts" if name.endswith("_at") else name


def _plain(value: object) -> Any:
    match value:
        case datetime():
            return instant_text(value)
        case StrEnum():
            return value.value
        case Answer():
            return _fields(value)
    return value
