"""`sentinel ghl`: whose the token is, and which ids belong into the settings; refuses to know how GHL is asked."""

from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from sentinel_cli.errors import GhlRejected

from .options import AsJson
from .progress import working
from .session import session_of
from .tables import Cell, Column

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sentinel_cli.doctor.gather.account import PersonSeen, TokenSeen
    from sentinel_cli.errors import GhlRefused
    from sentinel_cli.ports import ContactCard
    from sentinel_cli.settings import Settings

    from .tables import Screen

__all__ = ["managers", "users", "whoami"]

_ASKING = "asking GoHighLevel"
_WRITES = "conversations/message.write"
_SCOPES = (Column(name="scope"), Column(name="granted", wraps=True, least=16))
_PEOPLE = (
    Column(name="id"),
    Column(name="role"),
    Column(name="name", wraps=True),
    Column(name="phone"),
    Column(name="texts", wraps=True),
    Column(name="thread"),
)
_FOUND = (
    Column(name="id"),
    Column(name="name", wraps=True),
    Column(name="phone"),
    Column(name="texts", wraps=True),
)
_USERS = (Column(name="id"), Column(name="name", wraps=True), Column(name="role"), Column(name="staff"))


def whoami(context: typer.Context, as_json: AsJson = False) -> None:
    """Say which location the token opens, and which of the five scopes it has.

    Needs GHL_TOKEN and GHL_LOCATION_ID alone. Only reads are asked, so that
    conversations/message.write is not tried: doctor does that, with an empty
    text to nobody. The name needs the scope locations.readonly, which
    nothing else does: without it the name is a dash, and all is well.

    For example:
      sentinel ghl whoami
      sentinel ghl whoami --json | jq .scopes

    Exit codes: 77 GHL refuses token, location or a scope, 78 settings are
    missing, 76 GHL answers strangely, 75 GHL cannot be reached, 69 the
    address is wrong.
    """
    from sentinel_cli.doctor.gather.account import see_token

    session = session_of(context)
    settings, screen = session.settings(), session.screen
    with working(screen, _ASKING):
        seen = see_token(settings)
    fields = _identity(settings, seen)
    if as_json:
        scopes = {scope: error is None for scope, error in seen.scopes.items()}
        screen.json({**fields, "scopes": {**scopes, _WRITES: None}})
    else:
        screen.facts([(name.replace("_", " "), Cell(str(value or "-"))) for name, value in fields.items()])
        screen.write("\n")
        screen.table(_SCOPES, _scope_rows(seen.scopes))
    missing = next((error for error in seen.scopes.values() if error), None)
    if missing:
        raise missing


def managers(
    context: typer.Context,
    find: Annotated[
        str | None, typer.Option("--find", metavar="QUERY", help="Instead: contacts by name, phone or e-mail.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the contacts of MANAGER_CONTACT_IDS and INTERNAL_CONTACT_IDS as GHL has them.

    --find shows the ids of contacts before any is set. Sentinel texts
    contacts, not users: a manager needs a mobile number and no DND.

    For example:
      sentinel ghl managers --find casey
      sentinel ghl managers

    Exit codes: 69 a manager cannot be texted or an id is unknown, 77 GHL
    refuses token, location or scope, 78 settings are missing, 76 GHL answers
    strangely, 75 GHL cannot be reached.
    """
    from sentinel_cli.doctor.gather.account import found, people

    session = session_of(context)
    settings, screen = session.settings(), session.screen
    if find is not None:
        with working(screen, _ASKING):
            cards = found(settings, find)
        _show_found(screen, cards, as_json=as_json)
        return
    if not settings.internal_contacts:
        settings.require("MANAGER_CONTACT_IDS")
    named = dict.fromkeys([*settings.manager_contact_ids, *settings.internal_contact_ids])
    with working(screen, _ASKING):
        seen = people(settings, list(named))
    _show_people(screen, seen, settings, as_json=as_json)


def users(context: typer.Context, as_json: AsJson = False) -> None:
    """List who has a login in GHL, and who of them counts as staff.

    Those of INTERNAL_USER_IDS do, or everybody where it is empty.

    For example:
      sentinel ghl users
      sentinel ghl users --json | jq -r '.items[].id'

    Exit codes: 69 INTERNAL_USER_IDS names somebody GHL does not know, 77 GHL
    refuses token, location or scope, 78 settings are missing, 76 GHL answers
    strangely, 75 GHL cannot be reached.
    """
    from sentinel_cli.doctor.gather.account import logins

    session = session_of(context)
    settings, screen = session.settings(), session.screen
    with working(screen, _ASKING):
        seen = logins(settings)
    listed = settings.internal_user_ids
    items = [
        {"id": user.user_id, "name": user.name, "role": user.role, "staff": not listed or user.user_id in listed}
        for user in seen
    ]
    unknown = sorted(listed - {user.user_id for user in seen})
    if as_json:
        screen.json({"items": items, "total": len(items), "unknown": unknown})
    else:
        screen.table(_USERS, [[Cell(_said(value)) for value in item.values()] for item in items])
    if not listed:
        screen.note("INTERNAL_USER_IDS is empty: whoever has a login counts as staff")
    if unknown:
        raise _wrong(f"INTERNAL_USER_IDS names nobody GHL knows: {', '.join(unknown)}")


def _identity(settings: "Settings", seen: "TokenSeen") -> dict[str, object]:
    location = seen.location
    zone = location.zone if location else None
    return {
        "location_id": settings.ghl_location_id,
        "name": location.name if location else None,
        "address": location.address if location else None,
        "time_zone": zone,
        "TIMEZONE": _compared(settings.timezone, zone),
    }


def _compared(ours: ZoneInfo, theirs: str | None) -> str:
    if theirs is None:
        return f"{ours} (GHL does not tell its own)"
    return f"{ours} ({'the same' if str(ours) == theirs else f'GHL has {theirs}: set the one that is right'})"


def _scope_rows(scopes: "Mapping[str, GhlRefused | None]") -> list[list[Cell]]:
    rows = [
        [Cell(scope), Cell("yes", "green") if error is None else Cell("MISSING", "bold red")]
        for scope, error in scopes.items()
    ]
    return [*rows, [Cell(_WRITES), Cell("not asked: sentinel doctor does", "dim")]]


def _person(card: "ContactCard | None") -> dict[str, object]:
    from sentinel_cli.phones import masked

    if card is None:
        return {"name": None, "phone": None, "texts": "unknown to GHL"}
    texts = "blocked (DND)" if card.sms_blocked else "allowed" if card.phone else "no phone"
    return {"name": card.name, "phone": masked(card.phone) if card.phone else None, "texts": texts}


def _show_found(screen: "Screen", cards: "Sequence[ContactCard]", *, as_json: bool) -> None:
    from sentinel_cli.doctor.gather.account import FOUND_AT_MOST

    items = [{"id": card.contact_id, **_person(card)} for card in cards]
    if as_json:
        screen.json({"items": items, "total": len(items)})
    elif items:
        screen.table(_FOUND, [[Cell(_said(value)) for value in item.values()] for item in items])
    more = f"; the first {FOUND_AT_MOST}, type more of it" if len(items) >= FOUND_AT_MOST else ""
    screen.note(f"{len(items)} found{more}" if items else "nobody found")


def _show_people(screen: "Screen", seen: "Sequence[PersonSeen]", settings: "Settings", *, as_json: bool) -> None:
    managers = settings.manager_contact_ids
    items = [
        {
            "id": each.contact_id,
            "role": "manager" if each.contact_id in managers else "internal",
            **_person(each.card),
            "conversation": each.has_conversation,
        }
        for each in seen
    ]
    if as_json:
        screen.json({"items": items, "total": len(items)})
    else:
        screen.table(_PEOPLE, [[Cell(_said(value)) for value in item.values()] for item in items])
    unknown = [each.contact_id for each in seen if each.card is None]
    if unknown:
        raise _wrong(f"GHL knows no contact {', '.join(unknown)}")
    mute = [str(item["id"]) for item in items if item["id"] in managers and item["texts"] != "allowed"]
    if mute:
        raise GhlRejected(
            f"{', '.join(mute)} cannot be texted",
            status=400,
            advice="in GHL: add a mobile number or lift DND, or choose another manager",
        )


def _wrong(message: str) -> GhlRejected:
    advice = "mend .env: sentinel ghl managers --find NAME and sentinel ghl users show the ids"
    return GhlRejected(message, status=404, advice=advice)


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "-" if value is None else str(value)
