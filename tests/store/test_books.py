"""Books are loaded as values and written back as what derivation decided, each transition with its cause."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sentinel_cli import intake
from sentinel_cli.domain.instants import instant_text
from sentinel_cli.domain.ledger import Changes, Entry
from sentinel_cli.domain.model import Channel, Direction, IssueStatus
from sentinel_cli.domain.timeline import ActionKind, SpamSpan
from sentinel_cli.errors import NoSuchIssue
from sentinel_cli.store import actions, books
from sentinel_cli.store.database import Database
from tests.builders import CASEY, RULES, absorb, at, report, store

DAY = 24 * 60
WINDOW = timedelta(hours=96)
OURS: dict[str, Any] = {
    "direction": Direction.OUTBOUND,
    "user_id": CASEY,
    "outcome": "delivered",
    "text": "On our way.",
}
CALL: dict[str, Any] = {"channel": Channel.CALL, "kind": "TYPE_CALL", "text": None}


@pytest.fixture
def db() -> Iterator[Database]:
    with store() as database:
        yield database


def did(db: Database, issue_id: int, kind: ActionKind, minutes: float, until: float | None = None) -> None:
    """What Morgan did to an issue, and what followed from it."""
    ends = None if until is None else at(until)
    with db.transaction():
        touched = actions.record_action(db, issue_id, kind, actor="morgan", at=at(minutes), until=ends)
        intake.rederive(db, touched, RULES, at(minutes), "action")


def issue(db: Database, issue_id: int = 1) -> Any:
    return db.read("select * from issues where id = ?", issue_id)[0]


def events(db: Database, issue_id: int = 1) -> list[str]:
    return [row["event"] for row in db.read("select event from issue_log where issue_id = ? order by id", issue_id)]


# What an issue's row says


def test_an_opened_issue_is_written_whole(db: Database) -> None:
    absorb(db, report("M1", 0, phone="+12175550147", contact_name="Lee Example", conversation_id="CNV1"), now=at(7))
    told = {name: issue(db)[name] for name in issue(db).keys()}  # noqa: SIM118 - a Row is no mapping
    assert told | {"id": 1} == {
        **dict.fromkeys(told),
        "id": 1,
        "issue_type": "SMS",
        "status": "OPEN",
        "contact": 1,
        "contact_id": "CTC1",
        "contact_name": "Lee Example",
        "phone": "+12175550147",
        "conversation_id": "CNV1",
        "created_ts": instant_text(at(7)),
        "due_ts": instant_text(at(120)),
        "first_inbound_ts": instant_text(at(0)),
        "last_inbound_ts": instant_text(at(0)),
        "inbound_count": 1,
        "outbound_count": 0,
        "auto_replies": 0,
        "unconfirmed": 0,
    }


def test_a_resolved_issue_names_its_evidence_and_the_answer_s_instant(db: Database) -> None:
    absorb(db, report("M1", 0))
    absorb(db, report("M2", 5, **OURS), now=at(30))
    columns = ("status", "resolved_ts", "resolved_by", "answered_by", "answer_key", "recorded_ts", "outbound_count")
    assert [issue(db)[name] for name in columns] == [
        "RESOLVED", instant_text(at(5)), "staff_text", CASEY, "M2", instant_text(at(30)), 1
    ]  # fmt: skip


def test_automatic_replies_are_counted_as_outbound_and_apart(db: Database) -> None:
    absorb(db, report("M1", 0), report("M2", 1, **(OURS | {"source": "workflow"})), report("M3", 5, **OURS))
    assert (issue(db)["auto_replies"], issue(db)["outbound_count"]) == (1, 2)


def test_a_resolve_is_no_outbound_message(db: Database) -> None:
    absorb(db, report("M1", 0))
    did(db, 1, ActionKind.RESOLVE, 5)
    assert (issue(db)["resolved_by"], issue(db)["answered_by"], issue(db)["outbound_count"]) == ("resolve", "morgan", 0)


def test_a_reopened_issue_is_recorded_no_more(db: Database) -> None:
    absorb(db, report("M1", 0), report("M2", 5, **OURS))
    did(db, 1, ActionKind.REOPEN, 9)
    assert [issue(db)[name] for name in ("status", "resolved_ts", "resolved_by", "recorded_ts")] == [
        "OPEN",
        *[None] * 3,
    ]


def test_later_evidence_of_the_same_kind_does_not_record_it_again(db: Database) -> None:
    absorb(db, report("M1", 0), report("M3", 9, **OURS), now=at(10))
    absorb(db, report("M2", 5, **OURS), now=at(20))
    assert (issue(db)["answer_key"], issue(db)["recorded_ts"]) == ("M2", instant_text(at(10)))


def test_every_message_remembers_its_issue(db: Database) -> None:
    absorb(db, report(None, 1), report("M1", 0), report("M2", 2, **CALL), report("M3", 9, **OURS))
    found = db.read("select issue_id from messages order by at_ts")
    assert [row["issue_id"] for row in found] == [1, 1, 2, None]


@pytest.mark.parametrize("reported", [{"outcome": "no-answer"}, {"outcome": "completed", "duration": 90}])
def test_an_issue_is_read_as_it_was_written(db: Database, reported: dict[str, Any]) -> None:
    absorb(db, report("M1", 0), report("M2", 5, **CALL, **reported))
    did(db, 1, ActionKind.SNOOZE, 9, until=90)
    book = books.load(db, 1, WINDOW)
    assert books.issue_of(issue(db)) == book.issues[1]


def test_a_snoozed_issue_says_until_when(db: Database) -> None:
    absorb(db, report("M1", 0))
    did(db, 1, ActionKind.SNOOZE, 5, until=90)
    assert (issue(db)["status"], issue(db)["snoozed_until_ts"]) == ("OPEN", instant_text(at(90)))


def test_stop_flags_the_contact(db: Database) -> None:
    absorb(db, report("M1", 0, text="STOP"))
    assert [tuple(row) for row in db.read("select key, opted_out from contacts")] == [("id:CTC1", 1)]


# The log


def test_each_transition_is_logged_by_name_after_what_was_done(db: Database) -> None:
    absorb(db, report("M1", 0))
    absorb(db, report("M2", 2))
    absorb(db, report("M4", 3, **(OURS | {"user_id": "USRstranger"})))
    absorb(db, report("M3", 5, **OURS))
    did(db, 1, ActionKind.REOPEN, 9)
    did(db, 1, ActionKind.SPAM, 12)
    assert events(db) == ["opened", "extended", "changed", "resolved", "reopen", "reopened", "spam", "spam"]


def test_a_name_that_becomes_known_is_written_and_not_logged(db: Database) -> None:
    absorb(db, report("M1", 0))
    absorb(db, report("M1", 0, contact_name="Lee Example"))
    assert (issue(db)["contact_name"], events(db)) == ("Lee Example", ["opened"])


def test_a_wait_that_is_over_when_it_becomes_known_is_recorded(db: Database) -> None:
    absorb(db, report("M1", 0), report("M2", 5, **OURS))
    assert events(db) == ["recorded"]


def test_a_withdrawn_issue_is_logged_with_the_one_that_holds_its_messages(db: Database) -> None:
    absorb(db, report("M1", 0), report("M2", 5, **OURS), report("M3", 9))
    absorb(db, report("M2", 5, **(OURS | {"outcome": "failed"}), updated_at=at(20)))
    log = db.read("select event, evidence from issue_log where issue_id = 2 order by id")
    assert [(row["event"], json.loads(row["evidence"]).get("merged_into")) for row in log] == [
        ("opened", None),
        ("withdrawn", 1),
    ]


def test_the_log_names_cause_and_evidence(db: Database) -> None:
    absorb(db, report("M1", 0), report("M2", 5, **OURS))
    (line,) = db.read("select cause, evidence from issue_log")
    answer = {"answer": "M2", "by": CASEY, "rule": "staff_text", "at": instant_text(at(5))}
    assert line["cause"] == "test"
    assert json.loads(line["evidence"]) == {"status": "RESOLVED", "messages": 1, **answer}


# Ids in the store


def test_a_withdrawn_issue_gives_its_notes_to_the_survivor(db: Database) -> None:
    absorb(db, report("M1", 0), report("M2", 5, **OURS), report("M3", 9))
    did(db, 2, ActionKind.NOTE, 10)
    absorb(db, report("M2", 5, **(OURS | {"outcome": "failed"}), updated_at=at(20)))
    assert [row["issue_id"] for row in db.read("select issue_id from actions")] == [1]


def test_what_stops_being_open_is_written_before_what_opens(db: Database) -> None:
    absorb(db, report("M1", 0), report("M3", 10))
    absorb(db, report("M2", 5, **OURS))
    assert [(issue(db, id_)["status"], issue(db, id_)["inbound_count"]) for id_ in (1, 2)] == [
        ("RESOLVED", 1),
        ("OPEN", 1),
    ]


def test_an_issue_that_changed_under_the_transaction_is_not_overwritten(db: Database) -> None:
    absorb(db, report("M1", 0))
    before = books.issue_of(issue(db))
    stale = Entry(before=replace(before, status=IssueStatus.RESOLVED), after=before)
    with pytest.raises(AssertionError, match="issue 1 changed"):
        books.apply(db, Changes(entries=[stale]), "test", at(5))


# What is loaded


def test_actions_come_back_as_they_were_taken(db: Database) -> None:
    absorb(db, report("M1", 0), report("M2", 5))
    did(db, 1, ActionKind.SNOOZE, 9, until=90)
    (action,) = books.load(db, 1, WINDOW).actions
    assert (action.kind, action.actor, action.at, action.until, action.channel, action.first, action.through) == (
        ActionKind.SNOOZE, "morgan", at(9), at(90), Channel.SMS, "M1", "M2"
    )  # fmt: skip


def test_actions_of_one_instant_take_effect_in_the_order_they_were_taken(db: Database) -> None:
    absorb(db, report("M1", 0))
    for kind in [ActionKind.NOTE] * 8 + [ActionKind.RESOLVE, ActionKind.REOPEN]:
        did(db, 1, kind, 9)
    assert issue(db)["status"] == "OPEN"


def test_spam_is_known_by_phone_and_by_contact(db: Database) -> None:
    absorb(db, report("M1", 0, phone="+12175550147"), report("M2", 0, contact_id="CTC2"))
    for number, until in (("+12175550147", at(9)), ("id:CTC2", None)):
        db.insert(
            "insert into spam_phones (phone, since_ts, until_ts) values (?, ?, ?)",
            number,
            instant_text(at(1)),
            instant_text(until) if until else None,
        )
    assert [books.load(db, id_, WINDOW).spam for id_ in (1, 2)] == [
        [SpamSpan(since=at(1), until=at(9))],
        [SpamSpan(since=at(1))],
    ]


@pytest.mark.parametrize("phone", ["+12175550147", None])
def test_spam_and_unspam_mark_the_number_itself(db: Database, phone: str | None) -> None:
    absorb(db, report("M1", 0, phone=phone))
    did(db, 1, ActionKind.SPAM, 5)
    did(db, 1, ActionKind.UNSPAM, 9)
    found = db.read("select phone, since_ts, until_ts from spam_phones")
    assert [tuple(row) for row in found] == [(phone or "id:CTC1", instant_text(at(0)), instant_text(at(9)))]


def test_an_action_on_an_issue_that_is_not_there_is_refused(db: Database) -> None:
    with pytest.raises(NoSuchIssue, match="no issue #9"):
        actions.record_action(db, 9, ActionKind.NOTE, actor="morgan", at=at(0))


# What is settled


def test_a_settled_issue_is_loaded_no_more_and_stays_as_it_is(db: Database) -> None:
    absorb(db, report("M1", 0), report("M2", 5, **OURS))
    absorb(db, report("M3", 20 * DAY), now=at(20 * DAY))
    absorb(db, report("M4", 20 * DAY + 1), now=at(20 * DAY))
    assert (list(books.load(db, 1, WINDOW).issues), events(db, 1), issue(db, 1)["status"]) == (
        [2],
        ["recorded"],
        "RESOLVED",
    )


def test_a_late_answer_to_what_is_settled_changes_no_issue(db: Database) -> None:
    absorb(db, report("M1", 0), report("M2", 5, **OURS))
    absorb(db, report("M3", 20 * DAY), now=at(20 * DAY))
    absorbed = absorb(db, report("M0", 3, **OURS), now=at(20 * DAY))
    assert (absorbed.late, absorbed.events, issue(db, 1)["answer_key"]) == (1, [], "M2")


def test_an_issue_that_is_open_is_never_settled(db: Database) -> None:
    absorb(db, report("M1", 0), now=at(300 * DAY))
    absorb(db, report("M2", 5, **OURS), now=at(300 * DAY))
    assert (issue(db)["status"], issue(db)["answer_key"]) == ("RESOLVED", "M2")


def test_our_text_before_the_settled_instant_still_closes_what_thanks_for_it(db: Database) -> None:
    absorb(db, report("M1", 0), report("M2", 5, **OURS), report("M3", 13 * DAY, **OURS))
    absorb(db, report("M4", 13 * DAY + 9, text="STOP"), now=at(28 * DAY))
    absorb(db, report("M5", 15 * DAY, text="Ok thanks"), now=at(28 * DAY))
    assert db.read("select settled_before_ts from contacts")[0][0] == instant_text(at(14 * DAY))
    assert db.read("select count(*) from issues")[0][0] == 1
