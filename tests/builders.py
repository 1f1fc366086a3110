"""Facts for tests, in few words: a Monday at a pool company, its rules, a store in memory."""

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sentinel_cli import intake
from sentinel_cli.domain.answers import Policy
from sentinel_cli.domain.hours import BusinessHours, parse_business_hours
from sentinel_cli.domain.kinds import author_of
from sentinel_cli.domain.ledger import Rules
from sentinel_cli.domain.model import Author, Channel, Direction, Message, Origin, Report, Wait
from sentinel_cli.domain.timeline import Timeline
from sentinel_cli.domain.waits import waits
from sentinel_cli.store import schema
from sentinel_cli.store.database import Database

MONDAY = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
"""08:00 in Chicago, opening time."""

CASEY = "USRcasey"
MORGAN = "USRmorgan"
CHICAGO = ZoneInfo("America/Chicago")

POLICY = Policy(staff=frozenset({CASEY, MORGAN}), staff_names=frozenset({"casey", "morgan"}))
HOURS = BusinessHours(weekly=parse_business_hours("Mon-Fri 08:00-17:00"), zone=CHICAGO)
RULES = Rules(
    policy=POLICY,
    hours=HOURS,
    sla={Channel.SMS: timedelta(hours=2), Channel.CALL: timedelta(hours=2)},
    internal_contacts=frozenset({"CTCmanager"}),
)


def at(minutes: float) -> datetime:
    """An instant that many minutes after Monday's opening."""
    return MONDAY + timedelta(minutes=minutes)


def store() -> Database:
    """An empty store of this release in memory."""
    database = Database(sqlite3.connect(":memory:", isolation_level=None), Path("memory.db"))
    schema.migrate(database)
    return database


def text(minutes: float, body: str | None = "Is anyone coming today?", **fields: Any) -> Message:
    """A customer's text."""
    return _message(minutes, Channel.SMS, Direction.INBOUND, {"kind": "TYPE_SMS", "text": body, **fields})


def call(minutes: float, outcome: str | None = "no-answer", **fields: Any) -> Message:
    """A customer's call."""
    return _message(minutes, Channel.CALL, Direction.INBOUND, {"kind": "TYPE_CALL", "outcome": outcome, **fields})


def staff_text(minutes: float, body: str = "On our way.", **fields: Any) -> Message:
    """Casey's text to the customer."""
    given = {"kind": "TYPE_SMS", "text": body, "user_id": CASEY, "outcome": "delivered", **fields}
    return _message(minutes, Channel.SMS, Direction.OUTBOUND, given)


def staff_call(minutes: float, outcome: str | None = "completed", **fields: Any) -> Message:
    """Casey's call to the customer."""
    given = {"kind": "TYPE_CALL", "outcome": outcome, "user_id": CASEY, **fields}
    return _message(minutes, Channel.CALL, Direction.OUTBOUND, given)


def robot_text(minutes: float, body: str = "Sorry we missed your call!", **fields: Any) -> Message:
    """An automation's text, such as Missed Call Text Back."""
    given = {"kind": "TYPE_SMS", "text": body, "author": Author.AUTOMATION, "outcome": "delivered", **fields}
    return _message(minutes, Channel.SMS, Direction.OUTBOUND, given)


def _message(minutes: float, channel: Channel, direction: Direction, fields: dict[str, Any]) -> Message:
    channel = fields.get("channel", channel)
    author = author_of(channel, direction, fields.get("kind"), fields.pop("source", None), fields.get("user_id"))
    return Message(
        **{
            "key": f"M{minutes:08.2f}{direction.value[0]}",
            "at": at(minutes),
            "channel": channel,
            "direction": direction,
            "author": author,
            **fields,
        }
    )


def report(message_id: str | None, minutes: float, **fields: Any) -> Report:
    """What one source says: by default GHL's API, of a customer's text of contact CTC1."""
    given: dict[str, Any] = {
        "origin": Origin.API if message_id else Origin.DELIVERY,
        "seen_at": at(minutes + 1),
        "at": at(minutes),
        "at_is_receipt": message_id is None,
        "channel": Channel.SMS,
        "direction": Direction.INBOUND,
        "kind": "TYPE_SMS",
        "contact_id": "CTC1",
        "text": "Is anyone coming today?",
    }
    return Report(message_id=message_id, **(given | fields))


def absorb(db: Database, *reports: Report, now: datetime | None = None) -> intake.Absorbed:
    """What became of the reports in that store; they come an hour after Monday's opening unless said otherwise."""
    with db.transaction():
        return intake.absorb(db, reports, RULES, now or at(60), "test")


def waited(*messages: Message, policy: Policy = POLICY, **timeline: Any) -> list[Wait]:
    """The waits of a contact with these messages."""
    return waits(Timeline(messages=messages, **timeline), policy)


def outcomes(*messages: Message, policy: Policy = POLICY, **timeline: Any) -> list[str]:
    """Each wait in words: its channel, the minutes of its messages, and how it ended, e.g. `SMS 0,3 staff_text`."""
    return [_in_words(wait) for wait in waited(*messages, policy=policy, **timeline)]


def _in_words(wait: Wait) -> str:
    minutes = ",".join(f"{(message.at - MONDAY).total_seconds() / 60:g}" for message in wait.messages)
    return f"{wait.channel} {minutes} {'spam' if wait.spam else wait.answer.rule if wait.answer else 'open'}"
