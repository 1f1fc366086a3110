"""The account a script writes into and the routes read from; refuses to know HTTP and the answers on the wire."""

import hashlib
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Literal, Unpack

from sentinel_cli.clock import Clock, system_clock
from sentinel_cli.domain.instants import instant

from . import bodies
from .account import Account
from .faults import FaultBoard
from .limits import RateLimit
from .rows import (
    Contact,
    ContactFields,
    Conversation,
    Draft,
    Location,
    Row,
    RowChanges,
    RowFields,
    Seen,
    TextFields,
    User,
)

__all__ = ["World"]


class World:
    """One sub-account in memory, safe to use from several threads; each method that writes returns the stored value.

    `clock` gives aware UTC. `rate_limit` is off with `RateLimit(None)`. `export_dates` says what the export's
    startDate and endDate mean, which the vendor does not. `seed` fills a new or reset account. Ids follow from
    `first_number`: two worlds that give out the same ids are the same account to whoever remembers them.
    """

    def __init__(
        self,
        *,
        location: Location | None = None,
        clock: Clock = system_clock,
        rate_limit: RateLimit | None = None,
        export_dates: Literal["created", "updated"] = "created",
        seed: "Callable[[World], object] | None" = None,
        first_number: int = 1,
    ) -> None:
        self.location = location or Location()
        self.rate_limit = rate_limit or RateLimit()
        self.export_dates = export_dates
        self.lock = threading.RLock()
        self._clock = clock
        self._seed = seed
        self._first_number = first_number
        self.reset()

    @classmethod
    def sample(cls, clock: Clock = system_clock, rate_limit: RateLimit | None = None, first_number: int = 1) -> "World":
        """A small pool company: two managers, three users, five customers, no history (names and phones invented)."""
        from .sample import furnish

        return cls(clock=clock, rate_limit=rate_limit, seed=furnish, first_number=first_number)

    def reset(self) -> None:
        """The account as it was at first: seeded, no faults, no log, the clock running."""
        with self.lock:
            self._numbers = count(self._first_number)
            self._held_at: datetime | None = None
            self.account = Account()
            self.faults = FaultBoard()
            self.snapshots: dict[str, tuple[Row, ...]] = {}
            self._requests: list[Seen] = []
            self.rate_limit.reset()
            if self._seed is not None:
                self._seed(self)

    # The clock.

    def now(self) -> datetime:
        """The account's time, aware UTC."""
        return self._held_at or instant(self._clock())

    def hold_clock(self, at: datetime | None) -> datetime:
        """The account's time, which stands still at `at`; None lets it run again."""
        self._held_at = None if at is None else instant(at)
        return self.now()

    def advance(self, by: timedelta) -> datetime:
        """The account's time, which stands still, later by `by`."""
        return self.hold_clock(self.now() + by)

    # People.

    def add_contact(self, name: str, phone: str | None = None, **fields: Unpack[ContactFields]) -> Contact:
        """A new contact, without a conversation."""
        with self.lock:
            fields.setdefault("contact_id", self.new_id("CTC"))
            fields.setdefault("added_at", self.now())
            contact = Contact(name=name, phone=phone, **fields)
            self.account.contacts[contact.contact_id] = contact
            return contact

    def add_user(self, name: str, user_id: str | None = None) -> User:
        """A new person with a login."""
        with self.lock:
            user = User(user_id=user_id or self.new_id("USR"), name=name)
            self.account.users[user.user_id] = user
            return user

    def add_conversation(
        self, contact_id: str, kind: str = "TYPE_PHONE", at: datetime | None = None, conversation_id: str | None = None
    ) -> Conversation:
        """A new thread of a contact, beside those it has."""
        with self.lock:
            contact = self.account.contact(contact_id)
            thread = Conversation(
                conversation_id=conversation_id or self.new_id("CNV"),
                contact_id=contact.contact_id,
                added_at=instant(at) if at else self.now(),
                kind=kind,
            )
            self.account.conversations[thread.conversation_id] = thread
            return thread

    def merge_contacts(self, gone: str, into: str) -> Contact:
        """The contact that survives GHL's merge; the other's conversations and rows are now its own."""
        with self.lock:
            return self.account.merge(gone, into)

    # What customers do.

    def inbound_text(self, contact_id: str, text: str, **fields: Unpack[TextFields]) -> Row:
        """A text from the customer."""
        return self._add(contact_id, Draft(direction="inbound", kind="TYPE_SMS", text=text), fields)

    def inbound_call(
        self, contact_id: str, status: str = "no-answer", duration: int | None = 0, **fields: Unpack[RowFields]
    ) -> Row:
        """A call from the customer; missed unless `status` says otherwise. Like GHL's, it names no user."""
        call = Draft(direction="inbound", kind="TYPE_CALL", status=status, duration=duration)
        return self._add(contact_id, call, {"status": status, **fields})

    def voicemail(self, contact_id: str, duration: int | None = 21, **fields: Unpack[RowFields]) -> Row:
        """A call that ended on the location's voicemail: a call row here, type 10 in the app webhook (GHL.md 6)."""
        return self.inbound_call(contact_id, "voicemail", duration, **fields)

    def reaction(self, contact_id: str, text: str, **fields: Unpack[TextFields]) -> Row:
        """A tapback on one of our texts."""
        return self._add(contact_id, Draft(direction="inbound", kind="TYPE_SMS_REACTION", text=text), fields)

    def inbound_email(self, contact_id: str, text: str, **fields: Unpack[TextFields]) -> Row:
        """An e-mail from the customer, in a conversation of its own kind."""
        return self._add(contact_id, Draft(direction="inbound", kind="TYPE_EMAIL", text=text), fields)

    # What the company does.

    def staff_text(self, contact_id: str, user_id: str | None, text: str, **fields: Unpack[TextFields]) -> Row:
        """A text that a person typed in GHL."""
        typed = Draft(direction="outbound", kind="TYPE_SMS", text=text, source="app", user_id=user_id)
        return self._add(contact_id, typed, fields)

    def staff_call(
        self,
        contact_id: str,
        user_id: str | None,
        status: str = "completed",
        duration: int | None = None,
        **fields: Unpack[RowFields],
    ) -> Row:
        """A call that a person made from GHL; its duration is null unless given."""
        call = Draft(
            direction="outbound", kind="TYPE_CALL", status=status, source="app", user_id=user_id, duration=duration
        )
        return self._add(contact_id, call, {"status": status, **fields})

    def automation_text(
        self,
        contact_id: str,
        text: str = "Sorry we missed your call!",
        user_id: str | None = None,
        **fields: Unpack[TextFields],
    ) -> Row:
        """A text by a workflow, by default GHL's Missed Call Text Back; it may name the contact's assigned user."""
        sent = Draft(direction="outbound", kind="TYPE_SMS", text=text, source="workflow", user_id=user_id)
        return self._add(contact_id, sent, fields)

    def activity(self, contact_id: str, text: str = "Opportunity updated", **fields: Unpack[TextFields]) -> Row:
        """An activity row; GHL calls it outbound, though nobody was told anything."""
        return self._add(contact_id, Draft(direction="outbound", kind="TYPE_ACTIVITY_OPPORTUNITY", text=text), fields)

    def internal_comment(self, contact_id: str, user_id: str | None, text: str, **fields: Unpack[TextFields]) -> Row:
        """A comment that only users see; outbound all the same."""
        comment = Draft(direction="outbound", kind="TYPE_INTERNAL_COMMENT", text=text, source="app", user_id=user_id)
        return self._add(contact_id, comment, fields)

    def api_text(self, contact_id: str, text: str, **fields: Unpack[TextFields]) -> Row:
        """A text sent through the API: pending, source `api`, no user; it is counted among the sent texts."""
        sent = Draft(direction="outbound", kind="TYPE_SMS", status="pending", text=text, source="api")
        with self.lock:
            row = self._add(contact_id, sent, fields)
            self.account.sent_ids.append(row.message_id)
            return row

    def update_message(self, message_id: str, at: datetime | None = None, **changes: Unpack[RowChanges]) -> Row:
        """The row after a change; its dateUpdated is `at` (now), and always later than its dateAdded."""
        with self.lock:
            row = self.account.row(message_id)
            updated_at = max(instant(at) if at else self.now(), row.at + timedelta(milliseconds=1))
            return self.account.put(replace(row, updated_at=updated_at, **changes))

    # What happened, for assertions and scripts.

    @property
    def sent_texts(self) -> list[Row]:
        """Every text sent through the API, oldest first, as it is now."""
        with self.lock:
            return [self.account.row(message_id) for message_id in self.account.sent_ids]

    @property
    def requests(self) -> list[Seen]:
        """Every request that reached the API, oldest first."""
        with self.lock:
            return list(self._requests)

    def log_request(self, seen: Seen) -> None:
        """Remember a request."""
        with self.lock:
            self._requests.append(seen)

    def workflow_body(self, row: Row, secret: str | None = None) -> dict[str, object]:
        """The body the free workflow action would post for an inbound row (GHL.md 2)."""
        with self.lock:
            return bodies.workflow_body(self.location, self.account.contact_of(row), row, secret)

    def app_body(self, row: Row) -> dict[str, object]:
        """The body a marketplace app's webhook would post for a row as it is (GHL.md 3)."""
        with self.lock:
            return bodies.app_body(self.location, self.account.contact_of(row), row, self.now())

    def new_id(self, prefix: str) -> str:
        """A new id of 20 characters; like GHL's it tells nothing of its age."""
        number = next(self._numbers)
        return prefix + hashlib.sha256(f"{prefix}{number}".encode()).hexdigest()[:17]

    def _add(self, contact_id: str, draft: Draft, fields: TextFields) -> Row:
        with self.lock:
            at = instant(fields["at"]) if "at" in fields else self.now()
            kind = fields.get("kind", draft.kind)
            row = Row(
                message_id=fields.get("message_id") or self.new_id("MSG"),
                conversation_id=self._thread(contact_id, kind, at, fields.get("conversation_id")),
                contact_id=contact_id,
                kind=kind,
                direction=draft.direction,
                status=fields.get("status", draft.status),
                at=at,
                updated_at=at,
                text=draft.text,
                source=fields.get("source", draft.source),
                user_id=draft.user_id,
                duration=draft.duration,
                attachments=fields.get("attachments", ()),
                revealed_at=fields.get("revealed_at"),
            )
            return self.account.put(row)

    def _thread(self, contact_id: str, kind: str, at: datetime, wanted: str | None) -> str:
        threads = self.account.conversations_of(contact_id)
        if wanted is not None:
            if wanted not in {thread.conversation_id for thread in threads}:
                raise ValueError(f"{wanted} is no conversation of {contact_id}")
            return wanted
        sort = "TYPE_EMAIL" if kind == "TYPE_EMAIL" else "TYPE_PHONE"
        thread = next((each for each in threads if each.kind == sort), None)
        return (thread or self.add_conversation(contact_id, sort, at)).conversation_id
