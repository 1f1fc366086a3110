"""`run-orders`: what internal contacts have texted is looked up at GHL, carried out once, and answered once.

A delivery only says where to look: what the API does not show is never carried out.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sentinel_cli import intake, log
from sentinel_cli.clock import Clock
from sentinel_cli.domain.letters import Letter
from sentinel_cli.domain.model import Channel, Report
from sentinel_cli.domain.orders import SHOWN_WITHIN, order_of
from sentinel_cli.domain.summary import SummaryRules
from sentinel_cli.errors import GhlRejected, GhlShapeUnknown, Incomplete, SentinelError
from sentinel_cli.ports import Ghl
from sentinel_cli.store import kv, orders, outbox, users
from sentinel_cli.store.database import Database
from sentinel_cli.together import together

from .check import RulesFor
from .deliver_outbox import deliver
from .order_agenda import JOB, KIND, LOOKED, ROUND, Agenda, OrdersReport, new_since
from .order_desk import Desk, is_from_phone
from .runner import Run

__all__ = ["OrderTaker", "run_orders"]

_QUIET_KEPT = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderTaker:
    """What the job works with. `internal` are those who may look, managers included."""

    db: Database
    ghl: Ghl
    rules_for: RulesFor
    managers: Sequence[str]
    internal: frozenset[str]
    words: SummaryRules
    link: Callable[[str | None], str | None]
    clock: Clock


def run_orders(parts: OrderTaker, run: Run, agenda: Agenda, *, dry_run: bool = False) -> OrdersReport:
    """One run: look, carry out what is new in the order it was written, answer. Raises GhlRefused, Misconfigured."""
    wanted = sorted(parts.internal if agenda.round else agenda.heard)
    new = [(contact_id, new_since(parts.db, contact_id, run.now)) for contact_id in wanted]
    looks = dict(zip(wanted, together(lambda each: _look(parts.ghl, *each, agenda), new), strict=True))
    shown = {contact_id: found for contact_id, found in looks.items() if not isinstance(found, SentinelError)}
    errors = [found for found in looks.values() if isinstance(found, SentinelError)]
    answers = _carried_out(parts, run, shown)
    dropped = _dropped(parts.db, shown, run.now)
    with parts.db.transaction():
        for contact_id in shown:
            kv.put_instant(parts.db, f"{LOOKED}:{contact_id}", run.now)
        if agenda.round:
            kv.put_instant(parts.db, ROUND, run.now)
        orders.forget_quiet_runs(parts.db, JOB, run.now - _QUIET_KEPT)
    owed = [] if dry_run else outbox.unfinished(parts.db, KIND)
    return OrdersReport(
        answers=answers,
        dropped=dropped,
        unread=len(errors),
        why=errors[0] if errors else None,
        delivery=deliver(parts.db, parts.ghl, owed, parts.clock),
        dry_run=dry_run,
    )


def _look(ghl: Ghl, contact_id: str, since: datetime, agenda: Agenda) -> Sequence[Report] | SentinelError:
    """What the contact has texted, as its conversations show it now; or why they could not be read."""
    try:
        threads = [
            thread
            for thread in ghl.conversations_of(contact_id)
            # The search may lag behind: where something was heard of, the conversation itself is read.
            if contact_id in agenda.heard or thread.last_message_at is None or thread.last_message_at >= since
        ]
        reports = [report for thread in threads for report in ghl.conversation(thread.conversation_id, since)]
    except (GhlRejected, GhlShapeUnknown, Incomplete) as error:
        log.event("request.failed", what="conversation", contact=contact_id, error=type(error).__name__)
        return error
    return [report for report in reports if report.channel is Channel.SMS and is_from_phone(report, contact_id)]


def _carried_out(parts: OrderTaker, run: Run, shown: Mapping[str, Sequence[Report]]) -> list[Letter]:
    """The answers to what is new, in the order it was written; each order and its answer are a transaction."""
    reports = sorted((report for found in shown.values() for report in found), key=lambda r: (r.at, r.message_id or ""))
    rules = parts.rules_for(users.all_users(parts.db))
    with parts.db.transaction():
        # What stands in for a delivery's text is in the timeline then, and is not waited for any more.
        intake.absorb(parts.db, reports, rules, run.now, run.cause)
    desk = Desk(db=parts.db, now=run.now, managers=parts.managers, rules=rules, words=parts.words, link=parts.link)
    answers = [letter for report in reports if (letter := desk.answered(report)) is not None]
    for letter in answers:
        log.event("order.answered", contact=letter.contact_id, letter=letter.id)
    return answers


def _dropped(db: Database, shown: Mapping[str, Sequence[Report]], now: datetime) -> int:
    """How many texts that deliveries told of are given up by this look, each logged: GHL has not shown them in time."""
    given_up = [
        each
        for contact_id in shown
        for each in orders.heard_from(db, [contact_id], new_since(db, contact_id, now))
        if not each.shown and each.at < now - SHOWN_WITHIN and order_of(each.text or "") is not None
    ]
    for each in given_up:
        log.event("order.dropped", level=logging.WARNING, contact=each.contact_id, delivery=each.delivery_id)
    return len(given_up)
