"""Orders: each found in the API, carried out once, answered once; and nothing that the API does not show."""

import logging
from dataclasses import replace
from typing import Any

import pytest

from sentinel_cli.domain.model import Channel
from sentinel_cli.domain.order_text import TOO_LATE
from sentinel_cli.errors import GhlRefused, GhlRejected, GhlUnavailable, SendOutcomeUnknown
from tests.builders import at
from tests.fakes import Crash
from tests.jobs.conftest import MANAGER, SECOND, Company
from tests.jobs.orders import HELPER, ORDER_RULES, Orders


@pytest.fixture
def orders(company: Company) -> Orders:
    company.rules = ORDER_RULES
    company.has_one_late()
    company.polls(0)
    company.ghl.calls.clear()
    return Orders(company)


def status(orders: Orders) -> list[str]:
    return [row[2] for row in orders.company.issues()]


def is_told_as_of(orders: Orders, minutes: float) -> None:
    """The search dates the last message of every conversation so."""
    orders.company.ghl.threads = [replace(each, last_message_at=at(minutes)) for each in orders.company.ghl.threads]


class TestLooks:
    def test_a_quiet_minute_asks_nothing(self, orders: Orders) -> None:
        orders.run(0)
        orders.company.ghl.calls.clear()
        assert [orders.run(minute).counts for minute in (1, 2, 3, 4)] == [{}, {}, {}, {}]
        assert orders.company.ghl.calls == []

    def test_every_five_minutes_each_internal_contact_is_asked_after_with_one_request(self, orders: Orders) -> None:
        orders.run(0)
        orders.company.ghl.calls.clear()
        orders.run(5)
        assert orders.company.ghl.calls == [("conversations_of", each) for each in sorted({HELPER, MANAGER, SECOND})]

    def test_a_conversation_in_which_nothing_happened_is_not_read(self, orders: Orders) -> None:
        orders.run(0)
        orders.texts("O1", 1, "Resolve 1")
        is_told_as_of(orders, -60)
        orders.run(5)
        assert (orders.company.ghl.called("conversation"), status(orders)) == (0, ["OPEN"])

    def test_after_a_webhook_it_is_read_though_the_search_lags_behind(self, orders: Orders) -> None:
        orders.run(0)
        orders.texts("O1", 1, "Resolve 1")
        is_told_as_of(orders, -60)
        orders.hears(1.1, "Resolve 1")
        orders.run(1.5)
        assert status(orders) == ["RESOLVED"]

    def test_a_webhook_leads_to_a_look_in_the_same_minute(self, orders: Orders) -> None:
        orders.run(0)
        orders.texts("O1", 1, "Resolve 1")
        orders.hears(1.1, "Resolve 1")
        orders.run(1.5)
        assert status(orders) == ["RESOLVED"]

    def test_an_order_whose_webhook_was_lost_is_found_within_five_minutes(self, orders: Orders) -> None:
        orders.run(0)
        orders.texts("O1", 1, "Resolve 1")
        orders.run(1.5)
        assert status(orders) == ["OPEN"]
        orders.run(5)
        assert status(orders) == ["RESOLVED"]

    def test_after_a_webhook_it_looks_every_minute_until_ghl_shows_it(self, orders: Orders) -> None:
        orders.run(0)
        orders.hears(1, "Resolve 1")
        for minute in (1.5, 2.5, 3.5):
            orders.run(minute)
        assert orders.company.ghl.called("conversations_of") == 3 + 3
        orders.texts("O1", 1, "Resolve 1")
        orders.run(4.5)
        orders.company.ghl.calls.clear()
        orders.run(4.9)
        assert (status(orders), orders.company.ghl.calls) == (["RESOLVED"], [])

    def test_what_the_resolver_has_seen_first_is_carried_out_too(self, orders: Orders) -> None:
        orders.run(0)
        orders.texts("O1", 1, "Resolve 1")
        orders.company.polls(2)
        orders.run(2.5)
        assert status(orders) == ["RESOLVED"]

    def test_the_first_run_ever_answers_only_the_last_minutes(self, orders: Orders) -> None:
        orders.texts("O1", -11, "List")
        orders.texts("O2", -9, "Help")
        orders.run(0)
        assert orders.answers() == [(MANAGER, "Sentinel, Help, 7:51am")]

    def test_a_clock_that_was_ahead_once_stops_nothing(self, orders: Orders) -> None:
        orders.run(3000)
        orders.texts("O1", 1, "Resolve 1")
        orders.run(1.5)
        assert status(orders) == ["RESOLVED"]

    def test_quiet_runs_are_not_kept_for_long(self, orders: Orders) -> None:
        for minute in range(0, 90, 5):
            orders.run(minute)
        assert len(orders.company.rows("select 1 from job_runs where job = 'run-orders'")) == 13


class TestProof:
    def test_a_forged_delivery_is_never_carried_out(self, orders: Orders, caplog: pytest.LogCaptureFixture) -> None:
        orders.run(0)
        recorded = orders.hears(1, "Resolve 1")
        dropped = [orders.run(minute).dropped for minute in range(1, 20)]
        assert (status(orders), orders.company.ghl.sent, sum(dropped)) == (["OPEN"], [], 1)
        warned = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
        assert [f"contact={MANAGER} delivery={recorded.delivery_id}" in line for line in warned] == [True]

    def test_what_is_no_order_is_given_up_in_silence(self, orders: Orders) -> None:
        orders.run(0)
        orders.hears(1, "On my way")
        assert [orders.run(minute).counts for minute in range(1, 20)] == [{}] * 19

    def test_what_ghl_shows_only_later_than_ten_minutes_is_not_carried_out(self, orders: Orders) -> None:
        orders.run(0)
        orders.hears(1, "Resolve 1")
        for minute in range(1, 13):
            orders.run(minute)
        orders.texts("O1", 1, "Resolve 1")
        for minute in range(13, 25):
            orders.run(minute)
        assert (status(orders), orders.company.ghl.sent) == (["OPEN"], [])

    def test_a_customer_who_texts_an_order_is_a_customer(self, orders: Orders) -> None:
        orders.run(0)
        orders.texts("O1", 1, "Resolve 1", "CTC7")
        orders.hears(1.1, "Resolve 1", "CTC7")
        orders.run(5)
        orders.company.polls(6)
        assert (status(orders), orders.company.ghl.sent) == (["OPEN", "OPEN"], [])

    def test_another_s_text_in_a_manager_s_conversation_is_no_order(self, orders: Orders) -> None:
        told = orders.texts("O1", 1, "Resolve 1")
        orders.company.ghl.reports[-1] = replace(told, contact_id="CTC7")
        orders.run(5)
        assert (status(orders), orders.company.ghl.sent) == (["OPEN"], [])

    def test_our_own_text_in_a_manager_s_conversation_is_no_order(self, orders: Orders) -> None:
        orders.company.answers("O1", 1, MANAGER, text="Resolve 1")
        orders.run(5)
        assert (status(orders), orders.company.ghl.sent) == (["OPEN"], [])

    @pytest.mark.parametrize("fields", [{"kind": "TYPE_SMS_REACTION"}, {"channel": Channel.EMAIL}, {"text": None}])
    def test_what_is_no_text_is_no_order(self, orders: Orders, fields: dict[str, Any]) -> None:
        orders.company.writes("O1", 1, MANAGER, **{"text": "Resolve 1", **fields})
        orders.run(5)
        assert status(orders) == ["OPEN"]

    @pytest.mark.parametrize("text", ["ok thanks", "👍", "On my way", "Not now", "", "Did you resolve 1?"])
    def test_whoever_is_only_talking_is_not_answered(self, orders: Orders, text: str) -> None:
        orders.texts("O1", 1, text)
        assert (orders.run(5).counts, orders.company.ghl.sent) == ({}, [])


class TestOnce:
    def test_an_order_is_carried_out_and_answered_once(self, orders: Orders) -> None:
        orders.texts("O1", 1, "Note 1 gate code is 12")
        orders.hears(1.1, "Note 1 gate code is 12")
        for minute in range(2, 30):
            orders.run(minute)
        assert orders.company.rows("select kind, actor, note from actions") == [("note", MANAGER, "gate code is 12")]
        assert orders.answers() == [(MANAGER, "Sentinel, Note 1, 8:01am")]

    def test_the_same_words_sent_twice_are_two_orders(self, orders: Orders) -> None:
        orders.texts("O1", 1, "Resolve 1")
        orders.texts("O2", 1.2, "Resolve 1")
        orders.run(5)
        assert [out.text.partition("\n")[2] for out in orders.company.ghl.sent] == [
            "#1 Pat E.: resolved.\nUndo: Reopen 1",
            "#1 Pat E. was resolved 8:05am by a manager.",
        ]

    def test_orders_are_carried_out_in_the_order_they_were_written(self, orders: Orders) -> None:
        orders.texts("O2", 2, "Reopen 1", SECOND)
        orders.texts("O1", 1, "Resolve 1")
        orders.texts("O3", 3, "Snooze 1 2h")
        orders.run(5)
        kinds = orders.company.rows("select kind, actor from actions order by id")
        assert kinds == [("resolve", MANAGER), ("reopen", SECOND), ("snooze", MANAGER)]

    def test_a_number_that_is_spam_and_is_not_within_one_run_opens_issues_again(self, orders: Orders) -> None:
        orders.texts("O1", 1, "Spam 1")
        orders.texts("O2", 1.5, "Unspam 1")
        orders.run(5)
        orders.company.writes("M9", 8, text="My pump is leaking")
        orders.company.polls(9)
        assert status(orders) == ["SPAM", "OPEN"]

    @pytest.mark.parametrize("after", [False, True])
    def test_a_process_that_dies_while_it_answers_neither_repeats_nor_loses_it(
        self, orders: Orders, after: bool
    ) -> None:
        orders.texts("O1", 1, "Resolve 1")
        orders.company.ghl.fail("send_text", Crash(), after=after)
        with pytest.raises(Crash):
            orders.run(5)
        for minute in range(6, 20):
            orders.run(minute)
        assert orders.answers() == [(MANAGER, "Sentinel, Resolve 1, 8:01am")]
        assert orders.company.rows("select count(*) from actions") == [(1,)]
        assert orders.company.states() == ["sent"]

    def test_an_answer_whose_fate_is_unknown_is_looked_for(self, orders: Orders) -> None:
        orders.texts("O1", 1, "Resolve 1")
        orders.company.ghl.fail("send_text", SendOutcomeUnknown("timed out"), after=True)
        orders.run(5)
        orders.run(6)
        assert (len(orders.company.ghl.sent), orders.company.states()) == (1, ["sent"])

    def test_an_answer_that_ghl_did_not_take_is_owed(self, orders: Orders) -> None:
        orders.texts("O1", 1, "Resolve 1")
        orders.company.ghl.fail("send_text", GhlUnavailable("503"))
        assert orders.run(5).counts == {"orders": 1, "owed": 1}
        assert orders.run(6).counts == {"answered": 1}


class TestTrouble:
    def test_whom_ghl_does_not_show_is_said_and_asked_after_again_in_five_minutes(self, orders: Orders) -> None:
        orders.company.ghl.fail("conversations_of", GhlUnavailable("503"), times=3)
        orders.texts("O1", 1, "Resolve 1")
        done = orders.run(2)
        assert (done.counts, done.problem and done.problem.exit_code) == ({"unread": 3}, 75)
        assert orders.run(3).counts == {}
        orders.run(7)
        assert status(orders) == ["RESOLVED"]

    def test_one_that_cannot_be_read_does_not_stop_the_others(self, orders: Orders) -> None:
        orders.texts("O1", 1, "Resolve 1", SECOND)
        orders.company.ghl.fail("conversations_of", GhlUnavailable("503"))
        assert orders.run(5).counts == {"orders": 1, "answered": 1, "unread": 1}

    def test_a_refusal_ends_the_run(self, orders: Orders) -> None:
        orders.company.ghl.fail("conversations_of", GhlRefused("401", status=401))
        with pytest.raises(GhlRefused):
            orders.run(5)

    def test_a_manager_who_blocks_texts_is_an_error_but_the_order_is_done(self, orders: Orders) -> None:
        orders.texts("O1", 1, "Resolve 1")
        orders.company.ghl.fail("send_text", GhlRejected("DND", status=400))
        problem = orders.run(5).problem
        assert (problem and problem.exit_code, status(orders)) == (69, ["RESOLVED"])

    def test_an_order_of_an_hour_ago_is_not_carried_out_but_answered(self, orders: Orders) -> None:
        orders.run(0)
        orders.texts("O1", 1, "Resolve 1")
        orders.run(61.5)
        text = "Sentinel, too late, 8:01am\n" + TOO_LATE
        assert (status(orders), orders.company.last_text()) == (["OPEN"], text)

    def test_one_of_just_an_hour_is(self, orders: Orders) -> None:
        orders.run(0)
        orders.texts("O1", 1, "Resolve 1")
        orders.run(61)
        assert status(orders) == ["RESOLVED"]

    def test_what_was_texted_more_than_a_day_ago_is_left_alone(self, orders: Orders) -> None:
        orders.run(0)
        orders.texts("O1", 1, "Resolve 1")
        orders.run(1 + 24 * 60 + 1)
        assert orders.company.ghl.sent == []


class TestSeen:
    def test_what_the_customer_wrote_after_the_order_is_not_meant(self, orders: Orders) -> None:
        orders.texts("O1", 3, "Resolve 1")
        orders.company.writes("M9", 4, text="And it leaks now")
        orders.company.polls(5)
        orders.run(6)
        assert status(orders) == ["RESOLVED", "OPEN"]
        assert orders.company.last_text() == (
            "Sentinel, Resolve 1, 8:03am\n#1 Pat E.: resolved. Still open: #2.\nUndo: Reopen 1"
        )


def test_a_rehearsal_sends_and_changes_nothing(orders: Orders) -> None:
    orders.texts("O1", 1, "Resolve 1")
    before = orders.company.dump()
    done = orders.rehearses(5)
    assert [letter.body for letter in done.answers] == [
        "Sentinel, Resolve 1, 8:01am\n#1 Pat E.: resolved.\nUndo: Reopen 1"
    ]
    assert (orders.company.dump(), orders.company.ghl.sent) == (before, [])
