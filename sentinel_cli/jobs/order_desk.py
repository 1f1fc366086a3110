"""One order carried out: who may, what it does, what is answered; all in one transaction, and once for each message.

Refuses to know how orders are found, and how their answers are sent.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sentinel_cli.domain.ledger import Rules
from sentinel_cli.domain.letters import Letter
from sentinel_cli.domain.model import Direction, Issue, Report
from sentinel_cli.domain.order_text import (
    MANAGERS_ONLY,
    TOO_LATE,
    answer_text,
    help_text,
    issue_text,
    mistake_text,
    moment_text,
    page_of,
    undo_text,
)
from sentinel_cli.domain.orders import STALE_AFTER, Mistake, Order, Verb, order_of
from sentinel_cli.domain.snooze import until_typed
from sentinel_cli.domain.summary import SummaryRules
from sentinel_cli.domain.summary_text import customer_of
from sentinel_cli.domain.timeline import ActionKind
from sentinel_cli.errors import NoSuchIssue
from sentinel_cli.store import issues, kv, orders, outbox
from sentinel_cli.store.database import Database
from sentinel_cli.triage import Done, Intent, Refusal, judge, perform
from sentinel_cli.triage_words import Words, opposite, what_changed, why_not

from . import check
from .order_agenda import KIND

__all__ = ["Desk", "answer_key", "is_from_phone"]

_LIFETIME = timedelta(hours=2)
_NEWEST = 50
_MOST_OPENED = 2

_KINDS = {
    Verb.RESOLVE: ActionKind.RESOLVE,
    Verb.REOPEN: ActionKind.REOPEN,
    Verb.SPAM: ActionKind.SPAM,
    Verb.UNSPAM: ActionKind.UNSPAM,
    Verb.NOTE: ActionKind.NOTE,
    Verb.SNOOZE: ActionKind.SNOOZE,
    Verb.UNSNOOZE: ActionKind.UNSNOOZE,
}


def answer_key(message_id: str) -> str:
    """The unique key of the answer to an order; while it is in the outbox, the order is not carried out again."""
    return f"{KIND}:{message_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Where orders are carried out at `now`. `link` leads to a conversation in GHL, None where it has none."""

    db: Database
    now: datetime
    managers: Sequence[str]
    rules: Rules
    words: SummaryRules
    link: Callable[[str | None], str | None]

    def answered(self, report: Report) -> Letter | None:
        """The answer to a text of an internal contact, as it stands in the outbox after the order is carried out.

        None where it is no order, or was answered before. The order, what it changes, and its answer are one
        transaction: whatever ends it, there are all of them or none.
        """
        asked = order_of(report.text or "")
        if asked is None or report.message_id is None or report.contact_id is None:
            return None
        key = answer_key(report.message_id)
        with self.db.transaction():
            if orders.answered(self.db, [key]):
                return None
            late = self._is_late(report)
            body = [TOO_LATE] if late else self._carried_out(asked, report, report.contact_id)
            text = answer_text(None if late else asked, report.text or "", report.at, self.words, body)
            return outbox.owe(self.db, self._letter(key, report.contact_id, text))

    def _is_late(self, report: Report) -> bool:
        # After a restore in place of a lost file nobody knows what was carried out before it.
        forgotten_at = kv.get_instant(self.db, kv.LETTERS_FORGOTTEN)
        forgotten = forgotten_at is not None and report.at <= forgotten_at
        return forgotten or self.now - report.at > STALE_AFTER

    def _letter(self, key: str, contact_id: str, text: str) -> Letter:
        return Letter(
            key=key,
            kind=KIND,
            slot=None,
            on=self.words.hours.local(self.now).date(),
            contact_id=contact_id,
            body=text,
            as_of=self.now,
            created_at=self.now,
            expires_at=self.now + _LIFETIME,
        )

    def _carried_out(self, asked: Order | Mistake, report: Report, contact_id: str) -> list[str]:
        if isinstance(asked, Mistake):
            return mistake_text(asked)
        if asked.verb.changes and contact_id not in self.managers:
            return [MANAGERS_ONLY]
        match asked.verb:
            case Verb.HELP:
                return help_text(to_manager=contact_id in self.managers)
            case Verb.LIST | Verb.MORE:
                return self._listed(contact_id, anew=asked.verb is Verb.LIST)
            case Verb.OPEN:
                return self._opened(asked.ids)
        return self._changed(asked, report, contact_id)

    def _listed(self, contact_id: str, *, anew: bool) -> list[str]:
        """A page of who waits; where it ended is remembered for whoever asked."""
        key = f"orders_shown:{contact_id}"
        shown = frozenset() if anew else frozenset(json.loads(kv.get(self.db, key) or "[]"))
        last = check.remembered(self.db)
        page = page_of(issues.open_issues(self.db), shown, self.now, last.begun_at if last else None, self.words)
        kv.put(self.db, key, json.dumps(sorted(page.shown)))
        return list(page.lines)

    def _opened(self, ids: Sequence[int]) -> list[str]:
        more = " ".join(map(str, ids[_MOST_OPENED:]))
        left = [f"{_MOST_OPENED} at a time. Next: Open {more}"] if more else []
        return [*(line for id_ in ids[:_MOST_OPENED] for line in self._shown(id_)), *left]

    def _shown(self, issue_id: int) -> list[str]:
        """An open issue as it is; of any other, what became of it."""
        try:
            done = judge(self.db, issue_id, Intent(kind=ActionKind.RESOLVE, actor="", at=self.now))
        except NoSuchIssue:
            return [_no_such(issue_id)]
        if done.refusal is None:
            return self._details(done.before)
        if done.refusal is Refusal.MERGED and done.other is not None:
            return [f"#{issue_id} has become a part of #{done.other.id}.", *self._shown(done.other.id)]
        return [f"{self._why_not(done)}."]

    def _details(self, issue: Issue) -> list[str]:
        lines = issues.timeline_of(self.db, issue, _NEWEST)
        last = next((line.text for line in reversed(lines) if line.issue_id == issue.id and line.text), None)
        return issue_text(issue, last, self.link(issue.conversation_id), self.now, self.words)

    def _changed(self, asked: Order, report: Report, contact_id: str) -> list[str]:
        """A line for each issue, and one that says how to take back what was done."""
        try:
            # "3pm" is the next one after the order was written, whenever that is read.
            until = until_typed(asked.text, report.at, self.words.hours) if asked.verb is Verb.SNOOZE else None
        except ValueError as error:
            return [f"{str(error)[:1].upper()}{str(error)[1:]}.", "Nothing was done."]
        if until is not None and until <= self.now:
            return [f"{moment_text(until, self.now, self.words)} is over already. Nothing was done."]
        intent = Intent(
            kind=_KINDS[asked.verb],
            actor=contact_id,
            # What the customer writes before this run reads the order is heard.
            at=min(self.now, report.at) if asked.verb is Verb.UNSPAM else self.now,
            until=until,
            note=asked.text if asked.verb is Verb.NOTE else None,
            sure=asked.sure,
            saw_until=report.at,
        )
        found = [self._performed(id_, intent) for id_ in asked.ids]
        return [*(line for _, line in found), *self._undo([done for done, _ in found if done is not None])]

    def _undo(self, changed: Sequence[Done]) -> list[str]:
        """How to take it back: a line for all, and of snoozes one for each time at which they would have ended."""
        alike: dict[tuple[ActionKind, datetime | None], list[int]] = {}
        for done in changed:
            if kind := opposite(done):
                until = done.before.snoozed_until if kind is ActionKind.SNOOZE else None
                alike.setdefault((kind, until), []).append(done.before.id)
        return [
            undo_text(kind.capitalize(), ids, moment_text(until, self.now, self.words) if until else "")
            for (kind, until), ids in alike.items()
        ]

    def _performed(self, issue_id: int, intent: Intent) -> tuple[Done | None, str]:
        try:
            done = perform(self.db, issue_id, intent, self.rules)
        except NoSuchIssue:
            return None, _no_such(issue_id)
        if done.refusal is Refusal.ASKS_FIRST:
            return done, f"{self._why_not(done)} Reply Spam {issue_id} yes."
        if done.refusal is not None:
            return done, f"{self._why_not(done)}."
        words = self._words(done)
        changed = what_changed(done, words)
        return done, f"#{issue_id} {words.customer}{' ' if ': ' in changed else ': '}{changed}.{_beside(done)}"

    def _why_not(self, done: Done) -> str:
        """The shared sentence, with the customer's name where it has none."""
        words = self._words(done)
        said = why_not(done, words)
        mark = f"#{done.before.id} "
        return said if words.customer in said else f"{mark}{words.customer} {said.removeprefix(mark)}"

    def _words(self, done: Done) -> Words:
        return Words(
            now=self.now,
            customer=customer_of(done.after, self.words.masked),
            when=lambda at: moment_text(at, self.now, self.words),
            who=lambda by: orders.name_of(self.db, by) or ("a manager" if by in self.managers else by),
            order=lambda kind, issue_id: f"{kind.capitalize()} {issue_id}",
        )


def _no_such(issue_id: int) -> str:
    return f"There is no #{issue_id}."


def _beside(done: Done) -> str:
    """What is open all the same, since the customer has written or called after the order."""
    return f" Still open: #{done.other.id}." if done.other and done.kind is ActionKind.RESOLVE else ""


def is_from_phone(report: Report, contact_id: str) -> bool:
    """Whether it is a text that the contact has written to us."""
    return (
        report.direction is Direction.INBOUND
        and report.contact_id == contact_id
        and report.message_id is not None
        and report.kind != "TYPE_SMS_REACTION"
    )
