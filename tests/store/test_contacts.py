"""Whose a message is: by GHL id, by phone until an id is known, of its own; merged when GHL merges."""

from collections.abc import Iterator
from typing import Any

import pytest

from sentinel_cli.domain.instants import instant_text
from sentinel_cli.domain.model import Channel, Direction, Origin, Report
from sentinel_cli.domain.timeline import ActionKind
from sentinel_cli.store import contacts
from sentinel_cli.store.actions import record_action
from sentinel_cli.store.database import Database
from tests.builders import CASEY, absorb, at, report, store

PHONE = "+12175550147"


@pytest.fixture
def db() -> Iterator[Database]:
    with store() as database:
        yield database


def body(minutes: float, said: str = "Is anyone coming today?", **fields: Any) -> Report:
    """A workflow's body that knows only the phone."""
    return report(None, minutes, **{"contact_id": None, "phone": PHONE, "text": said, **fields})


def shown(key: str, minutes: float, contact: str, **fields: Any) -> Report:
    """What GHL shows of a message of that contact, whose phone it knows."""
    return report(key, minutes, contact_id=contact, phone=PHONE, **fields)


def owners(db: Database) -> list[str]:
    """The key of the contact each message belongs to, by instant."""
    rows = db.read("select c.key from messages m join contacts c on c.id = m.contact order by m.at_ts, m.key")
    return [row["key"] for row in rows]


def issues(db: Database) -> list[tuple[Any, ...]]:
    """Each issue: id, contact id, phone, status, and what it was withdrawn into."""
    rows = db.read("select id, contact_id, phone, status, resolved_by, merged_into from issues order by id")
    return [(r[0], r[1], r[2], "withdrawn" if r[4] == "withdrawn" else r[3], r[5]) for r in rows]


# By phone


def test_a_body_that_knows_only_the_phone_makes_a_contact_by_phone(db: Database) -> None:
    absorb(db, body(0))
    assert (owners(db), issues(db)) == ([f"tel:{PHONE}"], [(1, None, PHONE, "OPEN", None)])


def test_once_a_contact_with_the_phone_is_seen_the_message_and_its_issue_are_that_contact_s(db: Database) -> None:
    absorb(db, body(0))
    absorb(db, shown("M1", 0, "CTC1"))
    assert (owners(db), issues(db)) == (["id:CTC1", "id:CTC1"], [(1, "CTC1", PHONE, "OPEN", None)])


def test_a_phone_that_is_learned_later_brings_its_messages_home(db: Database) -> None:
    absorb(db, report("M1", 0, text="Hello?"))
    absorb(db, body(5))
    absorb(db, report("M1", 0, text="Hello?", phone=PHONE))
    assert owners(db) == ["id:CTC1", "id:CTC1"]


def test_a_body_with_the_phone_of_a_known_contact_is_that_contact_s(db: Database) -> None:
    absorb(db, shown("M1", 0, "CTC1"))
    absorb(db, body(5))
    assert owners(db) == ["id:CTC1", "id:CTC1"]


@pytest.mark.parametrize(
    ("minutes", "owner"),
    [
        pytest.param(-1, "id:CTC1", id="before both: the one that spoke next"),
        pytest.param(9, "id:CTC1", id="before the other spoke"),
        pytest.param(10, "id:CTC2", id="when the other spoke"),
        pytest.param(19, "id:CTC2", id="after the other spoke"),
        pytest.param(30, "id:CTC1", id="after the first spoke again"),
    ],
)
def test_of_two_contacts_with_one_phone_the_one_that_spoke_last_by_then_has_the_body(
    db: Database, minutes: float, owner: str
) -> None:
    absorb(db, body(minutes, "Hello?"), shown("M1", 0, "CTC1"), shown("M2", 10, "CTC2"), shown("M3", 20, "CTC1"))
    found = db.read("select c.key from messages m join contacts c on c.id = m.contact where m.contact_id is null")
    assert [row["key"] for row in found] == [owner]


@pytest.mark.parametrize(("settled_before", "owner"), [(None, "id:CTC2"), (10, "id:CTC2"), (11, "id:CTC1")])
def test_what_is_settled_with_one_of_two_contacts_stays_there(
    db: Database, settled_before: float | None, owner: str
) -> None:
    absorb(db, shown("M1", 0, "CTC1"))
    absorb(db, body(10))
    db.write("update contacts set settled_before_ts = ?", settled_before and instant_text(at(settled_before)))
    absorb(db, shown("M2", 5, "CTC2"))
    assert owners(db) == ["id:CTC1", "id:CTC2", owner]


def test_two_contacts_that_spoke_at_one_instant_are_told_apart_by_id(db: Database) -> None:
    absorb(db, shown("M2", 0, "CTC2", text="a"), shown("M1", 0, "CTC1", text="b"), body(1, "c"))
    assert owners(db)[-1] == "id:CTC1"


def test_a_message_that_moves_leaves_its_issue_with_those_that_stay(db: Database) -> None:
    absorb(db, shown("M1", 0, "CTC1", text="a"), body(1, "b"), shown("M3", 10, "CTC2", text="c"))
    absorb(db, shown("M2", 1, "CTC2", text="d"))
    assert issues(db) == [(1, "CTC1", PHONE, "OPEN", None), (2, "CTC2", PHONE, "OPEN", None)]
    assert [row["issue_id"] for row in db.read("select issue_id from messages order by at_ts, key")] == [1, 2, 2, 2]


# By an id, or by nothing


def test_a_body_with_neither_contact_nor_phone_is_a_contact_of_its_own(db: Database) -> None:
    absorb(db, body(0, "a", phone=None), body(1, "b", phone=None))
    assert [owner[:6] for owner in owners(db)] == ["own:p:", "own:p:"]
    assert len(set(owners(db))) == 2


@pytest.mark.parametrize("phone", [PHONE, None])
def test_a_message_with_an_id_goes_to_its_contact_once_that_is_told(db: Database, phone: str | None) -> None:
    absorb(db, report("M1", 0, contact_id=None, phone=phone))
    absorb(db, report("M1", 0))
    assert (owners(db), issues(db)) == (["id:CTC1"], [(1, "CTC1", None, "OPEN", None)])


def test_names_are_learned_and_the_api_s_stays(db: Database) -> None:
    absorb(db, report("M1", 0, contact_name="Lee Example"))
    absorb(db, report("M1", 0, contact_name="lee", origin=Origin.DELIVERY, seen_at=at(50)))
    assert db.read("select contact_name from issues")[0][0] == "Lee Example"


def test_news_that_comes_late_meets_the_newest_name_that_was_told(db: Database) -> None:
    for minutes, name in ((5, "Lee"), (30, "Lee"), (10, "Pat")):
        absorb(db, report("M1", 0, contact_name=name, seen_at=at(minutes)))
    assert db.read("select name from contacts")[0][0] == "Lee"


def test_learning_what_is_known_says_that_nothing_changed(db: Database) -> None:
    absorb(db, report("M1", 0, contact_name="Lee"))
    known = contacts.contact(db, 1)
    told = [report("M1", 0, contact_name=name, seen_at=at(30)) for name in (None, "Lee", "Lee Example")]
    assert [contacts.learn(db, known, each) for each in told] == [False, False, True]


def test_facts_are_read_as_they_were_written() -> None:
    facts = {"name": ((2, "2026-11-23T14:00:00.000Z", "José"), "José"), "at": ((0, -5), "x")}
    assert contacts.facts_of(contacts.facts_json(facts)) == facts


# Merged by GHL


def merged(db: Database) -> None:
    """CTC1 asks at 0, CTC2 at 5; then GHL shows the first message under CTC2."""
    absorb(db, report("M1", 0, contact_id="CTC1"), report("M2", 5, contact_id="CTC2"))
    absorb(db, report("M1", 0, contact_id="CTC2", seen_at=at(30)))


def test_a_message_shown_under_another_contact_merges_the_two(db: Database) -> None:
    merged(db)
    assert owners(db) == ["id:CTC2", "id:CTC2"]
    assert issues(db) == [(1, "CTC2", None, "OPEN", None), (2, "CTC2", None, "withdrawn", 1)]


def test_what_still_names_the_contact_that_is_gone_is_the_survivor_s(db: Database) -> None:
    merged(db)
    absorb(db, report(None, 40, contact_id="CTC1", text="Hello?"))
    assert owners(db) == ["id:CTC2"] * 3


def test_a_merge_of_merged_contacts_is_followed_to_its_end(db: Database) -> None:
    merged(db)
    absorb(db, report("M2", 5, contact_id="CTC3", seen_at=at(40)))
    absorb(db, report(None, 50, contact_id="CTC1", text="Hello?"))
    assert owners(db) == ["id:CTC3"] * 3


def test_a_message_shown_again_under_the_contact_that_is_gone_stays_with_the_survivor(db: Database) -> None:
    merged(db)
    absorb(db, report("M1", 0, contact_id="CTC1", seen_at=at(40)))
    assert owners(db) == ["id:CTC2", "id:CTC2"]


def test_what_people_did_moves_with_the_contact(db: Database) -> None:
    absorb(db, report("M1", 0, contact_id="CTC1"), report("M2", 5, contact_id="CTC2"))
    with db.transaction():
        record_action(db, 2, ActionKind.NOTE, actor="morgan", at=at(10))
    absorb(db, report("M2", 5, contact_id="CTC1", seen_at=at(30)))
    assert [tuple(row) for row in db.read("select contact, issue_id from actions")] == [(1, 1)]


def test_an_answer_in_one_timeline_ends_the_wait_of_the_other(db: Database) -> None:
    answer = {"direction": Direction.OUTBOUND, "user_id": CASEY, "outcome": "delivered", "text": "On our way."}
    absorb(db, report("M1", 0, contact_id="CTC1"), report("M2", 5, contact_id="CTC2", **answer))
    absorb(db, report("M1", 0, contact_id="CTC2", seen_at=at(30)))
    assert issues(db) == [(1, "CTC2", None, "RESOLVED", None)]


@pytest.mark.parametrize(
    ("gone", "survivor", "left"),
    [(5, 9, 5), (9, 5, 5), (None, 5, None), (5, None, None), (None, None, None)],
)
def test_only_what_both_had_settled_stays_settled(
    db: Database, gone: float | None, survivor: float | None, left: float | None
) -> None:
    absorb(db, report("M1", 0, contact_id="CTC1"), report("M2", 0, contact_id="CTC2", channel=Channel.SMS))
    for id_, minutes in ((1, gone), (2, survivor)):
        settled = None if minutes is None else instant_text(at(minutes))
        db.write("update contacts set settled_before_ts = ? where id = ?", settled, id_)
    contacts.merge(db, contacts.contact(db, 1), contacts.contact(db, 2))
    assert contacts.contact(db, 2).settled_before == (None if left is None else at(left))


def test_contacts_that_were_merged_away_or_have_no_id_are_derived_last(db: Database) -> None:
    absorb(db, body(0), report("M1", 0, contact_id="CTC1"), report("M2", 5, contact_id="CTC2"))
    absorb(db, report("M1", 0, contact_id="CTC2", seen_at=at(30)))
    keys = {row["id"]: row["key"] for row in db.read("select id, key from contacts")}
    assert [keys[id_] for id_ in contacts.survivors_first(db, keys)] == ["id:CTC2", f"tel:{PHONE}", "id:CTC1"]
