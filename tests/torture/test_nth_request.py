"""Whichever request to GHL fails, the next runs end where they would have: nothing lost, no text twice."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

import pytest

from sentinel_cli.domain.letters import Slot
from sentinel_cli.domain.payloads import ReadingPolicy
from sentinel_cli.ghl.client import Account, GhlClient
from sentinel_cli.phones import e164
from sentinel_cli.sandbox.app import sandbox_app
from sentinel_cli.sandbox.faults import Fault, FaultKind, Route
from sentinel_cli.sandbox.limits import RateLimit
from sentinel_cli.sandbox.rows import Location
from sentinel_cli.sandbox.sample import MANAGERS
from sentinel_cli.sandbox.server import serve_in_thread
from sentinel_cli.sandbox.world import World
from sentinel_cli.store import schema
from sentinel_cli.store.database import Database
from tests.builders import POLICY, RULES, at
from tests.conftest import Figures
from tests.e2e.test_jobs_against_sandbox import AT_ONCE, CASEY, busy_morning
from tests.fakes import FakeClock
from tests.jobs.conftest import Company
from tests.torture import tries
from tests.torture.days import Ending, Step, Story, Trial, alerts, known, poll, summary, tally
from tests.torture.failing_ghl import Trouble, Wire
from tests.torture.failing_store import Counter, opened

pytestmark = [pytest.mark.torture, pytest.mark.real]


def midday(minutes: float) -> Step:
    return summary(180 + minutes, Slot.MIDDAY)


LOST = Fault(kind=FaultKind.DROP, route=Route.SEND)
SENT_UNHEARD = [
    replace(LOST, after_effect=True),
    Fault(kind=FaultKind.LATE_ROWS, route=Route.MESSAGES, seconds=540, times=None),
]
# A summary checks once; what a failed check did not see, the resolver's next run does.
REPEATS = (midday(10), midday(30), poll(215))
LOOKING = Story((midday(0),), midday(10), (midday(16), midday(30), poll(215)))
STORIES: dict[str, tuple[Story, list[Fault]]] = {
    "poll-resolver": (Story((), poll(175), (poll(175),)), []),
    "send-summary": (Story((), midday(0), REPEATS), []),
    "send-summary after a poll": (Story((poll(179),), midday(0), REPEATS), []),
    # A text of the run before timed out.
    "send-summary that sends again": (LOOKING, [LOST]),
    "send-summary that finds a text": (LOOKING, SENT_UNHEARD),
    # Busy since eight: somebody is overdue at ten, and nobody was told.
    "send-alerts": (Story((), alerts(158), (alerts(163), alerts(168), poll(172))), []),
    "send-alerts that sends again": (Story((alerts(153),), alerts(158), (alerts(163), alerts(168), poll(172))), [LOST]),
}


@dataclass
class Stage:
    """The stand-in for GHL, and a store to which its webhooks have told what they tell."""

    world: World
    url: str
    clock: FakeClock
    template: Path
    wanted: dict[str, Ending] = field(default_factory=dict)

    def reset(self) -> None:
        self.clock.at = at(0)
        self.world.reset()

    def company(self, db: Database) -> Company:
        return Company(
            db=db,
            clock=self.clock,
            ghl=None,
            rules=replace(
                RULES, policy=replace(POLICY, staff=frozenset({CASEY})), internal_contacts=frozenset(MANAGERS)
            ),
            reading=ReadingPolicy(location_id=Location().location_id, e164=e164),
            managers=tuple(MANAGERS),
        )

    def ran(self, company: Company, step: Step, wire: Wire) -> int:
        """The exit code of a run, which has a connection of its own."""
        account = Account(token="sandbox-token", location_id=Location().location_id, base_url=self.url)
        with GhlClient(account, self.clock, retrying=AT_ONCE, transport=wire) as company.ghl:
            return step(company)

    @property
    def texted(self) -> list[str]:
        return sorted(row.contact_id for row in self.world.sent_texts)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    clock = FakeClock(at(0))
    world = World.sample(clock=clock, rate_limit=RateLimit(None))
    with serve_in_thread(sandbox_app(world)) as url:
        yield Stage(world, url, clock, tmp_path_factory.mktemp("store") / "template.db")


def morning(stage: Stage) -> None:
    """Anew what happens until the runs; the store that heard of it is made once, for ids are given in order."""
    stage.reset()
    for manager in MANAGERS:
        stage.world.inbound_text(manager, "Morning", at=at(-600))
    with Database.create(stage.template) as db:
        if not schema.is_ours(db):
            schema.migrate(db)
            busy_morning(stage.company(db), stage.world)
            db.checkpoint()
            return
    with opened(stage.template, Counter()) as db:
        busy_morning(stage.company(db), stage.world)


def played(stage: Stage, name: str, wire: Wire) -> tuple[int, bool, Ending]:
    """The exit code of the run in which a request fails, whether it owes a text, and what the day comes to."""
    story, faults = STORIES[name]
    morning(stage)
    stage.world.faults.add(*faults)
    with opened(stage.template, Counter()) as db:
        company = stage.company(db)
        for step in story.before:
            stage.ran(company, step, Wire())
        code = stage.ran(company, story.failing, wire)
        owes = name != "poll-resolver" and len(stage.texted) < len(MANAGERS)
        last = max([stage.ran(company, step, Wire()) for step in story.after][-2:])
        return code, owes, Ending(known(company), stage.texted, last)


def trials(stage: Stage, name: str, trouble: Trouble, first: int) -> Iterator[Trial]:
    """The day once for each request of its failing run, until that meets none that fails."""
    if name not in stage.wanted:
        _, owes, stage.wanted[name] = played(stage, name, Wire())
        assert (owes, stage.wanted[name].last) == (False, 0)
    for n in count(first, tries(4, 1)):
        wire = Wire(fails_at=n, trouble=trouble)
        code, owes, ending = played(stage, name, wire)
        if not wire.was_reached:
            return
        wrong = stage.wanted[name].compared(ending)
        yield Trial(what=name, fails_at=n, exit_code=code, silent=code == 0 and owes, **wrong)


@pytest.mark.parametrize(("place", "trouble"), list(enumerate(Trouble)))
def test_a_day_one_of_whose_requests_failed_ends_like_one_on_which_none_did(
    stage: Stage, place: int, trouble: Trouble, figures: Figures
) -> None:
    # Briefly: each trouble on one of the days, at another request each time.
    names = list(STORIES)[tries(place % len(STORIES), 0) :: tries(len(STORIES), 1)]
    done = [trial for name in names for trial in trials(stage, name, trouble, tries(1 + place % 2, 1))]
    figures(f"the Nth request to GHL fails ({trouble})", **tally(done))
    assert [trial for trial in done if trial.is_bad] == []
