"""However the facts come in, the issues end as what `waits` says of the full history.

A random world: customers write and call, staff and automations answer, outcomes change, contacts merge. Its messages
reach the store as webhooks (in any order, repeated, lost, with or without ids) and through sweeps that reveal history
bit by bit. People resolve, reopen, snooze and mark spam in between, on what they can see.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, precondition, rule

from sentinel_cli import intake
from sentinel_cli.domain.facts import Row, message_facts
from sentinel_cli.domain.ledger import derive
from sentinel_cli.domain.model import Channel, Direction, Origin, Report
from sentinel_cli.domain.timeline import ActionKind, Timeline
from sentinel_cli.domain.waits import waits
from sentinel_cli.store import actions, books, checks, contacts
from tests.builders import CASEY, MONDAY, RULES, store

CONTACTS = ("CTC1", "CTC2", "CTC3")
PHONES = {"CTC1": "+12175550101", "CTC2": "+12175550102", "CTC3": "+12175550102"}
TEXTS = ("Is anyone coming?", "Ok thanks", "Pump is broken", "Liked “On our way”", "STOP", "C")


@dataclass(slots=True)
class Fact:
    """One true message and how the world has told of it so far."""

    id: str
    contact: str
    at: datetime
    channel: Channel
    direction: Direction
    outcome: str
    later_outcome: str | None = None
    user_id: str | None = None
    source: str | None = None
    text: str | None = None
    duration: int | None = None
    told_missed: set[str] = field(default_factory=set)
    updated: bool = False

    def report(self, contact: str, seen_at: datetime, origin: Origin = Origin.API) -> Report:
        """What the API shows of it, or what an app event tells."""
        outcome = self.later_outcome if self.updated and self.later_outcome else self.outcome
        return Report(
            origin=origin,
            seen_at=seen_at,
            at=self.at,
            at_is_receipt=False,
            channel=self.channel,
            direction=self.direction,
            kind=f"TYPE_{self.channel}",
            message_id=self.id,
            contact_id=contact,
            conversation_id=f"CNV{contact}",
            user_id=self.user_id,
            source=self.source,
            outcome=outcome,
            duration=self.duration,
            text=self.text,
            updated_at=self.at + timedelta(minutes=3 if self.updated else 0),
            routed=origin is Origin.DELIVERY,
        )


@dataclass(slots=True)
class World:
    """The truth: all messages, and which contacts GHL has merged."""

    facts: list[Fact] = field(default_factory=list)
    merged: dict[str, str] = field(default_factory=dict)
    now: datetime = MONDAY

    def contact_of(self, fact: Fact) -> str:
        """Under whom GHL shows a message today."""
        contact = fact.contact
        while contact in self.merged:
            contact = self.merged[contact]
        return contact


class Convergence(RuleBasedStateMachine):
    """One account, one store, any order."""

    facts = Bundle("facts")

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.db = store()
        self.ids: set[int] = set()

    @initialize()
    def begin(self) -> None:
        self.world.now = MONDAY

    def _add(self, fact: Fact) -> Fact:
        self.world.facts.append(fact)
        return fact

    def _next_id(self) -> str:
        return f"M{len(self.world.facts):03d}"

    def _pass(self, minutes: int) -> datetime:
        self.world.now += timedelta(minutes=minutes)
        return self.world.now

    @rule(target=facts, contact=st.sampled_from(CONTACTS), text=st.sampled_from(TEXTS), minutes=st.integers(1, 200))
    def a_customer_writes(self, contact, text, minutes):
        at = self._pass(minutes)
        return self._add(Fact(self._next_id(), contact, at, Channel.SMS, Direction.INBOUND, "delivered", text=text))

    @rule(
        target=facts,
        contact=st.sampled_from(CONTACTS),
        minutes=st.integers(1, 200),
        outcome=st.sampled_from(
            [("no-answer", None, 0), ("ringing", "no-answer", None), ("ringing", "completed", 200),
             ("completed", None, 24), ("completed", None, 300), ("completed", None, None), ("voicemail", None, 20)]
        ),
    )  # fmt: skip
    def a_customer_calls(self, contact, minutes, outcome):
        first, later, duration = outcome
        at = self._pass(minutes + 10)
        return self._add(
            Fact(self._next_id(), contact, at, Channel.CALL, Direction.INBOUND, first, later, duration=duration)
        )

    @rule(
        target=facts,
        contact=st.sampled_from(CONTACTS),
        minutes=st.integers(1, 200),
        how=st.sampled_from(
            [(CASEY, "app", "delivered", None), (CASEY, "app", "pending", "failed"),
             (CASEY, "app", "sent", "delivered"), (None, "workflow", "delivered", None),
             ("USRunlisted", "app", "delivered", None)]
        ),
        text=st.sampled_from(["On our way.", "Reply C to confirm"]),
    )  # fmt: skip
    def we_write(self, contact, minutes, how, text):
        user, source, outcome, later = how
        at = self._pass(minutes)
        fact = Fact(self._next_id(), contact, at, Channel.SMS, Direction.OUTBOUND, outcome, later, user, source, text)
        return self._add(fact)

    @rule(
        target=facts,
        contact=st.sampled_from(CONTACTS),
        minutes=st.integers(1, 200),
        how=st.sampled_from([(CASEY, "completed"), (CASEY, "no-answer"), (None, "completed"), (CASEY, "failed")]),
    )
    def we_call(self, contact, minutes, how):
        user, outcome = how
        at = self._pass(minutes)
        fact = Fact(self._next_id(), contact, at, Channel.CALL, Direction.OUTBOUND, outcome, None, user, "app")
        return self._add(fact)

    @rule(fact=facts)
    def its_outcome_changes(self, fact):
        fact.updated = True

    @precondition(lambda self: not self.world.merged)
    @rule()
    def ghl_merges_two_contacts(self):
        self.world.merged["CTC2"] = "CTC3"

    @rule(fact=facts, repeats=st.integers(1, 2))
    def an_app_event_tells_of_it(self, fact, repeats):
        told = fact.report(fact.contact, self.world.now, Origin.DELIVERY)
        self._absorb([told] * repeats)

    @rule(fact=facts)
    def an_app_event_without_message_id_tells_of_it(self, fact):
        told = fact.report(fact.contact, self.world.now, Origin.DELIVERY)
        self._absorb([replace(told, message_id=None)])

    @rule(fact=facts, seconds=st.integers(1, 50), phone_only=st.booleans(), repeats=st.integers(1, 2))
    def a_workflow_tells_of_it(self, fact, seconds, phone_only, repeats):
        is_missed_call = fact.channel is Channel.CALL and not (
            fact.outcome == "completed" and (fact.duration is None or fact.duration >= 60)
        )
        if fact.direction is Direction.OUTBOUND or (fact.channel is Channel.CALL and not is_missed_call):
            return
        if fact.later_outcome == "completed":
            return
        contact = self.world.contact_of(fact)
        fact.told_missed |= {contact} if fact.channel is Channel.CALL else set()
        received = fact.at + timedelta(seconds=seconds)
        told = replace(
            fact.report(contact, received, Origin.DELIVERY),
            message_id=None,
            at=received,
            at_is_receipt=True,
            outcome=None,
            conversation_id=None,
            contact_id=None if phone_only else contact,
            phone=PHONES[contact],
            duration=None,
            updated_at=None,
            reported_missed=fact.channel is Channel.CALL,
        )
        self._absorb([told] * repeats)

    @rule(data=st.data())
    def a_sweep_reveals_some_of_it(self, data):
        shown = data.draw(st.lists(st.sampled_from(self.world.facts), max_size=6)) if self.world.facts else []
        self._absorb([fact.report(self.world.contact_of(fact), self.world.now) for fact in shown])

    def _issue(self, data, status):
        rows = self.db.read(
            "select id from issues where status = ? and resolved_by is not 'withdrawn' order by id", status
        )
        return data.draw(st.sampled_from([row["id"] for row in rows])) if rows else None

    def _act(self, issue_id, kind, until=None):
        if issue_id is None:
            return
        now = self._pass(1)
        with self.db.transaction():
            touched = actions.record_action(self.db, issue_id, kind, actor="operator", at=now, until=until)
            intake.rederive(self.db, touched, RULES, now, "action")
        self._remember()

    @rule(data=st.data())
    def someone_resolves(self, data):
        self._act(self._issue(data, "OPEN"), ActionKind.RESOLVE)

    @rule(data=st.data())
    def someone_snoozes(self, data):
        self._act(self._issue(data, "OPEN"), ActionKind.SNOOZE, self.world.now + timedelta(hours=2))

    @rule(data=st.data())
    def someone_reopens(self, data):
        self._act(self._issue(data, "RESOLVED"), ActionKind.REOPEN)

    @rule(data=st.data())
    def someone_marks_spam(self, data):
        if data.draw(st.integers(0, 4)) == 0:
            self._act(self._issue(data, "OPEN"), ActionKind.SPAM)

    def _absorb(self, told):
        now = self.world.now
        with self.db.transaction():
            intake.absorb(self.db, told, RULES, now, "test")
        self._remember()

    def _remember(self):
        self.ids |= {row["id"] for row in self.db.read("select id from issues")}

    @invariant()
    def no_issue_is_ever_deleted(self):
        assert {row["id"] for row in self.db.read("select id from issues")} == self.ids

    @invariant()
    def deriving_again_changes_nothing(self):
        for row in self.db.read("select id from contacts"):
            book = books.load(self.db, row["id"], timedelta(hours=96))
            assert derive(book, RULES, self.world.now).entries == []

    @invariant()
    def every_open_issue_holds_its_messages(self):
        rows = self.db.read(
            """select i.id, i.inbound_count,
                      (select count(*) from messages m where m.issue_id = i.id and m.same_as is null) as held
               from issues i where status = 'OPEN'"""
        )
        assert [row["id"] for row in rows if row["held"] < row["inbound_count"]] == []

    def teardown(self):
        """A complete sweep covers everything; then the issues are the waits of the full history."""
        self.world.now += timedelta(hours=3)
        self._absorb([fact.report(self.world.contact_of(fact), self.world.now) for fact in self.world.facts])
        self._introduce()
        self.no_issue_is_ever_deleted()
        self.deriving_again_changes_nothing()
        for contact in set(CONTACTS) - set(self.world.merged):
            assert self._recorded(contact) == self._expected(contact)

    def _introduce(self):
        """GHL says whose each phone is, as the resolver asks it for contacts of which only a phone is known."""
        now = self.world.now
        with self.db.transaction():
            touched = set()
            for contact, phone in PHONES.items():
                if contact not in self.world.merged:
                    id_ = checks.contact_with_id(self.db, contact)
                    checks.learn_card(self.db, id_, None, phone, now)
                    touched |= {id_} | contacts.phone_rows_rehomed(self.db, phone)
            intake.rederive(self.db, touched, RULES, now, "test")
        self._remember()

    def _recorded(self, contact):
        rows = self.db.read("""select * from issues where contact_id = ? and resolved_by is not 'withdrawn'""", contact)
        return sorted(
            (i.channel.value, i.status.value, i.first_at, i.last_at, i.inbound_count, i.answer and i.answer.key)
            for i in map(books.issue_of, rows)
        )

    def _expected(self, contact):
        facts = [fact for fact in self.world.facts if self.world.contact_of(fact) == contact]
        aliases = {
            row["key"]: row["same_as"] for row in self.db.read("select * from messages where same_as is not null")
        }
        record = self.db.one("select id from contacts where contact_id = ?", contact)
        book = books.load(self.db, record["id"], timedelta(hours=96)) if record else None
        timeline = Timeline(
            messages=[self._true_message(fact) for fact in facts],
            actions=book.actions if book else (),
            aliases=aliases,
            spam=book.spam if book else (),
        )
        return sorted(
            (
                wait.channel.value,
                ("SPAM" if wait.spam else "RESOLVED" if wait.answer else "OPEN"),
                wait.first.at,
                wait.last.at,
                len(wait.messages),
                wait.answer and wait.answer.key,
            )
            for wait in waits(timeline, RULES.policy)
        )

    def _true_message(self, fact):
        row = Row(key=fact.id, provisional=False, facts=message_facts(fact.report(fact.contact, self.world.now)))
        return replace(
            row.message(), reported_missed=any(self._is_known_as(contact, fact) for contact in fact.told_missed)
        )

    def _is_known_as(self, contact, fact):
        """Whether a body about that contact is one about the fact's: only a message that moves tells of a merge."""
        moved = "select 1 from contacts where contact_id = ? and merged_into is not null"
        return contact == self.world.contact_of(fact) or self.db.one(moved, contact) is not None


Convergence.TestCase.settings = settings(
    max_examples=120,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
TestConvergence = Convergence.TestCase
