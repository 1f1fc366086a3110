"""Intake on a real store: what becomes of a delivery, and of one that broke our reading."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from sentinel_cli.domain.payloads import ReadingPolicy
from sentinel_cli.errors import StoreProblem
from sentinel_cli.intake import Incoming, Recorded, absorb, body_of, record, retry
from sentinel_cli.phones import e164
from sentinel_cli.store.database import Database
from tests.builders import CASEY, RULES, at, report, store

LOCATION = "LOCpool"
READING = ReadingPolicy(location_id=LOCATION, e164=e164)
DAY = 24 * 60


class Bug(Exception):
    """What our own code raises in these tests."""


def broken(_: str) -> str | None:
    raise Bug("+12175550123 cannot be read")


def out_of_disk(_: str) -> str | None:
    raise StoreProblem("the disk is full")


BROKEN = ReadingPolicy(location_id=LOCATION, e164=broken)
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def db() -> Iterator[Database]:
    with store() as db:
        yield db


def incoming(body: Any, minutes: float = 0, route: str = "inbound_sms") -> Incoming:
    return Incoming(route=route, received_at=at(minutes), payload=json.dumps(body).encode(), content_type=None)


def workflow_text(words: str = "Is anyone coming today?", **fields: Any) -> dict[str, Any]:
    return {
        "contact_id": "CTC1",
        "full_name": "Lee Example",
        "phone": "+12175550123",
        "location": {"id": LOCATION},
        "message": {"type": 2, "body": words},
    } | fields


def app_text(message_id: str, minutes: float, kind: str = "InboundMessage", **fields: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "webhookId": f"hook-{message_id}",
        "locationId": LOCATION,
        "contactId": "CTC1",
        "messageId": message_id,
        "messageType": "SMS",
        "body": f"words of {message_id}",
        "dateAdded": iso(at(minutes)),
    } | fields


def iso(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")


def staff_text(message_id: str, minutes: float) -> dict[str, Any]:
    return app_text(message_id, minutes, "OutboundMessage", userId=CASEY, source="app", status="delivered")


def recorded(db: Database, body: Any, minutes: float = 0, reading: ReadingPolicy = READING) -> Recorded:
    return record(db, incoming(body, minutes), RULES, reading)


def outcomes(db: Database) -> list[str]:
    return [row["outcome"] for row in db.read("select outcome from raw_events order by id")]


class TestOutcomes:
    def test_a_customers_text_opens_an_issue(self, db: Database) -> None:
        assert recorded(db, workflow_text()) == Recorded(outcome="opened", delivery_id=1, issue_id=1)

    def test_another_one_extends_it(self, db: Database) -> None:
        recorded(db, workflow_text())
        assert recorded(db, workflow_text("Hello?"), 5) == Recorded(outcome="extended", delivery_id=2, issue_id=1)

    def test_the_same_body_soon_after_is_repeated(self, db: Database) -> None:
        recorded(db, workflow_text())
        assert recorded(db, workflow_text(), 5) == Recorded(outcome="repeated", delivery_id=2, issue_id=1)

    def test_the_answer_of_staff_resolves_it(self, db: Database) -> None:
        recorded(db, app_text("M1", 0))
        assert recorded(db, staff_text("M2", 5), 5).outcome == "resolved"

    def test_a_text_that_changes_no_issue_is_recorded(self, db: Database) -> None:
        recorded(db, app_text("M1", 0))
        recorded(db, staff_text("M2", 5), 5)
        assert recorded(db, workflow_text("Thanks!"), 10).outcome == "recorded"

    def test_the_same_webhook_id_is_a_duplicate_and_not_kept(self, db: Database) -> None:
        recorded(db, app_text("M1", 0))
        assert recorded(db, app_text("M1", 0), 30) == Recorded(outcome="duplicate", delivery_id=1, issue_id=1)
        assert outcomes(db) == ["opened"]

    def test_bodies_without_a_webhook_id_are_all_kept(self, db: Database) -> None:
        recorded(db, workflow_text())
        recorded(db, workflow_text(), 1)
        assert outcomes(db) == ["opened", "repeated"]

    def test_a_message_older_than_what_is_settled_is_late_and_changes_nothing(self, db: Database) -> None:
        recorded(db, app_text("M1", 0))
        recorded(db, staff_text("M2", 5), 5)
        recorded(db, app_text("M3", 20 * DAY), 20 * DAY)
        issues = db.read("select id, status, inbound_count from issues")
        assert recorded(db, app_text("M0", -60), 20 * DAY + 1).outcome == "late"
        assert [tuple(row) for row in db.read("select id, status, inbound_count from issues")] == [
            tuple(row) for row in issues
        ]

    @pytest.mark.parametrize(
        ("body", "outcome"),
        [
            (app_text("M1", 0, "ContactCreate"), "ignored:ContactCreate"),
            (app_text("M1", 0, locationId="LOCelsewhere"), "ignored:other-location"),
            (workflow_text(location={"id": "LOCelsewhere"}), "ignored:other-location"),
            ({"contact_id": "CTC1", "tags": "pool"}, "ignored:no-message"),
            ({}, "ignored:no-contact"),
            ([], "undecodable"),
            ("words", "undecodable"),
            (None, "undecodable"),
        ],
    )
    def test_a_body_that_tells_of_no_message_is_kept_with_its_reason(
        self, db: Database, body: Any, outcome: str
    ) -> None:
        assert recorded(db, body) == Recorded(outcome=outcome, delivery_id=1)
        assert outcomes(db) == [outcome]

    def test_the_delivery_remembers_its_contact_message_and_issue(self, db: Database) -> None:
        recorded(db, app_text("M1", 0))
        row = db.one("select contact_id, message_key, issue_id, tries from raw_events")
        assert row is not None
        assert tuple(row) == ("CTC1", "M1", 1, 1)

    def test_the_payload_is_kept_as_it_came(self, db: Database) -> None:
        raw = b' {"contact_id" :"CTC1",\n"tags":"" } '
        record(db, Incoming(route="ghl", received_at=at(0), payload=raw), RULES, READING)
        row = db.one("select cast(payload as blob) as payload from raw_events")
        assert row is not None
        assert row["payload"] == raw


class TestBodies:
    @pytest.mark.parametrize("content_type", [None, "application/json", "text/plain", FORM])
    def test_json_is_json_whatever_its_sender_calls_it(self, content_type: str | None) -> None:
        assert body_of(b'{"a": 1}', content_type) == {"a": 1}

    @pytest.mark.parametrize("content_type", [FORM, f"{FORM}; charset=utf-8", FORM.upper()])
    def test_a_form_is_a_form(self, content_type: str) -> None:
        assert body_of(b"a=1&b[c]=2", content_type) == {"a": "1", "b": {"c": "2"}}

    @pytest.mark.parametrize(
        ("payload", "content_type"),
        [
            (b"", None),
            (b"", FORM),
            (b"a=1", None),
            (b"{", "application/json"),
            (b"[1, 2]", "application/json"),
            (b"[" * 100_000, "application/json"),
            (b"a=\xff", FORM),
            (b"&".join(b"a=1" for _ in range(1001)), FORM),
        ],
    )
    def test_whatever_else_there_is_holds_nothing(self, payload: bytes, content_type: str | None) -> None:
        assert body_of(payload, content_type) is None


class TestBugs:
    def test_a_body_that_breaks_our_reading_is_kept_by_the_name_of_the_error(self, db: Database) -> None:
        assert recorded(db, workflow_text(), reading=BROKEN) == Recorded(outcome="error:Bug", delivery_id=1)
        assert outcomes(db) == ["error:Bug"]

    def test_it_leaves_nothing_half_done(self, db: Database) -> None:
        recorded(db, workflow_text(), reading=BROKEN)
        assert db.read("select * from messages") + db.read("select * from issues") == []

    def test_trying_again_opens_the_issue_as_of_the_receipt(self, db: Database) -> None:
        recorded(db, workflow_text(), 7, reading=BROKEN)
        assert retry(db, RULES, READING) == (1, 0)
        row = db.one("select first_inbound_ts, status from issues")
        assert row is not None
        assert tuple(row) == ("2026-11-23T14:07:00.000Z", "OPEN")

    def test_one_that_still_breaks_stays_and_is_counted(self, db: Database) -> None:
        recorded(db, workflow_text(), reading=BROKEN)
        assert retry(db, RULES, BROKEN) == (0, 1)
        assert outcomes(db) == ["error:Bug"]

    def test_each_try_is_counted(self, db: Database) -> None:
        recorded(db, workflow_text(), reading=BROKEN)
        retry(db, RULES, BROKEN)
        row = db.one("select tries from raw_events")
        assert row is not None
        assert row["tries"] == 2

    def test_what_is_mended_is_not_tried_again(self, db: Database) -> None:
        recorded(db, workflow_text(), reading=BROKEN)
        retry(db, RULES, READING)
        assert retry(db, RULES, READING) == (0, 0)

    def test_a_mended_one_that_the_sweep_has_seen_meanwhile_makes_no_second_issue(self, db: Database) -> None:
        recorded(db, workflow_text("Is anyone coming today?"), reading=BROKEN)
        with db.transaction():
            absorb(db, [report("M1", -1)], RULES, at(2), "sweep")
        retry(db, RULES, READING)
        assert len(db.read("select * from issues")) == 1

    def test_a_store_that_fails_keeps_nothing(self, db: Database) -> None:
        with pytest.raises(StoreProblem):
            recorded(db, workflow_text(), reading=ReadingPolicy(location_id=LOCATION, e164=out_of_disk))
        assert outcomes(db) == []

    def test_text_that_no_database_can_hold_breaks_nothing(self, db: Database) -> None:
        body = app_text("M1", 0, webhookId="\ud800", body="a\ud800b\0c")
        assert recorded(db, body).outcome == "opened"
