"""Spam is a number's, whoever else has it; an issue without any number mutes nobody else."""

from collections.abc import Iterator

import pytest

from sentinel_cli import intake
from sentinel_cli.domain.instants import instant_text
from sentinel_cli.domain.model import Channel
from sentinel_cli.domain.timeline import ActionKind
from sentinel_cli.store.actions import record_action
from sentinel_cli.store.database import Database
from tests.builders import RULES, at, report, store

PHONE = "+12175550101"


@pytest.fixture
def db() -> Iterator[Database]:
    with store() as db:
        yield db


def tell(db: Database, minutes: float, **fields: object) -> None:
    with db.transaction():
        intake.absorb(db, [report(None, minutes, **fields)], RULES, at(minutes), "test")


def act(db: Database, kind: ActionKind, minutes: float) -> None:
    with db.transaction():
        touched = record_action(db, 1, kind, actor="morgan", at=at(minutes))
        intake.rederive(db, touched, RULES, at(minutes), "test")


def statuses(db: Database) -> list[str]:
    rows = db.read("select status from issues where resolved_by is not 'withdrawn' order by id")
    return [row["status"] for row in rows]


def test_a_caller_without_any_number_mutes_no_other(db: Database) -> None:
    tell(db, 0, contact_id=None, channel=Channel.CALL, kind="TYPE_CALL", text=None, reported_missed=True)
    act(db, ActionKind.SPAM, 5)
    tell(db, 10, contact_id=None, phone=PHONE)
    assert statuses(db) == ["SPAM", "OPEN"]


def test_it_ends_although_the_phone_was_learnt_after_it(db: Database) -> None:
    tell(db, 0)
    act(db, ActionKind.SPAM, 5)
    tell(db, 10, phone=PHONE, text="Buy now")
    act(db, ActionKind.UNSPAM, 15)
    tell(db, 20, phone=PHONE, text="My pump broke")
    assert statuses(db) == ["SPAM", "OPEN"]


def test_other_contacts_with_the_number_are_muted_at_once(db: Database) -> None:
    tell(db, 0, phone=PHONE)
    tell(db, 1, contact_id="CTC2", phone=PHONE)
    act(db, ActionKind.SPAM, 5)
    assert statuses(db) == ["SPAM"]


def test_its_issue_keeps_its_call_when_the_body_that_stood_for_it_is_another_caller_s(db: Database) -> None:
    missed = {
        "channel": Channel.CALL,
        "kind": "TYPE_CALL",
        "text": None,
        "reported_missed": True,
        "at_is_receipt": True,
    }
    tell(db, 11, contact_id="CTC2", phone=PHONE, **missed)
    act(db, ActionKind.SPAM, 12)
    tell(db, 10, contact_id=None, phone=PHONE, **missed)
    tell(db, 5, contact_id="CTC3", phone=PHONE, **missed)
    issues = db.read("select status, contact_id, first_inbound_ts from issues")
    assert [tuple(issue) for issue in issues] == [
        ("SPAM", "CTC2", instant_text(at(11))),
        ("OPEN", "CTC3", instant_text(at(5))),
    ]
