"""Cases in which a job could have broken its promise: settings, clocks, managers and slots that change under it."""

import sqlite3
from dataclasses import replace
from datetime import timedelta

import pytest

from sentinel_cli import intake
from sentinel_cli.domain.letters import Slot
from sentinel_cli.errors import GhlRefused, GhlRejected, GhlUnavailable
from sentinel_cli.intake import RECEIVER_POLICY
from sentinel_cli.store import kv

from .conftest import MANAGER, Company, on

REFUSED = GhlRefused("401 Invalid Private Integration token", status=401)
DOWN = GhlUnavailable("no connection to GoHighLevel")


def statuses(company: Company) -> list[str]:
    return [row["status"] for row in company.db.read("select status from issues order by id")]


def test_what_a_receiver_with_old_settings_derived_is_judged_anew_by_each_run(company: Company) -> None:
    company.writes("M1", 0)
    company.answers("M2", 5, user_id="USRrobot")
    company.polls(10)
    robots = frozenset({"USRrobot"})
    old = replace(company.rules, policy=replace(company.rules.policy, staff=robots))
    with company.db.transaction():
        kv.put(company.db, RECEIVER_POLICY, intake.mark_of(old))
        ids = [row["id"] for row in company.db.read("select id from contacts")]
        intake.rederive(company.db, ids, old, company.clock(), "delivery:9")
    assert statuses(company) == ["RESOLVED"]
    report = company.polls(25)
    assert (statuses(company), report.counts["receiver"]) == (["OPEN"], "other-settings")


def test_after_a_clock_that_was_ahead_the_next_run_covers_what_was_skipped(company: Company) -> None:
    company.polls(24 * 60)
    company.writes("M1", 10)
    company.polls(60)
    assert statuses(company) == ["OPEN"]


def test_a_manager_who_is_one_no_more_gets_nothing_that_was_owed(company: Company) -> None:
    company.ghl.fail("send_text", DOWN, times=2)
    company.sums_up(0)
    company.managers = (MANAGER,)
    company.sums_up(10)
    assert company.texted() == [MANAGER]


@pytest.mark.parametrize("error", [DOWN, REFUSED], ids=["down", "refused"])
def test_lines_that_could_not_be_checked_end_the_run_with_75(company: Company, error: Exception) -> None:
    company.writes("M1", on("Nov 20 11:50"))
    company.polls(-5)
    company.ghl.fail("conversations_of", error)
    done = company.sums_up(0)
    assert (company.exit_codes()[-1], done.counts["unread"], "unchecked" in company.last_text()) == (75, 1, True)


def test_a_slot_whose_every_run_died_is_told_by_the_next(company: Company) -> None:
    company.sums_up(on("Nov 20 08:00"))
    company.sums_up(on("Nov 23 11:00"), Slot.MIDDAY)
    assert company.last_text().splitlines()[1] == "Morning summary was not sent"


def test_a_slot_whose_every_run_died_is_told_on_a_day_whose_morning_was_sent(company: Company) -> None:
    company.sums_up(0)
    company.sums_up(420, Slot.AFTERNOON)
    assert company.last_text().splitlines()[1] == "Midday summary was not sent"


def test_what_was_never_written_is_told_once(company: Company) -> None:
    company.sums_up(on("Nov 20 08:00"))
    company.sums_up(180, Slot.MIDDAY)
    company.sums_up(420, Slot.AFTERNOON)
    assert "not sent" not in company.last_text()


def test_a_run_that_dies_writing_the_letters_leaves_none_to_one_manager_alone(company: Company) -> None:
    company.db.write(
        "create trigger die before insert on outbox when new.contact_id = 'CTCsecond' "
        "begin select raise(abort, 'died'); end"
    )
    with pytest.raises(sqlite3.IntegrityError):
        company.sums_up(0)
    assert company.states() == []


def test_on_its_first_day_no_slot_is_missed(company: Company) -> None:
    company.sums_up(on("Nov 23 11:00"), Slot.MIDDAY)
    assert "not sent" not in company.last_text()


def test_a_refused_manager_is_told_of_it_when_texts_go_through_again(company: Company) -> None:
    company.ghl.fail("send_text", GhlRejected("400 DND is active", status=400))
    company.sums_up(0)
    company.clock.move(timedelta(hours=3))
    company.sums_up(None, Slot.MIDDAY)
    told = [text.text for text in company.ghl.sent if text.contact_id == MANAGER]
    assert (len(company.texted()), "Morning summary was not sent" in told[-1]) == (3, True)
