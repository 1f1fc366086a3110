"""What the store knows of deliveries, and of the customers' messages that none told of."""

from datetime import datetime, timedelta

from sentinel_cli.doctor.judge.webhooks import WebhooksSeen
from sentinel_cli.domain.sla import open_time_between
from sentinel_cli.settings import Settings
from sentinel_cli.store import checks, health
from sentinel_cli.store.database import Database

from .looking import look

__all__ = ["see_webhooks"]

_DAYS = 7


def see_webhooks(settings: Settings, now: datetime) -> WebhooksSeen:
    """The last week of deliveries. Raises StoreProblem."""
    since = now - timedelta(days=_DAYS)
    seconds = settings.answered_call_min // timedelta(seconds=1)
    with look(settings) as db:
        box = health.inbox(db, since)
        newest = box.newest_at
        covered = _coverage(db, settings, since)
        unseen = _coverage(db, settings, max(newest, since)) if newest else covered
        return WebhooksSeen(
            days=_DAYS,
            deliveries=health.deliveries_kept(db),
            age=now - newest if newest else None,
            silent_for=open_time_between(max(newest, since), now, settings.business_hours) if newest else timedelta(),
            unseen_since=unseen.messages - unseen.delivered,
            messages=covered.messages,
            missed=covered.messages - covered.delivered,
            broken=box.broken,
            undecodable=box.undecodable,
            short_calls=health.short_calls(db, since, seconds),
            short_below=seconds,
            unrouted=health.unrouted_calls(db, since, internal=settings.internal_contacts)
            if settings.call_route_field
            else None,
        )


def _coverage(db: Database, settings: Settings, since: datetime) -> checks.Coverage:
    channels = [channel.value for channel in settings.channels]
    return checks.coverage(db, health.shown_keys(db, since), channels, settings.internal_contacts)
