"""A contact's timeline: the order of its messages, where an action points, when its number is spam."""

import pytest

from sentinel_cli.domain.timeline import Action, ActionKind, SpamSpan, Timeline
from tests.builders import at, staff_text, text


def did(key: str, kind: ActionKind, minutes: float, first: str = "a") -> Action:
    return Action(
        key=key, kind=kind, at=at(minutes), actor="morgan", channel=text(0).channel, first=first, through=first
    )


def test_messages_stand_by_instant_and_of_one_instant_ours_first() -> None:
    facts = [text(5, key="b"), text(5, key="a"), staff_text(5, key="c"), text(0, key="d")]
    assert [m.key for m in Timeline(messages=facts).in_order()] == ["d", "c", "a", "b"]


def test_a_key_names_the_place_of_the_message_that_stands_for_it() -> None:
    timeline = Timeline(messages=[text(3, key="a")], aliases={"p:1": "a"})
    assert timeline.place_of("p:1") == (at(3), "a")


def test_a_key_of_another_timeline_has_no_place() -> None:
    assert Timeline(messages=[text(3, key="a")]).place_of("b") is None


@pytest.mark.parametrize(("minutes", "held"), [(9.99, False), (10, True), (19.99, True), (20, False)])
def test_a_spam_span_is_half_open(minutes: float, held: bool) -> None:
    assert SpamSpan(since=at(10), until=at(20)).holds(at(minutes)) is held


def test_a_spam_span_without_end_is_for_ever() -> None:
    assert SpamSpan(since=at(10)).holds(at(10_000_000))


def test_a_spam_action_makes_a_span_from_the_first_message_to_the_next_unspam() -> None:
    acts = [
        did("action:1", ActionKind.UNSPAM, 10),
        did("action:2", ActionKind.SPAM, 20),
        did("action:4", ActionKind.UNSPAM, 40),
        did("action:3", ActionKind.UNSPAM, 30),
    ]
    timeline = Timeline(messages=[text(0, key="a")], actions=acts)
    assert timeline.spam_spans() == [SpamSpan(since=at(0), until=at(30))]


def test_an_unspam_recorded_later_ends_it_whatever_its_clock_said() -> None:
    """A run's clock may be older than the operator's, and clocks step back."""
    acts = [did("action:1", ActionKind.SPAM, 20), did("action:2", ActionKind.UNSPAM, 15)]
    timeline = Timeline(messages=[text(0, key="a")], actions=acts)
    assert timeline.spam_spans() == [SpamSpan(since=at(0), until=at(15))]


def test_of_actions_of_one_instant_each_takes_effect_after_the_one_before() -> None:
    """The orders of one run share its clock."""
    kinds = (ActionKind.UNSPAM, ActionKind.SPAM, ActionKind.UNSPAM, ActionKind.SPAM)
    acts = [did(f"action:{n}", kind, 20) for n, kind in enumerate(kinds)]
    timeline = Timeline(messages=[text(0, key="a")], actions=acts[:3])
    assert timeline.spam_spans() == [SpamSpan(since=at(0), until=at(20))]
    timeline = Timeline(messages=[text(0, key="a")], actions=acts)
    assert timeline.spam_spans() == [SpamSpan(since=at(0), until=at(20)), SpamSpan(since=at(0))]


def test_a_spam_action_on_a_message_held_elsewhere_makes_no_span() -> None:
    timeline = Timeline(messages=[text(0, key="a")], actions=[did("action:1", ActionKind.SPAM, 20, first="b")])
    assert timeline.spam_spans() == []


def test_given_spans_stand_beside_those_of_actions() -> None:
    given = SpamSpan(since=at(50))
    timeline = Timeline(messages=[text(0, key="a")], actions=[did("action:1", ActionKind.SPAM, 20)], spam=[given])
    assert timeline.spam_spans() == [given, SpamSpan(since=at(0))]


def test_actions_of_some_kinds_come_in_the_order_they_were_taken() -> None:
    acts = [
        did("action:2", ActionKind.REOPEN, 20),
        did("action:3", ActionKind.NOTE, 5),
        did("action:1", ActionKind.RESOLVE, 20),
    ]
    found = Timeline(messages=[], actions=acts).of_kind(ActionKind.RESOLVE, ActionKind.REOPEN)
    assert [action.key for action in found] == ["action:1", "action:2"]
