"""The test text: to one manager, once, and what became of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sentinel_cli.doctor.findings import Finding
from sentinel_cli.doctor.send_test import receiver_of_test, send_test
from sentinel_cli.errors import GhlRefused, GhlRejected, GhlUnavailable, Misconfigured, SendOutcomeUnknown, UsageProblem
from sentinel_cli.settings import Settings, load_settings
from sentinel_cli.store import schema
from sentinel_cli.store.database import Database
from tests.builders import MONDAY
from tests.fakes import FakeClock, FakeGhl

CASEY, MORGAN = "CTCcasey", "CTCmorgan"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings({"SENTINEL_HOME": str(tmp_path), "MANAGER_CONTACT_IDS": f"{CASEY},{MORGAN}"}, tmp_path, None)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with Database.create(tmp_path / "sentinel.db") as made:
        schema.migrate(made)
        yield made


@pytest.fixture
def ghl() -> FakeGhl:
    return FakeGhl(FakeClock(MONDAY))


def outcome(db: Database, ghl: FakeGhl, settings: Settings) -> Finding:
    [found] = send_test(db, ghl, settings, CASEY, clock=ghl.clock, sleep=lambda _: None)
    return found


def test_one_manager_gets_one_text_that_says_what_it_is(db: Database, ghl: FakeGhl, settings: Settings) -> None:
    outcome(db, ghl, settings)
    [out] = ghl.sent
    assert out.contact_id == CASEY
    assert out.text.startswith("Sentinel test ")


def test_accepted_and_delivered_is_well(db: Database, ghl: FakeGhl, settings: Settings) -> None:
    found = outcome(db, ghl, settings)
    assert (found.verdict, found.found) == ("ok", "to CTCcasey: accepted as MSGout1, delivered")


def test_every_test_is_a_text_of_its_own(db: Database, ghl: FakeGhl, settings: Settings) -> None:
    outcome(db, ghl, settings)
    outcome(db, ghl, settings)
    assert len({out.text for out in ghl.sent}) == 2


def test_at_an_hour_without_letters_it_is_sent_and_the_hour_said(
    db: Database, ghl: FakeGhl, settings: Settings
) -> None:
    ghl.clock.at = MONDAY.replace(hour=8)
    assert outcome(db, ghl, settings).found.endswith("; it is 02:00 there, outside LETTER_HOURS")


@pytest.mark.parametrize(
    ("error", "says", "code"),
    [
        (GhlRejected("DND is active", status=400), "GHL refused it: DND is active", 69),
        (GhlUnavailable("no connection"), "not sent: no connection", 75),
        (SendOutcomeUnknown("timed out"), "nobody knows whether it was sent", 75),
    ],
)
def test_what_went_wrong_is_said_and_nothing_is_repeated(
    db: Database, ghl: FakeGhl, settings: Settings, error: Exception, says: str, code: int
) -> None:
    ghl.fail("send_text", error)
    found = outcome(db, ghl, settings)
    assert says in found.found
    assert (found.verdict, found.code, ghl.called("send_text")) == ("problem", code, 1)


def test_an_unknown_outcome_is_looked_for_and_found(db: Database, ghl: FakeGhl, settings: Settings) -> None:
    ghl.fail("send_text", SendOutcomeUnknown("timed out"), after=True)
    assert (outcome(db, ghl, settings).verdict, len(ghl.sent)) == ("ok", 1)


def test_a_status_that_cannot_be_read_is_not_known(db: Database, ghl: FakeGhl, settings: Settings) -> None:
    ghl.fail("texts_sent_to", GhlUnavailable("away"), times=3)
    assert outcome(db, ghl, settings).found.endswith("accepted as MSGout1, status not known yet")


def test_a_token_that_ghl_refuses_is_raised(db: Database, ghl: FakeGhl, settings: Settings) -> None:
    ghl.fail("send_text", GhlRefused("401", status=401))
    with pytest.raises(GhlRefused):
        outcome(db, ghl, settings)


class TestReceiver:
    @pytest.mark.parametrize(("named", "receiver"), [(None, CASEY), (MORGAN, MORGAN)])
    def test_it_is_the_manager_named_or_the_first(self, settings: Settings, named: str | None, receiver: str) -> None:
        assert receiver_of_test(settings, named) == receiver

    def test_it_is_never_anybody_else(self, settings: Settings) -> None:
        with pytest.raises(UsageProblem):
            receiver_of_test(settings, "CTClee")

    def test_without_managers_there_is_nobody(self, tmp_path: Path) -> None:
        with pytest.raises(Misconfigured):
            receiver_of_test(load_settings({"SENTINEL_HOME": str(tmp_path)}, tmp_path, None), None)
