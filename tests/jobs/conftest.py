"""A pool company on a Monday: a store on disk, GHL in memory, a clock that only the tests move."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from sentinel_cli import intake
from sentinel_cli.domain.instants import instant
from sentinel_cli.domain.ledger import Rules
from sentinel_cli.domain.letters import Letter, Slot
from sentinel_cli.domain.model import Channel, Direction, Report, User
from sentinel_cli.domain.payloads import ReadingPolicy
from sentinel_cli.domain.summary import SummaryRules
from sentinel_cli.errors import SentinelError
from sentinel_cli.jobs import poll_resolver, send_alerts, send_summary
from sentinel_cli.jobs.check import Depth
from sentinel_cli.jobs.poll_resolver import Resolver, ResolverReport
from sentinel_cli.jobs.runner import Run, execute
from sentinel_cli.jobs.send_alerts import Alerter, AlertsReport
from sentinel_cli.jobs.send_summary import Order, Summarizer, SummaryReport
from sentinel_cli.phones import e164, masked
from sentinel_cli.ports import ContactCard, Conversation
from sentinel_cli.store import issues, outbox, schema
from sentinel_cli.store.database import Database
from tests.builders import CASEY, CHICAGO, RULES, at, report
from tests.fakes import FakeClock, FakeGhl

LOCATION = "LOCpool"
PHONE = "+12175550141"
MANAGER, SECOND = "CTCmanager", "CTCsecond"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
READING = ReadingPolicy(location_id=LOCATION, e164=e164)


def on(local: str) -> float:
    """The minutes after Monday's opening at which it is `Nov 20 11:50` in Chicago (winter time)."""
    there = datetime.strptime(f"2026 {local}", "%Y %b %d %H:%M").replace(tzinfo=CHICAGO)
    return (instant(there) - at(0)).total_seconds() / 60


FRIDAY_220PM = on("Nov 20 14:20")


@dataclass
class Company:
    """Everything a job works with; what tests change, they change here."""

    db: Database
    clock: FakeClock
    ghl: Any  # FakeGhl, or the client against the sandbox
    rules: Rules = RULES
    reading: ReadingPolicy = READING
    staff_listed: bool = True
    managers: tuple[str, ...] = (MANAGER, SECOND)
    host_zone: str = "CST"
    naps: list[float] = field(default_factory=list)
    wakes: Callable[[float], None] | None = None

    # What happens.

    def writes(self, message_id: str, minutes: float, contact: str = "CTC1", **fields: Any) -> Report:
        """A customer's text, as GHL's API shows it."""
        return self._happens(
            report(message_id, minutes, contact_id=contact, conversation_id=_thread(contact), **fields)
        )

    def calls(self, message_id: str, minutes: float, contact: str = "CTC1", **fields: Any) -> Report:
        """A customer's missed call."""
        missed = {"channel": Channel.CALL, "kind": "TYPE_CALL", "text": None, "outcome": "no-answer", **fields}
        return self.writes(message_id, minutes, contact, **missed)

    def answers(self, message_id: str, minutes: float, contact: str = "CTC1", **fields: Any) -> Report:
        """Casey's text."""
        ours = {"direction": Direction.OUTBOUND, "user_id": CASEY, "source": "app", "outcome": "delivered"}
        return self.writes(message_id, minutes, contact, **(ours | {"text": "On our way."} | fields))

    def _happens(self, told: Report) -> Report:
        self.ghl.reports.append(told)
        contact = told.contact_id or ""
        if contact not in {thread.contact_id for thread in self.ghl.threads}:
            thread = Conversation(conversation_id=_thread(contact), contact_id=contact, name=None, phone=None)
            self.ghl.threads.append(thread)
        return told

    def has_one_late(self) -> None:
        """Pat's text of Friday, 40 minutes overdue at Monday's opening."""
        self.named("CTC1", "Pat Ellison")
        self.writes("M1", FRIDAY_220PM)

    def named(self, contact: str, name: str, phone: str = PHONE) -> None:
        """GHL's record of a contact."""
        self.ghl.cards[contact] = ContactCard(contact_id=contact, name=name, phone=phone, sms_blocked=False)

    def hears(
        self, minutes: float, text: str = "Is anyone coming today?", contact: str | None = "CTC1"
    ) -> intake.Recorded:
        """A workflow's webhook about a text; without a contact it names the phone alone."""
        message = {"type": 2, "body": text}
        body = {"contact_id": contact, "phone": PHONE, "location": {"id": LOCATION}, "message": message}
        incoming = intake.Incoming(
            route="inbound_sms", received_at=at(minutes), payload=json.dumps(body).encode(), content_type=None
        )
        return intake.record(self.db, incoming, self.rules, self.reading)

    # The jobs.

    def resolver(self) -> Resolver:
        return Resolver(
            db=self.db,
            ghl=self.ghl,
            rules_for=self.rules_for,
            reading=self.reading,
            staff_listed=self.staff_listed,
        )

    def rules_for(self, users: Sequence[User]) -> Rules:
        if self.staff_listed:
            return self.rules
        staff = frozenset(user.user_id for user in users)
        return replace(self.rules, policy=replace(self.rules.policy, staff=staff))

    def polls(self, minutes: float | None = None, **depth: Any) -> ResolverReport:
        """A run of the resolver so many minutes after Monday's opening."""
        self._is_at(minutes)

        def work(run: Run) -> ResolverReport:
            return poll_resolver.poll_resolver(self.resolver(), run, Depth(**depth))

        done = execute(poll_resolver.JOB, self.db, work, clock=self.clock, sleep=self.sleep)
        assert done is not None
        return done

    def rehearses_poll(self, **depth: Any) -> ResolverReport:
        """A dry run: on a copy of the store."""
        with self.db.copy() as copy:
            parts = replace(self.resolver(), db=copy)
            return poll_resolver.poll_resolver(parts, Run(id=0, now=self.clock()), Depth(**depth))

    def summarizer(self) -> Summarizer:
        return Summarizer(
            resolver=self.resolver(),
            managers=self.managers,
            rules=SummaryRules(hours=self.rules.hours, escalate_after=timedelta(hours=24), masked=masked),
            letter_hours=(time(6, 30), time(20)),
            max_items=8,
            host_zone=self.host_zone,
            clock=self.clock,
            sleep=self.sleep,
        )

    def sums_up(self, minutes: float | None = None, slot: Slot = Slot.MORNING, *, force: bool = False) -> SummaryReport:
        """A run of the summary so many minutes after Monday's opening."""
        self._is_at(minutes)

        def work(run: Run) -> SummaryReport:
            return send_summary.send_summary(self.summarizer(), run, Order(slot=slot, force=force))

        done = execute(send_summary.JOB, self.db, work, clock=self.clock, sleep=self.sleep)
        assert done is not None
        return done

    def rehearses_summary(self, slot: Slot = Slot.MORNING, *, force: bool = False) -> SummaryReport:
        """A dry run: on a copy of the store."""
        with self.db.copy() as copy:
            parts = replace(self.summarizer(), resolver=replace(self.resolver(), db=copy))
            order = Order(slot=slot, force=force, dry_run=True)
            return send_summary.send_summary(parts, Run(id=0, now=self.clock()), order)

    def alerter(self) -> Alerter:
        parts = self.summarizer()
        return Alerter(
            resolver=parts.resolver,
            managers=parts.managers,
            rules=parts.rules,
            letter_hours=parts.letter_hours,
            max_items=parts.max_items,
            clock=parts.clock,
            sleep=parts.sleep,
        )

    def alerts(self, minutes: float | None = None) -> AlertsReport:
        """A run of the alerts so many minutes after Monday's opening."""
        self._is_at(minutes)
        done = execute(
            send_alerts.JOB,
            self.db,
            lambda run: send_alerts.send_alerts(self.alerter(), run),
            clock=self.clock,
            sleep=self.sleep,
        )
        assert done is not None
        return done

    def rehearses_alerts(self, minutes: float) -> AlertsReport:
        """A dry run: on a copy of the store."""
        self._is_at(minutes)
        with self.db.copy() as copy:
            parts = replace(self.alerter(), resolver=replace(self.resolver(), db=copy))
            return send_alerts.send_alerts(parts, Run(id=0, now=self.clock()), dry_run=True)

    def _is_at(self, minutes: float | None) -> None:
        if minutes is not None:
            self.clock.at = at(minutes)

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.clock.move(timedelta(seconds=seconds))
        if self.wakes is not None:
            self.wakes(seconds)

    # What is there afterwards.

    def issues(self) -> list[tuple[Any, ...]]:
        """(id, type, status, customer) of every issue."""
        return self.rows("select id, issue_type, status, contact_id from issues order by id")

    def rows(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self.db.read(sql, *parameters)]

    def dump(self) -> dict[str, list[tuple[Any, ...]]]:
        """All that a run may leave of facts and issues."""
        tables = ("contacts", "messages", "issues", "issue_log", "actions", "users", "outbox")
        return {table: self.rows(f"select * from {table}") for table in tables}  # noqa: S608 - the names are ours

    def exit_codes(self) -> list[int | None]:
        """Of every run, oldest first."""
        return [row["exit_code"] for row in self.db.read("select exit_code from job_runs order by id")]

    def letters(self, slot: Slot = Slot.MORNING, on: date = date(2026, 11, 23)) -> Sequence[Letter]:
        return outbox.of_slot(self.db, send_summary.KIND, on, slot)

    def states(self) -> list[str]:
        """Of every letter, oldest first."""
        return [row["state"] for row in self.db.read("select state from outbox order by id")]

    def texted(self) -> list[str]:
        """To whom texts went out, in order."""
        return [out.contact_id for out in self.ghl.sent]

    def last_text(self) -> str:
        return self.ghl.sent[-1].text

    def answer(self, issue_id: int = 1) -> tuple[str, datetime, str | None, str] | None:
        """The evidence that an issue is resolved by."""
        found = issues.one(self.db, issue_id).answer
        return (found.key, found.at, found.by, found.rule.value) if found else None


def _thread(contact: str) -> str:
    return f"CNV{contact[3:]}"


def code_of(done: ResolverReport | SummaryReport | AlertsReport) -> int:
    """The exit code of a run that ended with a report."""
    problem: SentinelError | None = done.problem
    return problem.exit_code if problem else 0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database file of this release."""
    file = tmp_path / "sentinel.db"
    with Database.create(file) as db:
        schema.migrate(db)
    return file


@pytest.fixture
def db(path: Path) -> Iterator[Database]:
    with Database.open(path) as db:
        yield db


@pytest.fixture
def company(db: Database) -> Company:
    """The company at Monday's opening, 8:00 in Chicago."""
    clock = FakeClock(at(0))
    return Company(db=db, clock=clock, ghl=FakeGhl(clock))
