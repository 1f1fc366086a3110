"""Which older issues go on, and before what instant a contact is settled."""

from datetime import timedelta

import pytest

from sentinel_cli.domain.adoption import OlderIssue, plan_of
from sentinel_cli.domain.model import Channel
from tests.builders import at

NOW = at(600)
DAY = 24 * 60


def older(
    id_: int,
    first: float,
    over: float | None,
    last: float | None = None,
    channel: str = "SMS",
    *,
    is_spam: bool = False,
) -> OlderIssue:
    return OlderIssue(
        id=id_,
        channel=Channel(channel),
        first_at=at(first),
        last_at=at(first if last is None else last),
        over_at=None if over is None else at(over),
        is_spam=is_spam,
    )


def test_what_is_closed_is_settled_just_after_it_was() -> None:
    plan = plan_of([older(1, 0, 60), older(2, 300, 400)], NOW, has_id=True)
    assert (plan.floor, plan.go_on) == (at(400) + timedelta(milliseconds=1), frozenset())


def test_what_is_open_goes_on_and_its_real_message_may_be_two_hours_older() -> None:
    plan = plan_of([older(1, -DAY, 60 - DAY), older(2, 300, None)], NOW, has_id=True)
    assert (plan.floor, plan.go_on) == (at(60 - DAY) + timedelta(milliseconds=1), {2})


def test_a_contact_who_has_only_what_is_open_is_settled_until_then() -> None:
    plan = plan_of([older(1, 300, None)], NOW, has_id=True)
    assert (plan.floor, plan.go_on) == (at(180), {1})


def test_what_was_closed_while_another_was_open_goes_on_too() -> None:
    plan = plan_of([older(1, 0, None), older(2, 400, 500, channel="CALL")], NOW, has_id=True)
    assert (plan.floor, plan.go_on) == (at(-120), {1, 2})


def test_no_issue_that_reaches_across_the_floor_is_cut() -> None:
    plan = plan_of([older(1, -300, 200), older(2, 0, 100), older(3, 250, None)], NOW, has_id=True)
    assert (plan.floor, plan.go_on) == (at(-420), {1, 2, 3})


@pytest.mark.parametrize(
    ("closed", "goes_on"),
    [
        (older(2, 100, 400, 200), False),
        (older(2, 0, 400, 150), False),
        (older(2, 0, 400, 99), True),
        (older(2, 160, 400, 200), False),
        (older(2, 160, 400, 200, "CALL"), True),
        (older(2, 120, 400, 130, "CALL", is_spam=True), False),
        (older(2, 90, 400, 98.1, "CALL", is_spam=True), False),
        (older(2, 90, 400, 97, "CALL", is_spam=True), True),
        (older(2, 160, 400, 200, "CALL", is_spam=True), True),
    ],
)
def test_what_would_close_an_open_issue_with_itself_stays_as_it_is(closed: OlderIssue, goes_on: bool) -> None:
    plan = plan_of([older(1, 100, None, 150), closed], NOW, has_id=True)
    assert (1 in plan.go_on, 2 in plan.go_on) == (True, goes_on)


def test_two_closed_ones_that_overlap_stay_as_they_are() -> None:
    plan = plan_of([older(1, -900, None, channel="CALL"), older(2, 0, 60, 50), older(3, 40, 70, 55)], NOW, has_id=True)
    assert plan.go_on == {1}


def test_the_floor_never_lies_ahead() -> None:
    assert plan_of([older(1, 0, 6000)], NOW, has_id=True).floor <= NOW


def test_a_contact_known_by_phone_alone_keeps_fourteen_days() -> None:
    plan = plan_of([older(1, -20 * DAY, -19 * DAY), older(2, -2 * DAY, -DAY)], NOW, has_id=False)
    assert (plan.floor, plan.go_on) == (NOW - timedelta(days=14), {2})


@pytest.mark.parametrize("turned", [False, True])
def test_of_several_open_ones_of_a_type_the_oldest_survives(turned: bool) -> None:
    issues = [older(7, 10, None), older(9, 0, None), older(3, 5, None), older(4, 5, None, channel="CALL")]
    assert plan_of(issues[:: -1 if turned else 1], NOW, has_id=True).merged == {3: 9, 7: 9}
