"""GET /contacts/{id} and GET /users/ (GHL.md 4)."""

from .gate import check_location
from .replies import Answer, Ask, bad_request, trace_id
from .shapes import contact_card, user_card
from .world import World

__all__ = ["contact", "users"]


def contact(world: World, ask: Ask) -> Answer:
    """The contact's card. 400 for an id nobody knows, merged contacts included."""
    contact_id = ask.path_values["contact_id"]
    found = world.account.contacts.get(contact_id)
    if found is None:
        raise bad_request(f"Contact with id {contact_id} not found")
    return Answer(body={"contact": contact_card(found, world.location.location_id), "traceId": trace_id()})


def users(world: World, ask: Ask) -> Answer:
    """Everybody with a login in the location."""
    check_location(ask, world.location)
    location_id = world.location.location_id
    return Answer(body={"users": [user_card(user, location_id) for user in world.account.users.values()]})
