"""The look at GHL against the stand-in: what it asks, and what it never does."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from sentinel_cli.clock import Clock, system_clock
from sentinel_cli.doctor.gather.ghl import AccountSeen, see_account
from sentinel_cli.doctor.judge.clock import judge_skew
from sentinel_cli.doctor.judge.ghl import Answered
from sentinel_cli.errors import GhlUnavailable
from sentinel_cli.sandbox.app import sandbox_app
from sentinel_cli.sandbox.faults import Fault, FaultKind, Route
from sentinel_cli.sandbox.server import serve_in_thread
from sentinel_cli.sandbox.world import World
from sentinel_cli.settings import load_settings

pytestmark = pytest.mark.real

CASEY, MORGAN = "CTCmanagercasey00001", "CTCmanagermorgan0002"
SCOPE = "conversations/message.readonly"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[tuple[World, str]]:
    world = World.sample()
    with serve_in_thread(sandbox_app(world)) as url:
        yield world, url


@pytest.fixture
def environ(sandbox: tuple[World, str], tmp_path: Path) -> dict[str, str]:
    return {
        "SENTINEL_HOME": str(tmp_path),
        "GHL_BASE_URL": sandbox[1],
        "GHL_TOKEN": "sandbox-token",
        "GHL_LOCATION_ID": "LOCsandbox0000000001",
        "MANAGER_CONTACT_IDS": f"{CASEY},{MORGAN}",
    }


def seen(environ: dict[str, str], clock: Clock = system_clock, **changes: str) -> AccountSeen:
    return see_account(load_settings(environ | changes, Path("/"), None), clock)


def fails(world: World, kind: FaultKind, *routes: Route, times: int | None = None) -> None:
    world.faults.add(*(Fault(kind=kind, route=route, times=times) for route in routes))


def test_it_only_reads_but_for_the_empty_text_to_nobody(world: World, environ: dict[str, str]) -> None:
    seen(environ)
    assert [ask.body for ask in world.requests if ask.method != "GET"] == [{"type": "SMS"}]
    assert world.sent_texts == []


@pytest.mark.parametrize(("seconds", "verdict"), [(90, "problem"), (-90, "problem"), (2, "ok")])
def test_our_clock_is_compared_with_ghl_s(world: World, environ: dict[str, str], seconds: int, verdict: str) -> None:
    skew = seen(environ, lambda: system_clock() + timedelta(seconds=seconds)).skew
    assert [each.verdict for each in judge_skew(skew)] == [verdict]


def test_managers_are_shown_by_first_name_and_masked_phone(world: World, environ: dict[str, str]) -> None:
    assert [(each.name, each.phone) for each in seen(environ).managers] == [
        ("Casey", "+1***0190"),
        ("Morgan", "+1***0191"),
    ]


def test_one_that_ghl_does_not_know_hides_no_other(world: World, environ: dict[str, str]) -> None:
    found = seen(environ, MANAGER_CONTACT_IDS=f"CTCnobody,{MORGAN}")
    assert [bool(each.error) for each in found.managers] == [True, False]
    assert found.ghl.asked["contacts.readonly"].answered is Answered.WELL


def test_an_address_at_which_nothing_is_known_says_nothing_of_managers(environ: dict[str, str]) -> None:
    found = seen(environ, GHL_BASE_URL=f"{environ['GHL_BASE_URL']}/elsewhere")
    assert found.managers == []
    assert {each.answered for each in found.ghl.asked.values()} == {Answered.STRANGELY}


def test_one_about_whom_ghl_falls_silent_is_not_left_out(world: World, environ: dict[str, str]) -> None:
    fails(world, FaultKind.SERVER_ERROR, Route.CONTACT)
    found = seen(environ)
    assert [(each.contact_id, type(each.error)) for each in found.managers] == [(CASEY, GhlUnavailable)]
    assert "conversations/message.write" not in found.ghl.asked


def test_after_the_first_question_without_an_answer_no_other_is_asked(world: World, environ: dict[str, str]) -> None:
    fails(world, FaultKind.SERVER_ERROR, Route.ANY)
    assert list(seen(environ).ghl.asked) == ["users.readonly"]
    assert len(world.requests) == 1


def test_a_limit_that_is_reached_is_no_reason_to_wait(world: World, environ: dict[str, str]) -> None:
    fails(world, FaultKind.TOO_MANY, Route.USERS)
    assert seen(environ).ghl.asked["users.readonly"].answered is Answered.AWAY


@pytest.mark.parametrize(
    ("kind", "routes", "answered", "withheld"),
    [
        (FaultKind.FORBIDDEN, [Route.EXPORT], Answered.WELL, True),
        (FaultKind.NO_SCOPE, [Route.EXPORT, Route.MESSAGES], Answered.NO_SCOPE, True),
    ],
)
def test_where_the_export_is_refused_a_conversation_tells_whether_the_scope_is_there(
    world: World, environ: dict[str, str], kind: FaultKind, routes: list[Route], answered: Answered, withheld: bool
) -> None:
    world.staff_text(CASEY, None, "see you")
    fails(world, kind, *routes)
    found = seen(environ).ghl
    assert (found.asked[SCOPE].answered, found.export_withheld) == (answered, withheld)


def test_without_a_conversation_a_refused_export_is_a_missing_scope(world: World, environ: dict[str, str]) -> None:
    fails(world, FaultKind.NO_SCOPE, Route.EXPORT)
    assert seen(environ).ghl.asked[SCOPE].answered is Answered.NO_SCOPE


def test_colleagues_and_staff_that_nobody_knows_are_named(world: World, environ: dict[str, str]) -> None:
    found = seen(
        environ, INTERNAL_CONTACT_IDS=f"{MORGAN},CTCgone", INTERNAL_USER_IDS="USRcasey000000000001,USRgone"
    ).ghl
    assert (found.unknown_colleagues, found.unknown_staff) == (["CTCgone"], ["USRgone"])


def test_without_managers_every_scope_is_asked_all_the_same(world: World, environ: dict[str, str]) -> None:
    found = seen(environ, MANAGER_CONTACT_IDS="").ghl
    assert {each.answered for each in found.asked.values()} == {Answered.WELL}
