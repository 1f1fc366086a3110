"""Settings become the parts a command needs; the one place that knows which class stands behind which port."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from sentinel_cli.clock import host_zone, pause
from sentinel_cli.domain.answers import Policy
from sentinel_cli.domain.ledger import Rules
from sentinel_cli.domain.model import Channel, User
from sentinel_cli.domain.payloads import ReadingPolicy
from sentinel_cli.errors import StoreProblem
from sentinel_cli.opening import clock_of
from sentinel_cli.settings import Settings
from sentinel_cli.store import kv
from sentinel_cli.store.database import Database

if TYPE_CHECKING:
    from pathlib import Path

    from sentinel_cli.domain.summary import SummaryRules
    from sentinel_cli.ghl.client import GhlClient
    from sentinel_cli.jobs.adoption import AdoptionReport
    from sentinel_cli.jobs.poll_resolver import Resolver
    from sentinel_cli.jobs.run_orders import OrderTaker
    from sentinel_cli.jobs.send_alerts import Alerter
    from sentinel_cli.jobs.send_summary import Summarizer
    from sentinel_cli.ports import Ghl

__all__ = [
    "GHL_FAILURES",
    "GHL_REQUESTS",
    "adopted",
    "alerter_of",
    "asking_ghl",
    "ghl_of",
    "link_of",
    "order_taker_of",
    "reading_policy",
    "resolver_of",
    "rules_of",
    "summarizer_of",
    "summary_rules_of",
]


_SECRET_FROM = 8


def adopted(settings: Settings, *, dry_run: bool) -> "tuple[AdoptionReport, Path | None]":
    """The older service's database made ours, and the copy of it as it was; a dry run works on one in memory.

    Raises StoreProblem, and has changed nothing then.
    """
    from sentinel_cli.domain.ledger import due
    from sentinel_cli.domain.redaction import without_secrets
    from sentinel_cli.jobs.adoption import adopt
    from sentinel_cli.phones import e164
    from sentinel_cli.store.adoption import Reading, open_alone
    from sentinel_cli.store.backup_files import free_name
    from sentinel_cli.store.backups import write_copy

    rules, now, path = rules_of(settings, ()), clock_of(settings)(), settings.db_path
    # What is shorter guards nothing, and would be found in many a word.
    secrets = [secret for secret in (*settings.webhook_secret, settings.ghl_token) if len(secret) >= _SECRET_FROM]
    reading = Reading(
        now=now, without_secrets=partial(without_secrets, secrets=secrets), e164=e164, due_of=partial(due, rules)
    )
    if dry_run:
        with Database.look(path) as found, found.copy() as copy:
            return adopt(copy, rules, reading, lambda: None), None
    backup = free_name(path.parent / "backups", f"{path.stem}-before-adoption-{now:%Y%m%dT%H%M%SZ}")
    with open_alone(path) as db, Database.look(path) as found:
        report = adopt(db, rules, reading, lambda: write_copy(found, backup))
        db.checkpoint()
    return report, backup


def reading_policy(settings: Settings) -> ReadingPolicy:
    """How bodies of webhooks are read."""
    from sentinel_cli.phones import e164

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


def ghl_of(settings: Settings, **patience: Any) -> "GhlClient":
    """The GHL API of the location. Raises Misconfigured when token or location are missing.

    `patience` is how the client waits and asks again, where that is not a job's.
    """
    from sentinel_cli.ghl.client import Account, GhlClient

    settings.require("GHL_TOKEN", "GHL_LOCATION_ID")
    account = Account(
        token=settings.ghl_token,
        location_id=settings.ghl_location_id,
        base_url=settings.ghl_base_url,
        version=settings.ghl_version,
    )
    return GhlClient(account, clock=clock_of(settings), **patience)


GHL_REQUESTS = "ghl_requests"
GHL_FAILURES = "ghl_request_failures"


@contextmanager
def asking_ghl(settings: Settings, db: Database, job: str) -> "Iterator[GhlClient]":
    """The GHL API for a job, whose requests are counted under its name when it has ended."""
    with ghl_of(settings) as ghl:
        try:
            yield ghl
        finally:
            # What ended the job is told, and not that nobody counted.
            with suppress(StoreProblem):
                _count_requests(db, ghl, job)


def _count_requests(db: Database, ghl: "GhlClient", job: str) -> None:
    counts = {GHL_REQUESTS: ghl.requests, GHL_FAILURES: ghl.failures}
    if ghl.requests:
        with db.transaction():
            for key, count in counts.items():
                kv.add(db, f"{key}:{job}", count)


def resolver_of(settings: Settings, db: Database, ghl: "Ghl") -> "Resolver":
    """What `poll-resolver` works with."""
    from sentinel_cli.jobs.poll_resolver import Resolver

    return Resolver(
        db=db,
        ghl=ghl,
        rules_for=partial(rules_of, settings),
        reading=reading_policy(settings),
        staff_listed=bool(settings.internal_user_ids),
    )


def summarizer_of(settings: Settings, db: Database, ghl: "Ghl") -> "Summarizer":
    """What `send-summary` works with."""
    from sentinel_cli.jobs.send_summary import Summarizer

    return Summarizer(
        resolver=resolver_of(settings, db, ghl),
        managers=settings.manager_contact_ids,
        rules=summary_rules_of(settings),
        letter_hours=settings.letter_hours,
        max_items=settings.summary_max_items,
        host_zone=host_zone(),
        clock=clock_of(settings),
        sleep=pause,
    )


def link_of(settings: Settings, conversation_id: str | None) -> str | None:
    """Where GHL's own pages show the conversation, None where it is not known which."""
    if not conversation_id or not settings.ghl_location_id:
        return None
    where = f"{settings.ghl_app_base}/v2/location/{settings.ghl_location_id}"
    return f"{where}/conversations/conversations/{conversation_id}"


def order_taker_of(settings: Settings, db: Database, ghl: "Ghl") -> "OrderTaker":
    """What `run-orders` works with."""
    from sentinel_cli.jobs.run_orders import OrderTaker

    return OrderTaker(
        db=db,
        ghl=ghl,
        rules_for=partial(rules_of, settings),
        managers=settings.manager_contact_ids,
        internal=settings.internal_contacts,
        words=summary_rules_of(settings),
        link=partial(link_of, settings),
        clock=clock_of(settings),
    )


def alerter_of(settings: Settings, db: Database, ghl: "Ghl") -> "Alerter":
    """What `send-alerts` works with."""
    from sentinel_cli.jobs.send_alerts import Alerter

    return Alerter(
        resolver=resolver_of(settings, db, ghl),
        managers=settings.manager_contact_ids,
        rules=summary_rules_of(settings),
        letter_hours=settings.letter_hours,
        max_items=settings.summary_max_items,
        clock=clock_of(settings),
        sleep=pause,
    )


def summary_rules_of(settings: Settings) -> "SummaryRules":
    """How letters say who waits."""
    from sentinel_cli.domain.summary import SummaryRules
    from sentinel_cli.phones import masked

    return SummaryRules(hours=settings.business_hours, escalate_after=settings.escalate_after, masked=masked)
