"""The letters of one slot on one local date: which there are, which are written, and under which keys.

Refuses to know what the summary says, and how a letter reaches a manager.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from sentinel_cli.domain.instants import instant
from sentinel_cli.domain.letters import SLOT_TIMES, Letter, LetterState, Slot, expires_at, summary_key
from sentinel_cli.domain.sla import is_overdue
from sentinel_cli.domain.summary import Summary, SummaryRules
from sentinel_cli.domain.summary_text import render
from sentinel_cli.store import alerts, kv, outbox
from sentinel_cli.store.database import Database

from .deliver_outbox import last_key

__all__ = ["KIND", "SlotLetters"]

KIND = "summary"


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotLetters:
    """The letters of `slot` on the local date of `now`. A `forced` run writes another where the first is out."""

    db: Database
    managers: Sequence[str]
    rules: SummaryRules
    max_items: int
    slot: Slot
    forced: bool
    now: datetime

    @property
    def on(self) -> date:
        """The local date."""
        return self.rules.hours.local(self.now).date()

    def there(self) -> Sequence[Letter]:
        """Those to who is a manager today; what was owed to others is not sent any more."""
        return [
            letter for letter in outbox.of_slot(self.db, KIND, self.on, self.slot) if letter.contact_id in self.managers
        ]

    def unfinished_elsewhere(self) -> list[Letter]:
        """Letters that an earlier slot or day left unfinished."""
        return [
            letter
            for letter in outbox.unfinished(self.db, KIND)
            if (letter.on, letter.slot) != (self.on, self.slot) and letter.contact_id in self.managers
        ]

    def can_take_newer_text(self) -> bool:
        """Whether some manager's letter of the slot is not written, or owed still."""
        written = {letter.contact_id: letter for letter in self.there()}
        return not all(m in written and written[m].state is not LetterState.OWED for m in self.managers)

    def drafted(self, summary: Summary) -> list[Letter]:
        """Every manager's letter as it would be written."""
        return [self._letter(summary, manager) for manager in self.managers]

    def written(self, summary: Summary) -> list[Letter]:
        """Every manager's letter as it stands in the outbox: a new one, or the one owed already, with the new text.

        All of them or, where this run dies, none: whoever has one is told when it was not sent. What a letter lists or
        counts as overdue, it tells of.
        """
        overdue = [issue.id for issue in summary.accused if is_overdue(issue.due_at, summary.edition.at)]
        with self.db.transaction():
            return [self._owed(letter, overdue) for letter in self.drafted(summary)]

    def _owed(self, letter: Letter, overdue: Sequence[int]) -> Letter:
        stands = outbox.owe(self.db, letter)
        for other in self.there():
            # Its stale text would follow the one that takes its place.
            if self.forced and other.contact_id == letter.contact_id and other.id != stands.id:
                outbox.supersede(self.db, other)
        if stands.body == letter.body and not stands.state.is_final:
            alerts.tell(self.db, letter.key, letter.contact_id, overdue)
        return stands

    def unspelled(self, summary: Summary) -> list[Letter]:
        """The letters with names as GHL has them."""
        return replace(self, rules=replace(self.rules, spelled=str)).drafted(summary)

    def _letter(self, summary: Summary, manager: str) -> Letter:
        missed = [*outbox.missed(self.db, KIND, manager, self.now), *self._never_written()]
        key = self._key(manager)
        again = key != summary_key(self.on, self.slot, manager)
        summary = replace(summary, edition=replace(summary.edition, again=again))
        letter = Letter(
            key=key,
            kind=KIND,
            slot=self.slot,
            on=self.on,
            contact_id=manager,
            body=render(summary, self.rules, max_items=self.max_items, missed=missed),
            as_of=self.now,
            created_at=self.now,
            expires_at=expires_at(self.slot, self.now, self.rules.hours.zone),
        )
        return letter if again or not self._is_forgotten() else self._in_doubt(letter)

    def _key(self, manager: str) -> str:
        """Which letter the text is for: the one still owed, so that a forced run does not leave it to be sent as well.

        A forced run writes another one only where the slot's own is sent, or nobody knows, or it came too late.
        """
        own = [letter for letter in self.there() if letter.contact_id == manager]
        owed = [letter for letter in own if letter.state is LetterState.OWED and self.now < letter.expires_at]
        if owed:
            return owed[-1].key
        return summary_key(self.on, self.slot, manager, forced_at=self.now if self.forced and own else None)

    def _never_written(self) -> list[tuple[date, Slot]]:
        """Slots of today since the last summary without any letter, as when every run of theirs died.

        Not before the very first summary: who installs at noon has missed no morning.
        """
        last = kv.get_instant(self.db, last_key(KIND))
        if last is None:
            return []
        said = self.rules.hours.local(last)
        told_until = said.time() if said.date() == self.on else time()
        earlier = [slot for slot, at in SLOT_TIMES.items() if told_until < at < SLOT_TIMES[self.slot]]
        return [(self.on, slot) for slot in earlier if not outbox.of_slot(self.db, KIND, self.on, slot)]

    def _is_forgotten(self) -> bool:
        """Whether a database that is lost may have sent this slot's letters: the backup in its place cannot know."""
        forgotten_at = kv.get_instant(self.db, kv.LETTERS_FORGOTTEN)
        if forgotten_at is None:
            return False
        local = self.rules.hours.local(forgotten_at)
        return local.date() == self.on and local.time() >= SLOT_TIMES[self.slot]

    def _in_doubt(self, letter: Letter) -> Letter:
        """As after a claim whose end nobody knows: it is looked for before it is sent."""
        midnight = datetime.combine(self.on, time(), self.rules.hours.zone)
        return replace(letter, state=LetterState.UNKNOWN, claimed_at=instant(midnight))
