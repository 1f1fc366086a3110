"""What a report is made of, as it is read."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest

from sentinel_cli import intake
from sentinel_cli.domain.model import Channel, Direction, IssueStatus, Origin, Rule
from sentinel_cli.domain.report import Begun
from sentinel_cli.domain.timeline import ActionKind
from sentinel_cli.store import kv, reporting
from sentinel_cli.store.actions import record_action
from sentinel_cli.store.checks import Coverage, coverage_between
from sentinel_cli.store.database import Database
from sentinel_cli.store.health import unrouted_calls
from tests.builders import CASEY, RULES, absorb, at, report, store


@pytest.fixture
def db() -> Iterator[Database]:
    with store() as db:
        yield db


def answer(message_id: str, minutes: float, **fields: Any) -> Any:
    return report(
        message_id, minutes, direction=Direction.OUTBOUND, user_id=CASEY, source="app", outcome="delivered", **fields
    )


def test_an_issue_is_read_with_its_answer(db: Database) -> None:
    absorb(db, report("M1", 0), report("M2", 5), answer("M3", 20))
    assert reporting.begun_between(db, at(0), at(60)) == [
        Begun(
            channel=Channel.SMS,
            status=IssueStatus.RESOLVED,
            first_at=at(0),
            due_at=at(120),
            messages=2,
            answered_at=at(20),
            rule=Rule.STAFF_TEXT,
            by=CASEY,
        )
    ]


def test_an_open_issue_has_none(db: Database) -> None:
    absorb(db, report("M1", 0))
    [issue] = reporting.begun_between(db, at(0), at(60))
    assert (issue.status, issue.answered_at, issue.rule) == (IssueStatus.OPEN, None, None)


@pytest.mark.parametrize(("since", "until", "count"), [(0, 1, 1), (-9, 0, 0), (1, 9, 0), (-9, 9, 1)])
def test_issues_are_read_by_their_first_message(db: Database, since: float, until: float, count: int) -> None:
    absorb(db, report("M1", 0), report("M2", 30))
    assert len(reporting.begun_between(db, at(since), at(until))) == count


def test_withdrawn_issues_are_left_out(db: Database) -> None:
    absorb(db, report("M1", 0))
    db.write("update issues set status = 'RESOLVED', resolved_by = 'withdrawn', resolved_ts = created_ts")
    assert reporting.begun_between(db, at(0), at(60)) == []


def test_what_a_person_closed_is_read_with_that_rule(db: Database) -> None:
    absorb(db, report("M1", 0))
    with db.transaction():
        touched = record_action(db, 1, ActionKind.RESOLVE, actor="operator", at=at(30))
        intake.rederive(db, touched, RULES, at(30), "test")
    [issue] = reporting.begun_between(db, at(0), at(60))
    assert (issue.rule, issue.by, issue.answered_at) == (Rule.RESOLVE, "operator", at(30))


def test_nothing_is_known_of_an_empty_store(db: Database) -> None:
    assert reporting.first_known(db) is None


def test_the_first_that_is_known_is_the_oldest_message_or_issue(db: Database) -> None:
    absorb(db, report("M1", 7), report("M2", 3, contact_id="CTC2"))
    assert reporting.first_known(db) == at(3)
    db.write("update issues set first_inbound_ts = '2026-11-01T00:00:00.000Z' where id = 1")
    assert reporting.first_known(db) == datetime.fromisoformat("2026-11-01T00:00:00Z")


# What webhooks told.

BOTH = [Channel.SMS, Channel.CALL]


def covered(db: Database, channels: list[Channel] | None = None) -> dict[str, tuple[int, int]]:
    found = coverage_between(db, at(0), at(60), channels or BOTH)
    return {str(channel): (seen.messages, seen.delivered) for channel, seen in found.items()}


def delivered(db: Database, *reports: Any) -> None:
    """The reports as a delivery tells them."""
    with db.transaction():
        id_ = db.insert(
            "insert into raw_events (received_ts, source, payload, outcome) values ('', 'ghl', '', 'opened')"
        )
        intake.absorb(db, reports, RULES, at(60), "test", delivery_id=id_)


def test_a_message_that_only_the_api_shows_was_not_told(db: Database) -> None:
    absorb(db, report("M1", 1), report("M2", 2, contact_id="CTC2", channel=Channel.CALL, kind="TYPE_CALL", text=None))
    assert covered(db) == {"CALL": (1, 0), "SMS": (1, 0)}


def test_a_message_that_a_delivery_named_was_told(db: Database) -> None:
    delivered(db, report("M1", 1, origin=Origin.DELIVERY))
    absorb(db, report("M1", 1))
    assert covered(db) == {"SMS": (1, 1)}


def test_a_message_that_a_body_without_id_stood_for_was_told(db: Database) -> None:
    delivered(db, report(None, 1.1))
    absorb(db, report("M1", 1))
    assert covered(db) == {"SMS": (1, 1)}


@pytest.mark.parametrize(
    "fields",
    [
        {"minutes": -1},
        {"minutes": 60},
        {"direction": Direction.OUTBOUND},
        {"channel": Channel.EMAIL, "kind": "TYPE_EMAIL"},
    ],
    ids=["before", "after", "ours", "another channel"],
)
def test_others_are_not_asked_for(db: Database, fields: dict[str, Any]) -> None:
    absorb(db, report("M1", **{"minutes": 1, **fields}))
    assert covered(db) == {}


def test_what_colleagues_write_is_not_asked_for(db: Database) -> None:
    absorb(db, report("M1", 1), report("M2", 2, contact_id="CTCmanager"))
    found = coverage_between(db, at(0), at(60), BOTH, {"CTCmanager"})
    assert found == {Channel.SMS: Coverage(messages=1, delivered=0)}


def test_a_message_that_ghl_has_not_shown_proves_nothing(db: Database) -> None:
    delivered(db, report(None, 1))
    assert covered(db) == {}


def test_what_the_older_service_was_told_is_not_asked_of_us(db: Database) -> None:
    absorb(db, report("M1", 1), report("M2", 30))
    kv.put_instant(db, kv.ADOPTED, at(20))
    assert coverage_between(db, at(0), at(60), BOTH) == {Channel.SMS: Coverage(messages=1, delivered=0)}


# The messages are many.


@pytest.mark.parametrize(
    "ask",
    [
        reporting.first_known,
        lambda db: coverage_between(db, at(0), at(60), BOTH),
        lambda db: unrouted_calls(db, at(0), at(60)),
    ],
    ids=["first", "covered", "unrouted"],
)
def test_messages_are_found_by_their_instant(db: Database, ask: Callable[[Database], object]) -> None:
    asked: list[str] = []
    db.raw.set_trace_callback(asked.append)
    ask(db)
    db.raw.set_trace_callback(None)
    assert "messages_by_instant" in " ".join(row["detail"] for row in db.read(f"explain query plan {asked[0]}"))
