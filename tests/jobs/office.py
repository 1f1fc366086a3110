"""A morning with letters to two managers, over a store in memory and a GHL in memory."""

from contextlib import suppress
from datetime import date, timedelta

from sentinel_cli.domain.letters import Letter, Slot, summary_key
from sentinel_cli.errors import (
    GhlRefused,
    GhlRejected,
    GhlShapeUnknown,
    GhlUnavailable,
    SendOutcomeUnknown,
)
from sentinel_cli.jobs.deliver_outbox import DeliveryReport, deliver
from sentinel_cli.store import outbox
from sentinel_cli.store.database import Database
from tests.builders import MONDAY, at
from tests.fakes import Crash, FakeClock, FakeGhl

CASEY, MORGAN = "CTCcasey", "CTCmorgan"
BODY = "Sentinel, morning, Mon Nov 23\nNobody is waiting."
MINUTE = timedelta(minutes=1)
DND = GhlRejected("Cannot send message as DND is active for SMS.", status=400)
REFUSED = GhlRefused("401 Invalid Private Integration token", status=401)
DOWN = GhlUnavailable("no connection to GoHighLevel")
TIMED_OUT = SendOutcomeUnknown("ReadTimeout, the text may have been sent")
STRANGE = GhlShapeUnknown("conversations is missing", field="conversations")


class Office:
    """The morning's letters to two managers, and the runs that deliver them."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.clock = FakeClock(MONDAY)
        self.ghl = FakeGhl(self.clock)
        self.letters = [outbox.owe(db, letter(contact)) for contact in (CASEY, MORGAN)]

    def run(self, minutes: float = 0) -> DeliveryReport:
        """A run that starts so many minutes after 8:00."""
        self.clock.at = at(minutes)
        return deliver(self.db, self.ghl, self.letters, self.clock)

    def die(self) -> None:
        with suppress(Crash):
            self.run()

    def casey(self) -> Letter:
        return outbox.one(self.db, self.letters[0].id)

    def states(self) -> list[str]:
        return [outbox.one(self.db, each.id).state.value for each in self.letters]

    def texted(self) -> list[str]:
        return [out.contact_id for out in self.ghl.sent]


def letter(contact: str) -> Letter:
    on = date(2026, 11, 23)
    return Letter(
        key=summary_key(on, Slot.MORNING, contact),
        kind="summary",
        slot=Slot.MORNING,
        on=on,
        contact_id=contact,
        body=BODY,
        as_of=MONDAY,
        created_at=MONDAY,
        expires_at=at(120),
    )
