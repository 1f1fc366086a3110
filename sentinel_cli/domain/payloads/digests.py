"""A key for bodies that bring none: what two bodies about one message share; refuses to know when they came."""

import json
from hashlib import sha256

from sentinel_cli.domain.closeout import normalised_text
from sentinel_cli.domain.instants import instant_text
from sentinel_cli.domain.model import Channel, Report

from .reading import is_taken

__all__ = ["digest"]


def digest(report: Report, contact_key: str) -> str:
    """64 hex digits of contact, channel, direction, outcome class and normalised text (DESIGN, "Facts merge").

    The class is `taken` or `missed` for calls and empty for texts. A body that names its message or its time is told
    apart by them and by its outcome, so that news of a known message is never taken for its repetition.
    """
    told = [contact_key, report.channel, report.direction, _outcome_class(report), normalised_text(report.text or "")]
    return sha256(json.dumps(told + _own(report)).encode()).hexdigest()


def _outcome_class(report: Report) -> str:
    if report.channel is not Channel.CALL:
        return ""
    return "taken" if is_taken(report.kind, report.outcome) else "missed"


def _own(report: Report) -> list[str | int | None]:
    """What is said only of this very message; nothing in a bare workflow body, whose instant is its receipt."""
    if report.message_id is None and report.at_is_receipt:
        return []
    at = None if report.at_is_receipt else instant_text(report.at)
    return [report.message_id, at, report.outcome, report.duration]
