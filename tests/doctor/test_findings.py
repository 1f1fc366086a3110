"""How findings add up, and how lengths and sizes are said."""

from datetime import timedelta

import pytest

from sentinel_cli.doctor.findings import Lines, Pillar, ago, exit_code, lasting, many, size
from sentinel_cli.errors import GhlRefused

LINES = Lines(Pillar.CRON)


@pytest.mark.parametrize(
    ("codes", "code"),
    [
        ([], 0),
        ([75], 75),
        ([75, 74], 74),
        ([74, 78, 77], 78),
        ([69, 77], 77),
        ([76, 69, 75], 69),
        ([75, 76], 76),
        ([1], 1),
        ([1, 75], 75),
    ],
)
def test_the_gravest_problem_gives_the_exit_code(codes: list[int], code: int) -> None:
    assert exit_code([LINES.problem("a", "b", "c", each) for each in codes]) == code


def test_what_is_only_to_know_or_was_not_looked_at_fails_nothing() -> None:
    assert exit_code([LINES.warning("a", "b", "c"), LINES.skipped("a", "b"), LINES.ok("a", "b")]) == 0


def test_an_error_of_ours_brings_its_own_advice_and_code() -> None:
    found = LINES.failed("token", GhlRefused("refused\nagain", status=401, advice="make another"))
    assert (found.found, found.fix, found.code) == ("refused; again", "make another", 77)


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(), "0s"),
        (timedelta(seconds=40), "40s"),
        (timedelta(minutes=12, seconds=40), "12m"),
        (timedelta(hours=3), "3h"),
        (timedelta(hours=3, minutes=10), "3h 10m"),
        (timedelta(days=2, hours=4, minutes=5), "2d 4h"),
        (timedelta(days=2, minutes=5), "2d"),
        (-timedelta(minutes=2), "2m"),
    ],
)
def test_a_length_is_said_in_its_two_largest_units(length: timedelta, said: str) -> None:
    assert lasting(length) == said


@pytest.mark.parametrize(
    ("age", "said"),
    [
        (timedelta(minutes=12), "12m ago"),
        (-timedelta(seconds=5), "5s ago"),
        (-timedelta(minutes=12), "12m ahead of this clock"),
    ],
)
def test_what_a_clock_that_was_set_back_has_yet_to_reach_is_not_said_to_be_past(age: timedelta, said: str) -> None:
    assert ago(age) == said


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 KB"), (812_000, "812 KB"), (24_300_000, "24.3 MB"), (5 * 10**9, "5.0 GB")]
)
def test_bytes_are_said_as_people_do(count: int, said: str) -> None:
    assert size(count) == said


@pytest.mark.parametrize(("count", "said"), [(1, "1 person"), (2, "2 people")])
def test_one_is_not_many(count: int, said: str) -> None:
    assert many(count, "person", "people") == said
