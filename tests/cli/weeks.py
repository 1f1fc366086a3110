"""Five weeks at a pool company, from October 19 to Monday, November 23, 10am: the same ones in every run.

They hold the night of November 1, when clocks go back, a bad week (November 2), a day without webhooks (November 11), a
holiday crowd on Mondays, three users of whom one seldom answers, spam, and issues that were closed by hand.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any

from sentinel_cli import intake
from sentinel_cli.domain.instants import instant_text
from sentinel_cli.domain.ledger import Rules
from sentinel_cli.domain.model import Report, User
from sentinel_cli.domain.sla import due_at
from sentinel_cli.domain.timeline import ActionKind
from sentinel_cli.settings import Settings, load_settings
from sentinel_cli.store import users
from sentinel_cli.store.actions import record_action
from sentinel_cli.store.database import Database
from sentinel_cli.wiring import reading_policy, rules_of
from tests.builders import CHICAGO

from .installation import CASEY, LOCATION, NOW, Installation, at, call, reply, text, write_env

MORGAN, ROBIN = "USRmorgan00000000002", "USRrobin000000000003"
STAFF = (
    User(user_id=CASEY, name="Casey Rivera"),
    User(user_id=MORGAN, name="Morgan Blake"),
    User(user_id=ROBIN, name="Robin Tate"),
)
FIRST_DAY, DAYS = date(2026, 10, 19), 36
SAID = (
    "Is anyone coming today?",
    "Pump is loud again",
    "Water turned green",
    "Can we move to Friday?",
    "Heater shows E05",
)
CUSTOMERS = ("Pat Ellison", "Lee Emerson", "Jo Everett", "Sam Okafor", "Dana Whitfield")
_ON_A_DAY = (14, 10, 9, 9, 11, 3, 1)
_HOURS = (7, 8, 8, 9, 9, 9, 10, 10, 11, 12, 13, 14, 14, 15, 16, 16, 19)
_BAD_WEEK, _SILENT_DAY = date(2026, 11, 2), date(2026, 11, 11)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """A customer who writes or calls once; answered by a user after so many business minutes, or by nobody."""

    number: int
    first_at: datetime
    by_call: bool
    user: str | None
    minutes: float
    heard: bool

    @property
    def contact(self) -> str:
        return f"CTC{self.number:04}0000000000000"

    @property
    def phone(self) -> str:
        return f"+1940555{self.number:04}"

    @property
    def said(self) -> str:
        return SAID[self.number % len(SAID)]


def waits() -> Iterator[Wait]:
    """All of the weeks, oldest day first."""
    random, number = Random(1123), 0
    for day in (FIRST_DAY + timedelta(days=each) for each in range(DAYS)):
        for _ in range(_ON_A_DAY[day.weekday()]):
            number += 1
            wait = _wait(number, day, random)
            if wait.first_at < at(NOW):
                yield wait


def _wait(number: int, day: date, random: Random) -> Wait:
    hour, minute = _HOURS[int(random.random() * len(_HOURS))], int(random.random() * 60)
    slow = 3 if _BAD_WEEK <= day < _BAD_WEEK + timedelta(days=7) else 1
    user = ROBIN if number % 70 == 0 else CASEY if random.random() < 0.6 else MORGAN
    minutes = (4 + 70 * random.random() ** 3) if user == CASEY else (10 + 200 * random.random() ** 2)
    return Wait(
        number=number,
        first_at=datetime.combine(day, time(hour, minute), CHICAGO).astimezone(UTC),
        by_call=random.random() < 0.25,
        user=None if number % 45 == 0 else user,
        minutes=slow * minutes,
        heard=day != _SILENT_DAY and random.random() < 0.98,
    )


def furnish_weeks(home: Path) -> Installation:
    """A home whose database holds the weeks, as webhooks told of them and sweeps showed them."""
    write_env(home)
    installation = Installation(home=home)
    settings = load_settings({"SENTINEL_HOME": str(home)}, home, None)
    rules = rules_of(settings, STAFF)
    with installation.make_database() as db:
        db.read("pragma synchronous=off")
        with db.transaction():
            users.remember(db, STAFF, at(NOW))
        for wait in waits():
            if wait.heard:
                intake.record(db, _delivery(wait), rules, reading_policy(settings))
            with db.transaction():
                for report in _reports(wait, settings):
                    intake.absorb(db, [report], rules, report.at + timedelta(minutes=5), "run:1")
        _close_some(db, rules)
    return installation


def _delivery(wait: Wait) -> intake.Incoming:
    """The workflow's webhook about it."""
    body: dict[str, Any] = {"contact_id": wait.contact, "phone": wait.phone, "location": {"id": LOCATION}}
    if not wait.by_call:
        body["message"] = {"type": 2, "body": wait.said, "direction": "inbound"}
    return intake.Incoming(
        route="unanswered_call" if wait.by_call else "inbound_sms",
        received_at=wait.first_at + timedelta(seconds=4),
        payload=json.dumps(body).encode(),
    )


def _reports(wait: Wait, settings: Settings) -> Iterator[Report]:
    """What GHL shows of it: the message, the automatic reply to a call, the answer if it has come by now."""
    began, card = instant_text(wait.first_at), {"contact_name": CUSTOMERS[wait.number % 5], "phone": wait.phone}
    if wait.by_call:
        yield call(wait.contact, began, **card)
        soon = instant_text(wait.first_at + timedelta(seconds=20))
        yield reply(wait.contact, soon, "Sorry we missed your call!", None, "workflow")
    else:
        yield text(wait.contact, began, wait.said, **card)
    answered_at = due_at(wait.first_at, timedelta(minutes=wait.minutes), settings.business_hours)
    if wait.user and answered_at < at(NOW):
        yield reply(wait.contact, instant_text(answered_at), "On our way", wait.user)


def _close_some(db: Database, rules: Rules) -> None:
    """Of the issues nobody answered two are spam, and one was closed by hand a day later."""
    for number, kind in ((45, ActionKind.SPAM), (90, ActionKind.RESOLVE), (135, ActionKind.SPAM)):
        wait = next(each for each in waits() if each.number == number)
        when = wait.first_at + timedelta(days=1)
        with db.transaction():
            row = db.read("select id from issues where contact_id = ?", wait.contact)[0]
            touched = record_action(db, row["id"], kind, actor="operator", at=when)
            intake.rederive(db, touched, rules, when, "action")
