"""Letters as rows: owed once, changed only by whoever saw them as they are."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from sentinel_cli.domain.letters import Letter, LetterState, Slot, summary_key
from sentinel_cli.store import invariants, outbox, schema
from sentinel_cli.store.database import Database
from tests.builders import MONDAY, at, store

ON = date(2026, 11, 23)
FRIDAY = date(2026, 11, 20)


def letter(contact: str = "CTCmanager", slot: Slot = Slot.MORNING, on: date = ON, made: float = 0) -> Letter:
    return Letter(
        key=summary_key(on, slot, contact),
        kind="summary",
        slot=slot,
        on=on,
        contact_id=contact,
        body=f"Sentinel, {slot}, Mon Nov 23\nNobody is waiting.",
        as_of=at(made),
        created_at=at(made),
        expires_at=at(made + 120),
    )


@pytest.fixture
def db() -> Iterator[Database]:
    with store() as database:
        yield database


def claimed(db: Database, minutes: float = 1) -> Letter:
    owed = outbox.owe(db, letter())
    outbox.claim(db, owed, at(minutes))
    return outbox.one(db, owed.id)


def test_a_letter_comes_back_as_it_was_owed(db: Database) -> None:
    assert outbox.owe(db, letter()) == replace(letter(), id=1)


def test_a_letter_without_a_slot_comes_back_as_it_was_owed(db: Database) -> None:
    alert = replace(letter(), key="alert:41", kind="alert", slot=None)
    assert outbox.owe(db, alert) == replace(alert, id=1)


def test_a_letter_is_owed_once(db: Database) -> None:
    assert outbox.owe(db, letter()).id == outbox.owe(db, letter()).id


def test_a_letter_that_is_still_owed_takes_the_newer_text_and_keeps_its_age(db: Database) -> None:
    outbox.owe(db, letter())
    newer = outbox.owe(db, replace(letter(made=10), body="newer"))
    assert (newer.body, newer.as_of, newer.created_at, newer.expires_at) == ("newer", at(10), MONDAY, at(120))


def test_a_letter_that_was_claimed_keeps_its_text(db: Database) -> None:
    before = claimed(db)
    assert outbox.owe(db, replace(letter(made=10), body="newer")) == before


def test_a_claim_leases_the_letter_for_five_minutes(db: Database) -> None:
    found = claimed(db)
    assert (found.state, found.claimed_at, found.lease_until, found.attempts) == (
        LetterState.CLAIMED,
        at(1),
        at(6),
        1,
    )


def test_a_letter_that_two_runs_saw_is_claimed_by_one(tmp_path: Path) -> None:
    with Database.create(tmp_path / "sentinel.db") as one, Database.create(tmp_path / "sentinel.db") as other:
        schema.migrate(one)
        seen = outbox.owe(one, letter())
        assert [outbox.claim(one, seen, at(1)), outbox.claim(other, seen, at(1))] == [True, False]


def test_a_claim_that_ran_out_is_not_taken_over_before_it_was_looked_for(db: Database) -> None:
    assert outbox.claim(db, claimed(db), at(60)) is False


def test_a_letter_looked_for_in_vain_can_be_claimed_again_once(db: Database) -> None:
    held = claimed(db)
    outbox.mark_unknown(db, held, "time-out")
    outbox.record_look(db, held, at(1))
    outbox.record_look(db, held, at(3))
    seen = outbox.one(db, held.id)
    assert [outbox.claim(db, seen, at(3)), outbox.claim(db, seen, at(3))] == [True, False]


def test_a_second_claim_forgets_the_looks_and_remembers_the_first_claim(db: Database) -> None:
    held = claimed(db)
    outbox.mark_unknown(db, held, "time-out")
    outbox.record_look(db, held, at(3))
    outbox.claim(db, outbox.one(db, held.id), at(9))
    again = outbox.one(db, held.id)
    assert (again.attempts, again.looks, again.last_look_at, again.claimed_at) == (2, 0, None, at(1))


def test_a_sent_letter_keeps_its_message(db: Database) -> None:
    held = claimed(db)
    outbox.mark_sent(db, held, message_id="MSG1", conversation_id="CNV1", at=at(2))
    sent = outbox.one(db, held.id)
    assert (sent.state, sent.message_id, sent.conversation_id, sent.sent_at, sent.lease_until) == (
        LetterState.SENT,
        "MSG1",
        "CNV1",
        at(2),
        None,
    )


def test_a_letter_is_marked_sent_once(db: Database) -> None:
    held = claimed(db)
    outbox.mark_sent(db, held, message_id="MSG1", conversation_id=None, at=at(2))
    assert outbox.mark_sent(db, held, message_id="MSG2", conversation_id=None, at=at(3)) is False


def test_an_acceptance_outweighs_what_others_believed_meanwhile(db: Database) -> None:
    held = claimed(db)
    outbox.expire(db, held, at(120))
    assert outbox.mark_sent(db, held, message_id="MSG1", conversation_id=None, at=at(2)) is True


@pytest.mark.parametrize(
    ("end", "state"),
    [
        (outbox.mark_refused, LetterState.REFUSED),
        (outbox.mark_unknown, LetterState.UNKNOWN),
        (outbox.give_back, LetterState.OWED),
    ],
)
def test_a_claim_ends_with_its_error(
    db: Database, end: Callable[[Database, Letter, str], bool], state: LetterState
) -> None:
    held = claimed(db)
    end(db, held, "what GHL said")
    ended = outbox.one(db, held.id)
    assert (ended.state, ended.error, ended.lease_until) == (state, "what GHL said", None)


@pytest.mark.parametrize("end", [outbox.mark_refused, outbox.mark_unknown, outbox.give_back])
def test_a_lost_claim_changes_nothing(db: Database, end: Callable[[Database, Letter, str], bool]) -> None:
    held = claimed(db)
    outbox.mark_sent(db, held, message_id="MSG1", conversation_id=None, at=at(2))
    assert (end(db, held, "late"), outbox.one(db, held.id).state) == (False, LetterState.SENT)


def test_a_refusal_of_an_earlier_claim_does_not_end_a_later_one(db: Database) -> None:
    held = claimed(db)
    outbox.give_back(db, held, "429")
    outbox.claim(db, outbox.one(db, held.id), at(2))
    assert outbox.mark_refused(db, held, "DND") is False


@pytest.mark.parametrize(("minutes", "counts"), [(2.9, False), (3, True)])
def test_a_look_counts_two_minutes_after_the_last(db: Database, minutes: float, counts: bool) -> None:
    held = claimed(db)
    outbox.mark_unknown(db, held, "time-out")
    outbox.record_look(db, held, at(1))
    assert outbox.record_look(db, held, at(minutes)) is counts


@pytest.mark.parametrize(("minutes", "counts"), [(5.9, False), (6, True)])
def test_a_look_counts_only_after_the_lease(db: Database, minutes: float, counts: bool) -> None:
    assert outbox.record_look(db, claimed(db), at(minutes)) is counts


def test_a_failed_look_is_shown_and_does_not_count(db: Database) -> None:
    held = claimed(db)
    outbox.record_failed_look(db, held, "GHL down")
    looked = outbox.one(db, held.id)
    assert (looked.looks, looked.error) == (0, "GHL down")


@pytest.mark.parametrize(("minutes", "expires"), [(5.9, False), (6, True)])
def test_a_claimed_letter_does_not_expire_under_its_lease(db: Database, minutes: float, expires: bool) -> None:
    assert outbox.expire(db, claimed(db), at(minutes)) is expires


def test_an_expired_letter_keeps_the_error_that_explains_it(db: Database) -> None:
    held = claimed(db)
    outbox.give_back(db, held, "GHL down")
    outbox.expire(db, outbox.one(db, held.id), at(120))
    expired = outbox.one(db, held.id)
    assert (expired.state, expired.error) == (LetterState.EXPIRED, "GHL down")


def test_the_letters_of_a_slot_are_those_of_its_date(db: Database) -> None:
    wanted = [outbox.owe(db, letter("CTC1")), outbox.owe(db, letter("CTC2"))]
    outbox.owe(db, letter(slot=Slot.MIDDAY))
    outbox.owe(db, letter(on=FRIDAY))
    assert outbox.of_slot(db, "summary", ON, Slot.MORNING) == wanted


def test_finished_letters_are_not_unfinished(db: Database) -> None:
    held = claimed(db)
    outbox.mark_sent(db, held, message_id="MSG1", conversation_id=None, at=at(2))
    left = outbox.owe(db, letter("CTC2"))
    assert outbox.unfinished(db, "summary") == [left]


def test_an_expired_summary_is_missed(db: Database) -> None:
    owed = outbox.owe(db, letter())
    outbox.expire(db, owed, at(120))
    assert outbox.missed(db, "summary", "CTCmanager", at(180)) == [(ON, Slot.MORNING)]


@pytest.mark.parametrize(("minutes", "missed"), [(119, []), (120, [(ON, Slot.MORNING)])])
def test_an_owed_summary_is_missed_from_its_expiry_on(
    db: Database, minutes: float, missed: list[tuple[date, Slot]]
) -> None:
    outbox.owe(db, letter())
    assert outbox.missed(db, "summary", "CTCmanager", at(minutes)) == missed


def test_what_was_missed_before_the_last_summary_sent_is_told_already(db: Database) -> None:
    outbox.expire(db, outbox.owe(db, letter()), at(120))
    midday = outbox.owe(db, letter(slot=Slot.MIDDAY, made=180))
    outbox.mark_sent(db, midday, message_id="MSG1", conversation_id=None, at=at(181))
    assert outbox.missed(db, "summary", "CTCmanager", at(420)) == []


def test_what_another_manager_missed_is_not_told(db: Database) -> None:
    outbox.expire(db, outbox.owe(db, letter("CTC2")), at(120))
    assert outbox.missed(db, "summary", "CTCmanager", at(180)) == []


def test_several_missed_summaries_come_oldest_first(db: Database) -> None:
    outbox.expire(db, outbox.owe(db, letter(slot=Slot.AFTERNOON, on=FRIDAY)), at(120))
    outbox.expire(db, outbox.owe(db, letter()), at(120))
    assert outbox.missed(db, "summary", "CTCmanager", at(180)) == [(FRIDAY, Slot.AFTERNOON), (ON, Slot.MORNING)]


def test_every_state_of_a_letter_is_known_to_the_rules_that_always_hold() -> None:
    [rule] = [sql for what, sql, _ in invariants._RULES if "in no known state" in what]
    assert [state for state in LetterState if f"'{state}'" not in rule] == []
