"""What people do to issues moves waits; whatever the messages, at most one of a channel is unanswered."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel_cli.domain.model import Channel, Message, Rule
from sentinel_cli.domain.timeline import Action, ActionKind, SpamSpan, Timeline
from sentinel_cli.domain.waits import waits
from tests.builders import POLICY, at, call, outcomes, robot_text, staff_call, staff_text, text, waited


def did(
    kind: str, minutes: float, first: Message, through: Message | None = None, until: float | None = None
) -> Action:
    """What Morgan did to the issue that began with `first` and whose newest message was `through`."""
    return Action(
        key=f"action:{minutes:09.2f}",
        kind=ActionKind(kind),
        at=at(minutes),
        actor="morgan",
        channel=first.channel,
        first=first.key,
        through=(through or first).key,
        until=None if until is None else at(until),
    )


# Resolve


def test_a_resolve_ends_the_wait_and_is_its_evidence() -> None:
    resolve = did("resolve", 20, text(0), text(10))
    answer = waited(text(0), text(10), actions=[resolve])[0].answer
    assert answer is not None
    assert (answer.key, answer.at, answer.by, answer.rule) == (resolve.key, at(20), "morgan", Rule.RESOLVE)


@pytest.mark.parametrize(
    ("late", "found"),
    [
        pytest.param(text(-5), ["SMS -5,0,10 resolve"], id="before the first"),
        pytest.param(text(5), ["SMS 0,5,10 resolve"], id="between"),
        pytest.param(text(15), ["SMS 0,10 resolve", "SMS 15 open"], id="after the newest that was seen"),
        pytest.param(text(25), ["SMS 0,10 resolve", "SMS 25 open"], id="after the resolve"),
        pytest.param(call(5), ["SMS 0,10 resolve", "CALL 5 open"], id="of another channel"),
    ],
)
def test_a_resolve_ends_the_wait_up_to_the_newest_message_its_author_saw(late: Message, found: list[str]) -> None:
    assert outcomes(text(0), text(10), late, actions=[did("resolve", 20, text(0), text(10))]) == found


def test_a_resolve_of_a_wait_that_turns_out_answered_changes_nothing() -> None:
    resolve = did("resolve", 20, text(0), text(10))
    assert outcomes(text(0), text(10), staff_text(15), actions=[resolve]) == ["SMS 0,10 staff_text"]


def test_a_resolve_does_not_reach_a_wait_that_began_after_what_its_author_saw() -> None:
    resolve = did("resolve", 20, text(0))
    assert outcomes(text(0), staff_text(5), text(10), actions=[resolve]) == ["SMS 0 staff_text", "SMS 10 open"]


def test_an_answer_after_the_resolve_answers_what_came_after_its_newest_message() -> None:
    found = outcomes(text(0), text(15), staff_text(30), actions=[did("resolve", 20, text(0))])
    assert found == ["SMS 0 resolve", "SMS 15 staff_text"]


def test_a_resolve_of_a_provisional_message_holds_for_the_real_one_whatever_its_instant() -> None:
    resolve = did("resolve", 2, text(1, key="p:1"))
    assert outcomes(text(3), text(4), actions=[resolve], aliases={"p:1": text(3).key}) == [
        "SMS 3 resolve",
        "SMS 4 open",
    ]


def test_an_action_on_a_message_that_this_timeline_does_not_hold_changes_nothing() -> None:
    acts = [did(kind, 5, text(-90)) for kind in ("resolve", "reopen", "spam", "snooze")]
    assert outcomes(text(0), actions=acts) == ["SMS 0 open"]


# Reopen


def test_a_reopen_cancels_an_answer() -> None:
    assert outcomes(text(0), staff_text(5), actions=[did("reopen", 9, text(0))]) == ["SMS 0 open"]


def test_a_reopen_cancels_a_resolve() -> None:
    acts = [did("resolve", 5, text(0)), did("reopen", 9, text(0))]
    assert outcomes(text(0), actions=acts) == ["SMS 0 open"]


def test_a_resolve_after_a_reopen_ends_the_wait_again() -> None:
    acts = [did("resolve", 5, text(0)), did("reopen", 9, text(0)), did("resolve", 12, text(0))]
    assert outcomes(text(0), actions=acts) == ["SMS 0 resolve"]


def test_a_reopened_wait_takes_in_the_one_that_opened_since() -> None:
    assert outcomes(text(0), staff_text(5), text(7), actions=[did("reopen", 9, text(0))]) == ["SMS 0,7 open"]


def test_a_reopened_wait_is_extended_and_answered_like_any() -> None:
    found = outcomes(text(0), staff_text(5), text(12), staff_text(15), actions=[did("reopen", 9, text(0))])
    assert found == ["SMS 0,12 staff_text"]


def test_a_reopen_of_a_wait_that_is_open_changes_nothing() -> None:
    assert outcomes(text(0), actions=[did("reopen", 9, text(0))]) == ["SMS 0 open"]


def test_a_reopen_finds_the_wait_by_the_message_that_stands_for_the_one_it_saw() -> None:
    reopen = did("reopen", 9, text(0, key="p:1"))
    assert outcomes(text(0), staff_text(5), actions=[reopen], aliases={"p:1": text(0).key}) == ["SMS 0 open"]


def test_a_reopen_of_an_issue_whose_message_became_another_channel_s_changes_nothing() -> None:
    reopen = replace(did("reopen", 9, text(0)), channel=Channel.CALL)
    assert outcomes(text(0), staff_text(5), actions=[reopen]) == ["SMS 0 staff_text"]


# Snooze


@pytest.mark.parametrize(
    ("facts", "acts", "until"),
    [
        pytest.param([], [did("snooze", 5, text(0), until=120)], at(120), id="its time"),
        pytest.param([text(50)], [did("snooze", 5, text(0), until=120)], at(50), id="the next message"),
        pytest.param([call(50)], [did("snooze", 5, text(0), until=120)], at(50), id="the next call"),
        pytest.param([text(200)], [did("snooze", 5, text(0), until=120)], at(120), id="its time before the message"),
        pytest.param([robot_text(50)], [did("snooze", 5, text(0), until=120)], at(120), id="an automation's text"),
        pytest.param(
            [], [did("snooze", 5, text(0), until=120), did("unsnooze", 9, text(0))], None, id="until it is woken"
        ),
        pytest.param(
            [],
            [did("snooze", 5, text(0), until=120), did("snooze", 9, text(0), until=30)],
            at(30),
            id="the last snooze",
        ),
        pytest.param([call(-5)], [did("snooze", 5, call(-5), until=120)], None, id="a snooze of another issue"),
        pytest.param([], [did("note", 5, text(0))], None, id="a note is no snooze"),
        pytest.param([staff_text(9)], [did("snooze", 5, text(0), until=120)], None, id="nobody waits"),
    ],
)
def test_a_snooze_hides_an_issue_until(facts: list[Message], acts: list[Action], until: object) -> None:
    found = waited(text(0), *facts, actions=acts)
    assert [wait.snoozed_until for wait in found if wait.channel is Channel.SMS] == [until]


# Spam


def test_spam_marks_the_issue_and_the_number_from_its_first_message_on() -> None:
    spam = did("spam", 20, text(0), text(10))
    assert outcomes(text(0), text(10), text(30), call(40), actions=[spam]) == ["SMS 0,10 spam"]


def test_older_history_is_not_judged_again_when_a_number_is_marked_spam() -> None:
    spam = did("spam", 20, text(10))
    found = outcomes(text(0), staff_text(5), call(7), text(10), actions=[spam])
    assert found == ["SMS 0 staff_text", "CALL 7 open", "SMS 10 spam"]


def test_after_an_unspam_messages_open_waits_again_and_the_marked_ones_stay() -> None:
    acts = [did("spam", 20, text(0)), did("unspam", 40, text(0))]
    assert outcomes(text(0), text(30), text(50), actions=acts) == ["SMS 0 spam", "SMS 50 open"]


def test_a_number_marked_again_after_an_unspam_is_spam_again() -> None:
    acts = [did("spam", 20, text(0)), did("unspam", 40, text(0)), did("spam", 60, text(50))]
    assert outcomes(text(0), text(50), text(70), actions=acts) == ["SMS 0 spam", "SMS 50 spam"]


def test_messages_in_a_span_of_the_number_belong_to_no_wait() -> None:
    span = SpamSpan(since=at(10), until=at(20))
    assert outcomes(text(0), text(10), text(19), text(20), spam=[span]) == ["SMS 0,20 open"]


def test_an_answer_of_staff_to_a_spam_caller_changes_nothing() -> None:
    assert outcomes(text(0), staff_text(5), actions=[did("spam", 20, text(0))]) == ["SMS 0 spam"]


# History


def test_customer_messages_before_the_settled_instant_open_nothing() -> None:
    assert outcomes(text(0), text(10), settled_before=at(10)) == ["SMS 10 open"]


def test_our_messages_before_the_settled_instant_are_context() -> None:
    assert outcomes(staff_text(0), text(10, "Ok thanks"), settled_before=at(5)) == []


def test_automatic_replies_are_counted_while_the_wait_lasts() -> None:
    found = waited(robot_text(-1), text(0), robot_text(0), robot_text(1), robot_text(2), staff_text(5), robot_text(6))
    assert found[0].automated_replies == 2


def test_a_resolve_told_before_its_newest_message_counts_no_replies() -> None:
    resolve = did("resolve", 2, text(1, key="p:1"))
    found = waited(text(3), robot_text(2.5), actions=[resolve], aliases={"p:1": text(3).key})
    assert [wait.automated_replies for wait in found] == [0]


# Whatever happens

SAID = st.sampled_from(["Is anyone coming?", "Ok thanks", "STOP", "C", "Liked “On our way”"])
MINUTES = st.integers(0, 30)
MESSAGES = st.one_of(
    st.builds(text, MINUTES, SAID),
    st.builds(call, MINUTES, st.sampled_from(["no-answer", "voicemail", "completed", None])),
    st.builds(staff_text, MINUTES, outcome=st.sampled_from(["delivered", "failed"])),
    st.builds(staff_call, MINUTES, st.sampled_from(["completed", "no-answer"])),
    st.builds(robot_text, MINUTES),
)
KINDS = st.sampled_from([kind for kind in ActionKind if kind is not ActionKind.NOTE])


@st.composite
def timelines(draw: st.DrawFn) -> Timeline:
    """Any half hour of a contact, with anything people may have done in it."""
    messages = draw(st.lists(MESSAGES, min_size=1, max_size=14, unique_by=lambda message: message.key))
    inbound = sorted((m for m in messages if m.direction == "inbound"), key=lambda m: m.place)
    acts = []
    for n, kind in enumerate(draw(st.lists(KINDS, max_size=6 if inbound else 0))):
        first, through = sorted(
            (draw(st.sampled_from(inbound)), draw(st.sampled_from(inbound))), key=lambda message: message.place
        )
        when = draw(st.integers(0, 40))
        acts.append(did(kind, when + n / 100, first, through, until=when + 5))
    spam = draw(st.lists(st.builds(SpamSpan, since=st.just(at(5)), until=st.just(at(9))), max_size=1))
    return Timeline(messages=messages, actions=acts, spam=spam)


@given(timelines())
def test_at_most_one_wait_of_a_channel_is_unanswered(timeline: Timeline) -> None:
    unanswered = Counter(w.channel for w in waits(timeline, POLICY) if w.answer is None and not w.spam)
    assert max(unanswered.values(), default=0) <= 1


@given(timelines())
def test_no_message_belongs_to_two_waits(timeline: Timeline) -> None:
    held = Counter(message.key for wait in waits(timeline, POLICY) for message in wait.messages)
    assert max(held.values(), default=0) <= 1


@given(timelines())
def test_the_messages_of_a_wait_are_in_order_and_of_one_channel(timeline: Timeline) -> None:
    found = waits(timeline, POLICY)
    assert [list(w.messages) for w in found] == [
        sorted((m for m in w.messages if m.channel is w.channel), key=lambda m: m.place) for w in found
    ]


@given(timelines(), st.randoms(use_true_random=False))
def test_the_order_in_which_facts_are_given_does_not_matter(timeline: Timeline, random: Random) -> None:
    shuffled = Timeline(
        messages=_shuffled(timeline.messages, random),
        actions=_shuffled(timeline.actions, random),
        spam=timeline.spam,
    )
    assert waits(shuffled, POLICY) == waits(timeline, POLICY)


@given(st.lists(MESSAGES, min_size=1, max_size=14, unique_by=lambda message: message.key))
def test_a_last_customer_message_that_needs_an_answer_has_an_open_wait(messages: list[Message]) -> None:
    asked = text(31, "Is anyone coming?")
    assert [wait.answer for wait in waited(*messages, asked) if asked in wait.messages] == [None]


def _shuffled(items: Sequence[object], random: Random) -> list[object]:
    return random.sample(list(items), len(items))
