"""Contacts and users, over real HTTP."""

from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from sentinel_cli.sandbox.world import World

from .conftest import LEE, LOCATION, PAT


def card(api: httpx.Client, contact_id: str) -> dict[str, object]:
    return api.get(f"/contacts/{contact_id}").json()["contact"]


def test_names_are_in_lower_case(api: httpx.Client):
    assert card(api, PAT)["name"] == "pat ellison"


def test_the_phone_is_e164(api: httpx.Client):
    assert card(api, PAT)["phone"] == "+19405550141"


@pytest.mark.parametrize(
    ("traits", "blocked"),
    [({}, "inactive"), ({"sms_blocked": True}, "active"), ({"dnd": True}, "active"), ({"landline": True}, "inactive")],
)
def test_active_means_blocked(api: httpx.Client, world: World, traits: dict[str, bool], blocked: str):
    contact = world.add_contact("Al Stone", "+19405550120", **traits)
    assert card(api, contact.contact_id)["dndSettings"]["SMS"]["status"] == blocked


def test_a_contact_nobody_knows_is_400(api: httpx.Client):
    assert api.get("/contacts/CTCnone").status_code == 400


def test_a_merged_contact_is_gone(api: httpx.Client, world: World):
    world.merge_contacts(LEE, PAT)
    assert api.get(f"/contacts/{LEE}").status_code == 400


@pytest.mark.parametrize("path", ["/users/", "/users"])
def test_users_are_the_people_with_a_login(api: httpx.Client, path: str):
    users = api.get(path, params={"locationId": LOCATION}).json()["users"]
    assert [user["name"] for user in users] == ["Casey Rivera", "Morgan Blake", "Robin Tate"]


@pytest.mark.parametrize(
    ("query", "found"), [("lee", ["lee emerson"]), ("555019", ["casey rivera", "morgan blake"]), ("zz", [])]
)
def test_contacts_are_found_by_name_and_phone(api: httpx.Client, query: str, found: list[str]):
    answer = api.get("/contacts/", params={"locationId": LOCATION, "query": query}).json()
    assert ([contact["name"] for contact in answer["contacts"]], answer["count"]) == (found, len(found))


def test_a_page_of_contacts_says_how_many_there_are(api: httpx.Client):
    answer = api.get("/contacts/", params={"locationId": LOCATION, "limit": 2}).json()
    assert (len(answer["contacts"]), answer["count"]) == (2, 7)


def test_contacts_fit_the_location(api: httpx.Client):
    assert api.get("/contacts/").status_code == 422


def test_the_location_has_a_scope_of_its_own(api: httpx.Client, world: World):
    assert api.get(f"/locations/{LOCATION}").json()["message"] == "The token is not authorized for this scope."


class TestLocation:
    @pytest.fixture(autouse=True)
    def readable(self, world: World) -> Iterator[None]:
        before = world.location
        world.location = replace(before, scopes=before.scopes | {"locations.readonly"})
        yield
        world.location = before

    def test_it_is_told(self, api: httpx.Client):
        told = api.get(f"/locations/{LOCATION}").json()["location"]
        assert (told["name"], told["timezone"]) == ("Sandbox Pools LLC", "America/Chicago")

    def test_another_is_403(self, api: httpx.Client):
        assert api.get("/locations/LOCother").status_code == 403
