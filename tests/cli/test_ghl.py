"""`sentinel ghl`: whose the token is, who the ids are, by reads alone and with the settings that each needs."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from sentinel_cli.sandbox.app import sandbox_app
from sentinel_cli.sandbox.faults import Fault, FaultKind, Route
from sentinel_cli.sandbox.rows import ALL_SCOPES, Location
from sentinel_cli.sandbox.sample import MANAGERS, USERS
from sentinel_cli.sandbox.server import serve_in_thread
from sentinel_cli.sandbox.world import World

from .installation import Installation, Ran, write_env

CASEY, MORGAN = MANAGERS
LOCATION = Location().location_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A home with the two settings alone that lead to GHL, and the account there."""

    installation: Installation
    world: World

    def run(self, *argv: str, width: int | None = None, **environ: str) -> Ran:
        return self.installation.run("ghl", *argv, width=width, **environ)

    def grant(self, *scopes: str) -> None:
        self.world.location = replace(self.world.location, scopes=frozenset(scopes))

    def fail(self, kind: FaultKind, route: Route = Route.ANY) -> None:
        self.world.faults.add(Fault(kind=kind, route=route, times=None))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[tuple[World, str]]:
    world = World.sample()
    with serve_in_thread(sandbox_app(world)) as url:
        yield world, url


@pytest.fixture
def account(sandbox: tuple[World, str], tmp_path: Path) -> Account:
    world, url = sandbox
    world.reset()
    world.location = Location()
    write_env(tmp_path, f"GHL_BASE_URL={url}\nGHL_TOKEN=sandbox-token\nGHL_LOCATION_ID={LOCATION}\n")
    return Account(installation=Installation(home=tmp_path), world=world)


class TestWhoami:
    def test_token_and_location_are_all_it_needs(self, account: Account) -> None:
        ran = account.run("whoami", "--json")
        assert (ran.code, ran.json["location_id"], ran.json["name"]) == (0, LOCATION, None)

    def test_every_scope_that_a_read_can_tell_of_is_told(self, account: Account) -> None:
        assert account.run("whoami", "--json").json["scopes"] == {
            "users.readonly": True,
            "conversations.readonly": True,
            "conversations/message.readonly": True,
            "contacts.readonly": True,
            "conversations/message.write": None,
        }

    def test_nothing_is_written(self, account: Account) -> None:
        account.run("whoami")
        assert {seen.method for seen in account.world.requests} == {"GET"}

    @pytest.mark.parametrize(
        "scope",
        ["users.readonly", "conversations.readonly", "conversations/message.readonly", "contacts.readonly"],
    )
    def test_a_scope_that_is_missing_is_named_and_the_others_too(self, account: Account, scope: str) -> None:
        account.grant(*ALL_SCOPES - {scope})
        ran = account.run("whoami", "--json")
        assert (ran.code, [name for name, has in ran.json["scopes"].items() if has is False]) == (77, [scope])

    def test_with_its_own_scope_the_location_is_shown(self, account: Account) -> None:
        account.grant(*ALL_SCOPES, "locations.readonly")
        ran = account.run("whoami")
        assert "Sandbox Pools LLC" in ran.out
        assert "100 Example Street, Sandbox, TX, 75001, US" in ran.out

    @pytest.mark.parametrize(
        ("zone", "said"),
        [
            ("America/Chicago", "America/Chicago (the same)"),
            ("America/Denver", "America/Denver (GHL has America/Chicago: set the one that is right)"),
        ],
    )
    def test_the_time_zones_are_compared(self, account: Account, zone: str, said: str) -> None:
        account.grant(*ALL_SCOPES, "locations.readonly")
        assert account.run("whoami", "--json", TIMEZONE=zone).json["TIMEZONE"] == said

    @pytest.mark.parametrize("width", [60, 80])
    def test_it_fits_a_terminal(self, account: Account, width: int) -> None:
        ran = account.run("whoami", width=width)
        assert (ran.code, max(map(len, ran.lines)) <= width) == (0, True)

    @pytest.mark.parametrize(
        ("setting", "code"),
        [({"GHL_TOKEN": "another"}, 77), ({"GHL_LOCATION_ID": "LOCother000000000001"}, 77), ({"GHL_TOKEN": ""}, 78)],
    )
    def test_what_is_set_wrongly_is_told_with_advice(
        self, account: Account, setting: dict[str, str], code: int
    ) -> None:
        environ = {"GHL_TOKEN": "sandbox-token", **setting}
        write_env(account.installation.home, f"GHL_BASE_URL={base_url(account)}\nGHL_LOCATION_ID={LOCATION}\n")
        ran = account.run("whoami", **environ)
        assert (ran.code, "next: " in ran.err) == (code, True)

    @pytest.mark.parametrize(("kind", "code"), [(FaultKind.SERVER_ERROR, 75), (FaultKind.HTML, 76)])
    def test_trouble_of_ghl_has_its_exit_code(self, account: Account, kind: FaultKind, code: int) -> None:
        account.fail(kind)
        assert account.run("whoami").code == code


def base_url(account: Account) -> str:
    env = (account.installation.home / ".env").read_text(encoding="utf-8")
    return env.partition("GHL_BASE_URL=")[2].partition("\n")[0]


class TestManagers:
    def test_each_is_shown_with_a_masked_phone(self, account: Account) -> None:
        account.world.inbound_text(MORGAN, "hi")
        ran = account.run("managers", "--json", MANAGER_CONTACT_IDS=CASEY, INTERNAL_CONTACT_IDS=MORGAN)
        assert (ran.code, ran.json["items"]) == (
            0,
            [
                {
                    "id": CASEY,
                    "role": "manager",
                    "name": "Casey Rivera",
                    "phone": "+1***0190",
                    "texts": "allowed",
                    "conversation": False,
                },
                {
                    "id": MORGAN,
                    "role": "internal",
                    "name": "Morgan Blake",
                    "phone": "+1***0191",
                    "texts": "allowed",
                    "conversation": True,
                },
            ],
        )

    def test_no_id_is_broken_on_a_terminal(self, account: Account) -> None:
        ran = account.run("managers", width=80, MANAGER_CONTACT_IDS=CASEY, INTERNAL_CONTACT_IDS=MORGAN)
        assert (CASEY in ran.out, MORGAN in ran.out, max(map(len, ran.lines)) <= 80) == (True, True, True)

    def test_without_any_it_is_said_what_to_set(self, account: Account) -> None:
        ran = account.run("managers")
        assert (ran.code, ran.err.splitlines()[0]) == (78, "error: MANAGER_CONTACT_IDS is not set")

    def test_an_id_that_ghl_does_not_know_is_69(self, account: Account) -> None:
        ran = account.run("managers", MANAGER_CONTACT_IDS=f"{CASEY},CTCnobody")
        assert (ran.code, ran.err.splitlines()[0]) == (69, "error: GHL knows no contact CTCnobody")

    @pytest.mark.parametrize(
        ("phone", "dnd", "texts"), [("+19405550177", True, "blocked (DND)"), (None, False, "no phone")]
    )
    def test_a_manager_who_cannot_be_texted_is_69(
        self, account: Account, phone: str | None, dnd: bool, texts: str
    ) -> None:
        account.world.add_contact("Al Stone", phone, contact_id="CTCal", dnd=dnd)
        ran = account.run("managers", MANAGER_CONTACT_IDS="CTCal")
        assert (ran.code, texts in ran.out, ran.err.splitlines()[0]) == (69, True, "error: CTCal cannot be texted")

    def test_a_colleague_needs_no_phone(self, account: Account) -> None:
        account.world.add_contact("Al Stone", None, contact_id="CTCal")
        assert account.run("managers", INTERNAL_CONTACT_IDS="CTCal").code == 0

    @pytest.mark.parametrize(("query", "ids"), [("casey", [CASEY]), ("0191", [MORGAN]), ("zz", [])])
    def test_contacts_are_found_before_any_is_set(self, account: Account, query: str, ids: list[str]) -> None:
        ran = account.run("managers", "--find", query, "--json")
        assert (ran.code, [item["id"] for item in ran.json["items"]]) == (0, ids)

    def test_who_is_found_is_shown_without_the_whole_number(self, account: Account) -> None:
        ran = account.run("managers", "--find", "casey")
        assert (ran.lines[1], ran.err) == (f"{CASEY}  Casey Rivera  +1***0190  allowed", "1 found\n")

    def test_that_there_may_be_more_is_said(self, account: Account) -> None:
        for number in range(25):
            account.world.add_contact(f"Al Stone {number}", None)
        assert account.run("managers", "--find", "stone").err == "20 found; the first 20, type more of it\n"


class TestUsers:
    def test_without_a_list_everybody_is_staff(self, account: Account) -> None:
        ran = account.run("users", "--json")
        assert [(item["id"], item["role"], item["staff"]) for item in ran.json["items"]] == [
            (user_id, "admin", True) for user_id in USERS
        ]

    def test_with_a_list_those_on_it_are(self, account: Account) -> None:
        ran = account.run("users", INTERNAL_USER_IDS="USRcasey000000000001")
        assert (ran.code, [line.split()[-1] for line in ran.lines]) == (0, ["staff", "yes", "no", "no"])

    def test_an_id_that_is_nobody_s_is_69(self, account: Account) -> None:
        ran = account.run("users", INTERNAL_USER_IDS="USRnobody")
        assert (ran.code, ran.err.splitlines()[0]) == (69, "error: INTERNAL_USER_IDS names nobody GHL knows: USRnobody")
