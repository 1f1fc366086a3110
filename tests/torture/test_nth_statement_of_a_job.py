"""Whichever statement of a job fails, the next runs end where they would have: nothing lost, no text twice."""

import copy
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from sentinel_cli import intake
from sentinel_cli.domain.model import User
from sentinel_cli.errors import SendOutcomeUnknown
from sentinel_cli.ports import Conversation
from sentinel_cli.store import schema
from sentinel_cli.store.database import Database
from tests.builders import CASEY, at
from tests.conftest import Figures
from tests.fakes import FakeClock, FakeGhl
from tests.jobs.conftest import Company, on
from tests.jobs.orders import ORDER_RULES, Orders
from tests.store.test_intake import BROKEN, incoming, workflow_text
from tests.torture import tries
from tests.torture.days import Ending, Step, Story, Trial, alerts, ended, known, poll, summary, tally
from tests.torture.failing_store import Ailment, Counter, count_from_here, counters, opened

pytestmark = pytest.mark.torture

BOSS = "CTCboss"
TIMED_OUT = SendOutcomeUnknown("ReadTimeout, the text may have been sent")


def a_morning(company: Company) -> Company:
    """Customers whom webhooks, sweeps or both have told of: waiting, answered, unknown by name, and one unread."""
    company.staff_listed = False
    company.ghl.people = [User(user_id=CASEY, name="Casey Rivera")]
    company.has_one_late()
    company.calls("M2", 1, "CTC2")
    company.writes("M3", 2, "CTC3", text="Pump is loud")
    company.answers("M4", 3, "CTC3")
    company.writes("M5", 4, "CTC3", text="And the heater")
    company.writes("M6", 5, "CTC4", text="Hello?")
    company.named("CTC2", "Lee Emerson", "+12175550142")
    company.ghl.threads.append(Conversation(conversation_id="CNV5", contact_id="CTC5", name="Jo", phone="+12175550177"))
    company.hears(on("Nov 20 14:21"))
    company.hears(4.5, "And the heater", "CTC3")
    company.hears(6, "Anybody?", "CTC4")
    company.hears(7, "Who are you?", None)
    body = workflow_text("Broken", contact_id="CTC6", phone="+12175550188")
    intake.record(company.db, incoming(body, 8), company.rules, BROKEN)
    return company


@pytest.fixture
def template(tmp_path: Path) -> tuple[Path, FakeGhl]:
    path = tmp_path / "template.db"
    with Database.create(path) as db:
        schema.migrate(db)
        clock = FakeClock(at(0))
        company = a_morning(Company(db=db, clock=clock, ghl=FakeGhl(clock)))
        db.checkpoint()
    return path, company.ghl


def lost(step: Step, *, after: bool) -> Step:
    """The first text of a run times out, and does not show up for nine minutes."""

    def run(company: Company) -> int:
        company.ghl.lag = timedelta(minutes=9)
        company.ghl.fail("send_text", TIMED_OUT, after=after)
        return step(company)

    return run


def overdue(*minutes: float) -> tuple[Step, ...]:
    return tuple(alerts(each) for each in minutes)


def texted_by_the_boss(minutes: float) -> Step:
    """Two orders, of one of which a webhook has told; the first resolves one issue, notes nothing, finds no other."""

    def run(company: Company) -> int:
        company.rules = replace(ORDER_RULES, internal_contacts=frozenset({BOSS}))
        company.writes("O1", minutes, BOSS, text="Resolve 1 99")
        Orders(company).hears(minutes, "Resolve 1 99", BOSS)
        return 0

    return run


def orders_of_the_boss(minutes: float) -> Step:
    def run(company: Company) -> int:
        parts = replace(Orders(company).taker(), managers=(BOSS,), internal=frozenset({BOSS}))
        return ended(lambda: Orders(company).run(minutes, parts))

    return run


STORIES = {
    "poll-resolver": Story((), poll(10), (poll(10),)),
    "second poll-resolver": Story((poll(10),), poll(25), (poll(25),)),
    "send-summary": Story((), summary(10), (summary(20), summary(40))),
    "send-summary after a poll": Story((poll(8),), summary(10), (summary(20), summary(40))),
    "send-summary that finds a text": Story((lost(summary(10), after=True),), summary(20), (summary(26), summary(40))),
    "send-summary that sends again": Story((lost(summary(10), after=False),), summary(20), (summary(26), summary(40))),
    # Everybody of the morning is overdue by 10:10.
    "send-alerts": Story((poll(10),), alerts(130), overdue(135, 140)),
    "send-alerts that finds a text": Story((poll(10), lost(alerts(130), after=True)), alerts(140), overdue(145, 150)),
    "send-alerts that sends again": Story((poll(10), lost(alerts(130), after=False)), alerts(140), overdue(145, 150)),
    "run-orders": Story(
        (poll(8), texted_by_the_boss(9.5)), orders_of_the_boss(10), tuple(map(orders_of_the_boss, (11, 16, 19, 24)))
    ),
}


def played(template: tuple[Path, FakeGhl], story: Story, counter: Counter) -> tuple[int, Ending]:
    """The exit code of the run in which a statement fails, and what the day comes to."""
    path, ghl = template
    with opened(path, Counter()) as db:
        mine = copy.deepcopy(ghl)
        company = Company(db=db, clock=mine.clock, ghl=mine, staff_listed=False)
        for step in story.before:
            step(company)
        count_from_here(db, counter)
        code = story.failing(company)
        counter.heals()
        last = [step(company) for step in story.after][-1]
        return code, Ending(known(company), sorted(company.texted()), last)


def trials(template: tuple[Path, FakeGhl], name: str, ailment: Ailment) -> Iterator[Trial]:
    """The day once for each statement of its failing run, until that meets none that fails."""
    code, wanted = played(template, STORIES[name], Counter())
    assert (code, wanted.last) == (0, 0)
    for counter in counters(ailment, first=tries(5, 1), step=tries(71, 1)):
        code, ending = played(template, STORIES[name], counter)
        if not counter.was_reached:
            return
        yield Trial(what=name, fails_at=counter.fails_at, exit_code=code, silent=code == 0, **wanted.compared(ending))


@pytest.mark.parametrize("ailment", [Ailment.DISK, Ailment.LOCKED, Ailment.UNHEARD, Ailment.DIES])
def test_a_day_one_of_whose_statements_failed_ends_like_one_on_which_none_did(
    template: tuple[Path, FakeGhl], ailment: Ailment, figures: Figures
) -> None:
    done = [trial for name in STORIES for trial in trials(template, name, ailment)]
    figures(f"the Nth statement of a job fails ({ailment})", **tally(done))
    assert [trial for trial in done if trial.is_bad] == []
