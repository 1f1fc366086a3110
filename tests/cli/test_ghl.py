"""`sentinel ghl`: what GHL says of our token, our managers and our people, against the stand-in."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sentinel_cli.sandbox.app import sandbox_app
from sentinel_cli.sandbox.faults import Fault, FaultKind, Route
from sentinel_cli.sandbox.sample import MANAGERS, USERS
from sentinel_cli.sandbox.server import serve_in_thread
from sentinel_cli.sandbox.world import World

from .installation import Installation, Ran, screen_of, write_env

CASEY, MORGAN = MANAGERS
STAFF = list(USERS)
PAT = "CTCpat00000000000001"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    installation: Installation
    world: World

    def run(self, *argv: str, **environ: str) -> Ran:
        return self.installation.run("ghl", *argv, **environ)

    def fails(self, kind: FaultKind, route: Route = Route.ANY) -> None:
        self.world.faults.add(Fault(kind=kind, route=route, times=None))


@pytest.fixture
def account(tmp_path: Path) -> Iterator[Account]:
    """Token and location alone, as on the first day; no database."""
    world = World.sample()
    with serve_in_thread(sandbox_app(world)) as url:
        env = {
            "GHL_BASE_URL": url,
            "GHL_TOKEN": world.location.token,
            "GHL_LOCATION_ID": world.location.location_id,
        }
        write_env(tmp_path, "".join(f"{name}={value}\n" for name, value in env.items()))
        yield Account(installation=Installation(home=tmp_path), world=world)


def ids(managers: str = f"{CASEY},{MORGAN}", colleagues: str = "") -> dict[str, str]:
    return {"MANAGER_CONTACT_IDS": managers, "INTERNAL_CONTACT_IDS": colleagues}


def test_a_token_with_every_scope_is_well_before_anything_else_is_set(account: Account) -> None:
    ran = account.run("whoami")
    assert (ran.code, ran.err, ran.out) == (0, "all is well: 9 ok\n", screen_of("ghl-whoami-pipe"))


@pytest.mark.parametrize(
    ("kind", "code", "said"),
    [
        (FaultKind.UNAUTHORIZED, 77, "token"),
        (FaultKind.NO_SCOPE, 77, "users.readonly"),
        (FaultKind.FORBIDDEN, 77, "location"),
        (FaultKind.SERVER_ERROR, 75, "GHL"),
    ],
)
def test_what_ghl_refuses_is_said_line_by_line(account: Account, kind: FaultKind, code: int, said: str) -> None:
    account.fails(kind)
    ran = account.run("whoami", "--json")
    problems = [item["check"] + item["found"] for item in ran.json["items"] if item["verdict"] == "problem"]
    assert (ran.code, any(said in each for each in problems)) == (code, True)


@pytest.mark.parametrize("command", ["whoami", "managers", "users"])
def test_without_a_token_the_settings_that_are_missing_are_named(account: Account, command: str) -> None:
    write_env(account.installation.home, f"MANAGER_CONTACT_IDS={CASEY}\n")
    ran = account.run(command)
    assert (ran.code, ran.err.splitlines()[:2]) == (
        78,
        ["error: GHL_TOKEN is not set", "error: GHL_LOCATION_ID is not set"],
    )


def test_managers_and_colleagues_are_shown_as_ghl_has_them(account: Account) -> None:
    ran = account.run("managers", **ids(colleagues=PAT))
    assert (ran.code, ran.err, ran.out) == (0, "3 contacts\n", screen_of("ghl-managers-pipe"))


def test_phones_are_whole_where_that_is_asked_for(account: Account) -> None:
    assert "+19405550190" in account.run("managers", "--full-phone", **ids()).out


def test_a_manager_who_blocks_texts_is_told_apart(account: Account) -> None:
    account.world.add_contact("Robin Tate", "+19405550177", contact_id="CTCrobin000000000009", sms_blocked=True)
    told = account.run("managers", "--json", **ids("CTCrobin000000000009")).json["items"]
    assert [item["is"] for item in told] == ["manager, texts blocked (DND)"]


def test_an_id_that_ghl_does_not_know_is_69_after_the_others_are_shown(account: Account) -> None:
    ran = account.run("managers", **ids(f"{CASEY},CTCnobody0000000000"))
    assert (ran.code, "Casey" in ran.out, "error: GHL has no contact CTCnobody0000000000" in ran.err) == (
        69,
        True,
        True,
    )


def test_without_any_id_the_setting_is_named(account: Account) -> None:
    ran = account.run("managers")
    assert (ran.code, ran.err.splitlines()[0]) == (78, "error: MANAGER_CONTACT_IDS is not set")


@pytest.mark.parametrize(("words", "found"), [("Pat", [PAT]), ("+19405550141", [PAT]), ("nobody called so", [])])
def test_whoever_has_written_is_found_by_name_or_number(account: Account, words: str, found: list[str]) -> None:
    account.world.inbound_text(PAT, "Hello")
    told: Any = account.run("managers", "--find", words, "--json").json
    assert [item["contact_id"] for item in told["items"]] == found


@pytest.mark.parametrize(("staff", "answers"), [("", [True, True, True]), (STAFF[0], [True, False, False])])
def test_users_are_told_with_whether_their_replies_are_answers(
    account: Account, staff: str, answers: list[bool]
) -> None:
    told = account.run("users", "--json", INTERNAL_USER_IDS=staff).json["items"]
    assert [item["answers"] for item in told] == answers


def test_users_as_a_table(account: Account) -> None:
    assert account.run("users", INTERNAL_USER_IDS=STAFF[0]).out == screen_of("ghl-users-pipe")


@pytest.mark.parametrize("command", ["users", "managers"])
def test_a_ghl_that_is_down_is_75(account: Account, command: str) -> None:
    account.fails(FaultKind.SERVER_ERROR)
    assert account.run(command, **ids()).code == 75
