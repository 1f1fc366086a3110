"""The letters of a slot: each manager is texted once, and none is skipped in silence."""

from contextlib import suppress
from dataclasses import replace

import pytest

from sentinel_cli.domain.letters import Slot
from sentinel_cli.errors import GhlRefused, GhlRejected, GhlUnavailable, SendOutcomeUnknown, SentinelError
from sentinel_cli.store import kv
from tests.builders import at
from tests.fakes import Crash

from .conftest import DAY, MANAGER, MINUTE, SECOND, Company, code_of

DOWN = GhlUnavailable("no connection to GoHighLevel")
REFUSED = GhlRefused("401 Invalid Private Integration token", status=401)
DND = GhlRejected("Cannot send message as DND is active for SMS.", status=400)
TIMED_OUT = SendOutcomeUnknown("ReadTimeout, the text may have been sent")
THIRD = "CTCthird"


def lines(company: Company) -> list[str]:
    return company.last_text().splitlines()


class TestOnce:
    @pytest.mark.parametrize("minutes", [0, 1, 10, 30, 119])
    def test_the_same_slot_again_sends_nothing(self, company: Company, minutes: float) -> None:
        company.sums_up(0)
        company.sums_up(minutes)
        assert company.texted() == [MANAGER, SECOND]

    def test_the_repeats_of_the_crontab_are_good_runs_that_check_nothing(self, company: Company) -> None:
        for minutes in (0, 10, 30):
            company.sums_up(minutes)
        assert (company.exit_codes(), company.ghl.called("sweep")) == ([0, 0, 0], 1)

    def test_a_repeat_says_that_it_was_sent_already(self, company: Company) -> None:
        company.sums_up(0)
        done = company.sums_up(10)
        assert (done.already, done.counts) == (True, {"sent": 0, "already_sent": 2})

    def test_the_next_slot_is_another_summary(self, company: Company) -> None:
        company.sums_up(0)
        company.sums_up(180, Slot.MIDDAY)
        assert [out.text.splitlines()[0] for out in company.ghl.sent[::2]] == [
            "Sentinel, morning, Mon Nov 23",
            "Sentinel, midday, Mon Nov 23",
        ]

    def test_the_next_morning_is_another_summary(self, company: Company) -> None:
        company.sums_up(0)
        company.clock.at = at(0) + DAY
        company.sums_up()
        assert company.texted() == [MANAGER, SECOND] * 2

    def test_a_new_manager_gets_the_slot_s_summary_alone(self, company: Company) -> None:
        company.sums_up(0)
        company.managers = (MANAGER, SECOND, THIRD)
        company.sums_up(10)
        assert company.texted() == [MANAGER, SECOND, THIRD]

    def test_who_is_named_twice_is_texted_once(self, company: Company) -> None:
        company.managers = (MANAGER, MANAGER)
        company.sums_up(0)
        assert company.texted() == [MANAGER]

    def test_who_is_a_manager_no_more_is_not_texted(self, company: Company) -> None:
        company.managers = (SECOND,)
        company.sums_up(0)
        assert company.texted() == [SECOND]


class TestOwed:
    def test_what_could_not_be_sent_is_owed_and_the_run_ends_with_75(self, company: Company) -> None:
        company.ghl.fail("send_text", DOWN)
        done = company.sums_up(0)
        assert (company.states(), code_of(done), done.counts["owed"]) == (["owed", "sent"], 75, 1)

    def test_the_repeat_ten_minutes_later_sends_it(self, company: Company) -> None:
        company.ghl.fail("send_text", DOWN)
        company.sums_up(0)
        company.sums_up(10)
        # The first of the three was not accepted: FakeGhl notes a text only when it is.
        assert (company.exit_codes(), sorted(company.texted())) == ([75, 0], [MANAGER, SECOND])

    def test_what_is_owed_takes_the_newer_text(self, company: Company) -> None:
        company.ghl.fail("send_text", DOWN)
        company.sums_up(0)
        company.writes("M1", 5)
        company.sums_up(10)
        assert "Not yet due: 1" in lines(company)

    def test_a_refused_token_ends_the_run_with_77_and_everything_is_owed(self, company: Company) -> None:
        company.ghl.fail("send_text", REFUSED)
        with pytest.raises(GhlRefused):
            company.sums_up(0)
        assert (company.exit_codes(), company.states()) == ([77], ["owed", "owed"])

    def test_with_a_good_token_the_repeat_sends_them_all(self, company: Company) -> None:
        company.ghl.fail("send_text", REFUSED)
        with suppress(GhlRefused):
            company.sums_up(0)
        company.sums_up(10)
        assert (company.exit_codes(), company.texted()) == ([77, 0], [MANAGER, SECOND])

    def test_a_process_that_died_before_the_first_claim_owes_both(self, company: Company) -> None:
        company.ghl.fail("conversations_of", Crash())
        with suppress(Crash):
            company.sums_up(0)
        company.sums_up(10)
        assert company.texted() == [MANAGER, SECOND]


class TestRefused:
    def test_one_manager_s_refusal_does_not_stop_the_others(self, company: Company) -> None:
        company.ghl.fail("send_text", DND)
        done = company.sums_up(0)
        assert (company.texted(), company.states(), code_of(done)) == ([SECOND], ["refused", "sent"], 69)

    def test_it_is_final_and_told_once(self, company: Company) -> None:
        company.ghl.fail("send_text", DND)
        for minutes in (0, 10, 30):
            company.sums_up(minutes)
        assert (company.texted(), company.exit_codes()) == ([SECOND], [69, 0, 0])

    def test_the_next_slot_tries_again(self, company: Company) -> None:
        company.ghl.fail("send_text", DND)
        company.sums_up(0)
        company.sums_up(180, Slot.MIDDAY)
        assert company.texted() == [SECOND, MANAGER, SECOND]


class TestUnknown:
    def test_a_text_that_went_out_all_the_same_is_found_at_once(self, company: Company) -> None:
        company.ghl.fail("send_text", TIMED_OUT, after=True)
        done = company.sums_up(0)
        assert (company.texted(), company.states(), code_of(done)) == ([MANAGER, SECOND], ["sent", "sent"], 0)

    def test_one_that_shows_up_late_is_found_by_the_repeat(self, company: Company) -> None:
        company.ghl.lag = MINUTE
        company.ghl.fail("send_text", TIMED_OUT, after=True)
        company.sums_up(0)
        company.sums_up(10)
        assert (company.texted(), company.exit_codes()) == ([MANAGER, SECOND], [75, 0])

    def test_one_that_did_not_go_out_is_sent_again_once_after_two_looks(self, company: Company) -> None:
        company.ghl.fail("send_text", TIMED_OUT)
        for minutes in (0, 10, 30):
            company.sums_up(minutes)
        assert (company.texted(), company.exit_codes()) == ([SECOND, MANAGER], [75, 0, 0])

    def test_a_second_look_within_two_minutes_proves_nothing(self, company: Company) -> None:
        company.ghl.fail("send_text", TIMED_OUT)
        company.sums_up(0)
        company.sums_up(119 / 60)
        assert (company.texted(), company.states()) == ([SECOND], ["unknown", "sent"])

    def test_a_look_that_failed_does_not_count(self, company: Company) -> None:
        company.ghl.fail("send_text", TIMED_OUT)
        company.sums_up(0)
        company.ghl.fail("texts_sent_to", DOWN)
        company.sums_up(10)
        assert (company.texted(), company.states()) == ([SECOND], ["unknown", "sent"])

    @pytest.mark.parametrize("after", [False, True])
    def test_a_process_that_died_while_sending_is_made_up_for(self, company: Company, after: bool) -> None:
        company.ghl.fail("send_text", Crash(), after=after)
        with suppress(Crash):
            company.sums_up(0)
        for minutes in (10, 30):
            company.sums_up(minutes)
        assert sorted(company.texted()) == [MANAGER, SECOND]


class TestExpired:
    def test_a_summary_that_was_never_sent_ends_the_next_run_with_75(self, company: Company) -> None:
        company.ghl.fail("send_text", DOWN, times=2)
        company.sums_up(0)
        done = company.sums_up(180, Slot.MIDDAY)
        assert (code_of(done), done.counts["expired"]) == (75, 2)

    def test_the_next_summary_opens_with_it(self, company: Company) -> None:
        company.ghl.fail("send_text", DOWN, times=2)
        company.sums_up(0)
        company.sums_up(180, Slot.MIDDAY)
        assert lines(company)[:2] == ["Sentinel, midday, Mon Nov 23", "Morning summary was not sent"]

    def test_who_has_it_is_not_told_so(self, company: Company) -> None:
        company.ghl.fail("send_text", DOWN)
        company.sums_up(0)
        company.sums_up(180, Slot.MIDDAY)
        assert [(out.contact_id, "was not sent" in out.text) for out in company.ghl.sent] == [
            (SECOND, False),
            (MANAGER, True),
            (SECOND, False),
        ]

    def test_it_is_told_once(self, company: Company) -> None:
        company.ghl.fail("send_text", DOWN, times=2)
        company.sums_up(0)
        company.sums_up(180, Slot.MIDDAY)
        company.sums_up(420, Slot.AFTERNOON)
        assert "was not sent" not in company.last_text()

    def test_it_is_not_sent_after_its_time(self, company: Company) -> None:
        company.ghl.fail("send_text", DOWN, times=2)
        company.sums_up(0)
        company.sums_up(120)
        assert (company.texted(), company.exit_codes()) == ([], [75, 75])

    def test_one_that_was_perhaps_sent_is_looked_for_first(self, company: Company) -> None:
        company.ghl.lag = MINUTE
        company.ghl.fail("send_text", TIMED_OUT, after=True, times=2)
        company.sums_up(0)
        company.sums_up(180, Slot.MIDDAY)
        assert ("was not sent" in company.last_text(), company.exit_codes()) == (False, [75, 0])

    def test_one_that_is_not_found_is_told_of(self, company: Company) -> None:
        company.ghl.fail("send_text", TIMED_OUT, times=2)
        company.sums_up(0)
        company.sums_up(180, Slot.MIDDAY)
        assert (lines(company)[1], company.exit_codes()) == ("Morning summary was not sent", [75, 75])

    def test_a_token_refused_while_looking_leaves_the_new_summary_owed(self, company: Company) -> None:
        company.ghl.fail("send_text", TIMED_OUT, times=2)
        company.sums_up(0)
        company.ghl.fail("texts_sent_to", REFUSED)
        company.ghl.fail("send_text", REFUSED)
        with suppress(GhlRefused):
            company.sums_up(180, Slot.MIDDAY)
        assert [letter.state.value for letter in company.letters(Slot.MIDDAY)] == ["owed", "owed"]

    def test_a_token_refused_while_looking_does_not_end_well(self, company: Company) -> None:
        company.ghl.fail("send_text", TIMED_OUT, times=2)
        company.ghl.fail("texts_sent_to", DOWN, times=2)
        company.sums_up(0)
        company.ghl.fail("texts_sent_to", REFUSED)
        done = company.sums_up(180, Slot.MIDDAY)
        assert (code_of(done), done.counts["unknown"]) == (75, 2)

    def test_a_forced_one_opens_with_it_too(self, company: Company) -> None:
        company.ghl.fail("send_text", DOWN, times=2)
        company.sums_up(0)
        company.sums_up(150, force=True)
        assert lines(company)[:2] == ["Sentinel, morning, Mon Nov 23, again 10:30am", "Morning summary was not sent"]


class TestForced:
    def test_it_sends_again(self, company: Company) -> None:
        company.sums_up(0)
        company.sums_up(12, force=True)
        assert company.texted() == [MANAGER, SECOND] * 2

    def test_its_first_line_is_its_own(self, company: Company) -> None:
        company.sums_up(0)
        company.sums_up(12, force=True)
        assert lines(company)[0] == "Sentinel, morning, Mon Nov 23, again 8:12am"

    def test_it_sends_as_often_as_it_is_asked_for(self, company: Company) -> None:
        for minutes in (0, 12, 13):
            company.sums_up(minutes, force=True)
        assert company.texted() == [MANAGER, SECOND] * 3

    def test_the_text_of_another_one_of_that_minute_is_not_taken_for_its_own(self, company: Company) -> None:
        company.managers = (MANAGER,)
        for minutes in (0, 12):
            company.sums_up(minutes, force=True)
        company.ghl.fail("send_text", TIMED_OUT)
        company.sums_up(12.5, force=True)
        company.sums_up(20)
        assert company.texted() == [MANAGER] * 3

    def test_where_nothing_was_sent_it_is_the_slot_s_own(self, company: Company) -> None:
        company.sums_up(0, force=True)
        company.sums_up(10)
        assert (company.texted(), lines(company)[0]) == ([MANAGER, SECOND], "Sentinel, morning, Mon Nov 23")

    def test_what_the_slot_still_owes_is_not_sent_beside_it(self, company: Company) -> None:
        company.ghl.fail("send_text", DOWN, times=2)
        company.sums_up(0)
        company.sums_up(5, force=True)
        company.sums_up(10)
        assert company.texted() == [MANAGER, SECOND]

    def test_a_forced_one_still_owed_is_not_sent_beside_the_next(self, company: Company) -> None:
        company.sums_up(0)
        company.ghl.fail("send_text", DOWN, times=2)
        company.sums_up(12, force=True)
        company.sums_up(15, force=True)
        assert (company.texted(), lines(company)[0]) == (
            [MANAGER, SECOND] * 2,
            "Sentinel, morning, Mon Nov 23, again 8:15am",
        )

    def test_a_forced_one_still_owed_is_taken_up_by_the_crontab_s_repeat(self, company: Company) -> None:
        company.sums_up(0)
        company.ghl.fail("send_text", DOWN, times=2)
        company.sums_up(12, force=True)
        company.sums_up(30)
        assert (company.texted(), lines(company)[0]) == (
            [MANAGER, SECOND] * 2,
            "Sentinel, morning, Mon Nov 23, again 8:30am",
        )

    @pytest.mark.parametrize("trouble", [TIMED_OUT, DOWN])
    def test_the_stale_text_whose_place_it_took_never_follows_it(
        self, company: Company, trouble: SentinelError
    ) -> None:
        company.ghl.fail("send_text", trouble, times=2)
        company.sums_up(0)
        forced = company.sums_up(12, force=True)
        for minutes in (20, 25, 30):
            company.sums_up(minutes)
        assert (code_of(forced), company.texted()) == (0, [MANAGER, SECOND])

    def test_where_it_cannot_be_sent_either_it_is_the_one_that_is_owed(self, company: Company) -> None:
        company.ghl.fail("send_text", TIMED_OUT, times=2)
        company.sums_up(0)
        company.ghl.fail("send_text", DOWN, times=2)
        company.sums_up(12, force=True)
        company.sums_up(20)
        assert (company.texted(), lines(company)[0]) == (
            [MANAGER, SECOND],
            "Sentinel, morning, Mon Nov 23, again 8:20am",
        )

    def test_it_is_no_reason_to_text_them_once_more(self, company: Company) -> None:
        company.sums_up(0)
        company.sums_up(5, force=True)
        company.managers = (MANAGER, SECOND, THIRD)
        company.sums_up(10)
        assert company.texted() == [MANAGER, SECOND, MANAGER, SECOND, THIRD]


@pytest.mark.parametrize("error", [DOWN, DND, TIMED_OUT], ids=lambda error: type(error).__name__)
def test_where_no_letter_was_accepted_no_watermark_moves(company: Company, error: SentinelError) -> None:
    company.ghl.fail("send_text", error, times=2)
    company.sums_up(0)
    assert kv.items(company.db, "last_summary_ts") == []


def test_a_text_goes_to_the_manager_s_conversation(company: Company) -> None:
    company.answers("Mhello", -60, MANAGER)
    thread = replace(company.ghl.threads[0], conversation_id="CNVboss")
    company.ghl.threads[0] = thread
    company.sums_up(0)
    assert [out.conversation_id for out in company.ghl.sent] == ["CNVboss", None]


class TestForgotten:
    """A backup took the place of a database that was lost, and with it went what it knew of today's letters."""

    @pytest.fixture
    def restored(self, company: Company) -> Company:
        with company.db.transaction():
            kv.put_instant(company.db, kv.LETTERS_FORGOTTEN, at(5))
        return company

    def test_what_was_sent_is_found_and_not_sent_again(self, company: Company) -> None:
        company.sums_up(0)
        with company.db.transaction():
            company.db.write("delete from outbox")
            kv.put_instant(company.db, kv.LETTERS_FORGOTTEN, at(5))
        done = company.sums_up(10)
        assert (company.texted(), company.states(), code_of(done)) == ([MANAGER, SECOND], ["sent", "sent"], 0)

    def test_what_was_not_sent_is_sent_once_after_two_looks(self, restored: Company) -> None:
        codes = [code_of(restored.sums_up(minutes)) for minutes in (10, 30, 50)]
        assert (restored.texted(), codes) == ([MANAGER, SECOND], [75, 0, 0])

    def test_a_later_slot_is_sent_at_once(self, restored: Company) -> None:
        restored.sums_up(180, Slot.MIDDAY)
        assert restored.texted() == [MANAGER, SECOND]

    def test_the_next_morning_is_sent_at_once(self, restored: Company) -> None:
        restored.clock.at = at(0) + DAY
        restored.sums_up()
        assert restored.texted() == [MANAGER, SECOND]

    def test_one_that_is_forced_is_sent_at_once_where_the_slot_has_one(self, restored: Company) -> None:
        restored.sums_up(10)
        restored.sums_up(11, force=True)
        assert restored.texted() == [MANAGER, SECOND]
