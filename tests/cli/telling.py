"""How a customer's story is told to a database: what GHL shows, what webhooks say, what people and jobs do."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from sentinel_cli import intake, triage
from sentinel_cli.domain.ledger import Rules
from sentinel_cli.domain.letters import Letter, LetterState, Slot
from sentinel_cli.domain.model import Direction, Report, User
from sentinel_cli.domain.payloads import ReadingPolicy
from sentinel_cli.domain.timeline import ActionKind
from sentinel_cli.jobs.prune import prune
from sentinel_cli.jobs.runner import Run
from sentinel_cli.settings import load_settings
from sentinel_cli.store import checks, outbox, runs, users
from sentinel_cli.store.database import Database
from sentinel_cli.wiring import reading_policy, rules_of

from .installation import CASEY, LOCATION, NOW, PAT, PEOPLE, Installation, at, call, reply, text

__all__ = [
    "Story",
    "Telling",
    "body",
    "dial",
    "does",
    "judged_anew",
    "letter",
    "live",
    "looks_in_vain",
    "ours",
    "pat",
    "pruned",
    "ran",
    "rings",
    "robot",
    "shown",
    "taken_for_a_customer",
    "told",
]

Telling = Callable[[Database, Rules, ReadingPolicy], object]
OUTBOUND = Direction.OUTBOUND


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What happens in order, and of which `issue` the explanation `says` each of some phrases."""

    name: str
    happens: Sequence[Report | Telling]
    says: Sequence[str]
    issue: int = 1
    settings: dict[str, str] = field(default_factory=dict)


def live(installation: Installation, story: Story) -> None:
    """Make it happen in a new database of the installation."""
    environ = {"SENTINEL_HOME": str(installation.home), **story.settings}
    settings = load_settings(environ, installation.home, None)
    staff = [User(user_id=CASEY, name="Casey Rivera")]
    rules, reading = rules_of(settings, staff), reading_policy(settings)
    with installation.make_database() as db:
        with db.transaction():
            users.remember(db, staff, at(NOW))
        for step in story.happens:
            telling = told(step) if isinstance(step, Report) else step
            telling(db, rules, reading)


def told(*reports: Report, after: float = 5) -> Telling:
    """GHL shows these messages, so many seconds after the first of them."""

    def tell(db: Database, rules: Rules, _reading: ReadingPolicy) -> object:
        with db.transaction():
            return intake.absorb(db, reports, rules, reports[0].at + timedelta(seconds=after), "run:1")

    return tell


def shown(report: Report) -> Telling:
    """GHL shows the message five minutes after it was sent."""
    return told(replace(report, seen_at=report.at + timedelta(minutes=5)), after=300)


def body(when: str, said: str = "Is anyone coming?", route: str = "inbound_sms", **more: Any) -> Telling:
    """A workflow's webhook of Pat, received then."""
    payload = {"contact_id": PAT, "location": {"id": LOCATION}, "phone": PEOPLE[PAT]["phone"], **more}
    if route == "inbound_sms":
        payload["message"] = {"type": 2, "body": said, "direction": "inbound"}
    incoming = intake.Incoming(route=route, received_at=at(when), payload=json.dumps(payload).encode())
    return lambda db, rules, reading: intake.record(db, incoming, rules, reading)


def does(kind: ActionKind, when: str, issue: int = 1, note: str | None = None, until: str | None = None) -> Telling:
    """The operator does that to an issue."""
    intent = triage.Intent(
        kind=kind, actor="operator", at=at(when), note=note, until=at(until) if until else None, sure=True
    )

    def tell(db: Database, rules: Rules, _reading: ReadingPolicy) -> object:
        with db.transaction():
            return triage.perform(db, issue, intent, rules)

    return tell


def looks_in_vain(when: str) -> Telling:
    """A complete look at Pat's conversations finds no message that a webhook told of."""

    def tell(db: Database, rules: Rules, _reading: ReadingPolicy) -> object:
        with db.transaction():
            found = checks.mark_looked(db, PAT, at("2026-01-01T00:00:00Z"), at(when), at(when))
            return intake.rederive(db, found, rules, at(when), "run:2")

    return tell


def taken_for_a_customer(report: Report) -> Telling:
    """GHL shows the message while the settings do not know that its contact is a colleague."""
    tell = told(report)
    return lambda db, rules, reading: tell(db, replace(rules, internal_contacts=frozenset()), reading)


def judged_anew(when: str) -> Telling:
    """Every contact is derived again, as the resolver does after the settings have changed."""

    def tell(db: Database, rules: Rules, _reading: ReadingPolicy) -> object:
        with db.transaction():
            return intake.rederive(
                db, checks.contacts_to_derive(db, at("2026-11-20T00:00:00Z")), rules, at(when), "run:2"
            )

    return tell


def pruned(when: str) -> Telling:
    """The nightly clean-up, by a retention of 30 days."""
    run = Run(id=9, now=at(when))
    return lambda db, rules, _reading: prune(db, run, timedelta(days=30), intake.window_of(rules))


def dial(when: str, outcome: str, user: str | None = CASEY, **fields: Any) -> Report:
    """A call of ours to Pat."""
    return replace(call(PAT, when, outcome=outcome, duration=None), direction=OUTBOUND, user_id=user, **fields)


def pat(when: str, said: str, **fields: Any) -> Report:
    """A text of Pat's."""
    return text(PAT, when, said, **PEOPLE[PAT], **fields)


def rings(when: str, **fields: Any) -> Report:
    """A call of Pat's."""
    return call(PAT, when, **PEOPLE[PAT], **fields)


def ours(when: str, said: str = "On our way", **fields: Any) -> Report:
    """A text of Casey's to Pat."""
    return reply(PAT, when, said, **fields)


def robot(when: str, said: str = "Sorry we missed your call!") -> Report:
    """An automation's text to Pat."""
    return reply(PAT, when, said, None, "workflow")


def ran(
    started: str, exit_code: int | None = 0, error: str | None = None, job: str = "poll-resolver", **counts: Any
) -> Telling:
    """A job began then, and has ended unless it has no exit code."""

    def tell(db: Database, _rules: Rules, _reading: ReadingPolicy) -> object:
        with db.transaction():
            run = runs.begin(db, job, at(started))
            if exit_code is not None:
                runs.finish(db, run, at(started) + timedelta(seconds=3), exit_code, counts, error)
            return run

    return tell


def letter(when: str, text: str, contact: str = "CTCmanager0000000001") -> Telling:
    """A manager was texted a summary then."""
    owed = Letter(
        key=f"summary {when}",
        kind="summary",
        slot=Slot.MORNING,
        on=at(when).date(),
        contact_id=contact,
        body=text,
        as_of=at(when),
        created_at=at(when),
        expires_at=at(when) + timedelta(hours=2),
        state=LetterState.OWED,
    )

    def tell(db: Database, _rules: Rules, _reading: ReadingPolicy) -> object:
        with db.transaction():
            known = outbox.owe(db, owed)
            return outbox.mark_sent(db, known, message_id=f"MSG{when}", conversation_id=None, at=at(when))

    return tell
