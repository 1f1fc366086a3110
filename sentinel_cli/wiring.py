"""Settings become the parts a command needs; the one place that knows which class stands behind which port."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sentinel_cli.clock import Clock, system_clock
from sentinel_cli.domain.answers import Policy
from sentinel_cli.domain.ledger import Rules
from sentinel_cli.domain.model import Channel, User
from sentinel_cli.domain.payloads import ReadingPolicy
from sentinel_cli.phones import e164
from sentinel_cli.settings import Settings
from sentinel_cli.store import schema
from sentinel_cli.store.database import Database

if TYPE_CHECKING:
    from sentinel_cli.ghl.client import GhlClient

__all__ = ["clock_of", "ghl_of", "open_store", "reading_policy", "rules_of"]


def clock_of(settings: Settings) -> Clock:
    """The clock a command reads: the system's, or the fixed one of a rehearsal (`SENTINEL_NOW`)."""
    fixed = settings.now
    return system_clock if fixed is None else lambda: _fixed(fixed)


def _fixed(at: datetime) -> datetime:
    return at


def open_store(settings: Settings, *, shared: bool = False) -> Database:
    """The database, at this release's schema. Raises StoreProblem when there is none: only `db migrate` makes one."""
    database = Database.open(settings.db_path, shared=shared)
    schema.require_current(database)
    return database


def reading_policy(settings: Settings) -> ReadingPolicy:
    """How bodies of webhooks are read."""
    return ReadingPolicy(
        location_id=settings.ghl_location_id,
        e164=e164,
        call_route_field=settings.call_route_field,
        call_route_value=settings.call_route_value,
    )


def rules_of(settings: Settings, users: Sequence[User]) -> Rules:
    """What derivation depends on: the settings, and who works there where `INTERNAL_USER_IDS` does not say."""
    names = {word.casefold() for user in users for word in (user.name or "").split()}
    policy = Policy(
        channels=settings.channels,
        staff=settings.internal_user_ids or frozenset(user.user_id for user in users),
        staff_names=frozenset(names),
        call_attempt_resolves=settings.call_attempt_resolves,
        answered_call_min=settings.answered_call_min,
        ack_window=settings.ack_window,
        auto_reply_words=settings.auto_reply_words,
        calls_need_route=bool(settings.call_route_field),
    )
    return Rules(
        policy=policy,
        hours=settings.business_hours,
        sla={Channel.SMS: settings.sms_sla, Channel.CALL: settings.call_sla},
        internal_contacts=settings.internal_contacts,
    )


def ghl_of(settings: Settings) -> "GhlClient":
    """The GHL API of the location. Raises Misconfigured when token or location are missing."""
    from sentinel_cli.ghl.client import Account, GhlClient

    settings.require("GHL_TOKEN", "GHL_LOCATION_ID")
    account = Account(
        token=settings.ghl_token,
        location_id=settings.ghl_location_id,
        base_url=settings.ghl_base_url,
        version=settings.ghl_version,
    )
    return GhlClient(account, clock=clock_of(settings))
