"""Letters go out: each claimed, sent once, its message id stored, in that order, and looked for when nobody knows.

Shared by the jobs that write letters; refuses to know what the letters say.

A crash between any two steps leaves a claim that runs out; the next run looks in the manager's conversation before
it sends again (DESIGN, send-summary). Errors of one letter do not stop the others, but a refusal (401, 403) does.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from sentinel_cli.clock import Clock
from sentinel_cli.domain.letters import (
    LOOKS_APART,
    LOOKS_NEEDED,
    Letter,
    LetterState,
    Slot,
    Step,
    is_text_of,
    look_since,
    next_step,
)
from sentinel_cli.domain.sms import segments
from sentinel_cli.errors import (
    GhlRefused,
    GhlRejected,
    GhlShapeUnknown,
    GhlUnavailable,
    Incomplete,
    Misconfigured,
    SendOutcomeUnknown,
    SentinelError,
    StoreProblem,
)
from sentinel_cli.log import EventName, event
from sentinel_cli.ports import Ghl, SentText
from sentinel_cli.store import alerts, kv, outbox
from sentinel_cli.store.database import Database

__all__ = ["DeliveryReport", "deliver", "deliver_left_over", "last_key", "problem_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryReport:
    """What became of the letters, each as it is now.

    `sent`, `found` (by a look), `refused` and `expired` happened in this run; `over` were final before it. `owed`,
    `unknown` and `claimed` (leased, perhaps by a run that died) are left for the next one.
    """

    sent: tuple[Letter, ...] = ()
    found: tuple[Letter, ...] = ()
    refused: tuple[Letter, ...] = ()
    owed: tuple[Letter, ...] = ()
    unknown: tuple[Letter, ...] = ()
    claimed: tuple[Letter, ...] = ()
    expired: tuple[Letter, ...] = ()
    over: tuple[Letter, ...] = ()

    def __add__(self, other: "DeliveryReport") -> "DeliveryReport":
        """Both reports as one."""
        return DeliveryReport(**{f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(self)})

    @property
    def accepted(self) -> tuple[Letter, ...]:
        """Those that GHL has accepted, as this run knows."""
        return self.sent + self.found

    @property
    def exit_code(self) -> int:
        """75 while a manager may still have to get something, or got nothing in time; 69 when GHL refused a manager
        in this run; 0 when all is done, a manager refused in an earlier run included.
        """
        too_late = any(letter.state is LetterState.EXPIRED for letter in self.over)
        if self.owed or self.unknown or self.claimed or self.expired or too_late:
            return Incomplete.exit_code
        return GhlRejected.exit_code if self.refused else 0

    def problems(self) -> list[str]:
        """A line for each letter that did not get through, for the operator."""
        left = (*self.refused, *self.expired, *self.owed, *self.unknown, *self.claimed)
        before = [letter for letter in self.over if letter.state is not LetterState.SENT]
        return [_problem(letter) for letter in (*left, *before)]


def _problem(letter: Letter) -> str:
    if letter.state is LetterState.UNKNOWN and letter.looks:
        why = f": not found in {letter.looks} of {LOOKS_NEEDED} looks, {LOOKS_APART.seconds // 60} minutes apart"
    else:
        why = f": {letter.error}" if letter.error else ""
    return f"letter {letter.id} ({letter.key}) {letter.state}{why}"


def problem_of(delivery: DeliveryReport, what: str) -> SentinelError | None:
    """What a manager did not get, as the error that the run ends with; `what` names the letters."""
    told = "; ".join(delivery.problems())
    if delivery.exit_code == Incomplete.exit_code:
        return Incomplete(f"not every manager has {what}: {told}", advice="the next run takes it up")
    if delivery.exit_code:
        return GhlRejected(
            f"a manager cannot be texted: {told}", status=400, advice="look at DND and the phone of that contact"
        )
    return None


_FINAL = frozenset({400, 422})


def last_key(kind: str, slot: Slot | None = None) -> str:
    """The watermark that a letter's acceptance moves: `last_summary_ts`, and `last_summary_ts:morning` for its slot."""
    return f"last_{kind}_ts:{slot}" if slot else f"last_{kind}_ts"


def deliver(db: Database, ghl: Ghl, letters: Iterable[Letter], clock: Clock, *, again: bool = True) -> DeliveryReport:
    """Take each letter as far as it goes now. `clock` is read at every step, since leases are about real time.

    One that two complete looks have not found is sent `again`, or else is owed again: for its facts may be old.
    Raises GhlRefused or Misconfigured, after giving the letter back: the others would fare no better. Whatever ends it
    early, the letters that have not come to their end are told one by one.
    """
    report, left = DeliveryReport(), list(letters)
    try:
        while left:
            report += _Delivery(db, ghl, clock, outbox.one(db, left[0].id), again=again).report()
            del left[0]
    except BaseException:
        for letter in (*report.owed, *report.unknown, *report.claimed, *left):
            event("letter.unfinished", level=logging.ERROR, letter=letter.id, key=letter.key)
        raise
    return report


def deliver_left_over(
    db: Database, ghl: Ghl, letters: Sequence[Letter], clock: Clock, *, again: bool = True
) -> DeliveryReport:
    """The same for letters of earlier runs. A refusal is not the end here: it comes again with what is to be sent."""
    try:
        return deliver(db, ghl, letters, clock, again=again)
    except (GhlRefused, Misconfigured) as error:
        event("request.failed", what="letter", error=type(error).__name__)
        left = [outbox.one(db, letter.id) for letter in letters]
        return DeliveryReport(unknown=tuple(letter for letter in left if not letter.state.is_final))


class _Delivery:
    """One letter on its way; every change of it is a transaction of its own."""

    def __init__(self, db: Database, ghl: Ghl, clock: Clock, letter: Letter, *, again: bool) -> None:
        self.db = db
        self.again = again
        self.ghl = ghl
        self.clock = clock
        self.letter = letter
        self.conversation_id: str | None = None
        self.found = False

    def report(self) -> DeliveryReport:
        """Take steps until none is left for this run."""
        if self.letter.state.is_final:
            return DeliveryReport(over=(self.letter,))
        while self._step(next_step(self.letter, self.clock())):
            self._read()
        self._read()
        return DeliveryReport(**{"found" if self.found else self.letter.state: (self.letter,)})

    def _step(self, step: Step) -> bool:
        """Whether there may be more to do at once."""
        match step:
            case Step.SEND_AGAIN if not self.again:
                with self.db.transaction():
                    outbox.take_back(self.db, self.letter, self.clock())
            case Step.CLAIM | Step.SEND_AGAIN:
                return self._claim() and self._send()
            case Step.LOOK:
                return self._look()
            case Step.EXPIRE:
                self._expire()
        return False

    def _claim(self) -> bool:
        # Before the claim, for a slow read must not use up the lease.
        self.conversation_id = self._newest_conversation()
        with self.db.transaction():
            claimed = outbox.claim(self.db, self.letter, self.clock())
        self._read()
        if claimed:
            self._tell("letter.claimed", attempt=self.letter.attempts)
        return claimed

    def _newest_conversation(self) -> str | None:
        """Where to send it; without one GHL finds it by the contact, so that no failure here stops a letter."""
        try:
            conversations = self.ghl.conversations_of(self.letter.contact_id)
        except (Incomplete, GhlRejected, GhlRefused, GhlShapeUnknown):
            return None
        return conversations[0].conversation_id if conversations else None

    def _send(self) -> bool:
        """Send the claimed letter once; True when it must be looked for, which can begin at once."""
        try:
            sent = self.ghl.send_text(self.letter.contact_id, self.conversation_id, self.letter.body)
        except SendOutcomeUnknown as error:
            self._change(outbox.mark_unknown, error)
            self._tell("letter.doubted", level=logging.WARNING)
            return True
        except GhlRejected as error:
            # DND, a landline or no phone (GHL.md 4) will be so next time; another endpoint or version need not.
            final = error.status in _FINAL
            self._change(outbox.mark_refused if final else outbox.give_back, error)
            self._tell("letter.refused", level=logging.ERROR, status=error.status)
        except GhlUnavailable as error:
            self._change(outbox.give_back, error)
        except (GhlRefused, Misconfigured) as error:
            self._change(outbox.give_back, error)
            raise
        else:
            self._accept(sent.message_id, sent.conversation_id or self.conversation_id, self.clock())
            self._tell("letter.sent", segments=segments(self.letter.body).segments)
        return False

    def _look(self) -> bool:
        """Read the manager's conversations; True when the letter is not there and may be due to be sent again."""
        try:
            texts = self.ghl.texts_sent_to(self.letter.contact_id, look_since(self.letter))
        except (Incomplete, GhlRejected, GhlShapeUnknown) as error:
            self._change(outbox.record_failed_look, error)
            return False
        except GhlRefused as error:
            self._change(outbox.record_failed_look, error)
            raise
        text = next(filter(self._is_ours, texts), None)
        if text is None:
            with self.db.transaction():
                return outbox.record_look(self.db, self.letter, self.clock())
        self.found = True
        self._accept(text.message_id, None, text.at)
        self._tell("letter.found")
        return False

    def _is_ours(self, text: SentText) -> bool:
        """Whether it is this letter's text: two that were forced in one minute begin alike, and each has its own."""
        ours = is_text_of(self.letter, text.at, text.text)
        return ours and not outbox.is_text_of_another(self.db, self.letter, text.message_id)

    def _accept(self, message_id: str, conversation_id: str | None, at: datetime) -> None:
        """Store that GHL has it, and move the watermarks of its kind, in one transaction."""
        try:
            with self.db.transaction():
                outbox.mark_sent(self.db, self.letter, message_id=message_id, conversation_id=conversation_id, at=at)
                alerts.mark_notified(self.db, self.letter.key, at)
                for key in {last_key(self.letter.kind), last_key(self.letter.kind, self.letter.slot)}:
                    last = kv.get_instant(self.db, key)
                    # One that lies ahead is of a clock that was wrong.
                    if last is None or last < self.letter.as_of or last > self.clock():
                        kv.put_instant(self.db, key, self.letter.as_of)
        except StoreProblem:
            # The next run finds it by looking.
            self._tell("letter.unmarked", level=logging.ERROR)
            raise

    def _expire(self) -> None:
        with self.db.transaction():
            expired = outbox.expire(self.db, self.letter, self.clock())
        if expired:
            self._tell("letter.expired", level=logging.ERROR)

    def _read(self) -> None:
        self.letter = outbox.one(self.db, self.letter.id)

    def _change(self, change: Callable[[Database, Letter, str], bool], error: SentinelError) -> None:
        with self.db.transaction():
            change(self.db, self.letter, str(error))

    def _tell(self, name: EventName, *, level: int = logging.INFO, **fields: int) -> None:
        letter = self.letter
        event(name, level=level, letter=letter.id, kind=letter.kind, slot=letter.slot, **fields)
