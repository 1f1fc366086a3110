"""Why an issue is what it is, gathered from the store as a value; refuses to know how it is shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sentinel_cli import intake
from sentinel_cli.domain.explanation import Basis, Event, Explanation, Verdict, explain, near, unexplained
from sentinel_cli.domain.ledger import Rules
from sentinel_cli.domain.model import Issue, Rule
from sentinel_cli.jobs.invariants import judged_by_these
from sentinel_cli.store import books, evidence, issues, kv, users
from sentinel_cli.store.actions import numbers_of
from sentinel_cli.store.contacts import contact
from sentinel_cli.store.database import Database
from sentinel_cli.store.evidence import CheckRun, NamedIn, Sighting, SpamMark, ToldBy
from sentinel_cli.store.history import facts_from
from sentinel_cli.store.issues import LogLine
from sentinel_cli.wiring import rules_of

if TYPE_CHECKING:
    from sentinel_cli.settings import Settings

__all__ = ["Explained", "explained", "explanation_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """An explanation and all evidence around it. `events` is the part of it that is shown, `left_out` the rest's size.

    `same_rules` says that jobs and receiver have judged by the settings of now. `until` is when the issue's end was
    recorded, else now: `runs` are those before. `late` messages of the contact came when their time was settled.
    `notes` maps the key of an action to what was written with it.
    """

    explanation: Explanation
    now: datetime
    until: datetime
    rules: Rules
    same_rules: bool
    internal: bool
    facts_from: datetime | None
    events: Sequence[Event]
    left_out: int
    sightings: Mapping[str, Sighting]
    deliveries: Sequence[ToldBy]
    runs: Sequence[CheckRun]
    letters: Sequence[NamedIn]
    late: int
    spam: Sequence[SpamMark]
    log: Sequence[LogLine]
    notes: Mapping[str, str]
    names: Mapping[str, str]

    @property
    def issue(self) -> Issue:
        """The issue as it is stored."""
        return self.explanation.issue

    @property
    def differs(self) -> bool:
        """Whether the issue would be written otherwise by the next derivation of its contact."""
        return self.explanation.basis is Basis.OPEN_PART and self.explanation.verdict is Verdict.DIFFERENT

    def name_of(self, user: str | None) -> str | None:
        """The person's name where it is known, else what we have."""
        return self.names.get(user, user) if user else None


def explained(db: Database, issue_id: int, now: datetime, settings: "Settings", *, around: int) -> Explained:
    """What is known of why the issue is what it is, with `around` events before and after its own.

    Raises NoSuchIssue.
    """
    with db.snapshot():
        issue, everyone = issues.one(db, issue_id), users.all_users(db)
        rules = rules_of(settings, everyone)
        owner = evidence.holder(db, issue.contact)
        found = explanation_of(db, issue, rules)
        shown = near(found.events, around)
        seen = evidence.sightings(db, {event.key for event in shown if event.row})
        until = max(evidence.recorded_at(db, issue_id) or now, issue.first_at)
        first, last = min([issue.first_at, *(event.at for event in shown)]), max([until, *(e.at for e in shown)])
        told = {each.delivery_id for each in seen.values() if each.delivery_id}
        return Explained(
            explanation=found,
            now=now,
            until=until,
            rules=rules,
            same_rules=judged_by_these(db, rules) and _receiver_agrees(db, settings),
            internal=contact(db, owner).contact_id in rules.internal_contacts,
            facts_from=facts_from(db, owner),
            events=shown,
            left_out=len(found.events) - len(shown),
            sightings=seen,
            deliveries=evidence.deliveries_about(db, issue.contact_id, told, first, last),
            runs=evidence.check_runs(db, issue_id, issue.first_at, until),
            letters=evidence.letters_naming(db, issue_id),
            late=evidence.late_messages(db, owner),
            spam=evidence.spam_marks(db, numbers_of(contact(db, owner))),
            log=issues.log_of(db, issue_id),
            notes=evidence.words_of(db, _actions(found)),
            names=users.names(db),
        )


def _actions(found: Explanation) -> set[str]:
    """The keys of the actions that are told, and of the one that ended the issue."""
    answer = found.issue.answer
    ended = {answer.key} if answer and answer.rule is Rule.RESOLVE else set()
    return {event.key for event in found.events if event.action} | ended


def _receiver_agrees(db: Database, settings: "Settings") -> bool:
    """Whether the receiver was started with the settings of now; what it judges by others is put right by every run."""
    return kv.get(db, intake.RECEIVER_POLICY) in {None, intake.mark_of(rules_of(settings, ()))}


def explanation_of(db: Database, issue: Issue, rules: Rules) -> Explanation:
    """By the contact's open part where the issue is in it, else by its history as far as that is kept."""
    owner, about = evidence.holder(db, issue.contact), evidence.survivor(db, issue.id)
    window = intake.window_of(rules)
    found = explain(issue, books.load(db, owner, window), rules, Basis.OPEN_PART, about)
    if found is not None and (found.by_facts is not issue or any(event.own for event in found.events)):
        return found
    told = explain(issue, books.load_history(db, owner, window), rules, Basis.HISTORY, about)
    return told or found or unexplained(issue, rules)
