"""Which messages without an id are the same as which others: a function of the facts (DESIGN, "Facts merge")."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel_cli.domain.answers import Role, role_of
from sentinel_cli.domain.facts import Row, row_of
from sentinel_cli.domain.model import Channel, Direction, Report
from sentinel_cli.domain.pairing import stand_ins
from tests.builders import POLICY, report

SECOND = 1 / 60
HOUR = 60


def taken(row: Row) -> bool:
    return role_of(row.message(), POLICY) is Role.CALL_TAKEN


def pairs(*rows: Row) -> dict[str, str]:
    return stand_ins(rows, taken)


def body(key: str, minutes: float, **fields: Any) -> Row:
    """What a workflow told: no id, no event time."""
    return row_of(key, report(None, minutes, **fields))


def event(key: str, minutes: float, **fields: Any) -> Row:
    """What an app event told that named its time, but no message."""
    return body(key, minutes, at_is_receipt=False, **fields)


def real(key: str, minutes: float, **fields: Any) -> Row:
    """What GHL's API shows."""
    return row_of(key, report(key, minutes, **fields))


def as_call(build: Callable[..., Row], key: str, minutes: float, outcome: str | None = None, **fields: Any) -> Row:
    given: dict[str, Any] = {"channel": Channel.CALL, "kind": "TYPE_CALL", "text": None, "outcome": outcome}
    return build(key, minutes, **(given | fields))


# A second body about one message


@pytest.mark.parametrize(
    ("later", "found"),
    [
        pytest.param(body("b", 10), {"b": "a"}, id="ten minutes later"),
        pytest.param(body("b", 10 + SECOND), {}, id="more than ten minutes later"),
        pytest.param(body("b", 0), {"b": "a"}, id="at the same instant"),
        pytest.param(
            body("b", 1, text="  IS anyone  coming today? "), {"b": "a"}, id="the same text, written otherwise"
        ),
        pytest.param(body("b", 1, text="Is anyone here?"), {}, id="another text"),
        pytest.param(body("b", 1, direction=Direction.OUTBOUND), {}, id="the other direction"),
        pytest.param(as_call(body, "b", 1), {}, id="another channel"),
    ],
)
def test_a_second_body_about_one_message_is_a_repetition(later: Row, found: dict[str, str]) -> None:
    assert pairs(body("a", 0), later) == found


def test_ten_minutes_count_from_the_first_body() -> None:
    assert pairs(body("a", 0), body("b", 8), body("c", 12), body("d", 20)) == {"b": "a", "d": "c"}


@pytest.mark.parametrize(
    ("minutes", "found"),
    [
        pytest.param(2, {}, id="between"),
        pytest.param(0, {"b": "a"}, id="with the first"),
        pytest.param(5, {"b": "a"}, id="with the second"),
        pytest.param(6, {"b": "a"}, id="after both"),
    ],
)
def test_a_fact_of_ours_between_two_bodies_makes_them_two_messages(minutes: float, found: dict[str, str]) -> None:
    ours = real("M1", minutes, direction=Direction.OUTBOUND, text="We are on our way.")
    assert pairs(body("a", 0), ours, body("b", 5)) == found


def test_the_customer_s_own_messages_between_two_bodies_change_nothing() -> None:
    assert pairs(body("a", 0), real("M1", 2, text="Hello?"), body("b", 5)) == {"b": "a"}


def test_a_body_of_ours_told_three_times_is_one() -> None:
    ours = [body(key, n, direction=Direction.OUTBOUND) for n, key in enumerate("abc")]
    assert pairs(*ours) == {"b": "a", "c": "a"}


def test_missed_and_taken_calls_are_no_repetitions_of_each_other() -> None:
    assert pairs(as_call(body, "a", 0, "no-answer"), as_call(body, "b", 1, "completed")) == {}


def test_missed_calls_of_different_words_are_repetitions() -> None:
    assert pairs(as_call(body, "a", 0, "no-answer"), as_call(body, "b", 1, None)) == {"b": "a"}


def test_a_repetition_has_the_mate_of_the_first() -> None:
    assert pairs(body("a", 0), body("b", 1), real("M1", -1)) == {"a": "M1", "b": "M1"}


# The real message


@pytest.mark.parametrize(
    ("minutes", "found"),
    [
        pytest.param(-2 * HOUR, {"a": "M1"}, id="two hours before the receipt"),
        pytest.param(-2 * HOUR - SECOND, {}, id="more than two hours before"),
        pytest.param(2, {"a": "M1"}, id="two minutes after"),
        pytest.param(2 + SECOND, {}, id="more than two minutes after"),
    ],
)
def test_a_body_is_the_real_message_near_its_receipt(minutes: float, found: dict[str, str]) -> None:
    assert pairs(body("a", 0), real("M1", minutes)) == found


@pytest.mark.parametrize(
    ("seconds", "found"), [(-5, {"a": "M1"}), (5, {"a": "M1"}), (-6, {}), (6, {})]
)  # fmt: skip
def test_an_event_that_names_its_time_is_the_real_message_within_five_seconds(
    seconds: int, found: dict[str, str]
) -> None:
    assert pairs(event("a", 0), real("M1", seconds * SECOND)) == found


@pytest.mark.parametrize(
    ("told", "shown", "found"),
    [
        pytest.param({}, {"text": "is anyone coming TODAY?"}, {"a": "M1"}, id="the same text, written otherwise"),
        pytest.param({}, {"text": "Hello?"}, {}, id="another text"),
        pytest.param({}, {"text": None}, {}, id="a text against none"),
        pytest.param({"text": None}, {}, {}, id="none against a text"),
        pytest.param({"text": None}, {"text": None}, {"a": "M1"}, id="none against none"),
        pytest.param({"text": None}, {"attachments": True}, {"a": "M1"}, id="none against an attachment with a text"),
        pytest.param({"text": ""}, {"text": None, "attachments": True}, {"a": "M1"}, id="none against an attachment"),
        pytest.param({}, {"direction": Direction.OUTBOUND}, {}, id="the other direction"),
        pytest.param({}, {"channel": Channel.WHATSAPP}, {}, id="another channel"),
    ],
)
def test_a_body_is_the_real_message_that_says_the_same(
    told: dict[str, Any], shown: dict[str, Any], found: dict[str, str]
) -> None:
    assert pairs(body("a", 0, **told), real("M1", 0, **shown)) == found


def test_texts_pair_one_to_one_and_the_nearest_first() -> None:
    bodies = [body("a", 0), body("b", 30)]
    assert pairs(*bodies, real("M1", -1), real("M2", 29)) == {"a": "M1", "b": "M2"}


def test_a_second_body_finds_no_real_text_that_another_body_has() -> None:
    assert pairs(body("a", 0), body("b", 30), real("M1", -1)) == {"a": "M1"}


def test_the_nearer_body_has_the_real_text() -> None:
    assert pairs(body("a", 0), body("b", 30), real("M1", 28)) == {"b": "M1"}


def test_an_event_and_a_body_may_be_one_real_text() -> None:
    assert pairs(event("a", 0), body("b", 1), real("M1", 0)) == {"a": "M1", "b": "M1"}


def test_a_body_is_the_event_that_named_its_time_while_the_real_message_is_unknown() -> None:
    assert pairs(event("a", 0), body("b", 1)) == {"b": "a"}


# Calls


def test_several_bodies_may_be_one_real_call() -> None:
    bodies = [as_call(body, "a", 0), as_call(body, "b", 30)]
    assert pairs(*bodies, as_call(real, "M1", -1, "no-answer")) == {"a": "M1", "b": "M1"}


NOT_TAKEN = as_call(real, "M1", 0, "no-answer")
UNCLEAR = as_call(real, "M1", 0, "completed", duration=24)
TAKEN = as_call(real, "M1", 0, "completed", duration=90)


@pytest.mark.parametrize(
    ("told", "shown", "found"),
    [
        pytest.param(as_call(body, "a", 0), NOT_TAKEN, {"a": "M1"}, id="missed and not taken"),
        pytest.param(as_call(body, "a", 0), UNCLEAR, {"a": "M1"}, id="missed and unclear"),
        pytest.param(as_call(body, "a", 0), TAKEN, {}, id="missed and taken"),
        pytest.param(as_call(body, "a", 0, "completed"), TAKEN, {"a": "M1"}, id="taken and taken"),
        pytest.param(as_call(body, "a", 0, "completed"), NOT_TAKEN, {}, id="taken and not taken"),
        pytest.param(
            as_call(body, "a", 0, "completed", kind="TYPE_VOICEMAIL"), NOT_TAKEN, {"a": "M1"}, id="a voicemail"
        ),
        pytest.param(as_call(event, "a", 0, "ringing"), TAKEN, {"a": "M1"}, id="an event of a ringing phone"),
    ],
)
def test_a_missed_call_is_no_call_that_staff_took(told: Row, shown: Row, found: dict[str, str]) -> None:
    assert pairs(told, shown) == found


def test_a_call_of_ours_pairs_whatever_its_outcome() -> None:
    told = as_call(body, "a", 0, "completed", direction=Direction.OUTBOUND)
    shown = as_call(real, "M1", 0, "no-answer", direction=Direction.OUTBOUND)
    assert pairs(told, shown) == {"a": "M1"}


# Whatever the order


@st.composite
def families(draw: st.DrawFn) -> list[Row]:
    """Any rows of one contact near each other, some of them about the same messages."""
    found = []
    for n in range(draw(st.integers(1, 9))):
        channel = draw(st.sampled_from([Channel.SMS, Channel.CALL]))
        build = draw(st.sampled_from([body, event, real]))
        minutes = draw(st.sampled_from([-130, -121, -60, -10, -1, 0, 0.05, 0.1, 1, 2, 9, 10, 11]))
        said: Report | dict[str, Any] = {"text": draw(st.sampled_from(["Hello?", "hello?", None, "Bye"]))}
        if channel is Channel.CALL:
            said = {
                "kind": "TYPE_CALL",
                "text": None,
                "outcome": draw(st.sampled_from([None, "no-answer", "completed"])),
            }
        direction = draw(st.sampled_from([Direction.INBOUND, Direction.INBOUND, Direction.OUTBOUND]))
        found.append(build(f"K{n}", minutes, channel=channel, direction=direction, **said))
    return found


@given(families(), st.randoms(use_true_random=False))
def test_pairs_are_equal_whatever_the_order_of_the_rows(rows: list[Row], random: Any) -> None:
    assert pairs(*random.sample(rows, len(rows))) == pairs(*rows)


@given(families())
def test_what_stands_for_another_is_stood_for_by_nothing(rows: list[Row]) -> None:
    found = pairs(*rows)
    assert set(found) & set(found.values()) == set()


@given(families())
def test_only_messages_without_an_id_are_stood_for(rows: list[Row]) -> None:
    assert set(pairs(*rows)) <= {row.key for row in rows if row.provisional}


@given(families())
def test_only_rows_of_one_channel_and_direction_pair(rows: list[Row]) -> None:
    by_key = {row.key: (row.channel, row.direction) for row in rows}
    assert [(key, other) for key, other in pairs(*rows).items() if by_key[key] != by_key[other]] == []


@given(families())
def test_a_text_stands_for_one_body_and_one_event_at_most_repetitions_apart(rows: list[Row]) -> None:
    by_key = {row.key: row for row in rows}
    found = pairs(*_without_repetitions(rows))
    held = Counter(
        (other, by_key[key].at_is_receipt) for key, other in found.items() if by_key[key].channel is Channel.SMS
    )
    assert max(held.values(), default=0) <= 1


def _without_repetitions(rows: Iterable[Row]) -> list[Row]:
    """Of bodies without an instant of their own one for each content."""
    bodies = {(row.channel, row.direction, str(row.value("text")).casefold()): row for row in rows if row.at_is_receipt}
    return [row for row in rows if not row.at_is_receipt] + list(bodies.values())
