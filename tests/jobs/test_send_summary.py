"""`send-summary`: what a slot's text says, since when, and when there is none."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from sentinel_cli.domain.letters import Slot
from sentinel_cli.errors import GhlRefused, GhlUnavailable, Misconfigured
from sentinel_cli.jobs.locks import lock_path
from sentinel_cli.store import kv, runs
from tests.builders import at

from .conftest import FRIDAY_220PM, MANAGER, SECOND, Company, on
from .test_locks import holder

REFUSED = GhlRefused("401 Invalid Private Integration token", status=401)
DOWN = GhlUnavailable("no connection to GoHighLevel")
FRIDAY_3PM = on("Nov 20 15:00")

RICH = """\
Sentinel, morning, Mon Nov 23
Overdue calls 1:
#3 #4 Pat E. call + 2 texts, waits 5h10m, auto-reply only
Overdue texts 2:
#2 Lee E. waits 7h, 3 texts
#5 +1***0141 waits 2h40m
Escalated 1:
#1 Jo E. since Tue 4:30pm
Not yet due: 2
Resolved since Fri 3pm: 2, median 20m
Checked 8 threads at 8am
Reply List, Open 3, Resolve 3"""


def rich_monday(company: Company) -> None:
    """A Friday with its afternoon summary, a weekend, and what came in before Monday's opening."""
    for contact, name in (("CTCjo", "jo everett"), ("CTClee", "lee emerson"), ("CTCpat", "pat ellison")):
        company.named(contact, name)
    company.named("CTCsam", "")
    company.writes("Mjo", on("Nov 17 16:30"), "CTCjo")
    for minute in (0, 5, 30):
        company.writes(f"Mlee{minute}", on("Nov 20 10:00") + minute, "CTClee")
    company.calls("Mpat", on("Nov 20 11:50"), "CTCpat")
    company.answers("Mauto", on("Nov 20 11:51"), "CTCpat", source="workflow", text="Sorry we missed your call!")
    company.writes("Mpat1", on("Nov 20 12:00"), "CTCpat")
    company.writes("Mpat2", on("Nov 20 12:01"), "CTCpat")
    company.writes("Msam", FRIDAY_220PM, "CTCsam")
    company.polls(FRIDAY_3PM - 60, since=at(on("Nov 17 08:00")))
    company.sums_up(FRIDAY_3PM, Slot.AFTERNOON)
    company.writes("Mdana", on("Nov 20 15:10"), "CTCdana")
    company.answers("Mdana2", on("Nov 20 15:20"), "CTCdana")
    company.writes("Mrobin", on("Nov 20 16:30"), "CTCrobin")
    company.answers("Mrobin2", on("Nov 23 07:50"), "CTCrobin")
    company.hears(-60, contact="CTCone")
    company.writes("Mone", -61, "CTCone")
    company.writes("Mtwo", -45, "CTCtwo")
    runs.begin(company.db, "run-orders", at(-10))


class TestText:
    def test_a_rich_monday_reads_like_this(self, company: Company) -> None:
        rich_monday(company)
        company.sums_up(0)
        assert company.last_text() == RICH

    def test_every_manager_gets_it_once(self, company: Company) -> None:
        rich_monday(company)
        company.sums_up(0)
        assert [(out.contact_id, out.text) for out in company.ghl.sent[2:]] == [(MANAGER, RICH), (SECOND, RICH)]

    def test_its_counts_are_those_of_the_log_line(self, company: Company) -> None:
        rich_monday(company)
        assert company.sums_up(0).counts == {"sent": 2, "overdue": 5, "open": 7, "resolved_since": 2}

    def test_it_ends_well(self, company: Company) -> None:
        rich_monday(company)
        company.sums_up(0)
        assert company.exit_codes()[-1] == 0

    def test_a_letter_s_key_is_slot_date_and_manager(self, company: Company) -> None:
        company.sums_up(0)
        assert [letter.key for letter in company.letters()] == [
            f"summary:2026-11-23:morning:{MANAGER}",
            f"summary:2026-11-23:morning:{SECOND}",
        ]

    def test_orders_that_nobody_reads_are_not_offered(self, company: Company) -> None:
        runs.begin(company.db, "run-orders", at(-15))
        company.sums_up(0)
        assert "Reply" not in company.last_text()

    def test_webhooks_that_fell_silent_are_told_of(self, company: Company) -> None:
        company.hears(on("Nov 19 15:10"), contact="CTCold")
        for number in range(3):
            company.writes(f"M{number}", number - 60, contact=f"CTC{number}")
        company.sums_up(0)
        assert "Webhooks silent since Thu 3:10pm" in company.last_text().splitlines()

    def test_what_a_complete_look_found_no_mate_for_is_unconfirmed(self, company: Company) -> None:
        company.hears(FRIDAY_220PM)
        company.named("CTC1", "Pat Ellison")
        company.sums_up(0)
        assert "#1 Pat E. waits 2h40m, unconfirmed" in company.last_text().splitlines()


class TestSince:
    def test_late_evidence_is_told_with_the_summary_after_it_was_recorded(self, company: Company) -> None:
        company.writes("M1", on("Nov 20 09:00"))
        company.sums_up(FRIDAY_3PM, Slot.AFTERNOON)
        company.answers("M2", on("Nov 20 14:50"))
        company.sums_up(0)
        assert "Resolved since Fri 3pm: 1, median 5h50m" in company.last_text()

    def test_what_was_told_is_not_told_again(self, company: Company) -> None:
        company.writes("M1", -30)
        company.answers("M2", -20)
        company.sums_up(0)
        company.sums_up(180, Slot.MIDDAY)
        assert "Resolved since 8am: none" in company.last_text()

    def test_a_summary_that_reached_nobody_does_not_count(self, company: Company) -> None:
        company.sums_up(FRIDAY_3PM, Slot.AFTERNOON)
        company.writes("M1", -30)
        company.answers("M2", -20)
        company.ghl.fail("send_text", DOWN, times=2)
        company.sums_up(0)
        company.sums_up(180, Slot.MIDDAY)
        assert "Resolved since Fri 3pm: 1" in company.last_text()

    @pytest.mark.real
    def test_what_the_resolver_recorded_during_the_wait_is_told_once(self, company: Company) -> None:
        company.writes("M1", -30)
        company.answers("M2", -20)
        company.clock.at = at(1)
        with holder(lock_path(company.db.path, "poll-resolver")) as resolver:

            def resolver_ends(_: float) -> None:
                company.wakes = None
                resolver.kill()
                resolver.wait()
                company.polls()

            company.wakes = resolver_ends
            first = company.sums_up()
        second = company.sums_up(180, Slot.MIDDAY)
        assert [first.counts["resolved_since"], second.counts["resolved_since"]] == [1, 0]

    def test_the_last_summary_is_remembered_for_all_and_for_its_slot(self, company: Company) -> None:
        company.sums_up(0)
        company.sums_up(180, Slot.MIDDAY)
        assert kv.items(company.db, "last_summary_ts") == [
            ("last_summary_ts", "2026-11-23T17:00:00.000Z"),
            ("last_summary_ts:midday", "2026-11-23T17:00:00.000Z"),
            ("last_summary_ts:morning", "2026-11-23T14:00:00.000Z"),
        ]

    def test_one_that_lies_ahead_hides_nothing_that_was_resolved(self, company: Company) -> None:
        company.writes("M1", -30)
        company.answers("M2", -20)
        kv.put_instant(company.db, "last_summary_ts", at(24 * 60))
        assert company.sums_up(0).counts["resolved_since"] == 1

    def test_one_accepted_letter_is_enough(self, company: Company) -> None:
        company.ghl.fail("send_text", DOWN)
        company.sums_up(0)
        assert kv.get_instant(company.db, "last_summary_ts") == at(0)


class TestWhen:
    def closed_on_monday(self, company: Company) -> None:
        monday = date(2026, 11, 23)
        hours = replace(company.rules.hours, closed_on=lambda day: "Founders' Day" if day == monday else None)
        company.rules = replace(company.rules, hours=hours)

    def test_on_a_holiday_nothing_is_sent(self, company: Company) -> None:
        self.closed_on_monday(company)
        done = company.sums_up(0)
        assert (company.texted(), done.closed, done.counts) == (
            [],
            "Founders' Day",
            {"sent": 0, "closed": "Founders' Day"},
        )

    def test_a_holiday_is_a_good_run_that_asks_ghl_nothing(self, company: Company) -> None:
        self.closed_on_monday(company)
        company.sums_up(0)
        assert (company.exit_codes(), company.ghl.calls) == ([0], [])

    def test_on_a_holiday_force_sends(self, company: Company) -> None:
        self.closed_on_monday(company)
        company.sums_up(0, force=True)
        assert company.texted() == [MANAGER, SECOND]

    @pytest.mark.parametrize("minutes", [on("Nov 23 06:29"), on("Nov 23 20:00"), on("Nov 23 02:00")])
    @pytest.mark.parametrize("force", [False, True])
    def test_outside_letter_hours_nothing_is_checked_or_sent(
        self, company: Company, minutes: float, force: bool
    ) -> None:
        with pytest.raises(Misconfigured):
            company.sums_up(minutes, force=force)
        assert (company.ghl.calls, company.exit_codes(), company.letters()) == ([], [78], [])

    def test_outside_letter_hours_it_names_the_local_time_and_the_zone_of_the_host(self, company: Company) -> None:
        company.host_zone = "UTC"
        with pytest.raises(Misconfigured) as raised:
            company.sums_up(on("Nov 23 02:00"))
        assert (str(raised.value), raised.value.advice) == (
            "it is 02:00 in America/Chicago, and no text is sent outside 06:30-20:00",
            (
                "cron goes by the host's zone: set it (timedatectl set-timezone), or TIMEZONE or LETTER_HOURS; "
                "the host's zone is UTC"
            ),
        )

    @pytest.mark.parametrize("minutes", [on("Nov 23 06:30"), on("Nov 23 19:59")])
    def test_inside_letter_hours_it_is_sent(self, company: Company, minutes: float) -> None:
        company.sums_up(minutes)
        assert company.texted() == [MANAGER, SECOND]


class TestDryRun:
    def test_it_shows_the_text_that_would_be_sent(self, company: Company) -> None:
        rich_monday(company)
        company.clock.at = at(0)
        assert [draft.body for draft in company.rehearses_summary().drafts] == [RICH, RICH]

    def test_it_shows_its_size(self, company: Company) -> None:
        rich_monday(company)
        company.clock.at = at(0)
        size = company.rehearses_summary().drafts[0].size
        assert (size.encoding.value, size.segments) == ("GSM-7", 3)

    def test_it_sends_nothing_even_when_letters_are_owed(self, company: Company) -> None:
        company.ghl.fail("send_text", DOWN, times=2)
        company.sums_up(0)
        asked = company.ghl.called("send_text")
        company.rehearses_summary()
        assert company.ghl.called("send_text") == asked

    def test_it_writes_nothing(self, company: Company) -> None:
        rich_monday(company)
        before = (company.dump(), kv.items(company.db), company.exit_codes())
        company.rehearses_summary(force=True)
        assert (company.dump(), kv.items(company.db), company.exit_codes()) == before

    def test_it_may_be_had_at_night(self, company: Company) -> None:
        company.clock.at = at(on("Nov 23 02:00"))
        assert len(company.rehearses_summary().drafts) == 2

    def test_it_shows_what_a_sent_slot_would_say_now_and_that_it_is_sent(self, company: Company) -> None:
        company.sums_up(0)
        done = company.rehearses_summary()
        assert (len(done.drafts), done.notes) == (2, ["this slot is sent already to 2 of 2; they would get nothing"])

    def test_it_says_that_nothing_would_be_sent_at_night(self, company: Company) -> None:
        company.clock.at = at(on("Nov 23 02:00"))
        assert company.rehearses_summary().notes == [
            "it is 02:00 in America/Chicago, and no text is sent outside 06:30-20:00"
        ]

    def test_it_says_on_whose_check_it_relies(self, company: Company) -> None:
        company.polls(0)
        company.clock.move(timedelta(seconds=90))
        assert company.rehearses_summary().notes == ["the check of 08:00:00 was taken over: it is fresh enough"]

    def test_a_token_that_ghl_refuses_is_77(self, company: Company) -> None:
        company.ghl.fail("sweep", REFUSED)
        company.clock.at = at(0)
        problem = company.rehearses_summary().problem
        assert problem is not None
        assert problem.exit_code == 77
