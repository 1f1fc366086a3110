"""What people do in an order in which it is hardest to be right: nobody who waits is hidden by it, or told of twice."""

from dataclasses import replace
from typing import Any

import pytest

from sentinel_cli.domain.letters import Slot
from sentinel_cli.domain.timeline import ActionKind as K
from sentinel_cli.errors import GhlUnavailable, SendOutcomeUnknown
from sentinel_cli.triage import Done, Intent, perform
from tests.builders import at
from tests.jobs.conftest import MANAGER, PHONE, Company
from tests.jobs.orders import ORDER_RULES, Orders

DAY = 1440
DOWN, LOST = GhlUnavailable("no connection"), SendOutcomeUnknown("ReadTimeout")


@pytest.fixture
def orders(company: Company) -> Orders:
    """Pat (CTC1) waits under #1 since 7:30."""
    company.rules = ORDER_RULES
    company.named("CTC1", "Pat Ellison")
    company.writes("M1", -30, phone=PHONE)
    company.polls(0)
    told = Orders(company)
    told.run(0)
    return told


def does(o: Orders, minutes: float, kind: K, id_: int, **more: Any) -> Done:
    """The operator's command."""
    intent = Intent(kind=kind, actor="operator", at=at(minutes), sure=True, **more)
    with o.company.db.transaction():
        return perform(o.company.db, id_, intent, o.company.rules)


def is_heard(o: Orders, message_id: str, minutes: float, **fields: Any) -> bool:
    """Whether a text of that minute opens something."""
    o.company.writes(message_id, minutes, **({"phone": PHONE} | fields))
    o.company.polls(minutes + 1)
    return bool(
        o.company.rows(
            "select 1 from messages m join issues i on i.id = m.issue_id where m.key = ? and i.status = 'OPEN'",
            message_id,
        )
    )


def marks_the_next(o: Orders, day: int) -> None:
    """#1 was answered on the first day; #2, of that later day, is spam, and an unspam by #1 lets Pat be heard."""
    company = o.company
    company.answers("A1", 1)
    for each in range(day + 1):
        company.polls(DAY * each + 2)
    company.writes("M2", DAY * day + 10, phone=PHONE)
    company.polls(DAY * day + 11)
    does(o, DAY * day + 12, K.SPAM, 2)
    assert does(o, DAY * day + 13, K.UNSPAM, 1).refusal is None
    assert is_heard(o, "M3", DAY * day + 14)


class TestUnspam:
    def test_what_comes_between_the_order_and_its_run_is_heard(self, orders: Orders) -> None:
        does(orders, 1, K.SPAM, 1)
        orders.texts("O1", 10, "Unspam 1")
        orders.company.writes("M2", 11, phone=PHONE)
        orders.run(15)
        assert "open issues again" in orders.company.last_text()
        orders.company.polls(16)
        assert orders.company.rows("select count(*) from issues where status = 'OPEN'") == [(1,)]

    def test_an_issue_that_was_opened_is_not_taken_back(self, orders: Orders) -> None:
        does(orders, 1, K.SPAM, 1)
        orders.texts("O1", 10, "Unspam 1")
        orders.run(15)
        orders.company.hears(15.2, "The pump is dead")
        assert orders.company.issues()[-1][:3] == (2, "SMS", "OPEN")
        orders.company.writes("M2", 14.5, text="The pump is dead")
        orders.company.polls(20)
        assert orders.company.issues()[-1][:3] == (2, "SMS", "OPEN")

    def test_by_an_older_issue_of_the_same_customer_it_lasts(self, orders: Orders) -> None:
        marks_the_next(orders, day=10)
        for day in range(11, 18):
            orders.company.calls(f"C{day}", DAY * day + 60)
            orders.company.polls(DAY * day + 61)
        assert "OPEN" in [row[2] for row in orders.company.issues()]

    def test_by_a_settled_issue_of_the_same_customer_it_works(self, orders: Orders) -> None:
        marks_the_next(orders, day=21)

    def test_by_an_issue_of_whoever_shares_the_number(self, orders: Orders) -> None:
        company = orders.company
        company.writes("R1", -60, "CTC2", phone=PHONE)
        company.answers("R2", -50, "CTC2", phone=PHONE)
        company.polls(1, deep=True)
        assert [row[0::3] for row in company.issues()] == [(1, "CTC1"), (2, "CTC2")]
        does(orders, 2, K.SPAM, 1)
        assert does(orders, 3, K.UNSPAM, 2).refusal is None
        heard = is_heard(orders, "M2", 10)
        again = does(orders, 12, K.UNSPAM, 1).refusal
        assert (heard, again) == (True, "already")

    def test_after_the_phone_was_changed(self, orders: Orders) -> None:
        does(orders, 2, K.SPAM, 1)
        is_heard(orders, "M2", 3, phone="+12175550199")
        assert does(orders, 7, K.UNSPAM, 1).refusal is None
        assert is_heard(orders, "M3", 8, phone="+12175550199")

    def test_after_ghl_merged_the_contact_into_another(self, orders: Orders) -> None:
        company = orders.company
        does(orders, 2, K.SPAM, 1)
        company.ghl.reports = [
            replace(r, contact_id="CTC9", phone="+12175550177", seen_at=at(40)) for r in company.ghl.reports
        ]
        company.polls(5)
        assert company.issues()[0][2:] == ("SPAM", "CTC9")
        assert does(orders, 8, K.UNSPAM, 1).refusal is None
        assert is_heard(orders, "L3", 9, contact="CTC9", phone="+12175550177")

    def test_by_a_run_whose_clock_was_read_before_the_spam(self, orders: Orders) -> None:
        does(orders, 5.2, K.SPAM, 1)  # typed while a run that began at 5.0 still reads GHL
        orders.texts("O1", 5.3, "Unspam 1")
        orders.run(5)
        assert "open issues again" in orders.company.last_text()
        assert is_heard(orders, "M2", 8)


class TestSnooze:
    def test_reopened_it_is_not_hidden(self, orders: Orders) -> None:
        does(orders, 1, K.SNOOZE, 1, until=at(3 * DAY))
        orders.company.answers("A1", 5)
        orders.company.polls(6)
        assert "open again, due 10am" in orders.said("O1", "Reopen 1", 10)
        assert "#1" in orders.said("O2", "List", 20)

    def test_beside_a_later_call(self, orders: Orders) -> None:
        orders.company.calls("C1", -10)
        orders.company.polls(1)
        assert "snoozed until" in orders.said("O1", "Snooze 1 2h", 2)

    @pytest.mark.parametrize("text", ["STOP", 'Liked "On our way."'])
    def test_after_a_later_text_that_opens_nothing(self, orders: Orders, text: str) -> None:
        orders.company.writes("M2", -10, text=text)
        orders.company.polls(1)
        assert "snoozed until" in orders.said("O1", "Snooze 1 2h", 2)

    def test_when_the_customer_wrote_before_the_run(self, orders: Orders) -> None:
        orders.texts("O1", 2, "Snooze 1 2h")
        orders.company.writes("M2", 3, phone=PHONE)
        orders.company.polls(4)
        orders.run(6)
        assert "settled long ago" not in orders.company.last_text()


class TestLetters:
    @pytest.fixture(autouse=True)
    def _late(self, company: Company) -> None:
        company.managers = (MANAGER,)
        company.has_one_late()
        company.polls(-10)

    def test_an_alert_in_doubt_does_not_tell_what_the_summary_has_told(self, company: Company) -> None:
        company.ghl.fail("send_text", LOST)
        company.alerts(6)
        company.sums_up(10)
        company.alerts(11)
        assert sum("#1" in out.text for out in company.ghl.sent) == 1

    def test_an_alert_in_doubt_is_not_sent_again_of_who_was_answered(self, company: Company) -> None:
        company.ghl.fail("send_text", LOST)
        company.alerts(40)
        company.answers("A1", 41)
        company.polls(42)
        assert company.issues()[0][2] == "RESOLVED"
        company.alerts(45)
        assert company.texted() == []

    def test_an_outage_that_outlived_its_letter_is_told_when_texts_go_out_again(self, company: Company) -> None:
        company.ghl.fail("sweep", DOWN, times=1000)
        company.ghl.fail("send_text", DOWN, times=1000)
        for minutes in range(40, 220, 5):
            company.alerts(minutes)
            if minutes in {180, 190, 210}:
                company.sums_up(minutes, Slot.MIDDAY)
        company.ghl._faults["send_text"].clear()
        for minutes in range(220, 410, 5):
            company.alerts(minutes)
        assert company.texted() == [MANAGER]
