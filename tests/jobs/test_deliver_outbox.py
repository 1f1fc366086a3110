"""Letters go out once: whatever breaks and wherever the process dies, no manager is texted twice or left out."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import pytest

from sentinel_cli.domain.letters import LetterState
from sentinel_cli.errors import (
    GhlRefused,
    GhlRejected,
    Misconfigured,
    SentinelError,
)
from sentinel_cli.jobs.deliver_outbox import DeliveryReport
from sentinel_cli.ports import Conversation
from sentinel_cli.store import kv, outbox
from tests.builders import MONDAY, at, store
from tests.fakes import Crash
from tests.jobs.office import BODY, CASEY, DND, DOWN, MORGAN, REFUSED, STRANGE, Office, letter


@pytest.fixture
def office() -> Iterator[Office]:
    with store() as db:
        yield Office(db)


def test_every_manager_gets_the_letter(office: Office) -> None:
    office.run()
    assert [(out.contact_id, out.text) for out in office.ghl.sent] == [(CASEY, BODY), (MORGAN, BODY)]


def test_a_sent_letter_keeps_ghl_s_message_id(office: Office) -> None:
    report = office.run()
    assert [sent.message_id for sent in report.sent] == ["MSGout1", "MSGout2"]


def test_a_run_that_sends_all_ends_well(office: Office) -> None:
    assert office.run().exit_code == 0


def test_the_next_run_sends_nothing(office: Office) -> None:
    office.run()
    report = office.run(10)
    assert (report.exit_code, len(report.over), office.texted()) == (0, 2, [CASEY, MORGAN])


def test_a_letter_goes_to_the_manager_s_newest_conversation(office: Office) -> None:
    office.ghl.threads = [
        Conversation(conversation_id=id_, contact_id=CASEY, name=None, phone=None) for id_ in ("CNVnew", "CNVold")
    ]
    office.run()
    assert [out.conversation_id for out in office.ghl.sent] == ["CNVnew", None]


@pytest.mark.parametrize("error", [DOWN, DND, REFUSED, STRANGE])
def test_a_failed_look_up_of_the_conversation_stops_no_letter(office: Office, error: SentinelError) -> None:
    office.ghl.fail("conversations_of", error)
    office.run()
    assert [(out.contact_id, out.conversation_id) for out in office.ghl.sent] == [(CASEY, None), (MORGAN, None)]


def test_an_accepted_letter_moves_the_watermarks_to_the_clock_of_its_facts(office: Office) -> None:
    office.run(10)
    marks = [kv.get_instant(office.db, key) for key in ("last_summary_ts", "last_summary_ts:morning")]
    assert marks == [MONDAY, MONDAY]


def test_an_older_letter_found_late_does_not_move_a_watermark_back(office: Office) -> None:
    kv.put_instant(office.db, "last_summary_ts", at(30))
    office.run(31)
    assert kv.get_instant(office.db, "last_summary_ts") == at(30)


def test_a_watermark_that_lies_ahead_is_set_right(office: Office) -> None:
    kv.put_instant(office.db, "last_summary_ts", at(24 * 60))
    office.run(10)
    assert kv.get_instant(office.db, "last_summary_ts") == MONDAY


def test_a_letter_without_a_slot_moves_the_watermark_of_its_kind_alone(office: Office) -> None:
    alert = replace(letter(CASEY), key="alert:41", kind="alert", slot=None)
    office.letters = [outbox.owe(office.db, alert)]
    office.run()
    assert [key for key, _ in kv.items(office.db)] == ["last_alert_ts"]


def test_a_run_that_sends_nothing_moves_no_watermark(office: Office) -> None:
    office.ghl.fail("send_text", DOWN, times=2)
    office.run()
    assert kv.items(office.db) == []


def test_a_manager_who_blocks_texts_does_not_stop_the_others(office: Office) -> None:
    office.ghl.fail("send_text", DND)
    office.run()
    assert office.states() == ["refused", "sent"]


def test_the_run_that_meets_a_refused_manager_fails(office: Office) -> None:
    office.ghl.fail("send_text", DND)
    assert office.run().exit_code == 69


def test_later_runs_show_a_refused_manager_and_end_well(office: Office) -> None:
    office.ghl.fail("send_text", DND)
    office.run()
    report = office.run(10)
    assert (report.exit_code, report.problems()) == (
        0,
        [f"letter 1 (summary:2026-11-23:morning:{CASEY}) refused: Cannot send message as DND is active for SMS."],
    )


def test_a_refused_manager_is_not_tried_again(office: Office) -> None:
    office.ghl.fail("send_text", DND)
    office.run()
    office.run(10)
    assert office.texted() == [MORGAN]


def test_a_letter_that_ghl_did_not_take_is_owed_and_the_others_go_out(office: Office) -> None:
    office.ghl.fail("send_text", DOWN)
    report = office.run()
    assert (office.states(), report.exit_code) == (["owed", "sent"], 75)


def test_what_is_owed_goes_out_with_the_next_run(office: Office) -> None:
    office.ghl.fail("send_text", DOWN)
    office.run()
    report = office.run(10)
    assert (office.texted(), report.exit_code) == ([MORGAN, CASEY], 0)


@pytest.mark.parametrize("error", [REFUSED, Misconfigured(["GHL_BASE_URL is not a usable http(s) address"])])
def test_a_refusal_stops_all(office: Office, error: SentinelError) -> None:
    office.ghl.fail("send_text", error)
    with pytest.raises(type(error)):
        office.run()
    assert office.texted() == []


def test_a_refusal_is_recorded_with_the_letter_it_met(office: Office) -> None:
    office.ghl.fail("send_text", REFUSED)
    with suppress(GhlRefused):
        office.run()
    assert (office.casey().state, office.casey().error) == (LetterState.OWED, str(REFUSED))


def test_after_a_refusal_the_next_run_sends_to_all(office: Office) -> None:
    office.ghl.fail("send_text", REFUSED)
    with suppress(GhlRefused):
        office.run()
    office.run(10)
    assert office.texted() == [CASEY, MORGAN]


def test_an_owed_letter_expires_with_an_error(office: Office) -> None:
    report = office.run(120)
    assert (office.states(), report.exit_code, office.texted()) == (["expired", "expired"], 75, [])


def test_while_its_slot_lasts_an_expired_letter_fails_every_run(office: Office) -> None:
    office.run(120)
    assert office.run(130).exit_code == 75


@pytest.mark.parametrize("status", [302, 404, 409])
def test_what_another_request_may_mend_is_owed_and_not_refused(office: Office, status: int) -> None:
    office.ghl.fail("send_text", GhlRejected(f"{status} Not Found", status=status), times=2)
    office.run()
    office.run(10)
    assert office.texted() == [CASEY, MORGAN]


def test_an_unknown_letter_is_looked_for_once_more_before_it_expires(office: Office) -> None:
    office.ghl.fail("send_text", Crash(), after=True)
    office.die()
    report = office.run(180)
    assert [each.contact_id for each in report.found] == [CASEY]


def test_an_unknown_letter_that_is_not_found_in_time_expires(office: Office) -> None:
    office.ghl.fail("send_text", Crash())
    office.die()
    report = office.run(180)
    assert ([each.contact_id for each in report.expired], office.texted()) == ([CASEY, MORGAN], [])


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ((), 0),
        (("sent", "found", "over"), 0),
        (("sent", "refused"), 69),
        (("refused", "owed"), 75),
        (("sent", "unknown"), 75),
        (("sent", "claimed"), 75),
        (("sent", "expired"), 75),
    ],
)
def test_the_exit_code_says_whether_a_manager_got_nothing(fields: tuple[str, ...], code: int) -> None:
    assert DeliveryReport(**{name: (letter(CASEY),) for name in fields}).exit_code == code


def test_two_reports_add_up() -> None:
    both = DeliveryReport(sent=(letter(CASEY),)) + DeliveryReport(found=(letter(MORGAN),))
    assert [each.contact_id for each in both.accepted] == [CASEY, MORGAN]
