"""The fresh check: how far it reaches, what it needs to know of people, and that a failed one leaves no trace."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from sentinel_cli.domain.model import Channel, User
from sentinel_cli.errors import GhlRefused, GhlRejected, GhlShapeUnknown, GhlUnavailable, SentinelError
from sentinel_cli.jobs.check import WATERMARK, remembered
from sentinel_cli.store import issues, kv
from tests.builders import CASEY, CHICAGO, at

from .conftest import DAY, HOUR, MANAGER, MINUTE, Company

DOWN = GhlUnavailable("no connection to GoHighLevel")
REFUSED = GhlRefused("401 Invalid Private Integration token", status=401)
REJECTED = GhlRejected("422 startDate is wrong", status=422)
STRANGE = GhlShapeUnknown("messages is missing", field="messages")
ERRORS = [DOWN, REFUSED, REJECTED, STRANGE]
TUESDAY = 24 * 60


def watermark(company: Company) -> datetime | None:
    return kv.get_instant(company.db, WATERMARK)


class TestReach:
    def test_the_first_sweep_looks_back_96_hours(self, company: Company) -> None:
        company.writes("Mold", -96 * 60 - 1)
        company.writes("Mnew", -96 * 60, contact="CTC2")
        company.polls(0)
        assert [customer for *_, customer in company.issues()] == ["CTC2"]

    def test_the_first_sweep_looks_back_as_far_as_it_is_told(self, company: Company) -> None:
        company.writes("Mold", -30 * 60)
        company.writes("Mnew", -5, contact="CTC2")
        company.polls(0, since=at(-60))
        assert [customer for *_, customer in company.issues()] == ["CTC2"]

    def test_a_tick_reaches_half_an_hour_behind_the_watermark(self, company: Company) -> None:
        company.polls(0)
        assert company.polls(15).check.since == at(-30)

    def test_a_tick_after_an_outage_reaches_behind_the_last_complete_check(self, company: Company) -> None:
        company.polls(0)
        company.ghl.fail("sweep", DOWN)
        with pytest.raises(GhlUnavailable):
            company.polls(15)
        assert company.polls(180).check.since == at(-30)

    def test_a_message_in_the_overlap_is_found(self, company: Company) -> None:
        company.polls(0)
        company.writes("Mlate", -29)
        company.polls(15)
        assert company.issues() == [(1, "SMS", "OPEN", "CTC1")]

    def test_a_full_run_reaches_back_48_hours(self, company: Company) -> None:
        company.polls(0)
        assert company.polls(15, full=True).check.since == at(15) - 48 * HOUR

    def test_the_first_run_of_a_local_day_reaches_back_48_hours(self, company: Company) -> None:
        company.polls(0)
        assert company.polls(TUESDAY).check.since == at(TUESDAY) - 48 * HOUR

    def test_the_second_run_of_a_day_is_a_tick(self, company: Company) -> None:
        company.polls(0)
        company.polls(TUESDAY)
        assert company.polls(TUESDAY + 15).check.since == at(TUESDAY - 30)

    @pytest.mark.parametrize(
        ("last", "now", "reach"),
        [
            # Midnight in Chicago is 6:00 in UTC: the day that counts is the local one.
            (at(15 * 60 + 45), at(16 * 60), 48 * HOUR),
            (at(9 * 60 + 45), at(10 * 60 + 15), HOUR),
        ],
    )
    def test_a_day_begins_at_local_midnight(
        self, company: Company, last: datetime, now: datetime, reach: timedelta
    ) -> None:
        company.clock.at = last
        company.polls()
        company.clock.at = now
        assert now - company.polls().check.since == reach

    def test_after_three_days_off_the_first_run_reaches_behind_the_watermark(self, company: Company) -> None:
        company.polls(0)
        assert company.polls(3 * TUESDAY).check.since == at(-30)

    def test_a_run_that_failed_is_not_the_first_of_its_day(self, company: Company) -> None:
        company.polls(0)
        company.ghl.fail("sweep", DOWN)
        with pytest.raises(GhlUnavailable):
            company.polls(TUESDAY)
        assert company.polls(TUESDAY + 15).check.since == at(TUESDAY + 15) - 48 * HOUR

    def test_told_to_reach_less_far_it_leaves_no_gap_behind_the_watermark(self, company: Company) -> None:
        company.polls(0)
        company.writes("Mgap", 60)
        company.polls(300, since=at(290))
        assert company.issues() == [(1, "SMS", "OPEN", "CTC1")]

    def test_told_how_far_the_first_run_of_a_day_still_reaches_back_48_hours(self, company: Company) -> None:
        company.polls(0)
        assert company.polls(TUESDAY, since=at(TUESDAY - 60)).check.since == at(TUESDAY) - 48 * HOUR

    def test_told_to_reach_further_it_does(self, company: Company) -> None:
        company.polls(0)
        assert company.polls(15, since=at(-10 * TUESDAY)).check.since == at(-10 * TUESDAY)

    def test_a_complete_check_moves_the_watermark_to_where_it_began(self, company: Company) -> None:
        company.polls(15)
        assert watermark(company) == at(15)


class TestFailure:
    @pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
    @pytest.mark.parametrize("method", ["sweep", "users"])
    def test_one_that_breaks_off_leaves_everything_as_it_was(
        self, company: Company, error: SentinelError, method: str
    ) -> None:
        company.staff_listed = False
        company.ghl.people = [User(user_id=CASEY, name="Casey Rivera")]
        company.hears(-30)
        before = company.dump()
        company.writes("M1", -31)
        company.answers("M2", -10)
        company.ghl.fail(method, error, after=True)
        with pytest.raises(type(error)):
            company.polls(0)
        assert company.dump() == before

    def test_a_location_without_any_user_is_doubted_where_staff_is_not_listed(self, company: Company) -> None:
        company.staff_listed = False
        with pytest.raises(GhlShapeUnknown, match="lists no user"):
            company.polls(0)
        assert watermark(company) is None

    @pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
    def test_one_that_breaks_off_leaves_the_watermark(self, company: Company, error: SentinelError) -> None:
        company.polls(0)
        company.ghl.fail("sweep", error, after=True)
        with pytest.raises(type(error)):
            company.polls(15)
        assert (watermark(company), remembered(company.db).begun_at) == (at(0), at(0))  # type: ignore[union-attr]

    @pytest.mark.parametrize(("error", "code"), [(DOWN, 75), (REFUSED, 77), (REJECTED, 69), (STRANGE, 76)], ids=str)
    def test_one_that_breaks_off_ends_the_run_by_its_cause(
        self, company: Company, error: SentinelError, code: int
    ) -> None:
        company.ghl.fail("sweep", error, after=True)
        with pytest.raises(type(error)):
            company.polls(0)
        assert company.exit_codes() == [code]

    def test_a_token_refused_in_a_full_look_leaves_the_watermark(self, company: Company) -> None:
        company.writes("M1", -30)
        company.polls(0)
        company.ghl.fail("conversation", REFUSED)
        with pytest.raises(GhlRefused):
            company.polls(15, full=True)
        assert watermark(company) == at(0)


class TestPolicy:
    def test_a_new_colleague_s_old_answer_counts_once_they_are_listed(self, company: Company) -> None:
        company.writes("M1", -30)
        company.answers("M2", -20, user_id="USRnew")
        company.polls(0)
        policy = replace(company.rules.policy, staff=company.rules.policy.staff | {"USRnew"})
        company.rules = replace(company.rules, policy=policy)
        company.ghl.reports.clear()
        company.polls(15)
        assert company.answer() == ("M2", at(-20), "USRnew", "staff_text")

    def test_a_new_sla_moves_what_is_due(self, company: Company) -> None:
        company.writes("M1", -30)
        company.polls(0)
        company.rules = replace(company.rules, sla={Channel.SMS: 4 * HOUR, Channel.CALL: 2 * HOUR})
        company.polls(15)
        assert issues.one(company.db, 1).due_at == at(240)

    def test_a_new_holiday_moves_what_is_due(self, company: Company) -> None:
        company.writes("M1", -30)
        company.polls(0)
        monday = at(0).astimezone(CHICAGO).date()
        hours = replace(company.rules.hours, closed_on=lambda on: "Founders' Day" if on == monday else None)
        company.rules = replace(company.rules, hours=hours)
        company.polls(15)
        assert issues.one(company.db, 1).due_at == at(TUESDAY + 120)

    def test_the_same_rules_judge_nothing_anew(self, company: Company) -> None:
        company.writes("M1", -30)
        company.polls(0)
        before = company.dump()
        company.ghl.reports.clear()
        company.polls(15)
        assert company.dump() == before


class TestUnconfirmed:
    def test_what_a_complete_look_found_no_mate_for_is_unconfirmed(self, company: Company) -> None:
        company.hears(-30)
        company.polls(0, full=True)
        assert issues.one(company.db, 1).unconfirmed

    def test_what_only_a_sweep_missed_is_not(self, company: Company) -> None:
        company.hears(-30)
        company.polls(0)
        assert not issues.one(company.db, 1).unconfirmed

    def test_what_is_minutes_old_may_still_show_up(self, company: Company) -> None:
        company.hears(-4)
        company.polls(0, full=True)
        assert not issues.one(company.db, 1).unconfirmed

    @pytest.mark.parametrize("method", ["conversations_of", "conversation"])
    def test_what_could_not_be_read_is_not(self, company: Company, method: str) -> None:
        company.writes("Mold", -5000)
        company.hears(-30)
        company.ghl.fail(method, DOWN)
        company.polls(0, full=True)
        assert not issues.one(company.db, 1).unconfirmed

    def test_one_whose_mate_shows_up_after_all_is_confirmed(self, company: Company) -> None:
        company.hears(-30)
        company.polls(0, full=True)
        company.writes("M1", -31)
        company.polls(1, full=True)
        assert not issues.one(company.db, 1).unconfirmed

    def test_it_stays_open(self, company: Company) -> None:
        company.hears(-30)
        company.polls(0, full=True)
        assert company.issues() == [(1, "SMS", "OPEN", "CTC1")]


class TestSilence:
    @pytest.mark.parametrize(("texts", "silent"), [(2, False), (3, True)])
    def test_three_messages_without_a_delivery_mean_silent_webhooks(
        self, company: Company, texts: int, silent: bool
    ) -> None:
        for number in range(texts):
            company.writes(f"M{number}", number - 60, contact=f"CTC{number}")
        assert company.polls(0).check.silent is silent

    def test_one_delivery_breaks_the_silence(self, company: Company) -> None:
        for number in range(3):
            company.writes(f"M{number}", number - 60, contact=f"CTC{number}")
        company.hears(-60, contact="CTC0")
        assert not company.polls(0).check.silent

    def test_what_colleagues_text_us_is_no_sign_of_it(self, company: Company) -> None:
        """Managers' orders need no webhook: run-orders finds them by itself."""
        company.rules = replace(company.rules, internal_contacts=frozenset({MANAGER}))
        for number in range(3):
            company.writes(f"M{number}", number - 60, contact=MANAGER)
        assert not company.polls(0).check.silent

    def test_what_is_ours_is_no_sign_of_it(self, company: Company) -> None:
        for number in range(3):
            company.answers(f"M{number}", number - 60)
        assert not company.polls(0).check.silent


def test_threads_are_counted_once(company: Company) -> None:
    company.writes("M1", -30)
    company.answers("M2", -20)
    company.writes("M3", -10, contact="CTC2")
    company.polls(0)
    assert remembered(company.db).threads == 2  # type: ignore[union-attr]


def test_what_is_half_a_minute_from_the_edge_of_a_day_is_counted_right(company: Company) -> None:
    company.clock.at = at(16 * 60) - MINUTE / 2
    company.polls()
    company.clock.at += MINUTE
    assert company.polls().check.since == company.clock.at - 2 * DAY


class TestDoubt:
    def test_a_sweep_that_suddenly_shows_nothing_is_an_outage(self, company: Company) -> None:
        seen(company)
        company.ghl.reports.clear()
        with pytest.raises(GhlUnavailable, match="shows no message where it has shown 3 before"):
            company.polls(25)

    def test_an_hour_without_messages_is_none(self, company: Company) -> None:
        seen(company)
        company.polls(60)
        assert company.polls(95).check.reports == 0


def seen(company: Company) -> None:
    """Three messages that GHL has shown."""
    for n in range(3):
        company.writes(f"M{n}", n)
    company.polls(20)
