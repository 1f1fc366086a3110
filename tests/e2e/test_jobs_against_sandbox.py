"""Resolver and summary through the real client over HTTP: whatever GHL does, each manager is texted once."""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import stamina

from sentinel_cli import intake
from sentinel_cli.domain.letters import Slot
from sentinel_cli.domain.payloads import ReadingPolicy
from sentinel_cli.errors import GhlRefused, GhlUnavailable
from sentinel_cli.ghl.client import Account, GhlClient
from sentinel_cli.phones import e164
from sentinel_cli.sandbox.app import sandbox_app
from sentinel_cli.sandbox.faults import Fault, FaultKind, Route
from sentinel_cli.sandbox.rows import Location, Row
from sentinel_cli.sandbox.sample import MANAGERS
from sentinel_cli.sandbox.server import serve_in_thread
from sentinel_cli.sandbox.world import World
from sentinel_cli.store import schema
from sentinel_cli.store.database import Database
from tests.builders import POLICY, RULES, at
from tests.fakes import FakeClock
from tests.jobs.conftest import Company, code_of

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("sandbox")]

PAT, LEE, JO = "CTCpat00000000000001", "CTClee00000000000002", "CTCjo000000000000003"
SAM, DANA = "CTCsam00000000000004", "CTCdana0000000000005"
CASEY = "USRcasey000000000001"
ELEVEN = 180
AT_ONCE = stamina.RetryingCaller(attempts=4, timeout=None, wait_initial=0, wait_max=0, wait_jitter=0)

CLOCK = FakeClock(at(0))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[tuple[World, str]]:
    world = World.sample(clock=CLOCK)
    with serve_in_thread(sandbox_app(world)) as url:
        yield world, url


@pytest.fixture
def world(sandbox: tuple[World, str]) -> World:
    sandbox[0].reset()
    CLOCK.at = at(0)
    return sandbox[0]


@pytest.fixture
def client(world: World, sandbox: tuple[World, str]) -> Iterator[GhlClient]:
    account = Account(token="sandbox-token", location_id=Location().location_id, base_url=sandbox[1])
    with GhlClient(account, CLOCK, retrying=AT_ONCE) as client:
        yield client


@pytest.fixture
def company(client: GhlClient, tmp_path: Path) -> Iterator[Company]:
    with Database.create(tmp_path / "sentinel.db") as db:
        schema.migrate(db)
        policy = replace(POLICY, staff=frozenset({CASEY}))
        yield Company(
            db=db,
            clock=CLOCK,
            ghl=client,
            rules=replace(RULES, policy=policy, internal_contacts=frozenset(MANAGERS)),
            reading=ReadingPolicy(location_id=Location().location_id, e164=e164),
            managers=tuple(MANAGERS),
        )


def hears(company: Company, world: World, row: Row, route: str = "inbound_sms") -> None:
    """The workflow's webhook about a row, half a minute later."""
    incoming = intake.Incoming(
        route=route,
        received_at=row.at + timedelta(seconds=30),
        payload=json.dumps(world.workflow_body(row)).encode(),
        content_type="application/json",
    )
    intake.record(company.db, incoming, company.rules, company.reading)


def busy_morning(company: Company, world: World) -> None:
    """From 8:05 to 10:45; of some of it a webhook tells, of some twice, of some none."""
    pat = world.inbound_text(PAT, "Is anyone coming today?", at=at(5))
    hears(company, world, pat)
    hears(company, world, pat)
    call = world.inbound_call(LEE, at=at(10))
    hears(company, world, call, "unanswered_call")
    world.automation_text(LEE, at=at(11))
    hears(company, world, world.inbound_text(JO, "Pump is loud", at=at(20)))
    world.staff_text(JO, CASEY, "On our way", at=at(40))
    world.inbound_text(JO, "thanks!", at=at(41))
    world.voicemail(SAM, at=at(50))
    world.inbound_text(DANA, "When do you open on Saturday?", at=at(165))


ISSUES = [
    ("CALL", "OPEN", LEE),
    ("CALL", "OPEN", SAM),
    ("SMS", "OPEN", DANA),
    ("SMS", "OPEN", PAT),
    ("SMS", "RESOLVED", JO),
]


def issues(company: Company) -> list[tuple[str, ...]]:
    return sorted(row[1:] for row in company.issues())


def texted(world: World) -> list[str]:
    return sorted(row.contact_id for row in world.sent_texts)


def runs_with_its_repeats(company: Company) -> list[int | None]:
    """The exit codes of the crontab's three lines for a slot."""
    for minutes in (ELEVEN, ELEVEN + 10, ELEVEN + 30):
        company.sums_up(minutes, Slot.MIDDAY)
    return company.exit_codes()


def test_the_resolver_makes_the_issues_what_ghl_shows(company: Company, world: World) -> None:
    busy_morning(company, world)
    done = company.polls(175)
    assert (issues(company), code_of(done)) == (ISSUES, 0)


def test_the_summary_reads_like_this(company: Company, world: World) -> None:
    busy_morning(company, world)
    company.sums_up(ELEVEN, Slot.MIDDAY)
    assert world.sent_texts[0].text.splitlines() == [
        "Sentinel, midday, Mon Nov 23",
        "Overdue calls 2:",
        "#2 Lee E. waits 2h50m, auto-reply only",
        "#5 Sam O. waits 2h10m",
        "Overdue texts 1:",
        "#1 Pat E. waits 2h55m",
        "Escalated: none",
        "Not yet due: 1",
        "Resolved since Sun 11am: 1, median 20m",
        "Checked 5 threads at 11am",
    ]


def test_the_crontab_s_three_lines_text_each_manager_once(company: Company, world: World) -> None:
    busy_morning(company, world)
    assert (runs_with_its_repeats(company), texted(world)) == ([0, 0, 0], sorted(MANAGERS))


@pytest.mark.parametrize(
    "faults",
    [
        # The sweep and the reads.
        [Fault(kind=FaultKind.TOO_MANY, route=Route.EXPORT, retry_after=1)],
        [Fault(kind=FaultKind.SERVER_ERROR, route=Route.EXPORT, times=2)],
        [Fault(kind=FaultKind.SERVER_ERROR, route=Route.MESSAGES, times=2)],
        [Fault(kind=FaultKind.DROP, route=Route.EXPORT)],
        [Fault(kind=FaultKind.UNAUTHORIZED)],
        [Fault(kind=FaultKind.FORBIDDEN, route=Route.EXPORT)],
        [Fault(kind=FaultKind.EMPTY_PAGE, route=Route.EXPORT)],
        [Fault(kind=FaultKind.INDEX_LAG, seconds=90, times=None)],
        [Fault(kind=FaultKind.SERVER_ERROR, route=Route.USERS, times=None)],
        [Fault(kind=FaultKind.SERVER_ERROR, route=Route.CONTACT, times=None)],
        # The sends.
        [Fault(kind=FaultKind.TOO_MANY, route=Route.SEND, retry_after=1)],
        [Fault(kind=FaultKind.UNAUTHORIZED, route=Route.SEND)],
        [Fault(kind=FaultKind.DROP, route=Route.SEND, after_effect=True)],
        [Fault(kind=FaultKind.SERVER_ERROR, route=Route.SEND, after_effect=True, times=2)],
        [Fault(kind=FaultKind.EMPTY_BODY, route=Route.SEND, after_effect=True)],
        [Fault(kind=FaultKind.HTML, route=Route.SEND, after_effect=True)],
        [
            Fault(kind=FaultKind.WHITE_SPACE, route=Route.SEND, times=None),
            Fault(kind=FaultKind.DROP, route=Route.SEND, after_effect=True),
        ],
    ],
    ids=lambda faults: "-".join(f"{each.route}_{each.kind}" for each in faults),
)
def test_a_passing_fault_changes_neither_issues_nor_letters(
    company: Company, world: World, faults: list[Fault]
) -> None:
    busy_morning(company, world)
    world.faults.add(*faults)
    assert (runs_with_its_repeats(company), texted(world), issues(company)) == ([0, 0, 0], sorted(MANAGERS), ISSUES)


@pytest.mark.parametrize(
    ("faults", "codes"),
    [
        # It did not go out: two looks, then it is sent again.
        ([Fault(kind=FaultKind.DROP, route=Route.SEND)], [75, 0, 0]),
        ([Fault(kind=FaultKind.DROP, route=Route.SEND, times=2)], [75, 0, 0]),
        # It went out, and shows up late.
        (
            [
                Fault(kind=FaultKind.DROP, route=Route.SEND, after_effect=True),
                Fault(kind=FaultKind.LATE_ROWS, route=Route.MESSAGES, seconds=60, times=None),
            ],
            [75, 0, 0],
        ),
        (
            [
                Fault(kind=FaultKind.DROP, route=Route.SEND, after_effect=True),
                Fault(kind=FaultKind.INDEX_LAG, seconds=300, times=None),
            ],
            [0, 0, 0],
        ),
        # The look fails, then the next one finds it.
        (
            [
                Fault(kind=FaultKind.DROP, route=Route.SEND, after_effect=True),
                Fault(kind=FaultKind.LATE_ROWS, route=Route.MESSAGES, seconds=60, times=6),
                Fault(kind=FaultKind.SERVER_ERROR, route=Route.MESSAGES, times=2),
            ],
            [75, 0, 0],
        ),
    ],
    ids=["lost", "both lost", "shown late", "indexed late", "read late"],
)
def test_what_nobody_knows_of_is_made_up_for_by_the_repeats(
    company: Company, world: World, faults: list[Fault], codes: list[int]
) -> None:
    busy_morning(company, world)
    for manager in MANAGERS:
        world.inbound_text(manager, "Morning", at=at(-600))
    world.faults.add(*faults)
    assert (runs_with_its_repeats(company), texted(world), issues(company)) == (codes, sorted(MANAGERS), ISSUES)


def test_a_lost_text_to_a_manager_without_a_thread_is_not_sent_again_on_a_guess(company: Company, world: World) -> None:
    busy_morning(company, world)
    world.faults.add(Fault(kind=FaultKind.DROP, route=Route.SEND, times=1))
    codes = runs_with_its_repeats(company)
    assert (codes, len(texted(world))) == ([75, 75, 75], len(MANAGERS) - 1)


def test_an_export_that_is_cut_off_in_silence_hides_nobody(company: Company, world: World) -> None:
    for number in range(400):
        world.automation_text(DANA, f"Reminder {number}", at=at(-400 + number))
    busy_morning(company, world)
    world.faults.add(Fault(kind=FaultKind.SILENT_CUT, rows=300, times=None))
    assert (runs_with_its_repeats(company), texted(world), issues(company)) == ([0, 0, 0], sorted(MANAGERS), ISSUES)


def test_while_ghl_is_down_nothing_is_resolved_and_afterwards_all_is(company: Company, world: World) -> None:
    busy_morning(company, world)
    world.faults.add(Fault(kind=FaultKind.SERVER_ERROR, times=None))
    with suppress(GhlUnavailable):
        company.polls(175)
    before = issues(company)
    world.faults.clear()
    company.polls(190)
    assert (before, issues(company), company.exit_codes()) == (
        [("CALL", "OPEN", LEE), ("SMS", "OPEN", JO), ("SMS", "OPEN", PAT)],
        ISSUES,
        [75, 0],
    )


def test_a_summary_whose_check_failed_is_sent_and_says_so(company: Company, world: World) -> None:
    busy_morning(company, world)
    world.faults.add(Fault(kind=FaultKind.SERVER_ERROR, route=Route.EXPORT, times=None))
    done = company.sums_up(ELEVEN, Slot.MIDDAY)
    assert (code_of(done), texted(world), world.sent_texts[0].text.splitlines()[1:3]) == (
        75,
        sorted(MANAGERS),
        ["GHL did not answer", "Overdue calls NOT CHECKED, known 1:"],
    )


def test_a_manager_with_dnd_is_refused_and_the_other_texted(company: Company, world: World) -> None:
    blocked, other = MANAGERS
    world.account.contacts[blocked] = replace(world.account.contacts[blocked], dnd=True)
    assert (runs_with_its_repeats(company), texted(world)) == ([69, 0, 0], [other])


def test_a_revoked_token_ends_the_run_with_77_and_owes_the_letters(company: Company, world: World) -> None:
    world.faults.add(Fault(kind=FaultKind.UNAUTHORIZED, times=None))
    with suppress(GhlRefused):
        company.sums_up(ELEVEN, Slot.MIDDAY)
    assert (company.exit_codes(), company.states(), texted(world)) == ([77], ["owed", "owed"], [])


def test_a_tick_asks_for_pages_of_new_messages_and_not_for_each_issue(company: Company, world: World) -> None:
    busy_morning(company, world)
    company.polls(175)
    before = len(world.requests)
    company.polls(190)
    assert [seen.path for seen in world.requests[before:]] == ["/conversations/messages/export"]


def test_a_text_is_sent_by_the_exact_contract(company: Company, world: World) -> None:
    world.inbound_text(company.managers[0], "List", at=at(-60))
    company.sums_up(ELEVEN, Slot.MIDDAY)
    bodies = [seen.body for seen in world.requests if seen.method == "POST"]
    assert [sorted(body) for body in bodies] == [
        ["contactId", "conversationId", "message", "type"],
        ["contactId", "message", "type"],
    ]


def test_a_rehearsal_asks_but_neither_sends_nor_writes(company: Company, world: World) -> None:
    busy_morning(company, world)
    before = company.dump()
    company.clock.at = at(ELEVEN)
    drafts = company.rehearses_summary(Slot.MIDDAY).drafts
    assert (len(drafts), texted(world), company.dump() == before) == (2, [], True)
