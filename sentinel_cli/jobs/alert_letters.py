"""The letters between summaries: who is to be told of which breach, which texts are written, and under which keys.

Refuses to know what they say, and how a letter reaches a manager.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count

from sentinel_cli.domain.alert_text import Alert, render_alert, render_outage
from sentinel_cli.domain.letters import Letter, LetterState, Slot, alert_key, expires_at, outage_key, slot_instants
from sentinel_cli.domain.model import Issue
from sentinel_cli.domain.sla import is_overdue
from sentinel_cli.domain.summary import Check, SummaryRules, is_snoozed
from sentinel_cli.store import alerts, issues, outbox
from sentinel_cli.store.database import Database

from . import summary_letters
from .fresh_check import orders_are_read

__all__ = ["KIND", "OUTAGE", "AlertLetters", "Breaches"]

KIND = "alert"
OUTAGE = "outage"

_SUMMARY_NEAR = timedelta(minutes=5)
# The last of a slot's lines in deploy/crontab comes after 30 minutes, and takes a while.
_SUMMARY_TRIED_FOR = timedelta(minutes=35)

Breaches = Mapping[str, Sequence[Issue]]
"""By manager the breached issues of which that manager was not told; managers who know all are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertLetters:
    """The alerts that are to be written at `now`, and those that earlier runs have left."""

    db: Database
    managers: Sequence[str]
    rules: SummaryRules
    max_items: int
    now: datetime

    def in_doubt(self) -> list[Letter]:
        """Letters that may be out, and those whose time is over; what is owed still takes a newer text instead.

        That GHL is down is sent again only by a run that finds it so: it may answer by now.
        """
        begun = [letter for letter in self._unfinished(KIND) if letter.state is not LetterState.OWED]
        over = [letter for kind in (KIND, OUTAGE) for letter in self._unfinished(kind) if self.now >= letter.expires_at]
        return list({letter.id: letter for letter in (*begun, *over)}.values())

    def breaches(self) -> Breaches:
        """Who is to be told of what: open, past due, neither snoozed nor spam."""
        waiting = [issue for issue in issues.open_issues(self.db) if is_overdue(issue.due_at, self.now)]
        heard = [issue for issue in waiting if not is_snoozed(issue, self.now)]
        found = {}
        for manager in dict.fromkeys(self.managers):
            told = alerts.told_to(self.db, manager, [issue.id for issue in heard])
            if news := [issue for issue in heard if issue.id not in told]:
                found[manager] = news
        return found

    def due(self) -> Breaches:
        """The breaches that no summary is about to tell."""
        return {manager: news for manager, news in self.breaches().items() if not self.summary_for(manager)}

    def summary_for(self, manager: str) -> Slot | None:
        """The summary that tells the manager instead.

        It begins within five minutes, or has begun less than five minutes ago and is not written yet, or could not be
        sent and is tried again soon.
        """
        on = self.rules.hours.local(self.now).date()
        for slot, begins in slot_instants(on, self.rules.hours.zone).items():
            since = self.now - begins
            if -_SUMMARY_NEAR <= since < _SUMMARY_TRIED_FOR:
                own = [
                    letter
                    for letter in outbox.of_slot(self.db, summary_letters.KIND, on, slot)
                    if letter.contact_id == manager
                ]
                owed = any(each.state is LetterState.OWED and self.now < each.expires_at for each in own)
                if owed or (not own and since < _SUMMARY_NEAR):
                    return slot
        return None

    def drafted(self, due: Breaches, check: Check) -> list[Letter]:
        """Every manager's alert as it would be written."""
        active = orders_are_read(self.db, self.now)
        owed = {letter.contact_id: letter.key for letter in self._owed(KIND)}
        return [
            self._letter(
                KIND,
                owed.get(manager) or alert_key(manager, self.now),
                manager,
                render_alert(
                    Alert(issues=news, check=check, at=self.now, orders_active=active),
                    self.rules,
                    max_items=self.max_items,
                ),
            )
            for manager, news in due.items()
        ]

    def unspelled(self) -> "AlertLetters":
        """The same with names as GHL has them."""
        return replace(self, rules=replace(self.rules, spelled=str))

    def written(self, check: Check) -> list[Letter]:
        """The alerts as they stand in the outbox, each with what it tells of; that GHL was down is told no more.

        Who is told of what is asked and written in one transaction.
        """
        with self.db.transaction():
            due = self.due()
            self.withdraw(answered=True)
            return [self._told(letter, due[letter.contact_id]) for letter in self.drafted(due, check)]

    def _told(self, letter: Letter, news: Sequence[Issue]) -> Letter:
        stands = outbox.owe(self.db, letter)
        alerts.tell(self.db, letter.key, letter.contact_id, [issue.id for issue in news])
        return stands

    def withdraw(self, *, answered: bool = False) -> None:
        """Take back what is owed and has nothing left to tell; where GHL has `answered`, also that it does not.

        Whether that went out is no matter: it is true no more, and would be told late.
        """
        keep = self.breaches()
        for letter in self._owed(KIND):
            if letter.contact_id not in keep:
                outbox.withdraw(self.db, letter)
        for letter in self._unfinished(OUTAGE):
            if letter.contact_id not in keep or answered:
                outbox.supersede(self.db, letter)

    def outage_drafted(self, due: Breaches, check: Check, since: datetime) -> list[Letter]:
        """That GHL does not answer, for every manager who would be told of a breach."""
        return [
            self._letter(OUTAGE, outage_key(manager, since), manager, render_outage(news, check, self.now, self.rules))
            for manager, news in due.items()
        ]

    def outage_written(self, due: Breaches, check: Check, since: datetime) -> list[Letter]:
        """These as they stand in the outbox: one for each outage and manager; another where that came to nothing."""
        with self.db.transaction():
            return [self._standing(letter) for letter in self.outage_drafted(due, check, since)]

    def _standing(self, letter: Letter) -> Letter:
        stands, number = outbox.owe(self.db, letter), count(2)
        while stands.state is LetterState.EXPIRED:
            stands = outbox.owe(self.db, replace(letter, key=f"{letter.key}:{next(number)}"))
        return stands

    def _letter(self, kind: str, key: str, manager: str, body: str) -> Letter:
        hours = self.rules.hours
        return Letter(
            key=key,
            kind=kind,
            slot=None,
            on=hours.local(self.now).date(),
            contact_id=manager,
            body=body,
            as_of=self.now,
            created_at=self.now,
            expires_at=expires_at(None, self.now, hours.zone),
        )

    def _unfinished(self, kind: str) -> list[Letter]:
        """Those to who is a manager today; what was owed to others is not sent any more."""
        return [letter for letter in outbox.unfinished(self.db, kind) if letter.contact_id in self.managers]

    def _owed(self, kind: str) -> list[Letter]:
        return [letter for letter in self._unfinished(kind) if letter.state is LetterState.OWED]
