"""An answer that contradicts what GHL or a webhook told before resolves nothing, and the watermark stays."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import pytest

from sentinel_cli import intake
from sentinel_cli.domain.instants import instant_text
from sentinel_cli.domain.model import Channel, Direction
from sentinel_cli.errors import GhlShapeUnknown, SentinelError
from sentinel_cli.jobs.check import WATERMARK
from sentinel_cli.store import kv
from tests.builders import at

from .conftest import LOCATION, PHONE, Company, code_of


def webhook(company: Company, minutes: float, route: str, body: dict[str, object]) -> None:
    incoming = intake.Incoming(route=route, received_at=at(minutes), payload=json.dumps(body).encode())
    intake.record(company.db, incoming, company.rules, company.reading)


def misses_call(company: Company, minutes: float) -> None:
    """The workflow's webhook about a missed call."""
    body = {"contact_id": "CTC1", "phone": PHONE, "location": {"id": LOCATION}, "message": {"type": 1}}
    webhook(company, minutes, "unanswered_call", body)


def turned_round(company: Company) -> None:
    """From now on GHL says of every message that it is ours."""
    company.ghl.reports = [replace(each, direction=Direction.OUTBOUND) for each in company.ghl.reports]


def shown_before(company: Company) -> None:
    """GHL has shown the text itself."""
    company.writes("M1", -20)
    company.polls(0)


def told_by_the_app(company: Company) -> None:
    """A webhook has told of the text with its id."""
    company.polls(-40)
    told = company.writes("M1", -20)
    event = {
        "type": "InboundMessage",
        "locationId": LOCATION,
        "contactId": "CTC1",
        "messageId": "M1",
        "body": told.text,
    }
    webhook(company, -20, "ghl", event | {"messageType": "SMS", "dateAdded": instant_text(told.at)})


def told_of_a_text(company: Company) -> None:
    """A workflow has told of the text, without an id."""
    company.polls(-40)
    company.hears(-19)
    company.writes("M1", -20)


def told_of_a_call(company: Company) -> None:
    """A workflow has told of two calls, and GHL shows the second as our attempt to call back."""
    company.polls(-40)
    misses_call(company, -25)
    misses_call(company, -12)
    company.calls("M1", -26)
    company.calls("M2", -13)


def told_of_many(company: Company) -> None:
    """Workflows have told of three texts in words that GHL shows otherwise."""
    company.polls(-40)
    for number in range(3):
        company.hears(-20 + number, text=f"Pump {number}", contact=f"CTC{number}")
        company.writes(f"M{number}", -21 + number, contact=f"CTC{number}", text=None)


STORIES = [shown_before, told_by_the_app, told_of_a_text, told_of_a_call, told_of_many]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_every_message_said_to_be_ours_is_a_shape_we_do_not_know(
    company: Company, story: Callable[[Company], None]
) -> None:
    story(company)
    before = company.issues(), kv.get(company.db, WATERMARK)
    turned_round(company)
    with pytest.raises(GhlShapeUnknown) as caught:
        company.polls(3)
    assert (caught.value.field, company.exit_codes()[-1]) == ("messages[].direction", 76)
    assert (company.issues(), kv.get(company.db, WATERMARK)) == before


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_the_same_told_truly_is_no_contradiction(company: Company, story: Callable[[Company], None]) -> None:
    story(company)
    company.polls(3)
    assert {status for _, _, status, _ in company.issues()} == {"OPEN"}


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_a_letter_after_it_says_that_nothing_was_checked(company: Company, story: Callable[[Company], None]) -> None:
    story(company)
    turned_round(company)
    done = company.sums_up(150)
    assert (code_of(done), "none" in company.last_text(), "NOT CHECKED" in company.last_text()) == (75, False, True)


def test_staff_s_own_call_beside_a_customer_s_is_no_contradiction(company: Company) -> None:
    told_of_a_call(company)
    company.answers("M3", -11, channel=Channel.CALL, kind="TYPE_CALL", text=None, outcome="completed", user_id=None)
    company.polls(3)
    assert [status for _, _, status, _ in company.issues()] == ["RESOLVED"]


def test_a_text_of_ours_in_other_words_is_no_contradiction(company: Company) -> None:
    company.polls(-40)
    company.hears(-19)
    company.answers("M1", -18)
    company.polls(3)
    assert [status for _, _, status, _ in company.issues()] == ["RESOLVED"]


def test_a_text_of_ours_that_repeats_a_deleted_one_is_none_beside_another_customer(company: Company) -> None:
    company.polls(-40)
    company.hears(-19, text="Thank you")
    company.answers("M1", -18, text="Thank you")
    company.writes("M2", -10, contact="CTC2")
    company.polls(3)
    assert sorted((contact, status) for _, _, status, contact in company.issues()) == [
        ("CTC1", "RESOLVED"),
        ("CTC2", "OPEN"),
    ]


def test_a_quiet_span_with_nothing_but_our_own_texts_is_none(company: Company) -> None:
    company.polls(-40)
    company.answers("M1", -20)
    assert code_of(company.polls(3)) == 0


def test_a_conversation_that_turns_round_what_it_showed_leaves_its_line_unchecked(company: Company) -> None:
    company.has_one_late()
    company.polls(-60)
    company.polls(59)
    turned_round(company)
    done = company.sums_up(60)
    assert (code_of(done), "unchecked" in company.last_text()) == (75, True)


def test_a_full_run_that_reads_such_a_conversation_resolves_nothing(company: Company) -> None:
    company.writes("M1", -5 * 24 * 60)
    company.polls(0, since=at(-6 * 24 * 60))
    turned_round(company)
    with suppress(SentinelError):
        company.polls(15, full=True)
    assert (company.exit_codes(), company.issues()) == ([0, 76], [(1, "SMS", "OPEN", "CTC1")])


@pytest.mark.parametrize(
    ("ours", "status"),
    [
        # Any outcome but those of a text that never went out: a new word for "delivered" must not hide an answer.
        ({"outcome": "a-word-of-tomorrow"}, "RESOLVED"),
        ({"outcome": None}, "RESOLVED"),
        # Only `app` or nothing is a person's: a new word may be a robot's.
        ({"source": "a-word-of-tomorrow"}, "OPEN"),
        ({"source": None}, "RESOLVED"),
        ({"user_id": None}, "OPEN"),
        ({"channel": Channel.OTHER, "kind": "TYPE_OF_TOMORROW"}, "OPEN"),
    ],
)
def test_a_new_word_on_our_text_resolves_only_what_a_person_s_text_would(
    company: Company, ours: dict[str, object], status: str
) -> None:
    company.writes("M1", -20)
    company.answers("M2", -10, **ours)
    company.polls(0)
    assert company.issues() == [(1, "SMS", status, "CTC1")]


def test_a_new_word_on_a_customer_s_call_leaves_it_missed(company: Company) -> None:
    company.calls("M1", -20, outcome="a-word-of-tomorrow")
    company.polls(0)
    assert company.issues() == [(1, "CALL", "OPEN", "CTC1")]
