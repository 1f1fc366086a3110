"""`send-alerts`: who is told of which breach, when, and in which words; Monday, due after two hours."""

from typing import Any

import pytest

from sentinel_cli.domain.timeline import ActionKind
from sentinel_cli.errors import GhlRefused, GhlUnavailable, SentinelError
from sentinel_cli.jobs.locks import lock_path
from sentinel_cli.store import kv, runs
from sentinel_cli.triage import Intent, perform
from tests.builders import at

from .conftest import MANAGER, SECOND, Company, code_of, on
from .test_locks import holder

DOWN = GhlUnavailable("no connection to GoHighLevel")
REFUSED = GhlRefused("401 Invalid Private Integration token", status=401)

BUSY = """\
Sentinel, alert, Mon Nov 23 10:08am
Now overdue 3:
#1 Pat E. 2 calls, waits 2h7m, auto-reply only
#2 Lee E. text, waits 2h6m
#3 +1***0141 3 texts, waits 2h5m
Checked 4 threads at 10:08am
Reply List, Open 1, Resolve 1"""


def busy(company: Company) -> None:
    """Three customers of 8:01 to 8:03; of the fourth it is not yet time."""
    company.named("CTCa", "pat ellison")
    company.named("CTCb", "Lee Emerson")
    company.named("CTCc", "")
    company.calls("M1", 1, "CTCa")
    company.answers("M2", 2, "CTCa", source="workflow", text="Sorry we missed your call!")
    company.calls("M3", 3, "CTCa")
    company.writes("M4", 2, "CTCb")
    for minute in (3, 4, 5):
        company.writes(f"M5{minute}", minute, "CTCc")
    company.writes("M6", 30, "CTCd")
    company.polls(40)


def one_waits(company: Company, minutes: float = 0, contact: str = "CTC1") -> None:
    """Pat writes at 8:00, and is due at 10:00."""
    company.named(contact, "Pat Ellison")
    company.writes(f"M{contact}", minutes, contact)
    company.polls(minutes + 1)


def does(company: Company, kind: ActionKind, minutes: float, **fields: Any) -> None:
    with company.db.transaction():
        intent = Intent(kind=kind, actor="operator", at=at(minutes), **fields)
        assert perform(company.db, 1, intent, company.rules).refusal is None


def told(company: Company) -> list[str]:
    """What each text names, by its lines."""
    return [line for out in company.ghl.sent for line in out.text.splitlines() if line.startswith("#")]


class TestText:
    def test_several_breaches_are_one_text_to_each_manager(self, company: Company) -> None:
        busy(company)
        runs.begin(company.db, "run-orders", at(120))
        company.alerts(128)
        assert [(out.contact_id, out.text) for out in company.ghl.sent] == [(MANAGER, BUSY), (SECOND, BUSY)]

    def test_where_no_job_reads_replies_none_is_asked_for(self, company: Company) -> None:
        one_waits(company)
        company.alerts(128)
        assert "Reply" not in company.last_text()

    def test_it_fits_three_segments(self, company: Company) -> None:
        busy(company)
        size = company.rehearses_alerts(128).drafts[0].size
        assert (size.encoding.value, size.segments) == ("GSM-7", 2)

    def test_a_run_counts_what_it_told(self, company: Company) -> None:
        busy(company)
        assert company.alerts(128).counts == {"sent": 2, "breached": 3}


class TestBreach:
    @pytest.mark.parametrize(("minutes", "texts"), [(119, 0), (120, 0), (120 + 1 / 60, 2)])
    def test_an_issue_is_told_once_its_due_has_passed(self, company: Company, minutes: float, texts: int) -> None:
        one_waits(company)
        company.alerts(minutes)
        assert len(company.texted()) == texts

    def test_where_nothing_is_overdue_ghl_is_not_asked(self, company: Company) -> None:
        one_waits(company)
        before = len(company.ghl.calls)
        done = company.alerts(60)
        assert (done.counts, len(company.ghl.calls)) == ({"sent": 0, "breached": 0}, before)

    def test_an_answer_that_the_sweep_brings_is_no_accusation(self, company: Company) -> None:
        one_waits(company)
        company.answers("M2", 100)
        company.alerts(123)
        assert company.texted() == []

    def test_an_answer_that_only_the_conversation_shows_is_no_accusation(self, company: Company) -> None:
        one_waits(company)
        company.polls(122)
        company.answers("M2", 100)
        done = company.alerts(123)
        assert (company.texted(), done.counts, company.ghl.called("sweep")) == ([], {"sent": 0, "breached": 0}, 2)

    def test_the_conversations_that_it_names_are_read_and_no_others(self, company: Company) -> None:
        one_waits(company)
        company.writes("M9", 60, "CTC9")
        company.alerts(123)
        assert [subject for name, subject in company.ghl.calls if name == "conversation"] == ["CNV1"]

    def test_a_line_whose_conversation_cannot_be_read_says_so_and_the_run_is_incomplete(self, company: Company) -> None:
        one_waits(company)
        company.ghl.fail("conversation", DOWN)
        done = company.alerts(123)
        assert (told(company)[0], code_of(done)) == ("#1 Pat E. text, waits 2h3m, unchecked", 75)

    def test_a_snoozed_issue_is_told_of_when_it_wakes(self, company: Company) -> None:
        one_waits(company)
        does(company, ActionKind.SNOOZE, 60, until=at(200))
        sent = [len(company.texted()) for minutes in (123, 198, 203) if company.alerts(minutes)]
        assert sent == [0, 0, 2]

    def test_spam_is_never_told_of(self, company: Company) -> None:
        one_waits(company)
        does(company, ActionKind.SPAM, 60)
        company.alerts(123)
        assert company.texted() == []

    def test_the_issue_shows_when_managers_were_told(self, company: Company) -> None:
        one_waits(company)
        company.alerts(123)
        assert company.rows("select breach_notified_ts from issues") == [("2026-11-23T16:03:00.000Z",)]


class TestOnceEver:
    @pytest.mark.parametrize("minutes", [124, 128, 300, 24 * 60])
    def test_the_next_runs_send_nothing(self, company: Company, minutes: float) -> None:
        one_waits(company)
        company.alerts(123)
        company.alerts(minutes)
        assert company.texted() == [MANAGER, SECOND]

    def test_the_next_runs_ask_ghl_nothing(self, company: Company) -> None:
        one_waits(company)
        company.alerts(123)
        before = len(company.ghl.calls)
        company.alerts(128)
        assert len(company.ghl.calls) == before

    def test_what_is_breached_later_is_told_alone(self, company: Company) -> None:
        one_waits(company)
        one_waits(company, 10, "CTC2")
        company.alerts(123)
        company.alerts(133)
        assert told(company)[2:] == ["#2 Pat E. text, waits 2h3m"] * 2

    def test_the_pair_is_unique_in_the_database(self, company: Company) -> None:
        one_waits(company)
        company.alerts(123)
        assert company.rows("select issue_id, contact_id from alerts") == [(1, MANAGER), (1, SECOND)]

    def test_a_reopened_issue_is_not_told_again(self, company: Company) -> None:
        one_waits(company)
        company.alerts(123)
        does(company, ActionKind.RESOLVE, 125)
        does(company, ActionKind.REOPEN, 126)
        company.alerts(128)
        assert (len(company.texted()), company.issues()[0][2]) == (2, "OPEN")

    def test_of_a_split_wait_the_newer_half_is_a_breach_of_its_own(self, company: Company) -> None:
        one_waits(company)
        company.writes("M2", 115)
        company.alerts(123)
        company.answers("M3", 110)
        company.polls(130)
        company.alerts(238)
        assert (company.issues(), told(company)[2:]) == (
            [(1, "SMS", "RESOLVED", "CTC1"), (2, "SMS", "OPEN", "CTC1")],
            ["#2 Pat E. text, waits 2h3m"] * 2,
        )

    def test_what_was_told_of_either_half_is_told_of_what_they_turn_out_to_be(self, company: Company) -> None:
        # Two waits with an answer between them; the answer then turns out to have failed: one wait, #1.
        one_waits(company)
        answer = company.answers("M2", 5, outcome="pending")
        company.writes("M3", 6)
        company.polls(7)
        company.alerts(128)
        company.ghl.reports.remove(answer)
        company.answers("M2", 5, outcome="failed")
        company.polls(130, full=True)
        company.alerts(133)
        merged = company.rows("select id, status, merged_into from issues")
        assert (merged, told(company)) == (
            [(1, "OPEN", None), (2, "RESOLVED", 1)],
            ["#2 Pat E. text, waits 2h2m"] * 2,
        )

    def test_a_new_manager_is_told_of_what_is_overdue(self, company: Company) -> None:
        one_waits(company)
        company.alerts(123)
        company.managers = (MANAGER, SECOND, "CTCthird")
        company.alerts(128)
        assert company.texted() == [MANAGER, SECOND, "CTCthird"]

    def test_who_is_named_twice_is_texted_once(self, company: Company) -> None:
        one_waits(company)
        company.managers = (MANAGER, MANAGER)
        company.alerts(123)
        assert company.texted() == [MANAGER]

    def test_what_the_older_service_told_of_is_told(self, company: Company) -> None:
        one_waits(company)
        company.db.write("update issues set breach_notified_ts = ?", "2026-11-23T13:00:00.000Z")
        company.alerts(123)
        assert company.texted() == []


class TestMany:
    def many_wait(self, company: Company) -> None:
        for number in range(20):
            company.named(f"CTC{number:02}", f"Pat{chr(97 + number)} Ellison", f"+121755501{number:02}")
            company.writes(f"M{number}", number / 60, f"CTC{number:02}")
        company.polls(1)

    def test_one_text_holds_the_longest_overdue_and_counts_the_rest(self, company: Company) -> None:
        self.many_wait(company)
        company.alerts(128)
        lines = company.last_text().splitlines()
        assert (lines[1], lines[2][:9], lines[9][:9], lines[10]) == (
            "Now overdue 20:",
            "#1 Pata E",
            "#8 Path E",
            "+12 more",
        )

    def test_what_was_only_counted_is_told_and_makes_no_text_of_its_own(self, company: Company) -> None:
        self.many_wait(company)
        company.alerts(128)
        company.alerts(133)
        assert company.texted() == [MANAGER, SECOND]


@pytest.mark.real
class TestResolverAtWork:
    def test_it_is_waited_for_three_minutes_and_then_nobody_is_accused(self, company: Company) -> None:
        one_waits(company)
        with holder(lock_path(company.db.path, "poll-resolver")):
            done = company.alerts(123)
        assert (sum(company.naps), company.texted(), code_of(done)) == (180, [], 75)

    def test_that_is_no_outage_of_ghl(self, company: Company) -> None:
        one_waits(company)
        with holder(lock_path(company.db.path, "poll-resolver")):
            for minutes in (123, 158, 168):
                company.alerts(minutes)
        assert (company.texted(), kv.get(company.db, "ghl_outage_ts")) == ([], None)

    def test_a_check_begun_less_than_two_minutes_before_is_taken_over(self, company: Company) -> None:
        one_waits(company)
        company.polls(122)
        company.alerts(123)
        assert (company.ghl.called("sweep"), company.texted()) == (2, [MANAGER, SECOND])


class TestDryRun:
    def test_it_shows_what_would_be_sent_and_writes_nothing(self, company: Company) -> None:
        busy(company)
        before = (company.dump(), kv.items(company.db), company.exit_codes(), company.rows("select * from alerts"))
        done = company.rehearses_alerts(128)
        after = (company.dump(), kv.items(company.db), company.exit_codes(), company.rows("select * from alerts"))
        assert (after, company.texted()) == (before, [])
        assert [draft.body for draft in done.drafts] == [BUSY.rpartition("\n")[0]] * 2

    def test_at_night_it_says_that_nothing_would_be_sent(self, company: Company) -> None:
        one_waits(company)
        assert company.rehearses_alerts(on("Nov 23 19:00")).notes == ["closed until Tue 8am"]

    def test_before_a_summary_it_says_that_this_would_tell_it(self, company: Company) -> None:
        one_waits(company, 50)
        done = company.rehearses_alerts(178)
        assert (len(done.drafts), done.notes) == (2, ["the midday summary would tell it instead"])

    def test_it_counts_the_segments_of_the_last_30_days(self, company: Company) -> None:
        one_waits(company)
        company.alerts(123)
        month = company.rehearses_alerts(128).month
        assert month is not None
        assert (month.segments, month.basis) == (2, "2 segments of the last 30 days' 2 texts")

    def test_a_token_that_ghl_refuses_is_77(self, company: Company) -> None:
        one_waits(company)
        company.ghl.fail("sweep", REFUSED)
        problem: SentinelError | None = company.rehearses_alerts(123).problem
        assert problem is not None
        assert problem.exit_code == 77
