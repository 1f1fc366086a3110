"""The check before a summary: fresh, close where it accuses, and its absence told."""

import pytest

from sentinel_cli.errors import GhlRefused, GhlRejected, GhlShapeUnknown, GhlUnavailable, SentinelError
from sentinel_cli.jobs.locks import lock_path

from .conftest import FRIDAY_220PM, MANAGER, SECOND, Company, code_of, on
from .test_locks import holder

DOWN = GhlUnavailable("no connection to GoHighLevel")
REFUSED = GhlRefused("401 Invalid Private Integration token", status=401)
REJECTED = GhlRejected("422 startDate is wrong", status=422)
STRANGE = GhlShapeUnknown("messages is missing", field="messages")


class TestCheck:
    def test_it_reaches_back_48_hours(self, company: Company) -> None:
        company.polls(on("Nov 23 07:30"))
        company.writes("M1", on("Nov 21 08:00"))
        company.sums_up(0)
        assert company.issues() == [(1, "SMS", "OPEN", "CTC1")]

    def test_an_answer_that_the_sweep_brings_is_no_longer_an_accusation(self, company: Company) -> None:
        company.has_one_late()
        company.polls(-120)
        company.answers("M2", -5)
        company.sums_up(0)
        assert "Pat" not in company.last_text()

    def test_an_answer_that_only_the_conversation_shows_is_no_longer_an_accusation(self, company: Company) -> None:
        company.has_one_late()
        company.polls(-1)
        company.answers("M2", on("Nov 20 16:00"))
        done = company.sums_up(0)
        assert ("Pat" in company.last_text(), done.counts["resolved_since"], company.ghl.called("sweep")) == (
            False,
            1,
            1,
        )

    @pytest.mark.parametrize(("minutes", "sweeps"), [(1, 1), (119 / 60, 1), (2, 2)])
    def test_a_check_begun_less_than_two_minutes_before_is_taken_over(
        self, company: Company, minutes: float, sweeps: int
    ) -> None:
        company.polls(-minutes)
        company.sums_up(0)
        assert company.ghl.called("sweep") == sweeps

    def test_a_taken_over_check_is_told_by_its_own_time(self, company: Company) -> None:
        company.polls(-1)
        company.sums_up(0)
        assert "Checked 0 threads at 7:59am" in company.last_text()

    @pytest.mark.parametrize("method", ["conversations_of", "conversation"])
    @pytest.mark.parametrize("error", [DOWN, REFUSED, REJECTED, STRANGE], ids=lambda error: type(error).__name__)
    def test_a_line_whose_conversation_cannot_be_read_says_so(
        self, company: Company, method: str, error: SentinelError
    ) -> None:
        company.has_one_late()
        company.ghl.fail(method, error)
        company.sums_up(0)
        assert "#1 Pat E. waits 2h40m, unchecked" in company.last_text().splitlines()

    def test_the_other_lines_are_checked(self, company: Company) -> None:
        company.has_one_late()
        company.writes("M2", FRIDAY_220PM + 10, "CTC2")
        company.named("CTC2", "Lee Emerson")
        company.ghl.fail("conversation", DOWN)
        company.sums_up(0)
        assert company.last_text().splitlines()[3:5] == [
            "#1 Pat E. waits 2h40m, unchecked",
            "#2 Lee E. waits 2h30m",
        ]

    def test_a_customer_of_whom_only_the_number_is_known_is_unchecked(self, company: Company) -> None:
        company.hears(FRIDAY_220PM, contact=None)
        company.sums_up(0)
        assert "#1 +1***0141 waits 2h40m, unchecked" in company.last_text().splitlines()

    def test_what_is_not_accused_is_not_read(self, company: Company) -> None:
        company.writes("M1", -30)
        company.sums_up(0)
        assert company.ghl.called("conversation") == 0


class TestNotChecked:
    @pytest.mark.parametrize(
        ("error", "told"),
        [
            (DOWN, "GHL did not answer"),
            (REFUSED, "GHL refused us"),
            (REJECTED, "GHL rejected our request"),
            (STRANGE, "GHL answers strangely"),
        ],
    )
    def test_a_summary_without_a_check_says_so_and_why(self, company: Company, error: SentinelError, told: str) -> None:
        company.has_one_late()
        company.polls(on("Nov 20 16:45"))
        company.ghl.fail("sweep", error, after=True)
        company.sums_up(0)
        assert company.last_text() == (
            "Sentinel, morning, Mon Nov 23\n"
            f"{told}\n"
            "Overdue calls: NOT CHECKED\n"
            "Overdue texts NOT CHECKED, known 1:\n"
            "#1 Pat E. waits 2h40m, unchecked\n"
            "Escalated: NOT CHECKED\n"
            "Not yet due: NOT CHECKED\n"
            "Resolved since Sun 8am: NOT CHECKED\n"
            "Last complete check Fri 4:45pm"
        )

    def test_it_is_sent_to_every_manager(self, company: Company) -> None:
        company.ghl.fail("sweep", DOWN)
        company.sums_up(0)
        assert company.texted() == [MANAGER, SECOND]

    @pytest.mark.parametrize("error", [DOWN, REFUSED, REJECTED, STRANGE], ids=lambda error: type(error).__name__)
    def test_it_ends_with_75(self, company: Company, error: SentinelError) -> None:
        company.ghl.fail("sweep", error)
        done = company.sums_up(0)
        assert (company.exit_codes(), done.counts["checked"]) == ([75], "no")

    def test_it_is_not_sent_again_when_ghl_answers_again(self, company: Company) -> None:
        company.ghl.fail("sweep", DOWN)
        company.sums_up(0)
        company.sums_up(10)
        assert (company.texted(), company.exit_codes()) == ([MANAGER, SECOND], [75, 0])

    def test_what_is_still_owed_gets_the_text_of_the_check_that_worked(self, company: Company) -> None:
        company.ghl.fail("sweep", DOWN)
        company.ghl.fail("send_text", DOWN, times=2)
        company.sums_up(0)
        company.sums_up(10)
        assert "NOT CHECKED" not in company.last_text()

    def test_nothing_of_the_failed_check_is_kept(self, company: Company) -> None:
        company.has_one_late()
        company.ghl.fail("sweep", DOWN, after=True)
        company.sums_up(0)
        assert company.issues() == []


@pytest.mark.real
class TestResolverAtWork:
    def test_it_is_waited_for_three_minutes(self, company: Company) -> None:
        with holder(lock_path(company.db.path, "poll-resolver")):
            company.sums_up(0)
        assert sum(company.naps) == 180

    def test_then_the_summary_goes_without_a_check(self, company: Company) -> None:
        with holder(lock_path(company.db.path, "poll-resolver")):
            done = company.sums_up(0)
        assert (company.last_text().splitlines()[1], code_of(done)) == ("The resolver is still at work", 75)

    def test_what_it_has_just_checked_is_taken_over(self, company: Company) -> None:
        with holder(lock_path(company.db.path, "poll-resolver")) as resolver:

            def resolver_ends(_: float) -> None:
                company.wakes = None
                resolver.kill()
                resolver.wait()
                company.polls()

            company.wakes = resolver_ends
            done = company.sums_up(0)
        assert (company.ghl.called("sweep"), code_of(done)) == (1, 0)

    def test_the_clock_is_that_after_the_wait(self, company: Company) -> None:
        with holder(lock_path(company.db.path, "poll-resolver")) as resolver:

            def resolver_is_killed(_: float) -> None:
                if len(company.naps) == 240:
                    resolver.kill()
                    resolver.wait()

            company.wakes = resolver_is_killed
            company.sums_up(0)
        assert "Checked 0 threads at 8:01am" in company.last_text()

    def test_a_rehearsal_waits_for_nobody(self, company: Company) -> None:
        with holder(lock_path(company.db.path, "poll-resolver")):
            done = company.rehearses_summary()
        assert (company.naps, code_of(done)) == ([], 0)
