"""The pacer lets no more go than GHL allows (GHL.md 5)."""

import pytest

from sentinel_cli.errors import GhlUnavailable
from sentinel_cli.ghl.pacing import DailyLimitReached, Pacer, RateLimited, asked_pause
from sentinel_cli.together import together

from .conftest import Nap


def requests(pacer: Pacer, count: int) -> None:
    for _ in range(count):
        pacer.wait()


def test_it_lets_ninety_requests_go_at_once(nap: Nap, pacer: Pacer) -> None:
    requests(pacer, 90)
    assert nap.naps == []


def test_it_holds_the_next_until_ten_seconds_after_the_first(nap: Nap, pacer: Pacer) -> None:
    requests(pacer, 91)
    assert nap.naps == [10.0]


def test_several_threads_get_no_more_than_one(nap: Nap, pacer: Pacer) -> None:
    together(lambda _: pacer.wait(), range(450))
    assert nap.naps == [10.0] * 4


def test_a_pause_that_is_asked_while_it_waits_is_kept(nap: Nap) -> None:
    asked = iter([7.0])

    def sleep(seconds: float) -> None:
        nap.sleep(seconds)
        pacer.hold(next(asked, 0.0))

    pacer = Pacer(monotonic=nap.monotonic, sleep=sleep)
    requests(pacer, 91)
    assert nap.naps == [10.0, 7.0]


def test_nothing_goes_when_the_day_was_used_up_while_it_waited(nap: Nap) -> None:
    def sleep(seconds: float) -> None:
        nap.sleep(seconds)
        pacer.heed({"X-RateLimit-Daily-Remaining": "0"})

    pacer = Pacer(monotonic=nap.monotonic, sleep=sleep)
    with pytest.raises(DailyLimitReached):
        requests(pacer, 91)


def test_it_slides_its_window_with_the_oldest_request(nap: Nap, pacer: Pacer) -> None:
    pacer.wait()
    nap.now += 4
    requests(pacer, 89)
    requests(pacer, 2)
    assert nap.naps == [6.0, 4.0]


def test_it_waits_the_interval_when_nothing_remains(nap: Nap, pacer: Pacer) -> None:
    pacer.heed({"X-RateLimit-Remaining": "0", "X-RateLimit-Interval-Milliseconds": "7500"})
    pacer.wait()
    assert nap.naps == [7.5]


def test_it_waits_for_nothing_while_something_remains(nap: Nap, pacer: Pacer) -> None:
    pacer.heed({"X-RateLimit-Remaining": "1", "X-RateLimit-Interval-Milliseconds": "7500"})
    pacer.wait()
    assert nap.naps == []


def test_it_says_so_when_the_day_is_used_up(pacer: Pacer) -> None:
    pacer.heed({"X-RateLimit-Daily-Remaining": "0"})
    with pytest.raises(DailyLimitReached, match="daily limit"):
        pacer.wait()


def test_it_gives_up_rather_than_sleep_for_an_hour(nap: Nap, pacer: Pacer) -> None:
    pacer.hold(3600)
    with pytest.raises(RateLimited, match="3600 s"):
        pacer.wait()


def test_its_refusals_are_an_outage_to_the_jobs() -> None:
    assert issubclass(RateLimited, GhlUnavailable)
    assert issubclass(DailyLimitReached, GhlUnavailable)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "3"}, 3.0),
        ({"Retry-After": "3", "X-RateLimit-Interval-Milliseconds": "10000"}, 3.0),
        ({"Retry-After": "Mon, 23 Nov 2026 14:00:09 GMT", "Date": "Mon, 23 Nov 2026 14:00:00 GMT"}, 9.0),
        ({"Retry-After": "Mon, 23 Nov 2026 13:00:00 GMT", "Date": "Mon, 23 Nov 2026 14:00:00 GMT"}, 0.0),
        ({"Retry-After": "Mon, 23 Nov 2026 14:00:09 GMT"}, 10.0),
        ({"Retry-After": "soon", "X-RateLimit-Interval-Milliseconds": "2000"}, 2.0),
        ({"X-RateLimit-Interval-Milliseconds": "10000"}, 10.0),
        ({"X-RateLimit-Interval-Milliseconds": "-1"}, 10.0),
        ({}, 10.0),
    ],
)
def test_a_pause_is_asked_by_retry_after_else_by_the_interval(headers: dict[str, str], seconds: float) -> None:
    assert asked_pause(headers) == seconds
