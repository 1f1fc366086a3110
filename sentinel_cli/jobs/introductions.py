"""Who the unknown contacts with an open issue are: GHL is asked by id for name and phone, or by phone for the id.

Asked about after a check is applied; whether they are answered is not this module's question.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import islice

from sentinel_cli import intake, log
from sentinel_cli.errors import GhlRefused, GhlRejected, GhlShapeUnknown, GhlUnavailable, SentinelError
from sentinel_cli.ports import ContactCard, Ghl
from sentinel_cli.store import checks, contacts, users
from sentinel_cli.store.database import Database
from sentinel_cli.together import AT_ONCE, together

from .check import RulesFor

__all__ = ["introduce"]

_ASK_AGAIN = timedelta(hours=24)
_CARDS_PER_RUN = 40


def introduce(db: Database, ghl: Ghl, rules_for: RulesFor, now: datetime, cause: str) -> int:
    """Learn who the unknown contacts with an open issue are: name and phone by id, or by phone the id.

    The names of colleagues who text us too. How many were asked about; each is asked about once a day.
    """
    rules = rules_for(users.all_users(db))
    asked = _asked(ghl, checks.strangers(db, now - _ASK_AGAIN, _CARDS_PER_RUN, rules.internal_contacts))
    if not asked:
        return 0
    with db.transaction():
        touched = {id_ for stranger, cards in asked for id_ in _introduced(db, stranger, cards, now)}
        intake.rederive(db, touched, rules, now, cause)
    return len(asked)


def _introduced(db: Database, stranger: checks.Stranger, cards: Sequence[ContactCard], now: datetime) -> set[int]:
    """Write what was learnt of one contact; the contacts to derive again."""
    touched = {stranger.id}
    checks.learn_card(db, stranger.id, None, None, now)
    for card in cards:
        id_ = stranger.id if stranger.contact_id else checks.contact_with_id(db, card.contact_id)
        checks.learn_card(db, id_, card.name, card.phone, now)
        touched.add(id_)
    for phone in {card.phone for card in cards} | {stranger.phone}:
        touched |= contacts.phone_rows_rehomed(db, phone) if phone else set()
    return touched


def _asked(ghl: Ghl, strangers: Iterable[checks.Stranger]) -> list[tuple[checks.Stranger, Sequence[ContactCard]]]:
    """Each stranger with the records GHL has; a name is a trimming, so failing to get it stops nothing.

    Only what GHL rejects counts as asked: a strange answer may be a proxy's, and where GHL shows nothing to anybody
    the others are left for the next run too.
    """
    asked: list[tuple[checks.Stranger, Sequence[ContactCard]]] = []
    left = iter(strangers)
    while batch := list(islice(left, AT_ONCE)):
        for stranger, cards in zip(batch, together(lambda each: _cards(ghl, each), batch), strict=True):
            if not isinstance(cards, SentinelError):
                asked.append((stranger, cards))
            elif isinstance(cards, GhlRejected):
                asked.append((stranger, ()))
            elif not isinstance(cards, GhlShapeUnknown):
                return asked
    return asked


def _cards(ghl: Ghl, stranger: checks.Stranger) -> Sequence[ContactCard] | SentinelError:
    """The records, or why there are none."""
    try:
        if stranger.contact_id:
            return [ghl.contact(stranger.contact_id)]
        threads = ghl.conversations_with(stranger.phone or "")
    except (GhlRejected, GhlShapeUnknown, GhlRefused, GhlUnavailable) as error:
        log.event("request.failed", what="contact", error=type(error).__name__)
        return error
    return [
        ContactCard(contact_id=thread.contact_id, name=thread.name, phone=thread.phone, sms_blocked=False)
        for thread in threads
    ]
