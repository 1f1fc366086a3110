"""Who may ask: user agent, token, version, scope, location, in the order the real chain refuses (GHL.md 5)."""

from .faults import Route
from .reading import required
from .replies import Answer, Ask, Refused, refused
from .rows import Location

__all__ = ["check_agent", "check_location", "check_token"]

_SCOPES = {
    Route.SEARCH: "conversations.readonly",
    Route.MESSAGES: "conversations/message.readonly",
    Route.MESSAGE: "conversations/message.readonly",
    Route.EXPORT: "conversations/message.readonly",
    Route.SEND: "conversations/message.write",
    Route.CONTACT: "contacts.readonly",
    Route.CONTACTS: "contacts.readonly",
    Route.LOCATION: "locations.readonly",
    Route.USERS: "users.readonly",
}
_VERSIONS = frozenset({"2021-04-15", "2021-07-28", "v3"})


def check_agent(ask: Ask) -> None:
    """Refuse Python's default urllib agent, as the vendor's Cloudflare does."""
    if ask.headers.get("user-agent", "Python-urllib").startswith("Python-urllib"):
        raise Refused(Answer(status=403, body="error code: 1010"))


def check_token(ask: Ask, location: Location, route: Route) -> None:
    """Refuse a wrong token, a missing or strange version, a missing scope; a wrong Version can read as 404."""
    if ask.headers.get("authorization") != f"Bearer {location.token}":
        raise refused(401, "Invalid Private Integration token")
    if "version" not in ask.headers:
        raise refused(401, "version header was not found.")
    if ask.headers["version"] not in _VERSIONS:
        raise refused(404, f"Cannot {ask.method} {ask.path}")
    if _SCOPES[route] not in location.scopes:
        raise refused(401, "The token is not authorized for this scope.")


def check_location(ask: Ask, location: Location) -> None:
    """Refuse a missing location (422) and one the token does not open (403)."""
    if required(ask.query, "locationId") != location.location_id:
        raise refused(403, "The token does not have access to this location.")
