"""Whatever the order and repetition of reports, what is known is the same."""

from datetime import timedelta
from functools import reduce
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel_cli.domain.facts import Row, joined, message_facts, row_of
from sentinel_cli.domain.model import Author, Channel, Direction, Origin, Report
from tests.builders import CASEY, at, report

ORIGINS = st.sampled_from(list(Origin))
WORDS = st.sampled_from([None, "pending", "sent", "delivered", "failed", "scheduled", "undelivered"])


@st.composite
def reports(draw: st.DrawFn) -> Report:
    """Any report of one message: some fields said, some not, from any source at any time."""
    seen = draw(st.integers(0, 20))
    return report(
        "M1",
        0,
        at=at(draw(st.sampled_from([0, 0.1, 5]))),
        at_is_receipt=draw(st.booleans()),
        origin=draw(ORIGINS),
        seen_at=at(seen),
        updated_at=draw(st.sampled_from([None, at(1), at(2)])),
        direction=draw(st.sampled_from([None, Direction.INBOUND, Direction.OUTBOUND])),
        contact_id=draw(st.sampled_from([None, "CTC1", "CTC2"])),
        conversation_id=draw(st.sampled_from([None, "CNV1", "CNV2"])),
        outcome=draw(WORDS),
        user_id=draw(st.sampled_from([None, CASEY])),
        text=draw(st.sampled_from([None, "a", "b"])),
        routed=draw(st.booleans()),
    )


@given(st.lists(reports(), min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_merged_facts_are_equal_whatever_the_order_and_repetition_of_reports(told, random):
    again = told + random.choices(told, k=3)
    random.shuffle(again)
    assert joined(*map(message_facts, told)) == joined(*map(message_facts, again))


@given(st.lists(reports(), min_size=2, max_size=5))
def test_merging_step_by_step_is_merging_at_once(told):
    parts = [message_facts(each) for each in told]
    assert reduce(joined, parts) == joined(*parts)


def merged(*told: Report) -> Row:
    """The row that the reports make, the same in every order."""
    rows = {
        repr(sorted(joined(*map(message_facts, order)).items())): joined(*map(message_facts, order))
        for order in permutations(told)
    }
    assert len(rows) == 1
    return Row(key="M1", provisional=False, facts=next(iter(rows.values())))


def test_a_known_field_beats_an_unknown_one_of_a_better_source():
    delivery = report("M1", 0, origin=Origin.DELIVERY, conversation_id="CNV1")
    assert merged(delivery, report("M1", 0, conversation_id=None)).value("conversation_id") == "CNV1"


@pytest.mark.parametrize("name", ["contact_id", "conversation_id", "user_id", "source", "text", "kind"])
def test_the_api_beats_a_delivery(name):
    delivery = report("M1", 0, origin=Origin.DELIVERY, seen_at=at(9), **{name: "z"})
    assert merged(delivery, report("M1", 0, **{name: "a"})).value(name) == "a"


def test_the_api_beats_a_delivery_for_the_direction():
    delivery = report("M1", 0, origin=Origin.DELIVERY, direction=Direction.INBOUND)
    assert merged(delivery, report("M1", 0, direction=Direction.OUTBOUND)).direction is Direction.OUTBOUND


def test_an_event_time_beats_a_receipt():
    receipt = report("M1", 3, at_is_receipt=True, origin=Origin.DELIVERY)
    assert merged(receipt, report("M1", 1, origin=Origin.DELIVERY)).at == at(1)


def test_of_two_receipts_the_earlier_is_the_instant():
    early = report("M1", 1, at_is_receipt=True, origin=Origin.DELIVERY)
    assert merged(early, report("M1", 3, at_is_receipt=True, origin=Origin.DELIVERY)).at == at(1)


@pytest.mark.parametrize(
    ("one", "other", "winner"),
    [
        ({"outcome": "pending"}, {"outcome": "delivered"}, "delivered"),
        ({"outcome": "pending", "updated_at": at(9)}, {"outcome": "delivered", "updated_at": at(1)}, "delivered"),
        ({"outcome": "delivered"}, {"outcome": "failed"}, "failed"),
        ({"outcome": "failed", "updated_at": at(1)}, {"outcome": "delivered", "updated_at": at(2)}, "delivered"),
        ({"outcome": "delivered", "origin": Origin.API}, {"outcome": "failed", "origin": Origin.DELIVERY}, "delivered"),
        ({"outcome": "sent"}, {"outcome": None}, "sent"),
        ({"outcome": "scheduled"}, {"outcome": "undelivered"}, "undelivered"),
    ],
)
def test_of_outcomes_the_later_wins(one, other, winner):
    assert merged(report("M1", 0, **one), report("M1", 0, **other)).value("outcome") == winner


@pytest.mark.parametrize(
    ("one", "other", "winner"),
    [("ringing", "completed", "completed"), ("in-progress", "no-answer", "no-answer"), ("completed", "busy", "busy")],
)
def test_of_call_outcomes_the_later_wins(one, other, winner):
    told = [report("M1", 0, channel=Channel.CALL, kind="TYPE_CALL", outcome=word) for word in (one, other)]
    assert merged(*told).value("outcome") == winner


def test_a_message_of_unknown_direction_is_the_customers():
    row = row_of("M1", report("M1", 0, direction=None))
    assert (row.direction, row.author) == (Direction.INBOUND, Author.CUSTOMER)


def test_the_newest_look_of_the_api_says_whose_message_it_is():
    later = report("M1", 0, contact_id="CTC1", seen_at=at(0) + timedelta(hours=1))
    assert merged(report("M1", 0, contact_id="CTC2"), later).value("contact_id") == "CTC1"


def test_a_row_stands_for_what_its_mates_tell():
    mate = row_of("p:1", report(None, 0, routed=True, reported_missed=True))
    message = row_of("M1", report("M1", 0)).message([mate])
    assert (message.routed, message.reported_missed, message.confirmed) == (True, True, True)
