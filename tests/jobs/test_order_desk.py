"""What an order is answered where the issue is not what its author thinks it is."""

import json
from datetime import timedelta

import pytest

from sentinel_cli.domain.order_text import TOO_LATE
from sentinel_cli.store import kv
from tests.builders import CASEY, at
from tests.jobs.conftest import MANAGER, SECOND, Company
from tests.jobs.orders import HELPER, ORDER_RULES, Orders


@pytest.fixture
def orders(company: Company) -> Orders:
    company.rules = ORDER_RULES
    company.has_one_late()
    company.polls(0)
    return Orders(company)


def body(orders: Orders, text: str, minutes: float = 1, contact: str = MANAGER) -> list[str]:
    """The answer without its first line."""
    return orders.said(f"O{minutes}", text, minutes, contact).split("\n")[1:]


def merged(orders: Orders) -> None:
    """Pat is answered and writes again: two issues; then the answer turns out to have failed: one."""
    company = orders.company
    answer = company.answers("M2", 10)
    company.writes("M3", 12, text="Hello?")
    company.polls(15)
    company.ghl.reports.remove(answer)
    company.answers("M2", 10, outcome="failed", seen_at=at(16), updated_at=at(16))
    company.polls(20)


def withdrawn(orders: Orders) -> None:
    """A call that rang turns out to have been taken."""
    company = orders.company
    ringing = company.calls("M4", 10, "CTC2", outcome="ringing")
    company.named("CTC2", "Lee Emerson", "+12175550142")
    company.polls(15)
    company.ghl.reports.remove(ringing)
    company.calls("M4", 10, "CTC2", outcome="completed", duration=300, seen_at=at(16), updated_at=at(16))
    company.polls(20)


class TestNotWhatItWas:
    def test_one_that_became_a_part_of_another_is_explained(self, orders: Orders) -> None:
        merged(orders)
        assert body(orders, "Resolve 2", 21) == ["#2 Pat E. has become a part of #1: do it there."]

    def test_open_shows_what_it_has_become_a_part_of(self, orders: Orders) -> None:
        merged(orders)
        assert body(orders, "Open 2", 21)[:2] == ["#2 has become a part of #1.", "#1 Pat E. +1***0141"]

    def test_one_that_was_withdrawn_is_explained(self, orders: Orders) -> None:
        withdrawn(orders)
        said = ["#2 Lee E. was withdrawn: nothing of it is left to answer."]
        assert (body(orders, "Resolve 2", 21), body(orders, "Open 2", 27)) == (said, said)

    def test_one_that_was_split_names_the_newer_half(self, orders: Orders) -> None:
        orders.company.answers("M2", 10)
        orders.company.writes("M3", 12, text="Hello?")
        orders.company.polls(15)
        assert body(orders, "Resolve 1", 21) == [
            f"#1 was answered 8:10am by {CASEY}; Pat E. wrote again 8:12am: that is #2."
        ]

    def test_one_that_is_spam_says_how_it_is_undone(self, orders: Orders) -> None:
        body(orders, "Spam 1", 1)
        said = "#1 is spam and stays spam: Unspam 1 lets later messages of Pat E. open issues again."
        assert [body(orders, text, minute) for text, minute in (("Resolve 1", 7), ("Open 1", 13))] == [[said], [said]]

    @pytest.mark.parametrize(
        "text", ["Resolve 99", "Open 99", "Spam 99 yes", "Note 99 hello", "Snooze 99 2h", "Reopen 0"]
    )
    def test_one_that_never_was_is_said(self, orders: Orders, text: str) -> None:
        assert body(orders, text) == [f"There is no #{text.split()[1]}."]

    def test_nothing_is_undone_of_what_was_refused(self, orders: Orders) -> None:
        body(orders, "Resolve 1", 1)
        assert body(orders, "Resolve 1 99", 7) == ["#1 Pat E. was resolved 8:06am by a manager.", "There is no #99."]


class TestSnooze:
    def test_each_is_taken_back_to_its_own_time(self, orders: Orders) -> None:
        orders.company.writes("M9", 0.5, "CTC2")
        orders.company.polls(0.8)
        body(orders, "Snooze 1 until Tue 8am", 1)
        body(orders, "Snooze 2 until Wed 8am", 7)
        assert body(orders, "Unsnooze 1 2", 13)[2:] == ["Undo: Snooze 1 until Tue 8am", "Undo: Snooze 2 until Wed 8am"]

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("Snooze 1 2h", "#1 Pat E.: snoozed until 10:01am, or until they write or call again."),
            ("Snooze 1 until Tue 8am", "#1 Pat E.: snoozed until Tue 8am, or until they write or call again."),
            ("snooze 1 TOMORROW", "#1 Pat E.: snoozed until Tue 8am, or until they write or call again."),
        ],
    )
    def test_it_lasts_from_when_it_was_written(self, orders: Orders, text: str, said: str) -> None:
        assert body(orders, text) == [said, "Undo: Unsnooze 1"]

    def test_one_that_is_over_before_it_is_read_changes_nothing(self, orders: Orders) -> None:
        assert body(orders, "Snooze 1 5m") == ["8:06am is over already. Nothing was done."]
        assert orders.company.rows("select count(*) from actions") == [(0,)]

    def test_a_snoozed_issue_leaves_the_list_and_open_says_until_when(self, orders: Orders) -> None:
        body(orders, "Snooze 1 2h", 1)
        assert body(orders, "List", 7)[0] == "0 open, 1 snoozed"
        assert body(orders, "Open 1", 13)[1].endswith("snoozed until 10:01am")


class TestWho:
    @pytest.mark.parametrize(
        "text", ["Resolve 1", "Spam 1", "Note 1 x", "Snooze 1 2h", "Reopen 1", "Unspam 1", "Unsnooze 1"]
    )
    def test_who_is_no_manager_changes_nothing(self, orders: Orders, text: str) -> None:
        assert body(orders, text, contact=HELPER)[0].startswith("Only managers can do that.")
        assert orders.company.rows("select count(*) from actions") == [(0,)]

    @pytest.mark.parametrize("text", ["List", "More", "Open 1"])
    def test_who_is_no_manager_may_look(self, orders: Orders, text: str) -> None:
        assert any("#1 Pat E." in line for line in body(orders, text, contact=HELPER))

    def test_each_reads_on_in_a_list_of_their_own(self, orders: Orders) -> None:
        body(orders, "List", 1)
        assert body(orders, "More", 7, SECOND)[1].startswith("#1 Pat E.")
        assert body(orders, "More", 13)[0] == "That was all."

    def test_where_a_list_ended_is_remembered(self, orders: Orders) -> None:
        body(orders, "List", 1)
        assert json.loads(kv.get(orders.company.db, f"orders_shown:{MANAGER}") or "") == [1]


def test_after_a_lost_database_older_orders_are_not_repeated(orders: Orders) -> None:
    kv.put_instant(orders.company.db, kv.LETTERS_FORGOTTEN, at(0) + timedelta(minutes=1))
    assert body(orders, "Resolve 1", 1) == [TOO_LATE]
    assert body(orders, "Resolve 1", 7)[0] == "#1 Pat E.: resolved."


def test_open_says_the_last_words_and_where_the_conversation_is(orders: Orders) -> None:
    orders.company.writes("M2", 0.5, text="Are you there?\nIt leaks.")
    orders.company.polls(0.8)
    assert body(orders, "Open 1") == [
        "#1 Pat E. +1***0141",
        "2 texts since Fri 2:20pm, overdue, waits 2h46m",
        '"Are you there? It leaks."',
        "https://app.example.com/CNV1",
    ]
    assert body(orders, "Open 1 2 3", 7)[-1] == "2 at a time. Next: Open 3"
