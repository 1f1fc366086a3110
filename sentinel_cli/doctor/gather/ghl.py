"""GHL, asked one harmless question for each scope; nobody is texted, nothing is stored."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

import stamina

from sentinel_cli.clock import Clock, system_clock
from sentinel_cli.doctor.judge.ghl import Answered, Asked, GhlSeen
from sentinel_cli.doctor.judge.summary import ManagerSeen
from sentinel_cli.domain.model import User
from sentinel_cli.errors import GhlRefused, GhlRejected, GhlUnavailable, SentinelError
from sentinel_cli.ghl.client import GhlClient
from sentinel_cli.ghl.failures import ScopeMissing
from sentinel_cli.phones import masked
from sentinel_cli.ports import ContactCard
from sentinel_cli.settings import Settings
from sentinel_cli.wiring import ghl_of

__all__ = ["ONCE", "WITHIN", "AccountSeen", "once_more", "see_account"]

T = TypeVar("T")

# A person waits for the answer: one try, and no pause that GHL may ask for.
ONCE = stamina.RetryingCaller(attempts=1, timeout=None)
WITHIN = 6.0
_MOMENT = timedelta(minutes=1)
_MOST_COLLEAGUES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSeen:
    """GHL as it answered, each manager as it has them, and how far our clock is ahead of its."""

    ghl: GhlSeen
    managers: Sequence[ManagerSeen] = ()
    skew: timedelta | None = None


def see_account(settings: Settings, clock: Clock = system_clock) -> AccountSeen:
    """One question after another; the first that gets no answer at all ends it, since the others would wait as long."""
    with ghl_of(settings, retrying=ONCE, whole=WITHIN) as client:
        return _Questions(client, settings, clock).asked()


@dataclass(slots=True)
class _Questions:
    client: GhlClient
    settings: Settings
    clock: Clock
    answers: dict[str, Asked] = field(default_factory=dict)
    managers: list[ManagerSeen] = field(default_factory=list)
    is_away: bool = False

    def asked(self) -> AccountSeen:
        client, manager = self.client, next(iter(self.settings.manager_contact_ids), None)
        users = self._ask("users.readonly", client.users)
        skew = self.clock() - client.told_at if client.told_at else None
        threads = self._ask("conversations.readonly", lambda: client.conversations_of(manager or "nobody"))
        self._ask(
            "conversations/message.readonly", lambda: self._messages(threads[0].conversation_id if threads else "")
        )
        for contact_id in self.settings.manager_contact_ids:
            self._manager(contact_id)
        if manager is None and not self.is_away:
            # That GHL knows nobody of that id is an answer too.
            self._card("nobody")
        self._ask("conversations/message.write", client.may_send)
        unknown = [each for each in self.settings.internal_contact_ids[:_MOST_COLLEAGUES] if self._is_unknown(each)]
        seen = GhlSeen(
            asked=self.answers,
            export_withheld=client.fell_back,
            users=len(users or ()),
            unknown_staff=_unknown_staff(self.settings, users),
            unknown_colleagues=unknown,
            left_today=client.left_today,
        )
        return AccountSeen(ghl=seen, managers=self.managers, skew=skew)

    def _messages(self, conversation_id: str) -> None:
        """A minute of the export, as a sweep asks for it; where that is withheld, one conversation read directly."""
        now: datetime = self.clock()
        next(iter(self.client.sweep(now - _MOMENT, now)), None)
        if self.client.fell_back and not conversation_id:
            raise ScopeMissing("GHL refuses the export", status=401)
        if self.client.fell_back:
            self.client.conversation(conversation_id, now)

    def _ask(self, scope: str, question: Callable[[], T]) -> T | None:
        """The answer, None where there was none; under its scope stands what became of the question."""
        if self.is_away:
            return None
        try:
            answer = once_more(question)
        except SentinelError as error:
            self.answers[scope] = Asked(answered=_answered(error), error=error)
            self.is_away = isinstance(error, GhlUnavailable)
            return None
        self.answers[scope] = Asked(answered=Answered.WELL)
        return answer

    def _manager(self, contact_id: str) -> None:
        """Who the manager is, as far as GHL answers."""
        if self.is_away or self._answered("contacts.readonly") in {Answered.NO_SCOPE, Answered.NO_TOKEN}:
            return
        card, error = self._card(contact_id)
        if not isinstance(error, GhlRefused | GhlRejected) or self._answered("contacts.readonly") is Answered.WELL:
            self.managers.append(_seen(contact_id, card, error))

    def _card(self, contact_id: str) -> tuple[ContactCard | None, SentinelError | None]:
        """The contact, or why there is none; that GHL does not know an id says nothing against the scope.

        Where it rejected all else too, GHL_BASE_URL is wrong, and nothing is known of the id.
        """
        card = self._ask("contacts.readonly", lambda: self.client.contact(contact_id))
        error = self.answers["contacts.readonly"].error
        if isinstance(error, GhlRejected) and any(each.answered is Answered.WELL for each in self.answers.values()):
            self.answers["contacts.readonly"] = Asked(answered=Answered.WELL)
        return card, error

    def _answered(self, scope: str) -> Answered | None:
        return self.answers[scope].answered if scope in self.answers else None

    def _is_unknown(self, contact_id: str) -> bool:
        if self.is_away or self._answered("contacts.readonly") is not Answered.WELL:
            return False
        return isinstance(self._card(contact_id)[1], GhlRejected)


def once_more(question: Callable[[], T]) -> T:
    """The answer; a lone 401 of a good token heals when asked again (GHL.md 5)."""
    try:
        return question()
    except ScopeMissing:
        raise
    except GhlRefused as error:
        if error.status != 401:
            raise
    return question()


def _answered(error: SentinelError) -> Answered:
    if isinstance(error, ScopeMissing):
        return Answered.NO_SCOPE
    if isinstance(error, GhlRefused):
        about_location = error.status == 403 or "location" in error.message.casefold()
        return Answered.NO_LOCATION if about_location else Answered.NO_TOKEN
    return Answered.AWAY if isinstance(error, GhlUnavailable) else Answered.STRANGELY


def _unknown_staff(settings: Settings, users: Sequence[User] | None) -> Sequence[str]:
    if not users:
        return ()
    return sorted(settings.internal_user_ids - {user.user_id for user in users})


def _seen(contact_id: str, card: ContactCard | None, error: SentinelError | None) -> ManagerSeen:
    if card is None:
        return ManagerSeen(contact_id=contact_id, error=error)
    return ManagerSeen(
        contact_id=contact_id,
        name=(card.name or "").partition(" ")[0],
        phone=masked(card.phone) if card.phone else "",
        blocked=card.sms_blocked,
    )
