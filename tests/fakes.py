"""GHL in memory, as the jobs see it, with faults to order: before an effect, after it, and shown late."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sentinel_cli.domain.model import Report, User
from sentinel_cli.ports import ContactCard, Conversation, Sent, SentText


class Crash(BaseException):
    """The process dies here; nothing of ours may catch it."""


class FakeClock:
    """A clock that stands still until it is moved."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def move(self, by: timedelta) -> None:
        self.at += by


@dataclass(frozen=True, slots=True, kw_only=True)
class OutText:
    """A text that GHL has accepted from us."""

    message_id: str
    contact_id: str
    conversation_id: str | None
    text: str
    at: datetime


class FakeGhl:
    """The port `Ghl` over lists: fill `reports`, `threads`, `cards` and `people`; read `sent` and `calls`.

    `fail("send_text", error)` makes the next call of a method raise before it does anything, `after=True` when it has
    done it; faults queue up. A text is shown to `texts_sent_to` only `lag` after it was sent.
    """

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.reports: list[Report] = []
        self.threads: list[Conversation] = []
        self.cards: dict[str, ContactCard] = {}
        self.people: list[User] = []
        self.sent: list[OutText] = []
        self.calls: list[tuple[str, str]] = []
        self.lag = timedelta()
        self._faults: dict[str, deque[tuple[BaseException, bool]]] = {}

    def fail(self, method: str, error: BaseException, *, after: bool = False, times: int = 1) -> None:
        self._faults.setdefault(method, deque()).extend([(error, after)] * times)

    def sweep(self, since: datetime, until: datetime) -> Iterator[Sequence[Report]]:
        fault = self._called("sweep", "")
        yield sorted((report for report in self.reports if since <= report.at < until), key=lambda report: report.at)
        _raise(fault)

    def conversation(self, conversation_id: str, since: datetime) -> Sequence[Report]:
        fault = self._called("conversation", conversation_id)
        found = [r for r in self.reports if r.conversation_id == conversation_id and r.at >= since]
        _raise(fault)
        return sorted(found, key=lambda report: report.at)

    def conversations_of(self, contact_id: str) -> Sequence[Conversation]:
        fault = self._called("conversations_of", contact_id)
        _raise(fault)
        return [thread for thread in self.threads if thread.contact_id == contact_id]

    def conversations_with(self, phone: str) -> Sequence[Conversation]:
        fault = self._called("conversations_with", phone)
        _raise(fault)
        return [thread for thread in self.threads if thread.phone == phone]

    def contact(self, contact_id: str) -> ContactCard:
        fault = self._called("contact", contact_id)
        _raise(fault)
        unknown = ContactCard(contact_id=contact_id, name=None, phone=None, sms_blocked=False)
        return self.cards.get(contact_id, unknown)

    def users(self) -> Sequence[User]:
        fault = self._called("users", "")
        _raise(fault)
        return list(self.people)

    def send_text(self, contact_id: str, conversation_id: str | None, text: str) -> Sent:
        fault = self._called("send_text", contact_id)
        out = OutText(
            message_id=f"MSGout{len(self.sent) + 1}",
            contact_id=contact_id,
            conversation_id=conversation_id,
            text=text,
            at=self.clock(),
        )
        self.sent.append(out)
        _raise(fault)
        return Sent(message_id=out.message_id, conversation_id=conversation_id)

    def texts_sent_to(self, contact_id: str, since: datetime) -> Sequence[SentText]:
        fault = self._called("texts_sent_to", contact_id)
        shown_before = self.clock() - self.lag
        found = [
            SentText(message_id=out.message_id, at=out.at, text=out.text, outcome="delivered")
            for out in self.sent
            if out.contact_id == contact_id and since <= out.at <= shown_before
        ]
        _raise(fault)
        return found

    def called(self, method: str) -> int:
        """How often a method was called."""
        return sum(name == method for name, _ in self.calls)

    def _called(self, method: str, subject: str) -> BaseException | None:
        """Note the call; raise what is to come before its effect, give back what is to come after it."""
        self.calls.append((method, subject))
        queue = self._faults.get(method)
        error, after = queue.popleft() if queue else (None, True)
        if not after:
            _raise(error)
        return error


def _raise(error: BaseException | None) -> None:
    if error is not None:
        raise error
