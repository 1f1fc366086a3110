"""What became of an issue that somebody wanted to change, in words; refuses to know where they are read, and by whom.

Used by the operator's commands and by managers' orders.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sentinel_cli.domain.model import Channel, Issue, IssueStatus, Rule
from sentinel_cli.domain.sla import is_overdue
from sentinel_cli.domain.timeline import ActionKind
from sentinel_cli.triage import Done, Refusal

__all__ = ["Words", "opposite", "what_changed", "why_not"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """How the reader says things at `now`: who the customer is, when something was, who a user id or an actor is.

    `order` is what is typed to do a thing to an issue.
    """

    now: datetime
    customer: str
    when: Callable[[datetime], str]
    who: Callable[[str], str]
    order: Callable[[ActionKind, int], str]


_OPPOSITES = {
    ActionKind.RESOLVE: ActionKind.REOPEN,
    ActionKind.REOPEN: ActionKind.RESOLVE,
    ActionKind.SPAM: ActionKind.UNSPAM,
    ActionKind.UNSPAM: ActionKind.SPAM,
    ActionKind.SNOOZE: ActionKind.UNSNOOZE,
    ActionKind.UNSNOOZE: ActionKind.SNOOZE,
}


def opposite(done: Done) -> ActionKind | None:
    """What undoes it; None where nothing was done, or nothing can be undone."""
    return None if done.refusal else _OPPOSITES.get(done.kind)


def what_changed(done: Done, words: Words) -> str:
    """What is so now: the end of a sentence that begins with the issue and its customer, `resolved`."""
    return _CHANGES[done.kind](done.after, words)


def _due(issue: Issue, words: Words) -> str:
    late = is_overdue(issue.due_at, words.now)
    return f"{'overdue since' if late else 'due'} {words.when(issue.due_at)}"


def _snoozed(issue: Issue, words: Words) -> str:
    until = words.when(issue.snoozed_until) if issue.snoozed_until else "later"
    return f"snoozed until {until}, or until they write or call again"


def _unspammed(issue: Issue, _words: Words) -> str:
    stays = f"; #{issue.id} itself stays spam" if issue.status is IssueStatus.SPAM else ""
    return f"texts and calls of this number open issues again{stays}"


_CHANGES: dict[ActionKind, Callable[[Issue, Words], str]] = {
    ActionKind.RESOLVE: lambda _issue, _words: "resolved",
    ActionKind.REOPEN: lambda issue, words: f"open again, {_due(issue, words)}",
    ActionKind.SPAM: lambda _issue, _words: "spam: texts and calls of this number open nothing from now on",
    ActionKind.UNSPAM: _unspammed,
    ActionKind.SNOOZE: _snoozed,
    ActionKind.UNSNOOZE: lambda issue, words: f"no longer snoozed, {_due(issue, words)}",
    ActionKind.NOTE: lambda _issue, _words: "noted",
}


def why_not(done: Done, words: Words) -> str:
    """The sentence that explains the refusal, without a full stop: what is so, and where to look instead."""
    reasons = {
        Refusal.MERGED: f"has become a part of {_name(done.other)}: do it there",
        Refusal.WITHDRAWN: "was withdrawn: nothing of it is left to answer",
        Refusal.IS_SPAM: (
            f"is spam and stays spam: {words.order(ActionKind.UNSPAM, done.before.id)} lets later messages of"
            f" {words.customer} open issues again"
        ),
        Refusal.WAS_SPAM: f"is spam and stays spam; what {words.customer} sends from now on opens issues again",
        Refusal.ANOTHER_IS_OPEN: f"stays closed: {words.customer} has an open one of that type, {_name(done.other)}",
        Refusal.WROTE_AGAIN: f"is not snoozed: {words.customer} has written or called again since",
        Refusal.SETTLED: "was settled long ago, and is not judged again",
        Refusal.ASKS_FIRST: f"is of {words.customer}, whom staff have answered before: surely spam?",
    }
    reason = reasons.get(done.refusal) if done.refusal else None
    return f"#{done.before.id} {reason or _state(done, words) + _beside(done, words)}"


def _name(issue: Issue | None) -> str:
    return f"#{issue.id}" if issue else "another issue"


_AS_WANTED = {
    ActionKind.REOPEN: "is open already",
    ActionKind.SPAM: "is spam already",
    ActionKind.UNSPAM: "is of no number that was named spam",
}


def _state(done: Done, words: Words) -> str:
    """What the issue is, which is why nothing can be done, or has to be."""
    if said := _AS_WANTED.get(done.kind):
        return said
    if done.before.status is IssueStatus.OPEN:
        return "is not snoozed"
    return "is spam" if done.before.status is IssueStatus.SPAM else _answered(done.before, words)


_BY_HAND = {Rule.RESOLVE, Rule.ADOPTED}


def _answered(issue: Issue, words: Words) -> str:
    answer = issue.answer
    if answer is None:
        return "is closed"
    verb = "resolved" if answer.rule in _BY_HAND else "answered"
    by = f" by {words.who(answer.by)}" if answer.by else ""
    return f"was {verb} {words.when(answer.at)}{by}"


def _beside(done: Done, words: Words) -> str:
    other = done.other
    if other is None:
        return ""
    verb = "called" if other.channel is Channel.CALL else "wrote"
    again = " again" if other.first_at > done.before.first_at else ""
    return f"; {words.customer} {verb}{again} {words.when(other.first_at)}: that is #{other.id}"
