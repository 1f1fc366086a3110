"""Whichever statement of a delivery fails: it is refused whole, and taken whole when GHL posts it again."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from sentinel_cli import intake
from sentinel_cli.domain.payloads import ReadingPolicy
from sentinel_cli.errors import StoreProblem
from sentinel_cli.intake import Incoming
from sentinel_cli.store import schema
from sentinel_cli.store.database import Database
from tests.builders import RULES, absorb, at, report
from tests.conftest import Figures
from tests.fakes import Crash
from tests.store.test_intake import BROKEN, READING, app_text, incoming, staff_text, workflow_text
from tests.torture.failing_store import Ailment, Counter, counters, dump, opened

pytestmark = pytest.mark.torture


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """A store in which a customer waits whom a webhook, and another whom only a sweep has told of."""
    path = tmp_path / "template.db"
    with Database.create(path) as db:
        schema.migrate(db)
        intake.record(db, incoming(app_text("M1", 0)), RULES, READING)
        intake.record(db, incoming(workflow_text("Hello?"), 3), RULES, READING)
        absorb(db, report("M2", 5, contact_id="CTC2", phone="+12175550199"))
        db.checkpoint()
    return path


DELIVERIES = {
    "new text": (incoming(workflow_text(contact_id="CTC9", phone="+12175550177"), 10), READING),
    "more of the same": (incoming(app_text("M3", 8), 10), READING),
    "answer": (incoming(staff_text("M4", 9), 10), READING),
    "known number, no contact": (incoming(workflow_text(contact_id=None, phone="+12175550199"), 10), READING),
    "undecodable": (Incoming(route="inbound_sms", received_at=at(10), payload=b"\x00"), READING),
    "ignored": (incoming(app_text("M5", 9, "ContactUpdate"), 10), READING),
    "breaks our reading": (incoming(workflow_text("Broken"), 10), BROKEN),
}


@dataclass(frozen=True)
class Trial:
    """What became of a delivery one of whose statements failed: at once, and when GHL posted it again."""

    what: str
    fails_at: int
    acknowledged: bool
    half_done: bool
    ends_otherwise: bool

    @property
    def is_bad(self) -> bool:
        return self.acknowledged or self.half_done or self.ends_otherwise


def acknowledged(db: Database, told: Incoming, reading: ReadingPolicy) -> bool:
    """Whether it is answered 200; else it is answered 429, or the receiver is gone."""
    try:
        intake.record(db, told, RULES, reading)
    except (StoreProblem, Crash):
        return False
    return True


def trials(template: Path, ailment: Ailment, compared: Callable[[Database], object] = dump) -> Iterator[Trial]:
    """Each delivery once for each of its statements, that one failing, until it meets none that fails."""
    for what, (told, reading) in DELIVERIES.items():
        with opened(template, Counter()) as db:
            before = compared(db)
            intake.record(db, told, RULES, reading)
            wanted = compared(db)
        for counter in counters(ailment):
            with opened(template, counter) as db:
                taken = acknowledged(db, told, reading)
                if not counter.was_reached:
                    break
                counter.heals()
                after = compared(db)
                intake.record(db, told, RULES, reading)
                yield Trial(what, counter.fails_at, taken, after not in (before, wanted), compared(db) != wanted)


@pytest.mark.parametrize("ailment", [Ailment.DISK, Ailment.LOCKED, Ailment.FULL, Ailment.DIES])
def test_a_delivery_whose_nth_statement_fails_is_refused_whole_and_taken_whole_when_it_comes_again(
    template: Path, ailment: Ailment, figures: Figures
) -> None:
    done = list(trials(template, ailment))
    bad = [trial for trial in done if trial.is_bad]
    figures(f"the Nth statement of a delivery fails ({ailment})", trials=len(done), lost_or_half_done=len(bad))
    assert (bad, {trial.what for trial in done}) == ([], set(DELIVERIES))


def test_one_that_was_stored_unheard_changes_nothing_when_it_comes_again(template: Path, figures: Figures) -> None:
    done = list(trials(template, Ailment.UNHEARD, partial(dump, apart_from={"raw_events"})))
    bad = [trial for trial in done if trial.is_bad]
    figures("the Nth statement of a delivery is done unheard", trials=len(done), doubled=len(bad))
    assert bad == []
