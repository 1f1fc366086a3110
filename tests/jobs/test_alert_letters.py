"""The letters of alerts: once to each manager whatever happens on the way, and one text for each outage of GHL."""

from contextlib import suppress

import pytest

from sentinel_cli.domain.letters import Slot
from sentinel_cli.domain.timeline import ActionKind
from sentinel_cli.errors import GhlRefused, GhlRejected, GhlShapeUnknown, GhlUnavailable, SendOutcomeUnknown
from sentinel_cli.store import kv
from tests.fakes import Crash

from .conftest import MANAGER, SECOND, Company, code_of
from .test_send_alerts import TestMany, does, one_waits, told

DOWN = GhlUnavailable("no connection to GoHighLevel")
REFUSED = GhlRefused("401 Invalid Private Integration token", status=401)
REJECTED = GhlRejected("422 startDate is wrong", status=422)
STRANGE = GhlShapeUnknown("messages is missing", field="messages")
DND = GhlRejected("Cannot send message as DND is active for SMS.", status=400)
TIMED_OUT = SendOutcomeUnknown("ReadTimeout, the text may have been sent")


def keys(company: Company) -> list[str]:
    return [row[0] for row in company.rows("select letter_key from outbox order by id")]


class TestOwed:
    def test_what_could_not_be_sent_is_owed_and_the_run_ends_with_75(self, company: Company) -> None:
        one_waits(company)
        company.ghl.fail("send_text", DOWN)
        done = company.alerts(123)
        assert (company.states(), code_of(done), done.counts["owed"]) == (["owed", "sent"], 75, 1)

    def test_the_next_run_sends_it_to_who_lacks_it(self, company: Company) -> None:
        one_waits(company)
        company.ghl.fail("send_text", DOWN)
        company.alerts(123)
        company.alerts(128)
        assert (company.texted(), company.exit_codes()[1:]) == ([SECOND, MANAGER], [75, 0])

    def test_what_is_owed_takes_the_newer_text(self, company: Company) -> None:
        one_waits(company)
        one_waits(company, 5, "CTC2")
        company.ghl.fail("send_text", DOWN, times=2)
        company.alerts(123)
        company.alerts(128)
        assert (len(keys(company)), company.last_text().splitlines()[:2]) == (
            2,
            ["Sentinel, alert, Mon Nov 23 10:08am", "Now overdue 2:"],
        )

    def test_who_was_answered_meanwhile_is_not_named(self, company: Company) -> None:
        one_waits(company)
        company.ghl.fail("send_text", DOWN, times=2)
        company.alerts(123)
        company.answers("M2", 125)
        company.polls(126)
        done = company.alerts(128)
        assert (company.texted(), company.states(), code_of(done)) == ([], ["withdrawn", "withdrawn"], 0)

    def test_what_was_withdrawn_has_told_nothing(self, company: Company) -> None:
        one_waits(company)
        company.ghl.fail("send_text", DOWN, times=2)
        company.alerts(123)
        does(company, ActionKind.RESOLVE, 125)
        company.alerts(128)
        does(company, ActionKind.REOPEN, 130)
        company.alerts(133)
        assert (company.texted(), len(keys(company))) == ([MANAGER, SECOND], 4)

    def test_a_summary_takes_over_what_is_owed(self, company: Company) -> None:
        one_waits(company, 50)
        company.ghl.fail("send_text", DOWN, times=2)
        company.alerts(173)
        company.sums_up(180, Slot.MIDDAY)
        done = company.alerts(188)
        assert (company.states(), company.texted(), code_of(done)) == (
            ["withdrawn", "withdrawn", "sent", "sent"],
            [MANAGER, SECOND],
            0,
        )

    def test_after_two_hours_it_is_an_error_and_another_letter_tells_it(self, company: Company) -> None:
        one_waits(company, 65)
        company.ghl.fail("send_text", DOWN, times=2)
        company.alerts(188)
        done = company.alerts(308)
        assert (company.states(), company.texted(), code_of(done)) == (
            ["expired", "expired", "sent", "sent"],
            [MANAGER, SECOND],
            75,
        )

    def test_a_refused_token_ends_the_run_with_77_and_the_next_one_sends(self, company: Company) -> None:
        one_waits(company)
        company.ghl.fail("send_text", REFUSED)
        with pytest.raises(GhlRefused):
            company.alerts(123)
        company.alerts(128)
        assert (company.exit_codes()[1:], company.texted()) == ([77, 0], [MANAGER, SECOND])


class TestRefused:
    def test_one_manager_s_refusal_does_not_stop_the_others(self, company: Company) -> None:
        one_waits(company)
        company.ghl.fail("send_text", DND)
        done = company.alerts(123)
        assert (company.texted(), company.states(), code_of(done)) == ([SECOND], ["refused", "sent"], 69)

    def test_it_is_not_tried_again_for_the_same_breach(self, company: Company) -> None:
        one_waits(company)
        company.ghl.fail("send_text", DND)
        company.alerts(123)
        done = company.alerts(128)
        assert (company.texted(), code_of(done)) == ([SECOND], 0)


class TestUnknown:
    def test_a_text_that_timed_out_and_is_there_is_found_and_not_sent_again(self, company: Company) -> None:
        one_waits(company)
        company.ghl.fail("send_text", TIMED_OUT, after=True)
        done = company.alerts(123)
        assert (company.texted(), company.states(), code_of(done)) == ([MANAGER, SECOND], ["sent", "sent"], 0)

    def test_one_that_did_not_go_out_is_sent_again_once_after_two_looks(self, company: Company) -> None:
        one_waits(company)
        company.ghl.fail("send_text", TIMED_OUT)
        for minutes in (123, 128, 133):
            company.alerts(minutes)
        assert (company.texted(), company.exit_codes()[1:]) == ([SECOND, MANAGER], [75, 0, 0])

    def test_while_nobody_knows_it_is_not_told_by_another_letter(self, company: Company) -> None:
        one_waits(company)
        company.ghl.fail("send_text", TIMED_OUT)
        company.ghl.fail("texts_sent_to", DOWN, times=2)
        company.alerts(123)
        done = company.alerts(128)
        assert (company.texted(), company.states(), code_of(done)) == ([SECOND], ["unknown", "sent"], 75)

    def test_what_was_never_sent_expires_and_is_told_by_the_next_letter(self, company: Company) -> None:
        one_waits(company, 65)
        company.ghl.fail("send_text", TIMED_OUT)
        company.ghl.fail("texts_sent_to", DOWN, times=1)
        company.alerts(188)
        done = company.alerts(308)
        assert (company.texted(), company.states(), code_of(done)) == (
            [SECOND, MANAGER],
            ["expired", "sent", "sent"],
            75,
        )

    @pytest.mark.parametrize(
        ("method", "after"),
        [
            ("sweep", True),
            ("conversation", True),
            ("conversations_of", False),
            ("send_text", False),
            ("send_text", True),
        ],
    )
    def test_wherever_a_run_dies_each_manager_has_one_text(self, company: Company, method: str, after: bool) -> None:
        one_waits(company)
        company.ghl.fail(method, Crash(), after=after)
        with suppress(Crash):
            company.alerts(123)
        for minutes in (128, 133, 138):
            company.alerts(minutes)
        assert (sorted(company.texted()), company.exit_codes()[-1]) == ([MANAGER, SECOND], 0)

    def test_two_letters_of_one_minute_are_told_apart(self, company: Company) -> None:
        one_waits(company)
        one_waits(company, 123 / 60, "CTC2")
        company.alerts(122)
        company.clock.at = company.clock.at.replace(second=30)
        company.ghl.fail("send_text", TIMED_OUT, times=2)
        for minutes in (122.5, 128, 133):
            company.alerts(minutes)
        assert told(company)[::2] == ["#1 Pat E. text, waits 2h2m", "#2 Pat E. text, waits 2h5m"]


OUTAGE = """\
Sentinel, GHL trouble, Mon Nov 23 10:33am
GHL did not answer since 10:03am
1 customer seems overdue, NOT CHECKED
Look into GHL's own inbox
Last complete check 8:01am"""


class TestOutage:
    def down(self, company: Company, *minutes: float) -> list[int]:
        """The exit codes of runs that find no GHL to read from."""
        company.ghl.fail("sweep", DOWN, times=len(minutes))
        return [code_of(company.alerts(each)) for each in minutes]

    def test_without_a_check_nobody_is_accused(self, company: Company) -> None:
        one_waits(company)
        assert (self.down(company, 123), company.texted(), keys(company)) == ([75], [], [])

    def test_the_error_says_why_nobody_is_told(self, company: Company) -> None:
        one_waits(company)
        company.ghl.fail("sweep", DOWN)
        problem = company.alerts(123).problem
        assert str(problem) == "nobody is told of 1 overdue issue: no connection to GoHighLevel"

    def test_after_half_an_hour_each_manager_is_told_once_that_ghl_is_down(self, company: Company) -> None:
        one_waits(company)
        self.down(company, *range(123, 173, 5))
        assert [(out.contact_id, out.text) for out in company.ghl.sent] == [(MANAGER, OUTAGE), (SECOND, OUTAGE)]

    def test_several_breaches_make_no_more_texts(self, company: Company) -> None:
        TestMany().many_wait(company)
        self.down(company, *range(123, 173, 5))
        assert (company.texted(), company.last_text().splitlines()[2]) == (
            [MANAGER, SECOND],
            "20 customers seem overdue, NOT CHECKED",
        )

    def test_once_ghl_answers_the_breach_is_told(self, company: Company) -> None:
        one_waits(company)
        self.down(company, 123, 153)
        company.alerts(158)
        assert told(company) == ["#1 Pat E. text, waits 2h38m"] * 2

    def test_a_complete_check_ends_an_outage_and_the_next_one_is_told_of_too(self, company: Company) -> None:
        one_waits(company)
        one_waits(company, 60, "CTC2")
        self.down(company, 123, 153)
        company.alerts(158)
        self.down(company, 183 + 60, 213 + 60, 218 + 60)
        firsts = [out.text.splitlines()[0] for out in company.ghl.sent[::2]]
        assert firsts == [
            "Sentinel, GHL trouble, Mon Nov 23 10:33am",
            "Sentinel, alert, Mon Nov 23 10:38am",
            "Sentinel, GHL trouble, Mon Nov 23 12:33pm",
        ]

    def test_a_resolver_s_check_ends_it_as_well(self, company: Company) -> None:
        one_waits(company)
        self.down(company, 123)
        company.polls(140)
        self.down(company, 153)
        assert company.texted() == []

    def test_what_a_summary_said_of_it_is_not_repeated(self, company: Company) -> None:
        one_waits(company, 70)
        one_waits(company, 20, "CTC2")
        self.down(company, 163)
        company.ghl.fail("sweep", DOWN)
        company.sums_up(180, Slot.MIDDAY)
        self.down(company, *range(193, 243, 5))
        assert [text.text.splitlines()[0] for text in company.ghl.sent] == ["Sentinel, midday, Mon Nov 23"] * 2

    def test_a_text_about_it_that_is_still_owed_when_ghl_answers_is_withdrawn(self, company: Company) -> None:
        one_waits(company)
        company.ghl.fail("send_text", DOWN, times=2)
        self.down(company, 123, 153)
        company.alerts(158)
        assert (company.states(), len(told(company))) == (["withdrawn", "withdrawn", "sent", "sent"], 2)

    def test_one_of_unknown_fate_is_not_sent_when_ghl_answers_again(self, company: Company) -> None:
        """Everything is down: the text about it times out as well, and is nowhere to be found."""
        one_waits(company)
        company.ghl.fail("send_text", TIMED_OUT, times=2)
        company.ghl.fail("texts_sent_to", DOWN, times=2)
        self.down(company, 123, 153)
        done = company.alerts(158)
        assert (code_of(done), len(told(company))) == (0, 2)
        company.alerts(163)
        company.alerts(168)
        assert [out.text.splitlines()[0] for out in company.ghl.sent] == ["Sentinel, alert, Mon Nov 23 10:38am"] * 2

    def test_nor_when_nobody_is_overdue_any_more(self, company: Company) -> None:
        one_waits(company)
        company.ghl.fail("send_text", TIMED_OUT, times=2)
        company.ghl.fail("texts_sent_to", DOWN, times=2)
        self.down(company, 123, 153)
        company.answers("M2", 155)
        company.polls(156)
        assert [code_of(company.alerts(minutes)) for minutes in (158, 163, 168)] == [0, 0, 0]
        assert company.texted() == []

    def test_one_of_unknown_fate_is_looked_for_and_sent_again_while_it_lasts(self, company: Company) -> None:
        one_waits(company)
        company.ghl.fail("send_text", TIMED_OUT, times=2)
        self.down(company, 123, 153, 158, 163)
        assert (company.texted(), company.states()) == ([MANAGER, SECOND], ["sent", "sent"])

    def test_a_run_names_each_letter_once(self, company: Company) -> None:
        one_waits(company)
        company.ghl.fail("send_text", TIMED_OUT, times=2)
        company.ghl.fail("texts_sent_to", DOWN, times=9)
        self.down(company, 123, 153)
        company.ghl.fail("sweep", DOWN)
        assert company.alerts(158).counts["unknown"] == 2

    def test_one_that_could_not_be_sent_is_sent_when_it_can_be(self, company: Company) -> None:
        one_waits(company)
        company.ghl.fail("send_text", DOWN, times=2)
        self.down(company, 123, 153, 158)
        assert (company.texted(), company.states()) == ([MANAGER, SECOND], ["sent", "sent"])

    @pytest.mark.parametrize(("error", "code"), [(DOWN, 75), (REFUSED, 77), (REJECTED, 75), (STRANGE, 75)])
    def test_a_check_that_fails_is_never_a_good_run(self, company: Company, error: BaseException, code: int) -> None:
        one_waits(company)
        company.ghl.fail("sweep", error)
        assert code_of(company.alerts(123)) == code

    def test_an_outage_in_which_nobody_is_overdue_makes_no_text(self, company: Company) -> None:
        one_waits(company)
        company.ghl.fail("sweep", DOWN, times=9)
        for minutes in (30, 60, 90, 119):
            company.alerts(minutes)
        assert (company.texted(), kv.get(company.db, "ghl_outage_ts")) == ([], None)

    def test_a_rehearsal_shows_the_text(self, company: Company) -> None:
        one_waits(company)
        self.down(company, 123)
        company.ghl.fail("sweep", DOWN)
        done = company.rehearses_alerts(153)
        assert ([draft.body for draft in done.drafts], company.texted()) == ([OUTAGE, OUTAGE], [])
