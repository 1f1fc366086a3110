"""The life of a letter as tables: what to do next on both sides of each instant, and which text is the letter."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sentinel_cli.domain.letters import (
    Letter,
    LetterState,
    Slot,
    Step,
    expires_at,
    is_text_of,
    look_since,
    next_step,
    summary_key,
)
from tests.builders import CHICAGO, MONDAY, at

CLAIMED, UNKNOWN = LetterState.CLAIMED, LetterState.UNKNOWN
LETTER = Letter(
    key="summary:2026-11-23:morning:CTCmanager",
    kind="summary",
    slot=Slot.MORNING,
    on=date(2026, 11, 23),
    contact_id="CTCmanager",
    body="Sentinel, morning, Mon Nov 2\nNobody is waiting.",
    as_of=MONDAY,
    created_at=MONDAY,
    expires_at=at(120),
)


@pytest.mark.parametrize(
    ("minutes", "step"), [(0, Step.CLAIM), (119.9, Step.CLAIM), (120, Step.EXPIRE), (5000, Step.EXPIRE)]
)
def test_an_owed_letter_is_claimed_until_it_expires(minutes: float, step: Step) -> None:
    assert next_step(LETTER, at(minutes)) is step


@pytest.mark.parametrize(
    ("minutes", "step"),
    [(1, Step.WAIT), (5.9, Step.WAIT), (6, Step.LOOK), (119.9, Step.LOOK), (120, Step.LOOK), (1560, Step.EXPIRE)],
)
def test_a_claim_is_anothers_until_its_lease_ends_and_then_unknown(minutes: float, step: Step) -> None:
    letter = replace(LETTER, state=CLAIMED, claimed_at=at(1), lease_until=at(6), attempts=1)
    assert next_step(letter, at(minutes)) is step


@pytest.mark.parametrize(
    ("looks", "looked", "minutes", "step"),
    [
        (0, None, 1, Step.LOOK),
        (1, 1, 1, Step.WAIT),
        (1, 1, 2.9, Step.WAIT),
        (1, 1, 3, Step.LOOK),
        (2, 3, 3, Step.SEND_AGAIN),
        (2, 3, 119.9, Step.SEND_AGAIN),
        (2, 3, 120, Step.EXPIRE),
        (1, 1, 120, Step.LOOK),
        (1, 120, 120, Step.EXPIRE),
        (0, None, 120, Step.LOOK),
        (0, None, 120 + 24 * 60 - 0.1, Step.LOOK),
        (0, None, 120 + 24 * 60, Step.EXPIRE),
    ],
)
def test_an_unknown_letter_is_sent_again_after_two_looks_only(
    looks: int, looked: float | None, minutes: float, step: Step
) -> None:
    seen = None if looked is None else at(looked)
    letter = replace(LETTER, state=UNKNOWN, claimed_at=at(0), attempts=1, looks=looks, last_look_at=seen)
    assert next_step(letter, at(minutes)) is step


@pytest.mark.parametrize("state", [LetterState.SENT, LetterState.REFUSED, LetterState.EXPIRED, LetterState.WITHDRAWN])
def test_nothing_is_done_about_a_final_letter(state: LetterState) -> None:
    assert next_step(replace(LETTER, state=state), at(1)) is Step.NOTHING


@pytest.mark.parametrize(
    ("slot", "made", "expires"),
    [
        # Chicago is six hours behind UTC in November, five in July.
        (Slot.MORNING, "2026-11-23T14:00", "2026-11-23T16:00"),
        (Slot.MORNING, "2026-11-23T16:30", "2026-11-23T17:00"),
        (Slot.MORNING, "2026-11-23T17:00", "2026-11-23T19:00"),
        (Slot.MORNING, "2026-07-06T15:30", "2026-07-06T16:00"),
        (Slot.MIDDAY, "2026-11-23T17:00", "2026-11-23T19:00"),
        (Slot.MIDDAY, "2026-11-23T16:50", "2026-11-23T18:50"),
        (Slot.MIDDAY, "2026-11-23T20:00", "2026-11-23T21:00"),
        (Slot.AFTERNOON, "2026-11-23T21:00", "2026-11-23T23:00"),
        (Slot.AFTERNOON, "2026-11-24T00:30", "2026-11-24T02:30"),
        # An alert has no slot of its own: any summary tells what it would.
        (None, "2026-11-23T16:30", "2026-11-23T17:00"),
        (None, "2026-11-23T17:05", "2026-11-23T19:05"),
    ],
)
def test_a_letter_expires_at_the_next_other_slot_or_after_two_hours(slot: Slot | None, made: str, expires: str) -> None:
    created = datetime.fromisoformat(made).replace(tzinfo=UTC)
    assert expires_at(slot, created, CHICAGO) == datetime.fromisoformat(expires).replace(tzinfo=UTC)


def test_a_summary_has_one_key_for_each_date_slot_and_manager() -> None:
    assert summary_key(date(2026, 11, 23), Slot.MIDDAY, "CTC1") == "summary:2026-11-23:midday:CTC1"


def test_a_forced_summary_has_a_key_of_its_own() -> None:
    key = summary_key(date(2026, 11, 23), Slot.MIDDAY, "CTC1", forced_at=MONDAY)
    assert key == "summary:2026-11-23:midday:CTC1:force:2026-11-23T14:00:00.000Z"


@pytest.mark.parametrize(
    ("minutes", "text", "found"),
    [
        (1, "Sentinel, morning, Mon Nov 2\nNobody is waiting.", True),
        (1, "Sentinel, morning, Mon Nov 2\r\nanother end", True),
        (1, "  Sentinel,  morning, Mon Nov 2 Nobody is waiting.", True),
        (1, "Sentinel, morning, Mon Nov 2", True),
        (1, "Sentinel,\u00a0morning, Mon Nov\u00a02\u00a0Nobody is waiting.", True),
        (1, "Sentinel, morning, Mon Nov 2Nobody is waiting.", True),
        (1, "Sentinel, morning, Mon Nov 2\n3 summaries were not sent", True),
        (-60, "Sentinel, morning, Mon Nov 2", True),
        (-60.1, "Sentinel, morning, Mon Nov 2", False),
        (1, "Sentinel, morning, Mon Nov 23\nNobody is waiting.", False),
        (1, "Sentinel, morning, Mon Nov 2, again 8:01am\nNobody is waiting.", False),
        (1, "Fwd: Sentinel, morning, Mon Nov 2", False),
        (1, "", False),
    ],
)
def test_a_text_is_the_letter_when_it_begins_with_its_first_line(minutes: float, text: str, found: bool) -> None:
    assert is_text_of(replace(LETTER, claimed_at=MONDAY), at(minutes), text) is found


FIRST_LINES = st.builds(
    "Sentinel, {}, Mon Nov {}{}".format,
    st.sampled_from(Slot),
    st.integers(1, 30),
    st.one_of(st.just(""), st.builds(", again {}:{:02}am".format, st.integers(1, 12), st.integers(0, 59))),
)
BLANKS = st.sampled_from([" ", "  ", "\n", "\r\n", "\u00a0", "\t", "\u2028"])
LINE_ENDS = st.sampled_from([" ", "", "\n\n", "\r\n", "\u00a0\n"])
SECOND_LINES = ["Nobody is waiting.", "Overdue calls 1:", "Morning summary was not sent"]


@given(line=FIRST_LINES, blank=BLANKS, line_end=LINE_ENDS, second=st.sampled_from(SECOND_LINES), data=st.data())
def test_no_change_of_white_space_hides_a_letter(
    line: str, blank: str, line_end: str, second: str, data: st.DataObject
) -> None:
    letter = replace(LETTER, body=f"{line}\n{second}")
    around = data.draw(st.sampled_from(["", " ", "\n"]))
    text = f"{around}{blank.join(line.split(' '))}{line_end}{blank.join(second.split(' '))}{around}"
    assert is_text_of(letter, at(0), text)
    assert is_text_of(letter, at(0), f"{text}\nReply STOP to opt out")


@given(line=FIRST_LINES, other=FIRST_LINES, line_end=LINE_ENDS, blank=BLANKS)
def test_no_change_of_white_space_makes_another_letter_look_like_it(
    line: str, other: str, line_end: str, blank: str
) -> None:
    assume(line != other)
    text = f"{blank.join(other.split(' '))}{line_end}Nobody is waiting."
    assert not is_text_of(replace(LETTER, body=f"{line}\nNobody is waiting."), at(0), text)


def test_a_letter_is_looked_for_since_its_making_where_it_was_never_claimed() -> None:
    assert look_since(LETTER) == MONDAY - timedelta(hours=1)
