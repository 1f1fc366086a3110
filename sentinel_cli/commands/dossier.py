"""All that is known of one issue, gathered as a value; refuses to know how it is shown."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sentinel_cli.domain.instants import instant_text
from sentinel_cli.domain.notes import Note
from sentinel_cli.store import issues, users
from sentinel_cli.store.database import Database
from sentinel_cli.store.history import facts_from
from sentinel_cli.store.issues import LogLine, TimelineLine
from sentinel_cli.wiring import link_of

from .standing import Standing, fields_of, standing_of

if TYPE_CHECKING:
    from sentinel_cli.settings import Settings

__all__ = ["Dossier", "dossier", "dossier_fields"]

# Enough for years of one customer; whoever needs more has GHL.
_NEWEST = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """`conversation` is the part of the contact's timeline around the issue, `left_out` how much of it that is not.

    `incomplete` says that the issue began before the messages that are kept. `names` maps user ids to names; `link`
    leads to the conversation in GHL.
    """

    standing: Standing
    notes: Sequence[Note]
    log: Sequence[LogLine]
    conversation: Sequence[TimelineLine]
    left_out: int
    incomplete: bool
    names: Mapping[str, str]
    link: str | None

    def name_of(self, user: str | None) -> str | None:
        """The person's name where it is known, else what we have."""
        return self.names.get(user, user) if user else None


def dossier(db: Database, issue_id: int, now: datetime, settings: "Settings", *, around: int) -> Dossier:
    """What is known of the issue, with `around` messages before and after its own. Raises NoSuchIssue."""
    issue = issues.one(db, issue_id)
    timeline = issues.timeline_of(db, issue, _NEWEST)
    near = _near(timeline, issue_id, around)
    return Dossier(
        standing=standing_of(issue, now, settings),
        notes=issues.notes_of(db, issue_id),
        log=issues.log_of(db, issue_id),
        conversation=near,
        left_out=len(timeline) - len(near),
        incomplete=issue.first_at < (facts_from(db, issue.contact) or issue.first_at),
        names={user.user_id: user.name for user in users.all_users(db) if user.name},
        link=link_of(settings, issue.conversation_id),
    )


def _near(timeline: Sequence[TimelineLine], issue_id: int, around: int) -> Sequence[TimelineLine]:
    own = [place for place, line in enumerate(timeline) if line.issue_id == issue_id]
    if not own:
        return timeline[-around:] if around else ()
    return timeline[max(0, own[0] - around) : own[-1] + 1 + around]


def dossier_fields(found: Dossier, settings: "Settings") -> dict[str, object]:
    """The dossier for programs."""
    return {
        **fields_of(found.standing, settings),
        "answered_by_name": _answered_by_name(found),
        "ghl_url": found.link,
        "notes": [asdict(note) for note in found.notes],
        "log": [
            {"at_ts": instant_text(line.at), "event": line.event, "cause": line.cause, "evidence": _evidence(line)}
            for line in found.log
        ],
        "conversation": [_message(line) for line in found.conversation],
        "conversation_left_out": found.left_out,
        "conversation_incomplete": found.incomplete,
    }


def _answered_by_name(found: Dossier) -> str | None:
    answer = found.standing.issue.answer
    return found.names.get(answer.by or "") if answer else None


def _evidence(line: LogLine) -> object:
    return json.loads(line.evidence)


def _message(line: TimelineLine) -> dict[str, object]:
    fields = asdict(line)
    return {"key": fields.pop("key"), "at_ts": instant_text(fields.pop("at")), **fields}
