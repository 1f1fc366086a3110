"""Who is behind the token and the ids of the settings, asked of GHL by reads alone; refuses to judge what it hears.

A scope that is missing is an answer. Anything else that GHL will not do ends the asking with its error.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from sentinel_cli.clock import Clock, system_clock
from sentinel_cli.doctor.gather.ghl import ONCE, WITHIN, once_more
from sentinel_cli.domain.model import User
from sentinel_cli.errors import GhlRefused, GhlRejected
from sentinel_cli.ghl.client import GhlClient
from sentinel_cli.ghl.failures import ScopeMissing
from sentinel_cli.ports import ContactCard, LocationCard
from sentinel_cli.settings import Settings
from sentinel_cli.wiring import ghl_of

__all__ = ["FOUND_AT_MOST", "PersonSeen", "TokenSeen", "found", "logins", "people", "see_token"]

FOUND_AT_MOST = 20
_NOBODY = "nobody"
_MOMENT = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenSeen:
    """`location` is None where the token may not read it; `scopes` has the error of each that is missing, else None."""

    location: LocationCard | None
    scopes: Mapping[str, GhlRefused | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSeen:
    """An id of the settings as GHL has it; no `card` where GHL does not know it."""

    contact_id: str
    card: ContactCard | None
    has_conversation: bool = False


def see_token(settings: Settings, clock: Clock = system_clock) -> TokenSeen:
    """One harmless read for each scope that a read can tell of. Raises what GHL answers beside a missing scope."""
    with _asking(settings) as client:
        location = _location(client)
        questions: Mapping[str, Callable[[], object]] = {
            "users.readonly": client.users,
            "conversations.readonly": lambda: client.conversations_of(_NOBODY),
            "conversations/message.readonly": lambda: _export(client, clock),
            "contacts.readonly": lambda: _card(client, next(iter(settings.manager_contact_ids), _NOBODY)),
        }
        return TokenSeen(location=location, scopes={scope: _missing(question) for scope, question in questions.items()})


def people(settings: Settings, ids: Sequence[str]) -> Sequence[PersonSeen]:
    """Each contact, and whether there is a conversation with it."""
    with _asking(settings) as client:
        return [_person(client, contact_id) for contact_id in ids]


def found(settings: Settings, query: str) -> Sequence[ContactCard]:
    """The contacts that GHL finds for a name or a phone."""
    with _asking(settings) as client:
        return once_more(lambda: client.contacts_like(query, FOUND_AT_MOST))


def logins(settings: Settings) -> Sequence[User]:
    """The people with a login."""
    with _asking(settings) as client:
        return once_more(client.users)


@contextmanager
def _asking(settings: Settings) -> Iterator[GhlClient]:
    with ghl_of(settings, retrying=ONCE, whole=WITHIN) as client:
        yield client


def _location(client: GhlClient) -> LocationCard | None:
    try:
        return once_more(client.location)
    except (GhlRefused, GhlRejected):
        return None


def _export(client: GhlClient, clock: Clock) -> None:
    """A minute of the export; where that is withheld the client goes on conversation by conversation."""
    now = clock()
    next(iter(client.sweep(now - _MOMENT, now)), None)
    if client.fell_back:
        raise ScopeMissing("GHL refuses the export", status=401)


def _missing(question: Callable[[], object]) -> ScopeMissing | None:
    try:
        once_more(question)
    except ScopeMissing as error:
        return error
    return None


def _card(client: GhlClient, contact_id: str) -> ContactCard | None:
    """The contact. That GHL knows no such id (400, 404) is an answer too."""
    try:
        return once_more(lambda: client.contact(contact_id))
    except GhlRejected:
        return None


def _person(client: GhlClient, contact_id: str) -> PersonSeen:
    card = _card(client, contact_id)
    has_conversation = card is not None and bool(once_more(lambda: client.conversations_of(contact_id)))
    return PersonSeen(contact_id=contact_id, card=card, has_conversation=has_conversation)
