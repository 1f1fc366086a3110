"""The fresh check and people: who is staff, what strangers are called, whose a number is."""

from dataclasses import replace

import pytest

from sentinel_cli.domain.model import User
from sentinel_cli.errors import GhlRefused, GhlRejected, GhlShapeUnknown, GhlUnavailable, SentinelError
from sentinel_cli.ports import Conversation
from sentinel_cli.together import AT_ONCE
from tests.builders import CASEY, MORGAN, at

from .conftest import MANAGER, PHONE, SECOND, Company, code_of

DOWN = GhlUnavailable("no connection to GoHighLevel")
REFUSED = GhlRefused("401 Invalid Private Integration token", status=401)
REJECTED = GhlRejected("422 startDate is wrong", status=422)
STRANGE = GhlShapeUnknown("messages is missing", field="messages")
ERRORS = [DOWN, REFUSED, REJECTED, STRANGE]
TUESDAY = 24 * 60


class TestUsers:
    def test_where_no_staff_is_listed_every_user_of_the_location_is_staff(self, company: Company) -> None:
        company.staff_listed = False
        company.ghl.people = [User(user_id=CASEY, name="Casey Rivera")]
        company.writes("M1", -30)
        company.answers("M2", -20)
        company.polls(0)
        assert company.answer() == ("M2", at(-20), CASEY, "staff_text")

    def test_they_are_asked_for_once_a_day(self, company: Company) -> None:
        company.ghl.people = [User(user_id=CASEY, name="Casey Rivera")]
        for minutes in (0, 15, 60, TUESDAY - 1, TUESDAY, TUESDAY + 15):
            company.polls(minutes)
        assert company.ghl.called("users") == 2

    def test_they_are_asked_for_again_where_the_clock_was_wrong_when_they_were(self, company: Company) -> None:
        company.ghl.people = [User(user_id=CASEY, name="Casey Rivera")]
        company.polls(TUESDAY)
        company.polls(0)
        assert company.ghl.called("users") == 2

    def test_who_was_hired_since_is_asked_for_when_they_answer(self, company: Company) -> None:
        company.staff_listed = False
        company.ghl.people = [User(user_id=CASEY, name="Casey Rivera")]
        company.polls(0)
        company.ghl.people.append(User(user_id=MORGAN, name="Morgan Blake"))
        company.writes("M1", 5)
        company.answers("M2", 10, user_id=MORGAN)
        company.polls(15)
        assert company.answer() == ("M2", at(10), MORGAN, "staff_text")

    def test_where_staff_is_listed_nobody_is_asked_for_when_a_stranger_answers(self, company: Company) -> None:
        company.ghl.people = [User(user_id=CASEY, name="Casey Rivera")]
        company.polls(0)
        company.answers("M2", 10, user_id="USRstranger")
        company.polls(15)
        assert company.ghl.called("users") == 1

    def test_the_name_of_a_colleague_who_texts_us_is_asked_for_too(self, company: Company) -> None:
        company.rules = replace(company.rules, internal_contacts=frozenset({MANAGER, SECOND}))
        company.writes("M1", -30, contact=MANAGER)
        company.named(MANAGER, "Casey Rivera")
        for minutes in (0, 15, TUESDAY):
            company.polls(minutes)
        known = company.rows("select contact_id, name from contacts")
        assert (known, company.ghl.called("contact")) == ([(MANAGER, "Casey Rivera")], 1)

    def test_of_colleagues_who_never_text_nobody_asks(self, company: Company) -> None:
        company.rules = replace(company.rules, internal_contacts=frozenset({MANAGER, SECOND}))
        company.polls(0)
        assert company.ghl.called("contact") == 0

    @pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
    def test_where_staff_is_listed_a_run_does_without_them(self, company: Company, error: SentinelError) -> None:
        company.ghl.fail("users", error)
        assert code_of(company.polls(0)) == 0

    @pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
    def test_where_some_are_remembered_a_run_does_without_news_of_them(
        self, company: Company, error: SentinelError
    ) -> None:
        company.staff_listed = False
        company.ghl.people = [User(user_id=CASEY, name="Casey Rivera")]
        company.polls(0)
        company.ghl.fail("users", error)
        assert code_of(company.polls(TUESDAY)) == 0

    def test_after_a_failure_they_are_asked_for_again(self, company: Company) -> None:
        company.ghl.people = [User(user_id=CASEY, name="Casey Rivera")]
        company.ghl.fail("users", DOWN)
        company.polls(0)
        company.polls(15)
        assert company.rows("select user_id from users") == [(CASEY,)]

    def test_who_left_is_still_known(self, company: Company) -> None:
        company.staff_listed = False
        company.ghl.people = [User(user_id=CASEY, name="Casey"), User(user_id=MORGAN, name="Morgan")]
        company.polls(0)
        company.ghl.people = [User(user_id=MORGAN, name="Morgan")]
        company.writes("M1", TUESDAY - 30)
        company.answers("M2", TUESDAY - 20, user_id=CASEY)
        company.polls(TUESDAY)
        assert company.answer() == ("M2", at(TUESDAY - 20), CASEY, "staff_text")


class TestNames:
    def test_a_stranger_s_name_and_phone_are_filled_in(self, company: Company) -> None:
        company.writes("M1", -30)
        company.named("CTC1", "pat ellison", "+12175550141")
        company.polls(0)
        assert company.rows("select contact_name, phone from issues") == [("pat ellison", "+12175550141")]

    def test_whoever_is_known_is_not_asked_about(self, company: Company) -> None:
        company.writes("M1", -30)
        company.named("CTC1", "Pat Ellison")
        company.polls(0)
        company.polls(2 * TUESDAY)
        assert company.ghl.called("contact") == 1

    def test_whoever_has_no_name_is_asked_about_once_a_day(self, company: Company) -> None:
        company.writes("M1", -30)
        for minutes in (0, 15, TUESDAY, TUESDAY + 15):
            company.polls(minutes)
        assert company.ghl.called("contact") == 2

    def test_whoever_has_nothing_open_is_not_asked_about(self, company: Company) -> None:
        company.writes("M1", -30)
        company.answers("M2", -20)
        company.polls(0)
        assert company.ghl.called("contact") == 0

    @pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
    def test_a_name_that_cannot_be_had_stops_nothing(self, company: Company, error: SentinelError) -> None:
        company.writes("M1", -30)
        company.ghl.fail("contact", error)
        assert code_of(company.polls(0)) == 0

    @pytest.mark.parametrize(("error", "asked"), [(DOWN, AT_ONCE), (REFUSED, AT_ONCE), (REJECTED, 9), (STRANGE, 9)])
    def test_when_ghl_is_down_no_more_are_asked_about(self, company: Company, error: SentinelError, asked: int) -> None:
        for number in range(9):
            company.writes(f"M{number}", -30, contact=f"CTC{number}")
        company.ghl.fail("contact", error)
        company.polls(0)
        assert company.ghl.called("contact") == asked

    @pytest.mark.parametrize("error", [DOWN, STRANGE], ids=lambda error: type(error).__name__)
    def test_after_an_outage_the_next_run_asks_again(self, company: Company, error: SentinelError) -> None:
        company.writes("M1", -30)
        company.named("CTC1", "Pat Ellison")
        company.ghl.fail("contact", error)
        company.polls(0)
        company.polls(15)
        assert company.rows("select contact_name from issues") == [("Pat Ellison",)]


class TestNumbers:
    def test_who_is_known_by_phone_alone_is_found_by_it(self, company: Company) -> None:
        company.hears(-30, contact=None)
        company.ghl.threads = [Conversation(conversation_id="CNV1", contact_id="CTC1", name="Pat", phone=PHONE)]
        company.polls(0)
        open_ones = company.rows("select contact_id, contact_name from issues where status = 'OPEN'")
        assert open_ones == [("CTC1", "Pat")]

    def test_a_body_by_phone_and_its_message_by_contact_are_one(self, company: Company) -> None:
        company.hears(-30, contact=None)
        company.ghl.threads = [Conversation(conversation_id="CNV1", contact_id="CTC1", name="Pat", phone=PHONE)]
        company.writes("M1", -31)
        company.polls(0)
        assert company.rows("select contact_id, inbound_count from issues where status = 'OPEN'") == [("CTC1", 1)]

    def test_a_number_that_ghl_does_not_know_is_asked_about_once_a_day(self, company: Company) -> None:
        company.hears(-30, contact=None)
        for minutes in (0, 15, TUESDAY, TUESDAY + 15):
            company.polls(minutes)
        assert company.ghl.called("conversations_with") == 2
