"""An installation on disk as an operator has it: a home with `.env`, a real database, and `main` to type at."""

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sentinel_cli import intake
from sentinel_cli.cli import main
from sentinel_cli.commands.session import Session
from sentinel_cli.commands.tables import Screen
from sentinel_cli.domain.instants import parse_instant
from sentinel_cli.domain.model import Channel, Direction, Origin, Report, User
from sentinel_cli.domain.timeline import ActionKind
from sentinel_cli.settings import load_settings
from sentinel_cli.store import kv, schema, users
from sentinel_cli.store.actions import record_action
from sentinel_cli.store.database import Database
from sentinel_cli.wiring import reading_policy, rules_of

NOW = "2026-11-23T16:00:00.000Z"  # Monday, 10am in Chicago
LOCATION = "LOCaaaaaaaaaaaaaaaa1"
CASEY = "USRcasey000000000001"
ENV = f"""
GHL_BASE_URL=http://127.0.0.1:9
GHL_LOCATION_ID={LOCATION}
SENTINEL_NOW={NOW}
"""
SCREENS = Path(__file__).parent / "screens"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    @property
    def screen(self) -> str:
        """What a person sees, without the blanks that rich leaves at the ends of lines."""
        return "".join(f"{line.rstrip()}\n" for line in self.out.splitlines())


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    home: Path

    @property
    def db_path(self) -> Path:
        return self.home / "data" / "sentinel.db"

    def run(self, *argv: str, width: int | None = None, colour: bool = False, **environ: str) -> Ran:
        """`sentinel argv`; on a terminal when it has a width, else in a pipe."""
        out, err = io.StringIO(), io.StringIO()
        screen = Screen(out=out, err=err, terminal=width is not None, width=width or 80, colour=colour)
        session = Session(
            environ={"SENTINEL_HOME": str(self.home), **environ},
            cwd=self.home,
            checkout=None,
            screen=screen,
            host=self.home / "host",
        )
        code = main(argv, session)
        return Ran(code=code, out=out.getvalue(), err=err.getvalue())

    def make_database(self) -> Database:
        database = Database.create(self.db_path)
        schema.migrate(database)
        return database


def learn(installation: Installation, *reports: Report) -> None:
    """What GHL shows of these, in the database that is there."""
    rules = rules_of(load_settings({"SENTINEL_HOME": str(installation.home)}, installation.home, None), [])
    with Database.open(installation.db_path) as db, db.transaction():
        intake.absorb(db, reports, rules, at(NOW), "run:1")


def write_env(home: Path, env: str = ENV) -> None:
    """Home's `.env`, as nobody else may read it."""
    (home / ".env").write_text(env, encoding="utf-8")
    (home / ".env").chmod(0o600)


def at(text: str) -> datetime:
    return parse_instant(text)


def text(contact: str, when: str, said: str, **fields: Any) -> Report:
    """A customer's text as the API shows it."""
    return _report(contact, when, Channel.SMS, Direction.INBOUND, text=said, outcome="delivered", **fields)


def call(contact: str, when: str, **fields: Any) -> Report:
    """A customer's call that nobody took."""
    told = {"outcome": "no-answer", "duration": 0, **fields}
    return _report(contact, when, Channel.CALL, Direction.INBOUND, **told)


def reply(contact: str, when: str, said: str, user: str | None = CASEY, source: str = "app", **fields: Any) -> Report:
    """A text of ours."""
    told = {"text": said, "outcome": "delivered", "user_id": user, "source": source, **fields}
    return _report(contact, when, Channel.SMS, Direction.OUTBOUND, **told)


def _report(contact: str, when: str, channel: Channel, direction: Direction, **fields: Any) -> Report:
    return Report(
        origin=Origin.API,
        seen_at=at(NOW),
        at=at(when),
        at_is_receipt=False,
        channel=channel,
        direction=direction,
        kind=f"TYPE_{channel.value}",
        message_id=f"MSG{contact[3:7]}{when[8:19].replace(':', '')}",
        contact_id=contact,
        conversation_id=f"CNV{contact[3:]}",
        **fields,
    )


PEOPLE = {
    "CTCpat00000000000001": {"contact_name": "Pat Ellison", "phone": "+19405550141"},
    "CTCjo000000000000002": {"contact_name": "Jo Everett", "phone": "+19405550112"},
    "CTCsam00000000000003": {"contact_name": "Sam Okafor", "phone": "+19405550147"},
    "CTCdana0000000000004": {"contact_name": "Dana Whitfield-Castellanos", "phone": "+19405550155"},
    "CTClee00000000000005": {"contact_name": "Lee Emerson", "phone": "+19405550138"},
    "CTCbot00000000000006": {"contact_name": "SEO Experts", "phone": "+13125550199"},
}
PAT, JO, SAM, DANA, LEE, BOT = PEOPLE

HISTORY = (
    text(JO, "2026-11-18T14:00:00Z", "Is anybody there? Pool is green", **PEOPLE[JO]),  # 1
    call(PAT, "2026-11-20T22:00:00Z", **PEOPLE[PAT]),  # 2
    reply(PAT, "2026-11-20T22:00:20Z", "Sorry we missed your call!", None, "workflow"),
    text(LEE, "2026-11-19T21:00:00Z", "Can you come Friday?", **PEOPLE[LEE]),  # 3
    reply(LEE, "2026-11-20T16:05:00Z", "Friday 2pm works"),
    text(BOT, "2026-11-20T15:00:00Z", "We rank your site #1", **PEOPLE[BOT]),  # 4
    text(DANA, "2026-11-23T14:10:00Z", "Heater shows E05", **PEOPLE[DANA]),  # 5
    reply(DANA, "2026-11-23T14:40:00Z", "On our way"),
    text(DANA, "2026-11-23T15:10:00Z", "The gate code\nis 4471"),  # 6
    reply(DANA, "2026-11-23T15:20:00Z", "Robin here, got it", "USRrobin000000000009"),
    text(SAM, "2026-11-23T15:30:00Z", "Filter price?", **PEOPLE[SAM]),  # 7
)


def furnish(installation: Installation) -> None:
    """Seven issues, one of every kind: escalated, overdue, resolved late, spam, resolved, snoozed, not yet due."""
    settings = load_settings({"SENTINEL_HOME": str(installation.home)}, installation.home, None)
    staff = [User(user_id=CASEY, name="Casey Rivera")]
    rules = rules_of(settings, staff)
    with installation.make_database() as db:
        with db.transaction():
            users.remember(db, staff, at(NOW))
            for report in HISTORY:
                intake.absorb(db, [report], rules, report.at + timedelta(seconds=5), "run:1")
        act(db, 4, ActionKind.SPAM, rules)
        act(db, 6, ActionKind.SNOOZE, rules, until=at("2026-11-24T15:00:00Z"))
        kv.put_instant(db, "resolver_watermark_ts", at("2026-11-23T15:52:00Z"))
        kv.put_instant(db, "last_summary_ts", at("2026-11-20T21:00:03Z"))
        kv.put(db, "resolver_policy", "3f1c")
        for body in DELIVERIES:
            incoming = intake.Incoming(route="inbound_sms", received_at=at(NOW), payload=body)
            intake.record(db, incoming, rules, reading_policy(settings))


def act(db: Database, issue: int, kind: ActionKind, rules: Any, until: datetime | None = None) -> None:
    when = at("2026-11-23T15:45:00Z")
    with db.transaction():
        touched = record_action(db, issue, kind, actor="operator", at=when, until=until)
        intake.rederive(db, touched, rules, when, "action")


DELIVERIES: Sequence[bytes] = (
    json.dumps(
        {
            "contact_id": SAM,
            "phone": "+19405550147",
            "full_name": "Sam Okafor",
            "location": {"id": LOCATION},
            "message": {"type": 2, "body": "Filter price? \x1b[31mplease", "direction": "inbound"},
        }
    ).encode(),
    b"not json at all",
    json.dumps({"contact_id": SAM, "location": {"id": "LOCother000000000001"}, "message": {"type": 2}}).encode(),
)


def empty(installation: Installation) -> None:
    """A database that has seen nothing."""
    installation.make_database().close()


def screen_of(name: str) -> str:
    """A whole screen as it was read and found right."""
    return (SCREENS / f"{name}.txt").read_text(encoding="utf-8")
