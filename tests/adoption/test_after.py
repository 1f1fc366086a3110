"""The day after: sweeps show what the older service had handled, customers write again, staff have answered since."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sentinel_cli import intake
from sentinel_cli.domain.instants import instant_text
from sentinel_cli.domain.ledger import due
from sentinel_cli.jobs.adoption import adopt
from sentinel_cli.phones import e164
from sentinel_cli.ports import Conversation
from sentinel_cli.store.adoption import Reading
from sentinel_cli.store.database import Database
from tests.builders import RULES, at
from tests.fakes import FakeClock, FakeGhl
from tests.jobs.conftest import PHONE, Company

from .older import issue, older

DAY = 24 * 60
Takes = Callable[..., Company]


@pytest.fixture
def takes(tmp_path: Path) -> Iterator[Takes]:
    """A company that has just adopted these issues, at Monday's opening."""
    opened: list[Database] = []

    def adopted(*issues: dict[str, Any], **tables: Any) -> Company:
        db = Database.open(older(tmp_path / "sentinel.db", issues=issues, **tables))
        opened.append(db)
        reading = Reading(
            now=at(0), without_secrets=bytes, e164=e164, due_of=lambda channel, first: due(RULES, channel, first)
        )
        adopt(db, RULES, reading, lambda: None)
        clock = FakeClock(at(0))
        return Company(db=db, clock=clock, ghl=FakeGhl(clock))

    yield adopted
    for db in opened:
        db.close()


def old(id_: int, first: float, last: float | None = None, over: float | None = None, **fields: Any) -> dict[str, Any]:
    """An issue of CTC1 whose messages came then, by the minutes after Monday's opening."""
    told = {
        "contact_id": "CTC1",
        "phone": PHONE,
        "conversation_id": None,
        "first_inbound_ts": instant_text(at(first)),
        "last_inbound_ts": instant_text(at(first if last is None else last)),
        "status": "OPEN" if over is None else "RESOLVED",
        "resolved_ts": None if over is None else instant_text(at(over)),
    }
    return issue(id_, **{**told, **fields})


def standing(company: Company) -> list[tuple[Any, ...]]:
    return company.rows("select id, status, inbound_count from issues order by id")


def test_the_next_text_extends_the_old_issue(takes: Takes) -> None:
    company = takes(old(41, -60, inbound_count=2))
    assert company.hears(10, "Hello?").issue_id == 41
    assert standing(company) == [(41, "OPEN", 3)]


def test_the_next_text_of_a_customer_known_by_phone_alone_extends_it_too(takes: Takes) -> None:
    company = takes(old(41, -60, contact_id=None, phone="(217) 555-0141"))
    assert company.hears(10, "Hello?", "CTC1").issue_id == 41


def test_the_next_customer_has_the_next_id(takes: Takes) -> None:
    company = takes(old(41, -60))
    company.writes("M9", 5, contact="CTC9")
    company.polls(10)
    assert company.rows("select id from issues where contact_id = 'CTC9'") == [(42,)]


def test_an_answer_of_weeks_ago_resolves_an_old_issue_by_evidence(takes: Takes) -> None:
    company = takes(old(41, -20 * DAY))
    company.writes("M1", -20 * DAY - 0.1)
    company.answers("M2", -20 * DAY + 30)
    company.polls(10)
    assert company.rows("select id, status, resolved_by, answer_key, resolved_ts from issues") == [
        (41, "RESOLVED", "staff_text", "M2", instant_text(at(-20 * DAY + 30)))
    ]


def test_an_answer_to_a_customer_known_by_phone_alone_does_too(takes: Takes) -> None:
    company = takes(old(41, -20 * DAY, contact_id=None))
    company.writes("M1", -20 * DAY - 0.1)
    company.answers("M2", -20 * DAY + 30)
    company.ghl.threads = [Conversation(conversation_id="CNV1", contact_id="CTC1", name="Pat E", phone=PHONE)]
    assert company.polls(10).check.resolved == 1
    assert company.rows("select id, status, answer_key from issues") == [(41, "RESOLVED", "M2")]


def test_what_ghl_shows_of_an_old_issue_is_part_of_it(takes: Takes) -> None:
    company = takes(old(41, -3 * DAY, -2 * DAY, inbound_count=5))
    for name, minutes in (("M1", -3 * DAY - 0.1), ("M2", -2.5 * DAY), ("M3", -2 * DAY - 0.2)):
        company.writes(name, minutes)
    company.polls(10)
    assert standing(company) == [(41, "OPEN", 3)]
    assert company.rows("select count(*) from messages where same_as is null") == [(3,)]


def test_an_old_issue_that_ghl_knows_nothing_of_stays_open_unconfirmed(takes: Takes) -> None:
    company = takes(old(41, -DAY, inbound_count=4))
    company.writes("M0", 1, contact="CTC9")
    company.ghl.threads.append(Conversation(conversation_id="CNV1", contact_id="CTC1", name=None, phone=None))
    company.polls(10)
    assert company.rows("select status, inbound_count, unconfirmed from issues where id = 41") == [("OPEN", 4, 1)]


def test_a_sweep_over_what_was_handled_opens_nothing_twice(takes: Takes) -> None:
    company = takes(old(41, -2 * DAY, -2 * DAY + 30, over=-DAY))
    company.writes("M1", -2 * DAY - 0.1)
    company.writes("M2", -2 * DAY + 29.9)
    company.writes("M3", -DAY - 5)
    company.polls(10)
    assert standing(company) == [(41, "RESOLVED", 2)]
    assert company.polls(20).counts.get("opened") == 0


def test_a_text_after_the_old_resolution_opens_its_own_issue(takes: Takes) -> None:
    company = takes(old(41, -2 * DAY, over=-DAY))
    company.writes("M1", -DAY + 1)
    company.polls(10)
    assert standing(company) == [(41, "RESOLVED", 1), (42, "OPEN", 1)]


def test_what_was_closed_beside_an_open_issue_stays_closed(takes: Takes) -> None:
    company = takes(old(40, -2 * DAY), old(41, -DAY, -DAY + 20, over=-DAY + 60, issue_type="CALL", inbound_count=2))
    company.writes("M1", -2 * DAY - 0.1)
    company.calls("M2", -DAY - 0.1)
    company.calls("M3", -DAY + 19.9)
    company.polls(10)
    assert standing(company) == [(40, "OPEN", 1), (41, "RESOLVED", 2)]


def test_what_was_spam_beside_an_open_issue_stays_spam(takes: Takes) -> None:
    company = takes(old(40, -2 * DAY, issue_type="CALL"), old(41, -DAY, over=-DAY + 60, status="SPAM"))
    company.calls("M1", -2 * DAY - 0.1)
    company.writes("M2", -DAY + 1)
    company.polls(10)
    assert standing(company) == [(40, "OPEN", 1), (41, "SPAM", 1)]


def test_a_text_after_spam_of_a_number_that_is_not_listed_opens_an_issue(takes: Takes) -> None:
    company = takes(old(40, -2 * DAY, issue_type="CALL"), old(41, -DAY, over=-DAY + 60, status="SPAM"))
    company.hears(10, "Is my pool done?")
    assert standing(company)[-1] == (42, "OPEN", 1)


def test_a_number_of_spam_opens_nothing_more(takes: Takes) -> None:
    company = takes(
        old(41, -DAY, over=-DAY + 60, status="SPAM"), spam_phones=[{"phone": PHONE, "created_ts": "2026-11-20"}]
    )
    company.hears(10, "We rank your site first")
    assert standing(company) == [(41, "SPAM", 1)]


def test_the_closed_issues_of_a_customer_known_by_phone_alone_stay_closed(takes: Takes) -> None:
    company = takes(old(41, -2 * DAY, over=-DAY, contact_id=None))
    company.writes("M1", -2 * DAY - 0.1, phone=PHONE)
    company.polls(10)
    assert standing(company) == [(41, "RESOLVED", 1)]


def test_another_customer_s_old_text_is_found_as_in_any_first_sweep(takes: Takes) -> None:
    company = takes(old(41, -60))
    company.writes("M9", -DAY, contact="CTC9")
    company.polls(10)
    assert company.rows("select status from issues where contact_id = 'CTC9'") == [("OPEN",)]


def test_a_second_check_reads_no_conversation_again(takes: Takes) -> None:
    company = takes(old(41, -20 * DAY))
    company.writes("M1", -20 * DAY)
    company.polls(10)
    company.ghl.calls.clear()
    company.polls(25)
    assert company.ghl.called("conversations_of") == 0


def test_webhooks_are_not_silent_because_the_older_service_heard_them(takes: Takes) -> None:
    company = takes(old(41, -60))
    for name, minutes in (("M1", -60.1), ("M2", -50), ("M3", -40)):
        company.writes(name, minutes)
    assert not company.polls(10).check.silent


def test_the_summary_names_old_issues_and_counts_from_the_last_summary(takes: Takes) -> None:
    company = takes(
        old(41, -4 * DAY, contact_name="Pat Ellison", issue_type="CALL"),
        old(42, -5 * DAY, over=-4 * DAY, contact_id="CTC2", phone=None),
        old(43, -5 * DAY, over=-3 * DAY, contact_id="CTC3", phone=None),
        kv_store=[{"key": "last_summary_ts", "value": instant_text(at(-3.5 * DAY))}],
    )
    company.calls("M1", -4 * DAY)
    company.sums_up(10)
    assert "#41 Pat E." in company.last_text()
    assert "Resolved since Thu 8pm: 1" in company.last_text()


def test_deriving_every_contact_again_changes_nothing(takes: Takes) -> None:
    company = takes(
        old(40, -9 * DAY, -8 * DAY, inbound_count=7),
        old(41, -7 * DAY, over=-6 * DAY, issue_type="CALL"),
        old(42, -5 * DAY, over=-5 * DAY + 60, issue_type="CALL", status="SPAM"),
        old(43, -4 * DAY),
    )
    before = standing(company)
    with company.db.transaction():
        assert intake.rederive(company.db, [1], RULES, at(10), "again") == []
    assert standing(company) == before
