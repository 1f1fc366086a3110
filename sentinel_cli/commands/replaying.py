"""`sentinel deliveries replay`: deliveries that told of no message, read once more; refuses to know how one is read."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sentinel_cli.errors import Incomplete, UsageProblem

from .session import Session

if TYPE_CHECKING:
    from sentinel_cli.domain.ledger import Rules
    from sentinel_cli.settings import Settings
    from sentinel_cli.store.database import Database

__all__ = ["replayed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Replayed:
    """What a delivery was, and what it is now; `why_not` says why it was left alone."""

    id: int
    before: str
    after: str
    issue_id: int | None = None
    why_not: str = ""


class _Rehearsed(Exception):
    """Takes a dry run back."""


def replayed(session: Session, typed: Sequence[str], *, errors: bool, dry_run: bool, as_json: bool) -> None:
    """Read them again, each in a transaction of its own, and say of each what became of it."""
    from sentinel_cli.store.deliveries import to_retry
    from sentinel_cli.store.users import all_users
    from sentinel_cli.wiring import open_store, rules_of

    from .verbs import numbers

    if bool(typed) == errors:
        raise UsageProblem("name deliveries, or say --errors", advice="sentinel deliveries list --outcome ignored")
    settings, screen = session.settings(), session.screen
    with open_store(settings) as db:
        ids = numbers(typed, "delivery") if typed else [delivery.id for delivery in to_retry(db)]
        rules = rules_of(settings, all_users(db))
        done = [_one(db, each, rules, settings, dry_run=dry_run) for each in ids]
    if as_json:
        items = [
            {"id": d.id, "before": d.before, "after": d.after, "issue_id": d.issue_id, "why_not": d.why_not or None}
            for d in done
        ]
        screen.json({"items": items, "total": len(items), "dry_run": dry_run})
    else:
        for each in done:
            issue = f", issue #{each.issue_id}" if each.issue_id else ""
            screen.line(f"{each.id}: {each.why_not or f'{each.before} -> {each.after}{issue}'}")
        screen.note("dry run: nothing was changed" if dry_run else f"{len(done)} replayed")
    left = sum(each.after.startswith("error:") for each in done)
    if left:
        raise Incomplete(
            f"{left} deliveries still cannot be read", advice="a bug of ours: report it; poll-resolver tries again"
        )


def _one(db: "Database", delivery_id: int, rules: "Rules", settings: "Settings", *, dry_run: bool) -> _Replayed:
    from sentinel_cli.intake import replay
    from sentinel_cli.store.deliveries import one_delivery
    from sentinel_cli.wiring import reading_policy

    delivery = one_delivery(db, delivery_id)
    if delivery is None:
        raise UsageProblem(f"no delivery {delivery_id}", advice="sentinel deliveries list shows the newest")
    if delivery.pruned_at is not None or delivery.message_key is not None:
        why = (
            "its body was removed when its time was over"
            if delivery.pruned_at
            else "it was read, and its message is known"
        )
        return _Replayed(id=delivery_id, before=delivery.outcome, after=delivery.outcome, why_not=f"left alone: {why}")
    try:
        with db.transaction():
            recorded = replay(db, delivery, rules, reading_policy(settings))
            if dry_run:
                raise _Rehearsed
    except _Rehearsed:
        pass
    return _Replayed(id=delivery_id, before=delivery.outcome, after=recorded.outcome, issue_id=recorded.issue_id)
