"""GET /contacts/{id}, /contacts/, /users/ (GHL.md 4) and /locations/{id}: who there is, and where."""

from .gate import check_location
from .reading import page_size
from .replies import Answer, Ask, bad_request, refused, trace_id
from .shapes import contact_card, location_card, user_card
from .world import World

__all__ = ["contact", "contacts", "location", "users"]


def contact(world: World, ask: Ask) -> Answer:
    """The contact's card. 400 for an id nobody knows, merged contacts included."""
    contact_id = ask.path_values["contact_id"]
    found = world.account.contacts.get(contact_id)
    if found is None:
        raise bad_request(f"Contact with id {contact_id} not found")
    return Answer(body={"contact": contact_card(found, world.location.location_id), "traceId": trace_id()})


def contacts(world: World, ask: Ask) -> Answer:
    """The contacts whose name, phone or e-mail holds what is asked for, a page of them and how many there are."""
    check_location(ask, world.location)
    wanted = ask.query.get("query", "").lower()
    everybody = world.account.contacts.values()
    found = [each for each in everybody if wanted in f"{each.name}\n{each.phone}\n{each.email}".lower()]
    page = [contact_card(each, world.location.location_id) for each in found[: page_size(ask.query, 20)]]
    return Answer(body={"contacts": page, "count": len(found), "traceId": trace_id()})


def location(world: World, ask: Ask) -> Answer:
    """The sub-account itself. 403 for any other."""
    if ask.path_values["location_id"] != world.location.location_id:
        raise refused(403, "The token does not have access to this location.")
    return Answer(body={"location": location_card(world.location), "traceId": trace_id()})


def users(world: World, ask: Ask) -> Answer:
    """Everybody with a login in the location."""
    check_location(ask, world.location)
    location_id = world.location.location_id
    return Answer(body={"users": [user_card(user, location_id) for user in world.account.users.values()]})
