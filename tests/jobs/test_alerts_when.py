"""When alerts are sent: never while the business is closed, and not where a summary is about to tell it."""

from dataclasses import replace
from datetime import date

import pytest

from sentinel_cli.domain.hours import parse_business_hours
from sentinel_cli.domain.letters import Slot
from sentinel_cli.errors import GhlUnavailable
from sentinel_cli.jobs.locks import lock_path

from .conftest import MANAGER, SECOND, Company, code_of, on
from .test_locks import holder
from .test_send_alerts import TestMany, one_waits, told

DOWN = GhlUnavailable("no connection to GoHighLevel")


class TestQuiet:
    def lunch(self, company: Company) -> None:
        weekly = parse_business_hours("Mon-Fri 08:00-12:00,13:00-17:00")
        company.rules = replace(company.rules, hours=replace(company.rules.hours, weekly=weekly))

    def test_at_lunch_it_waits_for_the_opening(self, company: Company) -> None:
        self.lunch(company)
        one_waits(company, 119)
        ran = [(done.quiet, len(company.texted())) for minutes in (241, 298, 303) for done in [company.alerts(minutes)]]
        assert ran == [("closed until Mon 1pm", 0), ("closed until Mon 1pm", 0), ("", 2)]

    @pytest.mark.parametrize(
        ("when", "quiet"),
        [
            ("Nov 23 17:00", "closed until Tue 8am"),
            ("Nov 23 07:59", "closed until Mon 8am"),
            ("Nov 28 10:00", "closed until Mon 8am"),
        ],
    )
    def test_outside_business_hours_nothing_is_asked_or_sent(self, company: Company, when: str, quiet: str) -> None:
        one_waits(company, on("Nov 20 10:00"))
        before = len(company.ghl.calls)
        done = company.alerts(on(when))
        assert (done.counts, company.texted(), len(company.ghl.calls)) == ({"sent": 0, "quiet": quiet}, [], before)

    def test_a_holiday_is_named(self, company: Company) -> None:
        monday = date(2026, 11, 23)
        hours = replace(company.rules.hours, closed_on=lambda day: "Founders' Day" if day == monday else None)
        company.rules = replace(company.rules, hours=hours)
        done = company.alerts(123)
        assert (done.quiet, company.exit_codes()) == ("closed (Founders' Day) until Tue 8am", [0])

    def test_before_letter_hours_nobody_is_texted_and_that_is_no_error(self, company: Company) -> None:
        weekly = parse_business_hours("Mon-Fri 05:00-22:00")
        company.rules = replace(company.rules, hours=replace(company.rules.hours, weekly=weekly))
        one_waits(company, on("Nov 23 05:00"))
        early = company.alerts(on("Nov 23 06:29"))
        quiet = "it is 06:29 in America/Chicago, and no text is sent outside 06:30-20:00"
        assert (early.quiet, company.texted(), code_of(early)) == (quiet, [], 0)

    @pytest.mark.real
    def test_who_closes_while_a_resolver_is_waited_for_sends_nothing(self, company: Company) -> None:
        one_waits(company, 300)
        with holder(lock_path(company.db.path, "poll-resolver")):
            done = company.alerts(538)
        assert (done.quiet, company.texted()) == ("closed until Tue 8am", [])


class TestSummaryNear:
    @pytest.mark.parametrize(("minutes", "texts"), [(174, 2), (175, 0), (179, 0), (180, 0), (184, 0), (185, 2)])
    def test_a_summary_within_five_minutes_tells_it_instead(self, company: Company, minutes: float, texts: int) -> None:
        one_waits(company, 50)
        company.alerts(minutes)
        assert len(company.texted()) == texts

    def test_the_run_says_for_which_summary_it_waits(self, company: Company) -> None:
        one_waits(company, 50)
        done = company.alerts(178)
        assert (done.counts, company.exit_codes()[-1]) == ({"sent": 0, "breached": 1, "waits_for": "midday"}, 0)

    def test_what_a_summary_said_is_told(self, company: Company) -> None:
        one_waits(company, 50)
        company.sums_up(180, Slot.MIDDAY)
        company.alerts(183)
        company.alerts(188)
        assert company.texted() == [MANAGER, SECOND]

    def test_what_a_summary_only_counted_is_told(self, company: Company) -> None:
        TestMany().many_wait(company)
        company.sums_up(180, Slot.MIDDAY)
        company.alerts(188)
        assert company.texted() == [MANAGER, SECOND]

    def test_what_a_summary_called_not_yet_due_is_not_told(self, company: Company) -> None:
        one_waits(company, 70)
        company.sums_up(180, Slot.MIDDAY)
        company.alerts(193)
        assert company.texted() == [MANAGER, SECOND] * 2

    def test_who_has_the_summary_is_told_and_who_has_not_waits_for_its_next_try(self, company: Company) -> None:
        one_waits(company, 50)
        company.ghl.fail("send_text", DOWN)
        company.sums_up(180, Slot.MIDDAY)
        company.alerts(188)
        company.sums_up(190, Slot.MIDDAY)
        company.alerts(193)
        assert company.texted() == [SECOND, MANAGER]

    def test_when_the_summary_s_tries_are_over_the_alert_tells_it(self, company: Company) -> None:
        one_waits(company, 50)
        company.ghl.fail("send_text", DOWN, times=6)
        for minutes in (180, 190, 210):
            company.sums_up(minutes, Slot.MIDDAY)
        sent = [len(company.texted()) for minutes in (213, 218) if company.alerts(minutes)]
        assert (sent, told(company)) == ([0, 2], ["#1 Pat E. text, waits 2h48m"] * 2)
