"""The questions that an explanation answers, each in a sentence or two; refuses to know where they stand."""

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from sentinel_cli.domain.explanation import Deed, Event, Explanation
from sentinel_cli.domain.model import Answer, IssueStatus, Rule
from sentinel_cli.domain.sla import is_overdue, open_time_between
from sentinel_cli.domain.timeline import ActionKind
from sentinel_cli.domain.waits import Did

from .explained_words import arithmetic, reason_text, verdict_text, when
from .human import open_duration

if TYPE_CHECKING:
    from .explained import Explained

__all__ = ["answers"]

_UNCONFIRMED = "only webhooks tell of it: a complete look in GHL found no such message"
_GONE = "what opened it is not known any more"
_MADE = {"CALL": "called", "EMAIL": "sent an e-mail"}


def answers(found: "Explained") -> Mapping[str, str]:
    """Each question with its answer, "" where it does not arise."""
    return {
        "why it exists": _exists(found),
        "why due then": _due(found),
        _question(found): _state(found),
        "snoozed": _snoozed(found),
        "unconfirmed": _UNCONFIRMED if found.issue.unconfirmed else "",
        "spam number": _spam_number(found),
        "by its facts": verdict_text(found),
    }


def _question(found: "Explained") -> str:
    issue = found.issue
    if issue.withdrawn:
        return "why withdrawn"
    return {
        IssueStatus.OPEN: "why it is open",
        IssueStatus.RESOLVED: "why resolved",
        IssueStatus.SPAM: "why it is spam",
    }[issue.status]


def _done(explanation: Explanation, *kinds: Did) -> list[tuple[Event, Deed]]:
    """What was done to the issue, in order."""
    return [
        (event, deed)
        for event in explanation.events
        for deed in event.deeds
        if deed.did in kinds and deed.issue == explanation.issue.id
    ]


def _exists(found: "Explained") -> str:
    issue = found.issue
    if issue.withdrawn:
        return f"a wait of its own seemed to begin {when(found, issue.first_at)}"
    opened = _done(found.explanation, Did.OPENED, Did.WAS_SPAM)
    if not opened:
        return f"{_GONE}; its first message came {when(found, issue.first_at)}"
    event = opened[0][0]
    if event.action is not None or event.judgement is None:
        older = next((f"#{deed.issue}" for deed in event.deeds if deed.did is Did.ENDED), "the older issue")
        return f"what came after {when(found, issue.first_at)} was not seen by whoever resolved {older}"
    more = f"; {issue.inbound_count} messages, the last {when(found, issue.last_at)}" if issue.inbound_count > 1 else ""
    made = _MADE.get(issue.channel, "wrote")
    why = reason_text(event, event.judgement, found)
    return f"the customer {made} {when(found, event.at)}{f': {why}' if why else ''}{more}"


def _due(found: "Explained") -> str:
    issue, due = found.issue, found.explanation.due
    said = f"due {when(found, issue.due_at)}: {arithmetic(due, found)}"
    if due.due_at != issue.due_at:
        said += f"; by the settings of now that is {when(found, due.due_at)}"
    until = issue.answer.at if issue.answer else found.now
    is_waiting = issue.answer is not None or issue.status is IssueStatus.OPEN
    if is_waiting and is_overdue(issue.due_at, until):
        late = open_time_between(issue.due_at, until, found.rules.hours)
        said += f"; {open_duration(late)} late"
    return said


def _state(found: "Explained") -> str:
    issue = found.issue
    if issue.withdrawn:
        if found.internal:
            return "its contact is internal: what colleagues write is no customer's"
        where = f"its messages belong to #{issue.merged_into} now" if issue.merged_into else "no wait is left of it"
        return f"{where}: facts that came later changed what waits"
    if issue.status is IssueStatus.SPAM:
        return _marked(found)
    return _answered(found, issue.answer) if issue.answer else _unanswered(found)


def _marked(found: "Explained") -> str:
    marks = [e.action for e in found.explanation.events if e.action and e.own and e.action.kind is ActionKind.SPAM]
    if marks:
        return f"{found.name_of(marks[-1].actor)} marked it {when(found, marks[-1].at)}{_written(found, marks[-1].key)}"
    # Its action is told with its messages; where those are gone, by the log.
    line = next((line for line in found.log if line.event == ActionKind.SPAM), None)
    return (
        f"{found.name_of(line.cause)} marked it {when(found, line.at)}"
        if line
        else "somebody marked it; who is not known any more"
    )


def _written(found: "Explained", key: str) -> str:
    return f" ({found.notes[key]})" if key in found.notes else ""


def _answered(found: "Explained", answer: Answer) -> str:
    at = when(found, answer.at)
    if answer.rule is Rule.ADOPTED:
        return f"{at}, as the older service had recorded"
    if answer.rule is Rule.RESOLVE:
        return f"{found.name_of(answer.by)} resolved it {at}{_written(found, answer.key)}"
    who = found.name_of(answer.by) or "staff"
    event = next((event for event in found.explanation.events if event.key == answer.key), None)
    why = f": {reason_text(event, event.judgement, found)}" if event and event.judgement else ""
    return f"{who} answered {at}{why} (rule {answer.rule.replace('_', ' ')}, message {answer.key})"


def _unanswered(found: "Explained") -> str:
    """That nothing answers it, and what nearly did."""
    reopened = _done(found.explanation, Did.REOPENED)
    again = ""
    if reopened and (action := reopened[-1][0].action):
        again = f"{found.name_of(action.actor)} reopened it {when(found, action.at)}{_written(found, action.key)}; "
    nearly = Counter(
        reason_text(event, event.judgement, found)
        for event, _ in _done(found.explanation, Did.LEFT_OPEN)
        if event.judgement
    )
    counted = [f"{text} ({times}x)" if times > 1 else text for text, times in nearly.items()]
    return "; ".join([f"{again}nobody has answered since", *counted])


def _snoozed(found: "Explained") -> str:
    until = found.issue.snoozed_until
    if until is None:
        return ""
    return f"hidden until {when(found, until)}" if until > found.now else f"no more: it ended {when(found, until)}"


def _spam_number(found: "Explained") -> str:
    said = [
        f"since {when(found, mark.since)}"
        + (f" until {when(found, mark.until)}" if mark.until else "")
        + (f" ({mark.reason})" if mark.reason else "")
        for mark in found.spam
    ]
    return "; ".join(said)
