"""What a run of `run-orders` has to do, told by the store alone, and what it has done.

In most minutes there is nothing to do: this is all that such a run loads, and it asks GHL for nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sentinel_cli.domain.letters import Letter
from sentinel_cli.domain.orders import SHOWN_WITHIN
from sentinel_cli.errors import GhlRejected, Incomplete, SentinelError
from sentinel_cli.store import kv, orders, outbox
from sentinel_cli.store.database import Database

from .deliver_outbox import DeliveryReport

__all__ = ["JOB", "KIND", "LOOKED", "ROUND", "Agenda", "OrdersReport", "agenda_of", "new_since"]

JOB = "run-orders"
KIND = "answer"

LOOKED = "orders_looked_ts"
ROUND = "orders_round_ts"

_ROUNDS_APART = timedelta(minutes=5)
_FURTHEST_BACK = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agenda:
    """What there is to do: contacts of whom something was heard, whether it is time to ask after all, letters owed."""

    heard: frozenset[str] = frozenset()
    round: bool = False
    letters: bool = False

    def __bool__(self) -> bool:
        return bool(self.heard or self.round or self.letters)


def agenda_of(db: Database, internal: frozenset[str], now: datetime) -> Agenda:
    """What is to be done at `now`, by what is stored alone: in most minutes nothing.

    Somebody is asked after at once who was heard of since the last look, then every minute until GHL shows the text
    or a look after `SHOWN_WITHIN` does not; and everybody every five minutes, for a webhook may be lost.
    """
    heard = {
        each.contact_id
        for each in orders.heard_from(db, internal, now - SHOWN_WITHIN - _ROUNDS_APART)
        if each.at >= new_since(db, each.contact_id, now)
        and (not each.shown or each.at > (_looked(db, each.contact_id, now) or each.at))
    }
    last = kv.get_instant(db, ROUND)
    return Agenda(
        heard=frozenset(heard),
        round=bool(internal) and (last is None or not timedelta() <= now - last < _ROUNDS_APART),
        letters=bool(outbox.unfinished(db, KIND)),
    )


def _looked(db: Database, contact_id: str, now: datetime) -> datetime | None:
    """When the contact was last read; a time ahead is of a clock that was wrong, and says nothing."""
    looked = kv.get_instant(db, f"{LOOKED}:{contact_id}")
    return looked if looked is not None and looked <= now else None


def new_since(db: Database, contact_id: str, now: datetime) -> datetime:
    """From when on texts may be new: what a look later than `SHOWN_WITHIN` after them has not shown is not to come.

    Whoever texted before the very first look is not answered, except for the last minutes.
    """
    looked = _looked(db, contact_id, now)
    return now - SHOWN_WITHIN if looked is None else max(looked - SHOWN_WITHIN, now - _FURTHEST_BACK)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersReport:
    """What a run did: `answers` to new orders, `dropped` ones that GHL never showed, whom it could not read."""

    answers: Sequence[Letter] = ()
    dropped: int = 0
    unread: int = 0
    why: SentinelError | None = None
    delivery: DeliveryReport = field(default_factory=DeliveryReport)
    dry_run: bool = False

    @property
    def counts(self) -> Mapping[str, int | str]:
        """For the log line; nothing where nothing was to be done."""
        left = ("refused", "owed", "unknown", "claimed", "expired")
        counts: dict[str, int | str] = {"orders": len(self.answers), "answered": len(self.delivery.accepted)}
        counts |= {"dropped": self.dropped, "unread": self.unread}
        counts |= {name: len(getattr(self.delivery, name)) for name in left}
        return {name: count for name, count in counts.items() if count}

    @property
    def problem(self) -> SentinelError | None:
        """Whom GHL did not show, and who did not get an answer."""
        told = "; ".join(self.delivery.problems())
        if self.delivery.exit_code == Incomplete.exit_code:
            return Incomplete(f"not every order is answered: {told}", advice="the next run takes it up")
        if self.delivery.exit_code:
            return GhlRejected(
                f"an answer cannot be sent: {told}", status=400, advice="look at DND and the phone of that contact"
            )
        return self.why
