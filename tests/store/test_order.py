"""The same deliveries and looks at the API, in any order and with repetitions, leave the same issues."""

from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel_cli import intake
from sentinel_cli.domain.model import Channel, Direction, Origin, Report
from sentinel_cli.store.database import Database
from tests.builders import CASEY, RULES, at, report, store

PHONES = {"CTC1": "+12175550101", "CTC2": "+12175550102", "CTC3": "+12175550102"}
NOW = at(24 * 60)

ISSUES = """
select issue_type, status, contact_id, contact_name, phone, conversation_id, due_ts, first_inbound_ts, last_inbound_ts,
       inbound_count, outbound_count, auto_replies, unlisted_user, unconfirmed, snoozed_until_ts, resolved_ts,
       resolved_by, answered_by, answer_key
from issues where resolved_by is not 'withdrawn'
"""
MESSAGES = """
select m.key, m.same_as, m.at_ts, m.contact_id, m.direction, m.outcome, m.text, m.facts, i.id is null,
       c.key as owner, c.name as owner_name, c.phone as owner_phone, c.opted_out
from messages m join contacts c on c.id = m.contact
left join issues i on i.id = m.issue_id and i.resolved_by is not 'withdrawn'
"""

SHARED = """
select m.key from messages m join issues i on i.id = m.issue_id
where m.contact <> i.contact and i.resolved_by is not 'withdrawn'
"""


@st.composite
def messages(draw: st.DrawFn, key: str) -> list[Report]:
    """One true message, and what deliveries and the API tell of it at various times."""
    contact = draw(st.sampled_from(sorted(PHONES)))
    minutes = draw(st.integers(0, 40))
    fact = draw(st.sampled_from([_text, _call, _ours, _our_call]))(draw, key, minutes, contact)
    fact = replace(fact, conversation_id=f"CNV{contact}")
    told = [replace(fact, origin=Origin.API, seen_at=at(60))]
    for _ in range(draw(st.integers(0, 3))):
        tell = draw(st.sampled_from([_seen_by_the_api, _app_event, _event_without_id, _workflow, _phone_only]))
        told.append(tell(draw, fact, PHONES[contact]))
    return told


def _text(draw: st.DrawFn, key: str, minutes: int, contact: str) -> Report:
    said = draw(st.sampled_from(["Is anyone coming?", "Pump is broken", "Ok thanks", "STOP", "C"]))
    return report(key, minutes, contact_id=contact, text=said, outcome="delivered")


def _call(draw: st.DrawFn, key: str, minutes: int, contact: str) -> Report:
    outcome, duration = draw(st.sampled_from([("no-answer", None), ("completed", 24), ("completed", 300)]))
    return _spoken(key, minutes, contact, Direction.INBOUND, outcome=outcome, duration=duration)


def _our_call(draw: st.DrawFn, key: str, minutes: int, contact: str) -> Report:
    outcome = draw(st.sampled_from(["completed", "no-answer"]))
    return _spoken(key, minutes, contact, Direction.OUTBOUND, outcome=outcome, user_id=CASEY)


def _spoken(key: str, minutes: int, contact: str, direction: Direction, **fields: Any) -> Report:
    given = {"channel": Channel.CALL, "kind": "TYPE_CALL", "text": None, "contact_id": contact}
    return report(key, minutes, direction=direction, **given, **fields)


def _ours(draw: st.DrawFn, key: str, minutes: int, contact: str) -> Report:
    user, source = draw(st.sampled_from([(CASEY, "app"), ("USRstranger", "app"), (None, "workflow")]))
    outcome = draw(st.sampled_from(["delivered", "failed", "sent"]))
    return report(
        key, minutes, contact_id=contact, direction=Direction.OUTBOUND, text="On our way.", user_id=user, source=source,
        outcome=outcome,
    )  # fmt: skip


def _seen_by_the_api(draw: st.DrawFn, fact: Report, phone: str) -> Report:
    """An earlier or later look at it, before or after its outcome changed."""
    outcome = draw(st.sampled_from([fact.outcome, "failed", "pending"]))
    changed = draw(st.sampled_from([None, at(50), at(70)]))
    name = draw(st.sampled_from([None, "Lee Example", "Lee E."]))
    seen = at(draw(st.sampled_from([55, 65, 75])))
    return replace(fact, origin=Origin.API, seen_at=seen, outcome=outcome, updated_at=changed, contact_name=name)


def _app_event(draw: st.DrawFn, fact: Report, phone: str) -> Report:
    outcome = draw(st.sampled_from([fact.outcome, "ringing", "pending"]))
    return replace(fact, origin=Origin.DELIVERY, seen_at=fact.at + timedelta(seconds=9), outcome=outcome)


def _event_without_id(draw: st.DrawFn, fact: Report, phone: str) -> Report:
    return replace(_app_event(draw, fact, phone), message_id=None)


def _workflow(draw: st.DrawFn, fact: Report, phone: str) -> Report:
    received = fact.at + timedelta(seconds=draw(st.integers(1, 50)))
    return replace(
        fact, origin=Origin.DELIVERY, message_id=None, seen_at=received, at=received, at_is_receipt=True, phone=phone,
        conversation_id=None, user_id=None, source=None, outcome=None, duration=None,
        reported_missed=fact.channel is Channel.CALL,
    )  # fmt: skip


def _phone_only(draw: st.DrawFn, fact: Report, phone: str) -> Report:
    return replace(_workflow(draw, fact, phone), contact_id=None)


@st.composite
def histories(draw: st.DrawFn) -> list[Report]:
    """All that was told of a few messages of a few contacts."""
    return [told for n in range(draw(st.integers(1, 6))) for told in draw(messages(f"M{n}"))]


def after(told: list[Report], batch: int) -> Database:
    """A store after the reports, so many to a transaction."""
    db = store()
    for start in range(0, len(told), batch):
        with db.transaction():
            intake.absorb(db, told[start : start + batch], RULES, NOW, "test")
    return db


def left(db: Database, query: str) -> list[tuple[Any, ...]]:
    """What a query finds, in an order of its own."""
    found = [tuple(row) for row in db.read(query)]
    db.close()
    return sorted(found, key=repr)


@settings(max_examples=150)
@given(histories(), st.randoms(use_true_random=False), st.integers(1, 5))
def test_issues_are_equal_whatever_the_order_and_repetition(told: list[Report], random: Random, batch: int) -> None:
    again = told + random.choices(told, k=3)
    random.shuffle(again)
    assert left(after(again, batch), ISSUES) == left(after(told, len(told)), ISSUES)


@settings(max_examples=100)
@given(histories(), st.randoms(use_true_random=False), st.integers(1, 5))
def test_messages_are_equal_whatever_the_order_and_repetition(told: list[Report], random: Random, batch: int) -> None:
    again = told + random.choices(told, k=3)
    random.shuffle(again)
    assert left(after(again, batch), MESSAGES) == left(after(told, len(told)), MESSAGES)


@settings(max_examples=100)
@given(histories(), st.randoms(use_true_random=False), st.integers(1, 5))
def test_no_issue_holds_messages_of_two_contacts(told: list[Report], random: Random, batch: int) -> None:
    random.shuffle(told)
    assert left(after(told, batch), SHARED) == []


@settings(max_examples=50)
@given(histories())
def test_telling_everything_again_changes_no_issue(told: list[Report]) -> None:
    db = after(told, len(told))
    with db.transaction():
        events = intake.absorb(db, told, RULES, NOW, "test").events
    db.close()
    assert events == []
