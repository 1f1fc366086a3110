"""An adopted message: that there was one is known, what it said is not, until GHL shows it."""

from datetime import timedelta
from typing import Any

import pytest

from sentinel_cli.domain.facts import Row, adopted_row, row_of
from sentinel_cli.domain.ledger import Book, Changes, Contact, derive
from sentinel_cli.domain.model import Channel, Direction, Issue, IssueStatus, Origin
from sentinel_cli.domain.pairing import stand_ins
from tests.builders import RULES, at, report


def adopted(name: str, minutes: float, count: int = 1, **fields: Any) -> Row:
    told = {"origin": Origin.ADOPTED, "text": None, "kind": None, **fields}
    return adopted_row(f"adopted:{name}", report(None, minutes, **told), count)


def real(id_: str, minutes: float, **fields: Any) -> Row:
    return row_of(id_, report(id_, minutes, **fields))


def body(name: str, minutes: float, **fields: Any) -> Row:
    return row_of(f"p:{name}", report(None, minutes, **fields))


def mates(*rows: Row) -> dict[str, str]:
    return stand_ins(rows, lambda row: row.value("outcome") == "completed")


@pytest.mark.parametrize("minutes", [-120, -1, 0, 2])
def test_any_text_of_the_customer_near_it_is_it(minutes: float) -> None:
    assert mates(adopted("a", 0), real("M1", minutes, text="Pump is loud")) == {"adopted:a": "M1"}


@pytest.mark.parametrize(
    "other",
    [
        real("M1", -121),
        real("M1", 2.1),
        real("M1", 0, direction=Direction.OUTBOUND),
        real("M1", 0, channel=Channel.CALL),
    ],
)
def test_nothing_farther_or_else_is(other: Row) -> None:
    assert mates(adopted("a", 0), other) == {}


def test_the_nearest_is() -> None:
    assert mates(adopted("a", 0), real("M1", -60), real("M2", -1), real("M3", -30)) == {"adopted:a": "M2"}


def test_a_call_that_staff_took_is_not_the_missed_one() -> None:
    missed = adopted("a", 0, channel=Channel.CALL)
    assert mates(missed, real("M1", -1, channel=Channel.CALL, outcome="completed")) == {}


def test_two_of_one_moment_are_two_messages() -> None:
    assert mates(adopted("a", 0), adopted("b", 5)) == {}


def test_a_body_has_the_first_word_about_the_message_with_its_text() -> None:
    found = mates(adopted("a", 1), body("b", 2, text="Hello?"), real("M1", 1, text="Hello?"))
    assert found == {"p:b": "M1"}


def derived(*rows: Row, issues: dict[int, Issue] | None = None, **contact: Any) -> Changes:
    owner = Contact(id=1, contact_id="CTC1", phone=None, name=None, **contact)
    return derive(Book(contact=owner, rows={row.key: row for row in rows}, issues=issues or {}), RULES, at(300))


def test_it_counts_for_as_many_as_the_older_service_had_counted() -> None:
    (entry,) = derived(adopted("a", 0), adopted("b", 60, count=4)).entries
    assert (entry.after.status, entry.after.inbound_count) == (IssueStatus.OPEN, 5)


def test_what_ghl_shows_counts_instead() -> None:
    shown = [real("M1", -0.1), real("M2", 30), real("M3", 59.9)]
    (entry,) = derived(adopted("a", 0), adopted("b", 60, count=4), *shown).entries
    assert entry.after.inbound_count == 3


def test_a_wait_that_a_body_opened_long_ago_is_settled_no_later_than_its_real_message_may_be() -> None:
    owner = Contact(id=1, contact_id="CTC1", phone=None, name=None, settled_before=at(0) - timedelta(days=60))
    book = Book(contact=owner, rows={"p:b": body("b", -30 * 24 * 60)})
    settled = derive(book, RULES, at(300)).contact
    assert settled is not None
    assert settled.settled_before == at(-30 * 24 * 60 - 120)
