"""What is pruned is never missed: whatever comes later, the issues are the same as with the whole history."""

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sentinel_cli import intake
from sentinel_cli.domain.ledger import derive
from sentinel_cli.domain.model import Channel, Direction, Origin, Report
from sentinel_cli.domain.payloads import ReadingPolicy
from sentinel_cli.jobs.prune import PruneReport, prune
from sentinel_cli.jobs.rebuild import Terms, rebuild
from sentinel_cli.jobs.runner import Run
from sentinel_cli.store import books
from sentinel_cli.store.database import Database
from tests.builders import CASEY, RULES, at, report, store
from tests.conftest import Figures
from tests.torture import tries

DAY = 24 * 60
DAYS = (0, 1, 3, 20, 33, 50, 52, 90, 140)
READING = ReadingPolicy(location_id="", e164=lambda number: number)
CALL: dict[str, Any] = {"channel": Channel.CALL, "kind": "TYPE_CALL", "text": None}
OURS: dict[str, Any] = {"direction": Direction.OUTBOUND, "user_id": CASEY, "source": "app"}
KINDS: list[dict[str, Any]] = [
    {},
    {"text": "Ok thanks"},
    {"text": "C"},
    {"text": "STOP"},
    CALL | {"outcome": "no-answer"},
    CALL | {"outcome": "completed", "duration": 200},
    OURS | {"text": "On our way.", "outcome": "delivered"},
    OURS | {"text": "On our way.", "outcome": "failed"},
    OURS | {"user_id": None, "source": "workflow", "text": "Reply C to confirm", "outcome": "delivered"},
    OURS | CALL | {"outcome": "no-answer"},
]
NUMBERS = {"CTC1": "+12175550101", "CTC2": "+12175550102", "CTC3": "+12175550103"}
PEOPLE = {"CTC1": "+12175550101", "CTC2": "+12175550102", "CTC3": "+12175550102"}


@st.composite
def facts(draw: st.DrawFn) -> list[tuple[float, Report | None]]:
    """What reaches us, and when: messages of some months, some told again long after; None is a time to prune."""
    told: list[tuple[float, Report | None]] = [(draw(st.sampled_from(DAYS)) * DAY + 700.0, None) for _ in range(3)]
    for n in range(draw(st.integers(4, 25))):
        minutes = draw(st.sampled_from(DAYS)) * DAY + draw(st.integers(0, 90)) + n / 100
        contact = draw(st.sampled_from(sorted(PEOPLE)))
        kind = draw(st.sampled_from(KINDS))
        fact = report(f"M{n:02}", minutes, contact_id=contact, phone=PEOPLE[contact], **kind)
        heard = minutes + draw(st.sampled_from([1, 1, 20]))
        if "user_id" not in kind and draw(st.booleans()):
            phone_only = draw(st.booleans())
            told.append((minutes + 0.5, _body(fact, minutes + 0.5, phone_only=phone_only)))
        told.append((heard, fact))
        if draw(st.booleans()):
            told.append((heard + draw(st.sampled_from([1, 40, 100])) * DAY, fact))
    return sorted(told, key=lambda item: item[0])


def _body(fact: Report, received: float, *, phone_only: bool) -> Report:
    seen = {"origin": Origin.DELIVERY, "seen_at": at(received), "at": at(received), "at_is_receipt": True}
    who = {"message_id": None, "contact_id": None if phone_only else fact.contact_id}
    return replace(fact, **(seen | who | {"outcome": None, "duration": None}))


def pruned(db: Database, minutes: float) -> PruneReport:
    return prune(db, Run(id=1, now=at(minutes)), timedelta(days=30), intake.window_of(RULES))


def heard(db: Database, fact: Report, minutes: float) -> list[tuple[int, str]]:
    with db.transaction():
        return list(intake.absorb(db, [fact], RULES, at(minutes), "test").events)


def judged(db: Database) -> list[tuple[Any, ...]]:
    return [
        tuple(row)
        for row in db.read(
            """
            select id, issue_type, status, contact_id, first_inbound_ts, last_inbound_ts, inbound_count, auto_replies,
                   due_ts, case resolved_by when 'withdrawn' then '' else resolved_ts end, resolved_by, answer_key
            from issues order by id
            """
        )
    ]


def waiting(db: Database) -> set[tuple[Any, ...]]:
    rows = db.read("select issue_type, contact_id, last_inbound_ts from issues where status = 'OPEN'")
    return {tuple(row) for row in rows}


def is_equal_to_its_facts(db: Database) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        done = rebuild(db, Path(folder) / "copy.db", Terms(rules=RULES, reading=READING, now=at(200 * DAY)))
    return [each for each in done.differences if not each.settled] == []


def deriving_again_changes_nothing(db: Database, minutes: float) -> bool:
    loaded = (books.load(db, row["id"], intake.window_of(RULES)) for row in db.read("select id from contacts"))
    return not [entry for book in loaded for entry in derive(book, RULES, at(minutes)).entries]


SEEN = {"examples": 0, "removed": 0}


# What is not tried at length is tried alike in every run.
_TRIES = settings(
    max_examples=tries(40, 400), derandomize=tries(1, 0) == 1, database=None, suppress_health_check=list(HealthCheck)
)


@given(facts())
@_TRIES
def whatever_comes_after(told: list[tuple[float, Report | None]]) -> None:
    with store() as whole, store() as kept_short:
        for minutes, fact in told:
            if fact is None:
                SEEN["removed"] += pruned(kept_short, minutes).messages
                continue
            heard(whole, fact, minutes)
            heard(kept_short, fact, minutes)
            assert judged(kept_short) == judged(whole)
        SEEN["examples"] += 1
        assert is_equal_to_its_facts(kept_short)


@pytest.mark.torture
def test_whatever_comes_after_a_prune_the_issues_are_the_same_and_a_rebuild_is_equal(figures: Figures) -> None:
    whatever_comes_after()
    figures("pruned timelines", **SEEN, differences=0)
    assert SEEN["removed"] > 0


MERGED = {"examples": 0, "removed": 0, "merges": 0}


@given(facts(), st.integers(4, 20))
@_TRIES
def whoever_is_merged(told: list[tuple[float, Report | None]], merge_after: int) -> None:
    with store() as whole, store() as kept_short:
        for minutes, fact in merged(told, merge_after):
            if fact is None:
                MERGED["removed"] += pruned(kept_short, minutes).messages
                continue
            heard(whole, fact, minutes)
            heard(kept_short, fact, minutes)
            assert deriving_again_changes_nothing(kept_short, minutes)
            # What was pruned of one answers no older wait of the other any more: that one stays open, the lesser error.
            assert waiting(kept_short) >= waiting(whole)
        MERGED["examples"] += 1
        assert is_equal_to_its_facts(kept_short)


def merged(told: list[tuple[float, Report | None]], after: int) -> Iterator[tuple[float, Report | None]]:
    """The same, but that GHL shows the first contact's messages as the third's from some time on, its newest at once.

    A number belongs to one contact here, and nothing is told again that was pruned: nobody could know whose it was.
    """
    newest: Report | None = None
    for number, (minutes, fact) in enumerate(told):
        if fact is None:
            yield minutes, fact
            continue
        if number >= after and newest is not None:
            MERGED["merges"] += 1
            yield minutes, replace(newest, contact_id="CTC3")
            newest = None
        if at(minutes) - fact.at > timedelta(days=29):
            continue
        own = replace(fact, phone=NUMBERS[fact.contact_id or "CTC1"])
        if own.contact_id == "CTC1" and own.message_id and number < after:
            newest = max(newest or own, own, key=lambda each: each.at)
        yield minutes, replace(own, contact_id="CTC3") if number >= after and own.contact_id == "CTC1" else own


@pytest.mark.torture
def test_whoever_is_merged_after_a_prune_nobody_waits_unseen_and_a_rebuild_is_equal(figures: Figures) -> None:
    whoever_is_merged()
    figures("pruned contacts merged", **MERGED, differences=0)
    assert MERGED["removed"] > 0
