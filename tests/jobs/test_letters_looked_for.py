"""Letters of unknown outcome: looked for before they are sent again, wherever the process died."""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import suppress

import pytest

from sentinel_cli import log
from sentinel_cli.domain.letters import LetterState
from sentinel_cli.errors import (
    GhlRefused,
    SentinelError,
    StoreProblem,
)
from sentinel_cli.jobs.deliver_outbox import deliver
from sentinel_cli.ports import Conversation, Sent
from sentinel_cli.store import kv, outbox
from tests.builders import MONDAY, store
from tests.fakes import Crash, FakeGhl
from tests.jobs.office import CASEY, DND, DOWN, MINUTE, MORGAN, REFUSED, STRANGE, TIMED_OUT, Office


@pytest.fixture
def office() -> Iterator[Office]:
    with store() as db:
        yield Office(db)


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """The events of the deliveries, as they go to the log."""
    log.configure()
    logger = logging.getLogger("sentinel")
    logger.addHandler(caplog.handler)
    yield caplog
    logger.removeHandler(caplog.handler)


def test_a_time_out_after_the_effect_is_found_at_once(office: Office) -> None:
    office.ghl.fail("send_text", TIMED_OUT, after=True)
    report = office.run()
    assert ([each.message_id for each in report.found], report.exit_code) == (["MSGout1"], 0)


def test_a_found_letter_moves_the_watermarks(office: Office) -> None:
    office.letters = office.letters[:1]
    office.ghl.fail("send_text", TIMED_OUT, after=True)
    office.run()
    assert kv.get_instant(office.db, "last_summary_ts:morning") == MONDAY


def test_a_time_out_that_shows_nothing_yet_leaves_the_letter_unknown(office: Office) -> None:
    office.ghl.lag = 9 * MINUTE
    office.ghl.fail("send_text", TIMED_OUT, after=True)
    report = office.run()
    assert (office.states(), report.exit_code) == (["unknown", "sent"], 75)


def test_a_text_that_shows_late_is_found_and_not_sent_again(office: Office) -> None:
    office.ghl.lag = 9 * MINUTE
    office.ghl.fail("send_text", TIMED_OUT, after=True)
    office.run()
    report = office.run(10)
    assert (office.texted(), len(report.found)) == ([CASEY, MORGAN], 1)


def test_a_text_that_never_went_out_is_sent_again_after_the_second_look(office: Office) -> None:
    office.ghl.fail("send_text", TIMED_OUT)
    office.run()
    office.run(10)
    assert office.texted() == [MORGAN, CASEY]


@pytest.mark.parametrize(("minutes", "texted"), [(1.9, [MORGAN]), (2, [MORGAN, CASEY])])
def test_the_second_look_comes_two_minutes_after_the_first(office: Office, minutes: float, texted: list[str]) -> None:
    office.ghl.fail("send_text", TIMED_OUT)
    office.run()
    office.run(minutes)
    assert office.texted() == texted


@pytest.mark.parametrize("error", [DOWN, DND, STRANGE])
def test_a_look_that_failed_does_not_count(office: Office, error: SentinelError) -> None:
    office.ghl.fail("send_text", TIMED_OUT)
    office.ghl.fail("texts_sent_to", error)
    office.run()
    report = office.run(10)
    assert (office.texted(), report.exit_code) == ([MORGAN], 75)


def test_a_refused_look_stops_all_and_is_recorded(office: Office) -> None:
    office.ghl.fail("send_text", TIMED_OUT)
    office.ghl.fail("texts_sent_to", REFUSED)
    with pytest.raises(GhlRefused):
        office.run()
    assert (office.states(), office.casey().error) == (["unknown", "owed"], str(REFUSED))


def test_another_text_to_the_manager_is_not_the_letter(office: Office) -> None:
    office.ghl.send_text(CASEY, None, "Sentinel, morning, Mon Nov 23, again 7:59am\nNobody is waiting.")
    office.ghl.fail("send_text", TIMED_OUT)
    office.run()
    assert office.states() == ["unknown", "sent"]


def test_a_process_that_dies_before_the_claim_leaves_the_letter_owed(office: Office) -> None:
    office.ghl.fail("conversations_of", Crash())
    office.die()
    office.run(10)
    assert office.texted() == [CASEY, MORGAN]


def test_a_claim_is_left_alone_until_its_lease_ends(office: Office) -> None:
    office.ghl.fail("send_text", Crash())
    office.die()
    report = office.run(4.9)
    assert (office.states(), report.exit_code) == (["claimed", "sent"], 75)


def test_a_process_that_dies_before_the_text_leaves_goes_on_after_two_looks(office: Office) -> None:
    office.ghl.fail("send_text", Crash())
    office.die()
    first, second = office.run(10), office.run(30)
    assert (office.texted(), first.exit_code, second.exit_code) == ([MORGAN, CASEY], 75, 0)


def test_a_process_that_dies_after_the_text_left_sends_no_second_one(office: Office) -> None:
    office.ghl.fail("send_text", Crash(), after=True)
    office.die()
    report = office.run(10)
    assert (office.texted(), len(report.found), report.exit_code) == ([CASEY, MORGAN], 1, 0)


def test_a_process_that_dies_while_looking_changes_nothing(office: Office) -> None:
    office.ghl.fail("send_text", TIMED_OUT, after=True)
    office.ghl.fail("texts_sent_to", Crash())
    office.die()
    report = office.run(10)
    assert (office.texted(), len(report.found)) == ([CASEY, MORGAN], 1)


def test_a_process_that_dies_in_every_step_of_sending_again_sends_no_third_text(office: Office) -> None:
    office.ghl.fail("send_text", TIMED_OUT)
    office.run()
    office.ghl.fail("send_text", Crash(), after=True)
    with suppress(Crash):
        office.run(10)
    office.run(30)
    assert (office.texted(), office.states()) == ([MORGAN, CASEY], ["sent", "sent"])


def test_a_database_that_fails_after_the_text_left_sends_no_second_one(office: Office) -> None:
    office.letters = office.letters[:1]
    office.db.write(
        "create trigger full before update on outbox when new.state = 'sent' begin select raise(abort, 'full'); end"
    )
    with pytest.raises(sqlite3.Error):
        office.run()
    office.db.write("drop trigger full")
    office.run(10)
    assert (office.texted(), office.casey().state) == ([CASEY], LetterState.SENT)


def test_a_text_that_could_not_be_marked_is_told(office: Office, told: pytest.LogCaptureFixture) -> None:
    ghl = DiskFailsGhl(office)
    with pytest.raises(StoreProblem):
        deliver(office.db, ghl, office.letters, office.clock)
    assert [line.split(" ", 2)[0::2] for line in told.messages][-3:] == [
        ["letter.unmarked", "letter=1 kind=summary slot=morning"],
        ["letter.unfinished", "letter=1 key=summary:2026-11-23:morning:CTCcasey"],
        ["letter.unfinished", "letter=2 key=summary:2026-11-23:morning:CTCmorgan"],
    ]


def test_a_refusal_tells_the_letters_that_are_left(office: Office, told: pytest.LogCaptureFixture) -> None:
    office.ghl.fail("send_text", REFUSED)
    with pytest.raises(GhlRefused):
        office.run()
    assert [line for line in told.messages if line.startswith("letter.unfinished")] == [
        "letter.unfinished run=- letter=1 key=summary:2026-11-23:morning:CTCcasey",
        "letter.unfinished run=- letter=2 key=summary:2026-11-23:morning:CTCmorgan",
    ]


def test_a_refusal_tells_those_too_that_were_looked_for_in_vain(office: Office, told: pytest.LogCaptureFixture) -> None:
    office.ghl.fail("send_text", TIMED_OUT)
    office.ghl.fail("send_text", REFUSED)
    with pytest.raises(GhlRefused):
        office.run()
    assert [line.split()[2] for line in told.messages if line.startswith("letter.unfinished")] == [
        "letter=1",
        "letter=2",
    ]


def test_a_letter_that_another_run_claims_meanwhile_is_left_to_it(office: Office) -> None:
    ghl = RivalGhl(office)
    deliver(office.db, ghl, office.letters[:1], office.clock)
    assert (ghl.sent, office.casey().state) == ([], LetterState.CLAIMED)


class DiskFailsGhl(FakeGhl):
    """While a text is sent, the disk becomes read-only."""

    def __init__(self, office: Office) -> None:
        super().__init__(office.clock)
        self.office = office

    def send_text(self, contact_id: str, conversation_id: str | None, text: str) -> Sent:
        self.office.db.read("pragma query_only = on")
        return super().send_text(contact_id, conversation_id, text)


class RivalGhl(FakeGhl):
    """While one run looks up the conversation, another claims the letter."""

    def __init__(self, office: Office) -> None:
        super().__init__(office.clock)
        self.office = office

    def conversations_of(self, contact_id: str) -> list[Conversation]:
        outbox.claim(self.office.db, self.office.casey(), self.office.clock())
        return []
