"""Issues are a function of the timeline: `waits` walks a contact's messages and says who waited, from when till when.

Pure: no clock, no database, no network. Source of the rules: DESIGN §3.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .answers import Judgement, Keeps, Ours, Policy, Role, judged, ours_of, rule_ending
from .model import Answer, Channel, Direction, Message, Rule, Wait
from .timeline import Action, ActionKind, SpamSpan, Timeline

__all__ = ["Did", "Effect", "Step", "Turn", "Walk", "roles", "waits", "walked"]

_WAITING = frozenset({Role.OPENS, Role.ACKNOWLEDGES})


@dataclass(frozen=True, slots=True)
class Step:
    """One message of the walk with the role it plays and why."""

    message: Message
    judgement: Judgement

    @property
    def role(self) -> Role:
        """What it does to the waits of its contact."""
        return self.judgement.role


class Did(StrEnum):
    """What a message or an action did, or why it did nothing."""

    OPENED = "opened"
    EXTENDED = "extended"
    ENDED = "ended"
    LEFT_OPEN = "left_open"
    REOPENED = "reopened"
    JOINED = "joined"
    WAS_SETTLED = "was_settled"
    WAS_SPAM = "was_spam"
    FOUND_NOTHING = "found_nothing"


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing done to the wait that holds the message `key`; `by` is the rule that ended it, or why it goes on."""

    did: Did
    key: str | None = None
    by: Rule | Keeps | SpamSpan | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """One message or action of the walk, and all that it did."""

    event: Step | Action
    effects: tuple[Effect, ...] = ()


@dataclass(frozen=True, slots=True)
class Walk:
    """The waits of a contact, oldest first, and the turns that made them, in the order they took effect."""

    waits: Sequence[Wait]
    turns: Sequence[Turn]


@dataclass(slots=True)
class _Run:
    """A wait while it is walked."""

    channel: Channel
    messages: list[Message]
    answer: Answer | None = None


def roles(timeline: Timeline, policy: Policy) -> list[Step]:
    """Each message in order with its role: what `waits` acts on and an explanation tells."""
    newest: Ours | None = None
    newest_text: Ours | None = None
    steps = []
    for message in timeline.in_order():
        judgement = judged(message, policy, (newest, newest_text))
        steps.append(Step(message, judgement))
        ours = ours_of(message, judgement.role)
        if ours is not None:
            newest, newest_text = ours, ours if ours.is_text else newest_text
    return steps


def waits(timeline: Timeline, policy: Policy) -> Sequence[Wait]:
    """Every wait of the contact, oldest first; at most one of a channel is unanswered."""
    return walked(timeline, policy).waits


def walked(timeline: Timeline, policy: Policy) -> Walk:
    """The waits of the contact and how they came about; of an internal contact there are none."""
    steps = roles(timeline, policy)
    if timeline.internal:
        return Walk(waits=(), turns=[Turn(step) for step in steps])
    walk = _Walk(timeline)
    turns = [Turn(event, tuple(walk.take(event))) for event in _events(timeline, steps)]
    found = [_finished(run, timeline, steps) for run in walk.runs] + walk.spam_waits()
    return Walk(waits=sorted(found, key=lambda wait: (wait.first.place, wait.channel)), turns=turns)


def _events(timeline: Timeline, steps: Sequence[Step]) -> list[Step | Action]:
    """Messages and the actions that move waits, in the order they take effect.

    Of one instant, what could answer comes first, since an answer is strictly later than what it answers. An action
    takes effect no earlier than its newest message, whose instant may turn out later than the action's.
    """
    placed: list[tuple[datetime, int, int, Step | Action]] = [
        (step.message.at, int(step.role in _WAITING), n, step) for n, step in enumerate(steps)
    ]
    for n, action in enumerate(timeline.of_kind(ActionKind.RESOLVE, ActionKind.REOPEN)):
        through = timeline.place_of(action.through)
        if through is not None:
            placed.append((max(action.at, through[0]), 2, n, action))
    return [event for *_, event in sorted(placed, key=lambda item: item[:3])]


class _Walk:
    """The runs of customer messages seen so far, and which of each channel is unanswered."""

    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline
        self.spans: list[SpamSpan] = timeline.spam_spans()
        self.runs: list[_Run] = []
        self.waiting: dict[Channel, _Run] = {}
        self.spam: list[Message] = []

    def take(self, event: Step | Action) -> Iterator[Effect]:
        if isinstance(event, Step):
            return self._wait(event.message, event.role) if event.role in _WAITING else self._answer(event)
        return self._resolve(event) if event.kind is ActionKind.RESOLVE else self._reopen(event)

    def _wait(self, message: Message, role: Role) -> Iterator[Effect]:
        settled = self.timeline.settled_before
        span = next((span for span in self.spans if span.holds(message.at)), None)
        if settled is not None and message.at < settled:
            yield Effect(Did.WAS_SETTLED)
        elif span is not None:
            self.spam.append(message)
            yield Effect(Did.WAS_SPAM, message.key, span)
        elif message.channel in self.waiting:
            run = self.waiting[message.channel]
            run.messages.append(message)
            yield Effect(Did.EXTENDED, run.messages[0].key)
        elif role is Role.OPENS:
            self._open(_Run(message.channel, [message]))
            yield Effect(Did.OPENED, message.key)

    def _open(self, run: _Run) -> None:
        self.runs.append(run)
        self.waiting[run.channel] = run

    def _answer(self, step: Step) -> Iterator[Effect]:
        message = step.message
        for channel in list(self.waiting):
            found = rule_ending(channel, message, step.role)
            key = self.waiting[channel].messages[0].key
            if isinstance(found, Rule):
                run = self.waiting.pop(channel)
                run.answer = Answer(key=message.key, at=message.at, by=message.user_id, rule=found)
            yield Effect(Did.ENDED if isinstance(found, Rule) else Did.LEFT_OPEN, key, found)

    def _resolve(self, action: Action) -> Iterator[Effect]:
        """Ends the wait up to what its author could see; what came later goes on waiting."""
        run = self.waiting.get(action.channel)
        through = self.timeline.place_of(action.through)
        if run is None or through is None or run.messages[0].place > through:
            yield Effect(Did.FOUND_NOTHING)
            return
        del self.waiting[action.channel]
        later = [m for m in run.messages if m.place > through]
        run.messages = [m for m in run.messages if m.place <= through]
        run.answer = Answer(key=action.key, at=action.at, by=action.actor, rule=Rule.RESOLVE)
        yield Effect(Did.ENDED, run.messages[0].key, Rule.RESOLVE)
        if later:
            self._open(_Run(run.channel, later))
            yield Effect(Did.OPENED, later[0].key)

    def _reopen(self, action: Action) -> Iterator[Effect]:
        """Cancels what ended the wait; a wait that opened since becomes part of it."""
        key = self.timeline.aliases.get(action.through, action.through)
        run = next((r for r in self.runs if r.answer is not None and key in (m.key for m in r.messages)), None)
        if run is None or run.channel is not action.channel:
            yield Effect(Did.FOUND_NOTHING)
            return
        current = self.waiting.get(run.channel)
        if current is not None:
            self.runs.remove(current)
            run.messages = sorted(run.messages + current.messages, key=lambda m: m.place)
            yield Effect(Did.JOINED, current.messages[0].key)
        run.answer = None
        self.waiting[run.channel] = run
        yield Effect(Did.REOPENED, run.messages[0].key)

    def spam_waits(self) -> list[Wait]:
        """The issues that people marked as spam; other messages in a spam span belong to none."""
        found: list[Wait] = []
        for action in self.timeline.of_kind(ActionKind.SPAM):
            first, through = self.timeline.place_of(action.first), self.timeline.place_of(action.through)
            if first is None or through is None:
                continue
            marked = [m for m in self.spam if m.channel is action.channel and first <= m.place <= through]
            self.spam = [m for m in self.spam if m not in marked]
            if marked:
                found.append(Wait(channel=action.channel, messages=tuple(marked), spam=True))
        return found


def _finished(run: _Run, timeline: Timeline, steps: Sequence[Step]) -> Wait:
    """The run as a wait, with what happened beside it until it ended."""
    start = bisect_right(steps, run.messages[0].at, key=lambda step: step.message.at)
    end = len(steps) if run.answer is None else bisect_left(steps, run.answer.at, key=lambda step: step.message.at)
    beside = steps[start:end]
    return Wait(
        channel=run.channel,
        messages=tuple(run.messages),
        answer=run.answer,
        automated_replies=sum(step.role is Role.AUTOMATION for step in beside),
        unlisted_user=next((s.message.user_id for s in reversed(beside) if s.role is Role.UNLISTED_USER), None),
        snoozed_until=_snoozed_until(run, timeline) if run.answer is None else None,
    )


def _snoozed_until(run: _Run, timeline: Timeline) -> datetime | None:
    """When its snooze ends: at its time, or with the contact's next message, whichever is first.

    Whoever opens an issue again wants it seen.
    """
    keys = {message.key for message in run.messages}
    snoozes = [
        action
        for action in timeline.of_kind(ActionKind.SNOOZE, ActionKind.UNSNOOZE, ActionKind.REOPEN)
        if action.channel is run.channel and timeline.aliases.get(action.first, action.first) in keys
    ]
    if not snoozes or snoozes[-1].until is None:
        return None
    through = timeline.place_of(snoozes[-1].through)
    since = (m.at for m in timeline.messages if m.direction is Direction.INBOUND and through and m.place > through)
    return min((snoozes[-1].until, *since))
