"""`poll-resolver`: what GHL shows opens and resolves issues, with evidence; the second time it changes nothing."""

import hashlib
import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from sentinel_cli.domain.model import Direction, User
from sentinel_cli.errors import GhlRefused, GhlRejected, GhlShapeUnknown, GhlUnavailable, SentinelError
from sentinel_cli.jobs.check import WATERMARK
from sentinel_cli.store import issues, kv
from tests.builders import CASEY, at

from .conftest import READING, Company, code_of

DOWN = GhlUnavailable("no connection to GoHighLevel")
DAY = 24 * 60


def broken(_: str) -> str | None:
    raise LookupError("a bug of ours")


BROKEN = replace(READING, e164=broken)


class TestOpening:
    def test_a_message_that_no_webhook_told_of_opens_its_issue(self, company: Company) -> None:
        company.writes("M1", -30)
        company.polls(0)
        assert company.issues() == [(1, "SMS", "OPEN", "CTC1")]

    def test_a_missed_call_that_no_webhook_told_of_opens_its_issue(self, company: Company) -> None:
        company.calls("M1", -30)
        company.polls(0)
        assert company.issues() == [(1, "CALL", "OPEN", "CTC1")]

    def test_it_waits_since_the_message_came_and_not_since_the_sweep(self, company: Company) -> None:
        company.writes("M1", 30)
        company.polls(90)
        issue = issues.one(company.db, 1)
        assert (issue.first_at, issue.due_at) == (at(30), at(150))

    def test_what_was_answered_before_anyone_saw_it_is_recorded_as_resolved(self, company: Company) -> None:
        company.writes("M1", -30)
        company.answers("M2", -20)
        company.polls(0)
        assert company.issues() == [(1, "SMS", "RESOLVED", "CTC1")]

    def test_a_body_and_the_message_it_told_of_are_one(self, company: Company) -> None:
        company.hears(-30)
        company.writes("M1", -31)
        company.polls(0)
        assert company.rows("select id, inbound_count from issues") == [(1, 1)]

    def test_a_body_takes_the_instant_of_the_message_it_told_of(self, company: Company) -> None:
        company.hears(30)
        company.writes("M1", 29)
        company.polls(60)
        issue = issues.one(company.db, 1)
        assert (issue.first_at, issue.due_at) == (at(29), at(149))

    def test_an_issue_learns_its_conversation(self, company: Company) -> None:
        company.hears(-30)
        company.writes("M1", -31)
        company.polls(0)
        assert company.rows("select conversation_id from issues") == [("CNV1",)]


class TestResolving:
    def test_a_delivery_s_issue_is_resolved_by_a_text_of_staff(self, company: Company) -> None:
        company.hears(-30)
        company.answers("M2", -20)
        company.polls(0)
        assert company.issues() == [(1, "SMS", "RESOLVED", "CTC1")]

    def test_it_is_resolved_when_it_was_answered_and_not_when_we_heard_of_it(self, company: Company) -> None:
        company.hears(-30)
        company.answers("M2", -20)
        company.polls(0)
        assert company.rows("select resolved_ts from issues") == [("2026-11-23T13:40:00.000Z",)]

    def test_the_evidence_is_stored(self, company: Company) -> None:
        company.hears(-30)
        company.answers("M2", -20)
        company.polls(0)
        assert company.answer() == ("M2", at(-20), CASEY, "staff_text")

    def test_the_log_tells_which_run_found_what(self, company: Company) -> None:
        company.hears(-30)
        company.answers("M2", -20)
        company.polls(0)
        [(cause, evidence)] = company.rows("select cause, evidence from issue_log where event = 'resolved'")
        assert (cause, json.loads(evidence)) == (
            "run:1",
            {
                "status": "RESOLVED",
                "messages": 1,
                "answer": "M2",
                "by": CASEY,
                "rule": "staff_text",
                "at": "2026-11-23T13:40:00.000Z",
            },
        )

    def test_an_automation_resolves_nothing(self, company: Company) -> None:
        company.hears(-30)
        company.answers("M2", -20, source="workflow")
        company.polls(0)
        assert company.issues() == [(1, "SMS", "OPEN", "CTC1")]

    def test_an_answer_older_than_the_last_message_leaves_that_one_waiting(self, company: Company) -> None:
        company.hears(-30, "Is anyone coming?")
        company.hears(-10, "Hello?")
        company.answers("M2", -20)
        company.polls(0)
        assert company.issues() == [(1, "SMS", "RESOLVED", "CTC1"), (2, "SMS", "OPEN", "CTC1")]

    def test_a_text_that_failed_after_all_no_longer_answers(self, company: Company) -> None:
        company.writes("M1", -30)
        sent = company.answers("M2", -20, outcome="pending")
        company.polls(0)
        company.ghl.reports[-1] = replace(sent, outcome="failed", updated_at=at(-5), seen_at=at(5))
        company.polls(5)
        assert company.issues() == [(1, "SMS", "OPEN", "CTC1")]

    def test_a_failure_is_learned_on_the_first_run_of_the_next_day(self, company: Company) -> None:
        company.writes("M1", -30)
        sent = company.answers("M2", -20, outcome="pending")
        company.polls(0)
        company.polls(500)
        company.ghl.reports[-1] = replace(sent, outcome="failed", updated_at=at(500), seen_at=at(DAY))
        company.polls(DAY)
        assert company.issues() == [(1, "SMS", "OPEN", "CTC1")]

    def test_a_full_run_finds_what_the_sweep_does_not_show(self, company: Company) -> None:
        company.writes("M1", -3 * DAY)
        company.polls(0)
        company.answers("M2", -3 * DAY + 60)
        assert (company.polls(15).check.resolved, company.polls(30, full=True).check.resolved) == (0, 1)

    def test_the_report_counts_what_the_run_did(self, company: Company) -> None:
        company.hears(-30)
        company.answers("M2", -20)
        company.writes("M3", -10, contact="CTC2")
        assert company.polls(0).counts == {"new": 2, "opened": 1, "resolved": 1, "open": 1, "threads": 2}

    def test_every_user_as_staff_is_said(self, company: Company) -> None:
        company.staff_listed = False
        company.ghl.people = [User(user_id=CASEY, name="Casey Rivera")]
        assert company.polls(0).counts["staff"] == "every-user"


class TestRepetition:
    def furnish(self, company: Company) -> None:
        company.hears(-40)
        company.hears(-30, "Hello?", contact="CTC2")
        company.writes("M1", -41)
        company.answers("M2", -20)
        company.calls("M3", -15, contact="CTC3")
        company.named("CTC3", "Lee Emerson")

    @pytest.mark.parametrize("full", [False, True])
    def test_the_second_run_changes_nothing(self, company: Company, full: bool) -> None:
        self.furnish(company)
        company.polls(0, full=full)
        before = company.dump()
        company.polls(1, full=full)
        assert company.dump() == before

    def test_a_run_that_sees_everything_again_changes_nothing(self, company: Company) -> None:
        self.furnish(company)
        company.polls(0)
        before = company.dump()
        company.polls(2, since=at(-96 * 60))
        assert company.dump() == before

    def test_a_run_after_one_that_died_half_way_ends_the_same(self, company: Company) -> None:
        self.furnish(company)
        company.ghl.fail("contact", KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            company.polls(0)
        company.polls(1)
        assert company.issues() == [
            (1, "SMS", "RESOLVED", "CTC1"),
            (2, "SMS", "OPEN", "CTC2"),
            (3, "CALL", "OPEN", "CTC3"),
        ]

    def test_settled_history_is_left_alone(self, company: Company) -> None:
        company.writes("M1", -21 * DAY)
        company.answers("M2", -21 * DAY + 10)
        company.polls(0, since=at(-30 * DAY))
        company.writes("M9", -5)
        company.polls(1)
        before = company.rows("select * from issues order by id")
        company.writes("M0", -21 * DAY - 5)
        late = company.polls(2, since=at(-30 * DAY))
        assert (late.counts["late"], company.rows("select * from issues order by id")) == (1, before)


class TestBrokenDeliveries:
    def test_one_that_is_mended_is_counted(self, company: Company) -> None:
        company.reading = BROKEN
        company.hears(-30)
        company.reading = READING
        done = company.polls(0)
        assert (done.mended, code_of(done), company.issues()) == (1, 0, [(1, "SMS", "OPEN", "CTC1")])

    def test_one_that_still_breaks_ends_the_run_with_75(self, company: Company) -> None:
        company.reading = BROKEN
        company.hears(-30)
        done = company.polls(0)
        assert (done.counts["broken"], code_of(done), company.exit_codes()) == (1, 75, [75])

    def test_one_that_still_breaks_does_not_hold_up_the_check(self, company: Company) -> None:
        company.reading = BROKEN
        company.hears(-30)
        company.writes("M1", -20, contact="CTC2")
        company.polls(0)
        assert (company.issues(), kv.get_instant(company.db, WATERMARK)) == ([(1, "SMS", "OPEN", "CTC2")], at(0))

    def test_one_is_mended_though_ghl_is_down(self, company: Company) -> None:
        company.reading = BROKEN
        company.hears(-30)
        company.reading = READING
        company.ghl.fail("sweep", DOWN)
        with pytest.raises(GhlUnavailable):
            company.polls(0)
        assert company.issues() == [(1, "SMS", "OPEN", "CTC1")]


class TestFull:
    @pytest.mark.parametrize("error", [DOWN, GhlRejected("404", status=404)], ids=lambda error: type(error).__name__)
    def test_a_conversation_that_could_not_be_read_ends_the_run_with_75(
        self, company: Company, error: SentinelError
    ) -> None:
        company.writes("M1", -30)
        company.polls(0)
        company.ghl.fail("conversation", error)
        done = company.polls(15, full=True)
        assert (code_of(done), done.counts["unread"]) == (75, 1)
        assert str(done.problem) == f"1 conversations could not be read: {error.message}"

    def test_a_conversation_of_an_unknown_shape_leaves_everything_as_it_was(self, company: Company) -> None:
        company.writes("M1", -30)
        company.polls(0)
        company.answers("M2", 5)
        company.ghl.fail("conversation", GhlShapeUnknown("messages is missing", field="messages"))
        with pytest.raises(GhlShapeUnknown):
            company.polls(15, full=True)
        assert company.issues() == [(1, "SMS", "OPEN", "CTC1")]

    def test_the_others_are_read_all_the_same(self, company: Company) -> None:
        company.writes("M1", -3 * DAY)
        company.writes("M2", -3 * DAY, contact="CTC2")
        company.polls(0)
        company.answers("M3", -3 * DAY + 5, contact="CTC2")
        company.ghl.fail("conversation", DOWN)
        company.polls(15, full=True)
        assert company.issues() == [(1, "SMS", "OPEN", "CTC1"), (2, "SMS", "RESOLVED", "CTC2")]

    def test_a_refusal_ends_the_run_with_77(self, company: Company) -> None:
        company.writes("M1", -30)
        company.polls(0)
        company.ghl.fail("conversations_of", GhlRefused("403", status=403))
        with pytest.raises(GhlRefused):
            company.polls(15, full=True)
        assert company.exit_codes() == [0, 77]

    def test_a_tick_reads_no_conversation(self, company: Company) -> None:
        company.writes("M1", -30)
        company.polls(0)
        company.polls(15)
        assert company.ghl.called("conversation") == 0

    def test_every_conversation_of_a_contact_is_read(self, company: Company) -> None:
        company.writes("M1", -3 * DAY)
        company.polls(0)
        other = replace(company.ghl.threads[0], conversation_id="CNVother")
        company.ghl.threads.append(other)
        company.answers("M2", -3 * DAY + 5)
        company.ghl.reports[-1] = replace(company.ghl.reports[-1], conversation_id="CNVother")
        company.polls(15, full=True)
        assert company.issues() == [(1, "SMS", "RESOLVED", "CTC1")]


class TestDryRun:
    def test_it_says_what_a_run_would_do(self, company: Company) -> None:
        company.hears(-30)
        company.answers("M2", -20)
        assert company.rehearses_poll().counts == {"new": 1, "opened": 0, "resolved": 1, "open": 0, "threads": 1}

    def test_it_leaves_the_file_as_it_was(self, company: Company, path: Path) -> None:
        company.hears(-30)
        company.answers("M2", -20)
        company.db.checkpoint()
        before = digest(path)
        company.rehearses_poll(full=True)
        assert digest(path) == before

    def test_it_makes_no_other_file(self, company: Company, path: Path) -> None:
        before = sorted(path.parent.iterdir())
        company.rehearses_poll()
        assert sorted(path.parent.iterdir()) == before

    def test_it_is_no_run(self, company: Company) -> None:
        company.rehearses_poll()
        assert company.exit_codes() == []

    def test_it_moves_no_watermark(self, company: Company) -> None:
        company.rehearses_poll()
        assert kv.items(company.db) == []


def digest(path: Path) -> str:
    """Of the file and its write-ahead log."""
    held = [file.read_bytes() for file in sorted(path.parent.glob(f"{path.name}*")) if not file.name.endswith("-shm")]
    return hashlib.sha256(b"".join(held)).hexdigest()


@pytest.mark.parametrize("minutes", [0, 15])
def test_nothing_new_is_a_good_run(company: Company, minutes: float) -> None:
    assert code_of(company.polls(minutes)) == 0


def test_an_outbound_body_by_the_workflow_route_resolves_nothing(company: Company) -> None:
    company.hears(-30)
    company.writes("M2", -20, direction=Direction.OUTBOUND, source="workflow", text="We got your message")
    company.polls(0)
    assert company.issues() == [(1, "SMS", "OPEN", "CTC1")]


def test_the_run_s_instant_is_the_watermark(company: Company) -> None:
    company.clock.at = datetime.fromisoformat("2026-11-23T16:15:00.250Z")
    company.polls()
    assert kv.get(company.db, WATERMARK) == "2026-11-23T16:15:00.250Z"
