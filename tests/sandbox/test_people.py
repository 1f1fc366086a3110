"""Contacts and users, over real HTTP."""

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
