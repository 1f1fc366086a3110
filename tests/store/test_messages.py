"""Reports become rows: merged into the message they are about, late ones kept apart, nothing known forgotten."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from sentinel_cli.domain.instants import instant_text
from sentinel_cli.domain.model import Channel, Direction, Origin
from sentinel_cli.store import deliveries, messages
from sentinel_cli.store.database import Database
from tests.builders import CASEY, MONDAY, absorb, at, report, store

DAY = 24 * 60
WINDOW = timedelta(hours=96)


@pytest.fixture
def db() -> Iterator[Database]:
    with store() as database:
        yield database


def only(db: Database) -> Any:
    """The one message there is."""
    (row,) = db.read("select * from messages")
    return row


def settled(db: Database, minutes: float) -> None:
    """A contact whose history before that minute is settled."""
    db.insert(
        "insert into contacts (key, contact_id, settled_before_ts) values ('id:CTC1', 'CTC1', ?)",
        instant_text(at(minutes)),
    )


# One row for each message


def test_a_report_of_a_new_message_makes_a_row(db: Database) -> None:
    absorbed = absorb(db, report("M1", 0))
    assert (absorbed.keys, absorbed.new, absorbed.late) == (["M1"], 1, 0)


def test_what_is_told_again_changes_no_row(db: Database) -> None:
    absorb(db, report("M1", 0))
    before = tuple(only(db))
    assert (absorb(db, report("M1", 0)).new, tuple(only(db))) == (0, before)


def test_what_two_sources_know_is_one_row(db: Database) -> None:
    absorb(db, report("M1", 0, origin=Origin.DELIVERY, conversation_id="CNV1"), report("M1", 0, outcome="delivered"))
    assert (only(db)["conversation_id"], only(db)["outcome"], only(db)["origin"]) == ("CNV1", "delivered", "api")


def test_a_report_that_comes_late_meets_the_newest_that_was_told(db: Database) -> None:
    for minutes, said in ((5, "a"), (30, "a"), (10, "b")):
        absorb(db, report("M1", 0, text=said, seen_at=at(minutes)))
    assert only(db)["text"] == "a"


def test_the_columns_say_what_the_facts_say(db: Database) -> None:
    call = {"channel": Channel.CALL, "kind": "TYPE_CALL", "direction": Direction.OUTBOUND, "text": None}
    absorb(db, report("M1", 0, user_id=CASEY, source="app", outcome="completed", duration=90, **call))
    columns = ("contact_id", "channel", "kind", "direction", "author", "user_id", "source", "outcome", "duration")
    found = [only(db)[name] for name in (*columns, "at_ts", "provisional", "late")]
    assert found == [
        "CTC1", "CALL", "TYPE_CALL", "outbound", "staff", CASEY, "app", "completed", 90, instant_text(MONDAY), 0, 0
    ]  # fmt: skip


def test_an_adopted_message_is_known_as_such(db: Database) -> None:
    absorb(db, report("M1", 0, origin=Origin.ADOPTED))
    assert only(db)["origin"] == "adopted"


def test_the_key_of_a_message_without_id_is_its_digest_and_instant() -> None:
    assert messages.provisional_key(report(None, 0), "d1") == "p:d1:2026-11-23T14:00:00.000Z"


def test_a_message_remembers_the_first_delivery_that_told_of_it(db: Database) -> None:
    ids = [
        deliveries.archive(db, deliveries.Incoming(route="ghl", received_at=at(n), payload=b"{}"), None)
        for n in range(2)
    ]
    for id_ in ids:
        messages.merge_report(db, report("M1", 0, origin=Origin.DELIVERY, seen_at=at(id_ or 0)), "M1", id_)
    assert (only(db)["delivery_id"], only(db)["origin"]) == (ids[0], "delivery")


def test_a_message_remembers_when_the_api_was_first_seen_to_show_it(db: Database) -> None:
    told = [report("M1", 0, origin=Origin.DELIVERY), report("M1", 0, seen_at=at(5)), report("M1", 0, seen_at=at(9))]
    for each in told:
        absorb(db, each)
    assert only(db)["api_seen_ts"] == instant_text(at(5))


def test_a_row_is_read_as_it_was_written(db: Database) -> None:
    absorb(db, report(None, 0), report("M1", 0))
    found = {row.key: row for row in messages.rows_of_contact(db, 1, None, WINDOW)}
    provisional = next(row for row in found.values() if row.provisional)
    assert (found["M1"].api_seen, provisional.same_as, provisional.looked, provisional.late) == (
        True, "M1", False, False
    )  # fmt: skip


def test_what_stands_for_a_message_and_its_issue_are_known(db: Database) -> None:
    (key,) = absorb(db, report(None, 1)).keys
    absorb(db, report("M1", 0))
    assert messages.standing(db, key) == ("M1", 1)


def test_a_message_nobody_told_of_stands_nowhere(db: Database) -> None:
    assert messages.standing(db, "M9") == (None, None)


# Late facts


def test_a_fact_older_than_what_is_settled_is_kept_and_counted_and_changes_nothing(db: Database) -> None:
    settled(db, 0)
    absorbed = absorb(db, report("M1", -1))
    assert (absorbed.late, absorbed.events, only(db)["late"]) == (1, [], 1)


def test_a_fact_of_the_settled_instant_is_not_late(db: Database) -> None:
    settled(db, 0)
    absorbed = absorb(db, report("M1", 0))
    assert (absorbed.late, absorbed.count("opened"), only(db)["late"]) == (0, 1, 0)


def test_a_fact_that_is_late_is_late_once(db: Database) -> None:
    settled(db, 0)
    absorb(db, report("M1", -1))
    assert absorb(db, report("M1", -1)).late == 0


# The open part


def keys_of(db: Database, settled_before: datetime | None) -> list[str]:
    return sorted(row.key for row in messages.rows_of_contact(db, 1, settled_before, WINDOW))


def history(db: Database) -> None:
    ours: dict[str, Any] = {"direction": Direction.OUTBOUND, "user_id": CASEY}
    call = {"channel": Channel.CALL, "kind": "TYPE_CALL"}
    comment = {"channel": Channel.OTHER, "kind": "TYPE_INTERNAL_COMMENT"}
    absorb(
        db,
        report("M1", -9 * DAY, **ours),
        report("M2", -8 * DAY, **ours),
        report("M3", -7 * DAY, **ours, **call),
        report("M4", -7 * DAY, **ours, **comment),
        report("M5", -7 * DAY, **ours, outcome="failed"),
        report("M6", -6 * DAY),
        report("M7", -3 * DAY),
        report("M8", 0),
    )


def test_without_settled_history_all_messages_count(db: Database) -> None:
    history(db)
    assert keys_of(db, None) == [f"M{n}" for n in range(1, 9)]


def test_before_what_is_settled_count_the_window_and_our_newest_text(db: Database) -> None:
    history(db)
    assert keys_of(db, at(0)) == ["M2", "M7", "M8"]


def test_late_messages_do_not_count(db: Database) -> None:
    settled(db, 0)
    absorb(db, report("M1", -1), report("M2", 1))
    assert keys_of(db, at(0)) == ["M2"]
