"""Orders at once with other orders, with the operator and with the resolver: the database decides, and nobody twice."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from sentinel_cli.domain.timeline import ActionKind
from sentinel_cli.jobs.order_desk import Desk
from sentinel_cli.store.database import Database
from sentinel_cli.triage import Intent, perform
from tests.builders import at
from tests.conftest import Figures
from tests.jobs.conftest import MANAGER, SECOND, Company
from tests.jobs.orders import ORDER_RULES, Orders
from tests.torture import tries

pytestmark = pytest.mark.torture


@pytest.fixture
def orders(company: Company) -> Orders:
    company.rules = ORDER_RULES
    company.has_one_late()
    company.polls(0)
    return Orders(company)


def desk(orders: Orders, db: Database) -> Desk:
    parts = orders.taker()
    return Desk(db=db, now=at(5), managers=parts.managers, rules=ORDER_RULES, words=parts.words, link=lambda _: None)


def at_once(path: Path, *works: Callable[[Database], object]) -> list[object]:
    """What each gave back; each has a connection of its own, and all begin together."""
    barrier = Barrier(len(works))

    def begun(work: Callable[[Database], object]) -> object:
        with Database.open(path) as db:
            barrier.wait()
            return work(db)

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(begun, works))


def test_an_order_at_four_hands_is_carried_out_and_answered_once(orders: Orders, path: Path, figures: Figures) -> None:
    rounds = tries(5, 200)
    for number in range(rounds):
        told = orders.texts(f"O{number}", 1, f"Note 1 round {number}")
        at_once(path, *[lambda db, told=told: desk(orders, db).answered(told)] * 4)
    notes = orders.company.rows("select note from actions")
    letters = orders.company.rows("select count(*) from outbox")
    figures("an order at four hands", rounds=rounds, doubles=len(notes) - len(set(notes)), lost=rounds - len(notes))
    assert (len(notes), len(set(notes)), letters) == (rounds, rounds, [(rounds,)])


def test_of_a_manager_and_an_operator_who_resolve_at_once_one_is_told_of_the_other(
    orders: Orders, path: Path, figures: Figures
) -> None:
    def resolved(db: Database) -> bool:
        with db.transaction():
            done = perform(db, 1, Intent(kind=ActionKind.RESOLVE, actor="ops", at=at(5)), ORDER_RULES)
        return done.refusal is None

    rounds, both, neither = tries(5, 200), 0, 0
    for number in range(rounds):
        told = orders.texts(f"O{number}", 1, "Resolve 1")
        letter, operator = at_once(path, lambda db, told=told: desk(orders, db).answered(told), resolved)
        manager = "Undo: Reopen 1" in letter.body  # type: ignore[attr-defined]
        both, neither = both + (manager and bool(operator)), neither + (not manager and not operator)
        with orders.company.db.transaction():
            perform(orders.company.db, 1, Intent(kind=ActionKind.REOPEN, actor="test", at=at(5)), ORDER_RULES)
    figures("a manager and the operator resolve at once", rounds=rounds, both=both, neither=neither)
    assert (both, neither) == (0, 0)


def test_two_managers_at_once_are_each_answered(orders: Orders, path: Path) -> None:
    one, other = orders.texts("O1", 1, "Resolve 1"), orders.texts("O2", 1, "Resolve 1", SECOND)
    at_once(path, *(lambda db, told=told: desk(orders, db).answered(told) for told in (one, other)))
    assert sorted(orders.company.rows("select contact_id from outbox")) == [(MANAGER,), (SECOND,)]
    assert orders.company.rows("select count(*) from actions") == [(1,)]


def test_where_the_resolver_came_first_the_manager_is_told_who_has_answered(orders: Orders) -> None:
    orders.company.answers("M2", 4)
    orders.texts("O1", 4.5, "Resolve 1")
    orders.company.polls(5)
    orders.run(5.5)
    assert orders.company.last_text().split("\n")[1:] == ["#1 Pat E. was answered 8:04am by USRcasey."]
